"""The calendar: what is due in a year, month by month, with the dates of the outside world."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from django.db.models import Max, Min, Q
from django.http import Http404
from django.shortcuts import render

from common.dates import FIRST_YEAR, LAST_YEAR
from milestones.models import MilestoneVersion
from milestones.views import address
from proposals.filters import report_asked
from proposals.models import ContextEventVersion
from record.pages import public_page

if TYPE_CHECKING:
    from django.http import HttpResponse

    from record.pages import PublicRequest

SHOWN = 100
"""So many milestones of a month at most; the rest are a link."""


@dataclass
class Month:
    """What falls on a month; a period counts where it ends."""

    first: date
    last: date
    milestones: list[MilestoneVersion] = field(default_factory=list)
    events: list[ContextEventVersion] = field(default_factory=list)
    number: int = 0


@public_page
def calendar(request: PublicRequest) -> HttpResponse:
    year = _year(request.GET.get("year", ""), request.moment.day.year)
    report = report_asked(request)
    versions = MilestoneVersion.objects.as_of(request.moment).of_report(report)
    within = versions.filter(due__gte=date(year, 1, 1), due__lte=date(year, 12, 31)).with_health(request.moment)
    milestones: dict[int, list[MilestoneVersion]] = defaultdict(list)
    for milestone in within.order_by("due", "code").defer("search", "description_ru", "description_en", "description_kk"):
        milestones[milestone.due.month].append(milestone)
    outside = ContextEventVersion.objects.as_of(request.moment).of_report(report).filter(starts__year__lte=year)
    events = list(outside.filter(Q(ends__year__gte=year) | Q(ends=None, starts__year=year)).order_by("starts", "code"))
    months = []
    for month in range(1, 13):
        last = (date(year + month // 12, month % 12 + 1, 1)).toordinal() - 1
        here = [event for event in events if (event.starts.month if event.starts.year == year else 1) == month]
        shown = Month(date(year, month, 1), date.fromordinal(last), milestones[month][:SHOWN], here, len(milestones[month]))
        if shown.number or shown.events:
            months.append(shown)
    span = versions.aggregate(first=Min("due"), last=Max("due"))
    context = {
        "year": year,
        "months": months,
        "before": address(request.GET, year=str(year - 1)) if span["first"] and span["first"].year < year else "",
        "after": address(request.GET, year=str(year + 1)) if span["last"] and span["last"].year > year else "",
    }
    return render(request, "calendar.html", context)


def _year(text: str, default: int) -> int:
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) == 4 and FIRST_YEAR <= int(text) < LAST_YEAR):  # noqa: PLR2004 - digits of a year
        raise Http404
    return int(text)

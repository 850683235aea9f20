"""The first page: the answer in one sentence, then what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from proposals.models import ReportVersion
from record.pages import public_page
from roadmap.dashboard import Dashboard

if TYPE_CHECKING:
    from django.http import HttpResponse

    from record.pages import PublicRequest


def headline(numbers: Dashboard) -> str:
    """The roadmap in one sentence; what is zero is left out, but never what nobody has looked at."""
    proposals, milestones = numbers.proposal_count, numbers.total
    achieved, late = numbers.by_status["achieved"], numbers.by_health["late"]
    unassessed, moved = numbers.by_status["not_assessed"], numbers.moved_this_quarter
    parts = []
    if achieved:
        parts.append(ngettext("%(n)d achieved", "%(n)d achieved", achieved) % {"n": achieved})
    if late:
        parts.append(ngettext("%(n)d late", "%(n)d late", late) % {"n": late})
    parts.append(ngettext("%(n)d not yet assessed", "%(n)d not yet assessed", unassessed) % {"n": unassessed})
    if moved:
        dates = ngettext("%(n)d date moved this quarter", "%(n)d dates moved this quarter", moved) % {"n": moved}
    else:
        dates = _("no dates moved this quarter")
    return _("%(proposals)s, %(milestones)s: %(parts)s; %(dates)s.") % {
        "proposals": ngettext("%(n)d proposal", "%(n)d proposals", proposals) % {"n": proposals},
        "milestones": ngettext("%(n)d milestone", "%(n)d milestones", milestones) % {"n": milestones},
        "parts": ", ".join(parts),
        "dates": dates,
    }


@public_page
def dashboard(request: PublicRequest) -> HttpResponse:
    numbers = Dashboard(request.moment)
    reports = list(ReportVersion.objects.as_of(request.moment).order_by("code"))
    context = {"numbers": numbers, "headline": headline(numbers), "reports": reports, "day": request.moment.day}
    return render(request, "dashboard.html", context)

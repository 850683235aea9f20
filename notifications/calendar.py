"""Milestones as a calendar (RFC 5545): one all-day entry for each, on the last day of its planned period.

The UID of a milestone never changes, so a calendar that follows moves the entry; SEQUENCE goes up by each move of its due date.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from django.db.models import Count
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vText

from common.dates import label
from milestones import statuses
from milestones.models import PlanChange
from record.installation import marked
from record.models import Installation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import timedelta

    from milestones.querysets import MilestoneVersionQuerySet
    from record.moments import Moment

PRODUCT = "-//Roadmap tracker//Milestones//EN"
COLUMNS = ("code", "due", "due_precision", "status", "proposal", "slippage_days", "updated_at", "completed_on")


def calendar_of(
    rows: MilestoneVersionQuerySet, moment: Moment, *, name: str, address: Callable[[str], str], said: str, refresh: timedelta | None = None
) -> bytes:
    """The dated ones among these versions of milestones. ``address`` gives the page of a code; ``said`` names the moment.

    Four queries at most, whatever their number.
    """
    language, name = get_language() or "ru", marked(name)
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("description", said)
    calendar.add("x-wr-caldesc", said)
    if refresh:
        calendar.add("refresh-interval", refresh, parameters={"VALUE": "DURATION"})
    planned = list(rows.exclude(due=None).order_by("due", "code").values(*COLUMNS, f"title_{language}", f"criterion_{language}"))
    moves, mark = _moves(moment, (row["code"] for row in planned)), _mark()
    for row in planned:
        calendar.add_component(_entry(row, language, moves[row["code"]], mark, address(row["code"])))
    content: bytes = calendar.to_ical()
    return content


def _mark() -> str:
    """What keeps the UIDs of one installation apart from those of another, wherever it may move to."""
    begun = Installation.objects.values_list("begun_at", flat=True).first()
    return f"{begun:%Y%m%dT%H%M%SZ}" if begun else "new"


def _moves(moment: Moment, codes: Iterable[str]) -> Counter[str]:
    changes = PlanChange.objects.as_of(moment).filter(field="due", milestone__code__in=list(codes)).order_by()
    return Counter(dict(changes.values_list("milestone__code").annotate(moves=Count("pk")).values_list("milestone__code", "moves")))


def _entry(row: dict[str, Any], language: str, sequence: int, mark: str, address: str) -> Event:
    period, status = label(row["due"], row["due_precision"], language), str(dict(statuses.STATUS_CHOICES)[row["status"]])
    entry = Event()
    entry.add("uid", f"{row['code']}.{mark}@roadmap-tracker")
    entry.add("dtstamp", row["updated_at"])
    entry.add("last-modified", row["updated_at"])
    entry.add("sequence", sequence)
    entry.add("dtstart", row["due"])
    entry.add("summary", marked(f"{row['code']} {row[f'title_{language}']}" + ("" if row["due_precision"] == "day" else f" ({period})")))
    entry.add("description", f"{_('Due')}: {period}\n{_('Status')}: {status}\n{row[f'criterion_{language}']}")
    entry.add("url", address)
    entry.add("categories", [row["proposal"]])
    entry["status"] = vText("CANCELLED" if row["status"] == "dropped" else "CONFIRMED")
    entry.add("transp", "TRANSPARENT")
    return entry

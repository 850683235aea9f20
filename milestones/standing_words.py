"""How a milestone stands, in the words of its page: beside each number what it means today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from milestones.causes import number_of_days
from milestones.rules import freshness
from milestones.statuses import FINISHED_STATUSES, Freshness, Health

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from milestones.models import PlanChange

MONTH = 365.25 / 12
SHORT = 45
"""Days: up to here a span is said in days alone."""


@dataclass(frozen=True)
class StandingWords:
    due: str
    slippage: str
    """In months where it is longer than a month and a half."""
    moved: str
    forecast: str
    assessed: str
    stale: bool


def span(days: int) -> str:
    """A number of days, in months where these are more than one."""
    if abs(days) <= SHORT:
        return number_of_days(abs(days))
    months = round(abs(days) / MONTH)
    return ngettext("%(n)d month", "%(n)d months", months) % {"n": months}


def standing_words(milestone: Any, moves: Sequence[PlanChange], day: date) -> StandingWords:
    """``milestone`` with its health; ``moves`` of it at that moment."""
    return StandingWords(
        due_words(milestone, day),
        slippage_words(milestone.slippage_days),
        moved_words(milestone.slippage_days, sum(1 for move in moves if move.field == "due")),
        forecast_words(milestone),
        _("%(days)s ago") % {"days": number_of_days((day - milestone.assessed_on).days)} if milestone.assessed_on else "",
        freshness(milestone.assessed_on, day) == Freshness.STALE,
    )


def due_words(milestone: Any, day: date) -> str:
    if milestone.due is None or milestone.status in FINISHED_STATUSES:
        return ""
    left = (milestone.due - day).days
    if milestone.health == Health.LATE:
        return _("late by %(days)s") % {"days": number_of_days(-left)}
    if left < 0:
        return _("period ended %(days)s ago") % {"days": number_of_days(-left)}
    return _("%(days)s left") % {"days": number_of_days(left)}


def slippage_words(days: int | None) -> str:
    if not days:
        return _("not moved")
    return f"{'+' if days > 0 else '−'}{span(days)}"


def moved_words(days: int | None, times: int) -> str:
    """How often the date was moved, and by how many days together where the slippage is said in months."""
    often = ngettext("moved once", "moved %(n)d times", times) % {"n": times} if times else ""
    exact = number_of_days(abs(days)) if days and abs(days) > SHORT else ""
    return ", ".join(part for part in (exact, often) if part)


def forecast_words(milestone: Any) -> str:
    if milestone.forecast is None or milestone.due is None:
        return ""
    after = (milestone.forecast - milestone.due).days
    if after > 0:
        return _("%(span)s after it is due") % {"span": span(after)}
    return _("%(span)s before it is due") % {"span": span(after)} if after else _("as planned")

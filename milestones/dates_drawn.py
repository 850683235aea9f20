"""The dates of one milestone as a drawing: a row for each version of its plan, then the forecast, then the findings.

Where things stand is in per cent of the lane, so that the drawing is as wide as its place.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common.dates import Days, PlannedDate, short_label
from common.days import day_of
from milestones import choices

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from milestones.models import Assessment, MilestoneVersion, PlanChange

REASONS = dict(choices.REASON_CATEGORIES)
MARGIN = timedelta(days=90)
NEAR_END = 70


@dataclass(frozen=True)
class Bar:
    """A planned period in its lane; ``kind``: ``first``, ``old``, ``now`` or ``forecast``. Its words stand where there is room."""

    kind: str
    x: float
    width: float
    label: str

    @property
    def end(self) -> float:
        return round(self.x + self.width, 3)

    @property
    def label_before(self) -> bool:
        return self.end > NEAR_END


@dataclass
class Row:
    """One line: when it was said, what, and the drawing of it."""

    day: date | None
    words: str
    bar: Bar | None = None
    said_at: float | None = None
    """Where the day stands on which it was said."""
    arrow_from: float | None = None
    marks: list[tuple[float, str]] = field(default_factory=list)
    """Findings: place and status."""


@dataclass(frozen=True)
class DrawnDates:
    rows: list[Row]
    years: list[tuple[int, float, float]]
    today: float


def draw_dates(milestone: MilestoneVersion, moves: Iterable[PlanChange], findings: Sequence[Assessment], day: date) -> DrawnDates | None:
    """``moves`` and ``findings`` of that moment, in any order; ``None`` of a milestone that has no date at all."""
    held = [(finding.effective_on, finding.status) for finding in findings if finding.effective_on]
    moved = sorted((move for move in moves if move.field == "due" and move.after_date), key=lambda move: move.position)
    plans = [milestone.baseline_due_date, *(move.after_date for move in moved), milestone.due_date, milestone.forecast_date]
    known = [plan for plan in plans if plan]
    if not known:
        return None
    days = [day, *(plan.first_day for plan in known), *(plan.date for plan in known), *(since for since, _status in held)]
    first, last = min(days) - MARGIN, max(days) + MARGIN
    span = Days(first, last)

    def bar(kind: str, plan: PlannedDate) -> Bar:
        begin, end = span.begin(plan.first_day), span.at(plan.date)
        return Bar(kind, begin, round(max(end - begin, 0.6), 3), short_label(plan.date, plan.precision, get_language() or "ru"))

    rows, before = [], milestone.baseline_due_date or (moved[0].before_date if moved else milestone.due_date)
    if before:
        rows.append(Row(None, _("First plan"), bar("first" if moved else "now", before)))
    for number, move in enumerate(moved, 1):
        here, said = move.after_date, day_of(move.changed_at)
        drawn = bar("now" if number == len(moved) else "old", here)
        came = span.at(before.date) if before else None
        rows.append(Row(said, _("Moved: %(reason)s") % {"reason": REASONS[move.category]}, drawn, span.at(said), came))
        before = here
    if milestone.forecast_date:
        looked = milestone.assessed_on
        rows.append(Row(looked, _("Forecast"), bar("forecast", milestone.forecast_date), span.at(looked) if looked else None))
    if held:
        rows.append(Row(None, _("Findings"), marks=[(span.at(since), status) for since, status in held]))
    return DrawnDates(rows, span.years, span.at(day))

"""The plan as the schedule sees it, read from the record as it stood at a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.dates import PlannedDate
from milestones.models import MilestoneVersion, PlanChange
from milestones.plan.schedule import Slip, Step
from milestones.statuses import Status

if TYPE_CHECKING:
    from record.moments import Moment


def steps_at(moment: Moment, report: str = "") -> list[Step]:
    """Every milestone (of a report) as a step. One query over the narrow index."""
    of_it = MilestoneVersion.objects.as_of(moment).of_report(report).order_by()
    milestones = of_it.values_list("code", "status", "due", "forecast", "predecessors")
    return [Step(code, Status(status), due, forecast, tuple(before)) for code, status, due, forecast, before in milestones]


def slips_at(moment: Moment, report: str = "") -> list[Slip]:
    """Every milestone (of a report) that stands elsewhere than its first baseline said."""
    milestones = MilestoneVersion.objects.as_of(moment).of_report(report).exclude(slippage_days=None).exclude(slippage_days=0).order_by()
    return [
        Slip(code, proposal, tuple(lead), days)
        for code, proposal, lead, days in milestones.values_list("code", "proposal", "lead", "slippage_days")
    ]


def moves_at(moment: Moment, report: str = "") -> list[tuple[str, PlannedDate | None, PlannedDate | None]]:
    """Every move of a due date (of a report): its reason, from, to."""
    changes = PlanChange.objects.as_of(moment).filter(field="due").order_by()
    if report:
        changes = changes.filter(milestone__proposal__report__code=report)
    moves = changes.values_list("category", "before", "before_precision", "after", "after_precision")
    return [
        (category, PlannedDate.of(before, exact), PlannedDate.of(after, as_exact)) for category, before, exact, after, as_exact in moves
    ]

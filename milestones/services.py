"""Writes of the plan: milestones, dates, dependencies, baselines. Each runs inside an open change of the record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import F

from milestones.models import Baseline, BaselineDate, Dependency, Milestone, PlanChange
from milestones.rules import find_cycle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from accounts.models import User
    from common.dates import PlannedDate
    from milestones.models import Series
    from proposals.models import Report
    from record.models import Event
    from record.services import Change


class PlanRefused(Exception):
    """A change of the plan that a rule forbids; the text says which, and what would satisfy it."""


class WouldCircle(PlanRefused):
    """The dependencies would form a circle; ``cycle`` is its codes, the first repeated at the end."""

    def __init__(self, cycle: list[str]) -> None:
        self.cycle = cycle
        super().__init__(" → ".join(cycle))


class ReasonMissing(PlanRefused):
    """A date was moved and no reason given."""


class WasRecorded(PlanRefused):
    """The milestone cannot be removed: assessments or moves of it are on the record. Drop it instead."""


def announce_milestone(change: Change, milestone: Milestone, verb: str, fields: Sequence[str] = ()) -> Event:
    return change.announce(
        f"milestone.{verb}",
        report=milestone.proposal.report.code,
        proposal=milestone.proposal.code,
        milestone=milestone.code,
        data={"fields": sorted(fields)} if fields else {},
    )


def keep_milestone(change: Change, milestone: Milestone, *, added: bool, fields: Sequence[str] = ()) -> Event:
    """Put the saved state of a milestone and its links on the record; its dates move by ``move_date`` only."""
    refuse_circles()
    change.keep([milestone])
    return announce_milestone(change, milestone, "added" if added else "changed", fields)


def remove_milestone(change: Change, milestone: Milestone) -> Event:
    """Remove a milestone that nothing was recorded about. Raises ``WasRecorded``, or ``ProtectedError`` while others wait for it."""
    if milestone.assessments.exists() or milestone.plan_changes.exists():
        raise WasRecorded(milestone.code)
    milestone.delete()
    change.drop([milestone])
    return announce_milestone(change, milestone, "removed")


def keep_series(change: Change, series: Series, *, added: bool, fields: Sequence[str] = ()) -> Event:
    """Put a series on the record, and its editions whose planned host follows from the rotation."""
    change.keep([series])
    editions = list(series.editions.select_related("series", "proposal__report"))
    moved = [edition for edition in editions if edition.host != series.host_in(edition.edition or 0)]
    for edition in moved:
        edition.series = series
        edition.work_out()
    Milestone.objects.bulk_update(moved, ["host"])
    change.keep(moved)
    return change.announce(
        f"series.{'added' if added else 'changed'}",
        report=series.proposal.report.code,
        proposal=series.proposal.code,
        data={"code": series.code, **({"fields": sorted(fields)} if fields else {})},
    )


def remove_series(change: Change, series: Series) -> Event:
    """Remove a series without editions. Raises ``ProtectedError`` while it has any."""
    series.delete()
    change.drop([series])
    return change.announce("series.removed", report=series.proposal.report.code, proposal=series.proposal.code, data={"code": series.code})


def move_date(
    change: Change,
    milestone: Milestone,
    *,
    field: str,
    to: PlannedDate | None,
    category: str,
    note: str = "",
    by: User | None = None,
) -> Event | None:
    """Move ``due`` or ``forecast`` and write the plan change; ``None`` when the date is already that.

    Raises ``ReasonMissing`` without a category, or with ``other`` and no note.
    """
    before: PlannedDate | None = getattr(milestone, f"{field}_date")
    if before == to:
        return None
    if not category or (category == "other" and not note.strip()):
        raise ReasonMissing(field)
    setattr(milestone, f"{field}_date", to)
    milestone.work_out()
    milestone.save(update_fields=[field, f"{field}_precision", "slippage_days"])
    moved = PlanChange(
        milestone=milestone,
        field=field,
        category=category,
        note=note,
        by=by,
        public_by=by.actor if by else change.by,
        changed_at=change.now,
        position=change.position,
    )
    moved.before_date, moved.after_date = before, to
    moved.save()
    change.keep([milestone])
    return change.announce(
        "plan.changed",
        report=milestone.proposal.report.code,
        proposal=milestone.proposal.code,
        milestone=milestone.code,
        data={
            "field": field,
            "from": str(before) if before else None,
            "to": str(to) if to else None,
            "category": category,
            "slippage_days": milestone.slippage_days,
        },
    )


def freeze_baseline(change: Change, report: Report, *, name: str, by: User | None = None) -> Baseline:
    """Freeze every due date of a report under a name; milestones without a first baseline get this one.

    Raises ``PlanRefused`` when the report has a baseline of that name. The caller keeps the milestones and announces.
    """
    if report.baselines.filter(name=name).exists():
        raise PlanRefused(f"{report.code} has a baseline named {name!r} already")
    baseline = Baseline.objects.create(report=report, name=name, set_at=change.now, by=by, position=change.position)
    milestones = list(Milestone.objects.filter(proposal__report=report))
    BaselineDate.objects.bulk_create(
        [BaselineDate(baseline=baseline, milestone=one.code, due=one.due, due_precision=one.due_precision) for one in milestones],
        batch_size=1000,
    )
    first = Milestone.objects.filter(proposal__report=report, baseline_due=None).exclude(due=None)
    first.update(baseline_due=F("due"), baseline_due_precision=F("due_precision"), slippage_days=0)
    return baseline


def refuse_circles() -> None:
    """Raise ``WouldCircle`` when the saved dependencies form a circle.

    Under the record lock no other writer can add the other half of one at the same moment.
    """
    waits_for: dict[str, list[str]] = {}
    for milestone, predecessor in Dependency.objects.values_list("milestone__code", "predecessor__code"):
        waits_for.setdefault(milestone, []).append(predecessor)
    if cycle := find_cycle(waits_for):
        raise WouldCircle(cycle)

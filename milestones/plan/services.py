"""Writes of the plan: milestones, dates, dependencies, baselines. Each runs inside an open change of the record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import F
from django.utils.translation import gettext as _

from common.refusals import Problem, Refused
from milestones import choices
from milestones.announcing import announce
from milestones.models import Baseline, BaselineDate, Dependency, Milestone, MilestoneOwner, PlanChange
from milestones.permissions import insist, insist_on_editor, may_move
from milestones.plan.problems import problems_of
from milestones.rules import find_cycle
from record.chain import canonical, hash_of
from record.writing import put, put_relations, put_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from accounts.models import User
    from common.dates import PlannedDate
    from proposals.models import Proposal, Report
    from record.models import Event
    from record.services import Change
    from record.writing import Links


MOVED = tuple(name for name, _label in choices.MOVED_DATES)
"""Dates that are not written but moved."""


class PlanRefused(Refused):
    """A change of the plan that a rule forbids; the text says which, and what would satisfy it."""

    code = "plan"

    def __init__(self, text: str, pointer: str = "") -> None:
        super().__init__(Problem(pointer, self.code, text))


class WouldCircle(PlanRefused):
    """The dependencies would form a circle; ``cycle`` is its codes, the first repeated at the end."""

    code = "cycle"

    def __init__(self, cycle: list[str]) -> None:
        self.cycle = cycle
        super().__init__(_("These would wait for each other in a circle: %(cycle)s") % {"cycle": " → ".join(cycle)}, "predecessors")


class ReasonMissing(PlanRefused):
    """A date was moved and no reason given."""

    code = "reason_missing"


class WasRecorded(PlanRefused):
    """The milestone cannot be removed: assessments or moves of it are on the record. Drop it instead."""

    code = "was_recorded"


def keep_milestone(change: Change, milestone: Milestone, *, added: bool, fields: Sequence[str] = ()) -> Event:
    """Put the saved state of a milestone and its links on the record; its dates move by ``move_date`` only."""
    refuse_circles(change)
    change.keep([milestone])
    data: dict[str, object] = {"fields": sorted(fields)} if fields else {}
    return announce(change, "milestone.added" if added else "milestone.changed", milestone, data)


def write_milestone(  # noqa: PLR0913 - a thing, what is said of it, and why its dates move
    change: Change,
    milestone: Milestone,
    *,
    values: Mapping[str, Any],
    links: Links | None = None,
    reason: str = "",
    reason_note: str = "",
    by: User | None = None,
    checked: bool = False,
) -> None:
    """Add a milestone, or change what differs. ``links`` are whole lists: lead, support, passages, predecessors.

    The dates of one that is there are moved, each as an event of its own, with the reason.
    Raises ``Refused``, and Django's ``ValidationError`` for what the model's own columns refuse.
    """
    added, links, columns = milestone.pk is None, links or {}, dict(values)
    moves = {} if added else {field: columns.pop(f"{field}_date") for field in MOVED if f"{field}_date" in columns}
    if added:
        columns |= own_first_plan(columns.get("proposal"), columns.get("due_date"))
    if "analyst" in columns:
        columns["analyst_name"] = columns["analyst"].actor if columns["analyst"] else ""
    if columns or links or added:
        fields = put(change, milestone, columns, links, problems=problems_of, put_links=put_milestone_links, checked=checked)
        if added or fields:
            keep_milestone(change, milestone, added=added, fields=fields)
    for field, to in sorted(moves.items()):
        move_date(change, milestone, field=field, to=to, category=reason, note=reason_note, by=by)


def own_first_plan(proposal: Proposal | None, due: PlannedDate | None) -> dict[str, PlannedDate]:
    """What comes to a report that has a baseline already is measured from the first due date that it has itself."""
    planned = due and proposal and Baseline.objects.filter(report=proposal.report_id).exists()
    return {"baseline_due_date": due} if due and planned else {}


def put_milestone_links(milestone: Milestone, links: Links) -> None:
    """Owners first lose what they are given in the other role; the rest are relations like any."""
    roles = [role for role in ("lead", "support") if role in links]
    taken = {organisation.pk for role in roles for organisation in links[role]}
    for owner in milestone.owners.filter(organisation__in=taken):
        role = next(role for role in roles if any(organisation.pk == owner.organisation_id for organisation in links[role]))
        if owner.role != role:
            owner.role = role
            owner.save(update_fields=["role"])
    for role in roles:
        put_rows(MilestoneOwner, {"milestone": milestone, "role": role}, "organisation", links[role])
    put_relations(milestone, {name: others for name, others in links.items() if name not in roles})


def remove_milestone(change: Change, milestone: Milestone) -> Event:
    """Remove a milestone that nothing was recorded about. Raises ``WasRecorded``, or ``ProtectedError`` while others wait for it."""
    if milestone.assessments.exists() or milestone.plan_changes.exists():
        raise WasRecorded(
            _("%(code)s has assessments or moved dates on the record, so it stays; an assessment can drop it.") % {"code": milestone.code}
        )
    milestone.delete()
    change.drop([milestone])
    return announce(change, "milestone.removed", milestone, {})


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

    Raises ``ReasonMissing`` without a category, or with ``other`` and no note, ``NotAllowed`` where ``by`` may not.
    """
    insist(by is None or may_move(by, milestone), text=_("Only an editor and the assigned analyst move the dates of this milestone."))
    before: PlannedDate | None = getattr(milestone, f"{field}_date")
    if before == to:
        return None
    if not category:
        raise ReasonMissing(_("A date was moved: choose a reason."), "reason")
    if category == "other" and not note.strip():
        raise ReasonMissing(_("Say in words which other reason."), "reason_note")
    setattr(milestone, f"{field}_date", to)
    if field == "due" and milestone.baseline_due is None:
        for name, value in own_first_plan(milestone.proposal, to).items():
            setattr(milestone, name, value)
    milestone.work_out()
    moved = PlanChange(milestone=milestone, field=field, category=category, note=note, by=by, public_by=by.actor if by else change.by)
    moved.before_date, moved.after_date = before, to
    change.prepare(milestone)
    moved.position, moved.changed_at = change.position, change.now
    moved.seal()
    moved.save()
    change.amend(milestone, [field, f"{field}_precision", "baseline_due", "baseline_due_precision", "slippage_days"])
    return announce(
        change,
        "plan.changed",
        milestone,
        {
            "field": field,
            "from": str(before) if before else None,
            "to": str(to) if to else None,
            "category": category,
            "slippage_days": milestone.slippage_days,
            "digest": moved.digest,
        },
    )


def freeze_baseline(change: Change, report: Report, *, name: str, by: User | None = None) -> Baseline:
    """Freeze every due date of a report under a name; milestones without a first baseline get this one.

    Raises ``PlanRefused`` when the report has a baseline of that name. The caller keeps the milestones and announces.
    """
    change.insist_alone()
    if report.baselines.filter(name=name).exists():
        raise PlanRefused(_("%(report)s has a baseline named “%(name)s” already.") % {"report": report.code, "name": name}, "name")
    baseline = Baseline.objects.create(report=report, name=name, set_at=change.now, by=by, position=change.position)
    milestones = list(Milestone.objects.filter(proposal__report=report))
    BaselineDate.objects.bulk_create(
        [BaselineDate(baseline=baseline, milestone=step.code, due=step.due, due_precision=step.due_precision) for step in milestones],
        batch_size=1000,
    )
    first = Milestone.objects.filter(proposal__report=report, baseline_due=None).exclude(due=None)
    first.update(baseline_due=F("due"), baseline_due_precision=F("due_precision"), slippage_days=0)
    return baseline


def set_baseline(change: Change, report: Report, *, name: str, by: User) -> Baseline:
    """Freeze the present due dates under a name. The first baseline of a milestone stays what its slippage is measured from."""
    insist_on_editor(by)
    if not name.strip():
        raise PlanRefused(_("Give the baseline a name."), "name")
    without = list(Milestone.objects.filter(proposal__report=report, baseline_due=None).exclude(due=None).values_list("pk", flat=True))
    baseline = freeze_baseline(change, report, name=name.strip(), by=by)
    change.keep(list(Milestone.objects.filter(pk__in=without)))
    data = {"name": baseline.name, "milestones": baseline.dates.count(), "digest": digest_of_dates(baseline)}
    change.announce("baseline.set", report=report.code, data=data)
    return baseline


def digest_of_dates(baseline: Baseline) -> str:
    """Of all dates that a baseline froze, which nothing private is in."""
    dates = sorted([planned.milestone, str(planned.due_date or "")] for planned in baseline.dates.all())
    return hash_of(canonical(dates))


def add_dependency(change: Change, milestone: Milestone, predecessor: Milestone, *, by: User) -> Event | None:
    """Let a milestone wait for another; ``None`` when it does already. Raises ``WouldCircle`` naming the circle."""
    insist_on_editor(by)
    if milestone.pk == predecessor.pk:
        raise WouldCircle([milestone.code, milestone.code])
    _link, made = Dependency.objects.get_or_create(milestone=milestone, predecessor=predecessor)
    return keep_milestone(change, milestone, added=False, fields=["predecessors"]) if made else None


def remove_dependency(change: Change, milestone: Milestone, predecessor: Milestone, *, by: User) -> Event | None:
    """Let a milestone wait for another no more; ``None`` when it did not."""
    insist_on_editor(by)
    gone, _rows = Dependency.objects.filter(milestone=milestone, predecessor=predecessor).delete()
    return keep_milestone(change, milestone, added=False, fields=["predecessors"]) if gone else None


def refuse_circles(change: Change) -> None:
    """Raise ``WouldCircle`` when the saved dependencies form a circle: of all milestones, so nobody else may add the other half of one."""
    change.insist_alone()
    waits_for: dict[str, list[str]] = {}
    for milestone, predecessor in Dependency.objects.values_list("milestone__code", "predecessor__code"):
        waits_for.setdefault(milestone, []).append(predecessor)
    if cycle := find_cycle(waits_for):
        raise WouldCircle(cycle)

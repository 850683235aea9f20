"""The tracking side's part of ``verify_record``; statements and versions are looked at there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milestones.models import Assessment, Baseline, Evidence, Milestone, PlanChange
from milestones.services.plan import digest_of_dates
from record.models import Event
from record.verify import also, withdrawal_fault, withdrawn_rows

if TYPE_CHECKING:
    from collections.abc import Iterator


@also
def plan_changes_have_their_events() -> Iterator[str]:
    """Each plan change stands beside one event that says the same; neither is there without the other."""
    said = {
        (event.position, event.milestone, event.data["field"], event.data["from"], event.data["to"])
        for event in Event.objects.filter(type="plan.changed", withheld=None).iterator()
    }
    for moved in PlanChange.objects.filter(withheld=None).select_related("milestone").iterator():
        before, after = moved.before_date, moved.after_date
        fact = (moved.position, moved.milestone.code, moved.field, str(before) if before else None, str(after) if after else None)
        if fact not in said:
            yield f"plan change of {moved.milestone.code} at {moved.position}: no event says it"
        said.discard(fact)
    for position, code, *_rest in sorted(said, key=lambda fact: fact[0]):
        yield f"position {position}: the plan change of {code} is missing"


@also
def evidence_is_what_was_cited() -> Iterator[str]:
    """The digests of evidence are part of what assessments seal; here each is held against its content."""
    withdrawals = withdrawn_rows()
    for evidence in Evidence.objects.filter(cited=True).iterator():
        yield from withdrawal_fault(evidence, withdrawals)
        if not evidence.is_intact():
            yield f"{evidence.record_key}: the evidence is not what was cited"


@also
def milestones_say_what_their_assessment_found() -> Iterator[str]:
    """The state of a milestone is that of the newest published assessment, unless that took an earlier one back."""
    newest = Assessment.objects.filter(state="published").order_by("milestone_id", "-position").distinct("milestone_id")
    found = {one.milestone_id: one for one in newest}
    for milestone in Milestone.objects.iterator():
        one = found.get(milestone.pk)
        status, current = (one.status, one.pk) if one else ("not_assessed", None)
        if status == "not_assessed":
            current = None
        if (milestone.status, milestone.current_id) != (status, current):
            yield f"{milestone.code}: says {milestone.status}, and its newest assessment {status}"


@also
def baselines_hold_their_dates() -> Iterator[str]:
    """Baselines after the first: the event carries the digest of all dates. The first stands in the versions."""
    for event in Event.objects.filter(type="baseline.set", withheld=None):
        baseline = Baseline.objects.filter(position=event.position).first()
        if baseline is None:
            yield f"position {event.position}: the baseline is missing"
        elif digest_of_dates(baseline) != event.data["digest"]:
            yield f"baseline {baseline.name}: its dates are not what was frozen"

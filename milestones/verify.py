"""The tracking side's part of ``verify_record``; statements and versions are looked at there."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from django.db.models import Q

from milestones.models import Assessment, Baseline, Evidence, Milestone, MilestoneVersion, PlanChange, Round
from milestones.models.assessment import FILES
from milestones.plan.services import digest_of_dates
from record.models import Event
from record.verify import also, withdrawal_fault, withdrawn_rows
from record.versions import sealed_models

if TYPE_CHECKING:
    from collections.abc import Iterator


PIECE = 1024 * 1024
UID_LENGTH = 36


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
    resting = Evidence.objects.filter(citations__assessment__state="published").values("pk")
    for evidence in Evidence.objects.filter(Q(cited=True) | Q(pk__in=resting)).iterator():
        yield from withdrawal_fault(evidence, withdrawals)
        if not evidence.cited or not evidence.is_intact():
            yield f"{evidence.record_key}: the evidence is not what was cited"
        elif evidence.file and not _file_is_intact(evidence):
            yield f"{evidence.record_key}: its file is not what was cited"


def _file_is_intact(evidence: Evidence) -> bool:
    """The stored file still has the hash that was sealed."""
    content = hashlib.sha256()
    try:
        with evidence.file.open("rb") as file:
            for piece in iter(lambda: file.read(PIECE), b""):
                content.update(piece)
    except OSError:
        return False
    return content.hexdigest() == evidence.content_hash


@also
def what_was_withdrawn_stays_empty() -> Iterator[str]:
    """Nobody can say any more what a withdrawn row said; so it may say nothing."""
    for model in sealed_models():
        filled = Q()
        for name, nothing in model.emptied.items():
            filled |= ~Q(**{name: nothing}) if nothing is not None else Q(**{f"{name}__isnull": False})
        for row in model._default_manager.filter(filled, withheld__isnull=False):
            yield f"{row.record_key}: was withdrawn and says something again"


@also
def files_of_what_was_withdrawn_are_gone() -> Iterator[str]:
    """A process may be killed between the withdrawal and the disk; an operator then deletes the file by hand."""
    gone = {str(uid) for uid in Evidence.objects.exclude(withheld=None).values_list("uid", flat=True)}
    storage = Evidence._meta.get_field("file").storage
    for name in storage.listdir(FILES)[1] if gone and storage.exists(FILES) else []:
        if name[:UID_LENGTH] in gone:
            yield f"evidence {name[:UID_LENGTH]}: was withdrawn, and its file {FILES}/{name} is still there"


@also
def rounds_are_what_was_announced() -> Iterator[str]:
    said = {event.position: event.data["name"] for event in Event.objects.filter(type="round.published", withheld=None)}
    for round_ in Round.objects.exclude(position=None):
        if said.pop(round_.position, None) != round_.name:
            yield f"round {round_.name}: no event at position {round_.position} announces it"
    for position, name in said.items():
        yield f"position {position}: the round {name} is missing"


@also
def milestones_say_what_their_assessment_found() -> Iterator[str]:
    """The state of a milestone is that of the newest published assessment, unless that took an earlier one back."""
    newest = Assessment.objects.filter(state="published").order_by("milestone_id", "-position").distinct("milestone_id")
    by_milestone = {assessment.milestone_id: assessment for assessment in newest}
    for milestone in Milestone.objects.iterator():
        assessment = by_milestone.get(milestone.pk)
        status, current = (assessment.status, assessment.pk) if assessment else ("not_assessed", None)
        if status == "not_assessed":
            current = None
        if (milestone.status, milestone.current_id) != (status, current):
            yield f"{milestone.code}: says {milestone.status}, and its newest assessment {status}"


@also
def baselines_hold_their_dates() -> Iterator[str]:
    """Baselines after the first: the event carries the digest of all dates. The first stands in the versions."""
    for first in Baseline.objects.filter(position__in=Event.objects.filter(type="roadmap.loaded").values("position")):
        frozen = {planned.milestone: str(planned.due_date or "") for planned in first.dates.all()}
        versions = MilestoneVersion.objects.filter(first=first.position, report=first.report.code)
        if frozen != {version.code: str(version.baseline_due_date or "") for version in versions}:
            yield f"baseline {first.name}: its dates are not what was frozen"
    for event in Event.objects.filter(type="baseline.set", withheld=None):
        baseline = Baseline.objects.filter(position=event.position).first()
        if baseline is None:
            yield f"position {event.position}: the baseline is missing"
        elif digest_of_dates(baseline) != event.data["digest"]:
            yield f"baseline {baseline.name}: its dates are not what was frozen"

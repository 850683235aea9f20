"""The tracking side's part of ``verify_record``; statements and versions are looked at there."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q

from milestones.models import (
    Assessment,
    Baseline,
    Citation,
    Evidence,
    Milestone,
    MilestoneVersion,
    PlanChange,
    Round,
    VersionStanding,
    VersionTexts,
)
from milestones.models.assessment import FILES
from milestones.plan.services import digest_of_dates
from record.covering import COVERED, covers
from record.models import Event
from record.verify import afterwards, also

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
def words_of_milestones_are_said() -> Iterator[str]:
    """What a withdrawal took away is in no table any more, and nothing waits to be pointed to."""
    said = VersionStanding.objects.filter(texts=OuterRef("pk"), code=OuterRef("code"))
    for words in VersionTexts.objects.filter(~Exists(said)).iterator():
        yield f"{words._meta.db_table} {words.pk}: words that no version of {words.code} says"


@also
def evidence_is_what_was_cited() -> Iterator[str]:
    """The digests of evidence are part of what assessments seal; here each is held against its content."""
    resting = Evidence.objects.filter(citations__assessment__state="published").values("pk")
    for evidence in Evidence.objects.filter(Q(cited=True) | Q(pk__in=resting)).iterator():
        if not evidence.cited or not evidence.is_intact():
            yield f"{evidence.record_key}: the evidence is not what was cited"


@also
def citations_of_what_is_published_are_sealed() -> Iterator[str]:
    for citation in Citation.objects.filter(assessment__state="published", sealed=False).select_related("assessment"):
        yield f"{citation.assessment.record_key}: a citation of it could be changed"


@afterwards
def files_are_what_was_cited() -> Iterator[str]:
    """A file goes once its withdrawal is committed, so what is missing is asked for again."""
    for evidence in Evidence.objects.filter(cited=True, withheld=None).exclude(file="").iterator():
        if not _file_is_intact(evidence) and Evidence.objects.filter(pk=evidence.pk, withheld=None).exists():
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


@afterwards
def files_of_what_was_withdrawn_are_gone() -> Iterator[str]:
    """A process may be killed between the withdrawal and the disk; an operator then deletes the file by hand."""
    gone = {str(uid) for uid in Evidence.objects.exclude(withheld=None).values_list("uid", flat=True)}
    storage = Evidence._meta.get_field("file").storage
    for name in storage.listdir(FILES)[1] if gone and storage.exists(FILES) else []:
        if name[:UID_LENGTH] in gone:
            yield f"evidence {name[:UID_LENGTH]}: was withdrawn, and its file {FILES}/{name} is still there"


@also
def rounds_are_what_was_announced() -> Iterator[str]:
    """Its name; and its findings, which are those that were published last before it."""
    said = {
        event.position: (event.data["name"], event.data["updates"]) for event in Event.objects.filter(type="round.published", withheld=None)
    }
    for round_ in Round.objects.exclude(position=None):
        name, updates = said.pop(round_.position, ("", 0))
        if name != round_.name:
            yield f"round {round_.name}: no event at position {round_.position} announces it"
        before = Event.objects.filter(type="assessment.published", position__lt=round_.position).order_by("-position")
        published = round_.assessments.filter(state="published").values_list("position", flat=True)
        if set(published) != set(before.values_list("position", flat=True)[:updates]):
            yield f"round {round_.name}: its assessments are not those that it published"
    for position, (name, _updates) in said.items():
        yield f"position {position}: the round {name} is missing"


@also
def milestones_say_what_their_assessment_found() -> Iterator[str]:
    """The state of a milestone is that of the newest published assessment, unless that took an earlier one back."""
    newest = Assessment.objects.filter(state="published").order_by("milestone_id", "-position").distinct("milestone_id")
    by_milestone = {assessment.milestone_id: assessment for assessment in newest.only("milestone", "status", "position")}
    for milestone in Milestone.objects.only("code", "status", "current").iterator():
        assessment = by_milestone.get(milestone.pk)
        status, current = (assessment.status, assessment.pk) if assessment else ("not_assessed", None)
        if status == "not_assessed":
            current = None
        if (milestone.status, milestone.current_id) != (status, current):
            yield f"{milestone.code}: says {milestone.status}, and its newest assessment {status}"


def said_of_baselines() -> dict[int, tuple[str, str, str]]:
    """By position: the report, name and digest of dates that an event says of the baseline there."""
    said = {}
    for event in Event.objects.filter(type__in=("roadmap.loaded", "baseline.set", COVERED), withheld=None).order_by("position"):
        if event.type == COVERED:
            said.update({position: tuple(rest) for position, *rest in event.data.get("baselines", [])})
        elif facts := event.data.get("baseline") if event.type == "roadmap.loaded" else event.data:
            said[event.position] = (event.report, facts["name"], facts["digest"])
    return said


def facts_of(baseline: Baseline) -> tuple[str, str, str]:
    return (baseline.report.code, baseline.name, digest_of_dates(baseline))


@covers("baselines")
def baselines_that_nothing_covers() -> list[tuple[object, ...]]:
    said = said_of_baselines()
    return [(one.position, *facts_of(one)) for one in Baseline.objects.select_related("report") if one.position not in said]


@also
def baselines_hold_their_dates() -> Iterator[str]:
    """Name and dates of each baseline are in an event; the dates of the first also in the versions."""
    said = said_of_baselines()
    days = Event.objects.dates_of(Baseline.objects.values_list("position", flat=True))
    for baseline in Baseline.objects.select_related("report").order_by("pk"):
        if said.pop(baseline.position, None) != facts_of(baseline) or days.get(baseline.position) != baseline.set_at:
            yield f"baseline {baseline.name}: its name, day or dates are not what was frozen"
    for position in said:
        yield f"position {position}: the baseline is missing"
    for first in Baseline.objects.filter(position__in=Event.objects.filter(type="roadmap.loaded").values("position")):
        frozen = {planned.milestone: str(planned.due_date or "") for planned in first.dates.all()}
        began = MilestoneVersion.objects.filter(first=first.position, report=first.report.code)
        versions = began.only("code", "baseline_due", "baseline_due_precision")
        if frozen != {version.code: str(version.baseline_due_date or "") for version in versions}:
            yield f"baseline {first.name}: its dates are not those that the milestones began with"

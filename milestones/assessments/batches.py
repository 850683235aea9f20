"""Many assessments by one act, taken back as one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from common.days import day_of
from common.refusals import Problem, Refused
from milestones.assessments.reading import fresh
from milestones.assessments.refusals import TransitionRefused
from milestones.assessments.services import (
    Cite,
    confirm_assessment,
    draft_assessment,
    publish_assessment,
    put_on_record,
    submit_assessment,
)
from milestones.models import Assessment, Batch, Citation, MilestoneVersion
from milestones.permissions import insist, insist_on_editor, may_take_back
from milestones.statuses import Status

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from accounts.models import User
    from milestones.models import Milestone
    from record.services import Change

MOST = 500


@dataclass(frozen=True)
class Item:
    """One assessment of a batch; without ``values`` it confirms what stands."""

    milestone: Milestone
    values: dict[str, object] | None
    evidence: tuple[Cite, ...] = ()
    action: str = ""
    """``draft``, ``submit`` or ``publish`` where it differs from that of the batch."""


class BatchRefused(Refused):
    """None of the batch was written; each problem's pointer begins with the index of its item."""


def apply_batch(change: Change, items: Sequence[Item], *, by: User, action: str = "submit", uid: UUID | None = None) -> Batch:
    """Record all of these, or none. ``action`` is ``draft``, ``submit`` or ``publish``; ``uid`` names the batch
    where a form has promised a name, so that the same form sent twice is seen to be the same.

    Raises ``BatchRefused`` with every problem of every item.
    """
    if not 1 <= len(items) <= MOST:
        raise BatchRefused(Problem("", "batch_size", _("A batch has from 1 to %(most)d assessments.") % {"most": MOST}))
    batch = Batch.objects.create(made_at=change.now, made_by=by, **({"uid": uid} if uid else {}))
    problems = []
    for index, item in enumerate(items):
        try:
            _apply(change, item, batch, by=by, action=item.action or action)
        except Refused as refused:
            problems += [replace(problem.below(str(index)), text=f"{item.milestone.code}: {problem.text}") for problem in refused.problems]
    if problems:
        raise BatchRefused(*problems)
    return batch


def _apply(change: Change, item: Item, batch: Batch, *, by: User, action: str) -> None:
    if item.values is None:
        assessment = confirm_assessment(change, item.milestone, by=by)
        Assessment.objects.filter(pk=assessment.pk).update(batch=batch)
    else:
        assessment = draft_assessment(change, item.milestone, by=by, values=item.values, evidence=item.evidence, batch=batch)
        if action != "draft":
            submit_assessment(change, assessment, by=by)
    if action == "publish":
        publish_assessment(change, assessment, by=by)


@dataclass
class TakenBack:
    """What became of a batch that was taken back."""

    deleted: int = 0
    corrected: int = 0
    overtaken: list[str] = field(default_factory=list)
    """Codes of milestones that stay as they are: something newer stands, or what stood before was withdrawn."""


def take_back_batch(change: Change, batch: Batch, *, by: User) -> TakenBack:
    """Undo a batch: what was not published is deleted, what was published is corrected to what stood before.

    The corrections need no second pair of eyes: they restore what stood right before. But they are
    an editor's act, and say that nobody reviewed them. Raises ``TransitionRefused`` when it was taken back already.
    """
    batch = Batch.objects.get(pk=batch.pk)
    insist(may_take_back(by, batch))
    if batch.taken_back_at:
        raise TransitionRefused.because("taken_back", _("This batch was taken back already."))
    published = list(batch.assessments.filter(state="published").order_by("-position"))
    if published:
        insist_on_editor(by)
    outcome = TakenBack()
    outcome.deleted = batch.assessments.exclude(state="published").count()
    batch.assessments.exclude(state="published").delete()
    for assessment in published:
        now = fresh(assessment, change)
        before = _before(now)
        if now.milestone.current_id == now.pk and not (before and before.withheld):
            _restore(change, now, before, by=by)
            outcome.corrected += 1
        else:
            outcome.overtaken.append(now.milestone.code)
    batch.taken_back_at = change.now
    batch.save(update_fields=["taken_back_at"])
    return outcome


RESTORED = (
    "status",
    "confidence",
    "effective_on",
    "completed_on",
    "actual_host",
    "summary",
    "language",
    "reason",
)


def _before(wrong: Assessment) -> Assessment | None:
    """What stood right before; an earlier one would be a finding of whoever takes back."""
    before = Assessment.objects.filter(milestone=wrong.milestone, state="published", position__lt=wrong.position)
    stood: Assessment | None = before.order_by("-position").first()
    return stood


def _restore(change: Change, wrong: Assessment, before: Assessment | None, *, by: User) -> None:
    """Publish a correction that says again what stood before ``wrong``; where nothing did, that nobody has looked."""
    words = (
        {name: getattr(before, name) for name in RESTORED}
        if before
        else {"status": Status.NOT_ASSESSED, "effective_on": day_of(change.now)}
    )
    correction = Assessment(
        milestone=wrong.milestone, corrects=wrong, author=by, edited_by=by, state="submitted",
        created_at=change.now, updated_at=change.now, submitted_at=change.now, needs_review=False, **words,
    )  # fmt: skip
    correction.save()
    if before:
        Citation.objects.bulk_create(
            Citation(assessment=correction, evidence=old.evidence, stance=old.stance) for old in before.citations.select_related("evidence")
        )
    correction = fresh(correction)
    _restore_forecast(correction.milestone, wrong)
    put_on_record(change, correction, by=by, assessed_on=day_of(before.published_at) if before and before.published_at else None)


def _restore_forecast(milestone: Milestone, wrong: Assessment) -> None:
    """A forecast that ``wrong`` brought, and that nobody moved since, becomes again what it was before."""
    if wrong.forecast_date and milestone.forecast_date == wrong.forecast_date:
        was = MilestoneVersion.objects.at((wrong.position or 1) - 1).get(code=milestone.code)
        milestone.forecast_date = was.forecast_date

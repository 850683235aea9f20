"""Assessments on their way: drafted, edited, submitted, returned, published, confirmed. Each runs inside an open change.

The caller opens the change before it reads anything it decides by: of two editors deciding at once, the
second sees what the first one did. Only publishing changes the milestone and says so on the record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from common.days import day_of
from common.edits import changed_fields
from milestones.announcing import announce
from milestones.assessments.reading import STANDING, fresh
from milestones.assessments.refusals import TransitionRefused, problem
from milestones.assessments.rules import Cited, Finding, Standing, refusals
from milestones.evidence.services import seal_evidence
from milestones.models import Assessment, Citation, Evidence, Milestone
from milestones.permissions import insist, is_another, may_assess, may_edit, may_publish, needs_review
from milestones.querysets import OPEN_STATES
from milestones.statuses import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from accounts.models import User
    from common.refusals import Problem
    from milestones.models import Batch
    from record.models import Event
    from record.services import Change

FIELDS = (
    "status", "confidence", "effective_on", "completed_on", "forecast_date", "actual_host", "summary", "language",
    "internal_note", "reason", "corrects",
)  # fmt: skip
"""What somebody fills in; ``evidence`` comes beside it."""

Cite = tuple[Evidence, str]


def draft_assessment(
    change: Change,
    milestone: Milestone,
    *,
    by: User,
    values: Mapping[str, object],
    evidence: Iterable[Cite] = (),
    batch: Batch | None = None,
    uid: UUID | None = None,
) -> Assessment:
    """Begin an assessment; whoever has one open on the milestone goes on with that one instead.

    ``values`` are some of ``FIELDS``; ``uid`` names it where a form has promised a name, so that the same form
    sent twice is seen to be the same. Raises ``NotAllowed`` outside of the remit.
    """
    change.insist_held([milestone])
    insist(may_assess(by, milestone), text=_("This milestone is outside of your remit."))
    open_draft = Assessment.objects.open_for(by, milestone)
    if open_draft and batch:
        raise TransitionRefused.because("draft_open", _("You have a draft open on it: submit or delete that first."))
    if open_draft:
        return edit_draft(change, open_draft, by=by, values=values, evidence=evidence)
    draft = Assessment(milestone=milestone, author=by, edited_by=by, created_at=change.now, updated_at=change.now, batch=batch)
    if uid:
        draft.uid = uid
    _note_review(draft)
    _set(draft, values)
    draft.save(force_insert=True)
    cite(draft, evidence)
    return draft


def edit_draft(
    change: Change, assessment: Assessment, *, by: User, values: Mapping[str, object], evidence: Iterable[Cite] | None = None
) -> Assessment:
    """Change a draft, or one that was returned; ``evidence`` replaces what it cites, ``None`` leaves it.

    From then on ``by`` counts as an author of it. Raises ``TransitionRefused`` once it is submitted.
    """
    now = fresh(assessment, change)
    insist(may_edit(by, now))
    if now.state not in OPEN_STATES:
        raise TransitionRefused.because("not_open", _("It is submitted or published and cannot be edited."))
    before, edited = [getattr(now, name) for name in CONFIRMED], changed_fields(now, values)
    _note_review(now)
    _set(now, values)
    if before != [getattr(now, name) for name in CONFIRMED] or evidence is not None:
        now.confirms = None  # it says something of its own now
    now.edited_by, now.updated_at, now.version = by, change.now, now.version + 1
    now.note_edits([*edited, *(["evidence"] if evidence is not None else [])], by=by.actor, at=change.now, account=by.pk)
    now.save()
    if evidence is not None:
        cite(now, evidence)
    return now


def _note_review(assessment: Assessment) -> None:
    """Keep that the report asks for review: once it did, at whatever step, the finding needs it to the end.

    So switching review off changes nothing for what somebody has begun, and switching it on counts for all that is not published.
    """
    assessment.needs_review = needs_review(assessment)


def _set(assessment: Assessment, values: Mapping[str, object]) -> None:
    unknown = set(values) - set(FIELDS)
    if unknown:
        raise TypeError(f"not fields of an assessment: {', '.join(sorted(unknown))}")
    for name, value in values.items():
        setattr(assessment, name, value)
    corrected = assessment.corrects
    if corrected and (corrected.milestone_id != assessment.milestone_id or corrected.state != "published"):
        raise TransitionRefused.because(
            "corrects_unknown", _("Only a published assessment of this milestone can be corrected."), "corrects"
        )


def cite(assessment: Assessment, evidence: Iterable[Cite]) -> None:
    """Make these the citations of a draft."""
    wanted = {piece.pk: stance for piece, stance in evidence}
    Evidence.objects.hold(wanted)
    assessment.citations.exclude(evidence__in=wanted).delete()
    for pk, stance in wanted.items():
        Citation.objects.update_or_create(assessment=assessment, evidence_id=pk, defaults={"stance": stance})
    assessment._prefetched_objects_cache = {}  # type: ignore[attr-defined]


def delete_draft(change: Change, assessment: Assessment, *, by: User) -> None:
    """Throw away a draft of one's own; what was never submitted is nobody else's matter."""
    now = fresh(assessment, change)
    insist(now.author_id == by.pk)
    if now.state not in OPEN_STATES:
        raise TransitionRefused.because("not_open", _("It is submitted or published and cannot be deleted."))
    now.delete()


def problems_of(assessment: Assessment, *, day: date) -> list[Problem]:
    """What keeps an assessment from being submitted: in the reader's language."""
    milestone = assessment.milestone
    finding = Finding(
        status=Status(assessment.status) if assessment.status else None,
        summary=assessment.summary,
        effective_on=assessment.effective_on,
        completed_on=assessment.completed_on,
        reason=assessment.reason,
        actual_host=assessment.actual_host,
        evidence=tuple(
            Cited(supports=citation.stance == "supports", public=not citation.evidence.confidential)
            for citation in assessment.citations.all()
            if citation.evidence.withheld is None
        ),
        corrects_current=assessment.corrects_id is not None and assessment.corrects_id == milestone.current_id,
    )
    standing = Standing(
        status=Status(milestone.status),
        effective_on=milestone.effective_on,
        is_edition=milestone.series_id is not None,
    )
    return [problem(refusal) for refusal in refusals(finding, standing, day=day)]


def _insist_on_rules(assessment: Assessment, change: Change) -> None:
    if problems := problems_of(assessment, day=day_of(change.now)):
        raise TransitionRefused(*problems)


def _insist_nothing_waits(author: User, milestone: Milestone) -> None:
    """Of one author one finding on a milestone waits for review: a second would contradict it. Asked under the milestone's lock."""
    if Assessment.objects.waiting_of(author, milestone):
        raise TransitionRefused.because("waiting", _("A finding of yours on it waits for review already: change that one."))


def submit_assessment(change: Change, assessment: Assessment, *, by: User) -> Assessment:
    """Hand a draft in for review. Raises ``TransitionRefused`` with every rule that it does not meet."""
    now = fresh(assessment, change)
    insist(may_edit(by, now))
    if now.state not in OPEN_STATES:
        raise TransitionRefused.because("not_open", _("It was submitted already."))
    _insist_nothing_waits(now.author, now.milestone)
    if now.effective_on is None:
        now.effective_on = day_of(change.now)
    _insist_on_rules(now, change)
    _note_review(now)
    now.state, now.submitted_at, now.updated_at, now.version = "submitted", change.now, change.now, now.version + 1
    now.note_edits(["state"], by=by.actor, at=change.now)
    now.save(update_fields=["state", "submitted_at", "updated_at", "effective_on", "needs_review", "version", "edits"])
    return now


def return_assessment(change: Change, assessment: Assessment, *, by: User, comment: str) -> Assessment:
    """Give it back to its author, saying why."""
    now = fresh(assessment, change)
    insist(may_publish(by, now), "four_eyes", _("Only an editor who did not write it may decide."))
    if now.state != "submitted":
        raise TransitionRefused.because("not_submitted", _("Only what is submitted can be returned."))
    if not comment.strip():
        raise TransitionRefused.because("comment_missing", _("Say what is to be changed."), "comment")
    if Assessment.objects.open_for(now.author, now.milestone):
        text = _("Its author has begun another draft on this milestone. Publish it, or ask them to submit or delete that draft first.")
        raise TransitionRefused.because("draft_open", text)
    now.state, now.return_comment, now.reviewer, now.updated_at = "returned", comment.strip(), by, change.now
    now.version, now.round = now.version + 1, None
    now.note_edits(["state", "return_comment"], by=by.actor, at=change.now)
    now.save(update_fields=["state", "return_comment", "reviewer", "updated_at", "version", "round", "edits"])
    return now


def publish_assessment(change: Change, assessment: Assessment, *, by: User) -> Assessment:
    """Make a submitted assessment the milestone's current state, and say so on the record. Returns it as it then stands.

    The rules are asked again: since it was submitted, the milestone may have moved on. Raises
    ``TransitionRefused`` unless it is submitted and meets them, ``NotAllowed`` against four eyes.
    """
    now = fresh(assessment, change)
    _hold_evidence(now)
    _note_review(now)
    insist(may_publish(by, now), "four_eyes", _("Somebody who neither wrote it nor edited it last has to publish it."))
    if now.state != "submitted":
        raise TransitionRefused.because("not_submitted", _("Only what is submitted can be published."))
    if now.confirms and (now.confirms.withheld or now.milestone.current_id != now.confirms_id):
        raise TransitionRefused.because("confirms_past", _("What it confirms does not stand any more: return it."))
    _insist_on_rules(now, change)
    put_on_record(change, now, by=by)
    return now


def _hold_evidence(assessment: Assessment) -> None:
    """What is not sealed yet may be changed by whoever cites it on another milestone: not from now on."""
    citations = assessment.citations.all()
    held = Evidence.objects.hold(citation.evidence_id for citation in citations if not citation.evidence.cited)
    for citation in citations:
        citation.evidence = held.get(citation.evidence_id, citation.evidence)


def put_on_record(change: Change, assessment: Assessment, *, by: User, assessed_on: date | None = None) -> Event:
    """Publish what was decided already: no rule and no right is asked. For services that asked them, or that undo.

    ``assessed_on`` is the day on which somebody looked, if that was not today.
    """
    milestone = assessment.milestone
    before = milestone.status
    citations = list(assessment.citations.all())
    seal_evidence(change, citations)
    _stand(milestone, assessment, citations, day=assessed_on or day_of(change.now))
    change.prepare(milestone)
    assessment.position, assessment.reviewer = change.position, by
    assessment.published_at = assessment.updated_at = change.now
    assessment.state, assessment.version = "published", assessment.version + 1
    assessment.public_author, assessment.reviewed = assessment.author.actor, is_another(by, assessment)
    assessment.public_reviewer = by.actor if assessment.reviewed else ""
    assessment.edits = {}
    assessment.seal()
    change.save_later(assessment, PUBLICATION)
    change.amend(milestone, STANDING, {"assessment": milestone.current.uid if milestone.current else None})
    return announce(
        change,
        "assessment.published",
        milestone,
        {
            "id": assessment.uid,
            "from": before,
            "status": assessment.status,
            "effective_on": assessment.effective_on,
            "confidence": assessment.confidence or None,
            "forecast": str(milestone.forecast_date) if milestone.forecast_date else None,
            "corrects": assessment.corrects.uid if assessment.corrects else None,
            "confirms": assessment.confirms.uid if assessment.confirms else None,
            "reviewed": assessment.reviewed,
            "digest": assessment.digest,
        },
    )


PUBLICATION = (
    "state", "version", "published_at", "updated_at", "position", "reviewer", "public_author", "public_reviewer", "salt", "digest",
    "edits", "needs_review", "reviewed",
)  # fmt: skip


def _stand(milestone: Milestone, assessment: Assessment, citations: Sequence[Citation], *, day: date) -> None:
    """Let the milestone say what the assessment found. A forecast stays until another is given."""
    unknown = assessment.status == Status.NOT_ASSESSED  # what was corrected is taken back, and nothing had stood before it
    milestone.current = None if unknown else assessment
    milestone.status = assessment.status
    milestone.confidence = assessment.confidence
    milestone.effective_on = None if unknown else assessment.effective_on
    milestone.completed_on = assessment.completed_on
    milestone.assessed_on = None if unknown else day
    milestone.evidence_count = public_evidence(citations)
    if milestone.series_id:
        milestone.actual_host = assessment.actual_host
    forecast = assessment.forecast_date
    if forecast and forecast != milestone.forecast_date and not _moved_since(milestone, assessment.submitted_at):
        milestone.forecast_date = forecast


def _moved_since(milestone: Milestone, moment: datetime | None) -> bool:
    """Whether somebody moved the forecast, with a reason, after the finding was handed in."""
    return moment is not None and milestone.plan_changes.filter(field="forecast", changed_at__gt=moment).exists()


def public_evidence(citations: Iterable[Citation]) -> int:
    """How many of these pieces of evidence everybody may see."""
    return sum(not citation.evidence.confidential and citation.evidence.withheld is None for citation in citations)


def confirm_assessment(change: Change, milestone: Milestone, *, by: User, note: str = "") -> Assessment:
    """Say that what stands is still accurate: a submitted assessment that reuses its words and its evidence.

    Raises ``TransitionRefused`` where nothing stands yet, or a confirmation of it waits already.
    """
    change.insist_held([milestone])
    milestone = Milestone.objects.select_related("proposal__report", "current", "series").get(pk=milestone.pk)
    insist(may_assess(by, milestone), text=_("This milestone is outside of your remit."))
    current = milestone.current
    if current is None or current.withheld:
        raise TransitionRefused.because("nothing_to_confirm", _("Nothing was published yet that could be confirmed."))
    if Assessment.objects.filter(confirms=current, state="submitted").exists():
        raise TransitionRefused.because("confirmed_already", _("A confirmation waits for review already."))
    _insist_nothing_waits(by, milestone)
    confirmation = Assessment(
        milestone=milestone,
        confirms=current,
        author=by,
        edited_by=by,
        created_at=change.now,
        updated_at=change.now,
        submitted_at=change.now,
        state="submitted",
        internal_note=note,
        **{name: getattr(current, name) for name in CONFIRMED},
    )
    _note_review(confirmation)
    confirmation.save()
    Citation.objects.bulk_create(
        Citation(assessment=confirmation, evidence=old.evidence, stance=old.stance) for old in current.citations.select_related("evidence")
    )
    _insist_on_rules(fresh(confirmation, change), change)
    return confirmation


CONFIRMED = ("status", "confidence", "effective_on", "completed_on", "actual_host", "summary", "language", "reason")


def record_assessment(
    change: Change, milestone: Milestone, *, by: User, values: Mapping[str, object], evidence: Iterable[Cite] = (), action: str = "draft"
) -> Assessment:
    """Draft, and as ``action`` says (``draft``, ``submit``, ``publish``), hand in and publish in one go."""
    assessment = draft_assessment(change, milestone, by=by, values=values, evidence=evidence)
    if action in {"submit", "publish"}:
        assessment = submit_assessment(change, assessment, by=by)
    if action == "publish":
        publish_assessment(change, assessment, by=by)
        assessment.refresh_from_db()
    return assessment

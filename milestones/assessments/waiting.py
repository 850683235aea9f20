"""What waits for review and is wanted back by who submitted it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from milestones.assessments.reading import fresh
from milestones.assessments.refusals import TransitionRefused
from milestones.models import Assessment
from milestones.permissions import insist, may_edit

if TYPE_CHECKING:
    from accounts.models import User
    from record.services import Change


def take_back_assessment(change: Change, assessment: Assessment, *, by: User) -> Assessment:
    """Out of review, and out of a round that it is staged in: its author has more to say. It is a draft again and keeps its name.

    Raises ``TransitionRefused`` once somebody decided about it, or where another draft of theirs is open.
    """
    now = fresh(assessment, change)
    insist(may_edit(by, now) and now.author_id == by.pk)
    if now.state != "submitted":
        raise TransitionRefused.because("not_submitted", _("Only what waits for review can be taken back."))
    if Assessment.objects.open_for(by, now.milestone):
        raise TransitionRefused.because("draft_open", _("You have a draft open on it: submit or delete that first."))
    now.state, now.round, now.submitted_at = "draft", None, None
    now.updated_at, now.version = change.now, now.version + 1
    now.note_edits(["state"], by=by.actor, at=change.now)
    now.save(update_fields=["state", "round", "submitted_at", "updated_at", "version", "edits"])
    return now

"""Reporting rounds: submitted assessments are staged one by one and then published together, all or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from common.refusals import Problem, Refused
from milestones.assessments.refusals import TransitionRefused
from milestones.assessments.services import publish_assessment
from milestones.models import Assessment, Round
from milestones.permissions import insist_on_editor

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from accounts.models import User
    from record.models import Event
    from record.services import Change


class RoundRefused(TransitionRefused):
    """The round cannot be published; each problem points to the milestone it is about."""


def open_round(change: Change, *, name: str, by: User, uid: UUID | None = None) -> Round:
    """``uid`` names it where a form has promised a name: the same form sent twice opens one."""
    insist_on_editor(by)
    opened: Round | None = Round.objects.filter(uid=uid, opened_by=by).first() if uid else None
    if opened:
        return opened
    if not name.strip():
        raise TransitionRefused.because("name_missing", _("Give the round a name."), "name")
    return Round.objects.create(name=name.strip(), opened_at=change.now, opened_by=by, **({"uid": uid} if uid else {}))


def stage(change: Change, round_: Round, assessments: Iterable[Assessment], *, by: User) -> int:
    """Put submitted assessments into an open round; returns how many. What is in another round moves to this one."""
    change.insist_alone()
    insist_on_editor(by)
    _insist_open(round_)
    chosen = [assessment.pk for assessment in assessments]
    return Assessment.objects.filter(pk__in=chosen, state="submitted").update(round=round_)


def unstage(change: Change, round_: Round, assessments: Iterable[Assessment], *, by: User) -> int:
    """Take assessments out of an open round; they wait for review as before."""
    change.insist_alone()
    insist_on_editor(by)
    _insist_open(round_)
    return round_.assessments.filter(pk__in=[assessment.pk for assessment in assessments], state="submitted").update(round=None)


def publish_round(change: Change, round_: Round, *, by: User) -> Event:
    """Publish everything that is staged, in the order in which it became true, and then announce the round.

    Raises ``RoundRefused`` with everything that hinders any of them; the caller's transaction then writes nothing.
    """
    change.insist_alone()
    insist_on_editor(by)
    round_ = Round.objects.get(pk=round_.pk)
    _insist_open(round_)
    staged = list(round_.assessments.filter(state="submitted").select_related("milestone").order_by("effective_on", "submitted_at", "id"))
    if not staged:
        raise RoundRefused(Problem("", "round_empty", _("Nothing is staged in this round.")))
    problems = []
    for assessment in staged:
        try:
            publish_assessment(change, assessment, by=by)
        except Refused as refused:  # it refuses before it writes anything
            problems += [Problem(assessment.milestone.code, problem.code, problem.text) for problem in refused.problems]
    if problems:
        raise RoundRefused(*problems)
    round_.published_at, round_.position = change.now, change.position
    round_.save(update_fields=["published_at", "position"])
    return change.announce("round.published", data={"id": round_.uid, "name": round_.name, "updates": len(staged)})


def _insist_open(round_: Round) -> None:
    if Round.objects.filter(pk=round_.pk, position__isnull=False).exists():
        raise TransitionRefused.because("round_published", _("This round is published already."))

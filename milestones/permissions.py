"""Who may do what on the tracking side: plain functions, asked by services, so that every way in obeys them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.models import EVERYTHING
from accounts.permissions import insist, insist_on_editor
from accounts.roles import Role
from milestones.models import Milestone

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User
    from milestones.models import Assessment, Batch, Evidence

__all__ = [
    "acts_open_to", "insist", "insist_on_editor", "is_another", "may_assess", "may_edit", "may_move", "may_publish", "may_take_back",
    "may_tend", "needs_review",
]  # fmt: skip


def may_assess(user: User, milestone: Milestone) -> bool:
    """Editors everywhere; an analyst on milestones assigned to them, or within their remit of reports, proposals and organisations."""
    if user.may(Role.EDITOR):
        return True
    if not user.may(Role.ANALYST):
        return False
    proposal = milestone.proposal
    if milestone.analyst_id == user.pk or {EVERYTHING, proposal.code, proposal.report.code} & set(user.remit):
        return True
    return milestone.owners.filter(organisation__code__in=user.remit).exists() if user.remit else False


def may_move(user: User, milestone: Milestone) -> bool:
    """Editors own the plan; the assigned analyst may move the dates of their milestone."""
    return user.may(Role.EDITOR) or (user.may(Role.ANALYST) and milestone.analyst_id == user.pk)


def acts_open_to(user: User | AnonymousUser, code: str) -> list[tuple[str, Milestone]]:
    """What somebody may do about a milestone, as ``record``, ``move`` and ``edit``; a query or two for who may do anything at all."""
    if not user.is_authenticated or not user.may(Role.ANALYST):
        return []
    milestone = Milestone.objects.select_related("proposal__report").get(code=code)
    may = {"record": may_assess(user, milestone), "move": may_move(user, milestone), "edit": user.may(Role.EDITOR)}
    return [(act, milestone) for act, allowed in may.items() if allowed]


def may_edit(user: User, assessment: Assessment) -> bool:
    """The author while they may still assess the milestone, and editors."""
    return user.may(Role.EDITOR) or (assessment.author_id == user.pk and may_assess(user, assessment.milestone))


def may_publish(user: User, assessment: Assessment) -> bool:
    """An editor who has no hand in it (``is_another``); where it needs no review, an editor or its author."""
    if not needs_review(assessment):
        return may_edit(user, assessment)
    return user.may(Role.EDITOR) and is_another(user, assessment)


def needs_review(assessment: Assessment) -> bool:
    """Whether its report asks for review, or did at an earlier step of its way."""
    return bool(assessment.needs_review) or assessment.milestone.proposal.report.needs_review


def is_another(user: User, assessment: Assessment) -> bool:
    """Whether somebody is a second pair of eyes: did not write it, nor edit it last, and no field of it or of its evidence is theirs."""
    hands = {assessment.author_id, assessment.edited_by_id} | assessment.hands
    return user.pk not in hands.union(*(citation.evidence.hands for citation in assessment.citations.all()))


def may_tend(user: User, evidence: Evidence) -> bool:
    """Keep a link or a copy of evidence: editors, whoever added it, and analysts whose milestones rest on it."""
    if user.may(Role.EDITOR) or (user.may(Role.ANALYST) and evidence.added_by_id == user.pk):
        return True
    cited = evidence.citations.select_related("assessment__milestone__proposal__report")
    return any(may_assess(user, cite.assessment.milestone) for cite in cited)


def may_take_back(user: User, batch: Batch) -> bool:
    return user.may(Role.EDITOR) or (user.may(Role.ANALYST) and batch.made_by_id == user.pk)

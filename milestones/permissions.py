"""Who may do what on the tracking side: plain functions, asked by services, so that every way in obeys them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.models import EVERYTHING
from accounts.permissions import insist, insist_on_editor
from accounts.roles import Role

if TYPE_CHECKING:
    from accounts.models import User
    from milestones.models import Assessment, Batch, Evidence, Milestone

__all__ = ["insist", "insist_on_editor", "may_assess", "may_edit", "may_move", "may_publish", "may_take_back", "may_tend"]


def may_assess(user: User, milestone: Milestone) -> bool:
    """Editors everywhere; an analyst on milestones assigned to them, or within their remit of proposals and organisations."""
    if user.may(Role.EDITOR):
        return True
    if not user.may(Role.ANALYST):
        return False
    if EVERYTHING in user.remit or milestone.analyst_id == user.pk or milestone.proposal.code in user.remit:
        return True
    return milestone.owners.filter(organisation__code__in=user.remit).exists() if user.remit else False


def may_move(user: User, milestone: Milestone) -> bool:
    """Editors own the plan; the assigned analyst may move the dates of their milestone."""
    return user.may(Role.EDITOR) or (user.may(Role.ANALYST) and milestone.analyst_id == user.pk)


def may_edit(user: User, assessment: Assessment) -> bool:
    """The author while they may still assess the milestone, and editors."""
    return user.may(Role.EDITOR) or (assessment.author_id == user.pk and may_assess(user, assessment.milestone))


def may_publish(user: User, assessment: Assessment) -> bool:
    """An editor who neither wrote nor last edited it; where the report asks for no review, an editor or its author."""
    if not assessment.milestone.proposal.report.needs_review:
        return user.may(Role.EDITOR) or may_edit(user, assessment)
    return user.may(Role.EDITOR) and user.pk not in {assessment.author_id, assessment.edited_by_id}


def may_tend(user: User, evidence: Evidence) -> bool:
    """Keep a link or a copy of evidence: editors, whoever added it, and analysts whose milestones rest on it."""
    if user.may(Role.EDITOR) or (user.may(Role.ANALYST) and evidence.added_by_id == user.pk):
        return True
    return any(may_assess(user, cite.assessment.milestone) for cite in evidence.citations.select_related("assessment__milestone__proposal"))


def may_take_back(user: User, batch: Batch) -> bool:
    return user.may(Role.EDITOR) or (user.may(Role.ANALYST) and batch.made_by_id == user.pk)

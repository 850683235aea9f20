"""What somebody may work on at the desk: what lies outside of it is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404

from milestones.models import Assessment, Milestone
from milestones.permissions import may_assess

if TYPE_CHECKING:
    from uuid import UUID

    from record.desk import DeskRequest


def milestone_or_404(request: DeskRequest, code: str) -> Milestone:
    """A milestone within the remit; what lies outside of it is not there."""
    milestones = Milestone.objects.select_related("proposal__report", "current", "series", "analyst")
    milestone: Milestone | None = milestones.filter(code=code.replace("\x00", "")).first()
    if milestone is None or not may_assess(request.user, milestone):
        raise Http404
    return milestone


def assessment_or_404(request: DeskRequest, uid: UUID) -> Assessment:
    assessment: Assessment | None = Assessment.objects.visible_to(request.user).for_desk().filter(uid=uid).first()
    if assessment is None:
        raise Http404
    return assessment

"""What moving a date would do, before it is moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.http import Http404
from rest_framework.response import Response

from accounts.permissions import insist, user_of
from common.api.schema import documented
from common.api.values import planned
from milestones.api import shapes, writing
from milestones.models import Milestone
from milestones.permissions import may_move
from milestones.plan.schedule import preview_move
from milestones.plan.steps import steps_at
from milestones.statuses import FINISHED_STATUSES, UNKNOWN_STATUSES
from proposals.api.views import language
from record.api import RecordView
from record.api.writing import validated

if TYPE_CHECKING:
    from rest_framework.request import Request


@documented(
    get=None,
    tags=["milestones"],
    post={"request": writing.MovePreviewInput, "responses": {200: shapes.MovePreviewShape}, "operation_id": "milestones_move_preview"},
)
class MovePreviewView(RecordView):
    """A dry run of moving the due date: whom it would push, *new* apart from *already so*. Nothing is written."""

    scopes: ClassVar[dict[str, str]] = {"POST": "plan"}

    def post(self, request: Request, code: str) -> Response:
        milestone = Milestone.objects.select_related("proposal").filter(code=code.replace("\x00", "")).first()
        if milestone is None:
            raise Http404
        insist(may_move(user_of(request), milestone))
        to = validated(writing.MovePreviewInput, request)["due"]
        preview = preview_move(steps_at(self.moment), milestone.code, to.date)
        baseline = milestone.baseline_due_date
        pushes = [(push, True) for push in preview.new] + [(push, False) for push in preview.already]
        return Response(
            {
                "due": planned(to.date, to.precision, language()),
                "slippage_days": to.slippage(baseline) if baseline else None,
                "late": to.date < self.moment.day and milestone.status not in FINISHED_STATUSES | UNKNOWN_STATUSES,
                "pushes": [
                    {
                        "milestone": push.code,
                        "due": push.due,
                        "not_before": push.earliest,
                        "days": push.days,
                        "because": push.because,
                        "new": new,
                    }
                    for push, new in pushes
                ],
                "due_before": [
                    {"milestone": clash.predecessor, "due": clash.predecessor_due, "days": clash.days} for clash in preview.before
                ],
            }
        )

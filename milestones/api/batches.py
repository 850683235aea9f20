"""Many assessments at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.utils.translation import gettext as _
from rest_framework.response import Response
from rest_framework.reverse import reverse

from accounts.idempotency import idempotent
from accounts.permissions import user_of
from common.api.schema import documented
from common.refusals import Refused
from milestones.api import representation, shapes, writing
from milestones.api.assessments import cites_of, may_publish_by
from milestones.models import Milestone
from milestones.services import Item, apply_batch
from proposals.api.views import language
from record.api import RecordView
from record.services import open_change

if TYPE_CHECKING:
    from rest_framework.request import Request

    from common.json_types import JSONObject
    from record.services import Change


@documented(
    get=None,
    tags=["milestones"],
    post={"request": writing.BatchItemInput(many=True), "responses": {201: shapes.BatchShape}, "operation_id": "milestones_batch_updates"},
)
class BatchUpdates(RecordView):
    """Up to 500 assessments, all or none. Each error points to the place of its item: ``/3/summary``."""

    scopes: ClassVar[dict[str, str]] = {"POST": "assess"}

    @idempotent
    def post(self, request: Request) -> Response:
        sent = writing.BatchInput(data=request.data)
        sent.is_valid(raise_exception=True)
        by = user_of(request)
        with open_change(by=by.actor) as change:
            items = self.items(change, request, sent.validated_data)
            batch = apply_batch(change, items, by=by)
            self.look_after(change)
        base = reverse("api:updates", request=request)
        assessments = batch.assessments.for_answer().order_by("id")
        made = [representation.update_item(assessment, language=language(), base=base) for assessment in assessments]
        return Response({"id": batch.uid, "updates": made}, status=201)

    def items(self, change: Change, request: Request, sent: list[JSONObject]) -> list[Item]:
        milestones = Milestone.objects.select_related("proposal__report", "current", "series", "analyst")
        known = {milestone.code: milestone for milestone in milestones.filter(code__in=[update["milestone"] for update in sent])}
        problems, items = [], []
        for place, update in enumerate(sent):
            try:
                items.append(self._item(change, request, known, update))
            except Refused as refused:
                problems += [problem.below(str(place)) for problem in refused.problems]
        if problems:
            raise Refused(*problems)
        return items

    def _item(self, change: Change, request: Request, known: dict[str, Milestone], sent: JSONObject) -> Item:
        milestone = known.get(sent["milestone"])
        if milestone is None:
            said = _("There is no “%(code)s” here.") % {"code": sent["milestone"]}
            raise Refused.because("unknown_code", said, "milestone")
        if sent["action"] == "publish":
            may_publish_by(request, milestone)
        cites = cites_of(change, request, sent.pop("evidence", []))
        return Item(milestone, writing.finding_of(sent), tuple(cites), sent["action"])

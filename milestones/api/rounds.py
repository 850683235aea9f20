"""Endpoints of reporting rounds: opened, staged, published together."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

from django.db.models import Count, Q
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.response import Response
from rest_framework.reverse import reverse

from accounts.idempotency import idempotent
from accounts.permissions import user_of
from accounts.roles import Role
from common.api.inputs import NothingInput
from common.api.schema import documented
from common.api.shapes import shape_fields
from common.refusals import Refused
from milestones.api import representation, shapes, writing
from milestones.filters import RoundFilterSet
from milestones.models import Assessment, Round
from milestones.services import open_round, publish_round, stage
from record.api import RecordListView, RecordView
from record.api.writing import validated
from record.services import open_change

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request

    from record.moments import Moment


def rounds_for(request: Request, moment: Moment) -> Any:
    """Published ones for everybody, those being staged for editors; how many assessments each has."""
    rounds = Round.objects.published(moment)
    if not moment.past and request.user.is_authenticated and request.user.may(Role.EDITOR):
        rounds = Round.objects.all()
    counted = Q(assessments__state="published") | Q(assessments__state="submitted", position=None)
    return rounds.annotate(updates=Count("assessments", filter=counted))


def round_answer(request: Request, moment: Moment, uid: UUID, *, status: int) -> Response:
    response = Response(representation.round_item(rounds_for(request, moment).get(uid=uid)), status=status)
    if status == HTTPStatus.CREATED:
        response.headers["Location"] = reverse("api:round", args=[uid], request=request)
    return response


@documented(
    responses=shapes.RoundShape(many=True),
    tags=["plan"],
    operation_id="rounds_list",
    post={"request": writing.RoundInput, "responses": {201: shapes.RoundShape}, "operation_id": "rounds_open"},
)
class RoundList(RecordListView):
    """Reporting rounds that were published; for editors also those that are being staged."""

    beyond_record = True
    scopes: ClassVar[dict[str, str]] = {"POST": "review"}
    filterset_class = RoundFilterSet
    default_ordering = ("-position",)
    orderings: ClassVar[dict[str, str]] = {"position": "position"}
    field_names = shape_fields(shapes.RoundShape)

    def get(self, request: Request) -> Response:
        rounds = self.filtered(rounds_for(request, self.moment))
        return self.page_of(rounds, lambda page: list(map(representation.round_item, page)))

    @idempotent
    def post(self, request: Request) -> Response:
        """Open a round, and stage these submitted assessments in it."""
        sent = validated(writing.RoundInput, request)
        by = user_of(request)
        with open_change(by=by.actor) as change:
            made = open_round(change, name=sent["name"], by=by)
            wanted = list(dict.fromkeys(sent.get("updates", [])))
            chosen = list(Assessment.objects.filter(uid__in=wanted, state="submitted"))
            if len(chosen) != len(wanted):
                missing = sorted(set(map(str, wanted)) - {str(assessment.uid) for assessment in chosen})
                said = _("Only what is submitted can be staged; not so: %(ids)s.") % {"ids": ", ".join(missing[:20])}
                raise Refused.because("not_submitted", said, "updates")
            stage(change, made, chosen, by=by)
            self.look_after(change)
        return round_answer(request, self.moment, made.uid, status=201)


@documented(responses=shapes.RoundShape, tags=["plan"], operation_id="rounds_detail")
class RoundDetail(RecordView):
    beyond_record = True

    def get(self, request: Request, uid: UUID) -> Response:
        round_ = rounds_for(request, self.moment).filter(uid=uid).first()
        if round_ is None:
            raise Http404
        return self.one(representation.round_item(round_))


@documented(
    get=None,
    tags=["plan"],
    post={"request": None, "responses": {200: shapes.RoundShape}, "operation_id": "rounds_publish"},
)
class RoundPublish(RecordView):
    """Publish everything that is staged in a round, or nothing of it."""

    beyond_record = True
    scopes: ClassVar[dict[str, str]] = {"POST": "review"}

    @idempotent
    def post(self, request: Request, uid: UUID) -> Response:
        validated(NothingInput, request)
        by = user_of(request)
        with open_change(by=by.actor) as change:
            round_ = rounds_for(request, self.moment).filter(uid=uid).first()
            if round_ is None:
                raise Http404
            publish_round(change, round_, by=by)
            self.look_after(change)
        return round_answer(request, self.moment, uid, status=200)

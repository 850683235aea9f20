"""Endpoints of the source side."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from rest_framework.response import Response
from rest_framework.reverse import reverse
from typing_extensions import override

from accounts.idempotency import idempotent
from accounts.permissions import user_of
from common.api.schema import documented, documented_many, documented_one
from common.api.shapes import shape_fields
from common.refusals import Refused
from proposals import filters
from proposals.api import representation, shapes, writing
from proposals.models import Indicator, IndicatorValue, IndicatorVersion, PassageVersion, Risk, RiskAssessment, RiskVersion, SourceVersion
from proposals.services import StillReferred, assess_risk, record_value, remove_thing, write_thing
from record.api import RecordListView
from record.api.described import answering, saying
from record.api.writing import ThingInput, ThingListView, ThingView, thing_or_404, validated
from record.described import ANSWERED, In
from record.pages import version_or_404
from record.services import open_change
from record.versions import version_model

if TYPE_CHECKING:
    from rest_framework.request import Request

    from accounts.models import User
    from record.models import Recorded, VersionRow
    from record.services import Change


def language() -> str:
    return get_language() or "ru"


class CodeListView(ThingListView):
    """A list of things that have codes."""

    list_name: ClassVar[str]

    @property
    def rows(self) -> type[VersionRow]:
        return version_model(self.detail.writer.model)

    def get(self, request: Request) -> Response:
        base, versions = reverse(self.list_name, request=request), self.rows
        queryset = self.filtered(versions.objects.as_of(self.moment))
        item = answering(versions, In.LIST, language=language(), base=base)
        return self.page_of(queryset, lambda page: list(map(item, page)))


class CodeDetailView(ThingView["Recorded"]):
    list_name: ClassVar[str]

    def read(self, request: Request, code: str) -> Response:
        row = version_or_404(version_model(self.writer.model), self.moment, code)
        item = answering(type(row), ANSWERED, language=language(), base=reverse(self.list_name, request=request))(row)
        return self.one(item | self.beside(row), version=row.version)

    def beside(self, row: VersionRow) -> dict[str, object]:  # noqa: ARG002 - for subclasses
        """What an answer holds beside the thing's own fields."""
        return {}

    @override
    def write(self, change: Change, thing: Recorded, sent: ThingInput, *, by: User) -> None:
        values, links = sent.said(thing)
        write_thing(change, thing, values=values, links=links)

    def remove(self, change: Change, thing: Recorded) -> None:
        try:
            remove_thing(change, thing)
        except StillReferred as referred:
            raise Refused.because("still_used", _("Something else refers to it: %(things)s.") % {"things": referred}) from referred


@documented_one(shapes.ReportDetailShape, tag="reports", name="reports", takes=writing.ReportInput)
class ReportDetail(CodeDetailView):
    list_name, writer = "api:reports", writing.ReportInput

    def beside(self, row: VersionRow) -> dict[str, object]:
        passages = PassageVersion.objects.as_of(self.moment).filter(report=row.code).order_by("order")
        sources = SourceVersion.objects.as_of(self.moment).filter(report=row.code).order_by("number")
        return {
            "passages": list(map(saying(PassageVersion, ANSWERED, language()), passages)),
            "sources": list(map(saying(SourceVersion, In.LIST, language()), sources)),
        }


@documented_many(shapes.ReportShape, tag="reports", name="reports", takes=writing.ReportInput, one=shapes.ReportDetailShape)
class ReportList(CodeListView):
    list_name, detail = "api:reports", ReportDetail
    field_names = shape_fields(shapes.ReportShape)
    orderings: ClassVar[dict[str, str]] = {"code": "code", "published_on": "published_on"}


@documented_one(shapes.OrganisationDetailShape, tag="organisations", name="organisations", takes=writing.OrganisationInput)
class OrganisationDetail(CodeDetailView):
    list_name, writer = "api:organisations", writing.OrganisationInput


@documented_one(shapes.RiskDetailShape, tag="risks", name="risks", takes=writing.RiskInput)
class RiskDetail(CodeDetailView):
    list_name, writer = "api:risks", writing.RiskInput


@documented_many(shapes.RiskShape, tag="risks", name="risks", takes=writing.RiskInput, one=shapes.RiskDetailShape)
class RiskList(CodeListView):
    list_name, detail = "api:risks", RiskDetail
    filterset_class = filters.RiskFilterSet
    field_names = shape_fields(shapes.RiskShape)
    orderings: ClassVar[dict[str, str]] = {"code": "code", "likelihood": "likelihood", "impact": "impact"}


@documented(
    responses=shapes.RiskAssessmentShape(many=True),
    tags=["risks"],
    operation_id="risks_assessments",
    post={"request": writing.RiskAssessmentInput, "responses": {201: shapes.RiskAssessmentShape}, "operation_id": "risks_assess"},
)
class RiskAssessments(RecordListView):
    """What was said of a risk over time; saying it again is adding to that."""

    scopes: ClassVar[dict[str, str]] = {"POST": "assess"}
    default_ordering = ("-position",)
    orderings: ClassVar[dict[str, str]] = {"assessed_on": "assessed_on", "position": "position"}
    field_names = shape_fields(shapes.RiskAssessmentShape)

    def get(self, _request: Request, code: str) -> Response:
        risk = version_or_404(RiskVersion, self.moment, code)
        assessments = self.filtered(RiskAssessment.objects.as_of(self.moment).filter(risk__code=risk.code).select_related("risk"))
        return self.page_of(assessments, lambda page: list(map(representation.risk_assessment_item, page)))

    @idempotent
    def post(self, request: Request, code: str) -> Response:
        sent = validated(writing.RiskAssessmentInput, request)
        with open_change(by=user_of(request).actor) as change:
            risk = thing_or_404(Risk, code)
            said = assess_risk(change, risk, by=user_of(request), **sent)
            self.look_after(change)
        return Response(representation.risk_assessment_item(said), status=201)


@documented_one(shapes.IndicatorDetailShape, tag="indicators", name="indicators", takes=writing.IndicatorInput)
class IndicatorDetail(CodeDetailView):
    list_name, writer = "api:indicators", writing.IndicatorInput


@documented_many(shapes.IndicatorShape, tag="indicators", name="indicators", takes=writing.IndicatorInput, one=shapes.IndicatorDetailShape)
class IndicatorList(CodeListView):
    list_name, detail = "api:indicators", IndicatorDetail
    filterset_class = filters.IndicatorFilterSet
    field_names = shape_fields(shapes.IndicatorShape)


@documented(
    responses=shapes.IndicatorValueShape(many=True),
    tags=["indicators"],
    operation_id="indicators_values",
    post={"request": writing.IndicatorValueInput, "responses": {201: shapes.IndicatorValueShape}, "operation_id": "indicators_record"},
)
class IndicatorValues(RecordListView):
    """What an indicator was at its dates; a wrong value is followed by a right one."""

    sent_as: ClassVar[dict[str, str]] = {"measured": "date", "source_address": "source_url"}
    scopes: ClassVar[dict[str, str]] = {"POST": "assess"}
    default_ordering = ("measured", "position")
    orderings: ClassVar[dict[str, str]] = {"date": "measured", "position": "position"}
    field_names = shape_fields(shapes.IndicatorValueShape)

    def get(self, _request: Request, code: str) -> Response:
        indicator = version_or_404(IndicatorVersion, self.moment, code)
        values = IndicatorValue.objects.as_of(self.moment).filter(indicator__code=indicator.code).select_related("indicator")
        return self.page_of(self.filtered(values), lambda page: [representation.indicator_value_item(value, language()) for value in page])

    @idempotent
    def post(self, request: Request, code: str) -> Response:
        sent = validated(writing.IndicatorValueInput, request)
        measured, address = sent.pop("date"), sent.pop("source_url", None) or ""
        with open_change(by=user_of(request).actor) as change:
            indicator = thing_or_404(Indicator, code)
            said = record_value(change, indicator, measured=measured, source_address=address, by=user_of(request), **sent)
            self.look_after(change)
        return Response(representation.indicator_value_item(said, language()), status=201)


@documented_one(shapes.ContextEventDetailShape, tag="context events", name="context_events", takes=writing.ContextEventInput)
class ContextEventDetail(CodeDetailView):
    list_name, writer = "api:context-events", writing.ContextEventInput


@documented_many(
    shapes.ContextEventShape,
    tag="context events",
    name="context_events",
    takes=writing.ContextEventInput,
    one=shapes.ContextEventDetailShape,
)
class ContextEventList(CodeListView):
    list_name, detail = "api:context-events", ContextEventDetail
    filterset_class = filters.ReportFilterSet
    default_ordering = ("starts", "code")
    field_names = shape_fields(shapes.ContextEventShape)
    orderings: ClassVar[dict[str, str]] = {"code": "code", "starts": "starts"}

"""Endpoints of the source side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.translation import get_language
from rest_framework.reverse import reverse

from common.api.schema import documented
from proposals import filters
from proposals.api import representation, shapes
from proposals.models import (
    ContextEventVersion,
    IndicatorValue,
    IndicatorVersion,
    OrganisationVersion,
    PassageVersion,
    ReportVersion,
    RiskAssessment,
    RiskVersion,
    SourceVersion,
)
from record.api import RecordListView, RecordView
from record.pages import version_or_404

if TYPE_CHECKING:
    from collections.abc import Callable

    from rest_framework.request import Request
    from rest_framework.response import Response

    from record.models import VersionRow


def language() -> str:
    return get_language() or "ru"


class CodeListView(RecordListView):
    """A list of things that have codes: subclasses say which rows and how one looks."""

    model: ClassVar[type[VersionRow]]
    item: ClassVar[Callable[[Any, str, str], dict[str, Any]]]
    list_name: ClassVar[str]

    def get(self, request: Request) -> Response:
        base = reverse(self.list_name, request=request)
        rows = self.filtered(self.model.objects.as_of(self.moment))
        return self.page_of(rows, lambda page: [type(self).item(row, language(), base) for row in page])


class CodeDetailView(RecordView):
    model: ClassVar[type[VersionRow]]
    item: ClassVar[Callable[[Any, str, str], dict[str, Any]]]
    list_name: ClassVar[str]

    def get(self, request: Request, code: str) -> Response:
        row = version_or_404(self.model, self.moment, code)
        return self.one(type(self).item(row, language(), reverse(self.list_name, request=request)), version=row.version)


def shape_fields(shape: Any) -> tuple[str, ...]:
    """The names of the fields that a shape declares: what ``?fields=`` may pick."""
    return tuple(shape().get_fields())


@documented(responses=shapes.ReportShape(many=True), tags=["reports"], operation_id="reports_list")
class ReportList(CodeListView):
    model, list_name = ReportVersion, "api:reports"
    item = representation.report_item
    field_names = shape_fields(shapes.ReportShape)
    orderings: ClassVar[dict[str, str]] = {"code": "code", "published_on": "published_on"}


@documented(responses=shapes.ReportDetailShape, tags=["reports"], operation_id="reports_detail")
class ReportDetail(RecordView):
    def get(self, request: Request, code: str) -> Response:
        row = version_or_404(ReportVersion, self.moment, code)
        passages = list(PassageVersion.objects.as_of(self.moment).filter(report=row.code).order_by("order"))
        sources = list(SourceVersion.objects.as_of(self.moment).filter(report=row.code).order_by("number"))
        base = reverse("api:reports", request=request)
        return self.one(representation.report_detail(row, language(), base, passages=passages, sources=sources), version=row.version)


@documented(responses=shapes.OrganisationShape(many=True), tags=["organisations"], operation_id="organisations_list")
class OrganisationList(CodeListView):
    model, list_name = OrganisationVersion, "api:organisations"
    item = representation.organisation_item
    filterset_class = filters.OrganisationFilterSet
    field_names = shape_fields(shapes.OrganisationShape)
    orderings: ClassVar[dict[str, str]] = {"code": "code", "side": "side", "kind": "kind"}


@documented(responses=shapes.OrganisationDetailShape, tags=["organisations"], operation_id="organisations_detail")
class OrganisationDetail(CodeDetailView):
    model, list_name = OrganisationVersion, "api:organisations"
    item = representation.organisation_detail


@documented(responses=shapes.RiskShape(many=True), tags=["risks"], operation_id="risks_list")
class RiskList(CodeListView):
    model, list_name = RiskVersion, "api:risks"
    item = representation.risk_item
    filterset_class = filters.RiskFilterSet
    field_names = shape_fields(shapes.RiskShape)
    orderings: ClassVar[dict[str, str]] = {"code": "code", "likelihood": "likelihood", "impact": "impact"}


@documented(responses=shapes.RiskDetailShape, tags=["risks"], operation_id="risks_detail")
class RiskDetail(CodeDetailView):
    model, list_name = RiskVersion, "api:risks"
    item = representation.risk_detail


@documented(responses=shapes.RiskAssessmentShape(many=True), tags=["risks"], operation_id="risks_assessments")
class RiskAssessments(RecordListView):
    default_ordering = ("-position",)
    orderings: ClassVar[dict[str, str]] = {"assessed_on": "assessed_on", "position": "position"}
    field_names = shape_fields(shapes.RiskAssessmentShape)

    def get(self, request: Request, code: str) -> Response:  # noqa: ARG002 - DRF's signature
        row = version_or_404(RiskVersion, self.moment, code)
        rows = self.filtered(RiskAssessment.objects.as_of(self.moment).filter(risk__code=row.code).select_related("risk"))
        return self.page_of(rows, lambda page: list(map(representation.risk_assessment_item, page)))


@documented(responses=shapes.IndicatorShape(many=True), tags=["indicators"], operation_id="indicators_list")
class IndicatorList(CodeListView):
    model, list_name = IndicatorVersion, "api:indicators"
    item = representation.indicator_item
    filterset_class = filters.IndicatorFilterSet
    field_names = shape_fields(shapes.IndicatorShape)


@documented(responses=shapes.IndicatorDetailShape, tags=["indicators"], operation_id="indicators_detail")
class IndicatorDetail(CodeDetailView):
    model, list_name = IndicatorVersion, "api:indicators"
    item = representation.indicator_detail


@documented(responses=shapes.IndicatorValueShape(many=True), tags=["indicators"], operation_id="indicators_values")
class IndicatorValues(RecordListView):
    default_ordering = ("measured", "position")
    orderings: ClassVar[dict[str, str]] = {"date": "measured", "position": "position"}
    field_names = shape_fields(shapes.IndicatorValueShape)

    def get(self, request: Request, code: str) -> Response:  # noqa: ARG002 - DRF's signature
        row = version_or_404(IndicatorVersion, self.moment, code)
        rows = IndicatorValue.objects.as_of(self.moment).filter(indicator__code=row.code).select_related("indicator")
        return self.page_of(self.filtered(rows), lambda page: [representation.indicator_value_item(one, language()) for one in page])


@documented(responses=shapes.ContextEventShape(many=True), tags=["context events"], operation_id="context_events_list")
class ContextEventList(CodeListView):
    model, list_name = ContextEventVersion, "api:context-events"
    item = representation.context_event_item
    filterset_class = filters.ReportFilterSet
    default_ordering = ("starts", "code")
    field_names = shape_fields(shapes.ContextEventShape)
    orderings: ClassVar[dict[str, str]] = {"code": "code", "starts": "starts"}


@documented(responses=shapes.ContextEventDetailShape, tags=["context events"], operation_id="context_events_detail")
class ContextEventDetail(CodeDetailView):
    model, list_name = ContextEventVersion, "api:context-events"
    item = representation.context_event_detail

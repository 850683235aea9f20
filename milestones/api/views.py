"""Endpoints of the tracking side, and of the proposals, whose health comes from there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.db.models import Count, Q
from django.http import Http404
from rest_framework.reverse import reverse

from common.api.schema import documented
from milestones.api import representation, shapes
from milestones.filters import MilestoneFilterSet
from milestones.history import milestone_history
from milestones.models import Assessment, Baseline, Evidence, MilestoneVersion, PlanChange, Round, SeriesVersion
from milestones.series import editions_of
from milestones.standing import proposal_standings
from proposals.api import representation as source
from proposals.api.views import language, shape_fields
from proposals.filters import ProposalFilterSet, ReportFilterSet
from proposals.models import ProposalVersion
from record.api import RecordListView, RecordView
from record.pages import version_or_404

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request
    from rest_framework.response import Response

    from milestones.standing import ProposalStanding
    from record.moments import Moment


@documented(responses=shapes.MilestoneShape(many=True), tags=["milestones"], operation_id="milestones_list")
class MilestoneList(RecordListView):
    filterset_class = MilestoneFilterSet
    field_names = representation.MILESTONE_FIELDS
    counted_as = "milestones"
    orderings: ClassVar[dict[str, str]] = {
        name: name
        for name in ("code", "due", "forecast", "status", "health", "slippage_days", "assessed_on", "updated_at", "proposal", "edition")
    } | {"position": "first"}

    def get(self, request: Request) -> Response:
        base, lang = reverse("api:milestones", request=request), language()
        rows = self.filtered(MilestoneVersion.objects.as_of(self.moment).with_health(self.moment).with_freshness(self.moment.day))
        rows = rows.values(*representation.milestone_columns(lang))
        return self.page_of(rows, lambda page: [representation.milestone_item(row, lang, base) for row in page])


@documented(responses=shapes.MilestoneDetailShape, tags=["milestones"], operation_id="milestones_detail")
class MilestoneDetail(RecordView):
    def get(self, request: Request, code: str) -> Response:
        rows = MilestoneVersion.objects.as_of(self.moment)
        milestone = rows.with_health(self.moment).filter(code=code.replace("\x00", "")).first()
        if milestone is None:
            raise Http404
        latest = None
        if milestone.assessment:
            found = Assessment.objects.published(self.moment).for_reading().filter(uid=milestone.assessment).first()
            updates = reverse("api:updates", request=request)
            latest = representation.update_item(found, language=language(), base=updates) if found else None
        item = representation.milestone_detail(
            milestone,
            language=language(),
            base=reverse("api:milestones", request=request),
            successors=list(rows.successors_of(milestone.code).order_by("code").values_list("code", flat=True)),
            latest=latest,
        )
        return self.one(item, version=milestone.version)


class UpdatesView(RecordListView):
    default_ordering = ("-position", "-id")
    orderings: ClassVar[dict[str, str]] = {
        "position": "position",
        "effective_on": "effective_on",
        "published_at": "published_at",
        "milestone": "milestone__code",
    }
    field_names = shape_fields(shapes.UpdateShape)

    def answer(self, request: Request, rows: Any) -> Response:
        base = reverse("api:updates", request=request)
        return self.page_of(
            self.filtered(rows), lambda page: [representation.update_item(one, language=language(), base=base) for one in page]
        )


@documented(responses=shapes.UpdateShape(many=True), tags=["updates"], operation_id="updates_list")
class UpdateList(UpdatesView):
    def get(self, request: Request) -> Response:
        return self.answer(request, Assessment.objects.published(self.moment).for_reading())


@documented(responses=shapes.UpdateShape(many=True), tags=["milestones"], operation_id="milestones_updates")
class MilestoneUpdates(UpdatesView):
    def get(self, request: Request, code: str) -> Response:
        milestone = version_or_404(MilestoneVersion, self.moment, code)
        return self.answer(request, Assessment.objects.published(self.moment).for_reading().filter(milestone__code=milestone.code))


@documented(responses=shapes.UpdateShape, tags=["updates"], operation_id="updates_detail")
class UpdateDetail(RecordView):
    def get(self, request: Request, uid: UUID) -> Response:
        found = Assessment.objects.published(self.moment).for_reading().filter(uid=uid).first()
        if found is None:
            raise Http404
        base = reverse("api:updates", request=request)
        return self.one(representation.update_item(found, language=language(), base=base), version=found.version)


@documented(responses=shapes.EvidenceShape(many=True), tags=["evidence"], operation_id="evidence_list")
class EvidenceList(RecordListView):
    default_ordering = ("-added_at", "-id")
    orderings: ClassVar[dict[str, str]] = {"added_at": "added_at", "published_on": "published_on"}
    field_names = shape_fields(shapes.EvidenceShape)

    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        rows = self.filtered(Evidence.objects.published(self.moment))
        return self.page_of(rows, lambda page: list(map(representation.evidence_item, page)))


@documented(responses=shapes.EvidenceShape, tags=["evidence"], operation_id="evidence_detail")
class EvidenceDetail(RecordView):
    def get(self, request: Request, uid: UUID) -> Response:  # noqa: ARG002 - DRF's signature
        found = Evidence.objects.published(self.moment).filter(uid=uid).first()
        if found is None:
            raise Http404
        return self.one(representation.evidence_item(found))


@documented(responses=shapes.PlanChangeShape(many=True), tags=["milestones"], operation_id="milestones_plan_changes")
class MilestonePlanChanges(RecordListView):
    default_ordering = ("-position", "-id")
    orderings: ClassVar[dict[str, str]] = {"position": "position"}
    field_names = shape_fields(shapes.PlanChangeShape)

    def get(self, request: Request, code: str) -> Response:  # noqa: ARG002 - DRF's signature
        milestone = version_or_404(MilestoneVersion, self.moment, code)
        rows = PlanChange.objects.as_of(self.moment).filter(milestone__code=milestone.code).select_related("milestone")
        return self.page_of(self.filtered(rows), lambda page: [representation.plan_change_item(one, language=language()) for one in page])


@documented(responses=shapes.HistoryShape(many=True), tags=["milestones"], operation_id="milestones_history")
class MilestoneHistory(RecordListView):
    default_ordering = ("-first",)
    orderings: ClassVar[dict[str, str]] = {"position": "first"}
    field_names = shape_fields(shapes.HistoryShape)

    def get(self, request: Request, code: str) -> Response:  # noqa: ARG002 - DRF's signature
        rows = MilestoneVersion.objects.until(self.moment).filter(code=code.replace("\x00", ""))
        if not rows.exists():
            raise Http404
        rows = self.filtered(rows)
        return self.page_of(rows, lambda page: milestone_history(page, language()))


@documented(responses=shapes.SeriesShape(many=True), tags=["series"], operation_id="series_list")
class SeriesList(RecordListView):
    filterset_class = ReportFilterSet
    field_names = shape_fields(shapes.SeriesShape)

    def get(self, request: Request) -> Response:
        base = reverse("api:series", request=request)
        rows = self.filtered(SeriesVersion.objects.as_of(self.moment))
        return self.page_of(rows, lambda page: [representation.series_item(row, language(), base) for row in page])


@documented(responses=shapes.SeriesDetailShape, tags=["series"], operation_id="series_detail")
class SeriesDetail(RecordView):
    def get(self, request: Request, code: str) -> Response:
        row = version_or_404(SeriesVersion, self.moment, code)
        item = representation.series_detail(row, language(), reverse("api:series", request=request), editions=editions_of(row, self.moment))
        return self.one(item, version=row.version)


def with_standing(item: dict[str, Any], standing: ProposalStanding) -> dict[str, Any]:
    return item | {"health": standing.health, "milestones": standing.milestones, "by_health": dict(standing.counts)}


@documented(responses=shapes.ProposalStandingShape(many=True), tags=["proposals"], operation_id="proposals_list")
class ProposalList(RecordListView):
    filterset_class = ProposalFilterSet
    default_ordering = ("report", "order", "code")
    orderings: ClassVar[dict[str, str]] = {"code": "code", "order": "order", "kind": "kind", "strength": "strength"}
    field_names = shape_fields(shapes.ProposalStandingShape)

    def get(self, request: Request) -> Response:
        base = reverse("api:proposals", request=request)

        def represent(page: list[ProposalVersion]) -> list[dict[str, Any]]:
            standings = proposal_standings(self.moment, [row.code for row in page])
            return [with_standing(source.proposal_item(row, language(), base), standings[row.code]) for row in page]

        return self.page_of(self.filtered(ProposalVersion.objects.as_of(self.moment)), represent)


@documented(responses=shapes.ProposalDetailShape, tags=["proposals"], operation_id="proposals_detail")
class ProposalDetail(RecordView):
    def get(self, request: Request, code: str) -> Response:
        row = version_or_404(ProposalVersion, self.moment, code)
        item = source.proposal_detail(row, language(), reverse("api:proposals", request=request))
        return self.one(with_standing(item, proposal_standings(self.moment, [row.code])[row.code]), version=row.version)


@documented(responses=shapes.BaselineShape(many=True), tags=["plan"], operation_id="baselines_list")
class BaselineList(RecordListView):
    default_ordering = ("-position",)
    orderings: ClassVar[dict[str, str]] = {"position": "position"}
    field_names = shape_fields(shapes.BaselineShape)

    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        rows = self.filtered(Baseline.objects.as_of(self.moment).select_related("report").annotate(milestones=Count("dates")))
        return self.page_of(rows, lambda page: list(map(representation.baseline_item, page)))


@documented(responses=shapes.RoundShape(many=True), tags=["plan"], operation_id="rounds_list")
class RoundList(RecordListView):
    """Published rounds; what is being staged is for the desk."""

    default_ordering = ("-position",)
    orderings: ClassVar[dict[str, str]] = {"position": "position"}
    field_names = shape_fields(shapes.RoundShape)

    def get(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        return self.page_of(self.filtered(published_rounds(self.moment)), lambda page: list(map(representation.round_item, page)))


@documented(responses=shapes.RoundShape, tags=["plan"], operation_id="rounds_detail")
class RoundDetail(RecordView):
    def get(self, request: Request, uid: UUID) -> Response:  # noqa: ARG002 - DRF's signature
        found = published_rounds(self.moment).filter(uid=uid).first()
        if found is None:
            raise Http404
        return self.one(representation.round_item(found))


def published_rounds(moment: Moment) -> Any:
    shown = Q(assessments__state="published")
    return Round.objects.published(moment).annotate(updates=Count("assessments", filter=shown))

"""Endpoints of the tracking side, and of the proposals, whose health comes from there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.db.models import Count
from django.http import Http404
from rest_framework.response import Response
from rest_framework.reverse import reverse
from typing_extensions import override

from accounts.idempotency import idempotent
from accounts.permissions import user_of
from common.api.schema import documented, documented_many, documented_one
from common.api.shapes import shape_fields
from milestones.api import representation, shapes, writing
from milestones.assessments.translations import with_translations
from milestones.causes import causes_by_code, causes_of
from milestones.filters import BaselineFilterSet, MilestoneFilterSet, OrganisationFilterSet
from milestones.history import milestone_history
from milestones.models import Assessment, Baseline, Milestone, MilestoneVersion, PlanChange, Series, SeriesVersion
from milestones.plan.services import MOVED
from milestones.reading import milestone_or_404
from milestones.series.editions import editions_of
from milestones.services import milestone_of, remove_milestone, remove_series, set_baseline, write_milestone, write_series
from milestones.standing import proposal_causes, proposal_standings
from proposals.api import shapes as source_shapes
from proposals.api import writing as source_writing
from proposals.api.views import CodeDetailView, CodeListView, OrganisationDetail, language
from proposals.filters import ProposalFilterSet, ReportFilterSet
from proposals.models import ProposalVersion
from record.api import RecordListView
from record.api.described import answering, columns_in
from record.api.writing import ThingInput, ThingListView, ThingView, validated
from record.described import ANSWERED, In
from record.pages import version_or_404
from record.services import open_change

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rest_framework.request import Request

    from accounts.models import User
    from milestones.standing import ProposalStanding
    from record.locks import Named
    from record.models import VersionRow
    from record.services import Change


@documented_one(shapes.MilestoneDetailShape, tag="milestones", name="milestones", takes=writing.MilestoneInput)
class MilestoneDetail(ThingView[Milestone]):
    """One milestone. Its dates move with a ``reason``; its status changes by publishing an assessment, and in no other way."""

    writer = writing.MilestoneInput

    def read(self, request: Request, code: str) -> Response:
        milestone = milestone_or_404(self.moment, code)
        latest = None
        if milestone.assessment:
            assessment = Assessment.objects.published(self.moment).for_answer().filter(uid=milestone.assessment).first()
            updates = reverse("api:updates", request=request)
            with_translations([assessment] if assessment else [], self.moment)
            latest = representation.update_item(assessment, language=language(), base=updates) if assessment else None
        item = answering(MilestoneVersion, ANSWERED, language=language(), base=reverse("api:milestones", request=request))(milestone)
        cause = representation.cause_item(causes_of([milestone], self.moment).get(milestone.code))
        return self.one(item | {"successors": milestone.successors, "cause": cause, "latest_update": latest}, version=milestone.version)

    def insist(self, request: Request, milestone: Milestone, sent: frozenset[str]) -> None:
        """Editors own the plan; the assigned analyst moves dates, of which the service knows more."""
        if not (milestone.pk and only_dates(sent)):
            super().insist(request, milestone, sent)

    def touched(self, code: str, sent: frozenset[str]) -> Iterable[Named] | None:
        return milestone_of(code) if only_dates(sent) else None

    def write(self, change: Change, milestone: Milestone, sent: ThingInput, *, by: User) -> None:
        reason = sent.validated_data.pop("reason", {})
        values, links = sent.said(milestone)
        write_milestone(
            change, milestone, values=values, links=links, reason=reason.get("category", ""), reason_note=reason.get("note", ""), by=by
        )

    def remove(self, change: Change, milestone: Milestone) -> None:
        remove_milestone(change, milestone)


def only_dates(sent: frozenset[str]) -> bool:
    return bool(sent & {*MOVED}) and sent <= {*MOVED, "reason"}


class MilestoneList(ThingListView):
    """Milestones, as they stand or stood; editors add to them. ``exports.api`` adds the formats of files."""

    detail = MilestoneDetail
    filterset_class = MilestoneFilterSet
    field_names = shape_fields(shapes.MilestoneShape)
    includable = frozenset({"cause"})
    counted_as = "milestones"
    orderings: ClassVar[dict[str, str]] = {
        name: name
        for name in ("code", "due", "forecast", "status", "health", "slippage_days", "assessed_on", "updated_at", "proposal", "edition")
    } | {"position": "first"}

    def get(self, request: Request) -> Response:
        base, lang = reverse("api:milestones", request=request), language()
        milestones = self.filtered(MilestoneVersion.objects.as_of(self.moment).with_health(self.moment).with_freshness(self.moment.day))
        item = answering(MilestoneVersion, In.LIST, language=lang, base=base)

        def represent(page: list[dict[str, Any]]) -> list[dict[str, object]]:
            if "cause" not in self.included:
                return list(map(item, page))
            causes = causes_by_code(((row["code"], row["status"]) for row in page), self.moment)
            return [item(row) | {"cause": representation.cause_item(causes.get(row["code"]))} for row in page]

        return self.page_of(milestones.values(*columns_in(MilestoneVersion, In.LIST, lang)), represent)


@documented(responses=shapes.PlanChangeShape(many=True), tags=["milestones"], operation_id="milestones_plan_changes")
class MilestonePlanChanges(RecordListView):
    default_ordering = ("-position", "-id")
    orderings: ClassVar[dict[str, str]] = {"position": "position"}
    field_names = shape_fields(shapes.PlanChangeShape)

    def get(self, _request: Request, code: str) -> Response:
        milestone = version_or_404(MilestoneVersion, self.moment, code)
        changes = self.filtered(PlanChange.objects.as_of(self.moment).filter(milestone__code=milestone.code).select_related("milestone"))
        return self.page_of(changes, lambda page: [representation.plan_change_item(change, language=language()) for change in page])


@documented(responses=shapes.HistoryShape(many=True), tags=["milestones"], operation_id="milestones_history")
class MilestoneHistory(RecordListView):
    default_ordering = ("-first",)
    orderings: ClassVar[dict[str, str]] = {"position": "first"}
    field_names = shape_fields(shapes.HistoryShape)

    def get(self, _request: Request, code: str) -> Response:
        versions = MilestoneVersion.objects.until(self.moment).filter(code=code.replace("\x00", ""))
        if not versions.exists():
            raise Http404
        versions = self.filtered(versions)
        return self.page_of(versions, lambda page: milestone_history(page, language()))


@documented_one(shapes.SeriesDetailShape, tag="series", name="series", takes=writing.SeriesInput)
class SeriesDetail(ThingView[Series]):
    """One recurring commitment with its editions, each of which is a milestone."""

    writer = writing.SeriesInput

    def read(self, request: Request, code: str) -> Response:
        series = version_or_404(SeriesVersion, self.moment, code)
        item = answering(SeriesVersion, ANSWERED, language=language(), base=reverse("api:series", request=request))(series)
        editions = list(map(representation.edition_item, editions_of(series, self.moment)))
        return self.one(item | {"editions": editions}, version=series.version)

    @override
    def write(self, change: Change, series: Series, sent: ThingInput, *, by: User) -> None:
        values, _links = sent.said(series)
        write_series(change, series, values=values)

    def remove(self, change: Change, series: Series) -> None:
        remove_series(change, series)


@documented_many(shapes.SeriesShape, tag="series", name="series", takes=writing.SeriesInput, one=shapes.SeriesDetailShape)
class SeriesList(ThingListView):
    """Recurring commitments."""

    detail = SeriesDetail
    filterset_class = ReportFilterSet
    field_names = shape_fields(shapes.SeriesShape)

    def get(self, request: Request) -> Response:
        base = reverse("api:series", request=request)
        series = self.filtered(SeriesVersion.objects.as_of(self.moment))
        item = answering(SeriesVersion, In.LIST, language=language(), base=base)
        return self.page_of(series, lambda page: list(map(item, page)))


def standing_item(standing: ProposalStanding) -> dict[str, object]:
    return {"health": standing.health, "milestones": standing.milestones, "by_health": dict(standing.counts)}


@documented_one(shapes.ProposalDetailShape, tag="proposals", name="proposals", takes=source_writing.ProposalInput)
class ProposalDetail(CodeDetailView):
    """One proposal with its standing."""

    list_name, writer = "api:proposals", source_writing.ProposalInput

    def beside(self, row: VersionRow) -> dict[str, object]:
        standings = proposal_standings(self.moment, [row.code])
        cause = proposal_causes({row.code: standings[row.code]}, self.moment).get(row.code)
        return standing_item(standings[row.code]) | {"cause": representation.proposal_cause_item(cause)}


@documented_many(
    shapes.ListedProposalShape, tag="proposals", name="proposals", takes=source_writing.ProposalInput, one=shapes.ProposalDetailShape
)
class ProposalList(ThingListView):
    """What the report proposes, with the health that follows from its milestones."""

    detail = ProposalDetail
    filterset_class = ProposalFilterSet
    default_ordering = ("report", "order", "code")
    orderings: ClassVar[dict[str, str]] = {"code": "code", "order": "order", "kind": "kind", "strength": "strength"}
    field_names = shape_fields(shapes.ProposalStandingShape)
    includable = frozenset({"cause"})

    def get(self, request: Request) -> Response:
        item = answering(ProposalVersion, In.LIST, language=language(), base=reverse("api:proposals", request=request))

        def represent(page: list[ProposalVersion]) -> list[dict[str, object]]:
            standings = proposal_standings(self.moment, [proposal.code for proposal in page])
            items = [item(proposal) | standing_item(standings[proposal.code]) for proposal in page]
            if "cause" not in self.included:
                return items
            causes = proposal_causes({proposal.code: standings[proposal.code] for proposal in page}, self.moment)
            return [one | {"cause": representation.proposal_cause_item(causes.get(str(one["code"])))} for one in items]

        return self.page_of(self.filtered(ProposalVersion.objects.as_of(self.moment)), represent)


@documented_many(
    source_shapes.OrganisationShape,
    tag="organisations",
    name="organisations",
    takes=source_writing.OrganisationInput,
    one=source_shapes.OrganisationDetailShape,
)
class OrganisationList(CodeListView):
    """Those that have a part in any report; which are of one follows from its milestones."""

    list_name, detail = "api:organisations", OrganisationDetail
    filterset_class = OrganisationFilterSet
    field_names = shape_fields(source_shapes.OrganisationShape)
    orderings: ClassVar[dict[str, str]] = {"code": "code", "side": "side", "kind": "kind"}


@documented(
    responses=shapes.BaselineShape(many=True),
    tags=["plan"],
    operation_id="baselines_list",
    post={"request": writing.BaselineInput, "responses": {201: shapes.BaselineShape}, "operation_id": "baselines_set"},
)
class BaselineList(RecordListView):
    """All due dates of a report, frozen on a day under a name."""

    scopes: ClassVar[dict[str, str]] = {"POST": "plan"}
    filterset_class = BaselineFilterSet
    default_ordering = ("-position",)
    orderings: ClassVar[dict[str, str]] = {"position": "position"}
    field_names = shape_fields(shapes.BaselineShape)

    def get(self, _request: Request) -> Response:
        baselines = self.filtered(Baseline.objects.as_of(self.moment).select_related("report").annotate(milestones=Count("dates")))
        return self.page_of(baselines, lambda page: list(map(representation.baseline_item, page)))

    @idempotent
    def post(self, request: Request) -> Response:
        """Freeze the present due dates. What a milestone's slippage is measured from stays its first baseline."""
        sent = validated(writing.BaselineInput, request)
        with open_change(by=user_of(request).actor) as change:
            made = set_baseline(change, sent["report"], name=sent["name"], by=user_of(request))
            self.look_after(change)
        baseline = Baseline.objects.select_related("report").annotate(milestones=Count("dates")).get(pk=made.pk)
        return Response(representation.baseline_item(baseline), status=201)

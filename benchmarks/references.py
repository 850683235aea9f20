"""What our list of milestones is held against: the same facts of the same rows, got in the usual ways.

- ``bare``: a Django view that reads ``.values()`` and answers with ``JsonResponse``.
- ``TableViewSet``: a ``ModelViewSet`` over the current tables, with foreign keys followed, owners
  prefetched, and health worked out by the database; what one would write without version rows.
- ``VersionViewSet``: a ``ModelViewSet`` over the version rows that we read too, with the same queryset.

Both viewsets have DRF's own paginator and renderer and django-filter, and the project's authentication,
permission and exception handler, as ours has. None does a thing on purpose that costs time: links are joined,
not reversed for each row; the column of the full-text index is not read.
"""

from __future__ import annotations

from typing import Any

import django_filters
from django.contrib.postgres.search import SearchVectorField
from django.db.models import BooleanField, Case, CharField, Exists, ExpressionWrapper, F, OuterRef, Q, Value, When
from django.http import HttpRequest, HttpResponse, JsonResponse
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import pagination, renderers, serializers, viewsets
from rest_framework.permissions import IsAuthenticated

from common.api.values import planned
from common.days import today
from milestones.models import Assessment, Dependency, Evidence, Milestone, MilestoneOwner, MilestoneVersion
from milestones.querysets import BLOCKING, FINISHED, UNKNOWN
from milestones.rules import SOON, STALE_AFTER
from milestones.statuses import Health, Status
from record.api.described import columns_in, names_in
from record.described import In
from record.moments import Moment

PAGE = 50
FIELDS = names_in(MilestoneVersion, In.LIST)
MORE = ("stage", "actual_host", "effective_on", "passages", "predecessors")
CITED = (
    "title", "publisher", "kind", "language", "published_on", "accessed_on", "content_hash", "link_state", "confidential", "file_name",
    "cited", "version",
)  # fmt: skip
BASE = "http://localhost/api/v1/milestones/"
LANGUAGE = "ru"


# The bare view


def bare(request: HttpRequest) -> HttpResponse:
    rows = MilestoneVersion.objects.current().with_health(Moment(today())).with_freshness(today())
    if health := request.GET.get("health"):
        rows = rows.filter(health__in=health.split(","))
    if status := request.GET.get("status"):
        rows = rows.filter(status__in=status.split(","))
    if owner := request.GET.get("owner"):
        rows = rows.owned_by(*owner.split(","))
    page = rows.order_by("code").values(*columns_in(MilestoneVersion, In.LIST, LANGUAGE))[: int(request.GET["page_size"])]
    return JsonResponse({"count": rows.count(), "results": list(page)})


# What both viewsets share


class Pages(pagination.PageNumberPagination):
    page_size = PAGE
    page_size_query_param = "page_size"


class AnyOf(django_filters.BaseInFilter, django_filters.CharFilter):
    """Several values by comma."""


class PlannedField(serializers.Field):
    """A planned date out of its two columns, as our API shows it."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(source="*", read_only=True)

    def to_representation(self, value: Any) -> Any:
        return planned(getattr(value, self.name), getattr(value, f"{self.name}_precision"), LANGUAGE)


class Item(serializers.ModelSerializer):
    baseline_due = PlannedField("baseline_due")
    due = PlannedField("due")
    forecast = PlannedField("forecast")
    title = serializers.CharField(read_only=True)
    health = serializers.CharField(read_only=True)
    overdue = serializers.BooleanField(read_only=True)
    stale = serializers.BooleanField(read_only=True)
    url = serializers.SerializerMethodField()

    def get_url(self, row: Any) -> str:
        return f"{BASE}{row.code}/"


class ViewSet(viewsets.ModelViewSet):
    lookup_field = "code"
    pagination_class = Pages
    renderer_classes = [renderers.JSONRenderer]
    filter_backends = [DjangoFilterBackend]


# Over the current tables


class TableItem(Item):
    report = serializers.CharField(source="proposal.report.code")
    proposal = serializers.CharField(source="proposal.code")
    series = serializers.CharField(source="series.code", default=None)
    analyst = serializers.CharField(source="analyst_name")
    lead = serializers.SerializerMethodField()
    support = serializers.SerializerMethodField()

    class Meta:
        model = Milestone
        fields = FIELDS

    def get_lead(self, row: Milestone) -> list[str]:
        return [owner.organisation.code for owner in row.owners.all() if owner.role == "lead"]

    def get_support(self, row: Milestone) -> list[str]:
        return [owner.organisation.code for owner in row.owners.all() if owner.role == "support"]


class TableFilterSet(django_filters.FilterSet):
    status = AnyOf(lookup_expr="in")
    health = AnyOf(lookup_expr="in")
    owner = AnyOf(method="owned")

    class Meta:
        model = Milestone
        fields = ["status"]

    def owned(self, rows: Any, _name: str, codes: list[str]) -> Any:
        return rows.filter(Exists(MilestoneOwner.objects.filter(milestone=OuterRef("pk"), organisation__code__in=codes)))


def with_health(rows: Any) -> Any:
    """``MilestoneVersionQuerySet.with_health`` once more, along foreign keys."""
    day = today()
    late = Q(predecessor__due__lt=day) & ~Q(predecessor__status__in=[*UNKNOWN, *FINISHED])
    before = Dependency.objects.filter(milestone=OuterRef("pk")).filter(Q(predecessor__status__in=BLOCKING) | late)
    soon = Q(due__lte=day + SOON) & ~Q(status=Status.IN_PROGRESS)
    health = Case(
        When(status=Status.ACHIEVED, then=Value(Health.DONE.value)),
        When(status=Status.DROPPED, then=Value(Health.CLOSED.value)),
        When(status__in=UNKNOWN, then=Value(Health.UNKNOWN.value)),
        When(due__lt=day, then=Value(Health.LATE.value)),
        When(Q(forecast__gt=F("due")) | soon | Q(status=Status.SUSPENDED) | Q(Exists(before)), then=Value(Health.AT_RISK.value)),
        default=Value(Health.ON_TRACK.value),
        output_field=CharField(),
    )
    overdue = ExpressionWrapper(Q(due__isnull=False, due__lt=day) & ~Q(status__in=FINISHED), output_field=BooleanField())
    stale = ExpressionWrapper(Q(assessed_on=None) | Q(assessed_on__lt=day - STALE_AFTER), output_field=BooleanField())
    return rows.annotate(health=health, overdue=overdue, stale=stale)


class TableViewSet(ViewSet):
    serializer_class = TableItem
    filterset_class = TableFilterSet

    def get_queryset(self) -> Any:
        rows = Milestone.objects.select_related("proposal__report", "series").prefetch_related("owners__organisation")
        return with_health(rows).order_by("code")


# Over the version rows


class VersionItem(Item):
    position = serializers.IntegerField(source="first")

    class Meta:
        model = MilestoneVersion
        fields = FIELDS


class VersionFilterSet(django_filters.FilterSet):
    status = AnyOf(lookup_expr="in")
    health = AnyOf(lookup_expr="in")
    owner = AnyOf(method="owned")

    class Meta:
        model = MilestoneVersion
        fields = ["status"]
        filter_overrides = {SearchVectorField: {"filter_class": django_filters.CharFilter}}

    def owned(self, rows: Any, _name: str, codes: list[str]) -> Any:
        return rows.owned_by(*codes)


class VersionViewSet(ViewSet):
    serializer_class = VersionItem
    filterset_class = VersionFilterSet

    def get_queryset(self) -> Any:
        rows = MilestoneVersion.objects.current().with_health(Moment(today())).with_freshness(today())
        return rows.defer("search").order_by("code")


# One milestone, with all that the detail answer says of it


class EvidenceItem(serializers.ModelSerializer):
    """A piece of evidence."""

    id = serializers.UUIDField(source="uid")
    url = serializers.SerializerMethodField()
    file = serializers.SerializerMethodField()

    class Meta:
        model = Evidence
        fields = ("id", "url", *CITED, "file")

    def get_url(self, row: Evidence) -> str | None:
        return row.address or None

    def get_file(self, row: Evidence) -> str | None:
        return f"{BASE}{row.uid}/file/" if row.file else None


class UpdateItem(serializers.ModelSerializer):
    """A published assessment."""

    id = serializers.UUIDField(source="uid")
    milestone = serializers.CharField(source="milestone.code")
    author = serializers.CharField(source="public_author")
    reviewer = serializers.CharField(source="public_reviewer")
    forecast = PlannedField("forecast")
    corrects = serializers.UUIDField(source="corrects.uid", default=None)
    confirms = serializers.UUIDField(source="confirms.uid", default=None)
    evidence = serializers.SerializerMethodField()
    url = serializers.SerializerMethodField()

    class Meta:
        model = Assessment
        fields = (
            "id", "milestone", "state", "status", "confidence", "effective_on", "completed_on", "forecast", "summary", "language",
            "reason", "corrects", "confirms", "author", "reviewer", "published_at", "withheld", "position", "evidence", "version", "url",
        )  # fmt: skip

    def get_evidence(self, row: Assessment) -> Any:
        cited = [one for one in row.citations.all() if not one.evidence.confidential]
        items = EvidenceItem([one.evidence for one in cited], many=True).data
        return [item | {"stance": one.stance} for item, one in zip(items, cited, strict=True)]

    def get_url(self, row: Assessment) -> str:
        return f"{BASE}{row.uid}/"


class DetailItem(VersionItem):
    successors = serializers.SerializerMethodField()
    latest_update = serializers.SerializerMethodField()

    class Meta:
        model = MilestoneVersion
        fields = (*FIELDS, *MORE, "successors", "latest_update")

    def get_fields(self) -> Any:
        texts = {f"{name}_i18n": I18nField(name) for name in ("title", "short_title", "description", "criterion")}
        words = {name: serializers.CharField(source=f"{name}_{LANGUAGE}") for name in ("description", "criterion")}
        return super().get_fields() | words | texts

    def get_successors(self, row: MilestoneVersion) -> list[str]:
        rows = MilestoneVersion.objects.current().successors_of(row.code)
        return list(rows.order_by("code").values_list("code", flat=True))

    def get_latest_update(self, row: MilestoneVersion) -> Any:
        found = Assessment.objects.for_reading().filter(uid=row.assessment).first() if row.assessment else None
        return UpdateItem(found).data if found else None


class I18nField(serializers.Field):
    """A text in every language."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(source="*", read_only=True)

    def to_representation(self, value: Any) -> Any:
        return {language: getattr(value, f"{self.name}_{language}") for language in ("ru", "en", "kk")}


class DetailViewSet(VersionViewSet):
    serializer_class = DetailItem


# Writing: what a PATCH of the same columns costs by itself


class PatchedItem(serializers.ModelSerializer):
    class Meta:
        model = Milestone
        fields = ("status", "confidence", "effective_on", "assessed_on", "evidence_count")


class PatchViewSet(viewsets.ModelViewSet):
    """A plain ModelViewSet: who asks is known as everywhere, the row is read, validated and saved, and nothing is remembered of it."""

    queryset = Milestone.objects.all()
    lookup_field = "code"
    serializer_class = PatchedItem
    renderer_classes = [renderers.JSONRenderer]
    permission_classes = [IsAuthenticated]

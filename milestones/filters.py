"""The filter sets of the tracking side, for pages, API and exports; milestones have one for all of these."""

from __future__ import annotations

from typing import TYPE_CHECKING

import django_filters
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from common.filters import MomentFilter, WordsFilter, YesNoFilter
from milestones import statuses
from milestones.models import Assessment, Citation, Evidence, MilestoneVersion, SeriesVersion
from proposals import choices as source_choices
from proposals.filters import ReportFilterSet, SearchFilterSet, current_codes, report_filter, values_of
from proposals.models import OrganisationVersion, ProposalVersion

if TYPE_CHECKING:
    from milestones.querysets import EvidenceQuerySet, RoundQuerySet
    from milestones.querysets import MilestoneVersionQuerySet as Rows
    from record.moments import Moment
    from record.querysets import VersionQuerySet

    Organisations = VersionQuerySet[OrganisationVersion]


def organisations_of(moment: Moment, *reports: str) -> Organisations:
    """Who leads a proposal of these reports, or leads or supports a milestone of theirs; without any all organisations. Reports share
    organisations, so which are of one follows from what it gives them to do."""
    organisations = OrganisationVersion.objects.as_of(moment)
    if not reports:
        return organisations
    leads = ProposalVersion.objects.as_of(moment).filter(report__in=reports).order_by().values_list(Func(F("lead"), function="unnest"))
    owners = MilestoneVersion.objects.as_of(moment).filter(report__in=reports).owners()
    return organisations.filter(Q(code__in=leads) | Q(code__in=owners))


class OrganisationFilterSet(SearchFilterSet):
    report = report_filter(method="of_reports")
    side = WordsFilter(label=_("Side"), known=values_of(source_choices.SIDES))
    kind = WordsFilter(label=_("Kind"), known=values_of(source_choices.ORGANISATION_KINDS))

    def of_reports(self, queryset: Organisations, _name: str, codes: list[str]) -> Organisations:
        return queryset.filter(code__in=organisations_of(self.request.moment, *codes).values("code")) if codes else queryset


class UpdateFilterSet(django_filters.FilterSet):
    report = report_filter(field_name="milestone__proposal__report__code")


class EvidenceFilterSet(django_filters.FilterSet):
    """Over what the reader may see: what is cited in private counts for whoever may see that, and for nobody else."""

    report = report_filter(method="of_reports")

    def of_reports(self, queryset: EvidenceQuerySet, _name: str, codes: list[str]) -> EvidenceQuerySet:
        if not codes:
            return queryset
        cited = Q(pk__in=Evidence.objects.published(self.request.moment, *codes).values("pk"))
        if not self.request.moment.past:
            private = Assessment.objects.visible_to(self.request.user).filter(milestone__proposal__report__code__in=codes)
            cited |= Q(pk__in=Citation.objects.filter(assessment__in=private).values("evidence"))
        return queryset.filter(cited)


class RoundFilterSet(django_filters.FilterSet):
    report = report_filter(method="of_reports")

    def of_reports(self, queryset: RoundQuerySet, _name: str, codes: list[str]) -> RoundQuerySet:
        return queryset.of_reports(*codes) if codes else queryset


class BaselineFilterSet(django_filters.FilterSet):
    report = report_filter(field_name="report__code")


class MilestoneFilterSet(ReportFilterSet, SearchFilterSet):
    """Over ``MilestoneVersionQuerySet.with_health(day).with_freshness(day)``. Dates are inclusive; undated never match a date."""

    proposal = WordsFilter(label=_("Proposal"), known=current_codes(ProposalVersion))
    series = WordsFilter(label=_("Series"), known=current_codes(SeriesVersion))
    status = WordsFilter(label=_("Status"), known=values_of(statuses.STATUS_CHOICES))
    health = WordsFilter(label=_("Health"), known=values_of(statuses.HEALTH_CHOICES))
    freshness = WordsFilter(label=_("Freshness"), known=values_of(statuses.FRESHNESS_CHOICES))
    owner = WordsFilter(label=_("Owner"), known=current_codes(OrganisationVersion), method="owned")
    lead = WordsFilter(label=_("Lead"), known=current_codes(OrganisationVersion), lookup_expr="overlap")
    side = WordsFilter(label=_("Side of the lead"), known=values_of(source_choices.SIDES), field_name="sides", lookup_expr="overlap")
    analyst = WordsFilter(
        label=_("Analyst"),
        known=lambda moment: (
            MilestoneVersion.objects.as_of(moment).exclude(analyst="").values_list("analyst", flat=True).distinct().order_by()
        ),
    )
    basis = WordsFilter(label=_("Basis"), known=values_of(source_choices.BASES))
    overdue = YesNoFilter(label=_("Overdue"))
    due_after = django_filters.DateFilter(label=_("Due from"), field_name="due", lookup_expr="gte", input_formats=["%Y-%m-%d"])
    due_before = django_filters.DateFilter(label=_("Due until"), field_name="due", lookup_expr="lte", input_formats=["%Y-%m-%d"])
    updated_since = MomentFilter(label=_("Changed since"), field_name="updated_at", lookup_expr="gte")
    has_evidence = YesNoFilter(label=_("Has evidence"), method="with_evidence")

    slipped = YesNoFilter(label=_("Slipped"), method="with_slippage")

    def with_slippage(self, queryset: Rows, _name: str, wanted: bool | None) -> Rows:  # noqa: FBT001 - django-filter's signature
        if wanted is None:
            return queryset
        return queryset.filter(slippage_days__gt=0) if wanted else queryset.filter(Q(slippage_days__lte=0) | Q(slippage_days=None))

    def owned(self, queryset: Rows, _name: str, codes: list[str]) -> Rows:
        return queryset.owned_by(*codes) if codes else queryset

    def with_evidence(self, queryset: Rows, _name: str, wanted: bool | None) -> Rows:  # noqa: FBT001 - django-filter's signature
        if wanted is None:
            return queryset
        return queryset.filter(Q(evidence_count__gt=0) if wanted else Q(evidence_count=0))

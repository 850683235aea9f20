"""The one filter set of milestones, for pages, API and exports."""

from __future__ import annotations

from typing import TYPE_CHECKING

import django_filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.filters import MomentFilter, WordsFilter, YesNoFilter
from milestones import statuses
from milestones.models import MilestoneVersion, SeriesVersion
from proposals import choices as source_choices
from proposals.filters import ReportFilterSet, SearchFilterSet, current_codes, values_of
from proposals.models import OrganisationVersion, ProposalVersion

if TYPE_CHECKING:
    from milestones.querysets import MilestoneVersionQuerySet as Rows


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

"""Filters of the source side, for pages and API."""

from __future__ import annotations

from typing import TYPE_CHECKING

import django_filters
from django.utils.translation import gettext_lazy as _

from common.filters import TextFilter, WordsFilter, YesNoFilter
from proposals import choices
from proposals.addresses import PARAMETER, asked
from proposals.models import ProposalVersion, ReportVersion
from record.pages import version_or_404
from record.search import Rows, matching

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from record.models import VersionRow
    from record.moments import Moment
    from record.pages import PublicRequest


def current_codes(model: type[VersionRow]) -> Callable[[Moment], Iterable[str]]:
    """What a filter over codes takes: those that are there at the moment that is read."""
    return lambda moment: model.objects.as_of(moment).values_list("code", flat=True)


class values_of:  # noqa: N801 - called as a function is
    """What a filter over choices takes: the same at every moment."""

    def __init__(self, pairs: Sequence[tuple[str, object]]) -> None:
        self.pairs = pairs
        self.values = [value for value, _label in pairs]

    def __call__(self, _moment: Moment | None) -> list[str]:
        return self.values


def report_asked(request: PublicRequest) -> str:
    """The code of the report to which the address narrows a page; empty without. Raises ``Http404`` for one that there is not."""
    code = asked(request).get(PARAMETER, "")
    return version_or_404(ReportVersion, request.moment, code).code if code else ""


class SearchFilterSet(django_filters.FilterSet):
    """Adds ``q`` over rows that have a ``search`` column."""

    q = TextFilter(label=_("Search"), method="search")

    def search(self, queryset: Rows, _name: str, text: str) -> Rows:
        return matching(queryset, text)


def report_filter(**options: str) -> WordsFilter:
    """``?report=``: one or several codes. ``options`` are django-filter's, for rows that do not say their report themselves."""
    return WordsFilter(label=_("Report"), known=current_codes(ReportVersion), **options)


class ReportFilterSet(django_filters.FilterSet):
    report = report_filter()


class ProposalFilterSet(ReportFilterSet, SearchFilterSet):
    kind = WordsFilter(label=_("Kind"), known=values_of(choices.PROPOSAL_KINDS))
    strength = WordsFilter(label=_("Strength"), known=values_of(choices.STRENGTHS))
    flagship = YesNoFilter(label=_("Flagship"))


class RiskFilterSet(ReportFilterSet, SearchFilterSet):
    proposal = WordsFilter(label=_("Proposal"), known=current_codes(ProposalVersion), field_name="proposals", lookup_expr="overlap")


class IndicatorFilterSet(ReportFilterSet):
    basis = WordsFilter(label=_("Basis"), known=values_of(choices.BASES))
    proposal = WordsFilter(label=_("Proposal"), known=current_codes(ProposalVersion), field_name="proposals", lookup_expr="overlap")

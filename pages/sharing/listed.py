"""The public pages that search engines are told of: each is its own one address in each language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse

from milestones.models import MilestoneVersion, SeriesVersion
from proposals.addresses import address_of, is_of_reports
from proposals.models import IndicatorVersion, OrganisationVersion, ProposalVersion, ReportVersion, RiskVersion

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from record.models import VersionRow
    from record.moments import Moment

PAGES = (
    "dashboard", "report_list", "timeline", "milestones:list", "proposal_list", "organisation_list", "milestones:series_list", "risk_list",
    "indicator_list", "calendar", "changes", "slippage", "compare", "search", "exports", "methodology", "follow", "report_error",
    "about_cite", "about_licence", "about_privacy", "about_accessibility", "about_security",
)  # fmt: skip
THINGS: dict[str, type[VersionRow]] = {
    "proposals:report_detail": ReportVersion,
    "report_dashboard": ReportVersion,
    "proposal_detail": ProposalVersion,
    "organisation_detail": OrganisationVersion,
    "milestones:detail": MilestoneVersion,
    "milestones:series_detail": SeriesVersion,
    "risk_detail": RiskVersion,
    "indicator_detail": IndicatorVersion,
}
MOST = 50_000
"""Addresses in one map, by its protocol."""


def is_listed(name: str) -> bool:
    """Whether the page of that name is one that everybody may find."""
    return name in PAGES or name in THINGS


def listed(moment: Moment) -> Iterator[tuple[str, datetime | None]]:
    """Each public page, and when what it is about was last changed. One query for each kind of thing.

    What can be narrowed to a report is there for each of them; of all of them at once only where there are several."""
    reports = list(ReportVersion.objects.as_of(moment).order_by("code").values_list("code", flat=True))
    for name in PAGES:
        narrowed = reports if is_of_reports(name) else []
        for code in narrowed if len(narrowed) == 1 else ["", *narrowed]:
            yield address_of(name, code), None
    for name, model in THINGS.items():
        for code, updated_at in model.objects.as_of(moment).order_by("code").values_list("code", "updated_at"):
            yield reverse(name, args=[code]), updated_at

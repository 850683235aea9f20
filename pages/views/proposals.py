"""Proposals and organisations, with the milestones that stand under them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import F
from django.shortcuts import render
from django.utils.translation import gettext as _

from milestones.models import MilestoneVersion, SeriesVersion
from milestones.series.editions import editions_of
from milestones.standing import proposal_standings
from pages import charts
from pages.views.source import neighbours
from proposals.models import IndicatorVersion, OrganisationVersion, ProposalVersion, RiskVersion
from record.pages import public_page, version_or_404

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpResponse

    from record.moments import Moment
    from record.pages import PublicRequest

BY_DUE = (F("due").asc(nulls_last=True), "code")


def owners_of(moment: Moment, milestones: Iterable[MilestoneVersion], *more: str) -> dict[str, OrganisationVersion]:
    """The organisations that lead or support any of these milestones, by code."""
    codes = {code for milestone in milestones for code in (*milestone.lead, *milestone.support)} | set(more)
    return OrganisationVersion.objects.as_of(moment).by_code(codes)


@public_page
def proposal_list(request: PublicRequest) -> HttpResponse:
    standings = proposal_standings(request.moment)
    proposals = list(ProposalVersion.objects.as_of(request.moment).order_by("report", "order", "code"))
    names = OrganisationVersion.objects.as_of(request.moment).by_code({code for proposal in proposals for code in proposal.lead})
    items = [(proposal.flagship, {"proposal": proposal, "standing": standings[proposal.code]}) for proposal in proposals]
    context = {
        "names": names,
        "flagships": [item for flagship, item in items if flagship],
        "others": [item for flagship, item in items if not flagship],
    }
    return render(request, "proposals/proposal_list.html", context)


@public_page
def proposal_detail(request: PublicRequest, code: str) -> HttpResponse:
    proposal = version_or_404(ProposalVersion, request.moment, code)
    versions = MilestoneVersion.objects.as_of(request.moment).with_health(request.moment)
    milestones = list(versions.filter(proposal=code).order_by("order", "code"))
    context = {
        "proposal": proposal,
        "standing": (standing := proposal_standings(request.moment, [code])[code]),
        "chart": charts.distribution("health", standing.counts, name=f"proposal-{code}", title=_("Health of its milestones")),
        "milestones": milestones,
        "names": owners_of(request.moment, milestones, *proposal.lead),
        "series": [
            (series, editions_of(series, request.moment))
            for series in SeriesVersion.objects.as_of(request.moment).filter(proposal=code).order_by("code")
        ],
        "risks": RiskVersion.objects.as_of(request.moment).filter(proposals__contains=[code]).order_by("order", "code"),
        "indicators": IndicatorVersion.objects.as_of(request.moment).filter(proposals__contains=[code]).order_by("order", "code"),
    } | neighbours(ProposalVersion, request.moment, code)
    return render(request, "proposals/proposal_detail.html", context)


@public_page
def organisation_list(request: PublicRequest) -> HttpResponse:
    organisations = OrganisationVersion.objects.as_of(request.moment).order_by("order", "code")
    leads: dict[str, int] = {}
    supports: dict[str, int] = {}
    for lead, support in MilestoneVersion.objects.as_of(request.moment).values_list("lead", "support"):
        for numbers, codes in ((leads, lead), (supports, support)):
            for code in codes:
                numbers[code] = numbers.get(code, 0) + 1
    sides: dict[str, list[dict[str, object]]] = {}
    for organisation in organisations:
        item = {"organisation": organisation, "leads": leads.get(organisation.code, 0), "supports": supports.get(organisation.code, 0)}
        sides.setdefault(organisation.side, []).append(item)
    return render(request, "proposals/organisation_list.html", {"sides": sides})


@public_page
def organisation_detail(request: PublicRequest, code: str) -> HttpResponse:
    organisation = version_or_404(OrganisationVersion, request.moment, code)
    versions = MilestoneVersion.objects.as_of(request.moment).with_health(request.moment).owned_by(code)
    milestones = list(versions.order_by(*BY_DUE))
    context = {
        "organisation": organisation,
        "leads": [milestone for milestone in milestones if code in milestone.lead],
        "supports": [milestone for milestone in milestones if code in milestone.support],
        "names": owners_of(request.moment, milestones),
        "proposals": ProposalVersion.objects.as_of(request.moment).filter(lead__contains=[code]).order_by("order", "code"),
        "passages": [reference.partition(":")[::2] for reference in organisation.passages],
    }
    return render(request, "proposals/organisation_detail.html", context)

"""Proposals and organisations, with the milestones that stand under them."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import groupby
from statistics import median_low
from typing import TYPE_CHECKING

from django.db.models import F
from django.shortcuts import render
from django.utils.translation import gettext as _

from milestones.causes import causes_of
from milestones.filters import organisations_of
from milestones.models import MilestoneVersion, SeriesVersion
from milestones.series.editions import editions_of
from milestones.standing import proposal_causes, proposal_standings
from milestones.standing_words import span
from milestones.statuses import FINISHED_STATUSES, Health, Status
from pages import charts
from pages.dashboard import newest_evidence
from pages.views.source import neighbours
from proposals.filters import report_asked
from proposals.models import IndicatorVersion, OrganisationVersion, ProposalVersion, RiskVersion
from record.pages import public_page, version_or_404

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpResponse

    from record.moments import Moment
    from record.pages import PublicRequest

SHOWN_NEXT, SHOWN_LATE = 3, 12
BY_DUE = (F("due").asc(nulls_last=True), "code")


def owners_of(moment: Moment, milestones: Iterable[MilestoneVersion], *more: str) -> dict[str, OrganisationVersion]:
    """The organisations that lead or support any of these milestones, by code."""
    codes = {code for milestone in milestones for code in (*milestone.lead, *milestone.support)} | set(more)
    return OrganisationVersion.objects.as_of(moment).by_code(codes)


@public_page
def proposal_list(request: PublicRequest) -> HttpResponse:
    standings = proposal_standings(request.moment)
    of_it = ProposalVersion.objects.as_of(request.moment).of_report(report_asked(request))
    proposals = list(of_it.order_by("report", "order", "code").defer("search"))
    names = OrganisationVersion.objects.as_of(request.moment).by_code({code for proposal in proposals for code in proposal.lead})
    causes = proposal_causes({proposal.code: standings[proposal.code] for proposal in proposals}, request.moment)
    items = [
        (proposal.flagship, {"proposal": proposal, "standing": standings[proposal.code], "cause": causes.get(proposal.code)})
        for proposal in proposals
    ]
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
    milestones = list(versions.filter(proposal=code).order_by("order", "code").defer("search"))
    standing = proposal_standings(request.moment, [code])[code]
    coming = [
        milestone for milestone in milestones if milestone.status not in FINISHED_STATUSES and milestone.due and not milestone.overdue
    ]
    slipped = [milestone.slippage_days for milestone in milestones if milestone.slippage_days]
    context = {
        "proposal": proposal,
        "day": request.moment.day,
        "standing": standing,
        "cause": proposal_causes({code: standing}, request.moment).get(code),
        "causes": causes_of(milestones, request.moment),
        "stations": sorted(milestones, key=lambda milestone: (milestone.due or date.max, milestone.code)),
        "next": min(coming, key=lambda milestone: milestone.due, default=None),
        "slipped": len(slipped),
        "slippage": span(median_low(slipped)) if slipped else "",
        "evidence": newest_evidence(request.moment, [code]).get(code),
        "chart": charts.distribution("health", standing.counts, name=f"proposal-{code}", title=_("Health of its milestones")),
        "milestones": milestones,
        "names": owners_of(request.moment, milestones, *proposal.lead),
        "series": [
            (series, editions_of(series, request.moment))
            for series in SeriesVersion.objects.as_of(request.moment).filter(proposal=code).order_by("code")
        ],
        "risks": RiskVersion.objects.as_of(request.moment).filter(proposals__contains=[code]).order_by("order", "code"),
        "indicators": IndicatorVersion.objects.as_of(request.moment).filter(proposals__contains=[code]).order_by("order", "code"),
    }
    return render(request, "proposals/proposal_detail.html", context | {"around": neighbours(proposal, request.moment)})


@public_page
def organisation_list(request: PublicRequest) -> HttpResponse:
    report = report_asked(request)
    organisations = organisations_of(request.moment, *filter(None, [report])).order_by("order", "code")
    leads: dict[str, int] = {}
    supports: dict[str, int] = {}
    for lead, support in MilestoneVersion.objects.as_of(request.moment).of_report(report).values_list("lead", "support"):
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
    """What it leads in three numbers, what comes next and what is late with why; all of it by year, folded."""
    organisation = version_or_404(OrganisationVersion, request.moment, code)
    versions = MilestoneVersion.objects.as_of(request.moment).with_health(request.moment).owned_by(code)
    milestones = list(versions.order_by(*BY_DUE).defer("search"))
    leads = [milestone for milestone in milestones if code in milestone.lead]
    coming = [milestone for milestone in leads if milestone.status not in FINISHED_STATUSES and not milestone.overdue and milestone.due]
    late = [milestone for milestone in leads if milestone.health == Health.LATE]
    health = Counter(milestone.health for milestone in leads)
    context = {
        "organisation": organisation,
        "day": request.moment.day,
        "leads": leads,
        "assumed": sum(milestone.lead_assumed for milestone in leads),
        "health": health,
        "not_assessed": sum(milestone.status == Status.NOT_ASSESSED for milestone in leads),
        "chart": charts.distribution("health", health, name=f"owner-{code}", title=_("Health of what it leads")),
        "coming": coming[:SHOWN_NEXT],
        "late": late[:SHOWN_LATE],
        "causes": causes_of([*coming[:SHOWN_NEXT], *late[:SHOWN_LATE]], request.moment),
        "years": [(year, list(rows)) for year, rows in groupby(leads, key=lambda milestone: milestone.due.year if milestone.due else None)],
        "supports": [milestone for milestone in milestones if code in milestone.support],
        "names": owners_of(request.moment, milestones),
        "proposals": ProposalVersion.objects.as_of(request.moment).filter(lead__contains=[code]).order_by("order", "code"),
        "passages": [reference.partition(":")[::2] for reference in organisation.passages],
    }
    return render(request, "proposals/organisation_detail.html", context)

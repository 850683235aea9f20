"""Pages of the source side: risks, and the report with its passages and sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render

from proposals.models import PassageVersion, ProposalVersion, ReportVersion, RiskAssessment, RiskVersion, SourceVersion
from record.pages import public_page, version_or_404

if TYPE_CHECKING:
    from django.http import HttpResponse

    from record.pages import PublicRequest


@public_page
def risk_list(request: PublicRequest) -> HttpResponse:
    risks = list(RiskVersion.objects.as_of(request.moment).order_by("report", "order", "code"))
    titles = ProposalVersion.objects.as_of(request.moment).by_code({code for risk in risks for code in risk.proposals})
    return render(request, "proposals/risk_list.html", {"risks": risks, "titles": titles})


@public_page
def risk_detail(request: PublicRequest, code: str) -> HttpResponse:
    risk = version_or_404(RiskVersion, request.moment, code)
    order = list(RiskVersion.objects.as_of(request.moment).order_by("report", "order", "code").values_list("code", flat=True))
    place = order.index(code)
    context = {
        "risk": risk,
        "proposals": ProposalVersion.objects.as_of(request.moment).filter(code__in=risk.proposals).order_by("order", "code"),
        "assessments": RiskAssessment.objects.as_of(request.moment).filter(risk__code=code).order_by("-position"),
        "previous": order[place - 1] if place else None,
        "next": order[place + 1] if place + 1 < len(order) else None,
    }
    return render(request, "proposals/risk_detail.html", context)


@public_page
def report_detail(request: PublicRequest, code: str) -> HttpResponse:
    report = version_or_404(ReportVersion, request.moment, code)
    context = {
        "report": report,
        "passages": PassageVersion.objects.as_of(request.moment).filter(report=code).order_by("order"),
        "sources": SourceVersion.objects.as_of(request.moment).filter(report=code).order_by("number"),
        "proposals": ProposalVersion.objects.as_of(request.moment).filter(report=code).order_by("order", "code"),
    }
    return render(request, "proposals/report_detail.html", context)

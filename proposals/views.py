"""Pages of the source side: risks, and the report with its passages and sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import render

from proposals.models import PassageVersion, ProposalVersion, ReportVersion, RiskAssessment, RiskVersion, SourceVersion
from record.pages import public_page

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@public_page
def risk_list(request: HttpRequest) -> HttpResponse:
    risks = list(RiskVersion.objects.current().order_by("report", "order", "code"))
    titles = ProposalVersion.objects.current().by_code({code for risk in risks for code in risk.proposals})
    return render(request, "proposals/risk_list.html", {"risks": risks, "titles": titles})


@public_page
def risk_detail(request: HttpRequest, code: str) -> HttpResponse:
    risk = RiskVersion.objects.current().filter(code=code).first()
    if risk is None:
        raise Http404
    order = list(RiskVersion.objects.current().order_by("report", "order", "code").values_list("code", flat=True))
    place = order.index(code)
    context = {
        "risk": risk,
        "proposals": ProposalVersion.objects.current().filter(code__in=risk.proposals).order_by("order", "code"),
        "assessments": RiskAssessment.objects.filter(risk__code=code, withheld=None).order_by("-position"),
        "previous": order[place - 1] if place else None,
        "next": order[place + 1] if place + 1 < len(order) else None,
    }
    return render(request, "proposals/risk_detail.html", context)


@public_page
def report_detail(request: HttpRequest, code: str) -> HttpResponse:
    report = ReportVersion.objects.current().filter(code=code).first()
    if report is None:
        raise Http404
    context = {
        "report": report,
        "passages": PassageVersion.objects.current().filter(report=code).order_by("order"),
        "sources": SourceVersion.objects.current().filter(report=code).order_by("number"),
        "proposals": ProposalVersion.objects.current().filter(report=code).order_by("order", "code"),
    }
    return render(request, "proposals/report_detail.html", context)

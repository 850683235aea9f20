"""Risks and indicators: what the report names and measures, with the charts of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render

from pages import charts
from proposals.filters import report_asked
from proposals.models import (
    IndicatorValue,
    IndicatorVersion,
    ProposalVersion,
    RiskAssessment,
    RiskVersion,
)
from record.pages import public_page, version_or_404

if TYPE_CHECKING:
    from django.http import HttpResponse

    from record.moments import Moment
    from record.pages import PublicRequest


def neighbours(thing: ProposalVersion | RiskVersion | IndicatorVersion, moment: Moment) -> dict[str, object]:
    """The things before and after one, in the order of its report."""
    of_it = type(thing).objects.as_of(moment).of_report(thing.report)
    order = list(of_it.order_by("order", "code").values_list("code", flat=True))
    place = order.index(thing.code)
    return {"previous": order[place - 1] if place else None, "next": order[place + 1] if place + 1 < len(order) else None}


@public_page
def risk_list(request: PublicRequest) -> HttpResponse:
    """The matrix, and each risk with its score before the present one."""
    report = report_asked(request)
    risks = list(RiskVersion.objects.as_of(request.moment).of_report(report).order_by("report", "order", "code").defer("search"))
    before: dict[str, RiskAssessment] = {}
    newest: dict[str, RiskAssessment] = {}
    for assessment in RiskAssessment.objects.as_of(request.moment).order_by("position").select_related("risk"):
        if assessment.risk.code in newest:
            before[assessment.risk.code] = newest[assessment.risk.code]
        newest[assessment.risk.code] = assessment
    context = {
        "risks": [(risk, before.get(risk.code)) for risk in risks],
        "matrix": charts.risk_matrix(risks, name=f"risks-{report}".removesuffix("-")) if any(risk.score for risk in risks) else None,
        "titles": ProposalVersion.objects.as_of(request.moment)
        .defer("search")
        .by_code({code for risk in risks for code in risk.proposals}),
    }
    return render(request, "proposals/risk_list.html", context)


@public_page
def risk_detail(request: PublicRequest, code: str) -> HttpResponse:
    risk = version_or_404(RiskVersion, request.moment, code)
    assessments = list(RiskAssessment.objects.as_of(request.moment).filter(risk__code=code).order_by("-position"))
    context = {
        "risk": risk,
        "proposals": ProposalVersion.objects.as_of(request.moment).filter(code__in=risk.proposals).order_by("order", "code"),
        "assessments": assessments,
        "chart": charts.risk_history(risk, assessments, request.moment.day),
    } | neighbours(risk, request.moment)
    return render(request, "proposals/risk_detail.html", context)


@public_page
def indicator_list(request: PublicRequest) -> HttpResponse:
    """What the report states, and what this registry measures of the roadmap itself, apart."""
    of_it = IndicatorVersion.objects.as_of(request.moment).of_report(report_asked(request))
    indicators = list(of_it.order_by("report", "order", "code").defer("search"))
    values = IndicatorValue.objects.as_of(request.moment).filter(withheld=None).order_by("measured", "position").select_related("indicator")
    newest = {value.indicator.code: value for value in values}
    context = {
        "stated": [(indicator, newest.get(indicator.code)) for indicator in indicators if indicator.basis == "report"],
        "ours": [(indicator, newest.get(indicator.code)) for indicator in indicators if indicator.basis != "report"],
    }
    return render(request, "proposals/indicator_list.html", context)


@public_page
def indicator_detail(request: PublicRequest, code: str) -> HttpResponse:
    indicator = version_or_404(IndicatorVersion, request.moment, code)
    values = list(IndicatorValue.objects.as_of(request.moment).filter(indicator__code=code).order_by("measured", "position"))
    measured = [value for value in values if value.withheld is None]
    context = {
        "indicator": indicator,
        "values": values,
        "chart": charts.indicator_chart(indicator, measured, request.moment.day) if measured else None,
        "proposals": ProposalVersion.objects.as_of(request.moment).filter(code__in=indicator.proposals).order_by("order", "code"),
    } | neighbours(indicator, request.moment)
    return render(request, "proposals/indicator_detail.html", context)

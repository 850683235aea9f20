"""The first page: the answer in one sentence, then what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.shortcuts import redirect, render
from django.urls import reverse

from milestones.rules import SOON
from milestones.views import address
from pages import charts
from pages.dashboard import Dashboard
from pages.frame import frame_of
from pages.headline import headline, sentence, way_to_the_horizon
from proposals.filters import report_asked
from proposals.models import ReportVersion
from record.pages import public_page, version_or_404

if TYPE_CHECKING:
    from django.http import HttpResponse

    from pages.charts import Chart
    from record.pages import PublicRequest


@public_page
def dashboard(request: PublicRequest) -> HttpResponse:
    """The roadmap of the one report; where there are several, a list of them, each with its sentence. ``?report=`` leads to that of one."""
    if code := report_asked(request):
        return redirect(reverse("report_dashboard", args=[code]) + address(request.GET, report=None).removesuffix("?"))
    reports = frame_of(request).reports
    if len(reports) > 1:
        return _several(request, reports)
    numbers = Dashboard(request.moment, reports=reports)
    frame_of(request).rounds[""] = numbers.last_round
    return _page(request, reports, numbers)


@public_page
def report_dashboard(request: PublicRequest, code: str) -> HttpResponse:
    """The roadmap of one report among several."""
    report = version_or_404(ReportVersion, request.moment, code)
    return _page(request, [report], Dashboard(request.moment, report=code, reports=[report]))


@public_page
def report_list(request: PublicRequest) -> HttpResponse:
    """Every report: what it is, and where it stands."""
    return _several(request, list(ReportVersion.objects.as_of(request.moment).order_by("code")))


def _several(request: PublicRequest, reports: list[ReportVersion]) -> HttpResponse:
    shown = [(report, Dashboard(request.moment, report=report.code)) for report in reports]
    context = {
        "headline": headline(Dashboard(request.moment)),
        "reports": [{"report": report, "headline": headline(numbers), "health": charts_of(numbers)[1]} for report, numbers in shown],
    }
    return render(request, "reports.html", context)


def charts_of(numbers: Dashboard) -> list[Chart]:
    """The three distributions; for one report of several their files are those of that report."""
    suffix = f"-{numbers.report}" if numbers.report else ""
    return [charts.distribution(of, getattr(numbers, f"by_{of}"), name=f"{of}{suffix}") for of in charts.PARTS]


def _page(request: PublicRequest, reports: list[ReportVersion], numbers: Dashboard) -> HttpResponse:
    suffix = f"-{numbers.report}" if numbers.report else ""
    context = {
        "numbers": numbers,
        "headline": headline(numbers),
        "sentence": sentence(numbers),
        "reports": reports,
        "local": settings.ENVIRONMENT == "local",
        "day": request.moment.day,
        "way": way_to_the_horizon(numbers),
        "distributions": charts_of(numbers),
        "burn_up": charts.burn_up(numbers.burn_up, numbers.achieved, request.moment.day, name=f"burn-up{suffix}"),
        "soon": request.moment.day + SOON,
    }
    return render(request, "dashboard.html", context)

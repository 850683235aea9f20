"""Pages of the source side alone: the report with its passages and sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render

from proposals.models import PassageVersion, ProposalVersion, ReportVersion, SourceVersion
from record.pages import public_page, version_or_404

if TYPE_CHECKING:
    from django.http import HttpResponse

    from record.pages import PublicRequest


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

"""The page of the search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import JsonResponse
from django.shortcuts import render

from common.addresses import reverse
from pages.search import Results, search, suggestions
from proposals.filters import report_asked
from record.pages import public_page

if TYPE_CHECKING:
    from django.http import HttpResponse

    from record.pages import PublicRequest

LONGEST = 200


@public_page
def search_page(request: PublicRequest) -> HttpResponse:
    text = request.GET.get("q", "").strip()[:LONGEST]
    report = report_asked(request)
    results = search(text, request.moment, report) if text else Results([])
    return render(request, "search.html", {"text": text, "results": results, "report": report})


@public_page
def search_suggestions(request: PublicRequest) -> HttpResponse:
    """``{"results": [{"code", "title", "url"}]}``, at most eight: what the field in the header proposes while one types."""
    found = suggestions(request.GET.get("q", "").strip()[:LONGEST], request.moment, report_asked(request))
    asked = f"?{request.moment.query}" if request.moment.query else ""
    rows = [{"code": row.code, "title": row.title, "url": reverse(row.page, row.code) + asked} for row in found]
    return JsonResponse({"results": rows})

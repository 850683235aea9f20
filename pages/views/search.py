"""The page of the search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render

from pages.search import Results, search
from record.pages import public_page

if TYPE_CHECKING:
    from django.http import HttpResponse

    from record.pages import PublicRequest

LONGEST = 200


@public_page
def search_page(request: PublicRequest) -> HttpResponse:
    text = request.GET.get("q", "").strip()[:LONGEST]
    results = search(text, request.moment) if text else Results([])
    return render(request, "search.html", {"text": text, "results": results})

"""``?report=`` is known or refused: an address must not seem to say less than it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pages.frame import BESIDE_PAGES, OF_REPORTS
from pages.views.errors import not_of_a_report

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

OUR_PAGES = {"milestones", "proposals"}
"""Namespaces of public addresses; those of the desk, of accounts and of the API read their parameters themselves."""
KNOWN = {*OF_REPORTS, *BESIDE_PAGES} - {"report_dashboard"}


class ReportMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, _view: object, _args: object, _kwargs: object) -> HttpResponse | None:
        match = request.resolver_match
        if match is None or "report" not in request.GET or set(match.namespaces) - OUR_PAGES or match.view_name in KNOWN:
            return None
        return not_of_a_report(request)

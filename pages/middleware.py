"""The report that an address begins with; ``?report=``, which said the same before, leads there or is refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.http import HttpResponsePermanentRedirect

from common.api.views import READING
from common.fields import CODE_PATTERN
from pages.views.errors import not_of_a_report
from proposals.addresses import PARAMETER, address_of, is_of_reports

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

OUR_PAGES = {"milestones", "proposals"}
"""Namespaces of public addresses; those of the desk, of accounts and of the API read their parameters themselves."""
BY_PARAMETER = {"dashboard", "embed_timeline"}
"""The first page leads on to that of the report by itself; what stands in a frame on other sites has one address for all reports."""


class ReportMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, _view: object, _arguments: object, names: dict[str, object]) -> HttpResponse | None:
        """Views know nothing of the prefix. Several codes have no address of their own, nor has what is none: a parameter, for filters."""
        match = request.resolver_match
        if match is None or set(match.namespaces) - OUR_PAGES:
            return None
        prefix = names.pop(PARAMETER, "")
        request.__dict__[PARAMETER] = prefix
        if PARAMETER not in request.GET or match.view_name in BY_PARAMETER:
            return None
        codes = request.GET.getlist(PARAMETER)
        if not is_of_reports(match.view_name, **names) or (prefix and codes != [prefix]):
            return not_of_a_report(request)
        if len(codes) > 1 or not re.fullmatch(CODE_PATTERN, codes[0]) or request.method not in READING:
            return None
        query = request.GET.copy()
        del query[PARAMETER]
        address = address_of(match.view_name, codes[0], **names)
        return HttpResponsePermanentRedirect(f"{address}?{query.urlencode()}" if query else address)

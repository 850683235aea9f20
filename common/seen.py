"""The outermost middleware: each request has a name, which its answer and all that it causes carry, and is counted."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from common import metrics, queries, request_ids

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
NO_VIEW = "none"
"""Refused before, or no address of ours; what strangers make up must not become figures of their own."""


class SeenMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        name = request_ids.given_or_new(request.headers.get(request_ids.HEADER, ""))
        request_ids.work_for(name)  # until the answer is sent: Django logs what it was after the last middleware
        with queries.asked() as asked:
            response = self.get_response(request)
        response[request_ids.HEADER] = name
        view = request.resolver_match.view_name or NO_VIEW if request.resolver_match else NO_VIEW
        method = request.method if request.method in METHODS else "other"
        metrics.requests.labels(view, method, response.status_code).inc()
        metrics.request_seconds.labels(view).observe(time.perf_counter() - began)
        asked.count(view)
        return response

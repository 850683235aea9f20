"""What watchers ask: whether the site is up and ready, its figures, and for administrators a page of both."""

from __future__ import annotations

import secrets
from functools import wraps
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import never_cache
from prometheus_client.exposition import choose_encoder

from accounts.roles import Role
from common.metrics import Counted, together
from operations import readiness
from operations.figures import Figures
from operations.state import state
from record.desk import desk_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from prometheus_client import CollectorRegistry

    from record.desk import DeskRequest

TEXT = "text/plain; charset=utf-8"


def all_figures() -> CollectorRegistry:
    return together(Counted(), Figures())


def has_token(request: HttpRequest) -> bool:
    kind, _space, given = request.headers.get("Authorization", "").partition(" ")
    return kind.lower() == "bearer" and secrets.compare_digest(given.strip().encode(), settings.METRICS_TOKEN.encode())


def for_watchers(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Only for whoever shows ``METRICS_TOKEN``; without one set there is no such address."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if not settings.METRICS_TOKEN:
            raise Http404
        if not has_token(request):
            return HttpResponse("a token is needed\n", status=401, content_type=TEXT, headers={"WWW-Authenticate": "Bearer"})
        return view(request)

    return never_cache(guarded)


def in_english() -> list[readiness.Looked]:
    with translation.override("en"):
        return list(readiness.look())


def healthz(_request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", content_type=TEXT)


def readyz(request: HttpRequest) -> HttpResponse:
    """The database answers and is migrated; 503 says what is missing. A ready site may do without something: the lines below say so."""
    if "verbose" in request.GET:
        return readyz_in_full(request)
    looked = in_english()
    said = [one.said for one in looked if one.said]
    stopped = any(one.stops for one in looked)
    lines = said if stopped else ["ready", *said]
    return HttpResponse("\n".join([*lines, ""]), status=503 if stopped else 200, content_type=TEXT)


@for_watchers
def readyz_in_full(_request: HttpRequest) -> HttpResponse:
    """Each thing that was looked at, and how long that took."""
    looked = in_english()
    stopped = any(one.stops for one in looked)
    lines = ["not ready" if stopped else "ready", f"version {settings.VERSION}"]
    lines += [f"{one.at}: {one.said or 'well'} ({one.seconds * 1000:.1f} ms)" for one in looked]
    return HttpResponse("\n".join([*lines, ""]), status=503 if stopped else 200, content_type=TEXT)


@for_watchers
def figures(request: HttpRequest) -> HttpResponse:
    """For Prometheus."""
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(all_figures()), content_type=content_type)


@desk_page("GET", role=Role.ADMINISTRATOR)
def status(request: DeskRequest) -> HttpResponse:
    """How the site is, for people."""
    return render(request, "operations/status.html", state())

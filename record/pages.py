"""Public pages: made once per position of the record, day, language and reader, then served from the cache.

The key holds everything that a page depends on, so a cached page is never stale and nothing
ever needs to be thrown away by hand.
"""

from __future__ import annotations

import hashlib
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import BadRequest
from django.http import HttpResponse, HttpResponseNotAllowed, HttpResponseNotModified
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt

from common.api.views import today
from record.models import Event

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

KEPT = 24 * 3600
NOT_YET = "pages as of an earlier moment are not there yet"
ATTEMPTS = 3
"""A page is made again when the record moved on meanwhile: all of it then belongs to the position that it names."""
LARGEST_KEPT = 512 * 1024
KEPT_WITH = {"lang"}
"""Pages with other parameters are made each time: whoever makes up addresses must not fill the cache."""


def public_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For views of public data. Sets ``request.position`` and ``request.day``, answers 304 to who has the page,
    and keeps the pages of anonymous readers. A signed-in reader's page is always made anew.
    """

    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        if {"as_of", "at"} & set(request.GET):
            raise BadRequest(NOT_YET)
        for _attempt in range(ATTEMPTS):
            request.position, request.day = Event.objects.position(), today()  # type: ignore[attr-defined]
            digest = "" if request.user.is_authenticated else _digest(request)
            if digest and (ready := _ready(request, digest)):
                return ready
            response = view(request, *args, **kwargs)
            if Event.objects.position() == request.position:  # type: ignore[attr-defined]
                break
        if digest:
            return _made(request, digest, response)
        response["Cache-Control"] = "private, no-store"
        return response

    return csrf_exempt(page)  # it takes no form


def _ready(request: HttpRequest, digest: str) -> HttpResponse | None:
    """What needs no making: the reader has the page, or we do."""
    if digest in request.headers.get("If-None-Match", ""):
        return _finished(HttpResponseNotModified(), digest)
    body = None if set(request.GET) - KEPT_WITH else cache.get(f"page:{digest}")
    return None if body is None else _finished(HttpResponse(body), digest)


def _made(request: HttpRequest, digest: str, response: HttpResponse) -> HttpResponse:
    """Keep a page that was just made, when it is one and its address is among those that are kept."""
    if response.status_code != 200:  # noqa: PLR2004 - only what is there
        return response
    if not set(request.GET) - KEPT_WITH and len(response.content) <= LARGEST_KEPT:
        cache.set(f"page:{digest}", response.content, KEPT)
    return _finished(response, digest)


def _digest(request: HttpRequest) -> str:
    parts = (
        settings.VERSION,
        request.position,  # type: ignore[attr-defined]
        request.day,  # type: ignore[attr-defined]
        get_language(),
        request.scheme,
        request.get_host(),
        request.get_full_path(),
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


def _finished(response: HttpResponse, digest: str) -> HttpResponse:
    response["ETag"] = f'"{digest}"'
    response["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["Cookie", "Accept-Language"])
    return response

"""Public pages: made once per moment of the record, language and reader, then served from the cache.

The key holds everything that a page depends on, so a cached page is never stale and nothing
ever needs to be thrown away by hand, but for what was withdrawn.
"""

from __future__ import annotations

import gzip
import hashlib
from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseNotModified
from django.middleware.gzip import re_accepts_gzip
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt

from record.models import Event
from record.moments import BadMoment, BeforeRecord, read_moment

if TYPE_CHECKING:
    from collections.abc import Callable

    from record.models import VersionRow
    from record.moments import Moment

KEPT = 24 * 3600
ATTEMPTS = 3
"""A page is made again when the record moved on meanwhile: all of it then belongs to the position that it names."""
LARGEST_KEPT = 128 * 1024
"""Bytes, packed: pages are kept as they are sent, so that a page of any length costs nothing to send again. They hold no secret that a
size could tell: whoever is signed in gets a page of their own."""
PACKED = 6
KEPT_HEADERS = ("Content-Type", "Content-Disposition")


class PublicRequest(HttpRequest):
    """What a public page is asked with."""

    moment: Moment


def public_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For views of public data. Sets ``request.moment``, answers 304 to who has the page,
    and keeps the pages of anonymous readers. A signed-in reader's page is always made anew.
    """

    @wraps(view)
    def page(plain: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        request = cast("PublicRequest", plain)
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        try:
            return _answer(request, lambda: view(request, *args, **kwargs))
        except (BadMoment, BeforeRecord) as none:
            return no_moment(request, none)

    return csrf_exempt(page)  # it takes no form


def no_moment(request: HttpRequest, none: BadMoment | BeforeRecord) -> HttpResponse:
    """The page that says why there is no such moment, and leads to one that there is."""
    if isinstance(none, BadMoment):
        return render(request, "errors/no_moment.html", {"text": str(none)}, status=400)
    return render(request, "errors/no_moment.html", {"begins": none.begins, "before": True}, status=404)


def forget_pages() -> None:
    """Throw away every kept page, and the words that a search proposes: one of them may hold what was withdrawn."""
    for prefix in ("answer:", "lexicon:"):
        cache.forget(prefix)  # type: ignore[attr-defined]


def version_or_404(model: type[VersionRow], moment: Moment, code: str) -> Any:
    """The version of a thing at that moment, by its code; NUL and other impossible codes are simply not there."""
    row = model.objects.as_of(moment).filter(code=code.replace("\x00", "")).first()
    if row is None:
        raise Http404
    return row


def _answer(request: PublicRequest, make: Callable[[], HttpResponse]) -> HttpResponse:
    for _attempt in range(ATTEMPTS):
        request.moment = read_moment(request.GET)
        digest = "" if is_somebody(request) else _digest(request)
        if digest and (ready := _ready(request, digest)):
            return ready
        response = make()
        if request.moment.past or Event.objects.position() == request.moment.position:
            break
    if request.moment.past:
        response["X-Robots-Tag"] = "noindex"
    if digest:
        return _made(request, digest, response)
    response["Cache-Control"] = "private, no-store"
    return response


def is_somebody(request: HttpRequest) -> bool:
    """Signed in, or with a message still to be shown: such a page is for nobody else."""
    return request.user.is_authenticated or bool({"messages", settings.SESSION_COOKIE_NAME} & set(request.COOKIES))


def is_kept(request: HttpRequest) -> bool:
    """An address without parameters but a language that there is. Others are made each time: whoever makes up addresses must not
    fill the cache."""
    asked = request.GET.dict()
    return asked.pop("lang", "ru") in dict(settings.LANGUAGES) and not asked


def _ready(request: HttpRequest, digest: str) -> HttpResponse | None:
    """What needs no making: the reader has the page, or we do."""
    if digest in request.headers.get("If-None-Match", ""):
        return _finished(HttpResponseNotModified(), digest)
    kept = cache.get(f"answer:{digest}") if is_kept(request) else None
    if kept is None:
        return None
    packed, headers = kept
    if accepts_gzip(request):
        return _finished(HttpResponse(packed, headers=headers | {"Content-Encoding": "gzip"}), digest, weak=True)
    return _finished(HttpResponse(gzip.decompress(packed), headers=headers), digest)


def accepts_gzip(request: HttpRequest) -> bool:
    """As Django's own middleware asks it, which packs whatever is not packed yet."""
    return re_accepts_gzip.search(request.META.get("HTTP_ACCEPT_ENCODING", "")) is not None


def _made(request: HttpRequest, digest: str, response: HttpResponse) -> HttpResponse:
    """Keep a page that was just made, when it is one and its address is among those that are kept."""
    if response.status_code != HTTPStatus.OK:
        return response
    if is_kept(request) and len(packed := gzip.compress(response.content, PACKED, mtime=0)) <= LARGEST_KEPT:
        headers = {name: response[name] for name in KEPT_HEADERS if name in response}
        cache.set(f"answer:{digest}", (packed, headers), KEPT)
    return _finished(response, digest)


def _digest(request: PublicRequest) -> str:
    parts = (
        settings.VERSION,
        request.moment,
        Event.objects.withdrawals() if request.moment.past else "",
        get_language(),
        request.scheme,
        request.get_host(),
        request.get_full_path(),
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


def _finished(response: HttpResponse, digest: str, *, weak: bool = False) -> HttpResponse:
    response["ETag"] = f'W/"{digest}"' if weak else f'"{digest}"'
    response["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["Cookie", "Accept-Language", "Accept-Encoding"])
    return response

"""Small middleware: the reader's language and order of dates, frames that know no reader, requests that no text column could hold."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.http import HttpResponseBadRequest, HttpResponseRedirect
from django.urls import get_resolver
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation.trans_real import parse_accept_lang_header

from common.api.problems import problem_response
from common.passing import is_passing, note
from common.typed_dates import machine_days

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    Handler = Callable[[HttpRequest], HttpResponse]

API_PREFIX = "/api/"
WITHOUT_COOKIES = ("/embed/", "/oembed/", "/record/")
"""What pages of other sites show, what their programs ask, and the log of the record."""


class LanguageMiddleware:
    """``?lang=`` first, then (on pages) the cookie that it left, then ``Accept-Language``, then Russian.

    An address with ``?lang=`` can be sent to somebody and shows them the same text. The API
    keeps no cookie: the same request must give the same answer to every program.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        api = request.path.startswith(API_PREFIX)
        asked = request.GET.get("lang", "")
        known = asked in dict(settings.LANGUAGES)
        if known:
            language = asked
        elif api:
            language = accepted(request.headers.get("Accept-Language", ""))
        else:
            cookie = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
            language = cookie if cookie in dict(settings.LANGUAGES) else accepted(request.headers.get("Accept-Language", ""))
        translation.activate(language)
        request.LANGUAGE_CODE = language
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ["Accept-Language"] if api else ["Accept-Language", "Cookie"])
        if known and not api:
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME,
                language,
                max_age=settings.LANGUAGE_COOKIE_AGE,
                secure=settings.LANGUAGE_COOKIE_SECURE,
                samesite="Lax",
                httponly=True,
            )
        return response


class NoCookiesMiddleware:
    """Below ``WITHOUT_COOKIES`` no cookie is read or set: no session, no language that was chosen before. Stands outside of all that do."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(WITHOUT_COOKIES):
            return self.get_response(request)
        request.META.pop("HTTP_COOKIE", None)
        response = self.get_response(request)
        response.cookies.clear()
        response["Vary"] = ", ".join(name for name in re.split(r",\s*", response.get("Vary", "")) if name and name != "Cookie")
        return response


def accepted(header: str) -> str:
    """The first language of an ``Accept-Language`` header that we have, else the default.

    ``en-GB`` is served by ``en``; what the header refuses (``q=0``) is not chosen.
    """
    for wanted, quality in parse_accept_lang_header(header.lower()):
        language = wanted.split("-", 1)[0]
        if quality and language in dict(settings.LANGUAGES):
            return language
    return str(settings.LANGUAGE_CODE)


class RefuseNulMiddleware:
    """An address with a NUL byte is answered 400 before any view: PostgreSQL holds no such text."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        raw = request.META.get("QUERY_STRING", "").encode("latin-1", "replace")
        if b"\x00" not in unquote_to_bytes(raw) and "\x00" not in request.path:
            return self.get_response(request)
        if request.path.startswith(API_PREFIX):
            return problem_response("nul-byte", _("The address holds a NUL byte."))
        return HttpResponseBadRequest(_("The address holds a NUL byte."))


class TypedDatesMiddleware:
    """A form of a page sends days as its reader writes them; one redirect makes of them the address that everybody shares and cites."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in {"GET", "HEAD"} and not request.path.startswith(API_PREFIX) and (days := machine_days(request.GET.dict())):
            query = request.GET.copy()
            for name, day in days.items():
                query[name] = day
            return HttpResponseRedirect(f"{request.path}?{query.urlencode()}")
        return self.get_response(request)


class PassingFailureMiddleware:
    """What a view fails over and what will pass is answered by ``handler503``, a warning in the log and no error."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not is_passing(exception):
            return None
        handler = cast("Callable[[HttpRequest, Exception], HttpResponse]", get_resolver().resolve_error_handler(503))
        answer = handler(request, exception)
        note(exception, request, answer)
        return answer

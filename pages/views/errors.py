"""Error pages, and the addresses that browsers and robots ask."""

from __future__ import annotations

import sys
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpResponse, HttpResponsePermanentRedirect, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.translation import gettext as _

from common.api.problems import PROBLEMS, problem_response
from common.middleware import API_PREFIX
from common.passing import RETRY_AFTER, is_passing, note, reason_of
from record.desk import asks_for_json, is_own_form, typed, unsent
from record.installation import is_known_sample, is_sample

if TYPE_CHECKING:
    from django.http import HttpRequest


FRAMED = {"not-found", "not-allowed"}
"""What a reader meets by a mistyped address of a page keeps the frame of the site, as long as the database answers."""


def _error(request: HttpRequest, problem: str, title: str, text: str) -> HttpResponse:
    if request.path.startswith(API_PREFIX):
        return problem_response(problem, text)
    status = PROBLEMS[problem].status
    said = {"title": title, "text": text, "status": status, "sample": _is_sample(status)}
    if problem in FRAMED and request.path.endswith("/"):
        try:
            return render(request, "errors/framed.html", said, status=status)
        except DatabaseError:  # the frame says who is signed in and whether this is a sample
            pass
    return render(request, "errors/error.html", said, status=status)


def _is_sample(status: int) -> bool:
    """Where the database may be what failed, it is not asked."""
    try:
        return is_known_sample() if status >= HTTPStatus.INTERNAL_SERVER_ERROR else is_sample()
    except DatabaseError:
        return False


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error(
        request,
        "malformed",
        _("The request cannot be read"),
        _("Something in the address or the form is not as it should be. Nothing was changed."),
    )


def not_of_a_report(request: HttpRequest) -> HttpResponse:
    """Where ``?report=`` is asked of what cannot be narrowed to one report."""
    text = _("This page is of one thing, or of all reports: it does not know the parameter “report”.")
    return _error(request, "unknown-parameter", _("The request cannot be read"), text)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error(request, "not-allowed", _("You may not see this page"), _("Sign in with an account that may, or ask an administrator."))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error(
        request,
        "not-found",
        _("There is no such page"),
        _("The address may be mistyped, or what stood here was removed. The search finds milestones by code and by words."),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Called while the exception is being handled. What failed outside of the views may pass, too."""
    error = sys.exception()
    if error and is_passing(error):
        answer = unavailable(request, error)
        note(error, request, answer)
        return answer
    return _error(
        request,
        "server-error",
        _("Something failed here"),
        _("The failure was logged. Try again in a few minutes; what you typed was not saved."),
    )


def unavailable(request: HttpRequest, exception: BaseException) -> HttpResponse:
    """Something that the site rests on is busy, away or wrong: nothing of the request was done."""
    text = _("The database is busy or away for a moment. Nothing was changed: go back, what you typed is still there, and try again.")
    answer = _error(request, "unavailable", _("Not just now"), reason_of(exception) or text)
    answer["Retry-After"] = str(RETRY_AFTER)
    return answer


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form of the desk is never lost over a token that is too old, say of a page from before signing in again elsewhere."""
    match = request.resolver_match
    if match and getattr(match.func, "keeps_typing", False):
        if asks_for_json(request):
            return JsonResponse({"saved": False, "code": "csrf", "text": _("The form was too old")}, status=403)
        if is_own_form(request) and typed(request):
            return unsent(request, status=403)
    return _error(
        request,
        "not-allowed",
        _("The form was too old"),
        _("Go back, load the page anew and send the form again. Cookies must be allowed for this site."),
    )


def favicon(_request: HttpRequest) -> HttpResponse:
    """Browsers ask for it where a page, such as the admin's, names no icon."""
    return HttpResponsePermanentRedirect(static("img/icon.svg"))


def robots(_request: HttpRequest) -> HttpResponse:
    lines = [
        "User-agent: *",
        *(f"Disallow: /{path}/" for path in ("admin", "accounts", "desk")),
        f"Sitemap: {settings.SITE_URL}/sitemap.xml",
    ]
    return HttpResponse("\n".join([*lines, ""]), content_type="text/plain")

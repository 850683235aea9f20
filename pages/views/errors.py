"""Error pages, and the addresses that watchers ask."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.translation import gettext as _

from common import shared_cache, waking
from common.api.problems import PROBLEMS, problem_response
from common.middleware import API_PREFIX
from common.passing import RETRY_AFTER, is_passing, note, reason_of
from record import clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest


def _error(request: HttpRequest, problem: str, title: str, text: str) -> HttpResponse:
    if request.path.startswith(API_PREFIX):
        return problem_response(problem, text)
    status = PROBLEMS[problem].status
    return render(request, "errors/error.html", {"title": title, "text": text, "status": status}, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error(
        request,
        "malformed",
        _("The request cannot be read"),
        _("Something in the address or the form is not as it should be. Nothing was changed."),
    )


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
    return _error(
        request,
        "not-allowed",
        _("The form was too old"),
        _("Go back, load the page anew and send the form again. Cookies must be allowed for this site."),
    )


def healthz(_request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


def readyz(_request: HttpRequest) -> HttpResponse:
    """The database answers and is migrated; 503 says what is missing. A ready site may do without something: the lines below say so."""
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return _not_ready("the database does not answer")
    if missing:
        return _not_ready(f"{len(missing)} migrations are missing")
    return HttpResponse("\n".join(["ready", *_does_without(), ""]), content_type="text/plain")


def _does_without() -> Iterator[str]:
    cache.get("readyz")
    if shared_cache.is_away():
        yield "Redis does not answer: each web process keeps pages and counts limits by itself"
    if waking.is_away():
        yield "the broker does not answer: tasks wait for the clock"
    if said := clock.fault_now():
        yield f"nothing is written: {said}"


def _not_ready(why: str) -> HttpResponse:
    return HttpResponse(f"{why}\n", status=503, content_type="text/plain")


def favicon(_request: HttpRequest) -> HttpResponse:
    """Browsers ask for it where a page, such as the admin's, names no icon."""
    return HttpResponsePermanentRedirect(static("img/icon.svg"))


def robots(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("User-agent: *\nDisallow: /admin/\nDisallow: /accounts/\nDisallow: /desk/\n", content_type="text/plain")

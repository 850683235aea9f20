"""Errors as RFC 9457 problem details, in the language asked for."""

from __future__ import annotations

import re
from http import HTTPStatus
from math import ceil
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.core.signals import got_request_exception
from django.http import Http404, HttpResponse
from django.utils.log import log_response
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.views import exception_handler

from common.api.parsers import TooLarge
from common.passing import RETRY_AFTER, is_passing, note, reason_of
from common.refusals import NotAllowed, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django_stubs_ext import StrOrPromise
    from rest_framework.response import Response

MEDIA_TYPE = "application/problem+json"
TYPES = "/api/v1/problems/"


class Kind(NamedTuple):
    status: int
    title: StrOrPromise


PROBLEMS = {
    "invalid": Kind(400, gettext_lazy("The input is not valid")),
    "malformed": Kind(400, gettext_lazy("The request cannot be read")),
    "unknown-parameter": Kind(400, gettext_lazy("A parameter or a value is not known")),
    "not-authenticated": Kind(401, gettext_lazy("Sign in first")),
    "not-allowed": Kind(403, gettext_lazy("You may not do this")),
    "not-found": Kind(404, gettext_lazy("There is no such thing")),
    "before-the-record": Kind(404, gettext_lazy("The record had not begun then")),
    "method-not-allowed": Kind(405, gettext_lazy("This address does not take that method")),
    "not-acceptable": Kind(406, gettext_lazy("There is no such format here")),
    "not-signed-yet": Kind(404, gettext_lazy("No checkpoint covers it yet")),
    "withdrawn": Kind(410, gettext_lazy("It was withdrawn")),
    "refused": Kind(409, gettext_lazy("A rule forbids it")),
    "still-running": Kind(409, gettext_lazy("The first request with this key still runs")),
    "stale": Kind(412, gettext_lazy("Somebody changed it meanwhile")),
    "too-large": Kind(413, gettext_lazy("The body is too large")),
    "unsupported-media-type": Kind(415, gettext_lazy("This media type is not read here")),
    "key-reused": Kind(422, gettext_lazy("The key was used for another request")),
    "precondition-required": Kind(428, gettext_lazy("Say which version you change")),
    "too-many-requests": Kind(429, gettext_lazy("Too many requests")),
    "nul-byte": Kind(400, gettext_lazy("The request holds a NUL byte")),
    "server-error": Kind(500, gettext_lazy("Something failed here")),
    "unavailable": Kind(503, gettext_lazy("Not just now")),
}
"""Each type of problem; every one has its page below /api/v1/problems/."""

OF_STATUS = {
    400: "malformed",
    401: "not-authenticated",
    403: "not-allowed",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    412: "stale",
    413: "too-large",
    415: "unsupported-media-type",
    422: "key-reused",
    428: "precondition-required",
    429: "too-many-requests",
    503: "unavailable",
}


class NotThere(exceptions.NotFound):
    """A 404 with a type of its own."""

    def __init__(self, kind: str, detail: str) -> None:
        self.kind = kind
        super().__init__(detail)


class Gone(exceptions.APIException):
    """What was there was withdrawn, for good."""

    status_code, kind = 410, "withdrawn"


class UnknownParameter(exceptions.ValidationError):
    """A query parameter, or a value of one, that is not known. Keys of ``detail`` are the names of parameters."""


class StillRunning(exceptions.APIException):
    """A repeat came while the first request with the same key still runs."""

    status_code, kind = 409, "still-running"


class KeyReused(exceptions.APIException):
    """The same key came with another request."""

    status_code, kind = 422, "key-reused"


class PreconditionRequired(exceptions.APIException):
    """A change that does not say which version it is made on."""

    status_code, kind = 428, "precondition-required"


class Stale(exceptions.APIException):
    """What is to be changed was changed meanwhile; ``more`` says from which version on, which fields, by whom and when."""

    status_code, kind = 412, "stale"

    def __init__(self, detail: str, *, version: int, changed: list[dict[str, object]]) -> None:
        self.more = {"version": version, "changed": changed}
        super().__init__(detail)


class Unavailable(exceptions.APIException):
    """Something that the answer rests on is busy or away for a moment."""

    status_code, wait = 503, RETRY_AFTER


class RefusedByRule(exceptions.APIException):
    """A rule of the domain forbids it: 400 where it is about a field that was sent, 409 where it is about how things stand."""

    def __init__(self, refused: Refused, sent_as: Mapping[str, str]) -> None:
        pointed = any(unmet.pointer for unmet in refused.problems)
        self.status_code, self.kind = (400, "invalid") if pointed else (409, "refused")
        self.errors = [
            {"pointer": f"/{sent_as.get(unmet.pointer) or _as_sent(unmet.pointer)}", "code": unmet.code, "detail": str(unmet.text)}
            for unmet in refused.problems
        ]
        super().__init__(str(refused))


def _as_sent(pointer: str) -> str:
    """The names that services and forms have for parts of a body: ``criterion_kk`` was sent as ``criterion_i18n`` with ``kk``."""
    pointer = pointer.replace("reason_note", "reason/note")
    return re.sub(r"^(\w+)_(ru|en|kk)$", r"\1_i18n/\2", pointer)


def as_api_exception(exc: Exception, sent_as: Mapping[str, str] | None = None) -> Exception:
    """What services raise, as what the API answers; ``sent_as`` are the names of the body for fields that services call otherwise."""
    match exc:
        case NotAllowed():
            return exceptions.PermissionDenied(str(exc))
        case Refused():
            return RefusedByRule(exc, sent_as or {})
        case RequestDataTooBig() | TooManyFieldsSent() | TooManyFilesSent():
            return TooLarge(_("The body is too large."))
        case _:
            return exc


def problem(
    status: int, kind: str, detail: str, errors: list[dict[str, object]] | None = None, more: dict[str, object] | None = None
) -> dict[str, object]:
    body: dict[str, object] = {"type": f"{TYPES}{kind}/", "title": str(PROBLEMS[kind].title), "status": status, "detail": detail}
    if errors:
        body["errors"] = errors
    return body | (more or {})


def problem_response(kind: str, detail: str) -> HttpResponse:
    """A problem from outside of DRF: middleware, unmatched addresses."""
    status = PROBLEMS[kind].status
    response = HttpResponse(orjson.dumps(problem(status, kind, detail)), status=status, content_type=MEDIA_TYPE)
    response["Content-Language"] = get_language() or "ru"
    return response


def handle_exception(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's handler with a problem for a body. What it does not know is a problem too, but where DEBUG has Django show it."""
    answered: exceptions.APIException
    match exc:
        case Http404():
            answered = exceptions.NotFound()
        case PermissionDenied():
            answered = exceptions.PermissionDenied()
        case exceptions.APIException():
            answered = exc
        case _ if settings.DEBUG:
            return None
        case _:
            answered = Unavailable(reason_of(exc)) if is_passing(exc) else exceptions.APIException("Server Error (500)")
    response = exception_handler(answered, context)
    assert response is not None
    response.data, response.content_type = _problem_of(answered), MEDIA_TYPE
    response["Cache-Control"] = "no-store"
    request = context["request"]._request
    if isinstance(answered, Unavailable):
        note(exc, request, response)
    elif response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:  # what Django does where no handler answers
        got_request_exception.send(sender=None, request=request)
        log_response("%s: %s", answered.detail, request.path, response=response, request=request, exception=exc)
    return response


def _problem_of(exc: exceptions.APIException) -> dict[str, object]:
    errors = list(_flat(exc.detail))
    if isinstance(exc, exceptions.ValidationError):
        kind, sign = ("unknown-parameter", "?") if isinstance(exc, UnknownParameter) else ("invalid", "/")
        detail = "; ".join(dict.fromkeys(map(str, (error for _place, error in errors))))
        listed: list[dict[str, object]] = [{"pointer": sign + place, "code": error.code, "detail": str(error)} for place, error in errors]
        return problem(exc.status_code, kind, detail, listed)
    kind = getattr(exc, "kind", "") or OF_STATUS.get(exc.status_code, "server-error")
    if kind == "server-error":
        detail = _("The failure was logged; try again later.")
    elif kind == "unavailable":
        said = _("The database is busy or away for a moment; nothing was changed. Come back in %(seconds)d seconds.")
        detail = str(exc.detail) or said % {"seconds": RETRY_AFTER}
    elif (wait := getattr(exc, "wait", None)) is not None:
        detail = _("Come back in %(seconds)d seconds.") % {"seconds": ceil(wait)}
    else:
        detail = str(errors[0][1])
    return problem(exc.status_code, kind, detail, getattr(exc, "errors", None), getattr(exc, "more", None))


def _flat(details: Any) -> Iterator[tuple[str, exceptions.ErrorDetail]]:
    """Each error with its place (``owners/0/code``), those of a layer before those below it."""
    layers = [("", details)]
    for place, detail in layers:  # grows as it is read
        if isinstance(detail, exceptions.ErrorDetail):
            yield place, detail
            continue
        named = detail.items() if isinstance(detail, dict) else enumerate(detail)
        for name, inner in named:
            here = name == "non_field_errors" or (isinstance(detail, list) and isinstance(inner, exceptions.ErrorDetail))
            layers.append((place if here else f"{place}/{name}".lstrip("/"), inner))

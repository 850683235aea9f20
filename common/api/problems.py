"""Errors as RFC 9457 problem details, in the language asked for."""

from __future__ import annotations

import re
from math import ceil
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import orjson
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpResponse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from drf_standardized_errors.formatter import ExceptionFormatter
from drf_standardized_errors.handler import ExceptionHandler
from rest_framework import exceptions

from common.api.parsers import TooLarge
from common.passing import RETRY_AFTER, is_passing, note, reason_of
from common.refusals import NotAllowed, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drf_standardized_errors.types import ErrorResponse
    from rest_framework.response import Response

MEDIA_TYPE = "application/problem+json"
TYPES = "/api/v1/problems/"


class Kind(NamedTuple):
    status: int
    title: Any


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

    def __init__(self, detail: str, *, version: int, changed: list[dict[str, Any]]) -> None:
        self.more = {"version": version, "changed": changed}
        super().__init__(detail)


class Unavailable(exceptions.APIException):
    """Something that the answer rests on is busy or away for a moment."""

    status_code, wait = 503, RETRY_AFTER


class RefusedByRule(exceptions.APIException):
    """A rule of the domain forbids it: 400 where it is about a field that was sent, 409 where it is about how things stand."""

    def __init__(self, refused: Refused, sent_as: Mapping[str, str]) -> None:
        pointed = any(one.pointer for one in refused.problems)
        self.status_code, self.kind = (400, "invalid") if pointed else (409, "refused")
        self.errors = [
            {"pointer": f"/{sent_as.get(one.pointer) or _as_sent(one.pointer)}", "code": one.code, "detail": str(one.text)}
            for one in refused.problems
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
    status: int, kind: str, detail: str, errors: list[dict[str, Any]] | None = None, more: dict[str, Any] | None = None
) -> dict[str, Any]:
    body: dict[str, Any] = {"type": f"{TYPES}{kind}/", "title": str(PROBLEMS[kind].title), "status": status, "detail": detail}
    if errors:
        body["errors"] = errors
    return body | (more or {})


def problem_response(kind: str, detail: str) -> HttpResponse:
    """A problem from outside of DRF: middleware, unmatched addresses."""
    status = PROBLEMS[kind].status
    response = HttpResponse(orjson.dumps(problem(status, kind, detail)), status=status, content_type=MEDIA_TYPE)
    response["Content-Language"] = get_language() or "ru"
    return response


def _pointer(attr: str | None) -> str:
    return "/".join(part for part in (attr or "").split(".") if part != "non_field_errors")


class ProblemFormatter(ExceptionFormatter):
    def format_error_response(self, error_response: ErrorResponse) -> dict[str, Any]:
        status = self.exc.status_code
        if not isinstance(self.exc, exceptions.ValidationError):
            kind = getattr(self.exc, "kind", "") or OF_STATUS.get(status, "server-error")
            more = getattr(self.exc, "more", None)
            return problem(status, kind, self.plain_detail(kind, error_response), getattr(self.exc, "errors", None), more)
        query = isinstance(self.exc, UnknownParameter)
        errors = [
            {"pointer": ("?" if query else "/") + _pointer(error.attr), "code": error.code, "detail": error.detail}
            for error in error_response.errors
        ]
        kind = "unknown-parameter" if query else "invalid"
        return problem(status, kind, "; ".join(dict.fromkeys(error["detail"] for error in errors)), errors)

    def plain_detail(self, kind: str, error_response: ErrorResponse) -> str:
        if kind == "server-error":
            return _("The failure was logged; try again later.")
        if kind == "unavailable":
            said = _("The database is busy or away for a moment; nothing was changed. Come back in %(seconds)d seconds.")
            return str(self.exc.detail) or said % {"seconds": RETRY_AFTER}
        if (wait := getattr(self.exc, "wait", None)) is not None:
            return _("Come back in %(seconds)d seconds.") % {"seconds": ceil(wait)}
        return error_response.errors[0].detail


class ProblemHandler(ExceptionHandler):
    def convert_unhandled_exceptions(self, exc: Exception) -> exceptions.APIException:
        return Unavailable(reason_of(exc)) if is_passing(exc) else super().convert_unhandled_exceptions(exc)

    def report_exception(self, exc: exceptions.APIException, response: Response) -> None:
        if isinstance(exc, Unavailable):
            note(self.exc, cast("Any", self.context["request"]), response)
        else:
            super().report_exception(exc, response)

    def get_response(self, exc: exceptions.APIException, data: dict[str, Any]) -> Response:
        response = super().get_response(exc, data)
        response.content_type = MEDIA_TYPE
        response["Cache-Control"] = "no-store"
        return response

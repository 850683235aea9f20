"""Errors as RFC 9457 problem details, in the language asked for."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

import orjson
from django.http import HttpResponse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from drf_standardized_errors.formatter import ExceptionFormatter
from drf_standardized_errors.handler import ExceptionHandler
from rest_framework import exceptions

if TYPE_CHECKING:
    from drf_standardized_errors.types import ErrorResponse
    from rest_framework.response import Response

MEDIA_TYPE = "application/problem+json"
TYPES = "/api/v1/problems/#"
PROBLEMS = {
    "invalid": gettext_lazy("The input is not valid"),
    "malformed": gettext_lazy("The request cannot be read"),
    "unknown-parameter": gettext_lazy("A parameter or a value is not known"),
    "not-authenticated": gettext_lazy("Sign in first"),
    "not-allowed": gettext_lazy("You may not do this"),
    "not-found": gettext_lazy("There is no such thing"),
    "before-the-record": gettext_lazy("The record had not begun then"),
    "method-not-allowed": gettext_lazy("This address does not take that method"),
    "not-acceptable": gettext_lazy("There is no such format here"),
    "unsupported-media-type": gettext_lazy("This media type is not read here"),
    "too-many-requests": gettext_lazy("Too many requests"),
    "nul-byte": gettext_lazy("The request holds a NUL byte"),
    "server-error": gettext_lazy("Something failed here"),
}
"""Each type of problem with its title; /api/v1/problems/ lists them."""

OF_STATUS = {
    400: "malformed",
    401: "not-authenticated",
    403: "not-allowed",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    415: "unsupported-media-type",
    429: "too-many-requests",
}


class NotThere(exceptions.NotFound):
    """A 404 with a type of its own."""

    def __init__(self, kind: str, detail: str) -> None:
        self.kind = kind
        super().__init__(detail)


class UnknownParameter(exceptions.ValidationError):
    """A query parameter, or a value of one, that is not known. Keys of ``detail`` are the names of parameters."""


def problem(status: int, kind: str, detail: str, errors: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    body: dict[str, Any] = {"type": f"{TYPES}{kind}", "title": str(PROBLEMS[kind]), "status": status, "detail": detail}
    if errors:
        body["errors"] = errors
    return body


def problem_response(status: int, kind: str, detail: str) -> HttpResponse:
    """A problem from outside of DRF: middleware, unmatched addresses."""
    response = HttpResponse(orjson.dumps(problem(status, kind, detail)), status=status, content_type=MEDIA_TYPE)
    response["Content-Language"] = get_language() or "ru"
    return response


class ProblemFormatter(ExceptionFormatter):
    def format_error_response(self, error_response: ErrorResponse) -> dict[str, Any]:
        status = self.exc.status_code
        if not isinstance(self.exc, exceptions.ValidationError):
            kind = getattr(self.exc, "kind", "") or OF_STATUS.get(status, "server-error")
            return problem(status, kind, self.plain_detail(kind, error_response))
        query = isinstance(self.exc, UnknownParameter)
        errors = [
            {"pointer": ("?" if query else "/") + (error.attr or "").replace(".", "/"), "code": error.code, "detail": error.detail}
            for error in error_response.errors
        ]
        kind = "unknown-parameter" if query else "invalid"
        return problem(status, kind, "; ".join(dict.fromkeys(error["detail"] for error in errors)), errors)

    def plain_detail(self, kind: str, error_response: ErrorResponse) -> str:
        if kind == "server-error":
            return _("The failure was logged; try again later.")
        if (wait := getattr(self.exc, "wait", None)) is not None:
            return _("Come back in %(seconds)d seconds.") % {"seconds": ceil(wait)}
        return error_response.errors[0].detail


class ProblemHandler(ExceptionHandler):
    def get_response(self, exc: exceptions.APIException, data: dict[str, Any]) -> Response:
        response = super().get_response(exc, data)
        response.content_type = MEDIA_TYPE
        response["Cache-Control"] = "no-store"
        return response

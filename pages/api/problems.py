"""The few addresses under the API that are not endpoints."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import MethodNotAllowed

from common.api.problems import PROBLEMS, problem_response
from common.api.views import READING
from pages.api import examples

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


MEANINGS = {
    "invalid": gettext_lazy("A field of the body is wrong. Each entry of errors points to one and says why; mend it and send it again."),
    "malformed": gettext_lazy("The body is not JSON, nests too deeply, or is no body that is asked for here."),
    "unknown-parameter": gettext_lazy("A parameter of the address, or its value, is not known here. Nothing is passed over in silence."),
    "not-authenticated": gettext_lazy(
        "No account is known, or the token is unknown, revoked or expired. Send Authorization: Bearer with a token."
    ),
    "not-allowed": gettext_lazy("The account, or the scope of the token, does not go so far."),
    "not-found": gettext_lazy("There is nothing at this address, or nothing that you may see."),
    "before-the-record": gettext_lazy("The moment that was asked for lies before the first load; the detail says when the record begins."),
    "method-not-allowed": gettext_lazy("The header Allow names the methods of this address."),
    "not-acceptable": gettext_lazy("Accept or format names none of the formats of this address."),
    "not-signed-yet": gettext_lazy(
        "Checkpoints are signed a little after the record moves on, or not at all here; the detail says which positions one covers."
    ),
    "withdrawn": gettext_lazy("It was here and had to go, for good. The event at the position that the detail names says what and why."),
    "refused": gettext_lazy("The request is right, but a rule forbids it as things stand; errors name the rule."),
    "still-running": gettext_lazy("A request with the same Idempotency-Key has not ended yet. Ask again in a moment."),
    "stale": gettext_lazy(
        "If-Match names an older version. The field changed says what differs, who changed it and when: read anew, then decide."
    ),
    "too-large": gettext_lazy("The body is larger than is taken here, or has too many parts."),
    "unsupported-media-type": gettext_lazy("Content-Type names a format that this address does not read."),
    "key-reused": gettext_lazy("An Idempotency-Key belongs to one request for a day. Take a new key for another request."),
    "precondition-required": gettext_lazy("A change has to say which version it is made on: send the ETag of what you read as If-Match."),
    "too-many-requests": gettext_lazy("Wait for as many seconds as Retry-After says."),
    "nul-byte": gettext_lazy("No text here holds a NUL byte; take it out."),
    "server-error": gettext_lazy(
        "It is not your fault. The failure was logged; the same request with an Idempotency-Key can be sent again safely."
    ),
    "unavailable": gettext_lazy(
        "The database is busy, restarting or away. Nothing was changed. Wait for as many seconds as Retry-After says, and send it again."
    ),
}
"""What each type of problem means, and what helps."""


@csrf_exempt
def problems(request: HttpRequest) -> HttpResponse:
    """All types of problems, each with its meaning."""
    if request.method not in READING:
        return not_allowed(request)
    rows = [(name, kind, MEANINGS[name]) for name, kind in PROBLEMS.items()]
    return render(request, "api/problems.html", {"problems": rows})


@csrf_exempt
def problem_type(request: HttpRequest, kind: str) -> HttpResponse:
    """Where the ``type`` of a problem leads: what it means, what helps, and a request that met it."""
    if kind not in PROBLEMS:
        return unknown(request)
    if request.method not in READING:
        return not_allowed(request)
    example = examples.problems()[kind]
    status = HTTPStatus(PROBLEMS[kind].status)
    answer = json.dumps(example["answers"][get_language() or "ru"], ensure_ascii=False, indent=2)
    context = {"title": PROBLEMS[kind].title, "meaning": MEANINGS[kind], "status": f"{status.value} {status.phrase}"}
    return render(request, "api/problem.html", context | {"sent": example["request"], "answer": answer})


def not_allowed(request: HttpRequest) -> HttpResponse:
    """A page under the API is read only; a program hears so as everywhere else."""
    response = problem_response("method-not-allowed", str(MethodNotAllowed(str(request.method)).detail))
    response["Allow"] = ", ".join(sorted(READING))
    return response


@csrf_exempt
def unknown(request: HttpRequest) -> HttpResponse:
    """An address under the API that is none: a program gets a problem, not a page."""
    return problem_response("not-found", _("There is no such address here: %(path)s") % {"path": request.path[:200]})

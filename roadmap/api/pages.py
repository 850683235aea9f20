"""The few addresses under the API that are not endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from common.api.problems import PROBLEMS, problem_response

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


def problems(request: HttpRequest) -> HttpResponse:
    """What each ``type`` of a problem means."""
    return render(request, "api_problems.html", {"problems": PROBLEMS})


@csrf_exempt
def unknown(request: HttpRequest) -> HttpResponse:
    """An address under the API that is none: a program gets a problem, not a page."""
    return problem_response(404, "not-found", _("There is no such address here: %(path)s") % {"path": request.path[:200]})

"""Whether this installation is a demonstration: the one place that everything which leaves it asks, and the words that mark it."""

from __future__ import annotations

from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.db import Error
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from record.models import Installation

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

API_PREFIX = "/api/"
HEADER = "Record-Sample"
NOT_OF_THE_WORLD = _("This installation is a demonstration: its assessments are invented and say nothing about the world.")


class _Known:
    """What the database said. It stays so for good (``record.services.begin_installation``), so each process asks once."""

    sample: bool | None = None


def is_sample() -> bool:
    """Whether all assessments here are invented; False too while nothing has begun yet."""
    if _Known.sample is None:
        _Known.sample = Installation.objects.values_list("sample", flat=True).first()
    return bool(_Known.sample)


def is_known_sample() -> bool:
    """The same without asking the database, which may be what has failed."""
    return bool(_Known.sample)


def forget() -> None:
    """For tests, each of which has another installation."""
    _Known.sample = None


def marked(title: str) -> str:
    """A title that goes out of the site alone; in a demonstration it says so first."""
    return f"[{gettext('Sample data')}] {title}" if is_sample() else title


def named(name: str) -> str:
    """The name of a file, without its ending."""
    return f"{name}-sample" if is_sample() else name


class SampleMiddleware:
    """``Record-Sample: true`` on every answer of the API of a demonstration, errors included."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith(API_PREFIX):
            with suppress(Error):  # an answer that needed no database is given without one, too
                failed = response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR
                if is_known_sample() if failed else is_sample():
                    response[HEADER] = "true"
        return response

"""Addresses of one report: those of all reports, below ``/reports/CODE/``.

Which addresses can be narrowed to a report is said once, in the ``urls.py`` of each app, by ``of_reports(…)``. Whoever asks for one of
them has the code in ``request.report`` (``pages.middleware``); their views and filters read it by ``report_asked`` and ``asked``.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import NoReverseMatch, include, path

from common.addresses import KEPT, reverse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest, QueryDict
    from django.urls import URLPattern, URLResolver

PARAMETER = "report"
"""The name of the code in addresses, and of the parameter that it stood in before."""


def of_reports(*patterns: URLPattern) -> Sequence[URLPattern | URLResolver]:
    """These addresses, and each of them below that of a report."""
    return [*patterns, path(f"reports/<str:{PARAMETER}>/", include(list(patterns)))]


def address_of(name: str, report: str, /, **names: object) -> str:
    """The address of that name, of the report, or (empty, or where it cannot be narrowed) of all."""
    if report and is_of_reports(name, **names):
        return reverse(name, **names, **{PARAMETER: report})
    return reverse(name, **names)


def is_of_reports(name: str, /, **names: object) -> bool:
    """Whether the address of that name can be narrowed to a report."""
    return _narrows(settings.ROOT_URLCONF, name, tuple(names.items()))


@lru_cache(KEPT)
def _narrows(_urls: str, name: str, names: tuple[tuple[str, object], ...]) -> bool:
    try:
        reverse(name, **dict(names), **{PARAMETER: "-"})
    except NoReverseMatch:
        return False
    return True


def report_of(request: HttpRequest) -> str:
    """The code that the address begins with; empty where it is one of all reports. Nobody has asked yet whether there is such a report."""
    return str(request.__dict__.get(PARAMETER, ""))


def asked(request: HttpRequest) -> QueryDict:
    """The parameters of an address, with the report that it begins with: what filters and forms read."""
    if not (report := report_of(request)):
        return request.GET
    query = request.GET.copy()
    query[PARAMETER] = report
    return query

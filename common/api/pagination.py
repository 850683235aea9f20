"""``?page=&page_size=`` with ``count``, ``next``, ``previous``, ``results``; what is not a number is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from rest_framework.pagination import PageNumberPagination
from typing_extensions import override

from common.api.problems import UnknownParameter

if TYPE_CHECKING:
    from django.core.paginator import Paginator
    from rest_framework.request import Request

MOST_DIGITS = 9


def positive(request: Request, name: str, default: int, most: int) -> int:
    """The query parameter as a number from 1 to ``most``. Raises ``UnknownParameter``."""
    text = request.query_params.get(name)
    if text is None:
        return default
    value = int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else 0
    if not 1 <= value <= most:
        raise UnknownParameter({name: [_("Write a whole number from 1 to %(most)d.") % {"most": most}]}, code="out_of_range")
    return value


class Pagination(PageNumberPagination):
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 500

    def get_page_size(self, request: Request) -> int:
        return positive(request, "page_size", 50, 500)

    @override
    def get_page_number(self, request: Request, paginator: Paginator[object]) -> int:
        return positive(request, "page", 1, 10**MOST_DIGITS - 1)

    def get_paginated_response_schema(self, schema: dict[str, object]) -> dict[str, object]:
        address = {"type": ["string", "null"], "format": "uri"}
        sample = {"type": "boolean", "description": "There, and true, where the installation is a demonstration."}
        return {
            "type": "object",
            "required": ["count", "next", "previous", "results"],
            "properties": {"count": {"type": "integer"}, "next": address, "previous": address, "results": schema, "sample": sample},
        }

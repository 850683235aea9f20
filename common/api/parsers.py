"""JSON in, by orjson: strict, and bounded in depth, so that no body can exhaust the stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from django.core.exceptions import RequestDataTooBig
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_DEPTH = 20


class TooLarge(APIException):
    status_code = 413
    kind = "too-large"


class JSONParser(BaseParser):
    media_type = "application/json"

    @override
    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, object] | None = None) -> Any:
        try:
            body = stream.body if hasattr(stream, "body") else stream.read()
        except RequestDataTooBig as error:
            raise TooLarge(_("The body is too large.")) from error
        try:
            data = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise ParseError(_("The body is not valid JSON: %(why)s.") % {"why": str(error)[:200]}) from error
        if _too_deep(data):
            raise ParseError(_("The body is nested too deeply."))
        return data


def _too_deep(data: object) -> bool:
    layer = [data]
    for _depth in range(MOST_DEPTH):
        layer = [
            inner for value in layer if isinstance(value, dict | list) for inner in (value.values() if isinstance(value, dict) else value)
        ]
        if not layer:
            return False
    return True

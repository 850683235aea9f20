"""JSON out, by orjson."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
from rest_framework.renderers import BaseRenderer
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Mapping

OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS


def default(value: object) -> str:
    """Lazy translations and the like, as text."""
    return str(value)


def encoded(value: object) -> bytes:
    """A value as JSON."""
    return orjson.dumps(value, default=default, option=OPTIONS)


class EncodedList:
    """A list within an answer whose items are encoded one by one: it takes a tenth of the memory of what it was made of.

    They stand in one piece of memory, for orjson holds 8 kB for an answer of its own, however short.
    """

    def __init__(self) -> None:
        self._text = bytearray()

    def append(self, item: object) -> None:
        self._text += encoded(item) + b","

    def fragment(self) -> orjson.Fragment:
        return orjson.Fragment(b"[" + self._text[:-1] + b"]")


class JSONRenderer(BaseRenderer):
    """Moments come out in UTC with a ``Z``."""

    media_type = "application/json"
    format = "json"
    charset = None
    render_style = "binary"

    @override
    def render(
        self,
        data: object,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, object] | None = None,
    ) -> bytes:
        return b"" if data is None else encoded(data)

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
        return b"" if data is None else orjson.dumps(data, default=default, option=OPTIONS)

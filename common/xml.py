"""Texts in XML: feeds, drawings, workbooks."""

from __future__ import annotations

import re

NO_PLACE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML 1.0 cannot hold, not even escaped. A word processor's line break, once pasted, is among it."""


def legal(text: str) -> str:
    """With a space for each character that XML has no place for."""
    return text if text.isprintable() else NO_PLACE.sub(" ", text)

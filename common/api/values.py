"""How values look in the API."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from common.dates import label
from common.fields import LANGUAGE_CODES, WITHHELD, all_languages

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal


@lru_cache(maxsize=4096)
def planned(day: date | None, precision: str, language: str) -> dict[str, Any] | None:
    """``{"date", "precision", "label"}``, or ``None`` where nothing is planned. The same days give the same object: do not change it."""
    return None if day is None else {"date": day, "precision": precision, "label": label(day, precision, language)}


def text_in(values: Any, name: str, language: str) -> str:
    """A translated text in a language, or in the first that has one."""
    texts = all_languages(values, name)
    withheld = str(WITHHELD) if getattr(values, "withheld", None) else ""
    return texts[language] or next((texts[other] for other in LANGUAGE_CODES if texts[other]), withheld)


def i18n(values: Any, *names: str) -> dict[str, dict[str, str]]:
    """``{"title_i18n": {"ru": …}}`` for each name."""
    return {f"{name}_i18n": all_languages(values, name) for name in names}


def number(value: Decimal | None) -> int | float | None:
    """A measured value as JSON's number; whole ones without a fraction."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)

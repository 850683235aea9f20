"""How values look in the API."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from common.dates import label
from common.fields import LANGUAGE_CODES, WITHHELD, all_languages

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date
    from decimal import Decimal

    from django.db.models import Model


@lru_cache(maxsize=4096)
def planned(day: date | None, precision: str, language: str) -> dict[str, object] | None:
    """``{"date", "precision", "label"}``, or ``None`` where nothing is planned. The same days give the same object: do not change it."""
    return None if day is None else {"date": day, "precision": precision, "label": label(day, precision, language)}


def getter(row: Mapping[str, object] | Model) -> Callable[[str], Any]:
    """What reads a column of a row, whether a model or a dictionary."""
    return partial(getattr, row) if hasattr(row, "_meta") else row.__getitem__


def text_in(row: Mapping[str, object] | Model, name: str, language: str) -> str:
    """A translated text in a language, or in the first that has one."""
    return text_by(getter(row), name, (language, *LANGUAGE_CODES))


def text_by(get: Callable[[str], object], name: str, languages: tuple[str, ...]) -> str:
    for language in languages:
        if text := get(f"{name}_{language}"):
            return str(text)
    return str(WITHHELD) if get("withheld") else ""


def i18n(values: Mapping[str, str] | Model, *names: str) -> dict[str, dict[str, str]]:
    """``{"title_i18n": {"ru": …}}`` for each name."""
    return {f"{name}_i18n": all_languages(values, name) for name in names}


def number(value: Decimal | None) -> int | float | None:
    """A measured value as JSON's number; whole ones without a fraction."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)

"""Numbers and their units as the CLDR has them, by Babel: grouping, plurals, and on which side a unit or per cent stands."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, Any, Literal

from babel import Locale
from babel.numbers import format_decimal, format_percent
from babel.units import format_compound_unit, format_unit
from django.utils.translation import get_language

if TYPE_CHECKING:
    from collections.abc import Callable

    Number = Decimal | float

PLACES = "#,##0.####"
"""As exactly as columns keep it, without idle zeros."""
SAMPLES = (1, 2, 5, Decimal("1.5"))
"""One of each plural of the languages here."""
KEPT = 4096
LENGTHS: tuple[Literal["long", "short"], ...] = ("long", "short")
HYPHEN, MINUS = "-", "−"
SPACE, KEPT_TOGETHER = " ", "\N{NO-BREAK SPACE}"


def language() -> str:
    return get_language() or "ru"


def number(value: Number) -> str:
    """``4 000 000`` or ``0,085`` in the reader's language."""
    return _number(value, language())


@lru_cache(KEPT, typed=True)
def _number(value: Number, of: str) -> str:
    """A page says the same small ones again and again."""
    return str(format_decimal(value, PLACES, locale=_locale(of))).replace(HYPHEN, MINUS)


@cache
def _locale(of: str) -> Locale:
    """By its very name: to find out what another one could mean, Babel reads what it knows of the whole world."""
    return Locale(of)


def signed(value: Number) -> str:
    """A difference: ``+9``, ``−15``, ``0``."""
    return ("+" if value > 0 else "") + number(value)


def per_cent(value: Number) -> str:
    """``75%`` in English, ``75 %`` in Russian."""
    return str(format_percent(Decimal(str(value)) / 100, locale=_locale(language())))


def measure(value: Number, unit: str) -> str:
    """With its unit, in its plural where the CLDR knows it: of the unit ``лет``, ``43 года``. No unit is a plain number."""
    say = units_of(language()).get(unit)
    exact = int(value) if value == int(value) else Decimal(str(value)).normalize()  # idle zeros would count for the plural
    text = say(exact) if say else f"{number(value)} {unit}".rstrip()
    return text.replace(HYPHEN, MINUS).replace(SPACE, KEPT_TOGETHER)


@cache
def units_of(of: str) -> dict[str, Callable[[Number], str]]:
    """By each word that a language has for a unit (``год``, ``лет``), or for as many a unit (``в год``): what says a value in it."""
    said: dict[str, Callable[[Number], str]] = {}
    units: Any = _locale(of).unit_display_names
    for unit in units:
        for length in LENGTHS:
            ways: tuple[Callable[[Number], Any], ...] = (
                partial(format_unit, measurement_unit=unit, length=length, format=PLACES, locale=_locale(of)),
                partial(format_compound_unit, denominator_unit=unit, length=length, format=PLACES, locale=_locale(of)),
            )
            for say in ways:
                for sample in SAMPLES:
                    said.setdefault(re.sub(r"[\d.,]+", "", say(sample), count=1).strip(), say)
    return said

"""Planned dates as people type them, in the order of their language, and as a field shows them.

What is read does not depend on the language: a form that was opened in one may be sent in another. An order that could mean
two days (``1/2/2026``) is not guessed.
"""

from __future__ import annotations

import re
from datetime import date
from itertools import chain
from typing import TYPE_CHECKING

from common.dates import MONTHS, MONTHS_OF, ROMAN, NotAPlannedDate, PlannedDate, Precision, short_label

if TYPE_CHECKING:
    from collections.abc import Callable

WORDS = re.compile(r"[^\W\d]+\d?|\d+")
BETWEEN = re.compile(r"[\s.,]*")
YEAR_WORDS = {"г", "год", "года", "ж", "жыл", "жылғы", "жылы"}
QUARTER_WORDS = {"кв", "квартал", "тоқ", "тоқсан"}
MONTH_NAMES = {name.lower(): number for names in chain(MONTHS.values(), MONTHS_OF.values()) for number, name in enumerate(names, 1)}
QUARTERS = (
    {name.lower(): number for number, name in enumerate(ROMAN, 1)} | {f"q{n}": n for n in range(1, 5)} | {str(n): n for n in range(1, 5)}
)
SHORTEST_MONTH = 3


def read_planned(text: str) -> PlannedDate:
    """From ``28.11.2026``, ``28 Nov 2026``, ``2027 Q2``, «II кв. 2027 г.», «2027 ж. 28 қар.», and what ``PlannedDate.parse`` reads.

    Raises ``NotAPlannedDate`` for anything else.
    """
    try:
        return PlannedDate.parse(text)
    except NotAPlannedDate:
        words = WORDS.findall(text.lower())
        if BETWEEN.sub("", text.lower()) != "".join(words):
            raise
        return _from_words([word for word in words if word not in YEAR_WORDS])


def _from_words(words: list[str]) -> PlannedDate:
    """A year of four digits, and before or behind it a quarter, a month, or a day and its month; two numbers are day and month."""
    years = [word for word in words if word.isdecimal() and len(word) == len("2026")]
    rest = [word for word in words if word not in years]
    quarter = [QUARTERS[word] for word in rest if word in QUARTERS]
    month = [number for word in rest if (number := _month(word))]
    numbers = [int(word) for word in rest if word.isdecimal()]
    match len(years), rest, quarter, month, numbers:
        case 1, [], _, _, _:
            return PlannedDate(date(int(years[0]), 12, 31), Precision.YEAR)
        case 1, ([_] | [_, _]), [number], [], _ if not numbers or QUARTER_WORDS & set(rest):
            return PlannedDate(date(int(years[0]), number * 3, 1), Precision.QUARTER)
        case 1, [_], _, [number], []:
            return PlannedDate(date(int(years[0]), number, 1), Precision.MONTH)
        case 1, [_, _], _, [number], [day]:
            return _day(int(years[0]), number, day)
        case 1, [_, _], _, [], [day, number]:
            return _day(int(years[0]), number, day)
    raise NotAPlannedDate("write a day, a month, a quarter or a year")


def _month(word: str) -> int:
    """The number of the month that begins so; 0 for none."""
    if len(word) < SHORTEST_MONTH:
        return 0
    return next((number for name, number in MONTH_NAMES.items() if name.startswith(word)), 0)


def _day(year: int, month: int, day: int) -> PlannedDate:
    try:
        return PlannedDate(date(year, month, day))
    except ValueError as error:
        raise NotAPlannedDate(str(error)) from error


def written(planned: PlannedDate, language: str) -> str:
    """As a field shows it and ``read_planned`` reads it: ``28 Nov 2026`` in English, ``28.11.2026`` in Russian and Kazakh."""
    if planned.precision == Precision.DAY and language != "en":
        return f"{planned.date:%d.%m.%Y}"
    return short_label(planned.date, planned.precision, language).replace("\N{NO-BREAK SPACE}", " ")


FIRST_DAYS = ("from", "since", "due_after")
LAST_DAYS = ("to", "as_of", "against", "due_before")


def machine_days(asked: dict[str, str]) -> dict[str, str]:
    """Those parameters of a page's address that say a day or a period as people write it, as the record reads them (``2026-11-28``).

    A period begins on its first day and ends on its last.
    """
    ends: list[tuple[str, Callable[[PlannedDate], date]]] = [(name, lambda planned: planned.first_day) for name in FIRST_DAYS]
    ends += [(name, lambda planned: planned.date) for name in LAST_DAYS]
    found = {}
    for name, end in ends:
        if name not in asked:
            continue
        try:
            day = end(read_planned(asked[name])).isoformat()
        except NotAPlannedDate:
            continue
        if day != asked[name]:
            found[name] = day
    return found

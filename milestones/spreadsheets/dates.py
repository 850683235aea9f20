"""Days and periods as spreadsheets leave them: what a cell can mean, as the export writes it.

A program makes a day of what looks like one: ``2029-06`` becomes 1 June 2029, and in a CSV file stands afterwards what was shown:
``Jun-29``, ``6/30/2027``, ``30.06.27``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from common.dates import NotAPlannedDate, PlannedDate, Precision
from common.typed_dates import read_planned

if TYPE_CHECKING:
    from collections.abc import Iterable

CLOCK = re.compile(r"[ T]00:00(:00(\.0+)?)?$")
NUMBERS = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})", re.ASCII)
YEAR_FIRST = re.compile(r"(\d{4})[./](\d{1,2})(?:[./](\d{1,2}))?", re.ASCII)
MONTH_FIRST = re.compile(r"(\d{1,2})[./-](\d{4})", re.ASCII)
SHORT_YEAR = re.compile(r"(?:(\d{1,2})[ .-]+)?([^\W\d]+)[ .-]+(\d{2})")
"""``Jun-29``, «июн.29», ``30-Jun-27``."""
MOST_MONTHS = 12


@dataclass(frozen=True)
class Cell:
    """A cell as text; with ``day`` where the program keeps one, and what of it the cell ``shows``; ``fault`` where nothing can be read."""

    text: str = ""
    day: date | None = None
    shows: str = "day"
    fault: str = ""


def readings(cell: Cell, order: str = "") -> list[str]:
    """What a cell can mean, the likeliest first: planned dates, or its text where it is none. ``order``: ``dmy``, ``mdy`` or unknown."""
    if cell.day:
        return _of_a_day(cell.day, cell.shows)
    text = CLOCK.sub("", cell.text.strip())
    try:
        found = list(dict.fromkeys(map(str, _read(text, order)))) if text else [""]
    except (NotAPlannedDate, ValueError):
        found = []
    return found or [cell.text]


def _of_a_day(day: date, shows: str) -> list[str]:
    """A day that shows its month only is that month. One that is the first of a month may have been a month when it was typed."""
    try:
        exact, month, year = (str(PlannedDate(day, precision)) for precision in (Precision.DAY, Precision.MONTH, Precision.YEAR))
    except NotAPlannedDate:
        return [day.isoformat()]
    first_of_month, first_of_year = day.day == 1, day.day == day.month == 1
    match shows:
        case "year":
            return [year] if first_of_year else [exact, year]
        case "month":
            return [month] if first_of_month else [exact, month]
    return [exact, month] if first_of_month else [exact]


def _read(text: str, order: str) -> list[PlannedDate]:
    if found := NUMBERS.fullmatch(text):
        return _in_order(int(found[1]), int(found[2]), _year(found[3]), "dmy" if "." in text else order)
    if found := YEAR_FIRST.fullmatch(text):
        day = int(found[3]) if found[3] else 1
        return [PlannedDate(date(int(found[1]), int(found[2]), day), Precision.DAY if found[3] else Precision.MONTH)]
    if found := MONTH_FIRST.fullmatch(text):
        return [PlannedDate(date(int(found[2]), int(found[1]), 1), Precision.MONTH)]
    if found := SHORT_YEAR.fullmatch(text.removesuffix("г.").strip()):
        return [read_planned(f"{found[1] or ''} {found[2]} {_year(found[3])}".strip())]
    try:
        return [read_planned(text)]
    except NotAPlannedDate:
        return [read_planned(text.replace("-", " "))]


def _year(digits: str) -> int:
    return int(digits) + (2000 if len(digits) == len("29") else 0)


def _in_order(first: int, second: int, year: int, order: str) -> list[PlannedDate]:
    """Two numbers and a year: the day first, or the month, or both where nothing tells."""
    pairs = {"dmy": (second, first), "mdy": (first, second)}
    if order not in pairs:
        return [PlannedDate(date(year, month, day)) for month, day in pairs.values() if month <= MOST_MONTHS]
    month, day = pairs[order]
    return [PlannedDate(date(year, month, day))]


def order_in(cells: Iterable[Cell]) -> str:
    """Whether days or months come first in a file: what those of its dates say that can be read in one way only."""
    told = set()
    for cell in cells:
        found = NUMBERS.fullmatch(cell.text.strip())
        if found and "." not in cell.text:
            first, second = int(found[1]), int(found[2])
            told |= {"dmy"} if first > MOST_MONTHS else {"mdy"} if second > MOST_MONTHS else set()
    return told.pop() if len(told) == 1 else ""

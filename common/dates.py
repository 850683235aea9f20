"""Planned dates: the last day of a period together with the period's precision.

"2027 Q2" is a real answer, so it is stored as ``2027-06-30`` with precision ``quarter``.
Comparisons use the last day. Nothing here knows a time zone or a clock, and no Django
model; the tables of words are here because a label is a property of the value.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

FIRST_YEAR, LAST_YEAR = 1900, 2200


class Precision(StrEnum):
    """How exactly a date is known, from exact to rough."""

    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


MONTHS_IN = {Precision.MONTH: 1, Precision.QUARTER: 3, Precision.YEAR: 12}
ROMAN = ("I", "II", "III", "IV")
MONTHS = {
    "en": ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"],
    "ru": ["январь", "февраль", "март", "апрель", "май", "июнь", "июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь"],
    "kk": ["қаңтар", "ақпан", "наурыз", "сәуір", "мамыр", "маусым", "шілде", "тамыз", "қыркүйек", "қазан", "қараша", "желтоқсан"],
}
MONTHS_OF = MONTHS | {
    "ru": ["января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря"],
}
MONTHS_SHORT = {
    "en": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    "ru": ["янв.", "февр.", "мар.", "апр.", "мая", "июня", "июля", "авг.", "сент.", "окт.", "нояб.", "дек."],
    "kk": ["қаң.", "ақп.", "нау.", "сәу.", "мам.", "мау.", "шіл.", "там.", "қыр.", "қаз.", "қар.", "жел."],
}
MONTHS_SHORT_ALONE = ["янв.", "февр.", "март", "апр.", "май", "июнь", "июль", "авг.", "сент.", "окт.", "нояб.", "дек."]
WRITTEN = re.compile(
    r"(?P<year>\d{4})(?:-Q(?P<quarter>[1-4])|-(?P<month>\d{2})(?:-(?P<day>\d{2}))?)?",
    re.ASCII,
)


class NotAPlannedDate(ValueError):
    """The text or the pair of values is not a date of a plan."""


def last_day(day: date, precision: Precision) -> date:
    """The last day of the period of that precision that holds ``day``."""
    if precision is Precision.DAY:
        return day
    months = MONTHS_IN[precision]
    month = ((day.month - 1) // months + 1) * months
    return date(day.year, month, calendar.monthrange(day.year, month)[1])


def quarter_of(day: date) -> date:
    """The first day of the quarter that holds a day."""
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


@dataclass(frozen=True, slots=True, order=True)
class PlannedDate:
    """A day and how exactly it is meant; always the last day of its period.

    Order is by the day first, so ``min`` and ``sorted`` do what a plan means by "earlier".
    """

    date: dt.date
    precision: Precision = Precision.DAY

    def __post_init__(self) -> None:
        if not FIRST_YEAR <= self.date.year <= LAST_YEAR:
            raise NotAPlannedDate(f"the year must lie between {FIRST_YEAR} and {LAST_YEAR}")
        object.__setattr__(self, "precision", Precision(self.precision))
        object.__setattr__(self, "date", last_day(self.date, self.precision))

    @classmethod
    def of(cls, day: dt.date | None, precision: str | None) -> PlannedDate | None:
        """From two columns; ``None`` where there is no date."""
        return None if day is None else cls(day, Precision(precision or Precision.DAY))

    @classmethod
    def parse(cls, text: str) -> PlannedDate:
        """From ``2030``, ``2027-Q2``, ``2027-06`` or ``2027-06-30``.

        Raises ``NotAPlannedDate`` for anything else.
        """
        written = WRITTEN.fullmatch(text.strip())
        if written is None:
            raise NotAPlannedDate("write 2030, 2027-Q2, 2027-06 or 2027-06-30")
        year, quarter, month, day = written["year"], written["quarter"], written["month"], written["day"]
        precision = Precision.DAY if day else Precision.MONTH if month else Precision.QUARTER if quarter else Precision.YEAR
        try:
            start = date(int(year), int(quarter) * 3 if quarter else int(month or 12), int(day or 1))
        except ValueError as error:
            raise NotAPlannedDate(str(error)) from error
        return cls(start, precision)

    def __str__(self) -> str:
        """As ``parse`` reads it."""
        match self.precision:
            case Precision.YEAR:
                return f"{self.date.year:04}"
            case Precision.QUARTER:
                return f"{self.date.year:04}-Q{(self.date.month + 2) // 3}"
            case Precision.MONTH:
                return f"{self.date:%Y-%m}"
            case _:
                return self.date.isoformat()

    @property
    def first_day(self) -> dt.date:
        """The first day of the period."""
        if self.precision is Precision.DAY:
            return self.date
        return date(self.date.year, self.date.month - MONTHS_IN[self.precision] + 1, 1)

    def label(self, language: str) -> str:
        """In that language's way of writing, e.g. ``2027 Q2`` or ``II квартал 2027 г.``."""
        return label(self.date, self.precision, language)

    def slippage(self, baseline: PlannedDate) -> int:
        """Days from the last day of ``baseline`` to that of this date; 0 while this period lies inside the other."""
        if baseline.first_day <= self.first_day and self.date <= baseline.date:
            return 0
        return (self.date - baseline.date).days


@lru_cache(maxsize=4096)
def label(day: date, precision: str, language: str) -> str:
    """A planned date in words; ``precision`` and ``language`` as their codes."""
    year, month, quarter = day.year, day.month - 1, ROMAN[(day.month - 1) // 3]
    labels = {
        "en": {
            "year": f"{year}",
            "quarter": f"{year} Q{(day.month + 2) // 3}",
            "month": f"{MONTHS['en'][month]} {year}",
            "day": f"{day.day} {MONTHS['en'][month]} {year}",
        },
        "ru": {
            "year": f"{year} г.",
            "quarter": f"{quarter} квартал {year} г.",
            "month": f"{MONTHS['ru'][month]} {year} г.",
            "day": f"{day.day} {MONTHS_OF['ru'][month]} {year} г.",
        },
        "kk": {
            "year": f"{year} жыл",
            "quarter": f"{year} жылғы {quarter} тоқсан",
            "month": f"{year} жылғы {MONTHS['kk'][month]}",
            "day": f"{year} жылғы {day.day} {MONTHS['kk'][month]}",
        },
    }
    return labels[language][precision]


@lru_cache(maxsize=4096)
def short_label(day: date, precision: str, language: str, year: int = 0) -> str:
    """The same where room is short; a day of ``year`` goes without it."""
    here, month, quarter = day.year, MONTHS_SHORT[language][day.month - 1], ROMAN[(day.month - 1) // 3]
    labels = {
        "en": {"month": f"{month} {here}", "day": f"{day.day} {month}", "dated": f"{day.day} {month} {here}"},
        "ru": {
            "quarter": f"{quarter} кв. {here} г.",
            "month": f"{MONTHS_SHORT_ALONE[day.month - 1]} {here} г.",
            "day": f"{day.day} {month}",
            "dated": f"{day.day} {month} {here} г.",
        },
        "kk": {
            "year": f"{here} ж.",
            "quarter": f"{here} ж. {quarter} тоқ.",
            "month": f"{here} ж. {month}",
            "day": f"{day.day} {month}",
            "dated": f"{here} ж. {day.day} {month}",
        },
    }
    kind = "dated" if precision == Precision.DAY and here != year else precision
    return labels[language].get(kind, label(day, precision, language)).replace(" ", "\N{NO-BREAK SPACE}")


class Days:
    """A span of days, and where a day stands in it, in per cent from its beginning. The end of a day is meant."""

    def __init__(self, first: date, last: date) -> None:
        self.first, self.last = first, last
        self.days = max((last - first).days + 1, 1)

    def at(self, day: date) -> float:
        return round(max(0.0, min(100.0, 100 * ((day - self.first).days + 1) / self.days)), 3)

    def begin(self, day: date) -> float:
        return self.at(day - timedelta(days=1))

    @property
    def years(self) -> list[tuple[int, float, float]]:
        """Each year with where it begins and where its middle is."""
        years = []
        for year in range(self.first.year, self.last.year + 1):
            begin, end = self.begin(max(date(year, 1, 1), self.first)), self.at(min(date(year, 12, 31), self.last))
            years.append((year, begin, round((begin + end) / 2, 3)))
        return years

"""Tags for dates and spans of days; every template may use them without loading them."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from django import template
from django.utils import timezone
from django.utils.translation import get_language, ngettext

from common.dates import NotAPlannedDate, label, short_label
from common.figures import signed
from common.forms import DayInput, as_typed
from common.typed_dates import read_planned
from milestones.causes import number_of_days

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

register = template.Library()
EXAMPLE = date(2026, 12, 31)
"""Shows the order of day, month and year; the same for ever, since pages of the past must not change."""
register.filter("day_count", number_of_days)


def language() -> str:
    return get_language() or "ru"


@register.filter
def planned(row: object, name: str) -> str:
    """``{{ milestone|planned:"due" }}``: a planned date as the reader's language writes it, or a dash."""
    day = getattr(row, name)
    return label(day, getattr(row, f"{name}_precision"), language()) if day else "–"


@register.filter
def day(value: date | datetime | None) -> str:
    """A day as the reader's language writes it, or a dash."""
    return label(value, "day", language()) if value else "–"


@register.filter
def short(row: object, name: str) -> str:
    """``{{ milestone|short:"due" }}``: a planned date where room is short."""
    day = getattr(row, name)
    return short_label(day, getattr(row, f"{name}_precision"), language()) if day else "–"


@register.filter
def short_day(value: date | datetime | None, looked_at: date) -> str:
    """A day where room is short, without its year where that is the year that is looked at."""
    here = timezone.localtime(value).date() if isinstance(value, datetime) else value
    return short_label(here, "day", language(), looked_at.year) if here else "–"


@register.filter
def local_day(value: datetime) -> date:
    """The day that it was here."""
    return timezone.localtime(value).date()


@register.filter
def moment(value: datetime | None) -> str:
    """Day and time of day here, or a dash."""
    if value is None:
        return "–"
    here = timezone.localtime(value)
    return f"{label(here.date(), 'day', language())}, {here:%H:%M:%S}"


@register.filter
def month(value: date) -> str:
    return label(value, "month", language())


@register.filter
def days(number: int | None) -> str:
    """A signed number of days in words: ``+92 days``."""
    if number is None:
        return "–"
    return ngettext("%(number)s day", "%(number)s days", abs(number)) % {"number": signed(number)}


@register.filter
def late_by(due: date, today: date) -> str:
    return number_of_days((today - due).days)


@register.simple_tag
def day_input(name: str, value: date | str | None = None, *, latest: date | None = None, required: bool = False) -> SafeString:
    """A field of a day: shown and taken in the reader's own order, empty with an example."""
    try:
        shown = as_typed(value if isinstance(value, date) else read_planned(value or ""))
    except NotAPlannedDate:
        shown = str(value or "")
    attributes = {"placeholder": as_typed(EXAMPLE), "required": required, "data-max": latest.isoformat() if latest else None}
    return DayInput().render(name, shown, {key: said for key, said in attributes.items() if said is not None})

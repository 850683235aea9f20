"""The moment that an answer is about: now, or any earlier position or day of the record.

``?at=12`` is exact and for ever. ``?as_of=2025-06-30`` is the end of that day in the installation's time zone,
``?as_of=2025-06-30T12:00:00Z`` that instant. Both together are what a citation carries: the position that was
read, and the day by which health was judged.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.db import connection
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from common.days import day_of, end_of, today
from record.models import Event, Installation

if TYPE_CHECKING:
    from collections.abc import Mapping

PARAMETERS = frozenset({"at", "as_of"})
MOST_DIGITS = 18
SETTLED = timedelta(minutes=10)
"""After that long no transaction can still be writing events that say they happened before."""


@dataclass(frozen=True)
class Moment:
    """What is read: the record at ``position``, judged by ``day``.

    ``past`` reads the spans that hold the position, otherwise the open ones are read; ``final``: the answer
    can never change any more (but for what is withdrawn). ``query`` is what an address says to come back here.
    """

    day: date
    position: int = 0
    past: bool = False
    final: bool = False
    query: str = ""
    touched: int = 0
    """Of what is outside of the record, which pages show as it is today."""

    def settled(self) -> Moment:
        """The same, read by its position: what is streamed must not change while the record moves on."""
        return replace(self, past=True)


class BadMoment(ValueError):
    """``?at=`` or ``?as_of=`` names no moment; the text says what would."""

    def __init__(self, parameter: str, text: str, code: str = "unknown_value") -> None:
        self.parameter, self.code = parameter, code
        super().__init__(text)


class BeforeRecord(Exception):
    """The moment lies before the first event; ``begins`` is the day of that, or ``None`` in an empty record."""

    def __init__(self, begins: date | None) -> None:
        self.begins = begins
        super().__init__(begins)

    def __str__(self) -> str:
        if self.begins is None:
            return _("The record is empty yet.")
        return _("The record begins on %(day)s.") % {"day": self.begins.isoformat()}


def now() -> Moment:
    """The newest position, judged by today. One index look-up, as SQL: every page and answer begins with it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT position, (SELECT touched FROM record_installation) FROM record_event ORDER BY position DESC LIMIT 1")
        position, touched = cursor.fetchone() or (0, 0)
    return Moment(day=today(), position=position, touched=touched or 0)


def read_moment(query: Mapping[str, str]) -> Moment:
    """The moment that an address asks for; without ``at`` and ``as_of`` it is now. At most three queries.

    Raises ``BadMoment`` and ``BeforeRecord``.
    """
    at, as_of = query.get("at"), query.get("as_of")
    if at is None and as_of is None:
        return now()
    head = Event.objects.order_by("-position").values_list("position", "occurred_at").first()
    if head is None:
        raise BeforeRecord(None)
    return replace(_earlier(at, as_of, head), touched=Installation.objects.values_list("touched", flat=True).first() or 0)


def _earlier(at: str | None, as_of: str | None, head: tuple[int, datetime]) -> Moment:
    asked = urlencode({name: value for name, value in (("at", at), ("as_of", as_of)) if value is not None})
    if at is not None:
        return _at(at, as_of, newest=head[0], query=asked)
    moment, day = _instant(as_of or "")
    if day == today() and moment >= timezone.now():
        return Moment(day=day, position=head[0], query=asked)
    position = Event.objects.position_at(moment)
    if not position:
        raise BeforeRecord(_begins())
    final = head[1] > moment or timezone.now() - moment > SETTLED
    return Moment(day=day, position=position, past=True, final=final, query=asked)


def _at(text: str, as_of: str | None, *, newest: int, query: str) -> Moment:
    """Exactly that position, judged by the day on which it was written, or by a day that it lasted to."""
    position = int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else 0
    if not 1 <= position <= newest:
        raise BadMoment("at", _("Write a position from 1 to %(newest)d.") % {"newest": newest}, "out_of_range")
    days = {
        place: day_of(occurred_at)
        for place, occurred_at in Event.objects.filter(position__in=[position, position + 1]).values_list("position", "occurred_at")
    }
    first, last = days[position], days.get(position + 1, today())
    day = first
    if as_of is not None:
        day = _instant(as_of)[1]
        if not first <= day <= last:
            span = {"position": position, "first": first.isoformat(), "last": last.isoformat()}
            raise BadMoment("as_of", _("Position %(position)d stood from %(first)s to %(last)s.") % span, "out_of_range")
    return Moment(day=day, position=position, past=True, final=True, query=query)


def _instant(text: str) -> tuple[datetime, date]:
    """A day's end or an instant, and the day it belongs to here. Never in the future."""
    try:
        day, moment = parse_date(text), parse_datetime(text)
        # In UTC at once: databases know no offset of sixteen hours.
        moment = moment.astimezone(UTC) if moment and moment.tzinfo else None
    except (ValueError, OverflowError):
        day = moment = None
    if day is not None and text.isascii():
        if day > today():
            raise BadMoment("as_of", _("That day has not come yet."), "in_future")
        return end_of(day), day
    if moment is None:
        raise BadMoment("as_of", _("Write a day (2025-06-30) or an instant with its zone (2025-06-30T12:00:00Z)."))
    try:
        local = day_of(moment)
    except OverflowError as error:
        raise BadMoment("as_of", _("Write a day (2025-06-30) or an instant with its zone (2025-06-30T12:00:00Z).")) from error
    if moment > timezone.now():
        raise BadMoment("as_of", _("That moment has not come yet."), "in_future")
    return moment, local


def _begins() -> date | None:
    first = Event.objects.order_by("position").values_list("occurred_at", flat=True).first()
    return day_of(first) if first else None

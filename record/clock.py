"""The time that events carry is the clock's, so a clock that runs ahead must not write: its day would stay in the record for good.

PostgreSQL's clock is held against that of the application, and the newest event against PostgreSQL's. Where all of them run
on one machine whose clock jumps, the jump shows once the clock is right again: the newest event is then of a day to come, and
nothing is written until ``manage.py correct_clock`` has said so in the record.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import connection
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from common.passing import TryLater
from record.models import Event

if TYPE_CHECKING:
    from datetime import datetime

AHEAD = timedelta(minutes=5)
"""Two clocks of one installation may differ by so much; NTP keeps them within a second."""
CORRECTED = "clock.corrected"


class ClockRunsAhead(TryLater):
    """Nothing is written until the clock is right; the text says which one is not."""


def fault(*, now: datetime, database: datetime, newest: datetime | None) -> str:
    """What is wrong with the clocks, in words; empty when nothing is. ``newest`` is when the newest event happened."""
    if now - database > AHEAD:
        moments = {"now": _written(now), "database": _written(database)}
        return _("The clock of the application says %(now)s and that of the database %(database)s.") % moments
    if newest and newest - database > AHEAD:
        return _("The newest event is dated %(newest)s, which has not come yet.") % {"newest": _written(newest)}
    return ""


def insist(*, now: datetime, database: datetime, newest: datetime | None) -> None:
    """Raise ``ClockRunsAhead`` unless all fits."""
    if said := fault(now=now, database=database, newest=newest):
        raise ClockRunsAhead(said)


def fault_now(language: str = "en") -> str:
    """The same of this moment, for whoever watches."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (database,) = cursor.fetchone()
    newest = Event.objects.order_by("-position").values_list("occurred_at", flat=True).first()
    with translation.override(language):
        return fault(now=timezone.now(), database=database, newest=newest)


def _written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"

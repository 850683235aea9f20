"""Days in the installation's time zone: what "late", "today" and "the end of that day" are measured by."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone


def day_of(moment: datetime) -> date:
    """The day that it was here at ``moment``."""
    return moment.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def today() -> date:
    return day_of(timezone.now())


def end_of(day: date) -> datetime:
    """The last instant of a day here, whatever the clocks did that night."""
    return datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(settings.TIME_ZONE)) - timedelta(microseconds=1)


def start_of(day: date) -> datetime:
    """The first instant of a day here."""
    return datetime.combine(day, time.min, ZoneInfo(settings.TIME_ZONE))

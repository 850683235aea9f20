"""The scheduler of production: Celery's own, with a pulse that a health check can feel."""

from __future__ import annotations

import time
from typing import Any

from celery.beat import PersistentScheduler
from django.utils import timezone

from deploy.health import pulse

NOTED_EVERY = 30.0
"""Seconds; to others than the health check it shows itself by a row of the database."""


class Scheduler(PersistentScheduler):
    """Shows after each turn that it took one.

    The file of the schedule cannot serve: it is written only after a task was due, which may be a day.
    """

    noted = -NOTED_EVERY

    def tick(self, *args: Any, **options: Any) -> float:
        seconds: float = super().tick(*args, **options)
        pulse().touch()
        if time.monotonic() - self.noted >= NOTED_EVERY:
            self.noted = time.monotonic()
            note()
        return seconds


def note() -> None:
    from operations.services import note_pulse  # noqa: PLC0415 - Celery sets Django up after it has read this file

    note_pulse(now=timezone.now())

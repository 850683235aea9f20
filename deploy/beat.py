"""The scheduler of production: Celery's own, with a pulse that a health check can feel."""

from __future__ import annotations

from typing import Any

from celery.beat import PersistentScheduler

from deploy.health import pulse


class Scheduler(PersistentScheduler):
    """Shows after each turn that it took one.

    The file of the schedule cannot serve: it is written only after a task was due, which may be a day.
    """

    def tick(self, *args: Any, **options: Any) -> float:
        seconds: float = super().tick(*args, **options)
        pulse().touch()
        return seconds

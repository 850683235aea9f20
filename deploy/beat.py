"""The scheduler of production: Celery's own, with a pulse that a health check can feel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from celery.beat import PersistentScheduler

from deploy.health import PULSE


class Scheduler(PersistentScheduler):
    """Touches ``beat-ticked`` beside the schedule after each turn.

    The schedule itself cannot serve: it is written only after a task was due, which may be a day.
    """

    def tick(self, *args: Any, **options: Any) -> float:
        seconds: float = super().tick(*args, **options)
        Path(self.schedule_filename).with_name(PULSE).touch()
        return seconds

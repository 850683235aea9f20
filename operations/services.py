"""Notes of what ran. None of them is worth failing for."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.db import Error

from operations.models import BEAT, Job

if TYPE_CHECKING:
    from datetime import datetime

logger = logging.getLogger(__name__)


def note_run(name: str, *, now: datetime, seconds: float, error: str = "", found: int | None = None) -> None:
    """Write down that the task ``name`` ended; ``error`` names what it failed with."""
    said = {"finished_at": now, "seconds": seconds, "error": error[:100]}
    _note(name, said if error else said | {"succeeded_at": now, "found": found})


def note_pulse(*, now: datetime) -> None:
    """The clock is there."""
    _note(BEAT, {"finished_at": now, "succeeded_at": now})


def _note(name: str, said: dict[str, object]) -> None:
    try:
        Job.objects.update_or_create(name=name, defaults=said)
    except Error as error:
        logger.warning("the run of %s was not noted: %s", name, type(error).__name__)

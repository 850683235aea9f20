"""Telling a worker that something waits for it, when the broker can be had.

What waits is a row, which the clock's sweep finds as well (``roadmap/celery.py``), so a broker that does not answer costs
time and nothing else: no request fails for it.

A task is named (``notifications.tasks.send_mail``), not imported: tasks import the services, so services import no tasks. A
test sees to it that there is a task of each name.
"""

from __future__ import annotations

import logging
import time
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

PAUSE = 10.0
"""Seconds after a failure in which nobody else waits for the broker in vain."""
_away_until = 0.0


def is_away() -> bool:
    """Whether the broker did not answer a moment ago."""
    return time.monotonic() < _away_until


def wake(task: str, *args: object, expires: float | None = None) -> None:
    """Send ``task`` once the transaction is committed; not taken up within ``expires`` seconds it means nothing any more."""
    transaction.on_commit(partial(send, task, *args, expires=expires), robust=True)


def send(task: str, *args: object, expires: float | None = None) -> bool:
    """Send ``task`` now. False when the broker does not take it."""
    global _away_until  # noqa: PLW0603 - of the whole process
    if is_away():
        return False
    try:
        # Twice at once, so that a connection cut long ago counts for nothing.
        current_app.send_task(task, args, retry_policy={"max_retries": 1, "interval_start": 0, "interval_max": 0}, expires=expires)
    except (OperationalError, OSError) as error:
        _away_until = time.monotonic() + PAUSE
        logger.warning("the broker does not answer, work waits for the clock: %s", error)
        return False
    return True

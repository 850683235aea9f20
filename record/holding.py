"""How long locks were waited for and held: while it is the record's, everybody else who writes waits.

Measured by whoever holds them, from having them to the end of the transaction, without a statement. What was held longer than
``LOCK_HELD_WARNING`` is a WARNING in the log, and the longest of the last day that held the record a line of ``/readyz``.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

from common import metrics

if TYPE_CHECKING:
    from collections.abc import Iterator

logger = logging.getLogger(__name__)

LONGEST = "record.longest-hold"
KEPT_SECONDS = 24 * 60 * 60


@contextmanager
def waiting() -> Iterator[None]:
    """Around the waiting for the lock."""
    began, outcome = time.monotonic(), "refused"
    try:
        yield
        outcome = "had"
    finally:
        metrics.lock_wait.labels(outcome).observe(time.monotonic() - began)


class Hold:
    """One holding of locks; made when they are had. ``events`` are the types of what was announced meanwhile."""

    def __init__(self, *, record: bool = True) -> None:
        self._record = record
        self._begun = time.monotonic()
        self._ended = False
        self.events: Counter[str] = Counter()

    def end(self) -> None:
        """The transaction is over, whichever way. May be called twice."""
        seconds, ended, self._ended = time.monotonic() - self._begun, self._ended, True
        if ended:
            return
        if self._record:
            metrics.lock_hold.labels("yes" if self.events else "no").observe(seconds)
        if not 0 < settings.LOCK_HELD_WARNING < seconds:
            return
        what = ", ".join(f"{count} × {kind}" for kind, count in self.events.most_common()) or "no event"
        if not self._record:
            logger.warning("locks of things were held for %.1f s", seconds)
            return
        logger.warning("the lock of the record was held for %.1f s (%s)", seconds, what)
        longest_yet = longest()
        if longest_yet is None or seconds > longest_yet[0]:
            cache.set(LONGEST, (seconds, what, f"{timezone.now():%Y-%m-%d %H:%M} UTC"), KEPT_SECONDS)


def longest() -> tuple[float, str, str] | None:
    """The longest of the last day among those that were longer than the bound: seconds, what was written, until when."""
    found: tuple[float, str, str] | None = cache.get(LONGEST)
    return found

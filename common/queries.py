"""What a request or a task asks of the database: how many statements, how long they took, and which were slow."""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings

from common import metrics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper

logger = logging.getLogger(__name__)

LONGEST_SAID = 1000


@dataclass
class Asked:
    """The statements of one request or task; added up here and counted once at its end."""

    number: int = 0
    seconds: float = 0.0
    slow: int = 0

    def count(self, by: str) -> None:
        if self.number:
            metrics.queries.labels(by).inc(self.number)
            metrics.query_seconds.labels(by).inc(self.seconds)
        if self.slow:
            metrics.slow_queries.labels(by).inc(self.slow)


_current: ContextVar[Asked | None] = ContextVar("asked", default=None)


@contextmanager
def asked() -> Iterator[Asked]:
    """Adds up what is asked within the block, in this thread."""
    before = _current.set(Asked())
    try:
        yield _current.get()  # type: ignore[misc]
    finally:
        _current.reset(before)


def watch(connection: BaseDatabaseWrapper, **_signal: object) -> None:
    """For ``connection_created``: from now on each statement is timed."""
    if timed not in connection.execute_wrappers:
        connection.execute_wrappers.append(timed)


def timed(execute: Callable[..., Any], sql: Any, params: object, many: object, context: object) -> Any:
    """A slow statement is logged as it was prepared, without the values that it was sent with."""
    began = time.perf_counter()
    try:
        return execute(sql, params, many, context)
    finally:
        seconds = time.perf_counter() - began
        slow = 0 < settings.SLOW_QUERY_MS < seconds * 1000
        if mine := _current.get():
            mine.number += 1
            mine.seconds += seconds
            mine.slow += slow
        if slow:
            logger.warning("a statement took %.1f s: %s", seconds, " ".join(str(sql).split())[:LONGEST_SAID])

"""The memory of one process as a cache: all there is without Redis, and what each goes on with while Redis is away.

What talks to Redis is ``common.shared_cache``, which nobody loads who has none.
"""

from __future__ import annotations

from typing import Any, cast

from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.locmem import LocMemCache

from common import metrics

MISSING = object()


class Away:
    """``until``, by the monotonic clock: this process does without Redis; 0 while Redis answers."""

    until = 0.0


def is_away() -> bool:
    """Whether this process does without Redis just now."""
    return bool(Away.until)


class Counted(BaseCache):
    """Counts what is looked for and found, by what keys begin with."""

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        found = super().get(key, MISSING, version)
        of, sign, _rest = str(key).partition(":")
        metrics.cache_gets.labels(of if sign else "other", "no" if found is MISSING else "yes").inc()
        return default if found is MISSING else found


class Memory(LocMemCache):
    """The memory of one process."""

    def forget(self, prefix: str) -> None:
        """Delete every key that begins so."""
        begin, memory = self.make_and_validate_key(prefix), cast("Any", self)  # Django lists the keys of no cache
        with memory._lock:
            for key in [kept for kept in memory._cache if kept.startswith(begin)]:
                memory._delete(key)


class Own(Counted, Memory):
    """The same, as the only cache."""

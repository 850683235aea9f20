"""The cache that all web processes share, which the site can do without.

While Redis does not answer, each process uses its own memory: pages are made more often and limits count for each
process. Every key holds all that its value depends on, so nothing of either memory can be stale when Redis is back.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from common.own_cache import Away, Counted, Memory

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

PAUSE = 10.0
"""Seconds after a failure until one request tries Redis again."""
# Redis is near and answers in less than a millisecond; once more at once, for a connection that was cut while nobody used it.
OPTIONS = {"socket_connect_timeout": 0.5, "socket_timeout": 0.5, "retry": Retry(NoBackoff(), 1)}
MOST_OWN = 2000


class _Redis(RedisCache):
    def forget(self, prefix: str) -> None:
        client = self._cache.get_client(None, write=True)
        for key in client.scan_iter(match=self.make_and_validate_key(prefix) + "*", count=1000):
            client.delete(key)


def _asks(name: str) -> Callable[..., Any]:
    def ask(self: _Shared, *args: object, **kwargs: object) -> object:
        return self.ask(name, *args, **kwargs)

    return ask


class _Shared(BaseCache):
    """Django's Redis cache, and the memory of each process in its place while Redis is away."""

    def __init__(self, server: str, params: dict[str, object]) -> None:
        super().__init__(params)
        self._shared = _Redis(server, params | {"OPTIONS": OPTIONS})
        self._own = Memory("redis-is-away", params | {"OPTIONS": {"MAX_ENTRIES": MOST_OWN}})

    def ask(self, name: str, *args: object, **kwargs: object) -> Any:
        if not time.monotonic() < Away.until:
            was_away, Away.until = Away.until, Away.until and time.monotonic() + PAUSE  # the others go on without meanwhile
            try:
                answer = getattr(self._shared, name)(*args, **kwargs)
            except (RedisError, OSError) as error:
                Away.until = time.monotonic() + PAUSE
                if not was_away:
                    logger.warning("Redis does not answer, each process goes on with its own memory: %s", error)
            else:
                if was_away:
                    logger.warning("Redis answers again")
                Away.until = 0.0
                return answer
        return getattr(self._own, name)(*args, **kwargs)

    # What a cache can be asked; all else in Django rests on these.
    add = _asks("add")
    get = _asks("get")
    set = _asks("set")
    touch = _asks("touch")
    delete = _asks("delete")
    incr = _asks("incr")
    has_key = _asks("has_key")
    get_many = _asks("get_many")
    set_many = _asks("set_many")
    delete_many = _asks("delete_many")
    clear = _asks("clear")

    def forget(self, prefix: str) -> None:
        """Delete every key that begins so, from either memory. What Redis kept while it was away ends by itself, within a day."""
        self._own.forget(prefix)
        self.ask("forget", prefix)


class SharedCache(Counted, _Shared):
    """The same, counted."""

"""The locks that writers take, all of them in one order, so that none of two waits for the other.

1. The installation: alone by a change that may touch anything, together with others by one that names what it touches.
2. The things that it names, by kind and number. What somebody decides by is read under them: nobody else changes it meanwhile.
3. The record, last and for the shortest time: under it positions and moments follow one another, and it ends with the commit, so
   that nobody reads a later event before an earlier one.

All of them end with the transaction. Each is taken by a statement of its own before what it protects is read.
"""

from __future__ import annotations

import zlib
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings
from django.db import connection, transaction

from common import metrics
from common.passing import TryLater
from record.holding import Hold, waiting

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime
    from types import TracebackType

    from record.models import Recorded

RECORD_LOCK = 0x7265636F7264  # "record"
INSTALLATION_LOCK = RECORD_LOCK + 1
PLACE_SECONDS = 0.5

Key = tuple[int, int]
Named = tuple["type[Recorded]", int]
"""A thing by its model and primary key."""

_places = BoundedSemaphore(max(1, settings.WEB_THREADS - 3))

HEAD = """
    SELECT clock_timestamp(), coalesce(position, 0), occurred_at, coalesce(hash, '')
    FROM (SELECT) AS always LEFT JOIN (SELECT * FROM record_event ORDER BY position DESC LIMIT 1) AS newest ON true
"""
THING = "SELECT pg_advisory_xact_lock(%s, %s);"
TOGETHER, ALONE = (f"SELECT pg_advisory_xact_lock{how}({INSTALLATION_LOCK});" for how in ("_shared", ""))
RECORD = f"SELECT pg_advisory_xact_lock({RECORD_LOCK});"


class Head(NamedTuple):
    """The database's clock and the newest event; position 0 in an empty record."""

    clock: datetime
    position: int
    occurred_at: datetime | None
    hash: str


class Place:
    """A web process's leave to wait for locks: while somebody holds one for long, two of its threads are left for readers."""

    def __enter__(self) -> Place:
        self._had = _places.acquire(timeout=PLACE_SECONDS)
        if not self._had:
            metrics.lock_wait.labels("refused").observe(PLACE_SECONDS)
            raise TryLater
        return self

    def leave(self) -> None:
        """Nothing is waited for any more."""
        if self._had:
            self._had = False
            _places.release()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        self.leave()


def keys_of(things: Iterable[Named]) -> list[Key]:
    """In the order in which everybody takes them. Two things with one key would only wait for each other."""
    return sorted({(zlib.crc32(model._meta.label.encode()) - 2**31, pk % 2**31) for model, pk in things})


def lock_things(keys: Collection[Key]) -> tuple[Head, Hold]:
    """Wait for these things; the head that is returned may be overtaken."""
    return _locked(TOGETHER + THING * len(keys), [number for key in keys for number in key]), _hold(record=False)


def lock_all() -> tuple[Head, Hold]:
    """Wait until nobody else writes anything, and for the record."""
    return _locked(ALONE + RECORD), _hold()


def lock_record() -> tuple[Head, Hold]:
    """Wait for the record. The head is read after its lock is had, though sent along with it."""
    return _locked(RECORD), _hold()


def _locked(statements: str, parameters: Iterable[int] = ()) -> Head:
    """Of several statements psycopg2 gives the rows of the last, and each sees what was committed when it began."""
    with waiting(), connection.cursor() as cursor:
        cursor.execute(statements + HEAD, list(parameters))
        return Head(*cursor.fetchone())


def _hold(*, record: bool = True) -> Hold:
    hold = Hold(record=record)
    transaction.on_commit(hold.end, robust=True)
    return hold

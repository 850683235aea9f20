"""Is the site ready, and what does it do without? In the reader's language; who watches is told in English."""

from __future__ import annotations

import time
from functools import cache as kept
from typing import TYPE_CHECKING, NamedTuple

from django.core.cache import cache
from django.db import Error, ProgrammingError
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common import own_cache, waking
from common.pictures import font
from operations.backup import unfinished
from record import clock, holding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Looked(NamedTuple):
    """One look: at what, what is the matter (in English; empty where nothing is), how long it took, and whether the site stands still."""

    at: str
    said: str
    seconds: float
    stops: bool = False


def database() -> str:
    """The migrations on the disk are read once: they change with the release, and so does the process."""
    try:
        missing = migrations() - set(MigrationRecorder.Migration.objects.values_list("app", "name"))
    except ProgrammingError:  # a new database has no list of them
        missing = migrations()
    except Error:
        return _("the database does not answer")
    return _("%(number)d migrations are missing") % {"number": len(missing)} if missing else ""


@kept
def migrations() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).disk_migrations or ())


def restored() -> str:
    """A database that is not the one of these files, or that nobody verified, is no site."""
    return _("a restore was not finished: run it again, or see why it failed") if unfinished().exists() else ""


def redis() -> str:
    cache.get("readyz")
    return _("Redis does not answer: each web process keeps pages and counts limits by itself") if own_cache.is_away() else ""


def pictures() -> str:
    return "" if font() else _("no font is on this machine: no pictures are made")


def broker() -> str:
    return _("the broker does not answer: tasks wait for the clock") if waking.is_away() else ""


def clocks() -> str:
    said = clock.fault_now(get_language() or "en")
    return _("nothing is written: %(why)s") % {"why": said} if said else ""


def lock() -> str:
    longest = holding.longest()
    if longest is None:
        return ""
    said = {"seconds": f"{longest[0]:.1f}", "what": longest[1], "until": longest[2]}
    return _("the longest that the record was locked in the last day: %(seconds)s s (%(what)s), until %(until)s") % said


def look() -> Iterator[Looked]:
    """At one thing after the other, and no further where one stops the site."""
    for name, ask in (("restore", restored), ("database", database)):
        one = _look_at(name, ask, stops=True)
        yield one
        if one.stops:
            return
    others = (("cache", redis), ("pictures", pictures), ("broker", broker), ("clock", clocks), ("lock", lock))
    yield from (_look_at(name, ask) for name, ask in others)


def _look_at(name: str, ask: Callable[[], str], *, stops: bool = False) -> Looked:
    began = time.perf_counter()
    said = ask()
    return Looked(name, said, time.perf_counter() - began, stops and bool(said))

"""One database for each size, loaded as an operator would, and Django looking at one of them at a time."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

from django.core.cache import cache
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from benchmarks.generated import roadmap_file
from benchmarks.standings import give_standings
from roadmap_file.loading import load

if TYPE_CHECKING:
    from benchmarks.place import Place

LOADED_BEFORE = timedelta(days=60)


class Databases:
    def __init__(self, place: Place) -> None:
        self.place = place
        self._open = {"empty": connections["default"]}

    def migrate(self) -> None:
        """Bring ``empty`` up, which the others are copies of; Django looks at it already."""
        call_command("migrate", verbosity=0)
        connections["default"].close()

    def use(self, part: str) -> None:
        """Let Django look at this one. Each keeps its connection, so that changing between them costs nothing.

        The cache goes along: two databases of one run reach the same position, and a page or a count is kept by that.
        """
        if part not in self._open:
            wrapper = connections.create_connection("default")
            wrapper.settings_dict = {**wrapper.settings_dict, "NAME": self.place.name(part)}
            self._open[part] = wrapper
        connections["default"] = self._open[part]
        cache.key_prefix = part

    def make(self, milestones: int) -> float:
        """Load a roadmap of that many milestones; returns the seconds from the text to the commit."""
        part = str(milestones)
        self.place.copy(part, "empty")
        self.use(part)
        text = roadmap_file(milestones)
        start = time.perf_counter()
        load(text, now=timezone.now() - LOADED_BEFORE, by="Benchmark")
        return time.perf_counter() - start

    def close(self) -> None:
        for wrapper in self._open.values():
            wrapper.close()


def settle() -> None:
    """Statuses for what was loaded, and the statistics that autovacuum would have brought up to date a minute later."""
    give_standings(now=timezone.now())
    settled()


def settled() -> None:
    """The statistics that autovacuum would have brought up to date a minute later."""
    with connections["default"].cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")

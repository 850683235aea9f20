"""What each process counts of its own work, for Prometheus. Counting asks nobody and takes microseconds.

Several processes answer as one: where figures are asked for at all, each writes its own into a file of ``METRICS_DIR``, and whoever
is asked adds up the files. So the folder belongs to the processes of one machine, or of one container.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from prometheus_client import CollectorRegistry, Counter, Histogram, values
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prometheus_client import Metric

GONE = "gone"
"""In place of a number: what all processes that have ended had counted."""
ours = CollectorRegistry()
shared: Path | None = None
"""The folder; ``None`` where nobody asks for figures."""

if settings.METRICS_TOKEN or settings.METRICS_BIND:
    shared = settings.METRICS_DIR
    shared.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(shared)
    values.ValueClass = values.MultiProcessValue()


def _counter(name: str, says: str, *labels: str) -> Counter:
    return Counter(f"roadmap_{name}", says, labels, registry=ours)


def _histogram(name: str, says: str, *labels: str, buckets: tuple[float, ...]) -> Histogram:
    return Histogram(f"roadmap_{name}", says, labels, registry=ours, buckets=buckets)


QUICK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
SLOW = (0.01, 0.1, 0.5, 1, 5, 15, 60, 300, 900)

requests = _counter("requests_total", "Requests answered.", "view", "method", "status")
request_seconds = _histogram("request_seconds", "From having a request to the beginning of its answer.", "view", buckets=QUICK)
queries = _counter("queries_total", "Statements sent to the database.", "by")
query_seconds = _counter("query_seconds_total", "Seconds spent on them.", "by")
slow_queries = _counter("slow_queries_total", "Those that took longer than SLOW_QUERY_MS.", "by")
cache_gets = _counter("cache_gets_total", "What the cache was asked for.", "of", "found")
lock_wait = _histogram("lock_wait_seconds", "Waiting for the locks of a change, until they were had or not.", "outcome", buckets=QUICK)
lock_hold = _histogram("lock_hold_seconds", "Holding the lock of the record, whether or not anything was written.", "wrote", buckets=QUICK)
tasks = _counter("tasks_total", "Tasks that workers ended.", "task", "outcome")
task_seconds = _histogram("task_seconds", "How long they took.", "task", buckets=SLOW)
task_wait = _histogram("task_wait_seconds", "How long they had waited in the queue.", "task", buckets=SLOW)
mails = _counter("mails_total", "Attempts to send a mail.", "outcome")
deliveries = _counter("deliveries_total", "Attempts to tell a webhook.", "outcome")
exports = _counter("exports_total", "Attempts to make a file for a reader.", "outcome")


class Counted(Collector):
    """All of that: of this process, or of all that share its folder."""

    @override
    def collect(self) -> Iterable[Metric]:
        if shared is None:
            return ours.collect()
        with (shared / "lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            _fold(shared)
            return list(MultiProcessCollector(None, str(shared)).collect())


def together(*collectors: Collector) -> CollectorRegistry:
    """What is to be answered at one address."""
    registry = CollectorRegistry()
    for collector in collectors:
        registry.register(collector)
    return registry


def _fold(folder: Path) -> None:
    """Add what processes that have ended had counted to one file, so that the folder does not grow with their number."""
    for path in folder.glob("*_*.db"):
        kind, _sign, process = path.stem.rpartition("_")
        if process == GONE or Path("/proc", process).exists():
            continue
        gone = MmapedDict(str(folder / f"{kind}_{GONE}.db"))
        for key, value, _time, _place in MmapedDict.read_all_values_from_file(str(path)):
            gone.write_value(key, gone.read_value(key)[0] + value, 0.0)
        gone.close()
        path.unlink()

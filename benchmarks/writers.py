"""Many processes that publish at once, each by the service and over a connection of its own: how many a second, and how long one waits."""

from __future__ import annotations

import multiprocessing
import time
from typing import TYPE_CHECKING, NamedTuple

from accounts.models import User
from benchmarks.record import submitted
from benchmarks.timing import percentile, timed
from milestones.models import Assessment, Milestone
from milestones.services import publish_assessment
from record.services import open_change

if TYPE_CHECKING:
    from multiprocessing.queues import Queue
    from multiprocessing.synchronize import Barrier

    from benchmarks.databases import Databases

PROCESSES = (1, 4, 16)


class Writing(NamedTuple):
    a_second: float
    p95: float
    cpu: float
    """Milliseconds of one publication in Python."""


def measure(databases: Databases, size: int, each: int) -> dict[int, Writing]:
    """That many publications by each number of processes, on milestones of their own."""
    databases.use(str(size))
    analyst = User.objects.create_user("bench-writer", role="analyst", remit=["*"], public_name="Analyst")
    editor = User.objects.create_user("bench-publisher", role="editor", public_name="Editor")
    waiting = list(submitted(analyst, each * len(PROCESSES)))
    databases.close()
    return {number: _together(number, editor, waiting[place * each : (place + 1) * each]) for place, number in enumerate(PROCESSES)}


def _together(number: int, editor: User, waiting: list[Assessment]) -> Writing:
    fork = multiprocessing.get_context("fork")
    told: Queue[tuple[list[float], float]] = fork.Queue()
    ready = fork.Barrier(number + 1)
    writers = [fork.Process(target=_write, args=(editor, waiting[place::number], ready, told)) for place in range(number)]
    for writer in writers:
        writer.start()
    ready.wait()
    began = time.perf_counter()
    found = [told.get() for _writer in writers]
    took = time.perf_counter() - began
    for writer in writers:
        writer.join()
    return Writing(
        len(waiting) / took,
        percentile([one for times, _cpu in found for one in times], 95),
        1000 * sum(cpu for _times, cpu in found) / len(waiting),
    )


def _write(editor: User, waiting: list[Assessment], ready: Barrier, told: Queue[tuple[list[float], float]]) -> None:
    def publish(assessment: Assessment) -> None:
        with open_change(by=editor.actor, of=[(Milestone, assessment.milestone_id)]) as change:
            publish_assessment(change, assessment, by=editor)

    ready.wait()
    cpu = time.process_time()
    times = [timed(lambda assessment=assessment: publish(assessment)) for assessment in waiting]
    told.put((times, time.process_time() - cpu))

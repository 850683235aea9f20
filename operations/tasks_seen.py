"""What is seen of tasks: which request they are for, how long they waited and ran, and of those of the clock that they did.

By signals of Celery, since nobody calls a task: each begins and ends in one thread of a worker, one after the other.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from threading import local
from typing import TYPE_CHECKING, Any

from celery import current_app
from celery.signals import before_task_publish, task_postrun, task_prerun
from django.utils import timezone

from common import metrics, queries, request_ids
from operations.services import note_run

if TYPE_CHECKING:
    from celery import Task

SENT_AT = "sent_at"
FAILED = "FAILURE"
_running = local()


def watch() -> None:
    before_task_publish.connect(name_it, weak=False)
    task_prerun.connect(begin, weak=False)
    task_postrun.connect(end, weak=False)


def name_it(headers: dict[str, Any] | None = None, **_signal: object) -> None:
    """A message carries the request that sent it, and when."""
    if headers is not None:
        headers.setdefault("request_id", request_ids.current())
        headers[SENT_AT] = time.time()


def begin(task_id: str, task: Task[Any, Any], **_signal: object) -> None:
    """What no request asked for has the name of its task, so that its lines belong together."""
    _running.until = until = ExitStack()
    until.enter_context(request_ids.working_for(task.request.get("request_id") or task_id))
    _running.asked = until.enter_context(queries.asked())
    _running.began = time.monotonic()
    if sent := task.request.get(SENT_AT):
        metrics.task_wait.labels(task.name).observe(max(time.time() - sent, 0))


def end(task: Task[Any, Any], state: str | None = None, retval: object = None, **_signal: object) -> None:
    until: ExitStack | None = _running.__dict__.pop("until", None)
    if until is None:
        return
    with until:
        seconds, failed = time.monotonic() - _running.began, state == FAILED
        metrics.tasks.labels(task.name, "failed" if failed else "done").inc()
        metrics.task_seconds.labels(task.name).observe(seconds)
        _running.asked.count(task.name)
        if task.name in scheduled():
            error = type(retval).__name__ if failed else ""
            found = retval if isinstance(retval, int) else None
            note_run(task.name, now=timezone.now(), seconds=seconds, error=error, found=found)


def scheduled() -> set[str]:
    """The tasks that the clock starts."""
    return {entry["task"] for entry in current_app.conf.beat_schedule.values()}

"""What is asked of the database, the broker and the disk when somebody wants to know; nobody else ever waits for it.

The number of statements is constant, and the answers are kept for ``KEPT`` seconds, however many ask. What is away is said to
be, and the rest is told all the same.
"""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.cache import cache
from django.db import Error, connection
from django.db.models import Count, F, Min, Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from typing_extensions import override

from common import own_cache
from exports.models import Export
from notifications.models import Delivery, Mail, Webhook
from notifications.webhooks.sending import due_at
from operations.models import BEAT, Job
from operations.queues import Away, queues
from record.log.models import Checkpoint
from record.models import Event

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from prometheus_client import Metric

KEPT = 10.0
VERIFICATION = "record.tasks.verify_record"
BACKUPS = {"operations.backup.tasks.make_backup": "backup", "operations.backup.tasks.rehearse_restore": "rehearsal"}
EXPORT_STATES = ("waiting", "running", "done", "failed")

NAMES = {
    "info": ("The version that runs; always 1.", ["version"]),
    "database_up": ("1 where the database answers. Without it, all that is asked of it is missing.", []),
    "redis_up": ("1 where Redis answers this process; missing where there is none.", []),
    "broker_up": ("1 where the broker answers.", []),
    "queue_waiting": ("Tasks that wait in the broker.", ["queue"]),
    "queue_oldest_seconds": ("How long the next of them has waited, where the broker shows it.", ["queue"]),
    "mails_waiting": ("Mails that are not sent yet, also those that wait for a further attempt.", []),
    "mails_due_seconds": ("For how long a mail could have been sent and was not.", []),
    "deliveries_waiting": ("Events that webhooks are still to be told.", []),
    "deliveries_due_seconds": ("For how long one could have been told and was not.", []),
    "webhooks": ("Webhooks that are on, those of them whose last attempt failed, and those that are off.", ["state"]),
    "webhooks_behind": ("Events of the record that the slowest webhook has not read.", []),
    "exports": ("Files for readers of the last day.", ["state"]),
    "exports_due_seconds": ("For how long a file has waited to be made.", []),
    "head_position": ("The newest position of the record.", []),
    "head_timestamp_seconds": ("When it was written.", []),
    "checkpoint_position": ("The position up to which the record is signed; 0 where no checkpoint ever was.", []),
    "checkpoint_timestamp_seconds": ("When that was signed.", []),
    "verified_timestamp_seconds": ("When the nightly verification last came to its end.", []),
    "verified_faults": ("The faults that it found.", []),
    "backup_timestamp_seconds": ("When the last backup was made; 0 where backups are to be made and none was.", []),
    "backup_position": ("The position of the record up to which it goes.", []),
    "rehearsal_timestamp_seconds": ("When a backup was last restored by way of trial; 0 as above.", []),
    "rehearsal_position": ("The position of the record up to which that one went.", []),
    "job_finished_timestamp_seconds": ("When a task of the clock last ended.", ["task"]),
    "job_succeeded_timestamp_seconds": ("When it last succeeded.", ["task"]),
    "job_failed": ("1 where its last run failed.", ["task"]),
    "job_seconds": ("How long its last run took.", ["task"]),
    "beat_timestamp_seconds": ("When the clock last showed that it is there.", []),
    "database_bytes": ("The size of the database.", []),
    "database_connections": ("Connections to it that are open.", []),
    "database_connections_most": ("Those that PostgreSQL allows in all.", []),
    "files_free_bytes": ("Free space where files are kept.", []),
}
"""Each figure by its name, which ``roadmap_`` stands before: what it says, and what tells its rows apart."""


@dataclass
class Found:
    """What was found, by the names of ``NAMES``: the value by the values of the labels."""

    values: dict[str, dict[tuple[str, ...], float]] = field(default_factory=dict)
    jobs: list[Job] = field(default_factory=list)
    postgres: str = ""
    """Its version."""

    def put(self, name: str, value: float | None, *labels: str) -> None:
        if value is not None:
            self.values.setdefault(name, {})[labels] = float(value)

    def get(self, name: str, *labels: str) -> float | None:
        return self.values.get(name, {}).get(labels)


_lock, _kept, _until = Lock(), Found(), 0.0


def found() -> Found:
    """What is known, at most ``KEPT`` seconds old."""
    global _kept, _until  # noqa: PLW0603 - of the whole process
    with _lock:
        if time.monotonic() >= _until:
            _kept = _look()
            _until = time.monotonic() + KEPT
        return _kept


def forget() -> None:
    """Look anew at the next question."""
    global _until  # noqa: PLW0603 - of the whole process
    _until = 0.0


def _look() -> Found:
    said = Found()
    said.put("info", 1, settings.VERSION)
    try:
        _look_at_database(said, timezone.now())
        said.put("database_up", 1)
    except Error:
        said.values = {name: rows for name, rows in said.values.items() if name == "info"}
        said.put("database_up", 0)
    _look_at_queues(said)
    if settings.REDIS_URL:
        cache.get("figures")
        said.put("redis_up", not own_cache.is_away())
    said.put("files_free_bytes", shutil.disk_usage(settings.VAR_DIR).free if settings.VAR_DIR.is_dir() else None)
    return said


def _look_at_database(said: Found, now: datetime) -> None:
    head = Event.objects.head()
    said.put("head_position", head.position if head else 0)
    said.put("head_timestamp_seconds", head.occurred_at.timestamp() if head else None)
    checkpoint = Checkpoint.objects.only("size", "made_at").first()
    said.put("checkpoint_position", checkpoint.size if checkpoint else 0)
    said.put("checkpoint_timestamp_seconds", checkpoint.made_at.timestamp() if checkpoint else None)
    _look_at_mails(said, now)
    _look_at_webhooks(said, now, head.position if head else 0)
    _look_at_exports(said, now)
    _look_at_jobs(said)
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT current_setting('server_version'), pg_database_size(current_database()),
            current_setting('max_connections')::int, (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database())"""
        )
        said.postgres, *numbers = cursor.fetchone()
    for name, value in zip(("database_bytes", "database_connections_most", "database_connections"), numbers, strict=True):
        said.put(name, value)


def _since(moment: datetime | None, now: datetime) -> float:
    return max((now - moment).total_seconds(), 0.0) if moment else 0.0


def _look_at_mails(said: Found, now: datetime) -> None:
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    since = Coalesce(F("claimed_until"), F("created_at"))
    rows = Mail.objects.filter(sent_at=None, failed_at=None).aggregate(all=Count("pk"), due=Min(since, filter=free))
    said.put("mails_waiting", rows["all"])
    said.put("mails_due_seconds", _since(rows["due"], now))


def _look_at_webhooks(said: Found, now: datetime, head: int) -> None:
    on = Q(active=True, owner__is_active=True)
    rows = Webhook.objects.aggregate(
        on=Count("pk", filter=on), failing=Count("pk", filter=on & ~Q(failing_since=None)), all=Count("pk"), last=Min("position", filter=on)
    )
    for state, number in (("on", rows["on"]), ("failing", rows["failing"]), ("off", rows["all"] - rows["on"])):
        said.put("webhooks", number, state)
    said.put("webhooks_behind", max(head - rows["last"], 0) if rows["last"] is not None else 0)
    pending = Delivery.objects.filter(state="pending", webhook__active=True, webhook__owner__is_active=True)
    waiting = pending.aggregate(all=Count("pk"), due=Min("next_attempt_at", filter=due_at(now)))
    said.put("deliveries_waiting", waiting["all"])
    said.put("deliveries_due_seconds", _since(waiting["due"], now))


def _look_at_exports(said: Found, now: datetime) -> None:
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    states = {state: Count("pk", filter=Q(state=state)) for state in EXPORT_STATES}
    rows = Export.objects.aggregate(**states, due=Min("asked_at", filter=free & Q(state__in=["waiting", "running"])))
    for state in EXPORT_STATES:
        said.put("exports", rows[state], state)
    said.put("exports_due_seconds", _since(rows["due"], now))


def _look_at_jobs(said: Found) -> None:
    said.jobs = list(Job.objects.all())
    if settings.BACKUP_TO:
        for name in BACKUPS.values():
            said.put(f"{name}_timestamp_seconds", 0)
    for job in said.jobs:
        finished, succeeded = job.finished_at.timestamp(), job.succeeded_at.timestamp() if job.succeeded_at else None
        if job.name == BEAT:
            said.put("beat_timestamp_seconds", finished)
            continue
        said.put("job_finished_timestamp_seconds", finished, job.name)
        said.put("job_succeeded_timestamp_seconds", succeeded, job.name)
        said.put("job_failed", bool(job.error), job.name)
        said.put("job_seconds", job.seconds, job.name)
        if (of := BACKUPS.get(job.name)) and succeeded:
            said.put(f"{of}_timestamp_seconds", succeeded)
            said.put(f"{of}_position", job.found)
        if job.name == VERIFICATION:
            said.put("verified_timestamp_seconds", succeeded)
            said.put("verified_faults", job.found)


def _look_at_queues(said: Found) -> None:
    try:
        for queue in queues():
            said.put("queue_waiting", queue.waiting, queue.name)
            said.put("queue_oldest_seconds", queue.oldest, queue.name)
        said.put("broker_up", 1)
    except Away:
        said.put("broker_up", 0)


class Figures(Collector):
    """All of that, for Prometheus."""

    @override
    def collect(self) -> Iterable[Metric]:
        return _families(found())


def _families(said: Found) -> Iterator[Metric]:
    for name, rows in said.values.items():
        text, labels = NAMES[name]
        family = GaugeMetricFamily(f"roadmap_{name}", text, labels=labels)
        for values, value in rows.items():
            family.add_metric(values, value)
        yield family

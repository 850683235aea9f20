"""What the page for administrators says: the same figures as for Prometheus, in words."""

from __future__ import annotations

import platform
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import django
from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from operations import readiness
from operations.figures import found
from operations.models import BEAT
from operations.tasks_seen import scheduled
from pages.templatetags.dates import moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operations.figures import Found

LOOKED_AT = {
    "restore": gettext_lazy("Restore of a backup"),
    "database": gettext_lazy("Database"),
    "cache": gettext_lazy("Shared cache"),
    "pictures": gettext_lazy("Pictures"),
    "broker": gettext_lazy("Broker of tasks"),
    "clock": gettext_lazy("Clocks"),
    "lock": gettext_lazy("Lock of the record"),
}
JOBS = {
    "record.tasks.verify_record": gettext_lazy("verify the record"),
    "record.tasks.publish_checkpoint": gettext_lazy("sign a checkpoint"),
    "milestones.tasks.check_evidence_links": gettext_lazy("look at the addresses of evidence"),
    "notifications.tasks.send_waiting_mail": gettext_lazy("send the mail that waits"),
    "notifications.tasks.deliver_webhooks": gettext_lazy("tell webhooks"),
    "notifications.tasks.write_digests": gettext_lazy("write digests"),
    "notifications.tasks.write_reminders": gettext_lazy("write reminders"),
    "notifications.tasks.forget": gettext_lazy("forget mails and deliveries of long ago, and who never confirmed"),
    "accounts.tasks.forget_answers": gettext_lazy("forget answers that are a day old"),
    "accounts.tasks.clear_sessions": gettext_lazy("forget sessions that have ended"),
    "operations.retention.forget_what_is_old": gettext_lazy("forget what is old and not the record"),
    "exports.tasks.make_waiting_exports": gettext_lazy("make the files that wait"),
    "exports.tasks.forget_exports": gettext_lazy("forget old files"),
    "operations.backup.tasks.make_backup": gettext_lazy("back up"),
    "operations.backup.tasks.rehearse_restore": gettext_lazy("rehearse the restore of a backup"),
}
"""The tasks of the clock, in words."""
LATE = timedelta(minutes=10)
"""What has been due for so long is marked."""
SILENT = timedelta(minutes=3)
"""The clock shows itself at least each half minute."""


class Waiting(NamedTuple):
    """What is still to be done: how much, since when the oldest could have been, and whether that is too long."""

    name: str
    number: int
    since: datetime | None
    late: bool


class Fact(NamedTuple):
    name: str
    value: str
    wrong: bool = False


def state() -> dict[str, object]:
    """For the template."""
    said, now = found(), timezone.now()
    ran = {job.name: job for job in said.jobs}
    jobs = [{"words": words, "job": ran.get(name)} for name, words in JOBS.items() if name in ran or name in scheduled()]
    return {
        "looked": [(LOOKED_AT[one.at], one) for one in readiness.look()],
        "record": list(record(said)),
        "waiting": list(waiting(said, now)),
        "jobs": jobs,
        "pulse": ran.get(BEAT),
        "silent": BEAT not in ran or now - ran[BEAT].finished_at > SILENT,
        "installation": list(installation(said)),
    }


def record(said: Found) -> Iterator[Fact]:
    faults = said.get("verified_faults")
    yield Fact(_("Position"), number(said.get("head_position")))
    yield Fact(_("Written last"), when(said.get("head_timestamp_seconds")))
    yield Fact(_("Verified last"), when(said.get("verified_timestamp_seconds")))
    yield Fact(_("Faults found"), number(faults), wrong=bool(faults))
    yield Fact(_("Signed up to position"), number(said.get("checkpoint_position") or None))
    yield Fact(_("Backed up last"), when(said.get("backup_timestamp_seconds") or None))
    yield Fact(_("Restore rehearsed last"), when(said.get("rehearsal_timestamp_seconds") or None))


def waiting(said: Found, now: datetime) -> Iterator[Waiting]:
    exports = (said.get("exports", "waiting") or 0) + (said.get("exports", "running") or 0)
    rows = [
        (_("Mails"), said.get("mails_waiting"), said.get("mails_due_seconds")),
        (_("Deliveries to webhooks"), said.get("deliveries_waiting"), said.get("deliveries_due_seconds")),
        (_("Files for readers"), exports, said.get("exports_due_seconds")),
    ]
    rows += [
        (_("Tasks in the queue %(queue)s") % {"queue": queue}, said.get("queue_waiting", queue), said.get("queue_oldest_seconds", queue))
        for (queue,) in said.values.get("queue_waiting", {})
    ]
    for name, length, seconds in rows:
        due = timedelta(seconds=seconds or 0)
        yield Waiting(name, int(length or 0), now - due if due else None, due > LATE)


def installation(said: Found) -> Iterator[Fact]:
    most = said.get("database_connections_most")
    yield Fact(_("Version"), settings.VERSION)
    yield Fact("PostgreSQL", said.postgres.partition(" ")[0] or "–")
    yield Fact("Django, Python", f"{django.get_version()}, {platform.python_version()}")
    yield Fact(_("Size of the database"), size(said.get("database_bytes")))
    yield Fact(
        _("Connections to the database"),
        _("%(open)s of %(most)s") % {"open": number(said.get("database_connections")), "most": number(most)},
    )
    yield Fact(_("Free space for files"), size(said.get("files_free_bytes")))


def number(value: float | None) -> str:
    return "–" if value is None else str(number_format(int(value), use_l10n=True, force_grouping=True))


def size(value: float | None) -> str:
    return "–" if value is None else filesizeformat(value)


def when(seconds: float | None) -> str:
    return moment(datetime.fromtimestamp(seconds, UTC) if seconds else None)

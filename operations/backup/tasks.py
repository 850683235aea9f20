"""What the clock starts, and what the commands do: the work itself, a note of how it ended, and a mail to administrators."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from celery import shared_task
from django.conf import settings
from django.db import Error
from django.utils import timezone

from operations.backup import BackupFault
from operations.backup.making import back_up
from operations.backup.rehearsing import rehearse
from operations.backup.telling import Outcome, tell_administrators
from operations.services import note_run

if TYPE_CHECKING:
    from collections.abc import Callable

    from operations.backup.manifest import Manifest

BACKUP = "operations.backup.tasks.make_backup"
REHEARSAL = "operations.backup.tasks.rehearse_restore"


def noted(task: str, work: Callable[[], Manifest]) -> Manifest:
    """Do the work and write down how it ended, and the position that the backup holds. Raises what the work raises."""
    began = time.monotonic()
    try:
        manifest = work()
    except (BackupFault, OSError, Error) as error:
        note_run(task, now=timezone.now(), seconds=time.monotonic() - began, error=type(error).__name__)
        raise
    note_run(task, now=timezone.now(), seconds=time.monotonic() - began, found=manifest.record.position)
    return manifest


def kept_for() -> dict[str, int]:
    return {"daily": settings.BACKUP_KEEP_DAILY, "weekly": settings.BACKUP_KEEP_WEEKLY}


# Once a night: a worker that is lost amid one must not begin it anew by day.
@shared_task(acks_late=False)
def make_backup() -> int:
    """To ``BACKUP_TO``. Returns the position that it holds."""

    def work() -> Manifest:
        return back_up(settings.BACKUP_TO, now=timezone.now(), to=settings.BACKUP_RECIPIENTS, **kept_for()).manifest

    return _told(BACKUP, work, fails=Outcome.NOT_MADE)


@shared_task(acks_late=False)
def rehearse_restore() -> int:
    """Of the newest in ``BACKUP_TO``. Returns the position that it holds."""

    def work() -> Manifest:
        return rehearse(settings.BACKUP_TO, by=settings.BACKUP_IDENTITIES).manifest

    return _told(REHEARSAL, work, fails=Outcome.NOT_RESTORED, succeeds=Outcome.RESTORED)


def _told(task: str, work: Callable[[], Manifest], *, fails: Outcome, succeeds: Outcome | None = None) -> int:
    try:
        manifest = noted(task, work)
    except (BackupFault, OSError) as error:
        tell_administrators(fails, str(error), now=timezone.now())
        raise
    if succeeds:
        tell_administrators(succeeds, f"{manifest.made_at}, {manifest.record.position}, {manifest.record.head}", now=timezone.now())
    return manifest.record.position

"""What is not the record does not grow for ever: each kind of row has its days, after which the night deletes it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from celery import shared_task
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.db.models import Q
from django.utils import timezone

from accounts.models import Token
from milestones.evidence.services import delete_file_on_commit
from milestones.models import Assessment, Batch, ErrorReport, Evidence
from milestones.querysets import OPEN_STATES
from notifications.models import Reminded
from record.services import open_change

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from django.db.models import QuerySet

AT_ONCE = 500
"""So many rows in one transaction, so that nobody waits long."""


def sign_ins(before: datetime) -> Iterator[QuerySet[Any]]:
    """Tries to sign in, lucky or not."""
    for model in (AccessAttempt, AccessFailureLog, AccessLog):
        yield model.objects.filter(attempt_time__lt=before)


def admin_log(before: datetime) -> Iterator[QuerySet[Any]]:
    """What was done in the administration; what was done to the record stands in the record."""
    yield LogEntry.objects.filter(action_time__lt=before)


def tokens(before: datetime) -> Iterator[QuerySet[Any]]:
    """Tokens that open nothing any more."""
    yield Token.objects.filter(Q(revoked_at__lt=before) | Q(expires_at__lt=before))


def reminders(before: datetime) -> Iterator[QuerySet[Any]]:
    """Marks that somebody was reminded."""
    yield Reminded.objects.filter(on__lt=before.date())


def error_reports(before: datetime) -> Iterator[QuerySet[Any]]:
    """What readers reported and somebody closed."""
    yield ErrorReport.objects.filter(closed_at__lt=before)


def drafts(before: datetime) -> Iterator[QuerySet[Any]]:
    """What somebody began and left, the batches that hold nothing any more, and evidence that nothing rests on, with its file."""
    yield Assessment.objects.filter(state__in=OPEN_STATES, updated_at__lt=before)
    yield Batch.objects.filter(assessments=None, made_at__lt=before)
    yield Evidence.objects.filter(cited=False, citations=None, added_at__lt=before)


KINDS: dict[str, Callable[[datetime], Iterator[QuerySet[Any]]]] = {
    "SIGN_INS": sign_ins,
    "ADMIN_LOG": admin_log,
    "TOKENS": tokens,
    "REMINDERS": reminders,
    "ERROR_REPORTS": error_reports,
    "DRAFTS": drafts,
}
"""By the name after ``RETAIN_`` of the setting that gives the days."""


@shared_task
def forget_what_is_old() -> dict[str, int]:
    """Returns how many rows of each kind went. A kind whose days are 0 is kept."""
    now = timezone.now()
    kept = {kind: settings.RETAIN[kind] for kind in KINDS}
    return {kind: sum(map(_delete, KINDS[kind](now - timedelta(days=days)))) for kind, days in kept.items() if days}


def _delete(old: QuerySet[Any]) -> int:
    """Some at a time, each under the lock of the record: nobody may submit a draft or cite a piece that is just being deleted."""
    gone = 0
    while True:
        with open_change():
            rows = list(old.order_by("pk")[:AT_ONCE])
            for row in rows:
                if isinstance(row, Evidence):
                    delete_file_on_commit(row.file.name)
            old.model._default_manager.filter(pk__in=[row.pk for row in rows]).delete()
        gone += len(rows)
        if len(rows) < AT_ONCE:
            return gone

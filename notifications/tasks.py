"""Background work of the notifications: each takes ids or the clock and calls one service; each may run twice."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from celery import shared_task
from django.utils import timezone

from notifications import following, outbox, reminders
from notifications.webhooks import fanning, sending

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

logger = logging.getLogger(__name__)


def _each(ids: Iterable[int], write: Callable[[int], object]) -> None:
    """One that cannot be written for must not keep the others from theirs."""
    for pk in ids:
        try:
            write(pk)
        except Exception:
            logger.exception("nothing could be written for %d", pk)


@shared_task
def send_mail(mail_id: int) -> None:
    outbox.send(mail_id)


@shared_task
def send_waiting_mail() -> None:
    """What a worker died over, what waits for its next attempt, and what the broker lost."""
    for mail_id in outbox.waiting(timezone.now()):
        outbox.send(mail_id)


@shared_task
def write_digests() -> None:
    now = timezone.now()
    _each(following.due_for_digest(now), lambda pk: following.write_digest(pk, now=now))


@shared_task
def write_reminders() -> None:
    now = timezone.now()
    _each(reminders.people(), lambda pk: reminders.remind(pk, now=now))


@shared_task
def forget() -> None:
    now = timezone.now()
    following.forget_unconfirmed(now)
    outbox.forget(now)
    sending.forget(now)


@shared_task
def deliver_webhooks() -> None:
    """Also what a worker died over, what waits for its next attempt, and what the broker lost."""
    made = sending.pump()
    if made is not None and sending.anything_due(timezone.now()):
        fanning.deliver_soon()

"""Background work of the notifications: each takes ids or the clock and calls one service; each may run twice."""

from celery import shared_task
from django.utils import timezone

from notifications import following, outbox, reminders


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
    for follower_id in following.due_for_digest(now):
        following.write_digest(follower_id, now=now)


@shared_task
def write_reminders() -> None:
    now = timezone.now()
    for user_id in reminders.people():
        reminders.remind(user_id, now=now)


@shared_task
def forget() -> None:
    now = timezone.now()
    following.forget_unconfirmed(now)
    outbox.forget(now)

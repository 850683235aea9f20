"""The outbox: mail is a row first, written in the transaction that it belongs to, and sent afterwards by whoever claims it.

Nothing is lost: a row that nobody finished is claimed again when its claim has run out. Nothing is sent twice by two workers:
a claim is one conditional UPDATE. One window is left, between the mail server's answer and our note of it; a worker killed
within it sends the mail again under the same Message-ID, by which mail programs know it for the same.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import F, Q
from django.utils import timezone
from uuid_utils.compat import uuid7

from common.waking import wake
from notifications.models import Mail

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

logger = logging.getLogger(__name__)

CLAIM = timedelta(minutes=5)
PAUSES = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720, 1440)]
"""Before each further attempt; after the last the mail stands listed as failed."""
BATCH = 200


@dataclass(frozen=True)
class Letter:
    """What is to be sent, in words."""

    to: str
    subject: str
    body: str
    headers: dict[str, str] = field(default_factory=dict)


def post(key: str, letter: Letter, *, now: datetime) -> bool:
    """Write a mail into the outbox unless one with this key was written before. Call it inside the transaction that it tells of."""
    subject = " ".join(letter.subject.split())[:300]
    row = Mail(key=key, to=letter.to, subject=subject, body=letter.body, headers=letter.headers, created_at=now)
    made = bool(Mail.objects.bulk_create([row], ignore_conflicts=True)) and Mail.objects.filter(key=key, uid=row.uid).exists()
    if made:
        wake("notifications.tasks.send_mail", Mail.objects.values_list("pk", flat=True).get(key=key))
    return made


class Backend(BaseEmailBackend):
    """Django's way to send mail, by which apps below post theirs: it is a row in their transaction, and sent as all others."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        now = timezone.now()
        letters = [(to, message) for message in email_messages for to in message.to]
        return sum(post(f"mail {uuid7()}", Letter(to, str(message.subject), str(message.body)), now=now) for to, message in letters)


def waiting(now: datetime) -> list[int]:
    """Mails that nobody holds, the oldest first."""
    mails = Mail.objects.filter(Q(claimed_until=None) | Q(claimed_until__lt=now), sent_at=None, failed_at=None)
    return list(mails.order_by("created_at", "pk").values_list("pk", flat=True)[:BATCH])


def send(pk: int, *, now: datetime | None = None) -> bool:
    """Claim one mail, hand it to the mail server outside of any transaction, and note what came of it. Whether it went out."""
    now = now or timezone.now()
    unclaimed = Mail.objects.filter(Q(claimed_until=None) | Q(claimed_until__lt=now), pk=pk, sent_at=None, failed_at=None)
    if not unclaimed.update(claimed_until=now + CLAIM, attempts=F("attempts") + 1):
        return False
    mail = Mail.objects.get(pk=pk)
    message = EmailMessage(mail.subject, mail.body, to=[mail.to], headers={"Message-ID": mail.message_id, **mail.headers})
    connection = get_connection(settings.MAIL_BACKEND)
    try:
        connection.open()
        connection.send_messages([message])
    except Exception as error:  # noqa: BLE001 - whatever the mail server or the network does, the row must say so
        _note_failure(mail, error)
        return False
    # Noted before the farewell to the server: the shorter this window, the fewer mails are handed over twice.
    said = {"sent_at": timezone.now(), "to": "", "body": "", "headers": {}, "subject": "", "error": ""}
    Mail.objects.filter(pk=pk).update(**said)
    with suppress(Exception):
        connection.close()
    return True


def _note_failure(mail: Mail, error: Exception) -> None:
    """Let the next attempt wait longer than this one did; give up after the last."""
    text = f"{type(error).__name__}: {error}"[:300]
    stored = Mail.objects.filter(pk=mail.pk)
    if mail.attempts > len(PAUSES):
        stored.update(failed_at=timezone.now(), claimed_until=None, error=text, to="", subject="", body="", headers={})
        logger.error("mail %s is given up after %d attempts: %s", mail.key, mail.attempts, text)
        return
    stored.update(claimed_until=timezone.now() + PAUSES[mail.attempts - 1], error=text)
    logger.warning("mail %s was not sent: %s", mail.key, text)


def forget(now: datetime, *, after: timedelta = timedelta(days=400)) -> int:
    """Delete what was sent long ago; its key can then serve again, which for a digest or a reminder of a past day it never does."""
    return Mail.objects.filter(created_at__lt=now - after).exclude(sent_at=None, failed_at=None).delete()[0]

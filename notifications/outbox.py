"""The outbox: mail is a row first, written in the transaction that it belongs to, and sent afterwards by whoever claims it.

Nothing is lost: a row that nobody finished is claimed again when its claim has run out. Nothing is sent twice by two workers:
a claim is one conditional UPDATE. One window is left, between the mail server's answer and our note of it; a worker killed
within it sends the mail again under the same Message-ID, by which mail programs know it for the same.
"""

from __future__ import annotations

import logging
import smtplib
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

from common import metrics, request_ids
from common.mail import KeyedMessage
from common.waking import wake
from notifications.models import Mail
from record.installation import NOT_OF_THE_WORLD, is_sample, marked

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

logger = logging.getLogger(__name__)

CLAIM = timedelta(minutes=5)
PAUSES = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720, 1440)]
"""Before each further attempt; after the last the mail stands listed as failed."""
BATCH = 200
PERMANENT = 500


@dataclass(frozen=True)
class Letter:
    """What is to be sent, in words."""

    to: str
    subject: str
    body: str
    headers: dict[str, str] = field(default_factory=dict)


def post(key: str, letter: Letter, *, now: datetime) -> bool:
    """Write a mail into the outbox unless one with this key was written before. Call it inside the transaction that it tells of."""
    subject = " ".join(marked(letter.subject).split())[:300]
    body = f"{NOT_OF_THE_WORLD}\n\n{letter.body}" if is_sample() else letter.body
    row = Mail(key=key, to=letter.to, subject=subject, body=body, headers=letter.headers, created_at=now)
    row.request_id = request_ids.current()
    made = bool(Mail.objects.bulk_create([row], ignore_conflicts=True)) and Mail.objects.filter(key=key, uid=row.uid).exists()
    if made:
        wake("notifications.tasks.send_mail", Mail.objects.values_list("pk", flat=True).get(key=key))
    return made


class Backend(BaseEmailBackend):
    """Django's way to send mail, by which apps below post theirs: it is a row in their transaction, and sent as all others."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        now = timezone.now()
        letters = [(to, message) for message in email_messages for to in message.to]
        return sum(post(_key(message), Letter(to, str(message.subject), str(message.body)), now=now) for to, message in letters)


def _key(message: EmailMessage) -> str:
    return message.key if isinstance(message, KeyedMessage) else f"mail {uuid7()}"


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
    with request_ids.working_for(mail.request_id):
        return _hand_over(mail)


def _hand_over(mail: Mail) -> bool:
    message = EmailMessage(mail.subject, mail.body, to=[mail.to], headers={"Message-ID": mail.message_id, **mail.headers})
    connection = get_connection(settings.MAIL_BACKEND)
    try:
        connection.open()
        connection.send_messages([message])
    except Exception as error:  # noqa: BLE001 - whatever the mail server or the network does, the row must say so
        _note_failure(mail, error)
        _hang_up(connection)
        return False
    # Noted before the farewell to the server: the shorter this window, the fewer mails are handed over twice.
    said = {"sent_at": timezone.now(), "to": "", "body": "", "headers": {}, "subject": "", "error": ""}
    Mail.objects.filter(pk=mail.pk).update(**said)
    metrics.mails.labels("sent").inc()
    logger.info("mail %s is sent", mail.key)
    _hang_up(connection)
    return True


def _hang_up(connection: BaseEmailBackend) -> None:
    """What the mail server says to a farewell changes nothing."""
    with suppress(Exception):
        connection.close()


def _note_failure(mail: Mail, error: Exception) -> None:
    """Let the next attempt wait longer than this one did; give up after the last, and at once on a mailbox that there is not."""
    codes = codes_of(error)
    text = what_failed(error, codes)
    stored = Mail.objects.filter(pk=mail.pk)
    refused = isinstance(error, smtplib.SMTPRecipientsRefused) and min(codes) >= PERMANENT
    if refused or mail.attempts > len(PAUSES):
        stored.update(failed_at=timezone.now(), claimed_until=None, error=text, to="", subject="", body="", headers={})
        metrics.mails.labels("given up").inc()
        level = logging.WARNING if refused else logging.ERROR  # anybody can give an address that is none
        logger.log(level, "mail %s is given up after %d attempts: %s", mail.key, mail.attempts, text)
        return
    stored.update(claimed_until=timezone.now() + PAUSES[mail.attempts - 1], error=text)
    metrics.mails.labels("put off").inc()
    logger.warning("mail %s was not sent: %s", mail.key, text)


def codes_of(error: Exception) -> list[int]:
    """The reply codes of the mail server (RFC 5321), if it was that which refused."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return sorted(code for code, _text in error.recipients.values())
    return [error.smtp_code] if isinstance(error, smtplib.SMTPResponseException) else []


def what_failed(error: Exception, codes: list[int]) -> str:
    """For logs and lists: codes, and what the system says. Never what the server said, which repeats the recipient."""
    said = " ".join(map(str, codes)) or (error.strerror if isinstance(error, OSError) else "")
    return f"{type(error).__name__}: {said}"[:300] if said else type(error).__name__


def forget(now: datetime, *, after: timedelta = timedelta(days=400)) -> int:
    """Delete what was sent long ago; its key can then serve again, which for a digest or a reminder of a past day it never does."""
    return Mail.objects.filter(created_at__lt=now - after).exclude(sent_at=None, failed_at=None).delete()[0]

"""Who follows without an account or by webhook, and what is to go out. The rows are the truth; the broker only wakes the worker."""

from __future__ import annotations

import secrets
import uuid
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from common import request_ids
from common.edits import Edited
from common.fields import AddressField, LineField
from common.mail import mailbox_of
from proposals.choices import LANGUAGES

SCOPES = [
    ("roadmap", _("the whole roadmap")), ("report", _("a report")), ("proposal", _("a proposal")), ("owner", _("an organisation")),
]  # fmt: skip
FREQUENCIES = [("daily", _("daily")), ("weekly", _("weekly, on Mondays"))]
KEY_BYTES = 24


def new_key() -> str:
    """A secret that only the mails to one address hold."""
    return secrets.token_urlsafe(KEY_BYTES)


class Follower(models.Model):
    """An address that follows the roadmap, a report, a proposal or an organisation. It gets nothing until it has confirmed.

    ``position`` is up to where it was told; who leaves is deleted.
    """

    key = models.CharField(max_length=64, unique=True, default=new_key, editable=False)
    email = models.EmailField(_("e-mail address"))
    mailbox = models.CharField(max_length=254, editable=False)
    """What ``email`` leads to, without sub-addresses: what is asked for in vain is counted by it."""
    scope = models.CharField(_("what"), max_length=8, choices=SCOPES, default="roadmap")
    code = models.CharField(_("code"), max_length=32, blank=True)
    frequency = models.CharField(_("how often"), max_length=6, choices=FREQUENCIES, default="weekly")
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES, default="ru")
    created_at = models.DateTimeField(_("made at"))
    asked_at = models.DateTimeField(_("asked last at"), null=True, blank=True)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    position = models.BigIntegerField(_("position"), default=0)
    told_on = models.DateField(_("looked at on"), null=True, blank=True)

    class Meta:
        verbose_name = _("follower")
        verbose_name_plural = _("followers")
        constraints = [
            models.UniqueConstraint(Lower("email"), "scope", "code", name="notifications_follower_once"),
            models.CheckConstraint(
                condition=Q(scope="roadmap", code="") | ~Q(scope="roadmap") & ~Q(code=""), name="notifications_follower_scope_has_code"
            ),
            models.CheckConstraint(condition=~Q(mailbox=""), name="notifications_follower_has_mailbox"),
        ]
        indexes = [
            models.Index(fields=["told_on"], condition=Q(confirmed_at__isnull=False), name="follower_due"),
            models.Index(fields=["mailbox"], name="follower_mailbox"),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.code}".strip()

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.mailbox = mailbox_of(self.email)
        super().save(*args, **kwargs)


class Mail(models.Model):
    """One mail to be sent once. ``key`` says what it is for: the same is never written twice.

    Claimed by a conditional UPDATE until ``claimed_until``; whoever dies holding it lets it go by time. Its Message-ID is its
    own, so that a mail handed over twice, by a worker killed between the server's answer and our note of it, is one mail to
    the reader. Address and text are emptied once it is sent.
    """

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    key = models.CharField(_("for"), max_length=200, unique=True)
    to = models.EmailField(_("recipient"), blank=True)
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    body = models.TextField(_("text"), blank=True)
    headers = models.JSONField(_("headers"), default=dict)
    created_at = models.DateTimeField(_("made at"))
    claimed_until = models.DateTimeField(_("claimed until"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    failed_at = models.DateTimeField(_("given up at"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=300, blank=True)
    request_id = models.CharField(_("for the request"), max_length=request_ids.LONGEST, blank=True, default="", db_default="")
    """Whose lines in the log these are, whoever sends it when."""

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        ordering = ("created_at", "id")
        indexes = [
            models.Index(fields=["created_at"], condition=Q(sent_at=None, failed_at=None), name="mail_waiting"),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def message_id(self) -> str:
        host = settings.SITE_URL.split("//", 1)[-1].split("/", 1)[0].split(":", 1)[0]
        return f"<{self.uid}@{host}>"


class Reminded(models.Model):
    """That somebody was reminded of something; ``key`` names the milestone, the reason and the date it was about."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("user"))
    key = models.CharField(_("of"), max_length=120)
    on = models.DateField(_("on"))

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="notifications_reminded_once")]

    def __str__(self) -> str:
        return self.key


OFF_REASONS = [
    ("owner", _("switched off by its owner")),
    ("gone", _("its address answered that it is gone (410)")),
    ("failing", _("nothing reached it for five days")),
]
ERRORS = [
    ("not_an_address", _("this is not a web address")),
    ("unknown_host", _("there is no such host")),
    ("not_public", _("the address does not lead to the public internet")),
    ("port", _("addresses with this port are not asked")),
    ("too_slow", _("no answer in time")),
    ("no_answer", _("the address does not answer")),
    ("failure", _("something failed here; it was logged")),
]
"""Why there was no status: the codes of ``common.fetching.NotFetched``, and ours."""
DELIVERY_STATES = [("pending", _("waiting")), ("delivered", _("delivered")), ("failed", _("given up"))]


class Webhook(Edited):
    """An address that is told of each event of the types that its owner chose; none chosen is all.

    ``position`` is up to where of the record deliveries were written for it: so no event is passed over, whoever is killed when.
    The secret is kept as it is, since each body is signed with it; the one before stays valid until ``previous_until``.
    """

    uid = models.UUIDField(unique=True, default=uuid7, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="webhooks", verbose_name=_("owner"))
    name = LineField(_("name"), max_length=100)
    address = AddressField(_("address"), max_length=2000)
    events = ArrayField(models.CharField(max_length=64), verbose_name=_("types of events"), default=list, blank=True)
    secret = models.CharField(max_length=100, editable=False)
    previous_secret = models.CharField(max_length=100, blank=True, editable=False)
    previous_until = models.DateTimeField(null=True, blank=True, editable=False)
    active = models.BooleanField(_("switched on"), default=True)
    off_reason = models.CharField(_("why it is off"), max_length=7, blank=True, choices=OFF_REASONS)
    position = models.BigIntegerField(_("position"), default=0)
    version = models.PositiveIntegerField(_("version"), default=1)
    created_at = models.DateTimeField(_("made at"))
    changed_at = models.DateTimeField(_("changed at"))
    last_success_at = models.DateTimeField(_("last delivered at"), null=True, blank=True)
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True)

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ("-created_at", "-id")
        constraints = [
            models.CheckConstraint(
                condition=Q(active=True, off_reason="") | Q(active=False) & ~Q(off_reason=""), name="notifications_webhook_off_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Delivery(models.Model):
    """One event for one webhook, or a test. It is written once, claimed by a conditional UPDATE, and stays listed with its attempts."""

    uid = models.UUIDField(unique=True, default=uuid7, editable=False)
    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries", verbose_name=_("webhook"))
    position = models.BigIntegerField(_("position"), null=True, blank=True)
    """Of the event; a test has none."""
    type = models.CharField(_("type"), max_length=64)
    state = models.CharField(_("state"), max_length=9, choices=DELIVERY_STATES, default="pending")
    tried = models.PositiveSmallIntegerField(_("attempts"), default=0)
    """How often since it was last asked for; what growing pauses are counted by."""
    claimed_until = models.DateTimeField(_("claimed until"), null=True, blank=True)
    next_attempt_at = models.DateTimeField(_("next attempt at"))
    created_at = models.DateTimeField(_("made at"))
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ("-created_at", "-id")
        constraints = [models.UniqueConstraint(fields=["webhook", "position"], name="notifications_delivery_once")]
        indexes = [
            models.Index(fields=["webhook", "next_attempt_at", "id"], condition=Q(state="pending"), name="delivery_due"),
            models.Index(fields=["webhook", "-created_at", "-id"], name="delivery_listed"),
            models.Index(fields=["created_at"], name="delivery_made"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.position or ''}".strip()


class Attempt(models.Model):
    """One attempt of a delivery: what the address answered and how long that took, or why it did not."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="attempts", verbose_name=_("delivery"))
    at = models.DateTimeField(_("at"))
    duration_ms = models.PositiveIntegerField(_("milliseconds"))
    status = models.PositiveSmallIntegerField(_("status"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=16, blank=True, choices=ERRORS)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ("at", "id")

    def __str__(self) -> str:
        return f"{self.status or self.error}"

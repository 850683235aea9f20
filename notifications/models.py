"""Who follows without an account, and the mail that is to go out. The rows are the truth; the broker only wakes the worker."""

from __future__ import annotations

import secrets
import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from proposals.choices import LANGUAGES

SCOPES = [("roadmap", _("the whole roadmap")), ("proposal", _("a proposal")), ("owner", _("an organisation"))]
FREQUENCIES = [("daily", _("daily")), ("weekly", _("weekly, on Mondays"))]
KEY_BYTES = 24


def new_key() -> str:
    """A secret that only the mails to one address hold."""
    return secrets.token_urlsafe(KEY_BYTES)


class Follower(models.Model):
    """An address that follows the roadmap, a proposal or an organisation. It gets nothing until it has confirmed.

    ``position`` is up to where it was told; who leaves is deleted.
    """

    key = models.CharField(max_length=64, unique=True, default=new_key, editable=False)
    email = models.EmailField(_("e-mail address"))
    scope = models.CharField(_("what"), max_length=8, choices=SCOPES, default="roadmap")
    code = models.CharField(_("code"), max_length=32, blank=True)
    frequency = models.CharField(_("how often"), max_length=6, choices=FREQUENCIES, default="weekly")
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES, default="ru")
    created_at = models.DateTimeField(_("made at"))
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
        ]
        indexes = [models.Index(fields=["told_on"], condition=Q(confirmed_at__isnull=False), name="follower_due")]

    def __str__(self) -> str:
        return f"{self.scope} {self.code}".strip()


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

"""People who sign in, and the tokens that their programs use."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING, ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from accounts.roles import Role, at_least
from common.fields import CODE_LENGTH, LineField

if TYPE_CHECKING:
    from typing import Any

ROLE_CHOICES = [
    (Role.STAKEHOLDER.value, _("stakeholder")),
    (Role.ANALYST.value, _("analyst")),
    (Role.EDITOR.value, _("editor")),
    (Role.ADMINISTRATOR.value, _("administrator")),
]
LANGUAGE_CHOICES = [("ru", "Русский"), ("en", "English"), ("kk", "Қазақша")]
SCOPE_CHOICES = [
    ("read", _("read")),
    ("assess", _("assess")),
    ("review", _("review")),
    ("plan", _("plan")),
    ("webhooks", _("webhooks")),
    ("admin", _("administer")),
]
EVERYTHING = "*"
TOKEN_PREFIX = "rmt_"  # noqa: S105 - the published prefix, not a secret


class UserManager(DjangoUserManager["User"]):
    def create_superuser(self, username: str, email: str | None = None, password: str | None = None, **extra: object) -> User:
        return super().create_superuser(username, email, password, role=Role.ADMINISTRATOR, **extra)


class User(AbstractUser):
    """An account. ``public_name`` is what the record shows; without one it shows the organisation, never the login.

    ``is_staff`` and ``is_superuser`` follow from ``role`` (a constraint holds them together),
    so there is one place to look for what somebody may do.
    """

    role = models.CharField(_("role"), max_length=16, choices=ROLE_CHOICES, default=Role.STAKEHOLDER.value)
    email = models.EmailField(_("e-mail address"), blank=True)
    public_name = LineField(_("public name"), max_length=150, blank=True, help_text=_("Shown in the public record."))
    organisation = models.CharField(_("organisation"), max_length=CODE_LENGTH, blank=True, help_text=_("Code of an organisation."))
    remit = ArrayField(
        models.CharField(max_length=CODE_LENGTH),
        verbose_name=_("remit"),
        default=list,
        blank=True,
        help_text=_("Codes of the reports, proposals and organisations whose milestones this analyst may assess; * is all of them."),
    )
    language = models.CharField(
        _("language"), max_length=2, default="ru", choices=[("ru", "Русский"), ("en", "English"), ("kk", "Қазақша")]
    )
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    wrong_codes = models.PositiveSmallIntegerField(default=0, editable=False)
    wrong_code_at = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                condition=~models.Q(email=""),
                name="accounts_user_email_unique",
                violation_error_message=_("Another account has this e-mail address."),
            ),
            models.CheckConstraint(
                condition=models.Q(role="administrator", is_superuser=True, is_staff=True)
                | models.Q(role="editor", is_superuser=False, is_staff=True)
                | models.Q(role__in=["stakeholder", "analyst"], is_superuser=False, is_staff=False),
                name="accounts_user_flags_follow_role",
            ),
        ]

    def __str__(self) -> str:
        return self.public_name or self.username

    def save(self, *args: object, **kwargs: Any) -> None:
        """An account that is closed has no tokens any more, also if it is opened again."""
        self.is_superuser = self.role == Role.ADMINISTRATOR
        self.is_staff = at_least(self.role, Role.EDITOR)
        if (fields := kwargs.get("update_fields")) is not None and "role" in fields:
            kwargs["update_fields"] = {*fields, "is_superuser", "is_staff"}
        super().save(*args, **kwargs)
        if not self.is_active:
            self.end_tokens()

    def end_tokens(self) -> None:
        """Revoke every token of this account."""
        self.tokens.filter(revoked_at=None).update(revoked_at=timezone.now())

    @property
    def actor(self) -> str:
        """The name under which the public record shows this person's acts."""
        return self.public_name or self.organisation

    @property
    def zone(self) -> ZoneInfo:
        """Where the person lives, or else the installation."""
        try:
            return ZoneInfo(self.time_zone or settings.TIME_ZONE)
        except (KeyError, ValueError):
            return ZoneInfo(settings.TIME_ZONE)

    def may(self, needed: Role) -> bool:
        return self.is_active and at_least(self.role, needed)


class Token(models.Model):
    """An API token: only its hash is kept, the text is shown once when it is made."""

    uid = models.UUIDField(unique=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens", verbose_name=_("user"))
    name = LineField(_("name"), max_length=100)
    scopes = ArrayField(models.CharField(max_length=8, choices=SCOPE_CHOICES), verbose_name=_("scopes"))
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("made at"))
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True)
    last_used_from = models.CharField(_("last used from"), max_length=45, blank=True)
    """The network around the address (``common.limits.region``): enough to see that it is none of one's own."""
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    verified = models.BooleanField(_("made with a second factor"), default=False)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires_at__isnull=True) | models.Q(expires_at__gt=models.F("created_at")),
                name="accounts_token_expires_after_made",
            ),
            models.CheckConstraint(
                condition=models.Q(scopes__contained_by=[scope for scope, _label in SCOPE_CHOICES], scopes__len__gt=0),
                name="accounts_token_scopes_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def version(self) -> int:
        """A token changes once in its life: when it is revoked."""
        return 1 if self.revoked_at is None else 2

    def allows(self, scope: str) -> bool:
        """Every token reads what its owner may read; ``admin`` is all scopes together. The owner's role bounds it further."""
        return scope == "read" or scope in self.scopes or "admin" in self.scopes

    @staticmethod
    def new_text() -> str:
        return TOKEN_PREFIX + secrets.token_urlsafe(32)

    @staticmethod
    def digest_of(text: str) -> str:
        """Of a random 256-bit text a plain hash is enough: there is nothing to guess."""
        return hashlib.sha256(text.encode()).hexdigest()


class KeptAnswer(models.Model):
    """The first answer to a POST with an ``Idempotency-Key``, kept for a day, so that a repeat does nothing twice.

    Written in the transaction of the act itself, as the answer or as what it is to be made from: it is there exactly where the
    act is, whoever is killed when.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    request = models.CharField(max_length=64)
    """Digest of what was asked: method, address and body."""
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)
    """As JSON writes it: a column of JSON would refuse a NUL that an error repeats."""
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="accounts_keptanswer_once")]
        indexes = [models.Index(fields=["made_at"], name="keptanswer_made_at")]

    def __str__(self) -> str:
        return self.key


class Factor(models.Model):
    """A second factor: the secret of an authenticator app, or what is public of a passkey.

    ``counter`` only grows: the span of time whose code was used last, or the signatures that a passkey has counted. So no code is
    taken twice, and of a copied passkey one of the two is found out.
    """

    uid = models.UUIDField(unique=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="factors")
    kind = models.CharField(max_length=8, choices=[("app", _("authenticator app")), ("passkey", _("passkey"))])
    name = LineField(_("name"), max_length=100)
    secret = models.BinaryField()
    counter = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class RecoveryCode(models.Model):
    """Stands in for a second factor that is lost, once: what is used is deleted. Only its hash is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="accounts_recoverycode_once")]

    def __str__(self) -> str:
        return self.digest[:8]


class SignIn(models.Model):
    """A session of somebody, for as long as it holds: without this row the session is over. ``verified`` is by a second factor."""

    uid = models.UUIDField(unique=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_ins")
    agent = models.CharField(max_length=60)
    ip = models.CharField(max_length=45)
    verified = models.BooleanField(default=False)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["seen_at"], name="signin_seen_at")]

    def __str__(self) -> str:
        return f"{self.agent} {self.ip}"


class Device(models.Model):
    """A browser in which somebody has signed in, known by a cookie of which only the hash is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="devices")
    digest = models.CharField(max_length=64)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="accounts_device_once")]

    def __str__(self) -> str:
        return self.digest[:8]


class Identity(models.Model):
    """Who somebody is to the provider of single sign-on: its own number of them, which never changes, unlike an e-mail address."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="identities")
    issuer = models.CharField(max_length=500)
    subject = models.CharField(max_length=255)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="accounts_identity_once"),
            models.UniqueConstraint(fields=["issuer", "user"], name="accounts_identity_one_a_user"),
        ]

    def __str__(self) -> str:
        return f"{self.issuer} {self.subject}"

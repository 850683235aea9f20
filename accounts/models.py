"""People who sign in, and the tokens that their programs use."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING, ClassVar

from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from accounts.roles import Role, at_least
from common.fields import CODE_LENGTH

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
    public_name = models.CharField(_("public name"), max_length=150, blank=True, help_text=_("Shown in the public record."))
    organisation = models.CharField(_("organisation"), max_length=CODE_LENGTH, blank=True, help_text=_("Code of an organisation."))
    remit = ArrayField(
        models.CharField(max_length=CODE_LENGTH),
        verbose_name=_("remit"),
        default=list,
        blank=True,
        help_text=_("Codes of the proposals and organisations whose milestones this analyst may assess; * is all of them."),
    )
    language = models.CharField(
        _("language"), max_length=2, default="ru", choices=[("ru", "Русский"), ("en", "English"), ("kk", "Қазақша")]
    )
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)

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
        self.is_superuser = self.role == Role.ADMINISTRATOR
        self.is_staff = at_least(self.role, Role.EDITOR)
        if (fields := kwargs.get("update_fields")) is not None and "role" in fields:
            kwargs["update_fields"] = {*fields, "is_superuser", "is_staff"}
        super().save(*args, **kwargs)

    @property
    def actor(self) -> str:
        """The name under which the public record shows this person's acts."""
        return self.public_name or self.organisation

    def may(self, needed: Role) -> bool:
        return self.is_active and at_least(self.role, needed)


class Token(models.Model):
    """An API token: only its hash is kept, the text is shown once when it is made."""

    uid = models.UUIDField(unique=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens", verbose_name=_("user"))
    name = models.CharField(_("name"), max_length=100)
    scopes = ArrayField(models.CharField(max_length=8, choices=SCOPE_CHOICES), verbose_name=_("scopes"))
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("made at"))
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires_at__isnull=True) | models.Q(expires_at__gt=models.F("created_at")),
                name="accounts_token_expires_after_made",
            ),
            models.CheckConstraint(
                condition=models.Q(scopes__contained_by=["read", "assess", "review", "plan", "admin"], scopes__len__gt=0),
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

    Written in the transaction of the act itself: there is an answer exactly where there is the act, whoever is killed when.
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

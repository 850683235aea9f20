"""Making accounts and inviting people."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from accounts.models import EVERYTHING, User
from accounts.roles import Role
from common.mail import KeyedMessage

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FIRST_USERS = {"analyst": Role.ANALYST, "editor": Role.EDITOR, "admin": Role.ADMINISTRATOR}
PUBLIC_NAMES = {"analyst": "Analyst", "editor": "Editor", "admin": "Administrator"}
"""Placeholders in the public record until the people behind the accounts choose their own."""


@transaction.atomic
def create_first_users(*, credentials: Path) -> Path | None:
    """Make ``analyst``, ``editor`` and ``admin`` with random passwords, unless there is any account already.

    The passwords are written to ``credentials``, readable by its owner only, before the accounts
    are committed: there is never an account whose password nobody has. Returns the path, or
    ``None`` when there was nothing to do.
    """
    if User.objects.exists():
        return None
    lines = []
    for name, role in FIRST_USERS.items():
        password = secrets.token_urlsafe(12)
        User.objects.create_user(username=name, password=password, role=role, remit=[EVERYTHING], public_name=PUBLIC_NAMES[name])
        lines.append(f"{name} {password}\n")
    credentials.parent.mkdir(parents=True, exist_ok=True)
    aside = credentials.with_name(f".{credentials.name}.{os.getpid()}")
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.writelines(lines)
    aside.replace(credentials)
    return credentials


def set_password_url(user: User) -> str:
    """The URL, valid for some days and once, under which somebody sets their password."""
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    path = reverse("accounts:password_reset_confirm", args=[uid, default_token_generator.make_token(user)])
    return f"{settings.SITE_URL}{path}"


def invite(user: User) -> bool:
    """Send somebody the address under which they set their first password, in their language. Whether a mail was written."""
    return bool(user.is_active and user.email and not user.has_usable_password() and _mail(user, "invitation"))


def send_password_resets(user_ids: Iterable[int]) -> None:
    """Send these the address under which they set a new password, each in their language."""
    for user in User.objects.filter(pk__in=user_ids, is_active=True).exclude(email=""):
        _mail(user, "password_reset")


def _mail(user: User, name: str) -> int:
    """Write it at most once an hour: whoever asks more often is asking for somebody else's mailbox."""
    with translation.override(user.language):
        context = {
            "user": user,
            "address": set_password_url(user),
            "site": settings.SITE_URL,
            "days": settings.PASSWORD_RESET_TIMEOUT // 86400,
        }
        subject = render_to_string(f"accounts/mail/{name}_subject.txt", context).strip()
        body = render_to_string(f"accounts/mail/{name}.txt", context)
    key = f"{name}:{user.pk}:{timezone.now():%Y-%m-%dT%H}"
    return KeyedMessage(subject, body, to=[user.email], key=key).send()

"""Passwords: how long one may be, how many are hashed at the same time, and what ends with the one before."""

from __future__ import annotations

from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.translation import gettext as _
from typing_extensions import override

from common.passing import TryLater

if TYPE_CHECKING:
    from collections.abc import Iterator

    from accounts.models import User

MOST = 256
"""Characters of a password."""
PLACE_SECONDS = 2.0
_places = BoundedSemaphore(max(1, settings.PASSWORD_HASHES))
_callers = BoundedSemaphore(max(settings.PASSWORD_HASHES, settings.WEB_THREADS - 3, 1))
"""Who hashes or waits to: however many sign in, some threads of a web process are left for readers."""


@contextmanager
def _place() -> Iterator[None]:
    """Room for one hash, which takes 100 MiB. Raises ``TryLater`` where too many wait for it."""
    text = _("Too many people are signing in just now. Nothing was changed: try again in a moment.")
    if not _callers.acquire(blocking=False):
        raise TryLater(text)
    try:
        if not _places.acquire(timeout=PLACE_SECONDS):
            raise TryLater(text)
        try:
            yield
        finally:
            _places.release()
    finally:
        _callers.release()


def _refuse_too_long(password: str) -> None:
    """As far as a form has not done it, which tells why: whoever signs in is told that the password is wrong."""
    if len(password) > MOST:
        raise PermissionDenied


class Argon2(Argon2PasswordHasher):
    """Django's, whoever calls it, but so many at a time and of nothing longer than a password."""

    @override
    def encode(self, password: str, salt: str) -> str:
        _refuse_too_long(password)
        with _place():
            return super().encode(password, salt)

    @override
    def verify(self, password: str, encoded: str) -> bool:
        _refuse_too_long(password)
        with _place():
            return super().verify(password, encoded)


class PasswordRules:
    """Among Django's validators, since those are what every way of setting a password asks and tells."""

    def validate(self, password: str, user: User | None = None) -> None:  # noqa: ARG002 - Django's signature
        if len(password) > MOST:
            raise ValidationError(_("Write at most %(most)d characters.") % {"most": MOST}, code="password_too_long")

    def password_changed(self, password: str, user: User) -> None:  # noqa: ARG002 - Django's signature
        """Called once a new password is saved, by whatever way; not when the present one is only hashed anew."""
        user.end_tokens()

    def get_help_text(self) -> str:
        return _("Your password may have up to %(most)d characters.") % {"most": MOST}

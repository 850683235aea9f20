"""Forms of the accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.forms import PasswordResetForm as DjangoPasswordResetForm

from accounts.models import User
from accounts.tasks import send_password_reset

if TYPE_CHECKING:
    from collections.abc import Iterable


class PasswordResetForm(DjangoPasswordResetForm):
    """Sends by a worker, so that the answer takes as long for an unknown address as for a known one.

    People who were invited and never set a password may ask too: the mail proves the address.
    """

    def get_users(self, email: str) -> Iterable[Any]:
        return User.objects.filter(email__iexact=email, is_active=True)

    def save(self, **_options: Any) -> None:  # type: ignore[override]
        for user in self.get_users(self.cleaned_data["email"]):
            send_password_reset.delay(user.pk)

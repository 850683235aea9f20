"""Forms of the accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.forms import PasswordResetForm as DjangoPasswordResetForm

from accounts import services
from accounts.models import User
from common.waking import send

if TYPE_CHECKING:
    from collections.abc import Iterable


class PasswordResetForm(DjangoPasswordResetForm):
    """Sends by a worker, which is told of an unknown address as of a known one, so that the answer takes as long for both.

    People who were invited and never set a password may ask too: the mail proves the address.
    """

    def get_users(self, email: str) -> Iterable[User]:
        return User.objects.filter(email__iexact=email, is_active=True)

    def save(self, *_options: object, **_more: object) -> None:
        ids = [user.pk for user in self.get_users(self.cleaned_data["email"])]
        if not send("accounts.tasks.send_password_resets", ids):
            services.send_password_resets(ids)

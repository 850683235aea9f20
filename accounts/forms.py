"""Forms of the accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import PasswordChangeForm as DjangoPasswordChangeForm
from django.contrib.auth.forms import PasswordResetForm as DjangoPasswordResetForm
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts import services
from accounts.models import User
from accounts.signing_in import SPAN
from common.forms import OneLineField
from common.limits import within
from common.waking import send

if TYPE_CHECKING:
    from collections.abc import Iterable


class PasswordResetForm(DjangoPasswordResetForm):
    """Sends by a worker, which is told of an unknown address as of a known one, so that the answer takes as long for both.

    People who were invited and never set a password may ask too: the mail proves the address.
    """

    def get_users(self, email: str) -> Iterable[User]:
        """Nobody who has only ever come by single sign-on: a password would let them in after the provider has closed its door."""
        people = User.objects.filter(email__iexact=email, is_active=True)
        return people.exclude(identities__isnull=False, password__startswith=UNUSABLE_PASSWORD_PREFIX)

    def save(self, *_options: object, **_more: object) -> None:
        ids = [user.pk for user in self.get_users(self.cleaned_data["email"])]
        if not send("accounts.tasks.send_password_resets", ids):
            services.send_password_resets(ids)


class PasswordChangeForm(DjangoPasswordChangeForm):
    """Whoever finds a browser signed in does not guess the password there, either."""

    def clean_old_password(self) -> str:
        if not within(f"password-change:{self.user.pk}", settings.AXES_FAILURE_LIMIT, SPAN):
            raise ValidationError(_("Too many attempts failed. Try again in a quarter of an hour."), code="too_many")
        return super().clean_old_password()


def code_field(label: Any, help_text: Any = "") -> OneLineField:
    return OneLineField(
        label=label,
        max_length=40,
        help_text=help_text,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"}),
    )


class CodeForm(forms.Form):
    code = code_field(_("Code"), _("Six digits from your app, or one of your recovery codes."))


class AppForm(forms.Form):
    name = OneLineField(label=_("Name"), max_length=100, help_text=_("By which you know it again in a list."))
    code = code_field(_("The code that the app shows"))


class PasskeyForm(forms.Form):
    """What the browser answers is put in by ``static/js/passkeys.js``."""

    name = OneLineField(label=_("Name"), max_length=100, help_text=_("By which you know it again in a list."))
    passkey = forms.CharField(max_length=20_000, widget=forms.HiddenInput)

    def __init__(self, *args: Any, named: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not named:
            del self.fields["name"]

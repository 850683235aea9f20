"""The forms of tokens and webhooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import SCOPE_CHOICES
from accounts.tokens import MOST_DAYS, scopes_for
from common.forms import AddressField, OneLineField, offer
from milestones.event_words import EVENT_WORDS

if TYPE_CHECKING:
    from accounts.models import User

SCOPE_MEANINGS = {
    "read": _("read what you may read"),
    "assess": _("record assessments and evidence, and hand them in"),
    "review": _("publish and return assessments, and run rounds"),
    "plan": _("change the plan, as far as you may"),
    "webhooks": _("make, change and test your webhooks"),
    "admin": _("all of these, and make tokens with them"),
}
DAYS = [("30", _("30 days")), ("90", _("90 days")), ("365", _("a year")), ("", _("until it is revoked"))]


class TokenForm(forms.Form):
    name = OneLineField(label=_("Name"), max_length=100, help_text=_("What it is for, so that you know later what to revoke."))
    scopes = forms.MultipleChoiceField(label=_("What it may do"), widget=forms.CheckboxSelectMultiple)
    days = forms.TypedChoiceField(label=_("Valid for"), choices=DAYS, coerce=int, empty_value=None, required=False, initial="90")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        may = set(scopes_for(user))
        offer(self, "scopes", [(scope, f"{scope}: {SCOPE_MEANINGS[scope]}") for scope, _label in SCOPE_CHOICES if scope in may])
        self.fields["scopes"].initial = ["read"]
        assert max(int(days) for days, _label in DAYS if days) <= MOST_DAYS


class WebhookForm(forms.Form):
    name = OneLineField(label=_("Name"), max_length=100)
    address = AddressField(label=_("Address"), help_text=_("Each event is sent there by POST, signed."))
    events = forms.MultipleChoiceField(
        label=_("Types of events"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=list(EVENT_WORDS.items()),
        help_text=_("None ticked is all of them."),
    )

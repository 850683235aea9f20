"""Mail to an account's owner about the account itself, in their language: written in the transaction that it tells of."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import User


class Notice(Enum):
    NEW_DEVICE = _("Somebody signed in to your account in a browser that is new to us.")
    FACTOR_ADDED = _("A second factor was added to your account.")
    FACTOR_REMOVED = _("A second factor was removed from your account.")
    RECOVERY_USED = _("A recovery code was used to sign in to your account.")


def tell(user: User, notice: Notice, *, now: datetime, agent: str = "", ip: str = "") -> None:
    """Write to the owner, where the account has an address."""
    if not user.email:
        return
    with translation.override(user.language), timezone.override(user.zone):
        page = f"{settings.SITE_URL}{reverse('accounts:account')}"
        context = {"user": user, "what": notice.value, "now": now, "agent": agent, "ip": ip, "page": page, "site": settings.SITE_URL}
        subject = render_to_string("accounts/mail/notice_subject.txt", context).strip()
        body = render_to_string("accounts/mail/notice.txt", context)
    EmailMessage(subject, body, to=[user.email]).send()

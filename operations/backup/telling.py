"""Mail to administrators about backups, each in their language."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.roles import Role

if TYPE_CHECKING:
    from datetime import datetime


class Outcome(Enum):
    NOT_MADE = _("The backup of last night was not made.")
    NOT_RESTORED = _("The newest backup could not be restored: the weekly rehearsal failed.")
    RESTORED = _("The weekly rehearsal restored the newest backup, and its record is sound.")


def tell_administrators(outcome: Outcome, detail: str, *, now: datetime) -> None:
    """``detail`` is in the words of the log: a fault, or when the backup was made, its position and its head."""
    for user in User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).exclude(email=""):
        with translation.override(user.language):
            context = {"what": outcome.value, "detail": detail, "now": now, "site": settings.SITE_URL}
            subject = render_to_string("operations/mail/backup_subject.txt", context).strip()
            body = render_to_string("operations/mail/backup.txt", context)
        EmailMessage(subject, body, to=[user.email]).send()

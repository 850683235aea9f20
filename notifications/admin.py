"""The admin's face of the outbox: what waits, what was tried, what was given up. Addresses and texts are nobody's to read here."""

from __future__ import annotations

from django.contrib import admin

from notifications.models import Mail
from record.admin import ReadOnlyAdmin


@admin.register(Mail)
class MailAdmin(ReadOnlyAdmin):
    list_display = ("key", "created_at", "attempts", "claimed_until", "sent_at", "failed_at", "error")
    list_filter = ("failed_at",)
    fields = (*list_display, "request_id")
    ordering = ("-created_at",)

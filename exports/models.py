"""Files that are made in the background: each is a row from the moment it was asked for."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.fields import new_uid
from proposals.choices import LANGUAGES

STATES = [("waiting", _("waiting")), ("running", _("being made")), ("done", _("ready")), ("failed", _("failed"))]
FILES = "exports"


class Export(models.Model):
    """One file, of one moment of the record, in one language. The same asked for again is the same row."""

    uid = models.UUIDField(unique=True, default=new_uid, editable=False)
    kind = models.CharField(_("kind"), max_length=20)
    """The ending of its format, see ``exports.formats``."""
    query = models.CharField(_("filters"), max_length=2000, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES)
    position = models.BigIntegerField(_("position"))
    day = models.DateField(_("as of"))
    past = models.BooleanField(default=False)
    withdrawals = models.BigIntegerField(default=0)
    """The newest withdrawal when it was asked for: a later one makes the file stale."""
    asked_at = models.DateTimeField(_("asked at"))
    state = models.CharField(_("state"), max_length=7, choices=STATES, default="waiting")
    claimed_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    done = models.PositiveIntegerField(_("parts done"), default=0)
    parts = models.PositiveIntegerField(_("parts"), default=0)
    file = models.FileField(_("file"), upload_to=f"{FILES}/", max_length=200, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=300, blank=True)

    class Meta:
        db_table = "roadmap_export"
        verbose_name = _("file")
        verbose_name_plural = _("files")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "query", "language", "position", "day", "past", "withdrawals"],
                condition=~Q(state="failed"),
                name="roadmap_export_once",
            ),
            models.CheckConstraint(condition=~Q(state="done") | ~Q(file=""), name="roadmap_export_done_has_file"),
        ]
        indexes = [models.Index(fields=["state", "asked_at"], name="export_waiting")]

    def __str__(self) -> str:
        return f"{self.kind} {self.position}"

"""What readers leave here: views that they keep, and errors that they report."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.fields import LineField, LinesField, new_uid
from proposals.choices import LANGUAGES

REPORT_STATES = [("new", _("not looked at yet")), ("accepted", _("put right")), ("declined", _("nothing to put right"))]
LONGEST_QUERY = 2000


class SavedView(models.Model):
    """A view of the table of milestones that somebody keeps: the query of its address, under a name."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views", verbose_name=_("user"))
    name = LineField(_("name"), max_length=100)
    query = models.CharField(_("address"), max_length=LONGEST_QUERY, blank=True)

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ("name",)
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="milestones_savedview_name_once")]

    def __str__(self) -> str:
        return self.name


class ErrorReport(models.Model):
    """What a reader says is wrong with a page. The address to write to is removed when the report is closed."""

    uid = models.UUIDField(unique=True, default=new_uid, editable=False)
    path = models.CharField(_("page"), max_length=500)
    position = models.BigIntegerField(_("position"), default=0)
    text = LinesField(_("what is wrong"), max_length=4000)
    email = models.EmailField(_("e-mail address"), blank=True)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES, default="ru")
    created_at = models.DateTimeField(_("made at"))
    state = models.CharField(_("state"), max_length=8, choices=REPORT_STATES, default="new")
    answer = LinesField(_("answer"), max_length=2000, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("closed by")
    )
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("error report")
        verbose_name_plural = _("error reports")
        ordering = ("created_at", "id")
        indexes = [models.Index(fields=["state", "created_at"], name="errorreport_queue")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="new", answer="", closed_at=None)
                | ~Q(state="new") & ~Q(answer="") & Q(closed_at__isnull=False, email=""),
                name="milestones_errorreport_closed_is_answered",
            )
        ]

    def __str__(self) -> str:
        return f"{self.path}: {self.text[:60]}"

"""What is kept of the work that the clock starts: of each task its last run. The newest alone, so that it never grows."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

BEAT = "beat"
"""The row of the clock itself."""


class Job(models.Model):
    """The last run of a task of the schedule, whichever worker did it."""

    name = models.CharField(_("name"), max_length=200, primary_key=True)
    finished_at = models.DateTimeField(_("finished at"))
    seconds = models.FloatField(_("seconds"), default=0)
    succeeded_at = models.DateTimeField(_("succeeded at"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=100, blank=True)
    """What the last run failed with, by the name of its class; empty where it succeeded."""
    found = models.IntegerField(_("found"), null=True, blank=True)
    """What it returned, where that is a number: of the nightly verification its faults."""

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

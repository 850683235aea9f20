"""How the plan itself was moved: plan changes and baselines, both append-only."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.fields import LineField, LinesField, date_field, planned, planned_date_constraint, precision_field
from milestones import choices
from record.guard import Guard
from record.models import Statement
from record.querysets import PositionedQuerySet


class PlanChange(Statement):
    """One date of one milestone was moved, by whom, and why."""

    milestone = models.ForeignKey("milestones.Milestone", models.PROTECT, related_name="plan_changes", verbose_name=_("milestone"))
    field = models.CharField(_("date"), max_length=8, choices=choices.MOVED_DATES)
    before = date_field(_("from"))
    before_precision = precision_field(_("precision before"))
    before_date = planned("before")
    after = date_field(_("to"))
    after_precision = precision_field(_("precision after"))
    after_date = planned("after")
    category = models.CharField(_("reason"), max_length=10, choices=choices.REASON_CATEGORIES)
    note = LinesField(_("note"), blank=True, max_length=2000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("by"))
    public_by = models.CharField(_("by, as shown"), max_length=150, blank=True)
    changed_at = models.DateTimeField(_("changed at"))
    position = models.BigIntegerField(_("position"), editable=False)

    event_type = "plan.changed"
    words: ClassVar[dict[str, object]] = {"note": "", "public_by": ""}
    sealed_with = ("milestone",)
    guard = Guard()

    objects = PositionedQuerySet.as_manager()

    class Meta:
        verbose_name = _("plan change")
        verbose_name_plural = _("plan changes")
        ordering = ("-position", "milestone")
        constraints = [
            planned_date_constraint("before"),
            planned_date_constraint("after"),
            models.CheckConstraint(
                condition=~Q(before=models.F("after"), before_precision=models.F("after_precision"))
                & (Q(before__isnull=False) | Q(after__isnull=False)),
                name="milestones_planchange_moves",
            ),
        ]
        indexes = [models.Index(fields=["milestone", "position"], name="planchange_position")]

    def __str__(self) -> str:
        return f"{self.milestone_id} {self.field}: {self.before_date or '–'} → {self.after_date or '–'}"

    def content(self) -> dict[str, object]:
        return {
            "milestone": self.milestone.code,
            "field": self.field,
            "before": str(self.before_date or ""),
            "after": str(self.after_date or ""),
            "category": self.category,
            "note": self.note,
            "by": self.public_by,
            "changed_at": self.changed_at,
            "position": self.position,
        }


class Baseline(models.Model):
    """All due dates of a report, frozen on a day under a name. The first is the plan as it was loaded."""

    report = models.ForeignKey("proposals.Report", models.PROTECT, related_name="baselines", verbose_name=_("report"))
    name = LineField(_("name"), max_length=200)
    set_at = models.DateTimeField(_("set at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("by"))
    position = models.BigIntegerField(_("position"), editable=False)

    guard = Guard()

    objects = PositionedQuerySet.as_manager()

    class Meta:
        verbose_name = _("baseline")
        verbose_name_plural = _("baselines")
        ordering = ("report", "position")
        constraints = [models.UniqueConstraint(fields=["report", "name"], name="milestones_baseline_name_once")]

    def __str__(self) -> str:
        return self.name


class BaselineDate(models.Model):
    """The due date of one milestone in one baseline."""

    baseline = models.ForeignKey(Baseline, models.PROTECT, related_name="dates", verbose_name=_("baseline"))
    milestone = models.CharField(_("milestone"), max_length=32)
    due = date_field(_("due"))
    due_precision = precision_field(_("precision"))
    due_date = planned("due")

    guard = Guard()

    class Meta:
        verbose_name = _("date of a baseline")
        verbose_name_plural = _("dates of a baseline")
        constraints = [
            models.UniqueConstraint(fields=["baseline", "milestone"], name="milestones_baselinedate_once"),
            planned_date_constraint("due"),
        ]

    def __str__(self) -> str:
        return f"{self.milestone}: {self.due_date or '–'}"

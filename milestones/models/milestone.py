"""Milestones, the series that recurring ones belong to, their owners, and what waits for what."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common.fields import (
    code_field,
    date_field,
    planned,
    planned_date_constraint,
    precision_field,
    short_title_field,
    shortened,
    text_field,
    title_field,
)
from milestones import choices, statuses
from milestones.querysets import MilestoneQuerySet
from milestones.rules import host_of
from milestones.statuses import Status
from proposals.choices import BASES
from proposals.models import Organisation, Passage, Proposal
from proposals.models.columns import numbers, search_field
from record.described import Field, In
from record.models import Recorded, VersionRow


class SeriesFacts(models.Model):
    title = title_field()
    first_year = models.PositiveSmallIntegerField(_("first year"))
    last_year = models.PositiveSmallIntegerField(_("last year"))
    rotation = ArrayField(
        models.CharField(max_length=2, choices=choices.HOSTS),
        verbose_name=_("host rotation"),
        default=list,
        blank=True,
        help_text=_("Whose turn the first year is, and then in turn. A missed edition keeps its turn."),
    )

    class Meta:
        abstract = True

    def host_in(self, year: int) -> str:
        return host_of(self.rotation, self.first_year, year)


class Series(SeriesFacts, Recorded):
    """A recurring commitment; each edition is a milestone of its own, so that a missed one stays visible."""

    code = code_field(unique=True)
    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="series", verbose_name=_("proposal"))

    class Meta:
        verbose_name = _("series")
        verbose_name_plural = _("series")
        ordering = ("code",)
        constraints = [
            models.CheckConstraint(
                condition=Q(first_year__range=(1900, 2200), last_year__range=(1900, 2200), last_year__gte=F("first_year")),
                name="milestones_series_years_in_order",
                violation_error_message=_("The last year must not be before the first; both between 1900 and 2200."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    version_prefetch = ("proposal__report",)

    def links(self) -> dict[str, object]:
        return {"proposal": self.proposal.code, "report": self.proposal.report.code}


class SeriesVersion(SeriesFacts, VersionRow):
    of = Series
    described = (
        Field("code", In.LIST | In.SENT | In.NEEDED),
        Field("title", In.LIST | In.SENT | In.NEEDED),
        Field("report", In.LIST),
        Field("proposal", In.LIST | In.SENT | In.NEEDED),
        Field("first_year", In.LIST | In.SENT | In.NEEDED, file="starts"),
        Field("last_year", In.LIST | In.SENT | In.NEEDED, file="ends"),
        Field("rotation", In.LIST | In.SENT | In.FILE),
    )
    proposal = models.CharField(max_length=32)
    report = models.CharField(max_length=32)
    search = search_field("title")

    class Meta(VersionRow.Meta):
        verbose_name = _("version of a series")
        verbose_name_plural = _("versions of series")


class MilestoneTexts(models.Model):
    """The words of a milestone, which most of its versions leave as they were."""

    title = title_field()
    short_title = short_title_field()
    short = shortened()
    description = text_field(_("description"))
    criterion = text_field(_("completion criterion"))

    class Meta:
        abstract = True


class MilestoneStanding(models.Model):
    """Where a milestone stands. Dates are the last day of their period; ``slippage_days`` is worked out from them."""

    order = models.PositiveIntegerField(_("order"), default=0)
    stage = models.CharField(_("stage"), max_length=16, choices=choices.STAGES)
    basis = models.CharField(_("basis"), max_length=8, choices=BASES, default="planning")
    edition = models.PositiveSmallIntegerField(_("edition"), null=True, blank=True)
    host = models.CharField(_("planned host"), max_length=2, blank=True, default="", choices=choices.HOSTS)
    actual_host = models.CharField(_("actual host"), max_length=2, blank=True, default="", choices=choices.HOSTS)
    baseline_due = date_field(_("baseline due"), editable=False)
    baseline_due_precision = precision_field(_("precision of the baseline"))
    baseline_due_date = planned("baseline_due")
    due = date_field(_("due"))
    due_precision = precision_field(_("precision of the due date"))
    due_date = planned("due")
    forecast = date_field(_("forecast"))
    forecast_precision = precision_field(_("precision of the forecast"))
    forecast_date = planned("forecast")
    slippage_days = models.IntegerField(_("slippage in days"), null=True, blank=True, editable=False)
    completed_on = models.DateField(_("completed on"), null=True, blank=True, editable=False)
    status = models.CharField(
        _("status"), max_length=16, choices=statuses.STATUS_CHOICES, default=Status.NOT_ASSESSED.value, editable=False
    )
    confidence = models.CharField(_("confidence"), max_length=6, blank=True, default="", choices=choices.CONFIDENCES, editable=False)
    effective_on = models.DateField(_("effective on"), null=True, blank=True, editable=False)
    assessed_on = models.DateField(_("assessed on"), null=True, blank=True, editable=False)
    evidence_count = models.PositiveIntegerField(_("evidence"), default=0, editable=False)
    lead_assumed = models.BooleanField(
        _("owners assumed"), default=True, help_text=_("The owners are our assumption until the parties agree in public.")
    )

    class Meta:
        abstract = True


class MilestoneFacts(MilestoneTexts, MilestoneStanding):
    """What a milestone says in public."""

    class Meta:
        abstract = True


class Milestone(MilestoneFacts, Recorded):
    """A dated, owned step of a proposal. Its status changes by publishing an assessment, and in no other way."""

    code = code_field(unique=True)
    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="milestones", verbose_name=_("proposal"))
    series = models.ForeignKey(Series, models.PROTECT, related_name="editions", null=True, blank=True, verbose_name=_("series"))
    analyst = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, related_name="milestones", null=True, blank=True, verbose_name=_("analyst")
    )
    analyst_name = models.CharField(
        _("analyst as shown"), max_length=150, blank=True, editable=False, help_text=_("The public name when the analyst was assigned.")
    )
    passages = models.ManyToManyField(Passage, related_name="milestones", blank=True, verbose_name=_("passages"))
    predecessors = models.ManyToManyField(
        "self", through="Dependency", through_fields=("milestone", "predecessor"), symmetrical=False, related_name="successors"
    )
    current = models.ForeignKey(
        "Assessment",
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        db_index=False,  # each publish changes it: with an index none of them would be a HOT update
        verbose_name=_("current assessment"),
    )

    objects = MilestoneQuerySet.as_manager()

    class Meta:
        verbose_name = _("milestone")
        verbose_name_plural = _("milestones")
        ordering = ("code",)
        constraints = [
            planned_date_constraint("due"),
            planned_date_constraint("forecast"),
            planned_date_constraint("baseline_due"),
            # Deferred: a file may let two editions change places.
            models.UniqueConstraint(
                fields=["series", "edition"], name="milestones_milestone_edition_once", deferrable=models.Deferrable.DEFERRED
            ),
            models.CheckConstraint(
                condition=Q(series__isnull=True, edition__isnull=True, host="", actual_host="")
                | Q(series__isnull=False, edition__isnull=False),
                name="milestones_milestone_edition_in_series",
            ),
            models.CheckConstraint(
                condition=Q(status="achieved", completed_on__isnull=False) | ~Q(status="achieved") & Q(completed_on__isnull=True),
                name="milestones_milestone_achieved_has_date",
            ),
            models.CheckConstraint(
                condition=Q(status="not_assessed", assessed_on=None) | ~Q(status="not_assessed") & Q(assessed_on__isnull=False),
                name="milestones_milestone_assessed_has_date",
            ),
            models.CheckConstraint(condition=Q(status__in=[status.value for status in Status]), name="milestones_milestone_status_known"),
            models.CheckConstraint(
                condition=Q(baseline_due__isnull=True) | Q(slippage_days__isnull=False) | Q(due__isnull=True),
                name="milestones_milestone_slippage_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    version_prefetch = ("proposal__report", "series", "passages", "owners__organisation", "waits_for__predecessor", "current")

    def links(self) -> dict[str, object]:
        owners = list(self.owners.all())
        return {
            "proposal": self.proposal.code,
            "report": self.proposal.report.code,
            "series": self.series.code if self.series else "",
            "analyst": self.analyst_name,
            "lead": [owner.organisation.code for owner in owners if owner.role == "lead"],
            "support": [owner.organisation.code for owner in owners if owner.role == "support"],
            "sides": sorted({owner.organisation.side for owner in owners if owner.role == "lead"}),
            "passages": numbers(self.passages),
            "predecessors": sorted(link.predecessor.code for link in self.waits_for.all()),
            "assessment": self.current.uid if self.current else None,
        }

    def work_out(self) -> None:
        """Set what follows from the other fields: slippage and the planned host."""
        due, baseline = self.due_date, self.baseline_due_date
        self.slippage_days = due.slippage(baseline) if due and baseline else None
        self.host = self.series.host_in(self.edition) if self.series and self.edition else ""


class MilestoneOwner(models.Model):
    """An organisation that would have to act, as the first or beside others, in the order given."""

    milestone = models.ForeignKey(Milestone, models.CASCADE, related_name="owners", verbose_name=_("milestone"))
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="ownerships", verbose_name=_("organisation"))
    role = models.CharField(_("role"), max_length=7, choices=choices.OWNER_ROLES)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("owner")
        verbose_name_plural = _("owners")
        ordering = ("milestone", "role", "order", "organisation")
        constraints = [
            models.UniqueConstraint(fields=["milestone", "organisation"], name="milestones_owner_once"),
            models.CheckConstraint(condition=Q(role__in=["lead", "support"]), name="milestones_owner_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} ({self.role})"


class Dependency(models.Model):
    """``milestone`` waits for ``predecessor``. Cycles are refused by the service, which sees the whole graph."""

    milestone = models.ForeignKey(Milestone, models.CASCADE, related_name="waits_for", verbose_name=_("milestone"))
    predecessor = models.ForeignKey(Milestone, models.PROTECT, related_name="waited_for_by", verbose_name=_("predecessor"))

    class Meta:
        verbose_name = _("dependency")
        verbose_name_plural = _("dependencies")
        constraints = [
            models.UniqueConstraint(fields=["milestone", "predecessor"], name="milestones_dependency_once"),
            models.CheckConstraint(condition=~Q(milestone=F("predecessor")), name="milestones_dependency_not_on_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.milestone_id} ← {self.predecessor_id}"

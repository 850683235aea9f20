"""Milestones, the series that recurring ones belong to, their owners, and what waits for what."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, GistIndex
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
from milestones.querysets import MilestoneQuerySet, MilestoneVersionQuerySet
from milestones.rules import host_of
from milestones.statuses import Status
from proposals.choices import BASES
from proposals.models import Organisation, Passage, Proposal
from proposals.models.columns import codes_field, numbers, search_field
from record.described import Field, In
from record.models import Recorded, VersionRow
from record.querysets import Span

MOST_PREDECESSORS = 50
STANDING_COLUMNS = (
    "report", "proposal", "status", "due", "forecast", "completed_on", "baseline_due", "assessed_on", "predecessors",
)  # fmt: skip


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


class MilestoneFacts(models.Model):
    """What a milestone says in public. Dates are the last day of their period; ``slippage_days`` is worked out from them."""

    order = models.PositiveIntegerField(_("order"), default=0)
    title = title_field()
    short_title = short_title_field()
    short = shortened()
    description = text_field(_("description"))
    criterion = text_field(_("completion criterion"))
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
        "Assessment", models.PROTECT, related_name="+", null=True, blank=True, editable=False, verbose_name=_("current assessment")
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


class MilestoneVersion(MilestoneFacts, VersionRow):
    """What pages and API read, today and as of any position: one row is a whole milestone, links as codes."""

    of = Milestone
    described = (
        Field("code", In.LIST | In.TIMELINE | In.SENT | In.NEEDED, 10, head=_("Code")),
        Field("title", In.LIST | In.TIMELINE | In.SENT | In.NEEDED | In.COPIED, 50, head=_("Milestone")),
        Field("short_title", In.LIST | In.TIMELINE | In.SENT | In.FILE | In.COPIED, 32, alone=True),
        Field("description", In.DETAIL | In.SENT | In.FILE | In.COPIED),
        Field("report", In.LIST, 10, words=_("report")),
        Field("proposal", In.LIST | In.SENT | In.NEEDED, 10),
        Field("series", In.LIST | In.TIMELINE | In.SENT | In.FILE, 12),
        Field("edition", In.LIST | In.TIMELINE | In.SENT | In.FILE, 8),
        Field("host", In.LIST | In.TIMELINE, 8),
        Field("actual_host", In.DETAIL, 8),
        Field("basis", In.LIST | In.SENT | In.NEEDED | In.COPIED, 10, head=_("Basis")),
        Field("stage", In.DETAIL | In.SENT | In.NEEDED | In.COPIED, 14),
        Field("lead", In.LIST | In.SENT | In.NEEDED | In.COPIED, 20),
        Field("support", In.LIST | In.SENT | In.FILE | In.COPIED, 20, head=_("Support")),
        Field("sides", words=_("side of the lead")),
        Field("lead_assumed", In.LIST | In.SENT | In.FILE | In.COPIED, 10),
        Field("analyst", In.LIST | In.SENT | In.COPIED | In.PRIVATE),
        Field("baseline_due", In.LIST | In.TIMELINE, 12, head=_("First plan")),
        Field("due", In.LIST | In.TIMELINE | In.SENT | In.FILE, 12),
        Field("forecast", In.LIST | In.TIMELINE | In.SENT, 12),
        Field("completed_on", In.LIST | In.TIMELINE, 12),
        Field("slippage_days", In.LIST | In.TIMELINE, 10),
        Field("status", In.LIST | In.TIMELINE, 16),
        Field("health", In.LIST | In.TIMELINE, 12, head=_("Health"), worked_out=models.CharField(choices=statuses.HEALTH_CHOICES)),
        Field("overdue", In.LIST, 8, head=_("period over"), worked_out=models.BooleanField()),
        Field("confidence", In.LIST, 10),
        Field("effective_on", In.DETAIL),
        Field("assessed_on", In.LIST, 12, head=_("Assessed")),
        Field("stale", In.LIST, worked_out=models.BooleanField()),
        Field("evidence_count", In.LIST, 8, head=_("Evidence")),
        Field("passages", In.DETAIL | In.SENT | In.FILE | In.COPIED),
        Field("predecessors", In.DETAIL | In.TIMELINE | In.SENT | In.FILE, 20, head=_("Waits for")),
        Field("criterion", In.DETAIL | In.SENT | In.NEEDED | In.COPIED, 60, head=_("What would prove it")),
    )
    proposal = models.CharField(max_length=32)
    report = models.CharField(max_length=32)
    series = models.CharField(max_length=32, blank=True)
    analyst = models.CharField(max_length=150, blank=True)
    lead = codes_field(_("lead"))
    support = codes_field(_("support"))
    sides = codes_field(_("sides"))
    passages = codes_field(_("passages"))
    predecessors = codes_field(_("predecessors"))
    assessment = models.UUIDField(null=True, blank=True)
    search = search_field("title", "description", "criterion")

    objects: ClassVar[MilestoneVersionQuerySet] = MilestoneVersionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta(VersionRow.Meta):
        verbose_name = _("version of a milestone")
        verbose_name_plural = _("versions of milestones")
        indexes = [
            *(index for index in VersionRow.Meta.indexes if not index.name.endswith("_span")),  # the wider one below serves it
            models.Index(fields=["proposal", "code"], condition=Q(last__isnull=True), name="milestoneversion_proposal"),
            models.Index(fields=["due", "code"], condition=Q(last__isnull=True), name="milestoneversion_due"),
            GinIndex(fields=["search"], condition=Q(last__isnull=True), name="milestoneversion_search"),
            GinIndex(fields=["predecessors"], condition=Q(last__isnull=True), name="milestoneversion_waits"),
            GinIndex(fields=["lead"], condition=Q(last__isnull=True), name="milestoneversion_lead"),
            GinIndex(fields=["support"], condition=Q(last__isnull=True), name="milestoneversion_support"),
            # All that health, counts and the burn-up ask, beside the texts: a tenth of what reading the rows costs. Once for
            # today, and once for any earlier position; with the key, so that a few rows of many are found before they are read.
            models.Index(fields=["code"], include=STANDING_COLUMNS, condition=Q(last__isnull=True), name="milestoneversion_standing"),
            GistIndex(Span("first", "last"), include=["id", "first", "last", "code", *STANDING_COLUMNS], name="milestoneversion_stood"),
            # The same for a few proposals, at any position.
            models.Index(
                fields=["proposal", "first"],
                include=["id", "last", "code", *(name for name in STANDING_COLUMNS if name != "proposal")],
                name="milestoneversion_of",
            ),
            # Where a predecessor stood at a position: one probe (``querysets.StoodBlocked``).
            models.Index(fields=["code", "first"], include=["last", "status", "due"], name="milestoneversion_blocked"),
        ]
        constraints = [
            *VersionRow.Meta.constraints,
            # A row of that index may hold 2704 bytes; fifty codes of 32 characters take 1800.
            models.CheckConstraint(condition=Q(predecessors__len__lte=MOST_PREDECESSORS), name="milestones_milestoneversion_waits_for_few"),
        ]


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

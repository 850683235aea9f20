"""Versions of milestones: what pages and API read, and the two tables in which they lie.

Most changes leave the words alone, so the words of many versions are one row (``VersionTexts``), and a version of its own is
a narrow one (``VersionStanding``). ``MilestoneVersion`` is the view that joins them again: it is read and written as if it were one table.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex, GistIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from milestones import statuses
from milestones.models.milestone import Milestone, MilestoneStanding, MilestoneTexts
from milestones.querysets import MilestoneVersionQuerySet
from proposals.models.columns import codes_field, search_field
from record.described import Field, In
from record.guard import Guard
from record.models import Spanned, VersionRow
from record.querysets import Span
from record.stored import Stored

MOST_PREDECESSORS = 50
READ_TOGETHER = (
    "report", "proposal", "status", "due", "forecast", "completed_on", "baseline_due", "assessed_on", "predecessors",
)  # fmt: skip


class MilestoneLinks(models.Model):
    """What a milestone points to, as codes."""

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

    class Meta:
        abstract = True


class VersionTexts(MilestoneTexts):
    """Words that versions of one milestone share. The row goes when the last version that says them is withdrawn."""

    code = models.CharField(max_length=64)
    search = search_field("title", "description", "criterion")

    guard: ClassVar[Guard] = Guard(may_go=True)

    class Meta:
        indexes = [models.Index(fields=["code"], name="versiontexts_code"), GinIndex(fields=["search"], name="versiontexts_search")]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"


class VersionStanding(MilestoneStanding, MilestoneLinks, Spanned):
    """A version without its words; what is withdrawn has neither words nor salt."""

    texts = models.ForeignKey(VersionTexts, models.PROTECT, related_name="+", null=True, db_constraint=False)
    """Its constraint is made by the migration, and not deferred as Django's are: no words are gone for the length of a transaction."""
    salt = models.BinaryField(null=True)
    digest = models.BinaryField()

    guard: ClassVar[Guard] = Guard(may_close=True)

    class Meta:
        indexes = [
            models.Index(fields=["last"], name="versionstanding_last"),
            models.Index(fields=["first"], name="versionstanding_first"),
            models.Index(fields=["proposal", "code"], condition=Q(last__isnull=True), name="versionstanding_proposal"),
            models.Index(fields=["due", "code"], condition=Q(last__isnull=True), name="versionstanding_due"),
            GinIndex(fields=["predecessors"], condition=Q(last__isnull=True), name="versionstanding_waits"),
            GinIndex(fields=["lead"], condition=Q(last__isnull=True), name="versionstanding_lead"),
            GinIndex(fields=["support"], condition=Q(last__isnull=True), name="versionstanding_support"),
            GistIndex(Span("first", "last"), name="versionstanding_span"),
            models.Index(fields=["proposal", "first"], name="versionstanding_of"),
        ]
        constraints = [
            # With all that health, counts and the burn-up ask of today.
            models.UniqueConstraint(
                fields=["code"], include=READ_TOGETHER, condition=Q(last__isnull=True), name="milestones_versionstanding_one_open"
            ),
            # With where a predecessor stood at a position: one probe (``querysets.StoodBlocked``). In this order of letters it serves
            # beginnings of codes and no ``ORDER BY code``: a list of the past would otherwise be read along it, every version of all.
            models.UniqueConstraint(
                fields=["code", "first"],
                opclasses=["varchar_pattern_ops", "int8_ops"],
                include=["last", "status", "due"],
                name="milestones_versionstanding_once_a_position",
            ),
            Spanned.Meta.constraints[-1],
            models.CheckConstraint(
                condition=Q(withheld=None, texts__isnull=False, salt__isnull=False) | Q(withheld__isnull=False, texts=None, salt=None),
                name="milestones_versionstanding_withheld_is_empty",
            ),
            # A row of the first index may hold 2704 bytes; fifty codes of 32 characters take 1800.
            models.CheckConstraint(condition=Q(predecessors__len__lte=MOST_PREDECESSORS), name="milestones_versionstanding_waits_for_few"),
        ]

    @classmethod
    def emptied(cls) -> dict[str, object]:
        return {"texts_id": None, "salt": None}


class MilestoneVersion(MilestoneTexts, MilestoneStanding, MilestoneLinks, VersionRow):
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
    stored: ClassVar[Stored] = Stored(VersionStanding, VersionTexts)

    search = search_field("title", "description", "criterion")

    objects: ClassVar[MilestoneVersionQuerySet] = MilestoneVersionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        managed = False
        verbose_name = _("version of a milestone")
        verbose_name_plural = _("versions of milestones")

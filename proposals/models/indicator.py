"""Measured results and the outside calendar: what stands beside the milestones."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common.fields import (
    AddressField,
    LineField,
    LinesField,
    code_field,
    date_field,
    planned,
    planned_date_constraint,
    precision_field,
    text_field,
    title_field,
    translated,
)
from proposals import choices
from proposals.models.columns import NUMBER_LENGTH, codes, codes_field, numbers, search_field
from proposals.models.proposal import Proposal
from proposals.models.report import Passage, Report, Source
from record.described import Field, In
from record.guard import Guard
from record.models import Recorded, Statement, VersionRow
from record.querysets import PositionedQuerySet


class IndicatorFacts(models.Model):
    order = models.PositiveIntegerField(_("order"), default=0)
    basis = models.CharField(_("basis"), max_length=8, choices=choices.BASES)
    title = title_field()
    description = text_field(_("description"))
    unit = translated(LineField(_("unit"), max_length=60, blank=True, default="", help_text=_("Empty: a plain number.")))
    better = models.CharField(_("direction"), max_length=6, choices=choices.DIRECTIONS, default="none")
    baseline_value = models.DecimalField(_("baseline value"), max_digits=20, decimal_places=4, null=True, blank=True)
    baseline_qualifier = models.CharField(_("baseline qualifier"), max_length=1, blank=True, default="", choices=choices.QUALIFIERS)
    baseline = date_field(_("baseline date"))
    baseline_precision = precision_field(_("precision of the baseline"))
    baseline_date = planned("baseline")
    according_to = translated(LineField(_("according to"), max_length=300, blank=True, default=""))
    note = text_field(_("note"))
    target_value = models.DecimalField(_("target value"), max_digits=20, decimal_places=4, null=True, blank=True)
    target_qualifier = models.CharField(_("target qualifier"), max_length=1, blank=True, default="", choices=choices.QUALIFIERS)
    target = date_field(_("target date"))
    target_precision = precision_field(_("precision of the target"))
    target_date = planned("target")

    class Meta:
        abstract = True


class Indicator(IndicatorFacts, Recorded):
    """A measured result; milestones measure steps, indicators what came of them."""

    code = code_field(unique=True)
    report = models.ForeignKey(Report, models.PROTECT, related_name="indicators", verbose_name=_("report"))
    baseline_passage = models.ForeignKey(
        Passage, models.PROTECT, related_name="indicators", null=True, blank=True, verbose_name=_("passage of the baseline")
    )
    proposals = models.ManyToManyField(Proposal, related_name="indicators", blank=True, verbose_name=_("proposals"))

    class Meta:
        verbose_name = _("indicator")
        verbose_name_plural = _("indicators")
        ordering = ("report", "order", "code")
        constraints = [planned_date_constraint("baseline"), planned_date_constraint("target")]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    version_prefetch = ("report", "baseline_passage", "proposals")

    def links(self) -> dict[str, object]:
        return {
            "report": self.report.code,
            "baseline_passage": self.baseline_passage.number if self.baseline_passage else "",
            "proposals": codes(self.proposals),
        }


class IndicatorVersion(IndicatorFacts, VersionRow):
    of = Indicator
    described = (
        Field("code", In.LIST | In.SENT | In.NEEDED),
        Field("title", In.LIST | In.SENT | In.NEEDED),
        Field("description", In.DETAIL | In.SENT | In.FILE),
        Field("report", In.LIST | In.SENT),
        Field("basis", In.LIST | In.SENT | In.NEEDED),
        Field("unit", In.LIST | In.SENT | In.FILE),
        Field("better", In.LIST | In.SENT | In.FILE),
        Field("proposals", In.LIST | In.SENT | In.FILE),
        Field(
            "baseline",
            In.LIST | In.SENT | In.FILE,
            component="BaselineValue",
            parts=(
                Field("value", In.NEEDED, column="baseline_value"),
                Field("qualifier", In.FILE, column="baseline_qualifier", null=False),
                Field("date", In.FILE, column="baseline"),
                Field("passage", In.FILE, column="baseline_passage"),
                Field("according_to", In.FILE, null=True),
                Field("note", In.FILE, null=True),
            ),
        ),
        Field(
            "target",
            In.LIST | In.SENT | In.FILE,
            component="Target",
            parts=(
                Field("value", In.NEEDED, column="target_value", null=False),
                Field("qualifier", In.FILE, column="target_qualifier", null=False),
                Field("date", In.FILE, column="target"),
            ),
        ),
    )
    report = models.CharField(max_length=32)
    baseline_passage = models.CharField(max_length=NUMBER_LENGTH, blank=True)
    proposals = codes_field(_("proposals"))
    search = search_field("title", "description")

    class Meta(VersionRow.Meta):
        verbose_name = _("version of an indicator")
        verbose_name_plural = _("versions of indicators")


class IndicatorValue(Statement):
    """A measured value on a date, with where it comes from. Append-only: a wrong one is followed by a right one."""

    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="values", verbose_name=_("indicator"))
    measured = models.DateField(_("date"))
    measured_precision = models.CharField(max_length=7, default="day")
    measured_date = planned("measured")
    value = models.DecimalField(_("value"), max_digits=20, decimal_places=4, null=True)
    qualifier = models.CharField(_("qualifier"), max_length=1, blank=True, default="", choices=choices.QUALIFIERS)
    source_title = LineField(_("source"), max_length=500, blank=True)
    source_address = AddressField(_("address of the source"), max_length=1000, blank=True)
    note = LinesField(_("note"), blank=True, max_length=5000)
    by = models.CharField(_("by"), max_length=150, blank=True)
    position = models.BigIntegerField(_("position"), editable=False)

    event_type = "indicator.measured"
    words: ClassVar[dict[str, object]] = {"source_title": "", "source_address": "", "note": "", "by": "", "value": None, "qualifier": ""}
    sealed_with = ("indicator",)
    guard = Guard()

    objects = PositionedQuerySet.as_manager()

    class Meta:
        verbose_name = _("value of an indicator")
        verbose_name_plural = _("values of indicators")
        ordering = ("indicator", "measured", "position")
        constraints = [
            planned_date_constraint("measured"),
            models.CheckConstraint(condition=Q(withheld__isnull=False) | Q(value__isnull=False), name="proposals_indicatorvalue_has_value"),
        ]

    def __str__(self) -> str:
        return f"{self.measured} {self.qualifier}{self.value}"

    def content(self) -> dict[str, object]:
        return {
            "indicator": self.indicator.code,
            "measured": str(self.measured_date or ""),
            "value": self.value,
            "qualifier": self.qualifier,
            "source_title": self.source_title,
            "source_address": self.source_address,
            "note": self.note,
            "by": self.by,
            "position": self.position,
        }


class ContextEventFacts(models.Model):
    title = title_field()
    description = text_field(_("description"))
    starts = date_field(_("date"))
    starts_precision = precision_field(_("precision of the date"))
    starts_date = planned("starts")
    ends = date_field(_("end"))
    ends_precision = precision_field(_("precision of the end"))
    ends_date = planned("ends")

    class Meta:
        abstract = True


class ContextEvent(ContextEventFacts, Recorded):
    """A dated fact of the outside calendar: drawn on the timeline, not tracked."""

    code = code_field(unique=True)
    report = models.ForeignKey(Report, models.PROTECT, related_name="context_events", verbose_name=_("report"))
    passages = models.ManyToManyField(Passage, related_name="context_events", blank=True, verbose_name=_("passages"))
    sources = models.ManyToManyField(Source, related_name="context_events", blank=True, verbose_name=_("sources"))

    class Meta:
        verbose_name = _("context event")
        verbose_name_plural = _("context events")
        ordering = ("starts", "code")
        constraints = [
            planned_date_constraint("starts"),
            planned_date_constraint("ends"),
            models.CheckConstraint(
                condition=Q(starts__isnull=False) & (Q(ends__isnull=True) | Q(ends__gte=F("starts"))),
                name="proposals_contextevent_dates_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    version_prefetch = ("report", "passages", "sources")

    def links(self) -> dict[str, object]:
        return {
            "report": self.report.code,
            "passages": numbers(self.passages),
            "sources": sorted(source.number for source in self.sources.all()),
        }


class ContextEventVersion(ContextEventFacts, VersionRow):
    of = ContextEvent
    described = (
        Field("code", In.LIST | In.SENT | In.NEEDED),
        Field("title", In.LIST | In.SENT | In.NEEDED),
        Field("description", In.DETAIL | In.SENT | In.FILE),
        Field("report", In.LIST | In.SENT),
        Field("starts", In.LIST | In.SENT | In.NEEDED, null=False),
        Field("ends", In.LIST | In.SENT | In.FILE),
        Field("passages", In.LIST | In.SENT | In.FILE),
        Field("sources", In.LIST | In.SENT | In.FILE),
    )
    report = models.CharField(max_length=32)
    passages = codes_field(_("passages"))
    sources = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    search = search_field("title", "description")

    class Meta(VersionRow.Meta):
        verbose_name = _("version of a context event")
        verbose_name_plural = _("versions of context events")

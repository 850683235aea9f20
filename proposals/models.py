"""The source side: what a report says, and who and what it names.

Each thing is two tables over the same facts: the thing itself, with its constraints and
relations, and its version rows, where relations are codes.
"""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common.fields import (
    AddressField,
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
from record.guard import Guard
from record.models import Recorded, VersionRow

NUMBER_LENGTH = 8


def codes_field(name: Any) -> ArrayField[Any, Any]:
    return ArrayField(models.CharField(max_length=64), verbose_name=name, default=list, blank=True)


def search_field(*names: str) -> models.GeneratedField:
    """Words of all three languages, kept by the database: Russian and English stemmed, Kazakh as written."""
    parts = [
        SearchVector(*(f"{name}_{language}" for name in names), config=config)
        for language, config in (("ru", "russian"), ("en", "english"), ("kk", "simple"))
    ]
    vector = parts[0] + parts[1] + parts[2]
    return models.GeneratedField(expression=vector, output_field=SearchVectorField(), db_persist=True)


class ReportFacts(models.Model):
    title = title_field()
    summary = text_field(_("summary"))
    publisher = title_field(_("publisher"))
    published_on = models.DateField(_("published on"))
    language = models.CharField(_("language"), max_length=2, choices=choices.LANGUAGES)
    address = AddressField(_("address"), max_length=1000, blank=True)
    horizon = date_field(_("horizon"))
    horizon_precision = precision_field(_("precision of the horizon"))
    horizon_date = planned("horizon")
    needs_review = models.BooleanField(
        _("needs review"), default=True, help_text=_("An assessment is published by somebody else than its author.")
    )

    class Meta:
        abstract = True


class Report(ReportFacts, Recorded):
    """A document that proposes things; an installation can hold several."""

    code = code_field(unique=True)

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        ordering = ("code",)
        constraints = [planned_date_constraint("horizon")]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"


class ReportVersion(ReportFacts, VersionRow):
    of = Report

    class Meta(VersionRow.Meta):
        verbose_name = _("version of a report")
        verbose_name_plural = _("versions of reports")


class PassageFacts(models.Model):
    number = models.CharField(
        _("number"), max_length=NUMBER_LENGTH, validators=[RegexValidator(r"^[0-9]{1,3}\.[0-9]{1,3}$", _("Write it like 4.2."))]
    )
    order = models.PositiveIntegerField(_("order"), default=0)
    summary = text_field(_("summary"))

    class Meta:
        abstract = True


class Passage(PassageFacts, Recorded):
    """A numbered paragraph, with one sentence of ours on what it says."""

    report = models.ForeignKey(Report, models.PROTECT, related_name="passages", verbose_name=_("report"))

    class Meta:
        verbose_name = _("passage")
        verbose_name_plural = _("passages")
        ordering = ("report", "order")
        constraints = [models.UniqueConstraint(fields=["report", "number"], name="proposals_passage_number_once")]

    def __str__(self) -> str:
        return self.number

    @property
    def version_code(self) -> str:
        return f"{self.report.code}:{self.number}"

    version_prefetch = ("report",)

    def links(self) -> dict[str, Any]:
        return {"report": self.report.code}


class PassageVersion(PassageFacts, VersionRow):
    of = Passage
    report = models.CharField(max_length=32)

    class Meta(VersionRow.Meta):
        verbose_name = _("version of a passage")
        verbose_name_plural = _("versions of passages")


class SourceFacts(models.Model):
    number = models.PositiveSmallIntegerField(_("number"))
    title = models.CharField(_("title"), max_length=500)
    publisher = models.CharField(_("publisher"), max_length=300, blank=True)
    published = date_field(_("published on"))
    published_precision = precision_field(_("precision of the date"))
    published_date = planned("published")
    address = AddressField(_("address"), max_length=1000, blank=True)

    class Meta:
        abstract = True


class Source(SourceFacts, Recorded):
    """A numbered note of a report."""

    report = models.ForeignKey(Report, models.PROTECT, related_name="sources", verbose_name=_("report"))
    passages = models.ManyToManyField(Passage, related_name="sources", blank=True, verbose_name=_("passages"))

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ("report", "number")
        constraints = [
            models.UniqueConstraint(fields=["report", "number"], name="proposals_source_number_once"),
            planned_date_constraint("published"),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"

    @property
    def version_code(self) -> str:
        return f"{self.report.code}:{self.number}"

    version_prefetch = ("report", "passages")

    def links(self) -> dict[str, Any]:
        return {"report": self.report.code, "passages": numbers(self.passages)}


class SourceVersion(SourceFacts, VersionRow):
    of = Source
    report = models.CharField(max_length=32)
    passages = codes_field(_("passages"))

    class Meta(VersionRow.Meta):
        verbose_name = _("version of a source")
        verbose_name_plural = _("versions of sources")


class OrganisationFacts(models.Model):
    order = models.PositiveIntegerField(_("order"), default=0)
    side = models.CharField(_("side"), max_length=13, choices=choices.SIDES)
    kind = models.CharField(_("kind"), max_length=16, choices=choices.ORGANISATION_KINDS)
    name = title_field(_("name"))
    short_name = translated(models.CharField(_("short name"), max_length=60, blank=True, default=""))
    planned = models.BooleanField(_("planned"), default=False, help_text=_("Does not exist yet: the roadmap is to found it."))

    class Meta:
        abstract = True


class Organisation(OrganisationFacts, Recorded):
    """Somebody who owns a step: a body of one side, of both, or of neither.

    Reports share organisations; ``report`` is the one whose file describes it.
    """

    code = code_field(unique=True)
    report = models.ForeignKey(
        Report, models.PROTECT, related_name="organisations", null=True, blank=True, verbose_name=_("described by"), editable=False
    )
    passages = models.ManyToManyField(Passage, related_name="organisations", blank=True, verbose_name=_("passages"))

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ("order", "code")

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    version_prefetch = ("passages__report",)

    def links(self) -> dict[str, Any]:
        return {"passages": references(self.passages)}


class OrganisationVersion(OrganisationFacts, VersionRow):
    of = Organisation
    passages = codes_field(_("passages"))
    search = search_field("name", "short_name")

    class Meta(VersionRow.Meta):
        verbose_name = _("version of an organisation")
        verbose_name_plural = _("versions of organisations")


class ProposalFacts(models.Model):
    order = models.PositiveIntegerField(_("order"), default=0)
    kind = models.CharField(_("kind"), max_length=16, choices=choices.PROPOSAL_KINDS)
    strength = models.CharField(_("strength"), max_length=8, choices=choices.STRENGTHS)
    flagship = models.BooleanField(_("flagship"), default=False)
    title = title_field()
    summary = text_field(_("summary"))

    class Meta:
        abstract = True


class Proposal(ProposalFacts, Recorded):
    """What a report asks for."""

    code = code_field(unique=True)
    report = models.ForeignKey(Report, models.PROTECT, related_name="proposals", verbose_name=_("report"))
    lead = models.ManyToManyField(Organisation, related_name="led_proposals", blank=True, verbose_name=_("lead"), through="ProposalLead")
    passages = models.ManyToManyField(Passage, related_name="proposals", blank=True, verbose_name=_("passages"))
    diagnosis = models.ManyToManyField(Passage, related_name="diagnosed_proposals", blank=True, verbose_name=_("passages of the diagnosis"))

    class Meta:
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")
        ordering = ("report", "order", "code")

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    version_prefetch = ("report", "leads__organisation", "passages", "diagnosis")

    def links(self) -> dict[str, Any]:
        return {
            "report": self.report.code,
            "lead": [link.organisation.code for link in self.leads.all()],
            "passages": numbers(self.passages),
            "diagnosis": numbers(self.diagnosis),
        }


class ProposalLead(models.Model):
    """An organisation that would have to act first, in the order given."""

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="leads", verbose_name=_("proposal"))
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("organisation"))
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("lead")
        verbose_name_plural = _("lead")
        ordering = ("proposal", "order", "id")
        constraints = [models.UniqueConstraint(fields=["proposal", "organisation"], name="proposals_proposallead_once")]

    def __str__(self) -> str:
        return str(self.organisation)


class ProposalVersion(ProposalFacts, VersionRow):
    of = Proposal
    report = models.CharField(max_length=32)
    lead = codes_field(_("lead"))
    passages = codes_field(_("passages"))
    diagnosis = codes_field(_("passages of the diagnosis"))
    search = search_field("title", "summary")

    class Meta(VersionRow.Meta):
        verbose_name = _("version of a proposal")
        verbose_name_plural = _("versions of proposals")


class RiskFacts(models.Model):
    order = models.PositiveIntegerField(_("order"), default=0)
    title = title_field()
    description = text_field(_("description"))
    likelihood = models.PositiveSmallIntegerField(_("likelihood"), null=True, blank=True, editable=False)
    impact = models.PositiveSmallIntegerField(_("impact"), null=True, blank=True, editable=False)
    assessed_on = models.DateField(_("assessed on"), null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def score(self) -> int | None:
        """Likelihood × impact, 1–25; ``None`` until somebody assessed the risk."""
        return None if self.likelihood is None or self.impact is None else self.likelihood * self.impact


class Risk(RiskFacts, Recorded):
    """What the report names as endangering the roadmap; ``likelihood`` and ``impact`` are those of the newest assessment."""

    code = code_field(unique=True)
    report = models.ForeignKey(Report, models.PROTECT, related_name="risks", verbose_name=_("report"))
    passages = models.ManyToManyField(Passage, related_name="risks", blank=True, verbose_name=_("passages"))
    proposals = models.ManyToManyField(Proposal, related_name="risks", blank=True, verbose_name=_("proposals"))

    class Meta:
        verbose_name = _("risk")
        verbose_name_plural = _("risks")
        ordering = ("report", "order", "code")
        constraints = [
            models.CheckConstraint(
                condition=Q(likelihood=None, impact=None, assessed_on=None)
                | Q(likelihood__range=(1, 5), impact__range=(1, 5), assessed_on__isnull=False),
                name="proposals_risk_score_in_range",
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    version_prefetch = ("report", "passages", "proposals")

    def links(self) -> dict[str, Any]:
        return {"report": self.report.code, "passages": numbers(self.passages), "proposals": codes(self.proposals)}


class RiskVersion(RiskFacts, VersionRow):
    of = Risk
    report = models.CharField(max_length=32)
    passages = codes_field(_("passages"))
    proposals = codes_field(_("proposals"))
    search = search_field("title", "description")

    class Meta(VersionRow.Meta):
        verbose_name = _("version of a risk")
        verbose_name_plural = _("versions of risks")


class RiskAssessment(models.Model):
    """How likely and how grave a risk was judged on a day. Append-only."""

    risk = models.ForeignKey(Risk, models.PROTECT, related_name="assessments", verbose_name=_("risk"))
    likelihood = models.PositiveSmallIntegerField(_("likelihood"), validators=[MinValueValidator(1), MaxValueValidator(5)])
    impact = models.PositiveSmallIntegerField(_("impact"), validators=[MinValueValidator(1), MaxValueValidator(5)])
    assessed_on = models.DateField(_("assessed on"))
    note = models.TextField(_("note"), blank=True, max_length=5000)
    by = models.CharField(_("by"), max_length=150, blank=True)
    position = models.BigIntegerField(_("position"), editable=False)
    withheld = models.BigIntegerField(null=True, blank=True, editable=False)

    guard = Guard(fixed=("id", "risk_id", "assessed_on", "position"))

    class Meta:
        verbose_name = _("assessment of a risk")
        verbose_name_plural = _("assessments of risks")
        ordering = ("risk", "-position")
        constraints = [
            models.CheckConstraint(condition=Q(likelihood__range=(1, 5), impact__range=(1, 5)), name="proposals_riskassessment_in_range")
        ]

    def __str__(self) -> str:
        return f"{self.assessed_on} {self.likelihood}×{self.impact}"


class IndicatorFacts(models.Model):
    order = models.PositiveIntegerField(_("order"), default=0)
    basis = models.CharField(_("basis"), max_length=8, choices=choices.BASES)
    title = title_field()
    description = text_field(_("description"))
    unit = translated(models.CharField(_("unit"), max_length=60))
    better = models.CharField(_("direction"), max_length=6, choices=choices.DIRECTIONS, default="none")
    baseline_value = models.DecimalField(_("baseline value"), max_digits=20, decimal_places=4, null=True, blank=True)
    baseline_qualifier = models.CharField(_("baseline qualifier"), max_length=1, blank=True, default="", choices=choices.QUALIFIERS)
    baseline = date_field(_("baseline date"))
    baseline_precision = precision_field(_("precision of the baseline"))
    baseline_date = planned("baseline")
    according_to = translated(models.CharField(_("according to"), max_length=300, blank=True, default=""))
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

    def links(self) -> dict[str, Any]:
        return {
            "report": self.report.code,
            "baseline_passage": self.baseline_passage.number if self.baseline_passage else "",
            "proposals": codes(self.proposals),
        }


class IndicatorVersion(IndicatorFacts, VersionRow):
    of = Indicator
    report = models.CharField(max_length=32)
    baseline_passage = models.CharField(max_length=NUMBER_LENGTH, blank=True)
    proposals = codes_field(_("proposals"))

    class Meta(VersionRow.Meta):
        verbose_name = _("version of an indicator")
        verbose_name_plural = _("versions of indicators")


class IndicatorValue(models.Model):
    """A measured value on a date, with where it comes from. Append-only: a wrong one is followed by a right one."""

    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="values", verbose_name=_("indicator"))
    measured = models.DateField(_("date"))
    measured_precision = models.CharField(max_length=7, default="day")
    measured_date = planned("measured")
    value = models.DecimalField(_("value"), max_digits=20, decimal_places=4, null=True)
    qualifier = models.CharField(_("qualifier"), max_length=1, blank=True, default="", choices=choices.QUALIFIERS)
    source_title = models.CharField(_("source"), max_length=500, blank=True)
    source_address = AddressField(_("address of the source"), max_length=1000, blank=True)
    note = models.TextField(_("note"), blank=True, max_length=5000)
    by = models.CharField(_("by"), max_length=150, blank=True)
    position = models.BigIntegerField(_("position"), editable=False)
    withheld = models.BigIntegerField(null=True, blank=True, editable=False)

    guard = Guard(fixed=("id", "indicator_id", "measured", "measured_precision", "position"))

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

    def links(self) -> dict[str, Any]:
        return {
            "report": self.report.code,
            "passages": numbers(self.passages),
            "sources": sorted(source.number for source in self.sources.all()),
        }


class ContextEventVersion(ContextEventFacts, VersionRow):
    of = ContextEvent
    report = models.CharField(max_length=32)
    passages = codes_field(_("passages"))
    sources = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)

    class Meta(VersionRow.Meta):
        verbose_name = _("version of a context event")
        verbose_name_plural = _("versions of context events")


class LoadedFile(models.Model):
    """The roadmap file of a report as it was loaded last: what a later load compares the new file with."""

    report = models.OneToOneField(Report, models.CASCADE, related_name="loaded_file", verbose_name=_("report"))
    content = models.JSONField(_("content"))
    loaded_at = models.DateTimeField(_("loaded at"))

    class Meta:
        verbose_name = _("loaded file")
        verbose_name_plural = _("loaded files")

    def __str__(self) -> str:
        return str(self.report)


def codes(related: Any) -> list[str]:
    """Codes of related things, sorted; the relation should be prefetched."""
    return sorted(thing.code for thing in related.all())


def numbers(passages: Any) -> list[str]:
    """Numbers of passages in the order of their parts: 4.2 before 4.10."""
    return sorted((passage.number for passage in passages.all()), key=lambda number: [int(part) for part in number.split(".")])


def references(passages: Any) -> list[str]:
    """Passages named with their report, for things that belong to no report."""
    return sorted(f"{passage.report.code}:{passage.number}" for passage in passages.all())

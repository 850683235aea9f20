"""What a report is and says: itself, its passages, its sources, and the file it was loaded from."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from common.fields import (
    AddressField,
    LineField,
    code_field,
    date_field,
    planned,
    planned_date_constraint,
    precision_field,
    text_field,
    title_field,
)
from proposals import choices
from proposals.models.columns import NUMBER_LENGTH, codes_field, numbers, search_field
from record.described import Field, In
from record.models import Recorded, VersionRow


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
        _("needs review"),
        default=True,
        help_text=_("An assessment is published by somebody else than its author. Switching it counts for what is begun afterwards."),
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
    described = (
        Field("code", In.LIST | In.SENT | In.NEEDED),
        Field("title", In.LIST | In.SENT | In.NEEDED),
        Field("summary", In.DETAIL | In.SENT | In.FILE),
        Field("publisher", In.LIST | In.SENT | In.NEEDED),
        Field("published_on", In.LIST | In.SENT | In.NEEDED),
        Field("language", In.LIST | In.SENT | In.NEEDED),
        Field("address", In.LIST | In.SENT | In.FILE | In.PRIVATE),
        Field("horizon", In.LIST | In.SENT | In.NEEDED),
        Field("needs_review"),
    )
    search = search_field("title", "summary")

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

    def links(self) -> dict[str, object]:
        return {"report": self.report.code}


class PassageVersion(PassageFacts, VersionRow):
    of = Passage
    described = (
        Field("report"),
        Field("number", In.LIST | In.NEEDED),
        Field("summary", In.LIST | In.NEEDED),
    )
    report = models.CharField(max_length=32)
    search = search_field("summary")

    class Meta(VersionRow.Meta):
        verbose_name = _("version of a passage")
        verbose_name_plural = _("versions of passages")


class SourceFacts(models.Model):
    number = models.PositiveSmallIntegerField(_("number"))
    title = LineField(_("title"), max_length=500)
    publisher = LineField(_("publisher"), max_length=300, blank=True)
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

    def links(self) -> dict[str, object]:
        return {"report": self.report.code, "passages": numbers(self.passages)}


class SourceVersion(SourceFacts, VersionRow):
    of = Source
    described = (
        Field("report"),
        Field("number", In.LIST | In.NEEDED),
        Field("title", In.LIST | In.NEEDED | In.PRIVATE),
        Field("publisher", In.LIST | In.FILE | In.PRIVATE, null=False),
        Field("published_on", In.LIST | In.FILE, column="published"),
        Field("address", In.LIST | In.FILE | In.PRIVATE),
        Field("passages", In.LIST | In.FILE),
    )
    report = models.CharField(max_length=32)
    passages = codes_field(_("passages"))

    class Meta(VersionRow.Meta):
        verbose_name = _("version of a source")
        verbose_name_plural = _("versions of sources")


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

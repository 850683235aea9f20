"""What endangers the roadmap, and how gravely somebody judged it."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.fields import LinesField, code_field, text_field, title_field
from proposals.models.columns import codes, codes_field, numbers, search_field
from proposals.models.proposal import Proposal
from proposals.models.report import Passage, Report
from record.described import Field, In
from record.guard import Guard
from record.models import Recorded, Statement, VersionRow
from record.querysets import PositionedQuerySet


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

    def links(self) -> dict[str, object]:
        return {"report": self.report.code, "passages": numbers(self.passages), "proposals": codes(self.proposals)}


class RiskVersion(RiskFacts, VersionRow):
    of = Risk
    described = (
        Field("code", In.LIST | In.SENT | In.NEEDED),
        Field("title", In.LIST | In.SENT | In.NEEDED),
        Field("description", In.DETAIL | In.SENT | In.FILE),
        Field("report", In.LIST | In.SENT),
        Field("passages", In.LIST | In.SENT | In.NEEDED),
        Field("proposals", In.LIST | In.SENT | In.FILE),
        Field("likelihood", In.LIST),
        Field("impact", In.LIST),
        Field("score", In.LIST, worked_out=models.PositiveSmallIntegerField(null=True)),
        Field("assessed_on", In.LIST),
    )
    report = models.CharField(max_length=32)
    passages = codes_field(_("passages"))
    proposals = codes_field(_("proposals"))
    search = search_field("title", "description")

    class Meta(VersionRow.Meta):
        verbose_name = _("version of a risk")
        verbose_name_plural = _("versions of risks")


class RiskAssessment(Statement):
    """How likely and how grave a risk was judged on a day. Append-only."""

    risk = models.ForeignKey(Risk, models.PROTECT, related_name="assessments", verbose_name=_("risk"))
    likelihood = models.PositiveSmallIntegerField(_("likelihood"), validators=[MinValueValidator(1), MaxValueValidator(5)])
    impact = models.PositiveSmallIntegerField(_("impact"), validators=[MinValueValidator(1), MaxValueValidator(5)])
    assessed_on = models.DateField(_("assessed on"))
    note = LinesField(_("note"), blank=True, max_length=5000)
    by = models.CharField(_("by"), max_length=150, blank=True)
    position = models.BigIntegerField(_("position"), editable=False)

    event_type = "risk.assessed"
    words: ClassVar[dict[str, object]] = {"note": "", "by": ""}
    sealed_with = ("risk",)
    guard = Guard()

    objects = PositionedQuerySet.as_manager()

    class Meta:
        verbose_name = _("assessment of a risk")
        verbose_name_plural = _("assessments of risks")
        ordering = ("risk", "-position")
        constraints = [
            models.CheckConstraint(condition=Q(likelihood__range=(1, 5), impact__range=(1, 5)), name="proposals_riskassessment_in_range")
        ]

    def __str__(self) -> str:
        return f"{self.assessed_on} {self.likelihood}×{self.impact}"

    def content(self) -> dict[str, object]:
        return {
            "risk": self.risk.code,
            "likelihood": self.likelihood,
            "impact": self.impact,
            "assessed_on": self.assessed_on,
            "note": self.note,
            "by": self.by,
            "position": self.position,
        }

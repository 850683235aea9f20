"""What a report asks for, and of whom."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from common.fields import LineField, code_field, short_title_field, shortened, text_field, title_field, translated
from proposals import choices
from proposals.models.columns import codes_field, numbers, references, search_field
from proposals.models.report import Passage, Report
from record.described import Field, In
from record.models import Recorded, VersionRow


class OrganisationFacts(models.Model):
    order = models.PositiveIntegerField(_("order"), default=0)
    side = models.CharField(_("side"), max_length=13, choices=choices.SIDES)
    kind = models.CharField(_("kind"), max_length=16, choices=choices.ORGANISATION_KINDS)
    name = title_field(_("name"))
    short_name = translated(LineField(_("short name"), max_length=60, blank=True, default=""))
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

    def links(self) -> dict[str, object]:
        return {"passages": references(self.passages)}


class OrganisationVersion(OrganisationFacts, VersionRow):
    of = Organisation
    described = (
        Field("code", In.LIST | In.SENT | In.NEEDED),
        Field("name", In.LIST | In.SENT | In.NEEDED),
        Field("short_name", In.LIST | In.SENT | In.FILE),
        Field("side", In.LIST | In.SENT | In.NEEDED),
        Field("kind", In.LIST | In.SENT | In.NEEDED),
        Field("planned", In.LIST | In.SENT | In.FILE),
        Field("passages", In.LIST | In.SENT | In.FILE),
    )
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
    short_title = short_title_field()
    short = shortened()
    summary = text_field(_("summary"))
    lead_assumed = models.BooleanField(_("lead assumed"), default=True, help_text=_("The report itself does not say who leads."))

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

    def links(self) -> dict[str, object]:
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
    described = (
        Field("code", In.LIST | In.SENT | In.NEEDED),
        Field("title", In.LIST | In.SENT | In.NEEDED),
        Field("short_title", In.LIST | In.SENT | In.FILE, alone=True),
        Field("report", In.LIST | In.SENT),
        Field("kind", In.LIST | In.SENT | In.NEEDED),
        Field("strength", In.LIST | In.SENT | In.NEEDED),
        Field("flagship", In.LIST | In.SENT | In.FILE),
        Field("summary", In.DETAIL | In.SENT | In.FILE),
        Field("lead", In.LIST | In.SENT | In.FILE),
        Field("lead_assumed", In.LIST | In.SENT | In.FILE),
        Field("passages", In.LIST | In.SENT | In.NEEDED),
        Field("diagnosis", In.LIST | In.SENT | In.FILE),
    )
    report = models.CharField(max_length=32)
    lead = codes_field(_("lead"))
    passages = codes_field(_("passages"))
    diagnosis = codes_field(_("passages of the diagnosis"))
    search = search_field("title", "summary")

    class Meta(VersionRow.Meta):
        verbose_name = _("version of a proposal")
        verbose_name_plural = _("versions of proposals")

"""Assessments, the evidence they cite, and what groups them: rounds and batches."""

from __future__ import annotations

from pathlib import PurePath
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from common.edits import Edited
from common.fields import AddressField, LineField, LinesField, date_field, new_uid, planned, planned_date_constraint, precision_field
from milestones import choices, statuses
from milestones.querysets import AssessmentQuerySet, EvidenceQuerySet, RoundQuerySet
from milestones.statuses import Status
from proposals.choices import LANGUAGES
from record.guard import Guard
from record.models import Sealed, Statement
from record.querysets import PositionedQuerySet
from record.search import vector_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from record.services import Change

FILES = "evidence"
"""The folder of evidence below that of private files."""


def evidence_path(evidence: Evidence, name: str) -> str:
    """Under a name of ours: theirs may be anything, and is kept beside it."""
    return f"{FILES}/{evidence.uid}{PurePath(name).suffix.lower()[:10]}"


class Round(models.Model):
    """A reporting round: assessments that are staged and then published together."""

    uid = models.UUIDField(unique=True, default=new_uid, editable=False)
    name = LineField(_("name"), max_length=200)
    opened_at = models.DateTimeField(_("opened at"))
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("opened by"))
    published_at = models.DateTimeField(_("published at"), null=True, blank=True, editable=False)
    position = models.BigIntegerField(_("position"), null=True, blank=True, editable=False)

    objects = RoundQuerySet.as_manager()

    class Meta:
        verbose_name = _("round")
        verbose_name_plural = _("rounds")
        ordering = ("-opened_at",)
        constraints = [
            models.CheckConstraint(
                condition=Q(published_at=None, position=None) | Q(published_at__isnull=False, position__isnull=False),
                name="milestones_round_published_has_position",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Batch(models.Model):
    """Many edits made by one act, so that they can be taken back as one."""

    uid = models.UUIDField(unique=True, default=new_uid, editable=False)
    made_at = models.DateTimeField(_("made at"))
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by"))
    taken_back_at = models.DateTimeField(_("taken back at"), null=True, blank=True)

    class Meta:
        verbose_name = _("batch")
        verbose_name_plural = _("batches")
        ordering = ("-made_at",)

    def __str__(self) -> str:
        return str(self.uid)


ANOTHER = ~Q(reviewer=F("author")) & ~Q(reviewer=F("edited_by"))


class Assessment(Edited, Statement):
    """What an analyst found about a milestone. Closed to changes from its publication on.

    ``position`` is that of its publication, so "as of" is a comparison. ``edited_by`` is whoever
    edited it last: for four eyes that person counts as its author. Whether somebody else looked at it
    (``reviewed``) is said when it is published, and stays.
    """

    uid = models.UUIDField(unique=True, default=new_uid, editable=False)
    milestone = models.ForeignKey("milestones.Milestone", models.PROTECT, related_name="assessments", verbose_name=_("milestone"))
    state = models.CharField(_("state"), max_length=9, choices=choices.ASSESSMENT_STATES, default="draft")
    version = models.PositiveIntegerField(_("version"), default=1)

    status = models.CharField(_("status"), max_length=16, choices=statuses.STATUS_CHOICES, blank=True, default="")
    confidence = models.CharField(_("confidence"), max_length=6, blank=True, default="", choices=choices.CONFIDENCES)
    effective_on = models.DateField(_("effective on"), null=True, blank=True)
    completed_on = models.DateField(_("completed on"), null=True, blank=True)
    forecast = date_field(_("forecast"))
    forecast_precision = precision_field(_("precision of the forecast"))
    forecast_date = planned("forecast")
    actual_host = models.CharField(_("actual host"), max_length=2, blank=True, default="", choices=choices.HOSTS)
    summary = LineField(_("public summary"), max_length=500, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES, default="ru")
    internal_note = LinesField(_("internal note"), blank=True, max_length=10000)
    reason = LinesField(_("reason"), blank=True, max_length=2000, help_text=_("Why it goes back from achieved or dropped."))
    corrects = models.ForeignKey("self", models.PROTECT, related_name="corrected_by", null=True, blank=True, verbose_name=_("corrects"))
    confirms = models.ForeignKey("self", models.PROTECT, related_name="confirmed_by", null=True, blank=True, verbose_name=_("confirms"))

    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="assessments", verbose_name=_("author"))
    edited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("last edited by"))
    created_at = models.DateTimeField(_("made at"))
    updated_at = models.DateTimeField(_("changed at"))
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("decided by")
    )
    return_comment = LinesField(_("comment on returning"), blank=True, max_length=2000)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    position = models.BigIntegerField(_("position"), null=True, blank=True)
    public_author = models.CharField(_("author as shown"), max_length=150, blank=True)
    public_reviewer = models.CharField(_("approved by, as shown"), max_length=150, blank=True)
    needs_review = models.BooleanField(_("needs review"), null=True, editable=False)
    """Its report asked for review at some step of its way; ``None`` where that was published before this was kept."""
    reviewed = models.BooleanField(_("reviewed"), default=False, editable=False)

    round = models.ForeignKey(Round, models.PROTECT, related_name="assessments", null=True, blank=True, verbose_name=_("round"))
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="assessments", null=True, blank=True, verbose_name=_("batch"))
    evidence: models.ManyToManyField[Evidence, Citation] = models.ManyToManyField(
        "Evidence", through="Citation", related_name="assessments", verbose_name=_("evidence")
    )

    read_in: tuple[Change, int] | None = None
    """The open change under whose lock it was read, and the position then; set on single ones."""
    translated: Mapping[str, Translation] = MappingProxyType({})
    """By language, as far as ``with_translations`` read them."""
    event_type = "assessment.published"
    words: ClassVar[dict[str, object]] = dict.fromkeys(
        ("summary", "internal_note", "reason", "return_comment", "public_author", "public_reviewer"), ""
    )
    sealed_with = ("milestone", "corrects", "confirms")
    sealed_of_many = ("citations__evidence",)
    guard = Guard(since=("state", "published"))

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("assessment")
        verbose_name_plural = _("assessments")
        ordering = ("milestone", "-position", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["milestone", "author"],
                condition=Q(state__in=["draft", "returned"]),
                name="milestones_assessment_one_open_draft",
            ),
            planned_date_constraint("forecast"),
            models.CheckConstraint(
                condition=Q(state="published", published_at__isnull=False, position__isnull=False, effective_on__isnull=False)
                | ~Q(state="published") & Q(published_at=None, position=None),
                name="milestones_assessment_published_has_position",
            ),
            models.CheckConstraint(
                condition=~Q(state="returned") | ~Q(return_comment=""), name="milestones_assessment_returned_has_comment"
            ),
            # Only a correction may say that nobody has looked: when what it corrects is taken back. A draft may say nothing yet.
            models.CheckConstraint(
                condition=Q(status__in=[status.value for status in Status])
                & (~Q(status=Status.NOT_ASSESSED.value) | Q(corrects__isnull=False))
                | Q(status="", state__in=["draft", "returned"]),
                name="milestones_assessment_status_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="published", status="achieved") | Q(completed_on__isnull=False),
                name="milestones_assessment_achieved_has_date",
            ),
            models.CheckConstraint(condition=Q(corrects=None) | ~Q(corrects=F("id")), name="milestones_assessment_corrects_another"),
            models.CheckConstraint(
                condition=~Q(state="published") | Q(reviewer__isnull=False) & (Q(reviewed=False) | ANOTHER),
                name="milestones_assessment_reviewed_by_another",
            ),
            models.CheckConstraint(
                condition=~Q(state="published", needs_review=True) | Q(reviewed=True), name="milestones_assessment_had_its_review"
            ),
        ]
        indexes = [
            models.Index(fields=["milestone", "position"], name="assessment_position"),
            models.Index(fields=["state", "submitted_at"], name="assessment_queue"),
            GinIndex(vector_of("summary"), name="assessment_words"),
        ]

    def __str__(self) -> str:
        return f"{self.milestone_id} {self.status} ({self.state})"

    @property
    def shown_summary(self) -> str:
        """In the reader's language, where ``with_translations`` found it; else its own words."""
        translation = self.translated.get(get_language() or "")
        return translation.summary if translation else self.summary

    @property
    def proof_is_private(self) -> bool:
        """Whether the status must rest on evidence and none of what supports it is public."""
        public = any(citation.stance == "supports" and not citation.evidence.confidential for citation in self.citations.all())
        return bool(self.status) and Status(self.status).said.must_be_supported and not public

    def content(self) -> dict[str, object]:
        """Beside its own words, what it rests on: the digests of its evidence, which was sealed before.

        What was published before reviews were kept has no ``needs_review``, and its digest covers none of ``REVIEW``.
        """
        return {
            **{name: getattr(self, name) for name in (SEALED if self.needs_review is None else SEALED + REVIEW)},
            "id": self.uid,
            "milestone": self.milestone.code,
            "forecast": str(self.forecast_date or ""),
            "corrects": self.corrects.uid if self.corrects else None,
            "confirms": self.confirms.uid if self.confirms else None,
            "evidence": sorted([str(cited.evidence.uid), cited.stance, cited.evidence.digest] for cited in self.citations.all()),
        }


class Translation(Statement):
    """The words of a published assessment in another language. The original stays the record; the newest in a language is shown."""

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="translations", verbose_name=_("assessment"))
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES)
    summary = LineField(_("public summary"), max_length=500, blank=True)
    by = models.CharField(_("translated by"), max_length=150, blank=True)
    translated_at = models.DateTimeField(_("translated at"))
    position = models.BigIntegerField(_("position"), editable=False)

    event_type = "assessment.translated"
    words: ClassVar[dict[str, object]] = {"summary": "", "by": ""}
    sealed_with = ("assessment",)
    guard = Guard()

    objects = PositionedQuerySet.as_manager()

    class Meta:
        verbose_name = _("translation of an assessment")
        verbose_name_plural = _("translations of assessments")
        ordering = ("assessment", "position")
        constraints = [models.UniqueConstraint(fields=["assessment", "language", "position"], name="milestones_translation_once")]

    def __str__(self) -> str:
        return f"{self.assessment_id} {self.language}"

    def content(self) -> dict[str, object]:
        return {
            "assessment": self.assessment.uid,
            **{name: getattr(self, name) for name in ("language", "summary", "by", "translated_at", "position")},
        }


SEALED = (
    "status", "confidence", "effective_on", "completed_on", "actual_host", "summary", "language", "internal_note", "reason",
    "published_at", "position", "public_author", "public_reviewer", "author_id", "reviewer_id",
)  # fmt: skip
REVIEW = ("edited_by_id", "needs_review", "reviewed")


class Evidence(Edited, Sealed):
    """An address or a file that something can be read from. Sealed once cited: only its link state and archive address change then."""

    uid = models.UUIDField(unique=True, default=new_uid, editable=False)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    address = AddressField(_("address"), max_length=2000, blank=True)
    file = models.FileField(_("file"), upload_to=evidence_path, max_length=200, blank=True)
    file_name = LineField(_("name of the file"), max_length=255, blank=True, editable=False)
    file_size = models.PositiveIntegerField(_("bytes"), null=True, blank=True, editable=False)
    title = LineField(_("title"), max_length=500)
    publisher = LineField(_("publisher"), max_length=300, blank=True)
    kind = models.CharField(_("kind"), max_length=9, choices=choices.EVIDENCE_KINDS)
    language = LineField(_("language"), max_length=8, blank=True)
    published_on = models.DateField(_("published on"), null=True, blank=True)
    accessed_on = models.DateField(_("accessed on"), null=True, blank=True)
    archive_address = AddressField(_("archive address"), max_length=2000, blank=True)
    content_hash = models.CharField(_("content hash"), max_length=64, blank=True)
    confidential = models.BooleanField(_("confidential"), default=False)
    link_state = models.CharField(_("state of the link"), max_length=9, choices=choices.LINK_STATES, default="unchecked")
    link_checked_at = models.DateTimeField(_("link checked at"), null=True, blank=True)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("added by"))
    added_at = models.DateTimeField(_("added at"))
    cited = models.BooleanField(_("cited"), default=False, editable=False)

    words: ClassVar[dict[str, object]] = {
        **dict.fromkeys(("address", "file", "file_name", "title", "publisher", "language", "archive_address", "content_hash"), ""),
        **dict.fromkeys(("published_on", "accessed_on", "file_size")),
    }
    guard = Guard(since=("cited", "true"), open=("archive_address", "link_state", "link_checked_at"))

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        ordering = ("-added_at",)
        constraints = [
            models.CheckConstraint(
                condition=Q(withheld__isnull=False) | ~Q(address="") | ~Q(file=""), name="milestones_evidence_has_address_or_file"
            )
        ]
        indexes = [GinIndex(vector_of("title", "publisher"), name="evidence_words")]

    def __str__(self) -> str:
        return self.title

    def content(self) -> dict[str, object]:
        return {
            "id": self.uid,
            **{name: getattr(self, name) for name in ("address", "title", "publisher", "kind", "language", "published_on")},
            **{name: getattr(self, name) for name in ("accessed_on", "content_hash", "confidential", "file_name", "file_size")},
        }


class Citation(models.Model):
    """That an assessment rests on a piece of evidence, and which way it points."""

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="citations", verbose_name=_("assessment"))
    evidence = models.ForeignKey(Evidence, models.PROTECT, related_name="citations", verbose_name=_("evidence"))
    stance = models.CharField(_("stance"), max_length=11, choices=choices.STANCES, default="supports")
    sealed = models.BooleanField(default=False, editable=False)

    guard = Guard(since=("sealed", "true"))

    class Meta:
        verbose_name = _("citation")
        verbose_name_plural = _("citations")
        ordering = ("id",)
        constraints = [models.UniqueConstraint(fields=["assessment", "evidence"], name="milestones_citation_once")]

    def __str__(self) -> str:
        return f"{self.evidence_id} {self.stance}"

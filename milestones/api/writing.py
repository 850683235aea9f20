"""What programs send of the tracking side."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.db.models import Q
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from accounts.models import User
from accounts.roles import Role
from common.api.inputs import Address, ByCode, ByCodes, Choice, Day, Input, OneLine, PlannedDateInput, Text, Whole, YesNo
from common.refusals import Refused
from milestones import choices, statuses
from milestones.assessments.batches import MOST as MOST_IN_A_BATCH
from milestones.models import Assessment, Evidence, Milestone, Series
from proposals.api.writing import SourceInput, some_numbers
from proposals.choices import LANGUAGES
from proposals.models import Organisation, Proposal, Report
from record.api.writing import ThingInput

if TYPE_CHECKING:
    from uuid import UUID

    from common.json_types import JSONObject

MOST_EVIDENCE = 60
CATEGORIES = [(value, label) for value, label in choices.REASON_CATEGORIES if value != "file"]
ACTION_CHOICES = [(action, action) for action in ("draft", "submit", "publish")]
DECIDED_ACTIONS = ACTION_CHOICES[1:]


class SeriesInput(ThingInput):
    model, fixed = Series, ("code", "proposal")
    proposal = ByCode(Proposal.objects.select_related("report"))
    first_year = Whole(min_value=1900, max_value=2200)
    last_year = Whole(min_value=1900, max_value=2200)
    rotation = serializers.ListField(child=Choice(choices=choices.HOSTS), max_length=12, required=False)


class ReasonInput(Input):
    """Why a date is moved."""

    category = Choice(choices=CATEGORIES)
    note = Text(max_length=2000, required=False, allow_blank=True)


class MovePreviewInput(Input):
    due = PlannedDateInput()


class MilestoneInput(SourceInput):
    """``due`` and ``forecast`` of a milestone that is there are moved, with ``reason``; ``analyst`` is the name of an account."""

    model, fixed = Milestone, ("code", "proposal")
    insisted = ("criterion_i18n", "lead")
    proposal = ByCode(Proposal.objects.select_related("report"))
    reason = ReasonInput(required=False)
    series = ByCode(Series.objects.all(), required=False, allow_null=True)
    edition = Whole(min_value=1900, max_value=2200, required=False, allow_null=True)
    lead = ByCodes(Organisation.objects.all(), required=False)
    support = ByCodes(Organisation.objects.all(), required=False)
    analyst = ByCode(User.objects.filter(~Q(role=Role.STAKEHOLDER), is_active=True), name="username", required=False, allow_null=True)
    passages = some_numbers()
    predecessors = ByCodes(Milestone.objects.all(), required=False)

    def validate(self, attrs: JSONObject) -> JSONObject:
        proposal = attrs.get("proposal") or self.instance.proposal  # type: ignore[union-attr]
        attrs = super().validate(attrs | {"report": proposal.report})
        del attrs["report"]
        return attrs


class EvidenceInput(Input):
    """An address, or by multipart a file; a piece that is there already by its ``id`` alone."""

    needed: ClassVar[tuple[str, ...]] = ("title", "url")

    url = Address(max_length=2000, required=False, allow_blank=True, allow_null=True)
    title = OneLine(max_length=500, required=False)
    publisher = OneLine(max_length=300, required=False, allow_blank=True)
    kind = Choice(choices=choices.EVIDENCE_KINDS, required=False)
    language = OneLine(max_length=8, required=False, allow_blank=True, allow_null=True)
    published_on = Day(required=False, allow_null=True)
    accessed_on = Day(required=False, allow_null=True)
    archive_url = Address(max_length=2000, required=False, allow_blank=True, allow_null=True)
    confidential = YesNo(required=False)


NAMES = {"url": "address", "archive_url": "archive_address"}
MAY_BE_NONE = frozenset({"published_on", "accessed_on"})


def evidence_values(sent: dict[str, object]) -> dict[str, object]:
    """What was sent, as ``add_evidence`` and ``change_evidence`` take it."""
    return {NAMES.get(name, name): value if value is not None or name in MAY_BE_NONE else "" for name, value in sent.items()}


class FileInput(EvidenceInput):
    """The same with a file, as a form sends it."""

    needed = ("title", "file")
    file = serializers.FileField(required=False)


class CitedInput(EvidenceInput):
    """Evidence as an assessment cites it: new, or what is there by ``id``."""

    needed = ()
    id = serializers.UUIDField(required=False)
    stance = Choice(choices=choices.STANCES, required=False, default="supports")

    def validate(self, attrs: JSONObject) -> JSONObject:
        if "id" in attrs and set(attrs) - {"id", "stance"}:
            raise ValidationError({"id": [_("A piece that is there is named by its id alone, with its stance.")]}, code="twice")
        if "id" not in attrs and not attrs.get("title"):
            raise ValidationError({"title": [_("Give the evidence a title.")]}, code="title_missing")
        return attrs


class FindingInput(Input):
    """What an analyst found."""

    status = Choice(choices=statuses.FOUND_CHOICES)
    confidence = Choice(choices=choices.CONFIDENCES, required=False, allow_null=True)
    effective_on = Day(required=False, allow_null=True)
    completed_on = Day(required=False, allow_null=True)
    forecast = PlannedDateInput(required=False, allow_null=True)
    actual_host = Choice(choices=choices.HOSTS, required=False, allow_null=True)
    summary = OneLine(max_length=500)
    language = Choice(choices=LANGUAGES, required=False)
    internal_note = Text(max_length=10000, required=False, allow_blank=True)
    reason = Text(max_length=2000, required=False, allow_blank=True, allow_null=True)
    corrects = serializers.UUIDField(required=False, allow_null=True)
    evidence = CitedInput(many=True, required=False, max_length=MOST_EVIDENCE)  # type: ignore[call-arg]


def finding_of(sent: JSONObject) -> dict[str, object]:
    """What was sent, as ``draft_assessment`` and ``edit_draft`` take it. Raises ``Refused`` where it corrects what is not there."""
    values = {name: value for name, value in sent.items() if name not in {"evidence", "action", "milestone", "forecast", "corrects"}}
    for name in ("confidence", "reason", "actual_host"):
        if name in values:
            values[name] = values[name] or ""
    if "forecast" in sent:
        values["forecast_date"] = sent["forecast"]
    if "corrects" in sent:
        values["corrects"] = _corrected(sent["corrects"])
    return values


def _corrected(uid: UUID | None) -> Assessment | None:
    if uid is None:
        return None
    assessment: Assessment | None = Assessment.objects.filter(uid=uid, state="published").first()
    if assessment is None:
        raise Refused.because("corrects_unknown", _("Only a published assessment of this milestone can be corrected."), "corrects")
    return assessment


class AssessmentInput(FindingInput):
    action = Choice(choices=ACTION_CHOICES, required=False, default="draft")


class BatchItemInput(AssessmentInput):
    milestone = OneLine(max_length=32)


class BatchInput(serializers.ListSerializer[Assessment]):
    """An array of assessments, each naming its milestone."""

    child = BatchItemInput()

    def __init__(self, *, data: object) -> None:
        super().__init__(child=BatchItemInput(), min_length=1, max_length=MOST_IN_A_BATCH, data=data)


class ConfirmInput(Input):
    note = Text(max_length=10000, required=False, allow_blank=True)
    action = Choice(choices=DECIDED_ACTIONS, required=False, default="submit")


class ReturnInput(Input):
    comment = Text(max_length=2000)


class TranslationInput(Input):
    language = Choice(choices=LANGUAGES)
    summary = OneLine(max_length=500)


class RoundInput(Input):
    name = OneLine(max_length=200)
    updates = serializers.ListField(child=serializers.UUIDField(), max_length=500, required=False)


class BaselineInput(Input):
    report = ByCode(Report.objects.all())
    name = OneLine(max_length=200)


def evidence_by_id(user: User, uid: UUID, place: int) -> Evidence:
    """A piece that somebody may see, so that they may cite it."""
    evidence: Evidence | None = Evidence.objects.visible_to(user).filter(uid=uid, withheld=None).first()
    if evidence is None:
        raise Refused.because("unknown_evidence", _("There is no such evidence."), f"evidence/{place}/id")
    return evidence

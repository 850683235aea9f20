"""What programs send of the tracking side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.db.models import Q
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from accounts.models import User
from accounts.roles import Role
from common.api.inputs import (
    Address,
    ByCode,
    ByCodes,
    Choice,
    Day,
    Input,
    PlannedDateInput,
    Text,
    Whole,
    YesNo,
)
from common.fields import LANGUAGE_CODES
from common.refusals import Refused
from milestones import choices, statuses
from milestones.models import Assessment, Dependency, Evidence, Milestone, MilestoneOwner, Series
from milestones.models.milestone import MOST_PREDECESSORS
from milestones.services import move_date
from milestones.services.batches import MOST as MOST_IN_A_BATCH
from milestones.services.editing import problems_of_criterion, problems_of_edition
from milestones.services.series import MOST_YEARS
from proposals.api.writing import SourceInput, some_numbers
from proposals.choices import LANGUAGES
from proposals.models import Organisation, Proposal, Report
from record.api.writing import ThingInput

if TYPE_CHECKING:
    from common.dates import PlannedDate
    from record.services import Change

MOST_EVIDENCE = 60
MOVED = tuple(name for name, _label in choices.MOVED_DATES)
CATEGORIES = [(value, label) for value, label in choices.REASON_CATEGORIES if value != "file"]
ACTION_CHOICES = [(action, action) for action in ("draft", "submit", "publish")]
DECIDED_ACTIONS = ACTION_CHOICES[1:]


class SeriesInput(ThingInput):
    model, fixed = Series, ("code", "proposal")
    proposal = ByCode(Proposal.objects.select_related("report"))
    first_year = Whole(min_value=1900, max_value=2200)
    last_year = Whole(min_value=1900, max_value=2200)
    rotation = serializers.ListField(child=Choice(choices=choices.HOSTS), max_length=12, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        first, last = (attrs.get(name, getattr(self.instance, name, None)) for name in ("first_year", "last_year"))
        if self.instance and (outside := self.instance.editions.exclude(edition__range=(first, last))):
            codes = ", ".join(outside.values_list("code", flat=True)[:MOST_YEARS])
            raise ValidationError({"last_year": [_("These editions would lie outside: %(codes)s") % {"codes": codes}]}, code="edition")
        return attrs


class ReasonInput(Input):
    """Why a date is moved."""

    category = Choice(choices=CATEGORIES)
    note = Text(max_length=2000, required=False, allow_blank=True)


class MilestoneInput(SourceInput):
    """``due`` and ``forecast`` of a milestone that is there are moved, with ``reason``; ``analyst`` is the name of an account."""

    model, fixed = Milestone, ("code", "proposal")
    proposal = ByCode(Proposal.objects.select_related("report"))
    reason = ReasonInput(required=False)
    series = ByCode(Series.objects.all(), required=False, allow_null=True)
    edition = Whole(min_value=1900, max_value=2200, required=False, allow_null=True)
    lead = ByCodes(Organisation.objects.all(), required=False)
    support = ByCodes(Organisation.objects.all(), required=False)
    analyst = ByCode(User.objects.filter(~Q(role=Role.STAKEHOLDER), is_active=True), name="username", required=False, allow_null=True)
    passages = some_numbers()
    predecessors = ByCodes(Milestone.objects.all(), required=False)

    owners: ClassVar[tuple[str, ...]] = ("lead", "support")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        proposal = attrs.get("proposal") or self.instance.proposal  # type: ignore[union-attr]
        attrs = super().validate(attrs | {"report": proposal.report})
        del attrs["report"]
        if len(attrs.get("predecessors", ())) > MOST_PREDECESSORS:
            raise ValidationError({"predecessors": [_("At most %(most)d of them.") % {"most": MOST_PREDECESSORS}]}, code="too_long")
        both = {one.code for one in attrs.get("lead", ())} & {one.code for one in attrs.get("support", ())}
        if both:
            said = _("An organisation either leads or supports: %(codes)s.") % {"codes": ", ".join(sorted(both))}
            raise ValidationError({"support": [said]}, code="twice")
        if attrs.get("lead") == [] or (self.instance is None and not attrs.get("lead")):
            raise ValidationError({"lead": [_("Name at least one organisation that leads.")]}, code="lead_missing")
        return attrs

    def save(self, change: Change, thing: Any, *, by: User) -> list[str]:  # type: ignore[override]
        """Everything but moves of dates, which have events of their own."""
        values, added = self.validated_data, thing.pk is None
        self.because: dict[str, Any] = values.pop("reason", {})
        self.moves: dict[str, PlannedDate | None] = {} if added else {name: values.pop(name) for name in MOVED if name in values}
        owners = {role: values.pop(role) for role in self.owners if role in values}
        predecessors = values.pop("predecessors", None)
        if "analyst" in values:
            thing.analyst_name = values["analyst"].actor if values["analyst"] else ""
        fields = [] if not values and not added else super().save(change, thing, by=by)
        self._set_owners(thing, owners)
        if predecessors is not None:
            self._set_predecessors(thing, predecessors)
            fields = [*fields, "predecessors"]
        return sorted([*fields, *owners])

    def check(self, thing: Any) -> None:
        thing.work_out()
        super().check(thing)
        texts = {language: getattr(thing, f"criterion_{language}") for language in LANGUAGE_CODES}
        found = [*problems_of_edition(thing.proposal, thing.series, thing.edition, thing.actual_host), *problems_of_criterion(texts)]
        if found:
            raise Refused(*found)

    def _set_owners(self, thing: Milestone, owners: dict[str, list[Organisation]]) -> None:
        if not owners:
            return
        taken = [one.pk for named in owners.values() for one in named]
        thing.owners.filter(Q(role__in=owners) | Q(organisation__in=taken)).delete()
        MilestoneOwner.objects.bulk_create(
            MilestoneOwner(milestone=thing, organisation=one, role=role, order=order)
            for role, named in owners.items()
            for order, one in enumerate(named)
        )
        if not thing.owners.filter(role="lead").exists():
            raise Refused.because("lead_missing", _("Name at least one organisation that leads."), "lead")

    def _set_predecessors(self, thing: Milestone, predecessors: list[Milestone]) -> None:
        """Circles are refused by the service that keeps the milestone."""
        if any(one.pk == thing.pk for one in predecessors):
            raise Refused.because("cycle", _("A milestone cannot wait for itself."), "predecessors")
        thing.waits_for.exclude(predecessor__in=predecessors).delete()
        there = set(thing.waits_for.values_list("predecessor", flat=True))
        Dependency.objects.bulk_create(Dependency(milestone=thing, predecessor=one) for one in predecessors if one.pk not in there)

    def move(self, change: Change, thing: Milestone, *, by: User) -> None:
        """Move the dates that were sent, each as an event of its own."""
        said = {"category": self.because.get("category", ""), "note": self.because.get("note", ""), "by": by}
        for field, to in sorted(self.moves.items()):
            move_date(change, thing, field=field, to=to, **said)


class EvidenceInput(Input):
    """An address, or by multipart a file; a piece that is there already by its ``id`` alone."""

    url = Address(max_length=2000, required=False, allow_blank=True, allow_null=True)
    title = Text(max_length=500, required=False)
    publisher = Text(max_length=300, required=False, allow_blank=True)
    kind = Choice(choices=choices.EVIDENCE_KINDS, required=False)
    language = Text(max_length=8, required=False, allow_blank=True, allow_null=True)
    published_on = Day(required=False, allow_null=True)
    accessed_on = Day(required=False, allow_null=True)
    archive_url = Address(max_length=2000, required=False, allow_blank=True, allow_null=True)
    confidential = YesNo(required=False)


NAMES = {"url": "address", "archive_url": "archive_address"}
MAY_BE_NONE = frozenset({"published_on", "accessed_on"})


def evidence_values(sent: dict[str, Any]) -> dict[str, Any]:
    """What was sent, as ``add_evidence`` and ``change_evidence`` take it."""
    return {NAMES.get(name, name): value if value is not None or name in MAY_BE_NONE else "" for name, value in sent.items()}


class FileInput(EvidenceInput):
    """The same with a file, as a form sends it."""

    file = serializers.FileField(required=False)


class CitedInput(EvidenceInput):
    """Evidence as an assessment cites it: new, or what is there by ``id``."""

    id = serializers.UUIDField(required=False)
    stance = Choice(choices=choices.STANCES, required=False, default="supports")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
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
    summary = Text(max_length=500)
    language = Choice(choices=LANGUAGES, required=False)
    internal_note = Text(max_length=10000, required=False, allow_blank=True)
    reason = Text(max_length=2000, required=False, allow_blank=True, allow_null=True)
    corrects = serializers.UUIDField(required=False, allow_null=True)
    evidence = CitedInput(many=True, required=False, max_length=MOST_EVIDENCE)  # type: ignore[call-arg]


def finding_of(sent: dict[str, Any]) -> dict[str, Any]:
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


def _corrected(uid: Any) -> Assessment | None:
    if uid is None:
        return None
    found: Assessment | None = Assessment.objects.filter(uid=uid, state="published").first()
    if found is None:
        raise Refused.because("corrects_unknown", _("Only a published assessment of this milestone can be corrected."), "corrects")
    return found


class AssessmentInput(FindingInput):
    action = Choice(choices=ACTION_CHOICES, required=False, default="draft")


class BatchItemInput(AssessmentInput):
    milestone = Text(max_length=32)


class BatchInput(serializers.ListSerializer[Any]):
    """An array of assessments, each naming its milestone."""

    child = BatchItemInput()

    def __init__(self, **options: Any) -> None:
        super().__init__(child=BatchItemInput(), min_length=1, max_length=MOST_IN_A_BATCH, **options)


class NothingInput(Input):
    """An act that needs no words: an empty body, or an empty object."""


class ConfirmInput(Input):
    note = Text(max_length=10000, required=False, allow_blank=True)
    action = Choice(choices=DECIDED_ACTIONS, required=False, default="submit")


class ReturnInput(Input):
    comment = Text(max_length=2000)


class RoundInput(Input):
    name = Text(max_length=200)
    updates = serializers.ListField(child=serializers.UUIDField(), max_length=500, required=False)


class BaselineInput(Input):
    report = ByCode(Report.objects.all())
    name = Text(max_length=200)


def evidence_by_id(user: Any, uid: Any, place: int) -> Evidence:
    """A piece that somebody may see, so that they may cite it."""
    found = Evidence.objects.visible_to(user).filter(uid=uid, withheld=None).first()
    if found is None:
        raise Refused.because("unknown_evidence", _("There is no such evidence."), f"evidence/{place}/id")
    return found  # type: ignore[no-any-return]

"""The answers of ``milestones.api`` as the OpenAPI document describes them."""

from __future__ import annotations

from rest_framework import serializers as s

from common.api.shapes import AnyField, PlannedDateShape, Shape, codes
from milestones import choices, statuses
from milestones.causes import Kind
from milestones.event_words import EVENT_WORDS
from milestones.models import MilestoneVersion, SeriesVersion
from milestones.statuses import Health
from proposals.api.shapes import ProposalShape
from proposals.choices import LANGUAGES
from record.api import changes
from record.api.described import ThingShape
from record.described import ANSWERED

EVENT_TYPES = list(EVENT_WORDS.items())


class ChangeShape(changes.ChangeShape):
    """An event of the record."""

    type = s.ChoiceField(choices=EVENT_TYPES)  # type: ignore[assignment]


class EvidenceShape(Shape):
    id = s.UUIDField()
    url = s.URLField(allow_null=True)
    title = s.CharField()
    publisher = s.CharField(allow_blank=True)
    kind = s.ChoiceField(choices=choices.EVIDENCE_KINDS)
    language = s.CharField(allow_null=True)
    published_on = s.DateField(allow_null=True)
    accessed_on = s.DateField(allow_null=True)
    archive_url = s.URLField(allow_null=True)
    content_hash = s.CharField(allow_null=True)
    link_state = s.ChoiceField(choices=choices.LINK_STATES)
    confidential = s.BooleanField()
    file = s.URLField(allow_null=True)
    file_name = s.CharField(allow_null=True)
    cited = s.BooleanField(help_text="Whether something published rests on it; it does not change any more then.")
    version = s.IntegerField()


class CitedEvidenceShape(EvidenceShape):
    stance = s.ChoiceField(choices=choices.STANCES)


class TranslationShape(Shape):
    language = s.ChoiceField(choices=LANGUAGES)
    summary = s.CharField()
    by = s.CharField()
    translated_at = s.DateTimeField()
    position = s.IntegerField()


class UpdateShape(Shape):
    id = s.UUIDField()
    milestone = s.CharField()
    state = s.ChoiceField(choices=choices.ASSESSMENT_STATES)
    status = s.ChoiceField(choices=statuses.STATUS_CHOICES, allow_null=True)
    confidence = s.ChoiceField(choices=choices.CONFIDENCES, allow_null=True)
    effective_on = s.DateField(allow_null=True)
    completed_on = s.DateField(allow_null=True)
    forecast = PlannedDateShape(allow_null=True)
    summary = s.CharField(allow_blank=True)
    language = s.ChoiceField(choices=LANGUAGES)
    translations = TranslationShape(many=True, help_text="The summary in other languages: of each the newest.")
    reason = s.CharField(allow_null=True)
    corrects = s.UUIDField(allow_null=True)
    confirms = s.UUIDField(allow_null=True)
    author = s.CharField(allow_blank=True)
    reviewer = s.CharField(allow_null=True)
    reviewed = s.BooleanField(
        allow_null=True, help_text="Whether somebody published it who neither wrote it nor edited it last; null until it is published."
    )
    published_at = s.DateTimeField(allow_null=True)
    withheld = s.IntegerField(allow_null=True, help_text="Position of the withdrawal; the texts are empty from then on.")
    position = s.IntegerField(allow_null=True)
    evidence = CitedEvidenceShape(many=True)
    internal_note = s.CharField(allow_null=True, allow_blank=True, help_text="Of one that is not published, for those who may see it.")
    return_comment = s.CharField(allow_null=True)
    version = s.IntegerField()
    url = s.URLField()


class MilestoneShape(ThingShape):
    rows = MilestoneVersion


class CauseShape(Shape):
    """Why something is late, at risk or unknown: worked out from dates and dependencies."""

    kind = s.ChoiceField(choices=[(kind.value, kind.value) for kind in Kind])
    milestone = s.CharField(allow_null=True, help_text="The milestone that is the cause, where it is another.")
    days = s.IntegerField(allow_null=True, help_text="Late, after the due date, or left.")
    chain = codes(help_text="What it waits for, from the nearest to the one that holds all up.")
    text = s.CharField()


class ProposalCauseShape(CauseShape):
    kind = s.ChoiceField(choices=[(Health.LATE.value, "late"), (Health.AT_RISK.value, "at risk"), (Health.UNKNOWN.value, "unknown")])


class ListedMilestoneShape(MilestoneShape):
    cause = CauseShape(allow_null=True, required=False, help_text="Only with include=cause.")


class MilestoneDetailShape(MilestoneShape):
    where = ANSWERED
    successors = codes()
    cause = CauseShape(allow_null=True)
    latest_update = UpdateShape(allow_null=True)


class PlanChangeShape(Shape):
    milestone = s.CharField()
    field = s.ChoiceField(choices=choices.MOVED_DATES)
    to = PlannedDateShape(allow_null=True)
    category = s.ChoiceField(choices=choices.REASON_CATEGORIES)
    note = s.CharField(allow_blank=True)
    by = s.CharField(allow_null=True)
    changed_at = s.DateTimeField()
    position = s.IntegerField()

    def get_fields(self) -> dict[str, AnyField]:
        fields = super().get_fields()
        fields["from"] = PlannedDateShape(allow_null=True)
        return fields


class HistoryShape(Shape):
    position = s.IntegerField()
    occurred_at = s.DateTimeField()
    type = s.ChoiceField(choices=EVENT_TYPES)
    actor = s.CharField(allow_null=True)
    version = s.IntegerField()
    changes = s.DictField(child=s.ListField(child=s.JSONField(), min_length=2, max_length=2))


class SeriesShape(ThingShape):
    rows = SeriesVersion


class EditionShape(Shape):
    year = s.IntegerField()
    host = s.ChoiceField(choices=choices.HOSTS, allow_null=True)
    actual_host = s.ChoiceField(choices=choices.HOSTS, allow_null=True)
    milestone = s.CharField(allow_null=True)
    status = s.ChoiceField(choices=statuses.STATUS_CHOICES, allow_null=True)


class SeriesDetailShape(SeriesShape):
    where = ANSWERED
    editions = EditionShape(many=True)


class ProposalStandingShape(ProposalShape):
    health = s.ChoiceField(choices=statuses.HEALTH_CHOICES)
    milestones = s.IntegerField()
    by_health = s.DictField(child=s.IntegerField())


class ListedProposalShape(ProposalStandingShape):
    cause = ProposalCauseShape(allow_null=True, required=False, help_text="Only with include=cause.")


class ProposalDetailShape(ProposalStandingShape):
    where = ANSWERED
    cause = ProposalCauseShape(allow_null=True)


class BaselineShape(Shape):
    report = s.CharField()
    name = s.CharField()
    set_at = s.DateTimeField()
    position = s.IntegerField()
    milestones = s.IntegerField()


class RoundShape(Shape):
    id = s.UUIDField()
    name = s.CharField()
    published_at = s.DateTimeField(allow_null=True)
    position = s.IntegerField(allow_null=True)
    updates = s.IntegerField(help_text="How many it published, or would publish now.")


class BatchShape(Shape):
    id = s.UUIDField()
    updates = UpdateShape(many=True)


class PushedShape(Shape):
    milestone = s.CharField()
    due = s.DateField()
    not_before = s.DateField(help_text="The earliest day on which it can be reached.")
    days = s.IntegerField(help_text="From its due date to that day.")
    because = s.CharField(help_text="The milestone that decides it.")
    new = s.BooleanField(help_text="Whether the move does it, or something that stands already.")


class MoveClashShape(Shape):
    milestone = s.CharField(help_text="What it waits for.")
    due = s.DateField()
    days = s.IntegerField(help_text="That are missing.")


class MovePreviewShape(Shape):
    due = PlannedDateShape()
    slippage_days = s.IntegerField(allow_null=True)
    late = s.BooleanField()
    pushes = PushedShape(many=True)
    due_before = MoveClashShape(many=True)

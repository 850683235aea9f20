"""The answers of ``pages.api`` as the OpenAPI document describes them."""

from __future__ import annotations

from rest_framework import serializers as s

from accounts.models import ROLE_CHOICES, SCOPE_CHOICES
from accounts.tokens import MOST_DAYS
from common.api.inputs import Choice, Input, OneLine, Whole
from common.api.shapes import PlannedDateShape, Shape
from milestones import statuses
from milestones.api.shapes import ChangeShape, MilestoneShape
from milestones.models import MilestoneVersion
from proposals.choices import LANGUAGES
from record.api.described import DescribedShape
from record.described import In


class CountsShape(Shape):
    proposals = s.IntegerField()
    milestones = s.IntegerField()
    assessed = s.IntegerField()


class FlagshipShape(Shape):
    code = s.CharField()
    title = s.CharField()
    health = s.ChoiceField(choices=statuses.HEALTH_CHOICES)
    milestones = s.IntegerField()
    next = MilestoneShape(allow_null=True)


class BurnUpShape(Shape):
    date = s.DateField()
    baseline = s.IntegerField()
    plan = s.IntegerField()
    achieved = s.IntegerField()
    forecast = s.IntegerField()


class SummaryShape(Shape):
    position = s.IntegerField()
    as_of = s.DateField()
    final = s.BooleanField()
    sample = s.BooleanField()
    counts = CountsShape()
    by_status = s.DictField(child=s.IntegerField())
    by_health = s.DictField(child=s.IntegerField())
    by_freshness = s.DictField(child=s.IntegerField())
    flagships = FlagshipShape(many=True)
    late = MilestoneShape(many=True)
    next_90_days = MilestoneShape(many=True)
    burn_up = BurnUpShape(many=True)
    changes = ChangeShape(many=True)


class TimelineMilestoneShape(DescribedShape):
    rows, where = MilestoneVersion, In.TIMELINE


class TimelineProposalShape(Shape):
    code = s.CharField()
    title = s.CharField()
    short_title = s.CharField()
    health = s.ChoiceField(choices=statuses.HEALTH_CHOICES)
    milestones = TimelineMilestoneShape(many=True)


class TimelineEventShape(Shape):
    code = s.CharField()
    title = s.CharField()
    starts = PlannedDateShape()
    ends = PlannedDateShape(allow_null=True)


class TimelineShape(Shape):
    position = s.IntegerField()
    as_of = s.DateField()
    horizon = PlannedDateShape(allow_null=True)
    proposals = TimelineProposalShape(many=True)
    context_events = TimelineEventShape(many=True)


class RootShape(Shape):
    position = s.IntegerField()
    head = s.CharField(allow_null=True)
    sample = s.BooleanField()
    time_zone = s.CharField()
    links = s.DictField(child=s.URLField())


class MeShape(Shape):
    username = s.CharField()
    public_name = s.CharField(allow_blank=True)
    organisation = s.CharField(allow_null=True)
    role = s.ChoiceField(choices=ROLE_CHOICES)
    language = s.ChoiceField(choices=LANGUAGES)
    scopes = s.ListField(child=s.ChoiceField(choices=SCOPE_CHOICES), allow_null=True)


class TokenShape(Shape):
    id = s.UUIDField()
    name = s.CharField()
    scopes = s.ListField(child=s.ChoiceField(choices=SCOPE_CHOICES))
    created_at = s.DateTimeField()
    expires_at = s.DateTimeField(allow_null=True)
    last_used_at = s.DateTimeField(allow_null=True)
    last_used_from = s.CharField(allow_null=True, help_text="The network around that address: an IPv4 /24 or an IPv6 /48.")
    revoked_at = s.DateTimeField(allow_null=True)
    version = s.IntegerField()
    url = s.URLField()


class NewTokenShape(TokenShape):
    token = s.CharField(allow_null=True, help_text="Shown this once; only its hash is kept.")


class TokenInput(Input):
    name = OneLine(max_length=100)
    scopes = s.ListField(child=Choice(choices=SCOPE_CHOICES), min_length=1, max_length=len(SCOPE_CHOICES))
    days = Whole(min_value=1, max_value=MOST_DAYS, required=False, allow_null=True)

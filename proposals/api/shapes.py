"""The answers of ``proposals.api`` as the OpenAPI document describes them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as s

from common.api.shapes import I18nShape, PlannedDateShape, codes
from proposals import choices


class ThingShape(s.Serializer[Any]):
    code = s.CharField()
    version = s.IntegerField()
    position = s.IntegerField()
    updated_at = s.DateTimeField()
    url = s.URLField()


class ReportShape(ThingShape):
    title = s.CharField()
    publisher = s.CharField()
    published_on = s.DateField()
    language = s.ChoiceField(choices=choices.LANGUAGES)
    address = s.URLField(allow_null=True)
    horizon = PlannedDateShape(allow_null=True)


class PassageShape(s.Serializer[Any]):
    number = s.CharField()
    summary = s.CharField()
    summary_i18n = I18nShape()


class SourceShape(s.Serializer[Any]):
    number = s.IntegerField()
    title = s.CharField()
    publisher = s.CharField(allow_blank=True)
    published_on = PlannedDateShape(allow_null=True)
    address = s.URLField(allow_null=True)
    passages = codes()


class ReportDetailShape(ReportShape):
    summary = s.CharField()
    title_i18n = I18nShape()
    summary_i18n = I18nShape()
    publisher_i18n = I18nShape()
    passages = PassageShape(many=True)
    sources = SourceShape(many=True)


class OrganisationShape(ThingShape):
    name = s.CharField()
    short_name = s.CharField(allow_blank=True)
    side = s.ChoiceField(choices=choices.SIDES)
    kind = s.ChoiceField(choices=choices.ORGANISATION_KINDS)
    planned = s.BooleanField()
    passages = codes()


class OrganisationDetailShape(OrganisationShape):
    name_i18n = I18nShape()
    short_name_i18n = I18nShape()


class ProposalShape(ThingShape):
    title = s.CharField()
    report = s.CharField()
    kind = s.ChoiceField(choices=choices.PROPOSAL_KINDS)
    strength = s.ChoiceField(choices=choices.STRENGTHS)
    flagship = s.BooleanField()
    lead = codes()
    passages = codes()
    diagnosis = codes()


class RiskShape(ThingShape):
    title = s.CharField()
    report = s.CharField()
    passages = codes()
    proposals = codes()
    likelihood = s.IntegerField(allow_null=True)
    impact = s.IntegerField(allow_null=True)
    score = s.IntegerField(allow_null=True)
    assessed_on = s.DateField(allow_null=True)


class RiskDetailShape(RiskShape):
    description = s.CharField(allow_blank=True)
    title_i18n = I18nShape()
    description_i18n = I18nShape()


class RiskAssessmentShape(s.Serializer[Any]):
    risk = s.CharField()
    likelihood = s.IntegerField()
    impact = s.IntegerField()
    score = s.IntegerField()
    assessed_on = s.DateField()
    note = s.CharField(allow_blank=True)
    by = s.CharField(allow_null=True)
    position = s.IntegerField()


class BaselineValueShape(s.Serializer[Any]):
    value = s.FloatField(allow_null=True)
    qualifier = s.CharField(allow_blank=True)
    date = PlannedDateShape(allow_null=True)
    passage = s.CharField(allow_null=True)
    according_to = s.CharField(allow_null=True)
    note = s.CharField(allow_null=True)


class TargetShape(s.Serializer[Any]):
    value = s.FloatField()
    qualifier = s.CharField(allow_blank=True)
    date = PlannedDateShape(allow_null=True)


class IndicatorShape(ThingShape):
    title = s.CharField()
    report = s.CharField()
    basis = s.ChoiceField(choices=choices.BASES)
    unit = s.CharField()
    better = s.ChoiceField(choices=choices.DIRECTIONS)
    proposals = codes()
    baseline = BaselineValueShape(allow_null=True)
    target = TargetShape(allow_null=True)


class IndicatorDetailShape(IndicatorShape):
    description = s.CharField(allow_blank=True)
    title_i18n = I18nShape()
    description_i18n = I18nShape()
    unit_i18n = I18nShape()


class IndicatorValueShape(s.Serializer[Any]):
    indicator = s.CharField()
    date = PlannedDateShape()
    value = s.FloatField()
    qualifier = s.CharField(allow_blank=True)
    source_title = s.CharField(allow_blank=True)
    source_url = s.URLField(allow_null=True)
    note = s.CharField(allow_blank=True)
    by = s.CharField(allow_null=True)
    position = s.IntegerField()


class ContextEventShape(ThingShape):
    title = s.CharField()
    report = s.CharField()
    starts = PlannedDateShape()
    ends = PlannedDateShape(allow_null=True)
    passages = codes()
    sources = s.ListField(child=s.IntegerField())


class ContextEventDetailShape(ContextEventShape):
    description = s.CharField(allow_blank=True)
    title_i18n = I18nShape()
    description_i18n = I18nShape()

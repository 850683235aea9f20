"""The answers of ``proposals.api`` as the OpenAPI document describes them."""

from __future__ import annotations

from rest_framework import serializers as s

from common.api.shapes import PlannedDateShape, Shape
from proposals.models import (
    ContextEventVersion,
    IndicatorVersion,
    OrganisationVersion,
    PassageVersion,
    ProposalVersion,
    ReportVersion,
    RiskVersion,
    SourceVersion,
)
from record.api.described import DescribedShape, ThingShape
from record.described import ANSWERED


class ReportShape(ThingShape):
    rows = ReportVersion


class PassageShape(DescribedShape):
    rows, where = PassageVersion, ANSWERED


class SourceShape(DescribedShape):
    rows = SourceVersion


class ReportDetailShape(ReportShape):
    where = ANSWERED
    passages = PassageShape(many=True)
    sources = SourceShape(many=True)


class OrganisationShape(ThingShape):
    rows = OrganisationVersion


class OrganisationDetailShape(OrganisationShape):
    where = ANSWERED


class ProposalShape(ThingShape):
    rows = ProposalVersion


class RiskShape(ThingShape):
    rows = RiskVersion


class RiskDetailShape(RiskShape):
    where = ANSWERED


class RiskAssessmentShape(Shape):
    risk = s.CharField()
    likelihood = s.IntegerField()
    impact = s.IntegerField()
    score = s.IntegerField()
    assessed_on = s.DateField()
    note = s.CharField(allow_blank=True)
    by = s.CharField(allow_null=True)
    position = s.IntegerField()


class IndicatorShape(ThingShape):
    rows = IndicatorVersion


class IndicatorDetailShape(IndicatorShape):
    where = ANSWERED


class IndicatorValueShape(Shape):
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
    rows = ContextEventVersion


class ContextEventDetailShape(ContextEventShape):
    where = ANSWERED

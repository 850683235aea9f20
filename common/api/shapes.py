"""Serializers that describe answers in the OpenAPI document; they read nothing.

Answers are made by plain functions (``record.api.described``, ``representation.py``). A test holds every real
answer against the document that these serializers make.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework import serializers as s

from common.fields import PRECISION_CHOICES

AnyField = s.Field[Any, Any, Any, Any]
AnySerializer = s.Serializer[Any]


class Shape(AnySerializer):
    if TYPE_CHECKING:  # what DRF's serializers call so is a field of some of ours
        label: Any
        data: Any
        errors: Any


class I18nShape(Shape):
    ru = s.CharField()
    en = s.CharField()
    kk = s.CharField()


class PlannedDateShape(Shape):
    """The last day of a period, how exactly it is meant, and its label in the language of the answer."""

    date = s.DateField()
    precision = s.ChoiceField(choices=PRECISION_CHOICES)
    label = s.CharField()


def codes(**options: Any) -> s.ListField:
    return s.ListField(child=s.CharField(), **options)


def shape_fields(shape: type[AnySerializer]) -> tuple[str, ...]:
    """The names of the fields that a shape declares: what ``?fields=`` may pick."""
    return tuple(shape().get_fields())

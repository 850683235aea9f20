"""Fields of what programs send. JSON has types, so nothing is guessed: ``"1"`` is no number and ``1`` is no text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from django.core.exceptions import ValidationError as ModelError
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.utils.html import is_html_input

from common import text
from common.api.shapes import AnyField, Shape
from common.dates import NotAPlannedDate, PlannedDate
from common.fields import LANGUAGE_CODES, PRECISION_CHOICES

if TYPE_CHECKING:
    from decimal import Decimal

    from django.db.models import Model, QuerySet
    from django_stubs_ext import StrOrPromise

MOST_CODES = 100
ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
WRONG_TYPE = _("Not of the right type: %(kind)s is asked for.")


class _Typed(AnyField):
    """Takes values of one type of JSON only. A form (multipart) has texts only, so there each field reads its own."""

    json_type: ClassVar[type] = str
    type_name: ClassVar[StrOrPromise] = _("a text")

    def insist_on_type(self, data: object) -> None:
        wrong = not isinstance(data, self.json_type) or (self.json_type is not bool and isinstance(data, bool))
        if wrong and not is_html_input(getattr(self.root, "initial_data", None)):
            raise serializers.ValidationError(WRONG_TYPE % {"kind": self.type_name}, code="wrong_type")

    def to_internal_value(self, data: Any) -> Any:
        self.insist_on_type(data)
        return super().to_internal_value(data)


class Text(_Typed, serializers.CharField):
    """A text of any number of lines (``common.text``)."""

    kept = staticmethod(text.lines)

    def to_internal_value(self, data: object) -> str:
        try:
            return self.kept(str(super().to_internal_value(data)))
        except ModelError as error:
            raise serializers.ValidationError(error.messages, code=error.code) from error


class OneLine(Text):
    kept = staticmethod(text.line)


class Address(_Typed, serializers.URLField):
    """A web address without user name and password."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.validators.append(text.refuse_credentials)


class Whole(_Typed, serializers.IntegerField):
    json_type, type_name = int, _("a whole number")


class YesNo(_Typed, serializers.BooleanField):
    json_type, type_name = bool, _("true or false")


class Choice(_Typed, serializers.ChoiceField):
    pass


class Day(_Typed, serializers.DateField):
    """``YYYY-MM-DD`` and no other of the many ways of ISO 8601."""

    def to_internal_value(self, data: object) -> Any:
        self.insist_on_type(data)
        if not isinstance(data, str) or not ISO_DAY.fullmatch(data):
            self.fail("invalid", format="YYYY-MM-DD")
        return super().to_internal_value(data)


class Input(Shape):
    """What a body may hold; a field that is not known is an error, as with parameters."""

    def to_internal_value(self, data: object) -> Any:
        if isinstance(data, Mapping) and (unknown := sorted(str(name)[:100] for name in set(data) - set(self.fields))):
            raise serializers.ValidationError(
                {name: [serializers.ErrorDetail(str(_("There is no such field here.")), "unknown_field")] for name in unknown}
            )
        return super().to_internal_value(data)


class NothingInput(Input):
    """An act that needs no words: an empty body, or an empty object."""


class PlannedDateInput(Input):
    """A day and how exactly it is meant; any day of the period will do. ``label``, which answers carry, is passed over."""

    date = Day()
    precision = Choice(choices=PRECISION_CHOICES, required=False, default="day")
    label = OneLine(required=False, max_length=100)  # type: ignore[assignment]

    def to_internal_value(self, data: object) -> PlannedDate:
        values = super().to_internal_value(data)
        if "date" not in values:  # within a PATCH nothing is asked for, but half a date is none
            raise serializers.ValidationError({"date": [self.fields["date"].error_messages["required"]]}, code="required")
        try:
            return PlannedDate(values["date"], values.get("precision", "day"))
        except NotAPlannedDate as error:
            raise serializers.ValidationError({"date": [_("The year must lie between 1900 and 2200.")]}, code="out_of_range") from error


class I18nInput(Input):
    """A text by language; what is not named stays as it is."""

    def __init__(self, *, max_length: int, allow_blank: bool = False, kind: type[Text] = Text, **options: Any) -> None:
        self.text = partial(kind, max_length=max_length, allow_blank=allow_blank, required=False)
        super().__init__(**options)

    def get_fields(self) -> dict[str, AnyField]:
        return {language: self.text() for language in LANGUAGE_CODES}


@extend_schema_field({"type": "string", "maxLength": 64})
class ByCode(AnyField):
    """One thing by its code."""

    default_error_messages = {"unknown": _("There is no “%(code)s” here.")}

    def __init__(self, queryset: QuerySet[Model], *, name: str = "code", **options: Any) -> None:
        self.queryset, self.name = queryset, name
        super().__init__(**options)

    def to_internal_value(self, data: object) -> object:
        if not isinstance(data, str) or "\x00" in data:
            raise serializers.ValidationError(WRONG_TYPE % {"kind": _("a code")}, code="wrong_type")
        row = self.queryset.all().filter(**{self.name: data}).first()
        return row or self.refuse(data)

    def refuse(self, code: str) -> NoReturn:
        raise serializers.ValidationError(self.error_messages["unknown"] % {"code": code[:100]}, code="unknown_code")

    def to_representation(self, value: object) -> object:
        return getattr(value, self.name)


@extend_schema_field({"type": "array", "items": {"type": "string", "maxLength": 64}, "maxItems": MOST_CODES})
class ByCodes(ByCode):
    """Things by their codes, in the order given, each once; one query whatever their number."""

    def to_internal_value(self, data: object) -> list[Model]:
        if not isinstance(data, list) or not all(isinstance(code, str) and "\x00" not in code for code in data):
            raise serializers.ValidationError(WRONG_TYPE % {"kind": _("a list of codes")}, code="wrong_type")
        if len(data) > MOST_CODES:
            raise serializers.ValidationError(_("At most %(most)d of them.") % {"most": MOST_CODES}, code="too_long")
        codes = list(dict.fromkeys(data))
        by_code = {getattr(row, self.name): row for row in self.queryset.all().filter(**{f"{self.name}__in": codes})}
        return [by_code.get(code) or self.refuse(code) for code in codes]

    def to_representation(self, value: Any) -> list[object]:
        return [getattr(row, self.name) for row in value]


class Number(serializers.DecimalField):
    """A JSON number with at most four decimals."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=20, decimal_places=4, coerce_to_string=False, **options)

    def to_internal_value(self, data: object) -> Decimal:
        if isinstance(data, bool) or not isinstance(data, int | float):
            raise serializers.ValidationError(WRONG_TYPE % {"kind": _("a number")}, code="wrong_type")
        return super().to_internal_value(data)


def list_of(most: int, *, length: int) -> serializers.ListField:
    """A list of short texts."""
    return serializers.ListField(child=OneLine(max_length=length), max_length=most, required=False)

"""Fields of what programs send. JSON has types, so nothing is guessed: ``"1"`` is no number and ``1`` is no text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.utils.html import is_html_input

from common.dates import NotAPlannedDate, PlannedDate
from common.fields import LANGUAGE_CODES, PRECISION_CHOICES

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet

MOST_CODES = 100
ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
WRONG_TYPE = _("Not of the right type: %(kind)s is asked for.")


def _insist_on_type(field: serializers.Field[Any, Any, Any, Any], data: Any, kind: type, name: Any) -> None:
    """A form (multipart) has texts only, so there each field reads its own."""
    if is_html_input(getattr(field.root, "initial_data", None)):
        return
    if not isinstance(data, kind) or (kind is not bool and isinstance(data, bool)):
        raise serializers.ValidationError(WRONG_TYPE % {"kind": name}, code="wrong_type")


class Text(serializers.CharField):
    def to_internal_value(self, data: Any) -> str:
        _insist_on_type(self, data, str, _("a text"))
        return super().to_internal_value(data)


class OneLine(Text):
    """A name: no line breaks, nothing that turns the direction of writing."""

    def to_internal_value(self, data: object) -> str:
        text = super().to_internal_value(data)
        if not text.isprintable():
            raise serializers.ValidationError(_("Write it in one line, without invisible characters."), code="unprintable")
        return text


class Address(serializers.URLField):
    def to_internal_value(self, data: Any) -> str:
        _insist_on_type(self, data, str, _("a text"))
        return super().to_internal_value(data)


class Whole(serializers.IntegerField):
    def to_internal_value(self, data: Any) -> int:
        _insist_on_type(self, data, int, _("a whole number"))
        return super().to_internal_value(data)


class YesNo(serializers.BooleanField):
    def to_internal_value(self, data: Any) -> bool:
        _insist_on_type(self, data, bool, _("true or false"))
        return bool(super().to_internal_value(data))


class Choice(serializers.ChoiceField):
    def to_internal_value(self, data: Any) -> str:
        _insist_on_type(self, data, str, _("a text"))
        return str(super().to_internal_value(data))


class Day(serializers.DateField):
    """``YYYY-MM-DD`` and no other of the many ways of ISO 8601."""

    def to_internal_value(self, data: object) -> Any:
        _insist_on_type(self, data, str, _("a text"))
        if not isinstance(data, str) or not ISO_DAY.fullmatch(data):
            self.fail("invalid", format="YYYY-MM-DD")
        return super().to_internal_value(data)


class Input(serializers.Serializer[Any]):
    """What a body may hold; a field that is not known is an error, as with parameters."""

    def to_internal_value(self, data: object) -> Any:
        if isinstance(data, Mapping) and (unknown := sorted(str(name)[:100] for name in set(data) - set(self.fields))):
            raise serializers.ValidationError(
                {name: [serializers.ErrorDetail(str(_("There is no such field here.")), "unknown_field")] for name in unknown}
            )
        return super().to_internal_value(data)


class PlannedDateInput(Input):
    """A day and how exactly it is meant; any day of the period will do. ``label``, which answers carry, is passed over."""

    date = Day()
    precision = Choice(choices=PRECISION_CHOICES, required=False, default="day")
    label = Text(required=False, max_length=100)  # type: ignore[assignment]

    def to_internal_value(self, data: object) -> Any:
        values = super().to_internal_value(data)
        if "date" not in values:  # within a PATCH nothing is asked for, but half a date is none
            raise serializers.ValidationError({"date": [self.fields["date"].error_messages["required"]]}, code="required")
        try:
            return PlannedDate(values["date"], values.get("precision", "day"))
        except NotAPlannedDate as error:
            raise serializers.ValidationError({"date": [_("The year must lie between 1900 and 2200.")]}, code="out_of_range") from error


class I18nInput(Input):
    """A text by language; what is not named stays as it is."""

    def __init__(self, *, max_length: int, allow_blank: bool = False, **options: Any) -> None:
        self.text_options: dict[str, Any] = {"max_length": max_length, "allow_blank": allow_blank, "required": False}
        super().__init__(**options)

    def get_fields(self) -> dict[str, Any]:
        return {language: Text(**self.text_options) for language in LANGUAGE_CODES}


@extend_schema_field({"type": "string", "maxLength": 64})
class ByCode(serializers.Field[Any, Any, Any, Any]):
    """One thing by its code."""

    default_error_messages = {"unknown": _("There is no “%(code)s” here.")}

    def __init__(self, queryset: QuerySet[Any], *, name: str = "code", **options: Any) -> None:
        self.queryset, self.name = queryset, name
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> Model:
        if not isinstance(data, str) or "\x00" in data:
            raise serializers.ValidationError(WRONG_TYPE % {"kind": _("a code")}, code="wrong_type")
        found: Model | None = self.queryset.all().filter(**{self.name: data}).first()
        if found is None:
            raise serializers.ValidationError(self.error_messages["unknown"] % {"code": data[:100]}, code="unknown_code")
        return found

    def to_representation(self, value: object) -> Any:
        return getattr(value, self.name)


@extend_schema_field({"type": "array", "items": {"type": "string", "maxLength": 64}, "maxItems": MOST_CODES})
class ByCodes(serializers.Field[Any, Any, Any, Any]):
    """Things by their codes, in the order given, each once; one query whatever their number."""

    default_error_messages = ByCode.default_error_messages

    def __init__(self, queryset: QuerySet[Any], *, name: str = "code", **options: Any) -> None:
        self.queryset, self.name = queryset, name
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> list[Model]:
        if not isinstance(data, list) or not all(isinstance(code, str) and "\x00" not in code for code in data):
            raise serializers.ValidationError(WRONG_TYPE % {"kind": _("a list of codes")}, code="wrong_type")
        if len(data) > MOST_CODES:
            raise serializers.ValidationError(_("At most %(most)d of them.") % {"most": MOST_CODES}, code="too_long")
        codes = list(dict.fromkeys(data))
        found = {getattr(one, self.name): one for one in self.queryset.all().filter(**{f"{self.name}__in": codes})}
        for code in codes:
            if code not in found:
                raise serializers.ValidationError(self.error_messages["unknown"] % {"code": code[:100]}, code="unknown_code")
        return [found[code] for code in codes]

    def to_representation(self, value: Any) -> Any:
        return [getattr(one, self.name) for one in value]


class Number(serializers.DecimalField):
    """A JSON number with at most four decimals."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=20, decimal_places=4, coerce_to_string=False, **options)

    def to_internal_value(self, data: object) -> Any:
        if isinstance(data, bool) or not isinstance(data, int | float):
            raise serializers.ValidationError(WRONG_TYPE % {"kind": _("a number")}, code="wrong_type")
        return super().to_internal_value(data)


def list_of(most: int, *, length: int) -> serializers.ListField:
    """A list of short texts."""
    return serializers.ListField(child=Text(max_length=length), max_length=most, required=False)

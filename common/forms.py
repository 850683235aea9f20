"""Form fields that several apps share."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from common import text
from common.dates import NotAPlannedDate, PlannedDate, Precision
from common.typed_dates import read_planned, written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django_stubs_ext import StrOrPromise


LONGEST_ADDRESS = 2000


def offer(form: forms.BaseForm, name: str, choices: Sequence[tuple[StrOrPromise, object]]) -> None:
    """Set what a form's field lets one choose among."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices


class TextField(forms.CharField):
    """A text of any number of lines (``common.text``)."""

    def to_python(self, value: object) -> str:
        return text.lines(super().to_python(value) or "")


class OneLineField(forms.CharField):
    """A text on one line; what was pasted and has no place on it becomes a space."""

    def to_python(self, value: object) -> str:
        return text.line(text.joined(super().to_python(value) or ""))


class AddressField(forms.URLField):
    """A web address without user name and password; one typed without a scheme is taken for https."""

    default_validators = [*forms.URLField.default_validators, text.refuse_credentials]

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"assume_scheme": "https", "max_length": LONGEST_ADDRESS, **options})


def as_typed(day: date | PlannedDate) -> str:
    """A day or a planned date as a field shows it, in the reader's order."""
    return written(day if isinstance(day, PlannedDate) else PlannedDate(day), get_language() or "ru")


class DayInput(forms.TextInput):
    """A text field in the reader's own order; ``static/js/site.js`` puts the browser's calendar beside it."""

    def get_context(self, name: str, value: object, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return super().get_context(
            name, value, {"class": "day-input", "autocomplete": "off", "data-day": str(_("Choose in a calendar"))} | (attrs or {})
        )


class DayField(forms.Field):
    """A day as a ``date``, shown and read as the reader's language writes it."""

    widget = DayInput
    default_error_messages = {"invalid": _("Write a day: 30 Jun 2027.")}

    def to_python(self, value: object) -> date | None:
        if value in (None, ""):
            return None
        if isinstance(value, date):
            return value
        try:
            planned = read_planned(str(value))
        except NotAPlannedDate as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error
        if planned.precision != Precision.DAY:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return planned.date

    def prepare_value(self, value: object) -> object:
        return as_typed(value) if isinstance(value, date) else value

    def has_changed(self, initial: object, data: object) -> bool:
        return changed(self, initial, data)


def changed(field: forms.Field, initial: object, data: object) -> bool:
    """Whether two values of a field mean different things, however they are written."""
    try:
        return bool(field.to_python(initial) != field.to_python(data))
    except ValidationError:
        return True


class PlannedDateField(forms.Field):
    """A day, a month, a quarter or a year as a ``PlannedDate``, shown and read as the reader's language writes it."""

    widget = DayInput
    default_error_messages = {"invalid": _("Write 30 Jun 2027, Jun 2027, 2027 Q2 or 2027.")}

    def to_python(self, value: object) -> PlannedDate | None:
        if value in (None, ""):
            return None
        try:
            return value if isinstance(value, PlannedDate) else read_planned(str(value))
        except NotAPlannedDate as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error

    def clean(self, value: object) -> PlannedDate | None:
        planned = self.to_python(value)
        if self.required and planned is None:
            raise ValidationError(self.error_messages["required"], code="required")
        return planned

    def prepare_value(self, value: object) -> object:
        return as_typed(value) if isinstance(value, PlannedDate) else value

    def has_changed(self, initial: object, data: object) -> bool:
        return changed(self, initial, data)

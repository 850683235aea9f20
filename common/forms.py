"""Form fields that several apps share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from common.dates import NotAPlannedDate, PlannedDate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django_stubs_ext import StrOrPromise


def offer(form: forms.BaseForm, name: str, choices: Sequence[tuple[StrOrPromise, object]]) -> None:
    """Set what a form's field lets one choose among."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices


class OneLineField(forms.CharField):
    """A text on one line: pasted line ends and whatever cannot be printed become spaces, and spaces one."""

    def to_python(self, value: object) -> str:
        return one_line(super().to_python(value) or "")


def one_line(text: str) -> str:
    """NUL stays, to be refused: whoever sends that did not mean a space."""
    return " ".join("".join(letter if letter.isprintable() or letter == "\x00" else " " for letter in text).split())


class PlannedDateField(forms.Field):
    """``2030``, ``2027-Q2``, ``2027-06`` or ``2027-06-30`` as a ``PlannedDate``."""

    default_error_messages = {"invalid": _("Write 2030, 2027-Q2, 2027-06 or 2027-06-30.")}

    def to_python(self, value: object) -> PlannedDate | None:
        if value in (None, ""):
            return None
        try:
            return value if isinstance(value, PlannedDate) else PlannedDate.parse(str(value))
        except NotAPlannedDate as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error

    def clean(self, value: object) -> PlannedDate | None:
        planned = self.to_python(value)
        if self.required and planned is None:
            raise ValidationError(self.error_messages["required"], code="required")
        return planned

    def has_changed(self, initial: object, data: object) -> bool:
        return (str(initial) if initial else "") != str(data or "").strip()

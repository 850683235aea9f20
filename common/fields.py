"""Model pieces that several apps share: translated text, codes, planned dates as two columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from translated_fields import TranslatedField, to_attribute
from typing_extensions import override
from uuid_utils.compat import uuid7

from common import text
from common.dates import FIRST_YEAR, LAST_YEAR, PlannedDate
from common.forms import AddressField as AddressFormField
from common.forms import OneLineField, TextField

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from uuid import UUID

    from django import forms
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.sql.compiler import SQLCompiler
    from django_stubs_ext import StrOrPromise

LANGUAGE_CODES = ("ru", "en", "kk")
CODE_PATTERN = r"^[A-Z][A-Z0-9]*(-[A-Z0-9]+)*$"
CODE_LENGTH = 32
SHORT_TITLE_LENGTH = 32
TITLE = _("title")
PRECISION_CHOICES = [("day", _("day")), ("month", _("month")), ("quarter", _("quarter")), ("year", _("year"))]
WITHHELD = _("[withheld]")
"""What stands in the place of a text that was withdrawn."""


def new_uid() -> UUID:
    """A UUIDv7: unique, and in the order of making."""
    return uuid7()


class AddressField(models.URLField[str, str]):
    """A web address without user name and password; one typed without a scheme is taken for https."""

    default_validators = [*models.URLField.default_validators, text.refuse_credentials]

    def formfield(self, **kwargs: Any) -> forms.Field | None:
        return super().formfield(**{"form_class": AddressFormField, **kwargs})


class LineField(models.CharField[str, str]):
    """A text that people write, on one line (``common.text``). To migrations it is what it is in the database, a ``CharField``."""

    def clean(self, value: object, model_instance: models.Model | None) -> Any:
        return super().clean(text.line(text.joined(value)) if isinstance(value, str) else value, model_instance)

    def formfield(self, **kwargs: Any) -> forms.Field | None:
        return super().formfield(**{"form_class": OneLineField, **kwargs})

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


class LinesField(models.TextField[str, str]):
    """The same of any number of lines; a ``TextField`` to migrations."""

    def clean(self, value: object, model_instance: models.Model | None) -> Any:
        return super().clean(text.lines(value) if isinstance(value, str) else value, model_instance)

    def formfield(self, **kwargs: Any) -> forms.Field | None:
        return super().formfield(**{"form_class": TextField, **kwargs})

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs


def code_field(*, unique: bool) -> models.CharField[str, str]:
    """A public code such as ``SM-03``: upper case Latin letters and digits in groups."""
    return models.CharField(
        _("code"),
        max_length=CODE_LENGTH,
        validators=[RegexValidator(CODE_PATTERN, _("Write capital Latin letters and digits in groups: SM-03."))],
        unique=unique,
    )


def _first_filled(name: str, field: TranslatedField) -> Callable[[models.Model], str]:  # noqa: ARG001 - the signature of an attrgetter
    def read(instance: models.Model) -> str:
        for language in (get_language() or "ru", *LANGUAGE_CODES):
            if language in LANGUAGE_CODES and (text := getattr(instance, to_attribute(name, language))):
                return str(text)
        return str(WITHHELD) if getattr(instance, "withheld", None) else ""

    return read


def translated(field: models.Field[str, str]) -> TranslatedField:
    """``field`` once per language (``title_ru`` …); read without a suffix it answers in the active language,
    or in the first language that has a text."""
    return TranslatedField(field, attrgetter=_first_filled)


def title_field(name: StrOrPromise = TITLE, *, max_length: int = 300) -> TranslatedField:
    return translated(LineField(name, max_length=max_length))


def short_title_field() -> TranslatedField:
    """What rows and labels say instead of a title that is cut there; ``shortened`` reads it."""
    help_text = _("For rows and labels. Where it is empty, the title stands there.")
    return translated(LineField(_("short title"), max_length=SHORT_TITLE_LENGTH, blank=True, default="", help_text=help_text))


def shortened() -> property:
    """A property: the short title in the active language, or else the title."""

    def read(instance: models.Model) -> str:
        language = get_language() or "ru"
        return getattr(instance, to_attribute("short_title", language), "") or str(instance.title)  # type: ignore[attr-defined]

    return property(read)


def text_field(name: StrOrPromise, *, blank: bool = True) -> TranslatedField:
    return translated(LinesField(name, blank=blank, default="", max_length=5000))


def all_languages(values: Mapping[str, str] | models.Model, name: str) -> dict[str, str]:
    """The texts of one translated field by language code."""
    if isinstance(values, models.Model):
        return {language: getattr(values, f"{name}_{language}") for language in LANGUAGE_CODES}
    return {language: values[f"{name}_{language}"] for language in LANGUAGE_CODES}


def date_field(name: StrOrPromise, *, editable: bool = True) -> models.DateField[Any, Any]:
    """The last day of a planned period; ``precision_field`` stands beside it."""
    return models.DateField(name, null=True, blank=True, editable=editable)


def precision_field(name: StrOrPromise) -> models.CharField[str, str]:
    return models.CharField(name, max_length=7, blank=True, default="", choices=PRECISION_CHOICES)


def planned(name: str) -> property:
    """A property that joins ``name`` and ``name_precision`` to a ``PlannedDate``."""

    def read(instance: models.Model) -> PlannedDate | None:
        return PlannedDate.of(getattr(instance, name), getattr(instance, f"{name}_precision"))

    def write(instance: models.Model, value: PlannedDate | None) -> None:
        setattr(instance, name, value.date if value else None)
        setattr(instance, f"{name}_precision", value.precision.value if value else "")

    return property(read, write)


class IsPeriod(models.Func):
    """SQL: the day is the last of a period of that precision, in the years that a plan may name."""

    output_field = models.BooleanField()
    arity = 2

    @override
    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, *_more: object, **_extra: object) -> tuple[str, tuple[()]]:
        day, precision = (compiler.compile(expression) for expression in self.source_expressions)
        sql = (
            "CASE WHEN {day} IS NULL THEN {precision} = '' ELSE "
            "EXTRACT(year FROM {day}) BETWEEN {first} AND {last} AND "
            "CASE {precision} WHEN 'day' THEN TRUE "
            "WHEN 'month' THEN EXTRACT(day FROM {day} + 1) = 1 "
            "WHEN 'quarter' THEN EXTRACT(day FROM {day} + 1) = 1 AND EXTRACT(month FROM {day}) IN (3, 6, 9, 12) "
            "WHEN 'year' THEN EXTRACT(day FROM {day}) = 31 AND EXTRACT(month FROM {day}) = 12 "
            "ELSE FALSE END END"
        )
        if day[1] or precision[1]:
            raise TypeError("IsPeriod takes columns: a constraint carries no parameters")
        return sql.format(day=day[0], precision=precision[0], first=FIRST_YEAR, last=LAST_YEAR), ()


class PeriodConstraint(models.CheckConstraint):
    """The check of a planned date; forms ask it in Python, where the pair of values can be named."""

    def __init__(self, *, column: str, name: str) -> None:
        self.column = column
        super().__init__(condition=IsPeriod(column, f"{column}_precision"), name=name)

    def deconstruct(self) -> tuple[str, tuple[object, ...], dict[str, object]]:
        path, _args, _kwargs = super().deconstruct()
        return path, (), {"column": self.column, "name": self.name}

    def clone(self) -> PeriodConstraint:
        return PeriodConstraint(column=self.column, name=self.name)

    @override
    def validate(self, model: object, instance: object, exclude: Iterable[str] | None = None, using: str = "default") -> None:
        day, precision = getattr(instance, self.column), getattr(instance, f"{self.column}_precision")
        if {self.column, f"{self.column}_precision"} & set(exclude or ()):
            return
        try:
            sound = not precision if day is None else PlannedDate(day, precision).date == day and bool(precision)
        except ValueError:
            sound = False
        if not sound:
            message = _("Give the last day of a period together with its precision, or neither.")
            raise ValidationError({self.column: ValidationError(message, code="not_a_period")})


def planned_date_constraint(name: str) -> models.CheckConstraint:
    """A date and its precision stand or fall together, and the day is the last of its period."""
    return PeriodConstraint(column=name, name=f"%(app_label)s_%(class)s_{name}_is_a_period")

"""The API's side of ``record.described``: how a field is answered, how the document describes it, and how it is sent."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from django.db.models import CharField, TextField
from rest_framework import serializers as s

from common.api.inputs import Address, Choice, Day, I18nInput, OneLine, PlannedDateInput, Text, Whole, YesNo
from common.api.shapes import AnyField, AnySerializer, I18nShape, PlannedDateShape, Shape, codes
from common.api.values import getter, i18n, number, planned, text_by
from common.fields import LANGUAGE_CODES, LinesField
from record.described import ANSWERED, Field, In, Sort, column_of, columns_of, fields_in, may_be_null, sort_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from record.models import VersionRow

    Get = Callable[[str], Any]
    Read = Callable[[Get], object]
    Row = VersionRow | Mapping[str, Any]

TAIL = {"version": "version", "position": "first", "updated_at": "updated_at"}
"""What every answer ends with, and the columns of it."""


# Answers


def names_in(versions: type[VersionRow], where: In) -> tuple[str, ...]:
    """The names of the fields of an answer: what ``?fields=`` may pick."""
    return (*(field.name for field in fields_in(versions, where)), *TAIL, "url")


@cache
def columns_in(versions: type[VersionRow], where: In, language: str) -> tuple[str, ...]:
    """What an answer needs of a row. Long lists are read by ``.values()`` of these: building model objects costs more than the SQL."""
    columns = [name for field in fields_in(versions, where) for name in _columns_read(versions, field, language)]
    return (*columns, *TAIL.values(), "withheld")


def answering(versions: type[VersionRow], where: In, *, language: str, base: str) -> Callable[[Row], dict[str, object]]:
    """What makes an item of a list (``In.LIST``) or the answer about one thing (``ANSWERED``) of a version.

    ``base`` is the address of the list. For many rows ask for it once: what a field is like is looked up here.
    """
    facts, tail = saying(versions, where, language), tuple(TAIL.items())

    def answer(row: Row) -> dict[str, object]:
        get, said = getter(row), facts(row)
        for name, column in tail:
            said[name] = get(column)
        said["url"] = f"{base}{get('code')}/"
        return said

    return answer


def saying(versions: type[VersionRow], where: In, language: str) -> Callable[[Row], dict[str, object]]:
    """What takes the fields that stand there out of a version, by their names."""
    fields = fields_in(versions, where)
    read = {field.name: _reader(versions, field, language) for field in fields}
    names, special = tuple(read), tuple((name, reader) for name, reader in read.items() if reader)
    columns = tuple("withheld" if read[field.name] else field.source for field in fields)
    texts = texts_of(versions) if where & In.DETAIL else ()

    def facts(row: Row) -> dict[str, object]:
        get = getter(row)
        said = dict(zip(names, map(get, columns), strict=True))
        for name, reader in special:
            said[name] = reader(get)
        return said | i18n(row, *texts) if texts else said

    return facts


def _languages(versions: type[VersionRow], field: Field, language: str) -> tuple[str, ...]:
    """Where a text may be missing in one, another one stands for it."""
    return (language, *LANGUAGE_CODES) if column_of(versions, field).blank and not field.alone else (language,)


def _columns_read(versions: type[VersionRow], field: Field, language: str) -> tuple[str, ...]:
    if sort_of(versions, field) is Sort.TEXT:
        return tuple(f"{field.source}_{code}" for code in dict.fromkeys(_languages(versions, field, language)))
    return columns_of(versions, field)


def _reader(versions: type[VersionRow], field: Field, language: str) -> Read | None:
    """How a value is answered, where not as the column has it."""
    name, null = field.source, may_be_null(versions, field)
    match sort_of(versions, field):
        case Sort.TEXT:
            languages, nothing = _languages(versions, field, language), None if null else ""
            return lambda get: text_by(get, name, languages) or nothing
        case Sort.PLANNED:
            precision = f"{name}_precision"
            return lambda get: planned(get(name), get(precision), language)
        case Sort.DECIMAL:
            return lambda get: number(get(name))
        case Sort.PARTS:
            return _reader_of_parts(versions, field, language)
    if null and isinstance(column_of(versions, field), CharField | TextField):
        return lambda get: get(name) or None
    return None


def _reader_of_parts(versions: type[VersionRow], field: Field, language: str) -> Read:
    parts = [(part, _reader(versions, part, language)) for part in field.parts]
    insisted = [part.name for part in field.parts if part.where & In.NEEDED and not may_be_null(versions, part)]

    def read(get: Get) -> dict[str, object] | None:
        said = {part.name: reader(get) if reader else get(part.source) for part, reader in parts}
        nothing = all(value in (None, "") for value in said.values()) or any(said[name] is None for name in insisted)
        return None if nothing else said

    return read


@cache
def texts_of(versions: type[VersionRow]) -> tuple[str, ...]:
    return tuple(field.name for field in fields_in(versions, ANSWERED) if sort_of(versions, field) is Sort.TEXT)


# The document


# A docstring would be part of the document.
class DescribedShape(Shape):
    rows: ClassVar[type[VersionRow]]
    where: ClassVar[In] = In.LIST

    def get_fields(self) -> dict[str, AnyField]:
        fields: dict[str, AnyField] = {field.name: shape_of(self.rows, field) for field in fields_in(self.rows, self.where)}
        if self.where & In.DETAIL:
            fields |= {f"{name}_i18n": I18nShape() for name in texts_of(self.rows)}
        return fields | super().get_fields()


class ThingShape(DescribedShape):
    version = s.IntegerField()
    position = s.IntegerField()
    updated_at = s.DateTimeField()
    url = s.URLField()


SHAPES: dict[Sort, Callable[..., AnyField]] = {
    Sort.TEXT: s.CharField,
    Sort.PLANNED: PlannedDateShape,
    Sort.CODES: codes,
    Sort.NUMBERS: lambda **options: s.ListField(child=s.IntegerField(), **options),
    Sort.CHOICE: s.CharField,
    Sort.YES_NO: s.BooleanField,
    Sort.WHOLE: s.IntegerField,
    Sort.DECIMAL: s.FloatField,
    Sort.DAY: s.DateField,
    Sort.ADDRESS: s.URLField,
    Sort.LINE: s.CharField,
}


def shape_of(versions: type[VersionRow], field: Field) -> AnyField:
    options: dict[str, Any] = {"allow_null": True} if may_be_null(versions, field) else {}
    if field.parts:
        return _shape_of_parts(versions, field)(**options)
    sort, column = sort_of(versions, field), column_of(versions, field)
    if sort is Sort.CHOICE and (options or not column.blank):
        return s.ChoiceField(choices=column.flatchoices, **options)
    return SHAPES[sort](**options)


@cache
def _shape_of_parts(versions: type[VersionRow], field: Field) -> type[AnySerializer]:
    return type(f"{field.component}Shape", (s.Serializer,), {part.name: shape_of(versions, part) for part in field.parts})


# Bodies


INPUTS: dict[Sort, Callable[..., AnyField]] = {
    Sort.PLANNED: PlannedDateInput,
    Sort.CHOICE: Choice,
    Sort.YES_NO: YesNo,
    Sort.WHOLE: Whole,
    Sort.DAY: Day,
    Sort.ADDRESS: Address,
    Sort.LINE: OneLine,
}


def inputs_of(versions: type[VersionRow], field: Field) -> dict[str, AnyField]:
    """What may be sent of a field: of a text in the language of the request, and with ``_i18n`` in each that is named."""
    column: Any = versions.of._meta.get_field(columns_of(versions, field)[0])
    sort, null = sort_of(versions, field), may_be_null(versions, field)
    needless = null if sort is Sort.PLANNED else sort is Sort.TEXT or column.blank or column.null or column.has_default()
    options: dict[str, Any] = {"required": False} if needless else {}
    if sort in {Sort.TEXT, Sort.LINE, Sort.ADDRESS}:
        options |= {"max_length": column.max_length} | ({"allow_blank": True} if column.blank else {})
    elif sort is Sort.CHOICE:
        options |= {"choices": column.choices} | ({"allow_null": True} if null else {})
    elif null and sort is not Sort.YES_NO:
        options["allow_null"] = True
    if sort is Sort.TEXT:
        kind = Text if isinstance(column, LinesField) else OneLine
        return {field.name: kind(**options), f"{field.name}_i18n": I18nInput(kind=kind, **options)}
    return {field.name: INPUTS[sort](**options)}

"""What a kind of thing is made of, said once: answers, bodies, files, sheets and histories follow from it.

Each version model has ``described``, a tuple of ``Field``s in the order in which answers and sheets show them. What
sort of value a field holds, how long it may be and what it is called is what the model's own column says.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Flag, StrEnum, auto
from functools import cache
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.text import capfirst

from common.fields import LANGUAGE_CODES, AddressField

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from record.models import VersionRow


class In(Flag):
    """Where a field stands. Every one of them has its place in histories."""

    NOWHERE = 0
    LIST = auto()
    """Every answer of the API."""
    DETAIL = auto()
    """The answer about one thing alone."""
    TIMELINE = auto()
    SENT = auto()
    """Bodies that programs send."""
    FILE = auto()
    """The roadmap file, which may leave it out."""
    NEEDED = auto()
    """The roadmap file, which may not."""
    COPIED = auto()
    """A further edition of a series begins with it."""
    PRIVATE = auto()
    """Words without a language that a withdrawal empties; it empties every translated text anyway."""


ANSWERED = In.LIST | In.DETAIL
FILED = In.FILE | In.NEEDED


class Sort(StrEnum):
    """How a value looks and is read."""

    TEXT = "text"
    """In three languages."""
    PLANNED = "planned"
    """The last day of a period, with how exactly it is meant."""
    CODES = "codes"
    NUMBERS = "numbers"
    CHOICE = "choice"
    YES_NO = "yes_no"
    WHOLE = "whole"
    DECIMAL = "decimal"
    DAY = "day"
    ADDRESS = "address"
    LINE = "line"
    PARTS = "parts"
    """Several fields under one name."""


@dataclass(frozen=True, eq=False)
class Field:
    """``name`` is what answers and bodies call it; ``column`` of the version row and ``file``, the key in the roadmap file, may differ."""

    name: str
    where: In = In.NOWHERE
    width: int = 0
    """In sheets, as characters; 0 is in none."""
    column: str = ""
    file: str = ""
    head: StrOrPromise | None = None
    """Over its column in sheets; without one, its words."""
    words: StrOrPromise | None = None
    """What histories call it; without any, the words of the model."""
    worked_out: models.Field[Any, Any] | None = None
    """What it is like, where no column holds it."""
    parts: tuple[Field, ...] = ()
    component: str = ""
    """What the API's document calls these parts."""
    null: bool | None = None
    """Whether answers say ``null`` where there is none; unless said, where the column may be empty."""
    alone: bool = False
    """Of a text: no other language stands for the one that is asked for."""

    @property
    def source(self) -> str:
        return self.column or self.name

    @property
    def key(self) -> str:
        return self.file or self.name


@cache
def fields_in(versions: type[VersionRow], where: In) -> tuple[Field, ...]:
    """The fields that stand in any of these places."""
    return tuple(field for field in versions.described if field.where & where)


@cache
def column_of(versions: type[VersionRow], field: Field) -> models.Field[Any, Any]:
    """The model's column that says what a field is like; of a text, the one of the first language."""
    if field.worked_out is not None:
        return field.worked_out
    columns = {column.name: column for column in versions._meta.concrete_fields}
    return columns.get(field.source) or columns[f"{field.source}_{LANGUAGE_CODES[0]}"]


SORTS = (
    (models.BooleanField, Sort.YES_NO),
    (models.IntegerField, Sort.WHOLE),
    (models.DecimalField, Sort.DECIMAL),
    (models.DateField, Sort.DAY),
    (AddressField, Sort.ADDRESS),
)


@cache
def sort_of(versions: type[VersionRow], field: Field) -> Sort:
    if field.parts:
        return Sort.PARTS
    names = {column.name for column in versions._meta.concrete_fields}
    if f"{field.source}_precision" in names:
        return Sort.PLANNED
    column = column_of(versions, field)
    if column.name != field.source and not field.worked_out:
        return Sort.TEXT
    if isinstance(column, ArrayField):
        return Sort.NUMBERS if isinstance(column.base_field, models.IntegerField) else Sort.CODES
    if column.choices:
        return Sort.CHOICE
    return next((sort for kind, sort in SORTS if isinstance(column, kind)), Sort.LINE)


@cache
def may_be_null(versions: type[VersionRow], field: Field) -> bool:
    """Whether an answer may say ``null``."""
    if field.null is not None:
        return field.null
    if sort_of(versions, field) in {Sort.TEXT, Sort.CODES, Sort.NUMBERS, Sort.YES_NO}:
        return False
    return bool(field.parts) or column_of(versions, field).null or column_of(versions, field).blank


@cache
def columns_of(versions: type[VersionRow], field: Field) -> tuple[str, ...]:
    """The columns of the version row that a field stands for."""
    match sort_of(versions, field):
        case Sort.PARTS:
            return tuple(name for part in field.parts for name in columns_of(versions, part))
        case Sort.TEXT:
            return tuple(f"{field.source}_{language}" for language in LANGUAGE_CODES)
        case Sort.PLANNED:
            return (field.source, f"{field.source}_precision")
    return (field.source,)


@cache
def fields_of_columns(versions: type[VersionRow]) -> dict[str, Field]:
    """Which field a column belongs to; what is only read has none."""
    return {name: field for field in versions.described if not field.worked_out for name in columns_of(versions, field)}


@cache
def words_of(versions: type[VersionRow]) -> dict[str, StrOrPromise]:
    """What histories call the columns; a text's languages go by one name."""
    columns = {name: field.words or _called(versions, name) for name, field in fields_of_columns(versions).items()}
    texts = (field for field in versions.described if sort_of(versions, field) is Sort.TEXT)
    return columns | {field.name: _called(versions, columns_of(versions, field)[0]) for field in texts}


def _called(versions: type[VersionRow], name: str) -> StrOrPromise:
    """What the column is called; one without words of its own, as the thing calls it."""
    column: Any = versions._meta.get_field(name)
    if not column._verbose_name and name in {field.name for field in versions.of._meta.get_fields()}:
        column = versions.of._meta.get_field(name)
    words: StrOrPromise = column.verbose_name
    return words


@cache
def words_emptied(versions: type[VersionRow]) -> tuple[str, ...]:
    """The columns that a withdrawal empties."""
    return tuple(
        name
        for field in versions.described
        for part in field.parts or (field,)
        if part.where & In.PRIVATE or sort_of(versions, part) is Sort.TEXT
        for name in columns_of(versions, part)
    )


def heading(versions: type[VersionRow], field: Field) -> StrOrPromise:
    """In the language of whoever reads it."""
    return field.head or capfirst(field.words or _called(versions, column_of(versions, field).name))


def choices_of(versions: type[VersionRow]) -> dict[str, dict[str, StrOrPromise]]:
    """The words for the values of each field that has a choice of them."""
    chosen = [field for field in versions.described if sort_of(versions, field) is Sort.CHOICE]
    return {field.name: dict(column_of(versions, field).flatchoices) for field in chosen}

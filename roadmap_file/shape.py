"""One shape for file and database: lists of items by key, every key present, dates as the file writes them.

A load compares three such shapes (the file as it was loaded last, the file now, the database)
and an export writes one, so that what is exported loads back to the same.
"""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from common.dates import PlannedDate
from common.fields import LinesField, all_languages
from common.text import joined
from proposals.models import Organisation
from record.described import Field, In, Sort, column_of, may_be_null
from roadmap_file.kinds import KINDS, LISTS, ORDERS, REPORT, fields_of, key_of, links_of, sort

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from django.db.models import QuerySet

    from common.json_types import JSONObject
    from proposals.models import Report
    from record.models import VersionRow

    Shape = dict[str, dict[str, JSONObject]]

EMPTY_TEXT = {"ru": "", "en": "", "kk": ""}


# From the file


def shape_of_file(data: JSONObject) -> Shape:
    """The shape of a checked file."""
    shape: Shape = {REPORT: {"": _complete(REPORT, fields_of(REPORT), data[REPORT])}}
    for kind in LISTS:
        shape[kind] = {str(item[key_of(kind)]): _complete(kind, fields_of(kind), item) for item in data.get(kind, [])}
    return shape


def completed(shape: Shape) -> Shape:
    """A shape that an earlier release kept, with what files could not hold then."""
    nothing = {kind: {field.key: default_of(kind, field) for field in fields_of(kind)} for kind in shape}
    return {kind: {key: deepcopy(nothing[kind]) | item for key, item in items.items()} for kind, items in shape.items()}


def _complete(kind: str, fields: tuple[Field, ...], item: JSONObject) -> JSONObject:
    return {field.key: _plain(kind, field, item[field.key]) if field.key in item else deepcopy(default_of(kind, field)) for field in fields}


@cache
def default_of(kind: str, field: Field) -> Any:
    """What a key that is left out stands for."""
    versions, of = KINDS[kind], sort(kind, field)
    match of:
        case Sort.TEXT:
            return None if may_be_null(versions, field) else EMPTY_TEXT
        case Sort.CODES | Sort.NUMBERS:
            return []
        case Sort.ADDRESS:
            return ""
        case Sort.YES_NO | Sort.CHOICE:
            return column_of(versions, field).get_default()
        case Sort.LINE if not may_be_null(versions, field):
            return ""
    return None


def _plain(kind: str, field: Field, value: Any) -> object:
    """A value as every file means it: dates one way, lists whose order says nothing in one order."""
    of = sort(kind, field)
    if value is None:
        return None
    if of is Sort.PARTS:
        return _complete(kind, field.parts, value)
    if of is Sort.PLANNED:
        return str(PlannedDate.parse(str(value)))
    if of is Sort.DECIMAL:
        return _number(value)
    if of in {Sort.TEXT, Sort.LINE} and not isinstance(column_of(KINDS[kind], field), LinesField):
        return {language: joined(text) for language, text in value.items()} if of is Sort.TEXT else joined(value)
    link = links_of(kind).get(field.key)
    return sorted(value, key=_natural) if link and not link.is_ordered else value


def _natural(value: object) -> tuple[int, ...] | tuple[str]:
    if isinstance(value, int):
        return (value,)
    parts = str(value).split(".")
    return tuple(map(int, parts)) if all(part.isdigit() for part in parts) else (str(value),)


def _number(value: float | Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if float(value).is_integer() else float(value)


# From the record


def organisations_of(report: Report) -> QuerySet[Organisation]:
    """Those that the report's file describes, and those made by hand that it needs."""
    needed = Q(ownerships__milestone__proposal__report=report) | Q(led_proposals__report=report)
    return Organisation.objects.filter(Q(report=report) | Q(report=None) & needed).distinct()


def shape_of_report(report: Report) -> Shape:
    """The shape of what the record holds of a report now: one query for each kind of thing."""
    shape: Shape = {REPORT: {"": item_of(REPORT, fields_of(REPORT), KINDS[REPORT]._default_manager.get(code=report.code, last=None))}}
    for kind, versions in LISTS.items():
        mine = Q(code__in=organisations_of(report).values("code")) if kind == "organisations" else Q(report=report.code)
        queryset = versions._default_manager.filter(mine, last=None).order_by(*ORDERS.get(kind, ("order", "code")))
        items = [item_of(kind, fields_of(kind), row) for row in queryset]
        shape[kind] = {str(item[key_of(kind)]): item for item in items}
    places = {code: place for place, code in enumerate(shape["proposals"])}
    shape["milestones"] = dict(sorted(shape["milestones"].items(), key=lambda pair: places[pair[1]["proposal"]]))
    return shape


def item_of(kind: str, fields: tuple[Field, ...], row: VersionRow) -> JSONObject:
    return {field.key: _said(kind, field, row) for field in fields}


def _said(kind: str, field: Field, row: VersionRow) -> object:
    """A value of a version as a file would write it."""
    nothing = default_of(kind, field)
    match sort(kind, field):
        case Sort.TEXT:
            texts = all_languages(row, field.source)
            return texts if any(texts.values()) else nothing
        case Sort.PARTS:
            parts = item_of(kind, field.parts, row)
            return parts if any(parts[part.key] != default_of(kind, part) for part in field.parts) else nothing
        case Sort.PLANNED:
            when = PlannedDate.of(getattr(row, field.source), getattr(row, f"{field.source}_precision"))
            return str(when) if when else nothing
    value = getattr(row, field.source)
    write = WRITTEN.get(sort(kind, field))
    return write(value) if write else nothing if value == "" else value


WRITTEN: dict[Sort, Callable[[Any], object]] = {
    Sort.DAY: date.isoformat,
    Sort.DECIMAL: _number,
    # Who belongs to no report names passages with theirs.
    Sort.CODES: lambda codes: [code.rpartition(":")[2] for code in codes],
}


# To columns


def values_of(kind: str, fields: tuple[Field, ...], item: JSONObject) -> dict[str, object]:
    """What an item says, as columns of the thing; codes of other things stay codes, and lists are links."""
    values: dict[str, object] = {}
    for field in fields:
        if field.key not in links_of(kind):
            values |= _column_values(kind, field, item[field.key])
    return values


def _column_values(kind: str, field: Field, value: Any) -> dict[str, object]:
    match sort(kind, field):
        case Sort.PARTS:
            return values_of(kind, field.parts, value or {part.key: default_of(kind, part) for part in field.parts})
        case Sort.TEXT:
            return {f"{field.source}_{language}": text for language, text in (value or EMPTY_TEXT).items()}
        case Sort.PLANNED:
            when = PlannedDate.parse(value) if value else None
            return {field.source: when.date if when else None, f"{field.source}_precision": when.precision.value if when else ""}
        case Sort.DAY:
            return {field.source: date.fromisoformat(value) if value else None}
    return {field.source: value}


def is_needed(field: Field) -> bool:
    return bool(field.where & In.NEEDED)

"""The JSON Schema of the file, made of what the models say; ``manage.py roadmap_schema`` writes it beside this module."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from common.fields import CODE_LENGTH, CODE_PATTERN, LANGUAGE_CODES, SHORT_TITLE_LENGTH
from record.described import Field, Sort, column_of, may_be_null
from roadmap_file.kinds import KINDS, LISTS, REPORT, fields_of, key_of, links_of, references_of, sort
from roadmap_file.shape import is_needed

if TYPE_CHECKING:
    from collections.abc import Callable

    from common.json_types import JSONObject

TEXTS = {300: "title", SHORT_TITLE_LENGTH: "short_title", 60: "short", 5000: "text"}
"""What texts are called, by their longest."""
ITEMS = {"passages": "passage_item"}
YEARS, NUMBERS = (1900, 2200), (1, 9999)
MOST_TURNS = 12
TOGETHER = {"series": ["edition"], "edition": ["series"]}
SCHEMA_FILE = Path(__file__).with_name("schema.json")


def ref(name: str) -> JSONObject:
    return {"$ref": f"#/$defs/{name}"}


def mapping(needed: list[str], properties: JSONObject) -> JSONObject:
    return {"type": "object", "additionalProperties": False, "required": needed, "properties": properties}


def name_of(kind: str) -> str:
    return ITEMS.get(kind, kind if kind in {REPORT, "series"} else kind.removesuffix("s"))


def schema() -> JSONObject:
    """With its definitions by name, as people and their editors read it."""
    lists = {kind: {"type": "array", "items": ref(name_of(kind))} for kind in LISTS}
    whole = mapping(["format", REPORT], {"format": {"const": 1}, REPORT: ref(REPORT), **lists})
    parts = [part for part in fields_of("indicators") if part.parts]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Roadmap file, format 1",
        "description": "A report and the plan made from it. docs/roadmap-file.md explains each key.",
        **whole,
        "$defs": {
            **BASICS,
            **{name: _text(length) for length, name in TEXTS.items()},
            **{part_name(part): _item("indicators", part.parts) for part in parts},
            **{name_of(kind): _item(kind, fields_of(kind)) for kind in KINDS},
        },
    }


def part_name(field: Field) -> str:
    return {"baseline": "measure"}.get(field.key, field.key)


PERIODS = "write 2030, 2027-Q2, 2027-06 or 2027-06-30"
YEAR = f"write a year from {YEARS[0]} to {YEARS[1]}"
BASICS: JSONObject = {
    "code": {
        "type": "string",
        "pattern": CODE_PATTERN,
        "maxLength": CODE_LENGTH,
        "errorMessage": "write a code: capital Latin letters and digits in groups, joined by hyphens, such as SM-03",
    },
    "passage": {
        "type": "string",
        "pattern": "^[0-9]{1,3}\\.[0-9]{1,3}$",
        "errorMessage": 'write the section and the paragraph in quotes, with a point between: "4.2"',
    },
    "day": {
        "type": "string",
        "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
        "format": "date",
        "errorMessage": "write a day of the calendar, such as 2025-03-01",
    },
    "planned": {
        "errorMessage": f"{PERIODS}, with years from {YEARS[0]} to {YEARS[1]}",
        "anyOf": [
            {"type": "integer", "minimum": YEARS[0], "maximum": YEARS[1]},
            {"type": "string", "pattern": "^[0-9]{4}(-Q[1-4]|-[0-9]{2}(-[0-9]{2})?)?$"},
        ],
    },
    "address": {
        "type": "string",
        "maxLength": 1000,
        "pattern": "^(https?://(?![^/?#\\\\]*@)\\S+)?$",
        "errorMessage": "write an address that begins with https://, without spaces and without anybody's password",
    },
    "number": {
        "type": "number",
        "minimum": -(10**15),
        "maximum": 10**15,
        "errorMessage": "write a number, such as 7500 or 0.5, of at most fifteen digits",
    },
    "note": {"type": "integer", "errorMessage": "write the number of a source, such as 12"},
}


def _text(length: int) -> JSONObject:
    if length == SHORT_TITLE_LENGTH:
        form: JSONObject = {"pattern": "^$|\\S", "errorMessage": "write the text, or leave it empty"}
    else:
        form = {"minLength": 1, "pattern": "\\S", "errorMessage": "the text is empty: write it"}
    said = {"type": "string", "maxLength": length, **form}
    return mapping([*LANGUAGE_CODES], dict.fromkeys(LANGUAGE_CODES, said))


def _item(kind: str, fields: tuple[Field, ...]) -> JSONObject:
    whole = mapping([field.key for field in fields if is_needed(field)], {field.key: _value(kind, field) for field in fields})
    return whole | ({"dependentRequired": TOGETHER} if kind == "milestones" else {})


def _value(kind: str, field: Field) -> JSONObject:
    """What may stand under a key. ``null`` may where the key may be left out, and for a measure that has no value."""
    of = sort(kind, field)
    said = VALUES[of](kind, field)
    nothing = of in {Sort.PLANNED, Sort.PARTS, Sort.WHOLE, Sort.TEXT, Sort.LINE} and not is_needed(field)
    if (nothing or of is Sort.DECIMAL) and may_be_null(KINDS[kind], field):
        return {"anyOf": [said, {"type": "null"}]}
    return said


def _line(kind: str, field: Field) -> JSONObject:
    column = column_of(KINDS[kind], field)
    target = references_of(kind).get(field.source, "")
    if target or field.key == key_of(kind):
        return ref("passage" if "passages" in {target, kind} else "code")
    return {"type": "string", **({} if column.blank else {"minLength": 1}), "maxLength": column.max_length}


def _list(kind: str, field: Field) -> JSONObject:
    link = links_of(kind).get(field.key)
    if link is None:
        return {"type": "array", "items": _choice(kind, field), "maxItems": MOST_TURNS}
    item = ref("note") if link.target == "sources" else ref("passage" if link.target == "passages" else "code")
    least = {"minItems": 1} if link.fixed and is_needed(field) else {}
    return {"type": "array", "items": item, "uniqueItems": True, **least}


def _choice(kind: str, field: Field) -> JSONObject:
    column = column_of(KINDS[kind], field)
    return {"enum": [value for value, _word in getattr(column, "base_field", column).flatchoices]}


def _whole(_kind: str, field: Field) -> JSONObject:
    if field.key == "number":
        words = f"write the number of the note, from {NUMBERS[0]} to {NUMBERS[1]}"
        return {"type": "integer", "minimum": NUMBERS[0], "maximum": NUMBERS[1], "errorMessage": words}
    return {"type": "integer", "minimum": YEARS[0], "maximum": YEARS[1], "errorMessage": YEAR}


VALUES: dict[Sort, Callable[[str, Field], JSONObject]] = {
    Sort.PARTS: lambda _kind, field: ref(part_name(field)),
    Sort.TEXT: lambda kind, field: ref(TEXTS[column_of(KINDS[kind], field).max_length or 0]),
    Sort.PLANNED: lambda *_of: ref("planned"),
    Sort.DAY: lambda *_of: ref("day"),
    Sort.ADDRESS: lambda *_of: ref("address"),
    Sort.DECIMAL: lambda *_of: ref("number"),
    Sort.YES_NO: lambda *_of: {"type": "boolean"},
    Sort.CODES: _list,
    Sort.NUMBERS: _list,
    Sort.CHOICE: _choice,
    Sort.WHOLE: _whole,
    Sort.LINE: _line,
}

"""What a JSON Schema finds wrong with a file, in words that say what to write instead."""

from __future__ import annotations

import re
from difflib import SequenceMatcher, get_close_matches
from typing import TYPE_CHECKING, Any, cast

from common.fields import LANGUAGE_CODES
from roadmap_file.reading import DECIMAL, INTEGER, plain_value, shortened
from roadmap_file.schema import BASICS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from jsonschema.exceptions import ValidationError

    from common.json_types import JSONObject
    from roadmap_file.reading import Document, Path

MOST_COMPARED = 1000
"""Looking for the nearest of more words takes longer than it helps."""
WHOLE = frozenset({"required", "uniqueItems", "maxItems", "dependentRequired"})
"""Faults of a mapping or a list that leave what stands in it as it is."""


def tell(document: Document, errors: Iterable[ValidationError]) -> None:
    """Make faults of the errors, one for a place, and leave out of ``document.data`` what has the wrong form."""
    for error in errors:
        for path, problem in _told(document, error):
            if error.validator in WHOLE or path not in document.unsound:
                document.fault(path, problem)
            if error.validator not in WHOLE:
                document.unsound.add(path)


def nearest(word: str, among: Iterable[str]) -> list[str]:
    """What may have been meant: a word, or two that are as near, or none."""
    words = list(among)
    if len(words) > MOST_COMPARED:
        return []
    same = [one for one in words if one.casefold() == word.casefold()]
    close = same[:1] or get_close_matches(word, words, 2, 0.7)
    likeness = [SequenceMatcher(None, one, word).ratio() for one in close]
    return [one for one, much in zip(close, likeness, strict=True) if much == likeness[0]]


def asked(word: str, among: Iterable[str]) -> str:
    """The same as a question, or nothing."""
    meant = nearest(word, among)
    return f"; did you mean {' or '.join(meant)}?" if meant else ""


def shown(value: str) -> str:
    """A text as it is quoted in a message."""
    return f"“{shortened(' '.join(value.split()), 40)}”"


def as_written(value: object, document: Document, path: Path) -> str:
    """A scalar as a file would have it: in quotes where it would be something else without."""
    text = document.unquoted.get(path, str(value))
    return text if isinstance(value, str) and plain_value(text) == text else f'"{text}"'


def _told(document: Document, error: ValidationError) -> Iterator[tuple[Path, str]]:
    path, schema, instance = tuple(error.absolute_path), cast("JSONObject", error.schema), cast("Any", error.instance)
    if error.validator == "additionalProperties":
        yield from _unknown_keys(path, schema, instance)
    elif error.validator == "anyOf" and "errorMessage" not in schema:
        # Either something or nothing: what is wrong with the something.
        for cause in error.context or ():
            if cause.relative_schema_path[0] == 0:
                yield from _told(document, cause)
    elif error.validator in SAID:
        if words := SAID[str(error.validator)](schema, instance):
            yield path, words
    else:
        yield path, _wanted(document, path, schema, instance)


# Mappings


def _unknown_keys(path: Path, schema: JSONObject, instance: JSONObject) -> Iterator[tuple[Path, str]]:
    known = [key for key in schema["properties"] if key not in instance]
    for key in instance:
        if key not in schema["properties"]:
            meant = asked(key, known) or f" here; these may stand here: {', '.join(schema['properties'])}"
            yield (*path, key), f"there is no such key{meant}"


def _missing(schema: JSONObject, present: JSONObject) -> str:
    """All that is missing, but what stands there under a misspelt name; that one is named as such."""
    missing = [key for key in schema["required"] if key not in present]
    misspelt = {meant for key in present if key not in schema["properties"] for meant in nearest(key, missing)[:1]}
    missing = [key for key in missing if key not in misspelt]
    if not missing:
        return ""
    if _is_text(schema):
        return f"{', '.join(missing)} {_is(missing)} missing: write the text in each language, {', '.join(LANGUAGE_CODES)}"
    return f"{', '.join(missing)} {_is(missing)} missing: write {'it' if len(missing) == 1 else 'them'} too"


def _is(things: list[str]) -> str:
    return "is" if len(things) == 1 else "are"


def _is_text(schema: JSONObject) -> bool:
    return set(schema.get("properties", ())) == set(LANGUAGE_CODES)


def _together(schema: JSONObject, present: JSONObject) -> str:
    pairs = schema["dependentRequired"].items()
    here, other = next((key, other) for key, (other,) in pairs if key in present and other not in present)
    return f"{here} and {other} go together: write {other} too"


# Lists


def _twice(_schema: JSONObject, instance: list[object]) -> str:
    values = [str(value) for value in instance]
    repeated = sorted({value for value in values if values.count(value) > 1})
    return f"write it once: {shortened(', '.join(repeated), 80)}"


# Values


def _too_long(schema: JSONObject, instance: str) -> str:
    return f"{shown(instance)} has {len(instance)} characters: write at most {schema['maxLength']}"


def _choice(schema: JSONObject, instance: object) -> str:
    choices = [str(value) for value in schema["enum"]]
    words = [word for word in choices if word]
    wanted = f"write one of these: {', '.join(words)}{', or leave it empty' if '' in choices else ''}"
    if not isinstance(instance, str) or not instance:
        return wanted
    return f"{shown(instance)} is not known here{asked(instance, words) or ':'} {wanted}"


SAID: dict[str, Callable[[JSONObject, Any], str]] = {
    "required": _missing,
    "dependentRequired": _together,
    "uniqueItems": _twice,
    "minItems": lambda *_of: "the list is empty: name at least one",
    "maxItems": lambda schema, instance: f"the list has {len(instance)} turns: write at most {schema['maxItems']}",
    "maxLength": _too_long,
    "enum": _choice,
    "const": lambda schema, _instance: f"write {schema['const']}: this release reads no other format",
}


def _wanted(document: Document, path: Path, schema: JSONObject, instance: object) -> str:
    """What to write instead of a value of another kind, or of another form."""
    kind = schema.get("type")
    if kind == "array":
        return _wanted_list(document, path, schema, instance)
    if kind == "object":
        return _wanted_keys(path, schema)
    if kind == "boolean":
        return "write true or false"
    return _quotes(document, path, schema, instance) or _wanted_form(document, path, schema, instance)


def _wanted_form(document: Document, path: Path, schema: JSONObject, instance: object) -> str:
    if "errorMessage" not in schema:
        return _wanted_text(schema, instance)
    if not isinstance(instance, str | int | float) or not str(instance).strip():
        return str(schema["errorMessage"])
    found = document.unquoted.get(path) or shown(str(instance))
    return f"{found} does not fit: {schema['errorMessage']}{_in_capitals(schema, str(instance))}"


def _in_capitals(schema: JSONObject, instance: str) -> str:
    capitals = re.sub("[^A-Z0-9]+", "-", instance.upper()).strip("-")
    fits = schema["errorMessage"] == BASICS["code"]["errorMessage"] and re.search(schema["pattern"], capitals)
    return f"; here that would be {capitals}" if fits else ""


def _wanted_list(document: Document, path: Path, schema: JSONObject, instance: object) -> str:
    if instance is None:
        return (
            "nothing stands here: write a list with at least one"
            if schema.get("minItems")
            else "nothing stands here: write a list, or [] for none"
        )
    if isinstance(instance, dict) or schema["items"].get("type") == "object":
        return "write a list: each thing begins with a hyphen on a line of its own"
    return f"write a list: [{as_written(instance, document, path)}]"


def _wanted_keys(path: Path, schema: JSONObject) -> str:
    if not path:
        return "write the keys of a roadmap file: format: 1, then report and its lists"
    if _is_text(schema):
        return f"write the text in each language, on lines of their own: {', '.join(f'{language}: …' for language in LANGUAGE_CODES)}"
    return f"write its keys on lines of their own: {', '.join(f'{key}: …' for key in schema['required'])}"


def _quotes(document: Document, path: Path, schema: JSONObject, instance: object) -> str:
    """That quotes are missing, or are too many."""
    kinds = {schema.get("type")} | {one.get("type") for one in schema.get("anyOf", ())}
    if kinds == {"string"} and isinstance(instance, bool | int | float):
        text = document.unquoted.get(path, str(instance))
        what = "number" if not isinstance(instance, bool) else "word"
        return f'write the {what} in quotes: "{text}"' if re.search(schema.get("pattern", ""), text) else ""
    if kinds <= {"integer", "number"} and isinstance(instance, str):
        plain = instance.strip().replace(",", ".")
        fits = INTEGER.fullmatch(plain) or ("number" in kinds and DECIMAL.fullmatch(plain))
        how = "with a point, not a comma" if "," in instance else "without quotes"
        return f"write the number {how}: {plain}" if fits else ""
    return ""


def _wanted_text(schema: JSONObject, instance: object) -> str:
    if isinstance(instance, dict):
        return "write one text here, not one in each language"
    if isinstance(instance, list):
        return "write one text here, not a list"
    return "nothing stands here: write the text" if schema.get("minLength") else "write the text, or leave it empty"

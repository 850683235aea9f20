"""Hooks of drf-spectacular's that finish the OpenAPI document: what generators of clients, and readers, need beyond shapes.

They run in the order of ``SPECTACULAR_SETTINGS``, after enums and plain names and before the examples.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from common.api.problems import PROBLEMS
from pages.api import events, examples, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from common.json_types import JSONObject

PROBLEM = "application/problem+json"
REF = "#/components/"
NAMED_VALUES = {"≈": "ABOUT", ">": "MORE_THAN", "≥": "AT_LEAST", "<": "LESS_THAN"}
NOTHING = {f"{REF}schemas/{name}" for name in ("BlankEnum", "NullEnum")}
EVERY = "EveryLanguageInput"


def finish(result: JSONObject, **_options: object) -> JSONObject:
    """The hook."""
    schemas = result["components"]["schemas"]
    _replace(result, _without_blanks)
    for name in ("BlankEnum", "NullEnum"):
        schemas.pop(name, None)
    for schema in schemas.values():
        _name_values(schema)
    _insist_on_languages(schemas)
    for operation in _operations(result):
        operation["summary"] = words.summary_of(operation["operationId"])
        for parameter in operation["parameters"]:
            parameter.setdefault("description", words.IN_PATHS.get(parameter["name"], ""))
    result["tags"] = [{"name": name, "description": said} for name, said in words.TAGS.items()]
    events.add_webhooks(result)
    _describe(schemas)
    return result


def _operations(document: JSONObject) -> Iterator[JSONObject]:
    for methods in document["paths"].values():
        yield from methods.values()


def _replace(value: Any, rule: Any) -> None:
    """Have ``rule`` change every object of the document, the outer ones first."""
    if isinstance(value, dict):
        rule(value)
        for inner in value.values():
            _replace(inner, rule)
    elif isinstance(value, list):
        for inner in value:
            _replace(inner, rule)


def _without_blanks(schema: JSONObject) -> None:
    """Nothing is said by ``null`` alone: one kind of nothing, which every generator knows. What is left of a choice of one is that one."""
    of = schema.get("oneOf")
    if not isinstance(of, list):
        return
    kept = [one for one in of if one.get("$ref") not in NOTHING and one.get("maxLength") != 0]
    if len(kept) == len(of):
        return
    null = any(one.get("$ref") == f"{REF}schemas/NullEnum" for one in of)
    if null:
        schema["oneOf"] = [*kept, {"type": "null"}]
    elif len(kept) == 1:
        del schema["oneOf"]
        schema.update(kept[0])


def _name_values(schema: JSONObject) -> None:
    """Names for the members of an enum, and what its description says of each: a generator could not call one ``≈``."""
    if "enum" not in schema:
        return
    values = [value for value in schema["enum"] if isinstance(value, str)]
    schema["x-enum-varnames"] = [NAMED_VALUES.get(value) or re.sub(r"\W+", "_", value).upper() for value in values]
    said = dict(re.findall(r"^\* `(.*)` - (.*)$", schema.get("description", ""), re.MULTILINE))
    if said:
        schema["x-enum-descriptions"] = [said.get(value, value) for value in values]


def _insist_on_languages(schemas: JSONObject) -> None:
    """Where a text has to be sent by language, it is in each."""
    part = schemas["I18nInput"]
    schemas[EVERY] = part | {"description": "A text in every language.", "required": sorted(part["properties"])}
    for schema in schemas.values():
        for name in schema.get("required", ()):
            if schema["properties"].get(name) == {"$ref": f"{REF}schemas/I18nInput"}:
                schema["properties"][name] = {"$ref": f"{REF}schemas/{EVERY}"}


def _describe(schemas: JSONObject) -> None:
    for component, schema in schemas.items():
        for name, said in schema.get("properties", {}).items():
            if "description" not in said:
                said["description"] = words.meaning(component, name)


def share_problems(result: JSONObject, **_options: object) -> JSONObject:
    """The last hook: one answer for each status of a problem, with an example of each kind, instead of one in every operation."""
    responses = result["components"].setdefault("responses", {})
    for operation in _operations(result):
        for status, answer in operation["responses"].items():
            if PROBLEM in answer.get("content", {}):
                name = HTTPStatus(int(status)).phrase.title().replace(" ", "")
                responses.setdefault(name, _problem(int(status)))
                operation["responses"][status] = {"$ref": f"{REF}responses/{name}"}
    return result


def _problem(status: int) -> JSONObject:
    """A problem with this status, and what was really answered of each kind."""
    kinds = [name for name, kind in PROBLEMS.items() if kind.status == status]
    said = {name: {"summary": str(PROBLEMS[name].title), "value": examples.problems()[name]["answers"]["en"]} for name in kinds}
    content = {"schema": {"$ref": f"{REF}schemas/Problem"}, "examples": said}
    return {"description": "; ".join(f"{one['summary']}" for one in said.values()) + ".", "content": {PROBLEM: content}}

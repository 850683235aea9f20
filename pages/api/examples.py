"""Examples of what was really sent and answered: for the OpenAPI document, and for the pages of problems.

Tests write both files and hold the API to them: ``tests/api/test_examples.py`` and ``test_problems.py``.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from common.json_types import JSONObject

FOLDER = Path(__file__).parent
JSON = "application/json"
ETAG = '"2.0f6c1d2e3a4b5c6d7e8f9a0b"'
PROBLEM = {
    "type": "/api/v1/problems/invalid/",
    "title": "The input is not valid",
    "status": 400,
    "detail": "Write a date as YYYY-MM-DD.",
    "errors": [{"pointer": "/effective_on", "code": "invalid", "detail": "Write a date as YYYY-MM-DD."}],
}


@cache
def recorded() -> dict[str, JSONObject]:
    """By operation: path parameters, the body that was sent, the answer."""
    return _read("examples.json")


@cache
def problems() -> dict[str, JSONObject]:
    """By type of problem: ``request`` as text, ``answers`` by language."""
    return _read("problems.json")


def _read(name: str) -> dict[str, JSONObject]:
    documents: dict[str, JSONObject] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return documents


def add_examples(result: JSONObject, **_options: object) -> JSONObject:
    """A hook of drf-spectacular's: an example for each body, answer and part of an address."""
    for methods in result["paths"].values():
        for operation in methods.values():
            if example := recorded().get(operation["operationId"]):
                _add(operation, example)
    result["components"]["schemas"]["Problem"]["example"] = PROBLEM
    return result


def _add(operation: JSONObject, example: JSONObject) -> None:
    for parameter in operation["parameters"]:
        if parameter["in"] == "path":
            parameter["example"] = example["path"][parameter["name"]]
        elif parameter["name"] == "If-Match":
            parameter["example"] = ETAG
    if "request" in example:
        operation["requestBody"]["content"][JSON]["example"] = example["request"]
    for status, answer in operation["responses"].items():
        if status[0] == "2" and JSON in answer.get("content", {}):
            answer["content"][JSON]["example"] = example["response"]

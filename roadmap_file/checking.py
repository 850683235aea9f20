"""Every fault of a roadmap file at once, each with its line and path."""

from __future__ import annotations

import json
from collections import defaultdict
from functools import cache
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator, FormatChecker

from common.dates import NotAPlannedDate, PlannedDate
from milestones.models import Milestone, Series
from milestones.rules import find_cycle
from proposals.models import ContextEvent, Indicator, Organisation, Proposal, Risk
from roadmap_file.reading import BadFile, Document, read
from roadmap_file.shape import KEYS, LISTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jsonschema.exceptions import ValidationError

    from roadmap_file.reading import Path

SCHEMA_FILE = FilePath(__file__).with_name("schema.json")
PLANNED = {"horizon", "starts", "ends", "due", "date"}
CODED: dict[str, tuple[Any, str]] = {
    "proposals": (Proposal, "report__code"),
    "risks": (Risk, "report__code"),
    "indicators": (Indicator, "report__code"),
    "context_events": (ContextEvent, "report__code"),
    "organisations": (Organisation, "report__code"),
    "series": (Series, "proposal__report__code"),
    "milestones": (Milestone, "proposal__report__code"),
}
REFERENCES = {
    "passages": {"passages", "diagnosis"},
    "sources": {"sources"},
    "organisations": {"lead", "support"},
    "milestones": {"predecessors"},
}
"""Which lists an item's keys point into; ``proposals`` and single values are checked by hand."""


@cache
def validator() -> Draft202012Validator:
    schema = json.loads(SCHEMA_FILE.read_text())
    return Draft202012Validator(resolved(schema, schema.pop("$defs")), format_checker=FormatChecker())


def resolved(schema: Any, definitions: dict[str, Any]) -> Any:
    """The schema with every reference replaced by what it names: looking them up takes most of the time of checking."""
    if isinstance(schema, list):
        return [resolved(one, definitions) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return resolved(definitions[schema["$ref"].removeprefix("#/$defs/")], definitions)
    return {name: resolved(value, definitions) for name, value in schema.items()}


def check(text: str) -> Document:
    """Read and check a file against the schema, itself and the database. Raises ``BadFile`` with every fault."""
    document = read(text)
    for error in validator().iter_errors(document.data):
        _schema_fault(document, error)
    if not document.faults:
        _Checker(document).run()
    if document.faults:
        raise BadFile(document.faults)
    return document


def _schema_fault(document: Document, error: ValidationError) -> None:
    path = tuple(error.absolute_path)
    schema: Any = error.schema
    value: Any = error.validator_value
    instance: Any = error.instance
    if error.validator == "required":
        missing = [name for name in value if name not in instance]
        document.fault(path, f"is missing: {', '.join(missing)}")
    elif error.validator == "additionalProperties":
        known = set(schema.get("properties", {}))
        document.fault(path, f"has unknown keys: {', '.join(sorted(set(instance) - known))}")
    elif error.validator == "anyOf":
        document.fault(path, f"{_shown(instance)} does not fit; {_wanted(error)}")
    else:
        document.fault(path, _shortened(error.message))


def _wanted(error: ValidationError) -> str:
    """What one of the alternatives says of itself."""
    schemas: list[Any] = [error.schema, *(one.schema for one in error.context or ())]
    described = next((schema["description"] for schema in schemas if "description" in schema), "")
    return f"write {described}" if described else "see docs/roadmap-file.md for what may stand here"


def _shown(value: Any) -> str:
    return _shortened(repr(value), 60)


def _shortened(text: str, length: int = 200) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


class _Checker:
    """What a schema cannot say: references, order, uniqueness, dates against the horizon."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.data: dict[str, Any] = document.data
        self.known: dict[str, set[str]] = {kind: {str(item[KEYS.get(kind, "code")]) for item in self.data.get(kind, [])} for kind in LISTS}
        self.dates: dict[Path, PlannedDate] = {}

    def items(self, kind: str) -> Iterator[tuple[Path, dict[str, Any]]]:
        for index, item in enumerate(self.data.get(kind, [])):
            yield (kind, index), item

    def run(self) -> None:
        self.read_dates(self.data, ())
        self.check_unique()
        self.check_taken()
        for kind in LISTS:
            for path, item in self.items(kind):
                self.check_references(kind, path, item)
        if self.document.faults:
            return
        self.check_spans()
        self.check_editions()
        self.check_owners()
        self.check_plan()

    def read_dates(self, value: Any, path: Path) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                planned = key in PLANNED and path[:1] != ("series",)
                if (planned or (key == "published_on" and inner is not None)) and not isinstance(inner, dict):
                    self.read_date(inner, (*path, key))
                else:
                    self.read_dates(inner, (*path, key))
        elif isinstance(value, list):
            for index, inner in enumerate(value):
                self.read_dates(inner, (*path, index))

    def read_date(self, value: Any, path: Path) -> None:
        if value is None:
            return
        try:
            self.dates[path] = PlannedDate.parse(str(value))
        except NotAPlannedDate as error:
            self.document.fault(path, f"{_shown(value)} is not a date: {error}")

    def check_unique(self) -> None:
        for kind in LISTS:
            key, seen = KEYS.get(kind, "code"), set()
            for path, item in self.items(kind):
                if item[key] in seen:
                    self.document.fault((*path, key), f"{item[key]} stands in {kind} twice")
                seen.add(item[key])

    def check_taken(self) -> None:
        """Codes are unique in an installation: one that another report has is refused."""
        own = self.data["report"]["code"]
        for kind, (model, report) in CODED.items():
            if not self.known[kind]:
                continue
            taken = dict(model._default_manager.filter(code__in=self.known[kind]).exclude(**{report: own}).values_list("code", report))
            for path, item in self.items(kind):
                if item["code"] in taken and (taken[item["code"]] or kind != "organisations"):
                    owner = taken[item["code"]]
                    self.document.fault((*path, "code"), f"{item['code']} is taken by {f'report {owner}' if owner else 'one made by hand'}")

    @property
    def organisations(self) -> set[str]:
        """Those of the file and those that are already there: reports share organisations."""
        if not hasattr(self, "_organisations"):
            self._organisations = self.known["organisations"] | set(Organisation.objects.values_list("code", flat=True))
        return self._organisations

    def check_references(self, kind: str, path: Path, item: dict[str, Any]) -> None:
        for target, keys in REFERENCES.items():
            known = self.organisations if target == "organisations" else self.known[target]
            for key in keys & set(item):
                for index, code in enumerate(item[key]):
                    if str(code) not in known:
                        self.document.fault((*path, key, index), f"{code} is not among the {target}")
        for index, code in enumerate(item.get("proposals", [])):
            self.check_known((*path, "proposals", index), code, "proposals")
        self.check_single_references(kind, path, item)

    def check_single_references(self, kind: str, path: Path, item: dict[str, Any]) -> None:
        for key, target in (("proposal", "proposals"), ("series", "series")):
            if item.get(key) is not None:
                self.check_known((*path, key), item[key], target)
        passage = (item.get("baseline") or {}).get("passage") if kind == "indicators" else None
        if passage is not None:
            self.check_known((*path, "baseline", "passage"), passage, "passages")

    def check_known(self, path: Path, code: str, target: str) -> None:
        if code not in self.known[target]:
            self.document.fault(path, f"{code} is not among the {target}")

    def check_spans(self) -> None:
        for path, _item in self.items("context_events"):
            start, end = self.dates[(*path, "starts")], self.dates.get((*path, "ends"))
            if end and end < start:
                self.document.fault((*path, "ends"), "ends before it starts")
        for path, item in self.items("series"):
            if item["ends"] < item["starts"]:
                self.document.fault((*path, "ends"), "ends before it starts")

    def check_owners(self) -> None:
        for path, item in self.items("milestones"):
            for code in sorted(set(item["lead"]) & set(item.get("support", []))):
                self.document.fault((*path, "support"), f"{code} leads and supports")

    def check_editions(self) -> None:
        series = {item["code"]: item for _path, item in self.items("series")}
        seen: set[tuple[str, int]] = set()
        for path, item in self.items("milestones"):
            if item.get("series") is None or item.get("edition") is None:
                if item.get("series") != item.get("edition"):
                    self.document.fault(path, "a series and an edition go together")
                continue
            edition, of = item["edition"], series[item["series"]]
            if not of["starts"] <= edition <= of["ends"]:
                self.document.fault((*path, "edition"), f"{edition} lies outside {of['code']} ({of['starts']} to {of['ends']})")
            if of["proposal"] != item["proposal"]:
                self.document.fault((*path, "series"), f"{of['code']} belongs to {of['proposal']}, the milestone to {item['proposal']}")
            if (of["code"], edition) in seen:
                self.document.fault((*path, "edition"), f"{of['code']} has an edition {edition} twice")
            seen.add((of["code"], edition))

    def check_plan(self) -> None:
        """No date outside the report's day and its horizon, no cycle, nothing due before what it waits for."""
        published, horizon = self.dates[("report", "published_on")], self.dates[("report", "horizon")]
        due: dict[str, PlannedDate] = {}
        waits: dict[str, list[str]] = defaultdict(list)
        for path, item in self.items("milestones"):
            when = self.dates.get((*path, "due"))
            if when:
                due[item["code"]] = when
                if not published.date <= when.date <= horizon.date:
                    self.document.fault((*path, "due"), f"{when} lies outside {published} to {horizon}")
            waits[item["code"]] = item.get("predecessors", [])
        if cycle := find_cycle(waits):
            at = next(path for path, item in self.items("milestones") if item["code"] == cycle[0])
            self.document.fault((*at, "predecessors"), f"wait for each other in a circle: {' → '.join(cycle)}")
        else:
            self.check_sequence(waits, due)

    def check_sequence(self, waits: dict[str, list[str]], due: dict[str, PlannedDate]) -> None:
        for path, item in self.items("milestones"):
            for index, code in enumerate(waits[item["code"]]):
                if code in due and item["code"] in due and due[item["code"]].date < due[code].date:
                    self.document.fault(
                        (*path, "predecessors", index), f"is due {due[item['code']]}, before {code} which it waits for ({due[code]})"
                    )

"""Every fault of a roadmap file at once, each with its line and path."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError as ModelError
from django.db.models import Q
from django.utils.translation import override
from jsonschema import Draft202012Validator, FormatChecker

from common.dates import NotAPlannedDate, PlannedDate
from common.text import lines
from milestones.rules import find_cycle
from proposals.models import Organisation
from record.described import Sort
from roadmap_file.kinds import LISTS, REPORT, fields_of, key_of, links_of, model_of, references_of, sort
from roadmap_file.reading import BadFile, Document, read
from roadmap_file.schema import schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jsonschema.exceptions import ValidationError

    from common.json_types import JSONObject
    from record.described import Field
    from roadmap_file.reading import Path


@cache
def validator() -> Draft202012Validator:
    whole = schema()
    return Draft202012Validator(resolved(whole, whole.pop("$defs")), format_checker=FormatChecker())


def resolved(part: Any, definitions: JSONObject) -> Any:
    """The schema with every reference replaced by what it names: looking them up takes most of the time of checking."""
    if isinstance(part, list):
        return [resolved(item, definitions) for item in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return resolved(definitions[part["$ref"].removeprefix("#/$defs/")], definitions)
    return {name: resolved(value, definitions) for name, value in part.items()}


def check(text: str) -> Document:
    """Read and check a file against the schema, itself and the database. Raises ``BadFile`` with every fault."""
    document = read(text)
    document.data = _kept(document, document.data, ())
    for error in validator().iter_errors(document.data):
        _schema_fault(document, error)
    if not document.faults:
        _Checker(document).run()
    if document.faults:
        raise BadFile(document.faults)
    return document


def _kept(document: Document, value: object, path: Path) -> object:
    """The same data with each text as it is kept; what may stand in none is a fault."""
    if isinstance(value, dict):
        return {key: _kept(document, inner, (*path, key)) for key, inner in value.items()}
    if isinstance(value, list):
        return [_kept(document, inner, (*path, place)) for place, inner in enumerate(value)]
    if not isinstance(value, str):
        return value
    try:
        return lines(value)
    except ModelError as error:
        with override(None):
            document.fault(path, error.messages[0])
        return value


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
    elif error.validator == "maxLength":
        document.fault(path, f"{_shown(instance)} has {len(instance)} characters; at most {value} may stand here")
    elif error.validator == "anyOf":
        document.fault(path, f"{_shown(instance)} does not fit; {_wanted(error)}")
    else:
        document.fault(path, _shortened(error.message))


def _wanted(error: ValidationError) -> str:
    """What one of the alternatives says of itself."""
    schemas: list[Any] = [error.schema, *(cause.schema for cause in error.context or ())]
    described = next((schema["description"] for schema in schemas if "description" in schema), "")
    return f"write {described}" if described else "see docs/roadmap-file.md for what may stand here"


def _shown(value: object) -> str:
    return _shortened(repr(value), 60)


def _shortened(text: str, length: int = 200) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


class _Checker:
    """What a schema cannot say: references, order, uniqueness, dates against the horizon."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.data: JSONObject = document.data
        self.known = {kind: {str(item[key_of(kind)]) for item in self.data.get(kind, [])} for kind in LISTS}
        self.dates: dict[Path, PlannedDate] = {}

    def items(self, kind: str) -> Iterator[tuple[Path, JSONObject]]:
        for index, item in enumerate(self.data.get(kind, [])):
            yield (kind, index), item

    def run(self) -> None:
        self.read_dates()
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

    def read_dates(self) -> None:
        self.read_dates_of(REPORT, fields_of(REPORT), (REPORT,), self.data[REPORT])
        for kind in LISTS:
            for path, item in self.items(kind):
                self.read_dates_of(kind, fields_of(kind), path, item)

    def read_dates_of(self, kind: str, fields: tuple[Field, ...], path: Path, item: JSONObject) -> None:
        for field in fields:
            if field.parts and item.get(field.key):
                self.read_dates_of(kind, field.parts, (*path, field.key), item[field.key])
            elif sort(kind, field) in {Sort.PLANNED, Sort.DAY}:
                self.read_date(item.get(field.key), (*path, field.key))

    def read_date(self, value: object, path: Path) -> None:
        if value is None:
            return
        try:
            self.dates[path] = PlannedDate.parse(str(value))
        except NotAPlannedDate as error:
            self.document.fault(path, f"{_shown(value)} is not a date: {error}")

    def check_unique(self) -> None:
        for kind in LISTS:
            key, seen = key_of(kind), set()
            for path, item in self.items(kind):
                if item[key] in seen:
                    self.document.fault((*path, key), f"{item[key]} stands in {kind} twice")
                seen.add(item[key])

    def check_taken(self) -> None:
        """Codes are unique in an installation: one that another report has is refused."""
        own = self.data[REPORT]["code"]
        for kind in (kind for kind in LISTS if key_of(kind) == "code" and self.known[kind]):
            report = "report__code" if "report" in references_of(kind) else "proposal__report__code"
            things = model_of(kind)._default_manager.filter(Q(code__in=self.known[kind]))
            taken = dict(things.exclude(**{report: own}).values_list("code", report))
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

    def check_references(self, kind: str, path: Path, item: JSONObject) -> None:
        for key, link in links_of(kind).items():
            for index, code in enumerate(item.get(key, [])):
                self.check_known((*path, key, index), str(code), link.target)
        self.check_single_references(kind, fields_of(kind), path, item)

    def check_single_references(self, kind: str, fields: tuple[Field, ...], path: Path, item: JSONObject) -> None:
        for field in fields:
            value, target = item.get(field.key), references_of(kind).get(field.source)
            if field.parts and value:
                self.check_single_references(kind, field.parts, (*path, field.key), value)
            elif target and sort(kind, field) is Sort.LINE and value is not None:
                self.check_known((*path, field.key), value, target)

    def check_known(self, path: Path, code: str, target: str) -> None:
        if code not in (self.organisations if target == "organisations" else self.known[target]):
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

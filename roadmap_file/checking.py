"""Every fault of a roadmap file at once, each with its line and path."""

from __future__ import annotations

from collections import defaultdict
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError as ModelError
from django.db.models import Q
from django.utils.translation import override
from jsonschema import Draft202012Validator, FormatChecker

from common.dates import NotAPlannedDate, PlannedDate
from common.fields import CODE_LENGTH
from common.text import lines
from milestones.rules import find_cycle
from proposals.models import Organisation
from record.described import Sort
from roadmap_file.kinds import LISTS, REPORT, fields_of, key_of, links_of, model_of, references_of, sort
from roadmap_file.reading import BadFile, Document, read, shortened
from roadmap_file.schema import PERIODS, YEARS, schema
from roadmap_file.wording import asked, shown, tell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from common.json_types import JSONObject
    from record.described import Field
    from roadmap_file.reading import Path

ITSELF = 2
"""A circle of one names it twice."""


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
    tell(document, validator().iter_errors(document.data))
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
            document.unsound.add(path)
        return value


def _sound(document: Document, value: object, path: Path) -> Any:
    """The data without what has the wrong form; in a list nothing stands in its place, so that the others keep theirs."""
    if path in document.unsound:
        return None
    if isinstance(value, dict):
        return {key: _sound(document, inner, (*path, key)) for key, inner in value.items() if (*path, key) not in document.unsound}
    if isinstance(value, list):
        return [_sound(document, inner, (*path, place)) for place, inner in enumerate(value)]
    return value


class _Checker:
    """What a schema cannot say: references, order, uniqueness, dates against the horizon. Asked of whatever has the right form."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.data: JSONObject = (_sound(document, document.data, ()) if document.unsound else document.data) or {}
        self.report: JSONObject = self.data.get(REPORT) or {}
        self.known = {kind: set(self.named(kind)) for kind in LISTS}
        self.unsure = {kind for kind in LISTS if "" in self.known[kind]}
        """Lists in which something has no code that can be read: it may be what is looked for."""
        self.repeated: set[Path] = set()
        self.dates: dict[Path, PlannedDate] = {}

    def items(self, kind: str) -> Iterator[tuple[Path, JSONObject]]:
        for index, item in enumerate(self.data.get(kind) or []):
            if item is not None:
                yield (kind, index), item

    def named(self, kind: str) -> Iterator[str]:
        """What names the things of a list, also a number of which only the quotes are missing; empty where that cannot be said."""
        key, listed = key_of(kind), self.data.get(kind, [])
        if listed is None or (kind,) in self.document.unsound:
            yield ""
        for index, item in enumerate(listed or []):
            path = (kind, index, key)
            unquoted = self.document.unquoted.get(path) if kind == "passages" else None
            yield unquoted or (str(item[key]) if item and key in item else "")

    def run(self) -> None:
        self.read_dates()
        self.check_unique()
        self.check_taken()
        for kind in LISTS:
            for path, item in self.items(kind):
                self.check_references(kind, path, item)
        self.check_spans()
        self.check_editions()
        self.check_owners()
        self.check_plan()

    def read_dates(self) -> None:
        self.read_dates_of(REPORT, fields_of(REPORT), (REPORT,), self.report)
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
        except NotAPlannedDate:
            self.document.fault(path, f"{shown(str(value))} is not in the calendar: {PERIODS}")

    def check_unique(self) -> None:
        for kind in LISTS:
            key, seen = key_of(kind), dict[object, int]()
            for path, item in self.items(kind):
                code, line = item.get(key), self.document.line((*path, key))
                if code is not None and seen.setdefault(code, line) != line:
                    self.repeated.add(path)
                    other = "give this one another" if key == "code" else "write each once"
                    self.document.fault((*path, key), f"{code} is the {key} on line {seen[code]} already: {other}")

    def check_taken(self) -> None:
        """Codes are unique in an installation: one that another report has is refused."""
        own = self.report.get("code")
        for kind in (kind for kind in LISTS if own and key_of(kind) == "code" and self.known[kind]):
            report = "report__code" if "report" in references_of(kind) else "proposal__report__code"
            things = model_of(kind)._default_manager.filter(Q(code__in=self.known[kind]))
            taken = dict(things.exclude(**{report: own}).values_list("code", report))
            for path, item in self.items(kind):
                if (code := str(item.get("code"))) in taken and (taken[code] or kind != "organisations"):
                    self.document.fault((*path, "code"), self.taken_by(taken[code], kind, code))

    def taken_by(self, report: str | None, kind: str, code: str) -> str:
        """Whose a code is, and how to go on: an organisation is shared as it is, everything else needs a code of its own."""
        owner = f"{code} belongs to report {report}" if report else f"{code} was made by hand"
        if kind == "organisations":
            return f"{owner}: to name the same organisation, take it out of this list and write {code} where it leads or supports"
        free = f"{self.report['code']}-{code}"
        return f"{owner}: write a code of your own{f', such as {free}' if len(free) <= CODE_LENGTH else ''}, here and wherever it is named"

    @cached_property
    def organisations(self) -> set[str]:
        """Those of the file and those that are already there: reports share organisations."""
        return self.known["organisations"] | set(Organisation.objects.values_list("code", flat=True))

    def check_references(self, kind: str, path: Path, item: JSONObject) -> None:
        for key, link in links_of(kind).items():
            for index, code in enumerate(item.get(key, [])):
                if code is not None:
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
        known = self.organisations if target == "organisations" else self.known[target]
        if code not in known and target not in self.unsure:
            self.document.fault(path, f"{code} is not among the {target.replace('_', ' ')} of this file{asked(code, known)}")

    def check_spans(self) -> None:
        for path, _item in self.items("context_events"):
            start, end = self.dates.get((*path, "starts")), self.dates.get((*path, "ends"))
            if start and end and end < start:
                self.document.fault((*path, "ends"), f"{end} is before {start}, when it starts")
        for path, item in self.items("series"):
            if item.get("ends", YEARS[1]) < item.get("starts", YEARS[0]):
                self.document.fault((*path, "ends"), f"{item['ends']} is before {item['starts']}, when it starts")

    def check_owners(self) -> None:
        for path, item in self.items("milestones"):
            for code in sorted({*item.get("lead", [])} & {*item.get("support", [])} - {None}):
                self.document.fault((*path, "support"), f"{code} leads already: take it out of lead or of support")

    def check_editions(self) -> None:
        series = {item["code"]: item for _path, item in self.items("series") if "code" in item}
        seen: dict[tuple[str, int], Path] = {}
        for path, item in self.items("milestones"):
            name, edition = item.get("series"), item.get("edition")
            if (name is None) != (edition is None) and {"series", "edition"} <= set(item):
                self.document.fault(path, "series and edition go together: write both or neither")
            if name is None or edition is None or name not in series:
                continue
            of = series[name]
            first, last = of.get("starts", YEARS[0]), of.get("ends", YEARS[1])
            if not first <= edition <= last:
                self.document.fault((*path, "edition"), f"{edition} is no year of {name}, which runs from {first} to {last}")
            if {"proposal"} <= set(of) & set(item) and of["proposal"] != item["proposal"]:
                said = f"{name} is of proposal {of['proposal']}, the milestone of {item['proposal']}: write the same"
                self.document.fault((*path, "series"), said)
            if seen.setdefault((name, edition), path) != path:
                line = self.document.line(seen[name, edition])
                self.document.fault((*path, "edition"), f"{name} has an edition {edition} on line {line} already: write each year once")

    def check_plan(self) -> None:
        """No date outside the report's day and its horizon, no cycle, nothing due before what it waits for."""
        published, horizon = self.dates.get((REPORT, "published_on")), self.dates.get((REPORT, "horizon"))
        due: dict[str, PlannedDate] = {}
        waits: dict[str, list[str]] = defaultdict(list)
        for path, item in self.items("milestones"):
            when = self.dates.get((*path, "due"))
            if path in self.repeated:
                continue
            if when and published and when.date < published.date:
                self.document.fault((*path, "due"), f"{when} is before {published}, when the report came out: write a later one")
            elif when and horizon and when.date > horizon.date:
                self.document.fault((*path, "due"), f"{when} is after {horizon}, the report's horizon: write an earlier one")
            elif when and "code" in item:
                due[item["code"]] = when
            if "code" in item:
                waits[item["code"]] = [other for other in item.get("predecessors", []) if other is not None]
        if cycle := find_cycle(waits):
            at = next(path for path, item in self.items("milestones") if item.get("code") == cycle[0])
            circle = f"they wait for each other in a circle, {shortened(' → '.join(cycle), 200)}: take one out"
            self.document.fault((*at, "predecessors"), circle if len(cycle) > ITSELF else "it waits for itself: take it out")
        else:
            self.check_sequence(due)

    def check_sequence(self, due: dict[str, PlannedDate]) -> None:
        for path, item in self.items("milestones"):
            code = item.get("code", "")
            for index, other in enumerate([] if path in self.repeated else item.get("predecessors", [])):
                if other in due and code in due and due[code].date < due[other].date:
                    said = f"it waits for {other}, which is due {due[other]}, but is due {due[code]} itself, which is earlier"
                    self.document.fault((*path, "predecessors", index), said)

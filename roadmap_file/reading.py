"""YAML text to plain data, remembering where each value stood.

Only the plain part of YAML is read: no anchors and aliases (a few lines of them can unfold to
gigabytes), no tags (they name types to be made), one document. Dates stay text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from common.json_types import JSONObject

LARGEST_FILE = 32 * 1024 * 1024
DEEPEST = 12
INTEGER = re.compile(r"[-+]?[0-9]{1,18}", re.ASCII)
DECIMAL = re.compile(r"[-+]?[0-9]{1,18}\.[0-9]{1,18}", re.ASCII)
CONSTANTS: dict[str, bool | None] = {"": None, "~": None, "null": None, "true": True, "false": False}
Path = tuple[str | int, ...]
UNREADABLE = {
    "mapping values are not allowed": "a colon stands where none can: put a text that has one in quotes, or mend the indent",
    "tab character": "a tab begins the line: indent by spaces",
    "cannot start any token": "a tab, or a sign that YAML reserves, begins the text: put the text in quotes, indent by spaces",
    "unknown escape character": "a backslash stands within double quotes: write it twice, or use single quotes",
    "quoted scalar": "quotes are opened and not closed: close them, and write quotes within the text twice or as «»",
    "flow sequence": "a bracket [ is opened and not closed: close it, with commas between what stands in it",
    "flow mapping": "a bracket { is opened and not closed: close it, with commas between what stands in it",
    "block mapping": "the line does not fit those above it: look at its indent, and for quotes above it that are not closed",
    "block sequence": "the line does not fit those above it: look at its indent, and for quotes above it that are not closed",
    "could not find expected ':'": "a key has no colon: write a colon and a space behind it",
    "control characters are not allowed": "a control character stands here: write the text without it",
    "special characters are not allowed": "a control character stands here: write the text without it",
    "": "this is not YAML: look for a missing quote, bracket or colon here or just above",
}
"""What the parser says, and what to tell people; the first that fits."""


@dataclass(frozen=True, order=True)
class Fault:
    """What is wrong at one place of the file; ``line`` counts from 1, 0 is the file as a whole."""

    line: int
    path: str
    problem: str

    def __str__(self) -> str:
        return ": ".join(filter(None, (f"line {self.line}" if self.line else "", self.path, self.problem)))


class BadFile(Exception):
    """The file cannot be used; ``faults`` names everything that was found, in the order of lines."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = sorted(set(faults))
        super().__init__("\n".join(map(str, self.faults)))


def shortened(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


@dataclass
class Document:
    """The data of a file, the line on which each path begins, and what stood there where it was no text."""

    data: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    unquoted: dict[Path, str] = field(default_factory=dict)
    twice: list[tuple[Path, int, int]] = field(default_factory=list)
    """Keys that stand twice, with both lines."""
    faults: list[Fault] = field(default_factory=list)
    unsound: set[Path] = field(default_factory=set)
    """Where a value has the wrong form, so that nothing more can be asked of it."""

    def fault(self, path: Path, problem: str) -> None:
        self.faults.append(Fault(self.line(path), self.place(path), problem))

    def place(self, path: Path) -> str:
        """A path as people find it: ``milestones EXW-01, due``; where there is no code, which of the list it is."""
        kind, *rest = path or ("",)
        name = str(kind)
        if rest and isinstance(rest[0], int):
            name += self._name((kind, rest.pop(0)))
        keys = ".".join(step for step in rest if isinstance(step, str))
        return ", ".join(filter(None, (shortened(name, 60), shortened(keys, 60))))

    def _name(self, path: Path) -> str:
        kind, index = path
        item = self.data[kind][index]
        for key in ("code", "number"):
            if isinstance(item, dict) and isinstance(item.get(key), str | int | float):
                return f" {self.unquoted.get((*path, key), item[key])}"
        return f", number {int(index) + 1}"

    def line(self, path: Path) -> int:
        """The line of a path, or of the nearest thing around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def refuse(line: int, problem: str) -> NoReturn:
    raise BadFile([Fault(line, "", problem)])


def read(text: str) -> Document:
    """Parse a file. Raises ``BadFile`` when it is not the plain YAML that the format allows."""
    if len(text) > LARGEST_FILE:
        refuse(0, f"the file is larger than {LARGEST_FILE // 1024 // 1024} MiB")
    document = Document()
    try:
        events = _plain_events(text)
        first = next(events, None)
        if first is None:
            refuse(1, "the file is empty: write format: 1 and report: first")
        document.data = _value(document, events, first, ())
        if next(events, None) is not None:
            refuse(1, "the file holds more than one document: take out the line ---")
        for path, line, earlier in document.twice:
            document.faults.append(Fault(line, document.place(path), f"the key stands on line {earlier} already: keep one of the two"))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        refuse(mark.line + 1 if mark else 1, _in_words(f"{error.problem} {error.context}"))
    except yaml.YAMLError as error:
        refuse(1, _in_words(str(error)))
    return document


def _in_words(problem: str) -> str:
    """What a parser says, as what to do."""
    return next((words for said, words in UNREADABLE.items() if said in problem), UNREADABLE[""])


def line_of(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _plain_events(text: str) -> Iterator[yaml.Event]:
    """The events that carry content; whatever the format forbids is refused on the way."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        line = line_of(event)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            refuse(line, "a text begins with & or *: put it in quotes; anchors and aliases are not part of the format")
        if getattr(event, "tag", None):
            refuse(line, "a text begins with !: put it in quotes; tags are not part of the format")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                refuse(line, f"brackets or indents are nested deeper than {DEEPEST} levels: no part of the format is")
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if isinstance(event, (yaml.NodeEvent, yaml.CollectionEndEvent)):
            yield event


def _value(document: Document, events: Iterator[yaml.Event], event: yaml.Event, path: Path) -> object:
    document.lines.setdefault(path, line_of(event))
    if isinstance(event, yaml.MappingStartEvent):
        return _mapping(document, events, path)
    if isinstance(event, yaml.SequenceStartEvent):
        items: list[object] = []
        for item in events:
            if isinstance(item, yaml.SequenceEndEvent):
                break
            items.append(_value(document, events, item, (*path, len(items))))
        return items
    value = _scalar(event)
    if not isinstance(value, str):
        document.unquoted[path] = str(getattr(event, "value", ""))
    return value


def _mapping(document: Document, events: Iterator[yaml.Event], path: Path) -> JSONObject:
    entries: JSONObject = {}
    for event in events:
        if isinstance(event, yaml.MappingEndEvent):
            break
        if not isinstance(event, yaml.ScalarEvent):
            refuse(line_of(event), "a list or keys stand where a key is to be: write a word and a colon")
        key = str(event.value)
        inner = (*path, key)
        if key in entries:
            document.twice.append((inner, line_of(event), document.lines[inner]))
        document.lines[inner] = line_of(event)
        entries[key] = _value(document, events, next(events), inner)
    return entries


def _scalar(event: yaml.Event) -> str | float | None:
    text = str(getattr(event, "value", ""))
    if "\x00" in text:
        refuse(line_of(event), "a NUL character stands in a text")
    return text if getattr(event, "style", None) else plain_value(text)


def plain_value(text: str) -> str | float | None:
    """What an unquoted word means: nothing, yes or no, a number, or itself."""
    if text.lower() in CONSTANTS:
        return CONSTANTS[text.lower()]
    if INTEGER.fullmatch(text):
        return int(text)
    return float(text) if DECIMAL.fullmatch(text) else text

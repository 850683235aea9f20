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


@dataclass(frozen=True, order=True)
class Fault:
    """What is wrong at one place of the file; ``line`` counts from 1, 0 is the file as a whole."""

    line: int
    path: str
    problem: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.path}: {self.problem}" if self.line else self.problem


class BadFile(Exception):
    """The file cannot be used; ``faults`` names everything that was found, in the order of lines."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = sorted(faults)
        super().__init__("\n".join(map(str, self.faults)))


def written(path: Path) -> str:
    """A path as people read it: ``milestones[3].due``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text or "(file)"


@dataclass
class Document:
    """The data of a file and the line on which each path begins."""

    data: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def fault(self, path: Path, problem: str) -> None:
        self.faults.append(Fault(self.line(path), written(path), problem))

    def line(self, path: Path) -> int:
        """The line of a path, or of the nearest thing around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def refuse(line: int, problem: str) -> NoReturn:
    raise BadFile([Fault(line, "(file)", problem)])


def read(text: str) -> Document:
    """Parse a file. Raises ``BadFile`` when it is not the plain YAML that the format allows."""
    if len(text) > LARGEST_FILE:
        refuse(0, f"the file is larger than {LARGEST_FILE // 1024 // 1024} MiB")
    document = Document()
    try:
        events = _plain_events(text)
        first = next(events, None)
        if first is None:
            refuse(1, "the file is empty")
        document.data = _value(document, events, first, ())
        if next(events, None) is not None:
            refuse(1, "the file holds more than one document")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        refuse(mark.line + 1 if mark else 1, f"not YAML: {error.problem or error.context}")
    except yaml.YAMLError as error:
        refuse(1, f"not YAML: {error}".splitlines()[0])
    return document


def line_of(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _plain_events(text: str) -> Iterator[yaml.Event]:
    """The events that carry content; whatever the format forbids is refused on the way."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        line = line_of(event)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            refuse(line, "anchors and aliases are not part of the format")
        if getattr(event, "tag", None):
            refuse(line, "tags are not part of the format")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                refuse(line, f"nested deeper than {DEEPEST} levels")
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
    return _scalar(event)


def _mapping(document: Document, events: Iterator[yaml.Event], path: Path) -> JSONObject:
    entries: JSONObject = {}
    for event in events:
        if isinstance(event, yaml.MappingEndEvent):
            break
        if not isinstance(event, yaml.ScalarEvent):
            refuse(line_of(event), "a key must be a word")
        key = str(event.value)
        inner = (*path, key)
        if key in entries:
            document.faults.append(Fault(line_of(event), written(inner), "the key stands here twice"))
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

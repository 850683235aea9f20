"""What a load has to do: three shapes in, a list of differences out. Pure.

A field is written only where the file itself changed since it was loaded last and the database
still says what the file said then. So a load repeats safely, and whatever people changed stays.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from roadmap_file.kinds import KINDS
from roadmap_file.reading import shortened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from common.json_types import JSONObject
    from roadmap_file.shape import Shape


class Verb(StrEnum):
    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"
    KEEP = "keep"


@dataclass(frozen=True)
class Difference:
    """One thing to do, or (``KEEP``) not to do and to say so."""

    verb: Verb
    kind: str
    key: str
    fields: tuple[str, ...] = ()
    why: str = ""
    moves: tuple[str, ...] = field(default=(), compare=False)
    """The same fields, each with what it says before and after."""

    def __str__(self) -> str:
        fields = f": {', '.join(self.moves or self.fields)}" if self.fields else ""
        why = f" ({self.why})" if self.why else ""
        return f"{self.verb.value:6} {f'{self.kind} {self.key}'.strip()}{fields}{why}"


def compare(base: Shape, new: Shape, now: Shape) -> list[Difference]:
    """What to do so that ``now`` (the database) follows the change from ``base`` (the file before) to ``new``."""
    differences: list[Difference] = []
    for kind in KINDS:
        before, wanted, present = base.get(kind, {}), new.get(kind, {}), now.get(kind, {})
        for key, item in wanted.items():
            differences += _differences_of(kind, key, before.get(key), item, present.get(key))
        renamed = {_title(item): key for key, item in wanted.items() if key not in present and _title(item)}
        for key in (key for key in before if key not in wanted and key in present):
            other = renamed.get(_title(before[key]))
            why = f"{other} has its text now: with another code it is another thing" if other else ""
            differences.append(Difference(Verb.REMOVE, kind, key, why=why))
    return differences


def _title(item: JSONObject) -> str:
    return str(item.get("title") or item.get("name") or item.get("summary") or "")


def _differences_of(kind: str, key: str, before: JSONObject | None, wanted: JSONObject, present: JSONObject | None) -> Iterator[Difference]:
    if present is None:
        if before is None:
            yield Difference(Verb.ADD, kind, key)
        elif before != wanted:
            yield Difference(Verb.KEEP, kind, key, why="was removed by hand")
        return
    changed: list[str] = []
    kept: list[str] = []
    for name, value in wanted.items():
        if value == present.get(name) or (before is not None and value == before.get(name)):
            continue
        same = before is not None and before.get(name) == present.get(name)
        (changed if same else kept).append(name)
    if changed:
        moves = [move for name in changed for move in _moves(name, present.get(name), wanted[name], "{} → {}")]
        yield Difference(Verb.CHANGE, kind, key, tuple(changed), moves=tuple(moves))
    if kept:
        moves = [move for name in kept for move in _moves(name, present.get(name), wanted[name], "stays {}, not {}")]
        yield Difference(Verb.KEEP, kind, key, tuple(kept), "was changed by hand", tuple(moves))


def _moves(name: str, before: object, after: object, words: str) -> Iterator[str]:
    """What a field says before and after, part by part where it has several."""
    if isinstance(before, dict) or isinstance(after, dict):
        old, new = (value if isinstance(value, dict) else {} for value in (before, after))
        for part in {**old, **new}:
            if old.get(part) != new.get(part):
                yield from _moves(f"{name}.{part}", old.get(part), new.get(part), words)
    else:
        yield f"{name} {words.format(_said(before), _said(after))}"


def _said(value: object) -> str:
    if value is None or value in ("", []):
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return shortened(f"[{', '.join(map(str, value))}]", 60)
    text = " ".join(str(value).split())
    return f"“{shortened(text, 40)}”" if " " in text else shortened(text, 40)

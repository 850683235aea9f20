"""What a load has to do: three shapes in, a list of differences out. Pure.

A field is written only where the file itself changed since it was loaded last and the database
still says what the file said then. So a load repeats safely, and whatever people changed stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from roadmap_file.kinds import KINDS

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

    def __str__(self) -> str:
        fields = f": {', '.join(self.fields)}" if self.fields else ""
        why = f" ({self.why})" if self.why else ""
        return f"{self.verb.value:6} {self.kind} {self.key}{fields}{why}"


def compare(base: Shape, new: Shape, now: Shape) -> list[Difference]:
    """What to do so that ``now`` (the database) follows the change from ``base`` (the file before) to ``new``."""
    differences: list[Difference] = []
    for kind in KINDS:
        before, wanted, present = base.get(kind, {}), new.get(kind, {}), now.get(kind, {})
        for key, item in wanted.items():
            differences += _differences_of(kind, key, before.get(key), item, present.get(key))
        differences += [Difference(Verb.REMOVE, kind, key) for key in before if key not in wanted and key in present]
    return differences


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
        yield Difference(Verb.CHANGE, kind, key, tuple(changed))
    if kept:
        yield Difference(Verb.KEEP, kind, key, tuple(kept), "was changed by hand")

"""A row against what it was made from and what stands now: what was not changed changes nothing, whatever happened since."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from milestones.spreadsheets.dates import Cell, order_in
from milestones.spreadsheets.kinds import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from milestones.spreadsheets.sheets import Sheet, State
    from milestones.spreadsheets.tables import Fault, Row, Table

VERSION = re.compile(r"v(\d{1,9})-[0-9a-f]{8}", re.ASCII)
POSITION = re.compile(r"\d{1,18}", re.ASCII)
MOST_FILES = 20
"""Rows of so many files may be pasted into one."""


@dataclass(frozen=True)
class Question:
    """Something that only a person can say. An answer is the code of an option; any other is none."""

    key: str
    text: str
    options: list[tuple[str, str]]
    place: Fault | None = None
    """The cell that it is about."""


@dataclass(frozen=True)
class Changed:
    """One cell: where it is, and what it changes from what to what."""

    place: Fault
    code: str
    before: str
    after: str
    hidden: bool = False


@dataclass
class Merged:
    """What a row comes to."""

    cells: dict[str, str] = field(default_factory=dict)
    """What stands now, with the changes."""
    changed: dict[str, str] = field(default_factory=dict)
    changes: list[Changed] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)


class Merge:
    """The rows of a table, one after the other. ``head`` is the record's newest position, ``seen`` that for rows which say none."""

    def __init__(self, table: Table, sheet: Sheet, answers: Mapping[str, str], *, head: int, seen: int) -> None:
        self.table, self.sheet, self.answers, self.head, self.seen = table, sheet, answers, head, seen
        codes = {code_of(row) for row in table.rows}
        self.now = sheet.states(codes, None)
        positions = {position for row in table.rows if (position := self._position(row)) <= head}
        self.many = len(positions) > MOST_FILES
        self.then = {} if self.many else {position: sheet.states(codes, position) for position in positions}
        self.order = order_in(cell for name, kind in sheet.kept.items() if kind.dated for cell in table.column(name))

    def _position(self, row: Row) -> int:
        """What the row says it was made from; ``seen`` where it says nothing that is a position."""
        text = row.cells.get("position", Cell()).text
        return int(text) if POSITION.fullmatch(text) else self.seen

    def row(self, row: Row) -> Merged:
        code = code_of(row)
        merged, now = Merged(), self.now[code]
        merged.faults = [*self._unreadable(row), *self._made_from(row, code)]
        if merged.faults:
            return merged
        base = self.then.get(self._position(row), {}).get(code, now)
        merged.faults = self._title(row, code, base, now)
        if base.gone:
            self._gone(merged, row, code, base)
        elif not merged.faults:
            for name in self.sheet.kept:
                if name in row.cells:
                    self._cell(merged, row, name, base.cells[name], now.cells[name])
        merged.cells = now.cells | merged.changed
        return merged

    def _unreadable(self, row: Row) -> Iterable[Fault]:
        for name, cell in row.cells.items():
            if cell.fault == "formula":
                yield self.table.fault(_("The cell holds a formula and the file does not say its result. Write the result."), row, name)
            elif cell.fault:
                yield self.table.fault(_("The cell holds an error: %(error)s.") % {"error": cell.fault[:20]}, row, name)

    def _made_from(self, row: Row, code: str) -> list[Fault]:
        """What does not fit together between what a row says it was made from and the record."""
        version, position = (row.cells.get(name, Cell()).text for name in ("version", "position"))
        if not version and not position:
            return []
        said = VERSION.fullmatch(version)
        if not said or not POSITION.fullmatch(position):
            text = _("“version” and “position” say what a row was made from: both as they were written, or both empty.")
            return [self.table.fault(text, row, "version" if not said else "position")]
        if self.many:
            return [self.table.fault(_("The rows are from more than %(most)d files.") % {"most": MOST_FILES}, row, "position")]
        then = self.then.get(int(position), {}).get(code)
        if then is None or then.version != int(said[1]):
            text = _("At that position %(code)s had another version. Were only some columns sorted, or is the file from another site?")
            return [self.table.fault(text % {"code": code}, row, "version")]
        return []

    def _title(self, row: Row, code: str, base: State, now: State) -> list[Fault]:
        cell = row.cells.get("title", Cell())
        if not cell.text or not base.titles or any(Text().same(title, cell.text, self.table.charset) for title in base.titles | now.titles):
            return []
        text = _("This is not the title of %(code)s. A file does not change titles. Were only some columns sorted?")
        return [self.table.fault(text % {"code": code}, row, "title")]

    def _gone(self, merged: Merged, row: Row, code: str, base: State) -> None:
        """What was withdrawn since cannot be compared with; its digest tells whether the row is as it was written."""
        cells = {}
        for name, kind in self.sheet.kept.items():
            typed = kind.readings(row.cells.get(name, Cell()), self.order)
            cells[name] = base.cells[name] if any(kind.same(base.cells[name], one) for one in typed) else typed[0]
        if base.mark(code, cells) != row.cells.get("version", Cell()).text:
            text = _("What this row was made from was withdrawn since. Take the file out anew, and change that.")
            merged.faults.append(self.table.fault(text, row))

    def _cell(self, merged: Merged, row: Row, name: str, was: str, now: str) -> None:
        kind, charset = self.sheet.kept[name], self.table.charset
        typed = kind.readings(row.cells[name], self.order)
        if any(kind.same(was, one, charset) for one in typed):
            return
        key, place = f"{code_of(row)}:{name}", self.table.fault("", row, name)
        text = self._meant(merged, Question(key, "", [(one, one) for one in typed], place)) if len(typed) > 1 else typed[0]
        if text is None or kind.same(now, text, charset):
            return
        after = kind.merged(was, text, now)
        if after is None:
            stands, ours = (f"{word}-{hashlib.sha256(now.encode()).hexdigest()[:12]}" for word in ("stands", "file"))
            options = [
                (stands, _("%(value)s, which stands now") % {"value": now or "–"}),
                (ours, _("%(value)s, of the file") % {"value": text or "–"}),
            ]
            said = _("Somebody changed this since the file was made, from “%(was)s”. Which is to stand?") % {"was": was or "–"}
            choice = self._meant(merged, replace(Question(f"{key}:clash", said, options), place=place))
            if choice != ours:
                return
            after = text
        merged.changed[name] = after
        merged.changes.append(Changed(place, code_of(row), now, after, row.hidden))

    def _meant(self, merged: Merged, question: Question) -> str | None:
        answer = self.answers.get(question.key)
        if answer in dict(question.options):
            return answer
        if not question.text:
            question = replace(
                question, text=_("The program made a day of what was typed, or days and months may change places. Which is meant?")
            )
        merged.questions.append(question)
        return None


LOOK_ALIKES = str.maketrans("АВЕКМНОРСТХУІ‐‑–—−", "ABEKMHOPCTXYI-----")
"""Cyrillic letters that look like the Latin ones of codes, and what typing makes of a hyphen."""


def code_of(row: Row) -> str:
    """The code that a row names, as the record writes it."""
    return row.cells.get("milestone", Cell()).text.upper().translate(LOOK_ALIKES)

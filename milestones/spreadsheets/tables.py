"""Tables in files: read without trust, written so that no spreadsheet runs what a cell says, nor makes a day of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass, field, replace
from datetime import date
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from common.archives import NotTaken, TooMuch, opened
from common.late import Late
from common.passing import TryLater
from common.refusals import Problem, Refused
from common.sheets import csv_text, harmless, would_run
from milestones.spreadsheets import workbook
from milestones.spreadsheets.csv_files import NotATable, read_csv
from milestones.spreadsheets.dates import Cell
from milestones.spreadsheets.workbook import MOST_ABOVE, MOST_ROWS, SECONDS, heading, known_in
from record.installation import is_sample

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    import openpyxl.cell
    import openpyxl.utils
else:
    openpyxl = Late("openpyxl")

MOST_BYTES = 2 * 1024 * 1024
READING = threading.BoundedSemaphore(2)
"""So many files are read at once in this process."""
TEXTS, BOOKS = ("csv", "txt", "tsv"), ("xlsx", "xlsm")
OLE, ENCRYPTED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "EncryptedPackage".encode("utf-16-le")
"""The old container of Office: of .xls, and of a workbook that a password locks."""
WIDTHS = {"title": 40, "summary": 60, "evidence": 60, "reason_note": 40, "internal_note": 40}


@dataclass(frozen=True)
class Fault:
    """What is wrong, and where: row and column as the program counts them, and the heading of the column; 0 and empty for the whole."""

    text: str
    row: int = 0
    letter: str = ""
    column: str = ""
    sheet: str = ""

    @property
    def where(self) -> str:
        """In words; empty for the whole."""
        sheet = _("sheet “%(name)s”") % {"name": self.sheet} if self.sheet else ""
        row = _("row %(row)d") % {"row": self.row} if self.row else ""
        letter = _("column %(letter)s") % {"letter": self.letter} if self.letter else ""
        return capfirst(", ".join(filter(None, (sheet, row, letter, self.column))))


@dataclass(frozen=True)
class Row:
    """``cells`` by heading; a cell that says nothing is there as well."""

    number: int
    cells: dict[str, Cell]
    hidden: bool = False


@dataclass
class Table:
    """``headings``, in small letters, with their columns' letters, and the ``rows`` that say anything."""

    headings: dict[str, str]
    rows: list[Row]
    head: int = 1
    """The row of the headings."""
    sheet: str = ""
    charset: str = ""
    """In which a CSV file was read, where that was not UTF."""
    faults: list[Fault] = field(default_factory=list)
    """What is wrong with its shape."""

    def column(self, name: str) -> list[Cell]:
        return [row.cells[name] for row in self.rows if name in row.cells]

    def fault(self, text: str, row: Row, name: str = "") -> Fault:
        return Fault(text, row.number, self.headings.get(name, ""), name, self.sheet)

    def fault_of_heading(self, text: str, name: str = "") -> Fault:
        return Fault(text, self.head, self.headings.get(name, ""), name[:50], self.sheet)


class TableRefused(Refused):
    """The file is no table that can be read; the text says why."""


def refuse(code: str, text: str) -> TableRefused:
    return TableRefused(Problem("file", code, text))


def read_table(name: str, content: bytes, *, known: Collection[str], answers: Mapping[str, str] | None = None) -> Table:
    """The sheet of a file, or the whole of a CSV file, that has a line of these headings.

    Raises ``TableRefused``, and ``CharsetUnknown`` where a CSV file is in no Unicode and ``answers`` does not say in what.
    """
    ending = name.rpartition(".")[2].lower()
    if not content:
        raise refuse("file_empty", _("The file is empty."))
    if len(content) > MOST_BYTES:
        raise refuse("file_size", _("The file is larger than 2 MB."))
    if content.startswith(OLE):
        raise refuse("file_type", _locked() if ENCRYPTED in content else _("This is a workbook of an old kind. Save it as XLSX."))
    if ending in BOOKS:
        return _read_workbook(content, known)
    if ending not in TEXTS:
        raise refuse("file_type", _("Choose a CSV or an XLSX file; what another program keeps can be saved as one."))
    try:
        text = read_csv(content, known=known, charset=(answers or {}).get("charset", ""))
    except NotATable as error:
        raise refuse("file_content", str(error)) from error
    numbered = [(number, False, dict(enumerate(cells, start=1))) for number, cells in enumerate(text.rows, start=1)]
    table = _table([(number, hidden, _said(cells)) for number, hidden, cells in numbered if any(_said(cells))], known)
    table.charset = text.charset
    return table


def _locked() -> str:
    return _("The file is locked by a password. Take the password off and save it again.")


def _said(cells: Mapping[int, Any]) -> dict[int, Cell]:
    return {place: cell for place, value in cells.items() if (cell := cell_of(value)) != Cell()}


def cell_of(value: Any) -> Cell:
    if isinstance(value, dict):
        day = date.fromisoformat(value["day"]) if "day" in value else None
        return Cell(value.get("day", ""), day, value.get("shows", "day"), value.get("fault", ""))
    return Cell(text_of(value))


def text_of(cell: Any) -> str:
    """A cell as somebody would have typed it, without the apostrophe that ``harmless`` has put before it."""
    text = "" if cell is None else workbook.as_typed(cell).replace("\x00", "").strip()
    return text[1:] if text.startswith("'") and would_run(text[1:]) else text


def _table(rows: Sequence[tuple[int, bool, dict[int, Cell]]], known: Collection[str], merged: Iterable[str] = ()) -> Table:
    """The row among the first that has most of the known headings is their line; what stands above it says something else."""
    if not rows:
        raise refuse("file_empty", _("The file has no line of headings."))
    above = rows[:MOST_ABOVE]
    place = max(range(len(above)), key=lambda number: (known_in([cell.text for cell in above[number][2].values()], known), -number))
    head, _hidden, titles = rows[place]
    body = rows[place + 1 :]
    if len(body) > MOST_ROWS:
        raise refuse("file_size", _("The file has more than %(most)d rows.") % {"most": MOST_ROWS})
    names = {column: name for column, cell in titles.items() if (name := heading(cell.text))}
    letters: dict[str, str] = {}
    for column, name in sorted(names.items()):
        letters.setdefault(name, openpyxl.utils.get_column_letter(column))
    table = Table(letters, [], head)
    table.rows = [
        Row(number, {name: cells.get(column, Cell()) for column, name in names.items()}, hidden) for number, hidden, cells in body
    ]
    table.faults = [*_named_twice(head, names, letters), *_without_heading(body, names), *_merged(head, names, body, merged)]
    return table


def _named_twice(head: int, names: Mapping[int, str], letters: Mapping[str, str]) -> list[Fault]:
    text = _("The column “%(name)s” is there already, as %(letter)s.")
    places = [(name, openpyxl.utils.get_column_letter(column)) for column, name in sorted(names.items())]
    return [
        Fault(text % {"name": name[:50], "letter": letters[name]}, head, letter, name[:50])
        for name, letter in places
        if letter != letters[name]
    ]


def _without_heading(body: Iterable[tuple[int, bool, dict[int, Cell]]], names: Mapping[int, str]) -> list[Fault]:
    """One for each column, at its first cell: a cell too many would be lost in silence."""
    first: dict[int, int] = {}
    for number, _hidden, cells in body:
        for column in cells.keys() - names.keys():
            first.setdefault(column, number)
    text = _("There is something in this cell, and its column has no heading: a cell too many?")
    return [Fault(text, number, openpyxl.utils.get_column_letter(column)) for column, number in sorted(first.items())]


def _merged(head: int, names: Mapping[int, str], body: Sequence[tuple[int, bool, object]], merged: Iterable[str]) -> list[Fault]:
    """Of merged cells only the first one says anything; the others would read as emptied."""
    faults = []
    last = body[-1][0] if body else head
    for cells in merged:
        left, top, right, bottom = (edge or 0 for edge in openpyxl.utils.range_boundaries(cells))
        if bottom > head and top <= last and names.keys() & set(range(left, right + 1)):
            text = _("%(cells)s are merged. Each cell of the table has to stand alone: undo that.") % {"cells": cells}
            faults.append(Fault(text, max(top, head), openpyxl.utils.get_column_letter(left), names.get(left, "")))
    return faults


def _read_workbook(content: bytes, known: Collection[str]) -> Table:
    try:
        with opened(BytesIO(content)):
            pass
    except TooMuch as error:
        raise refuse("file_size", _("The file is larger than it says.")) from error
    except NotTaken as error:
        raise refuse("file_content", _("The file is not an XLSX workbook.")) from error
    read = _read_apart(content, known)
    if "strict" in read:
        raise refuse("file_type", _("The file is saved as “Strict Open XML”. Save it as an ordinary XLSX workbook."))
    if "sheets" in read:
        names = ", ".join(f"“{name}”" for name in read["sheets"])
        raise refuse("file_content", _("Several sheets hold such a table: %(names)s. Leave one of them in the file.") % {"names": names})
    rows = [(number, hidden, _said({int(column): cell for column, cell in cells.items()})) for number, hidden, cells in read["rows"]]
    table = _table([row for row in rows if row[2]], known, read["merged"])
    table.sheet = read["sheet"]
    table.faults = [replace(fault, sheet=table.sheet) for fault in table.faults]
    return table


def _read_apart(content: bytes, known: Collection[str]) -> dict[str, Any]:
    """What the process answers that reads the workbook."""
    if not READING.acquire(timeout=SECONDS):
        raise TryLater(_("Other files are being read at the moment."))
    try:
        # Without the site's variables: it needs no secrets.
        command = [sys.executable, "-W", "ignore", "-m", workbook.__name__, *known]
        bare = {"PATH": os.defpath, "PYTHONUTF8": "1"}
        # Our own program, and what it reads is no argument.
        done = subprocess.run(command, input=content, capture_output=True, timeout=SECONDS, check=True, cwd=settings.BASE_DIR, env=bare)  # noqa: S603
        answer: dict[str, Any] = json.loads(done.stdout)
    except subprocess.TimeoutExpired as error:
        raise refuse("file_size", _("The file takes too long to read.")) from error
    except subprocess.CalledProcessError as error:
        if error.returncode < 0:  # the system ended it
            raise refuse("file_size", _("The file takes too long to read.")) from error
        raise refuse("file_content", _("The file is not an XLSX workbook.")) from error
    finally:
        READING.release()
    return answer


def write_table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, title: str, ending: str) -> bytes:
    """In a workbook each cell is a Text, the empty ones too: in others a program makes a day of ``2029-06``."""
    if ending == "csv":
        return csv_text([[*line] for line in (headings, *rows)]).encode()
    book, content = openpyxl.Workbook(write_only=True), BytesIO()
    sheet = book.create_sheet(f"{_('Sample data')} · {title}"[:31] if is_sample() else title)
    sheet.freeze_panes = "B2"
    for place, name in enumerate(headings, start=1):
        sheet.column_dimensions[openpyxl.utils.get_column_letter(place)].width = WIDTHS.get(name, 14)
    for row in (headings, *rows):
        cells = [openpyxl.cell.WriteOnlyCell(sheet, harmless(cell) or None) for cell in row]
        for cell in cells:
            cell.number_format = "@"
        sheet.append(cells)
    book.save(content)
    return content.getvalue()

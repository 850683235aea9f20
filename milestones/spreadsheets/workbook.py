"""Reads a workbook in a process of its own, which may be ended: ``python -m milestones.spreadsheets.workbook milestone due …`` takes
the file on its standard input and writes the sheet that has a line of such headings as JSON: ``sheet``, ``rows`` and ``merged``, or
``sheets`` where several have one, or ``strict``. A row is its number, whether it is hidden, and its cells by column, as the
program counts them.

A file of a hundred kilobytes can keep a reader busy for minutes (a row that repeats a cell a million times, a long list of
texts or styles), and no look from outside tells all of them. So seconds and memory are bounded here, by the system.
"""

from __future__ import annotations

import json
import re
import resource
import sys
from datetime import date, datetime
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

SECONDS = 10
MEMORY = 768 * 1024 * 1024
MOST_ROWS = 2000
MOST_ABOVE = 20
"""So many rows may stand above the headings."""
MOST_SHEETS = 20
STRICT = b"http://purl.oclc.org/ooxml/"
"""In the names of the strict kind of workbook, which openpyxl does not read."""

Cell = str | dict[str, str]
"""A text as somebody would have typed it; ``{"day": "2029-06-01", "shows": "month"}`` where the program keeps a day, with what of it
the cell shows; ``{"fault": "formula"}`` and ``{"fault": "#REF!"}`` where nothing can be read."""
Row = tuple[int, bool, dict[int, Cell]]

SAID = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')
"""What stands in a number format for itself, or names a language or a colour."""


def as_typed(cell: Any) -> str:
    """A number or a text as somebody would have typed it."""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).replace("_x000D_", "")


def shown(number_format: str) -> str:
    """What of a day a number format shows: ``day``, ``month`` (with its year) or ``year``."""
    letters = SAID.sub("", number_format.lower())
    if "d" in letters or "y" not in letters:
        return "day"
    return "month" if "m" in letters else "year"


def known_in(row: Collection[Cell], names: Collection[str]) -> int:
    """How many of these names a row has for headings."""
    return len({heading(cell) for cell in row} & set(names))


def heading(cell: Cell) -> str:
    """In small letters, without the mark of Unicode and the quotation marks that some programs take for a part of the first one."""
    return " ".join(cell.strip('\ufeff" ').split()).lower() if isinstance(cell, str) else ""


def cell_of(sheet: Any, read: dict[str, Any]) -> Cell | None:
    from openpyxl.cell.read_only import ReadOnlyCell  # noqa: PLC0415 - the process is bounded by then

    value, kind = read["value"], read["data_type"]
    if kind == "f":
        return {"fault": "formula"}
    if value is None or value == "":
        return None
    if kind == "e":
        return {"fault": str(value)}
    if isinstance(value, date):
        day = value.date() if isinstance(value, datetime) else value
        return {"day": day.isoformat(), "shows": shown(ReadOnlyCell(sheet, **read).number_format)}
    return as_typed(value)


def rows_of(sheet: Any, ranges: list[str]) -> Iterator[Row]:
    """The rows that say anything. Behind the last of them ``ranges`` holds the merged cells.

    It is openpyxl's parser of its read-only mode, which itself says nothing of hidden rows, merged cells, and formulas without a result.
    """
    from openpyxl.worksheet._reader import FORMULA_TAG, WorkSheetParser  # noqa: PLC0415

    class Parser(WorkSheetParser):
        def parse_cell(self, element: Any) -> dict[str, Any]:
            cell: dict[str, Any] = super().parse_cell(element)
            if cell["value"] is None and element.find(FORMULA_TAG) is not None:
                cell["data_type"] = "f"
            return cell

    book = sheet.parent
    with book._archive.open(sheet._worksheet_path) as source:
        known = (book.epoch, book._date_formats, book._timedelta_formats)
        parser = Parser(source, sheet._shared_strings, book.data_only, *known)
        for number, cells in parser.parse():
            said = {cell["column"]: said for cell in cells if (said := cell_of(sheet, cell)) is not None}
            hidden = parser.row_dimensions.pop(str(number), {}).get("hidden") in {"1", "true"}
            if said:
                yield number, hidden, said
        ranges += [merged.ref for merged in parser.merged_cells.mergeCell] if parser.merged_cells else []


def above(sheet: Any) -> Iterator[Row]:
    """The rows among which the headings are."""
    return islice(rows_of(sheet, []), MOST_ABOVE)


def table_of(content: bytes, names: Collection[str]) -> dict[str, Any]:
    """The sheet that has the headings, read to its end or to the first row that is too many."""
    import openpyxl  # noqa: PLC0415

    with ZipFile(BytesIO(content)) as archive:
        if STRICT in archive.read("xl/workbook.xml"):
            return {"strict": True}
    book = openpyxl.load_workbook(BytesIO(content), read_only=True, data_only=True)
    try:
        sheets = book.worksheets[:MOST_SHEETS]
        seen = [sheet for sheet in sheets if sheet.sheet_state == "visible"] or sheets
        known = {sheet.title: max((known_in(row[2].values(), names) for row in above(sheet)), default=0) for sheet in seen}
        tables = [title for title, number in known.items() if number > 1]
        if len(tables) > 1:
            return {"sheets": tables}
        sheet = max(seen, key=lambda one: known[one.title])
        merged: list[str] = []
        rows = list(islice(rows_of(sheet, merged), MOST_ABOVE + MOST_ROWS + 1))
        return {"sheet": sheet.title, "rows": rows, "merged": merged}
    finally:
        book.close()


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    json.dump(table_of(sys.stdin.buffer.read(), sys.argv[1:]), sys.stdout)

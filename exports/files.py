"""Tables as files, in pieces: whatever their number of rows, only some are anywhere at a time."""

from __future__ import annotations

from datetime import datetime
from io import RawIOBase
from itertools import chain
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZipFile

import orjson
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.writer.excel import ExcelWriter

from common.sheets import csv_lines, harmless

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from exports.tables import Table

LONGEST_CELL = 32767
PIECE = 32 * 1024
"""So many packed bytes go out at a time."""
HEAD_FONT = Font(bold=True)
HEAD_FILL = PatternFill("solid", fgColor="EEF4F4")
FORMATS = {"date": "yyyy-mm-dd", "datetime": "yyyy-mm-dd hh:mm"}


def begun(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same pieces, the first of them made at once: what goes wrong by then is still answered as an error."""
    first = next(pieces, b"")

    def all_of_them() -> Iterator[bytes]:
        yield first
        yield from pieces

    return all_of_them()


def csv_file(table: Table, about: dict[str, object]) -> Iterator[str]:
    """One table; the moment stands in two columns of each row, so that no line is anything but a row."""
    more = [about["position"], about["as_of"]]
    yield from csv_lines(_with(table, more))


def _with(table: Table, more: list[object]) -> Iterator[list[object]]:
    yield [*table.names, "record_position", "as_of"]
    for row in table.rows():
        yield [*row, *more]


def json_file(tables: list[Table], about: dict[str, object]) -> Iterator[bytes]:
    """``{"about": {…}, "milestones": [{…}, …], …}``, a row at a time."""
    yield b'{"about":' + orjson.dumps(about)
    for table in tables:
        yield b',"' + table.name.encode() + b'":['
        names, comma = table.names, b""
        for row in table.rows():
            yield comma + orjson.dumps(dict(zip(names, row, strict=True)))
            comma = b","
        yield b"]"
    yield b"}"


def xlsx_file(tables: list[Table], about: list[tuple[str, object]], tell: Callable[[int], None] = lambda _parts: None) -> Iterator[bytes]:
    """A workbook with a sheet for each table and one that says what it is: typed cells, a filter, the heads staying in sight.

    It comes in pieces while the rows are read; ``tell`` is called with the number of sheets done.
    """
    # What depends on the language of who asks is said now, not when the rows go out.
    return _book([(str(table.title)[:31], table.heads, table) for table in tables], about, tell)


def _book(sheets: list[tuple[str, list[str], Table]], about: list[tuple[str, object]], tell: Callable[[int], None]) -> Iterator[bytes]:
    book, pieces = Workbook(write_only=True), Pieces()
    with ZipFile(pieces, "w", ZIP_DEFLATED) as archive:
        first = book.create_sheet("About")
        first.column_dimensions["A"].width, first.column_dimensions["B"].width = 28, 90
        yield from _sheet(first, archive, pieces, ([_head(first, name), _cell(first, value)] for name, value in about))
        for done, (title, heads, table) in enumerate(sheets, 1):
            yield from _table_sheet(book.create_sheet(title), archive, pieces, heads, table)
            tell(done)
        Writer(book, archive).write_data()
    yield pieces.take()


def _table_sheet(sheet: Any, archive: ZipFile, pieces: Pieces, heads: list[str], table: Table) -> Iterator[bytes]:
    for place, (_name, _head_text, width) in enumerate(table.columns, 1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    sheet.freeze_panes = "B2"
    rows = chain([[_head(sheet, head) for head in heads]], ([_cell(sheet, value) for value in row] for row in table.rows()))
    yield from _sheet(sheet, archive, pieces, rows, filtered=len(table.columns))


def _sheet(sheet: Any, archive: ZipFile, pieces: Pieces, rows: Iterable[list[object]], *, filtered: int = 0) -> Iterator[bytes]:
    """Write one sheet straight into the archive. openpyxl would write it to a file beside, and pack that when all rows are there."""
    sheet._id = len(sheet.parent.worksheets)
    number = 0
    with archive.open(sheet.path[1:], "w") as member:
        sheet._writer = WorksheetWriter(sheet, member)
        sheet._writer.write_top()
        try:
            for row in rows:
                number += 1
                sheet.append(row)
                if len(pieces.written) > PIECE:
                    yield pieces.take()
            if filtered:
                sheet.auto_filter.ref = f"A1:{get_column_letter(filtered)}{number}"
        finally:
            sheet.close()


class Pieces(RawIOBase):
    """A file that is only written to, and of which only what was not taken yet is kept."""

    def __init__(self) -> None:
        self.written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.written += data
        return len(data)

    def take(self) -> bytes:
        taken, self.written = bytes(self.written), bytearray()
        return taken


class Writer(ExcelWriter):
    """openpyxl's, for sheets that are in the archive already."""

    def write_worksheet(self, ws: Any) -> None:
        ws._drawing, ws._rels = None, ws._writer._rels
        self.manifest.append(ws)


def _head(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, value=text)
    cell.font, cell.fill, cell.alignment = HEAD_FONT, HEAD_FILL, Alignment(wrap_text=True, vertical="top")
    return cell


def _cell(sheet: Any, value: Any) -> object:
    """Days as days, numbers as numbers; a text is never a formula, whatever it begins with."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, datetime):
        value = value.replace(tzinfo=None)  # the database gives UTC, and a sheet knows no zone
        cell = WriteOnlyCell(sheet, value=value)
        cell.number_format = FORMATS["datetime"]
        return cell
    if hasattr(value, "isoformat"):
        cell = WriteOnlyCell(sheet, value=value)
        cell.number_format = FORMATS["date"]
        return cell
    text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return harmless(text)[:LONGEST_CELL]

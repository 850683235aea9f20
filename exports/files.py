"""Tables as files, in pieces: whatever their number of rows, only some are anywhere at a time."""

from __future__ import annotations

from datetime import datetime
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any

import orjson

from common.late import Late
from common.sheets import csv_lines, harmless

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import openpyxl.cell
    import openpyxl.styles
    import openpyxl.utils

    from exports.tables import Table
else:
    openpyxl = Late("openpyxl")

LONGEST_CELL = 32767
PIECE = 64 * 1024
"""So many bytes of a workbook go out at a time."""
DAY, MINUTE = "yyyy-mm-dd", "yyyy-mm-dd hh:mm"


def begun(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same pieces, the first of them made at once: what goes wrong by then is still answered as an error."""
    rest = iter(pieces)
    first = next(rest, b"")

    def all_of_them() -> Iterator[bytes]:  # a generator, since whoever sends it closes it, and so what it reads from
        yield first
        yield from rest

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

    It is written to a file beside, a row at a time, and goes out from there; ``tell`` is called with the number of sheets done.
    """
    with TemporaryFile() as written:
        book = openpyxl.Workbook(write_only=True)
        try:
            first = book.create_sheet("About")
            first.column_dimensions["A"].width, first.column_dimensions["B"].width = 28, 90
            for name, value in about:
                first.append([_head(first, name), _cell(first, value)])
            for done, table in enumerate(tables, 1):
                _add_sheet(book, table)
                tell(done)
        finally:
            book.save(written)  # what failed in the middle, too: openpyxl then removes its own files
        written.seek(0)
        while piece := written.read(PIECE):
            yield piece


def _add_sheet(book: openpyxl.Workbook, table: Table) -> None:
    sheet = book.create_sheet(str(table.title)[:31])
    for place, (_name, _head_text, width) in enumerate(table.columns, 1):
        sheet.column_dimensions[openpyxl.utils.get_column_letter(place)].width = width
    sheet.freeze_panes = "B2"
    sheet.append([_head(sheet, head) for head in table.heads])
    lines = 1
    for row in table.rows():
        sheet.append([_cell(sheet, value) for value in row])
        lines += 1
    sheet.auto_filter.ref = f"A1:{openpyxl.utils.get_column_letter(len(table.columns))}{lines}"


def _head(sheet: Any, text: str) -> Any:
    cell, styles = openpyxl.cell.WriteOnlyCell(sheet, value=text), openpyxl.styles
    cell.font, cell.fill = styles.Font(bold=True), styles.PatternFill("solid", fgColor="EEF4F4")
    cell.alignment = styles.Alignment(wrap_text=True, vertical="top")
    return cell


def _cell(sheet: Any, value: Any) -> object:
    """Days as days, numbers as numbers; a text is never a formula, whatever it begins with."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, datetime):
        value = value.replace(tzinfo=None)  # the database gives UTC, and a sheet knows no zone
        cell = openpyxl.cell.WriteOnlyCell(sheet, value=value)
        cell.number_format = MINUTE
        return cell
    if hasattr(value, "isoformat"):
        cell = openpyxl.cell.WriteOnlyCell(sheet, value=value)
        cell.number_format = DAY
        return cell
    text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return harmless(text)[:LONGEST_CELL]

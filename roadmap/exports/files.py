"""Tables as files. Whatever their number of rows, only some are in memory at a time, but for what openpyxl keeps of its own."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any

import orjson
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from common.sheets import csv_lines, harmless

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from roadmap.exports.tables import Table

LONGEST_CELL = 32767
HEAD_FONT = Font(bold=True)
HEAD_FILL = PatternFill("solid", fgColor="EEF4F4")
FORMATS = {"date": "yyyy-mm-dd", "datetime": "yyyy-mm-dd hh:mm"}


def csv_file(table: Table, about: dict[str, Any]) -> Iterator[str]:
    """One table; the moment stands in two columns of each row, so that no line is anything but a row."""
    more = [about["position"], about["as_of"]]
    yield from csv_lines(_with(table, more))


def _with(table: Table, more: list[Any]) -> Iterator[list[Any]]:
    yield [*table.names, "record_position", "as_of"]
    for row in table.rows():
        yield [*row, *more]


def json_file(tables: list[Table], about: dict[str, Any]) -> Iterator[bytes]:
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


def xlsx_file(tables: list[Table], about: list[tuple[str, Any]], tell: Callable[[int], None] = lambda _parts: None) -> bytes:
    """``xlsx_into`` as bytes."""
    content = BytesIO()
    xlsx_into(content, tables, about, tell)
    return content.getvalue()


def xlsx_into(
    file: IO[bytes], tables: list[Table], about: list[tuple[str, Any]], tell: Callable[[int], None] = lambda _parts: None
) -> None:
    """Write a workbook with a sheet for each table and one that says what it is: typed cells, a filter, the heads staying in sight.

    ``tell`` is called with the number of sheets done. The rows go through files of openpyxl's own and then, packed, into ``file``.
    """
    book = Workbook(write_only=True)
    first = book.create_sheet("About")
    first.column_dimensions["A"].width, first.column_dimensions["B"].width = 28, 90
    for name, value in about:
        first.append([_head(first, name), _cell(first, value)])
    for done, table in enumerate(tables, 1):
        sheet = book.create_sheet(str(table.title)[:31])
        for place, (_name, _head_text, width) in enumerate(table.columns, 1):
            sheet.column_dimensions[get_column_letter(place)].width = width
        sheet.freeze_panes = "B2"
        sheet.append([_head(sheet, head) for head in table.heads])
        number = 1
        for row in table.rows():
            sheet.append([_cell(sheet, value) for value in row])
            number += 1
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(table.columns))}{number}"
        tell(done)
    book.save(file)


def _head(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, value=text)
    cell.font, cell.fill, cell.alignment = HEAD_FONT, HEAD_FILL, Alignment(wrap_text=True, vertical="top")
    return cell


def _cell(sheet: Any, value: Any) -> Any:
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

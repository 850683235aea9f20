"""Tables in files: read without trust, written so that no spreadsheet runs what a cell says."""

from __future__ import annotations

import csv
import zipfile
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO, StringIO
from typing import TYPE_CHECKING, Any

import openpyxl
from django.utils.translation import gettext as _

from common.refusals import Problem, Refused
from common.sheets import MEDIA_TYPES, RUN, harmless

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_BYTES = 2 * 1024 * 1024
MOST_UNPACKED = 50 * 1024 * 1024
MOST_ROWS = 2000
MOST_COLUMNS = 50


@dataclass(frozen=True)
class Table:
    """``headings`` in small letters; ``rows`` that say anything, all cells as text."""

    headings: list[str]
    rows: list[dict[str, str]]

    def cells(self, heading: str) -> list[str]:
        return [row[heading] for row in self.rows]


class TableRefused(Refused):
    """The file is no table that can be read; the text says why."""


def refuse(code: str, text: str) -> TableRefused:
    return TableRefused(Problem("file", code, text))


def read_table(name: str, content: bytes) -> Table:
    """The first sheet of a file. Raises ``TableRefused``."""
    ending = name.rpartition(".")[2].lower()
    if ending not in MEDIA_TYPES:
        raise refuse("file_type", _("Choose a CSV or an XLSX file."))
    if not content:
        raise refuse("file_empty", _("The file is empty."))
    if len(content) > MOST_BYTES:
        raise refuse("file_size", _("The file is larger than 2 MB."))
    headings, *rows = (_read_xlsx(content) if ending == "xlsx" else _read_csv(content)) or [[]]
    used = {place: text_of(heading).strip().lower() for place, heading in enumerate(headings) if heading is not None}
    if not any(used.values()):
        raise refuse("file_empty", _("The file has no line of headings."))
    if len(rows) > MOST_ROWS:
        raise refuse("file_size", _("The file has more than %(most)d rows.") % {"most": MOST_ROWS})
    cells = [{name: text_of(row[place]) if place < len(row) else "" for place, name in used.items()} for row in rows]
    return Table(list(used.values()), [row for row in cells if any(row.values())])


def _read_csv(content: bytes) -> list[list[Any]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refuse("file_content", _("The file is not in UTF-8. Save it as “CSV UTF-8”.")) from error
    if "\x00" in text:
        raise refuse("file_content", _("The file holds a NUL byte."))
    heading = text.splitlines()[0] if text.strip() else ""
    try:
        rows = [row for row in csv.reader(StringIO(text), delimiter=";" if heading.count(";") > heading.count(",") else ",") if row]
    except csv.Error as error:
        raise refuse("file_content", _("The file is not a table: %(error)s") % {"error": str(error)[:200]}) from error
    if rows and (longest := max(map(len, rows))) > len(rows[0]):
        raise refuse("file_content", _("The file is not a table: %(error)s") % {"error": f"{longest} > {len(rows[0])}"})
    return rows


def _read_xlsx(content: bytes) -> list[list[Any]]:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        table = _first_sheet(content) if unpacked <= MOST_UNPACKED else None
    except Exception as error:
        raise refuse("file_content", _("The file is not an XLSX workbook.")) from error
    if table is None:
        raise refuse("file_size", _("The file is larger than it says."))
    return table


def _first_sheet(content: bytes) -> list[list[Any]]:
    """Read row by row and no further than we take: a sheet may say that it is as large as it likes."""
    book = openpyxl.load_workbook(BytesIO(content), read_only=True, data_only=True)
    try:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        return [list(row) for row in sheet.iter_rows(max_row=MOST_ROWS + 2, max_col=MOST_COLUMNS, values_only=True)]
    finally:
        book.close()


def text_of(cell: Any) -> str:
    """A cell as somebody would have typed it."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    text = str(cell).replace("\x00", "").strip()
    return text[1:] if text.startswith("'") and text[1:].startswith(RUN) else text


def write_table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, title: str, ending: str) -> bytes:
    safe = [list(headings), *([harmless(cell) for cell in row] for row in rows)]
    if ending == "csv":
        text = StringIO(newline="")
        csv.writer(text).writerows(safe)
        return text.getvalue().encode("utf-8-sig")
    book, content = openpyxl.Workbook(write_only=True), BytesIO()
    sheet = book.create_sheet(title)
    for row in safe:
        sheet.append(row)
    book.save(content)
    return content.getvalue()

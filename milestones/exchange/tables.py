"""Tables in files: read without trust, written so that no spreadsheet runs what a cell says."""

from __future__ import annotations

import zipfile
from datetime import date, datetime
from io import BytesIO
from typing import Any

import openpyxl
import tablib
from django.utils.translation import gettext as _
from import_export.formats.base_formats import CSV, XLSX

from common.refusals import Problem, Refused
from common.sheets import RUN, harmless

MOST_BYTES = 2 * 1024 * 1024
MOST_UNPACKED = 50 * 1024 * 1024
MOST_ROWS = 2000
MOST_COLUMNS = 50

FORMATS = {"csv": CSV, "xlsx": XLSX}


class TableRefused(Refused):
    """The file is no table that can be read; the text says why."""


def refuse(code: str, text: str) -> TableRefused:
    return TableRefused(Problem("file", code, text))


def read_table(name: str, content: bytes) -> tablib.Dataset:
    """The first sheet of a file, all cells as text. Raises ``TableRefused``."""
    ending = name.rpartition(".")[2].lower()
    if ending not in FORMATS:
        raise refuse("file_type", _("Choose a CSV or an XLSX file."))
    if not content:
        raise refuse("file_empty", _("The file is empty."))
    if len(content) > MOST_BYTES:
        raise refuse("file_size", _("The file is larger than 2 MB."))
    table = _read_xlsx(content) if ending == "xlsx" else _read_csv(content)
    if not table.headers:
        raise refuse("file_empty", _("The file has no line of headings."))
    if len(table) > MOST_ROWS:
        raise refuse("file_size", _("The file has more than %(most)d rows.") % {"most": MOST_ROWS})
    cleaned = tablib.Dataset(headers=[text_of(heading).strip().lower() for heading in table.headers])
    for row in table:
        cells = [text_of(cell) for cell in row]
        if any(cells):
            cleaned.append(cells)
    return cleaned


def _read_csv(content: bytes) -> tablib.Dataset:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refuse("file_content", _("The file is not in UTF-8. Save it as “CSV UTF-8”.")) from error
    if "\x00" in text:
        raise refuse("file_content", _("The file holds a NUL byte."))
    heading = text.splitlines()[0] if text.strip() else ""
    try:
        return tablib.Dataset().load(text, format="csv", delimiter=";" if heading.count(";") > heading.count(",") else ",")
    except Exception as error:
        raise refuse("file_content", _("The file is not a table: %(error)s") % {"error": str(error)[:200]}) from error


def _read_xlsx(content: bytes) -> tablib.Dataset:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            unpacked = sum(one.file_size for one in archive.infolist())
        table = _first_sheet(content) if unpacked <= MOST_UNPACKED else None
    except Exception as error:
        raise refuse("file_content", _("The file is not an XLSX workbook.")) from error
    if table is None:
        raise refuse("file_size", _("The file is larger than it says."))
    return table


def _first_sheet(content: bytes) -> tablib.Dataset:
    """Read row by row and no further than we take: a sheet may say that it is as large as it likes."""
    book = openpyxl.load_workbook(BytesIO(content), read_only=True, data_only=True)
    try:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        rows = [list(row) for row in sheet.iter_rows(max_row=MOST_ROWS + 2, max_col=MOST_COLUMNS, values_only=True)]
    finally:
        book.close()
    width = max((len(row) for row in rows), default=0)
    whole = [row + [None] * (width - len(row)) for row in rows]
    headers = whole[0] if whole else []
    used = [place for place, heading in enumerate(headers) if heading is not None]
    table = tablib.Dataset(headers=[headers[place] for place in used])
    for row in whole[1:]:
        table.append([row[place] for place in used])
    return table


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


def write_table(table: tablib.Dataset, ending: str) -> bytes:
    safe = tablib.Dataset(headers=table.headers, title=table.title)
    for row in table:
        safe.append([harmless(str(cell)) for cell in row])
    content = FORMATS[ending]().export_data(safe)
    return content.encode("utf-8-sig") if isinstance(content, str) else content

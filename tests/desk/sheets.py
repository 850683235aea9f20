"""Spreadsheets as the desk writes them, as people edit them, and as it reads them."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING

import openpyxl

from milestones.spreadsheets.dates import Cell
from milestones.spreadsheets.importing import KNOWN, export_table, import_file
from milestones.spreadsheets.tables import read_table
from record.models import Event

if TYPE_CHECKING:
    from accounts.models import User
    from milestones.spreadsheets.importing import Outcome
    from milestones.spreadsheets.tables import Table


def taken_out(kind: str, user: User, ending: str = "xlsx") -> bytes:
    return export_table(kind=kind, user=user, ending=ending, position=Event.objects.position())


def read(content: bytes, name: str = "a.xlsx") -> Table:
    return read_table(name, content, known=KNOWN)


def edited(table: Table, changes: dict[str, dict[str, str]]) -> Table:
    """With these cells typed over, by code and heading."""
    rows = [
        replace(row, cells=row.cells | {name: Cell(text) for name, text in changes.get(row.cells["milestone"].text, {}).items()})
        for row in table.rows
    ]
    return replace(table, rows=rows)


def written(rows: list[list[object]], *, title: str = "plan", formats: dict[str, str] | None = None) -> bytes:
    """A workbook made by hand; ``formats`` are number formats by cell."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    for cell, number_format in (formats or {}).items():
        sheet[cell].number_format = number_format
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def brought(
    content: bytes, user: User, *, name: str = "a.xlsx", kind: str = "plan", answers: dict[str, str] | None = None, **how: object
) -> Outcome:
    """What a file does; nothing is dry unless ``how`` says so."""
    return import_file(name, content, kind=kind, user=user, answers=answers or {}, **how)


def moves(outcome: Outcome) -> list[tuple[str, str, str, str]]:
    """Cell, milestone, from and to of each change."""
    return [(f"{change.place.letter}{change.place.row}", change.code, change.before, change.after) for change in outcome.changes]


def faults(outcome: Outcome) -> list[tuple[str, str, str]]:
    """Cell, column and words of each error."""
    return [(f"{error.letter}{error.row}", error.column, error.text) for error in outcome.errors]

"""Tables as files that a spreadsheet opens: no cell of them is ever run."""

from __future__ import annotations

import csv
from datetime import date, datetime
from io import StringIO
from typing import TYPE_CHECKING, Any

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

RUN = ("=", "+", "-", "@", "\t", "\r")
"""What a cell begins with that a spreadsheet would run."""


def harmless(text: str) -> str:
    """A text that a spreadsheet shows and does not run: one that it would run begins with an apostrophe."""
    plain = ILLEGAL_CHARACTERS_RE.sub(" ", text)
    return f"'{plain}" if plain.startswith(RUN) else plain


def csv_cell(value: Any) -> Any:  # noqa: PLR0911 - one line for each kind of value
    """Numbers stay numbers, also negative ones; days and moments as ISO 8601 writes them."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return value
        case datetime():
            return value.isoformat(timespec="seconds")
        case date():
            return value.isoformat()
        case list() | tuple():
            return harmless(", ".join(map(str, value)))
        case _:
            return harmless(str(value))


class Echo:
    """A file that gives back each line instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def csv_lines(rows: Iterable[list[Any]], *, said: str = "") -> Iterator[str]:
    """The lines of a CSV file with its mark of UTF-8, one at a time; ``said`` stands in a line below the table."""
    writer = csv.writer(Echo(), quoting=csv.QUOTE_NONNUMERIC)  # Excel may split at semicolons, but never within quotes
    mark = "\ufeff"
    for row in rows:
        yield mark + writer.writerow([csv_cell(value) for value in row])
        mark = ""
    if said:
        yield writer.writerow([])
        yield writer.writerow([harmless(f"# {said}")])


def csv_text(rows: Iterable[list[Any]], *, said: str = "") -> str:
    out = StringIO()
    out.writelines(csv_lines(rows, said=said))
    return out.getvalue()

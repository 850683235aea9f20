"""Tables as files that a spreadsheet opens: no cell of them is ever run."""

from __future__ import annotations

import csv
from datetime import date, datetime
from io import StringIO
from typing import TYPE_CHECKING, Any
from unicodedata import normalize

from common.text import BLANK, can_be_seen
from common.xml import legal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""By the ending of the file."""
RUN = frozenset("=+-@\u2212")
"""What a cell begins with that a spreadsheet would run, also in full width and behind what cannot be seen."""
FIRST_BLANK = min(BLANK)
GAPS = ("\t", "\r", "\n")


def would_run(text: str) -> bool:
    first = next(filter(can_be_seen, text), "")
    return text.startswith(GAPS) or (bool(first) and normalize("NFKC", first) in RUN)


def harmless(text: str) -> str:
    """A text that a spreadsheet shows and does not run: one that it would run begins with an apostrophe."""
    if not text or (text.isprintable() and text[0].isalnum() and text[0] < FIRST_BLANK):  # nearly every cell
        return text
    plain = legal(text)
    return f"'{plain}" if would_run(plain) else plain


CELLS: dict[type, Callable[[Any], object]] = {
    str: harmless,
    type(None): lambda _none: "",
    bool: lambda value: "true" if value else "false",
    int: lambda value: value,
    float: lambda value: value,
    datetime: lambda value: value.isoformat(timespec="seconds"),
    date: lambda value: value.isoformat(),
    list: lambda value: harmless(", ".join(map(str, value))),
    tuple: lambda value: harmless(", ".join(map(str, value))),
}
"""How each kind of value stands in a cell; whatever else as its text."""


def csv_cell(value: object) -> object:
    """Numbers stay numbers, also negative ones; days and moments as ISO 8601 writes them."""
    written = CELLS.get(type(value))
    return written(value) if written else harmless(str(value))


class Echo:
    """A file that gives back each line instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def csv_lines(rows: Iterable[list[object]], *, said: str = "") -> Iterator[str]:
    """The lines of a CSV file with its mark of UTF-8, one at a time; ``said`` stands in a line below the table."""
    writer = csv.writer(Echo(), quoting=csv.QUOTE_NONNUMERIC)  # Excel may split at semicolons, but never within quotes
    mark = "\ufeff"
    for row in rows:
        yield mark + writer.writerow([csv_cell(value) for value in row])
        mark = ""
    if said:
        yield writer.writerow([])
        yield writer.writerow([harmless(f"# {said}")])


def csv_text(rows: Iterable[list[object]], *, said: str = "") -> str:
    out = StringIO()
    out.writelines(csv_lines(rows, said=said))
    return out.getvalue()

"""CSV files as programs write them: commas, semicolons or tabs, a first line ``sep=;``, marks of Unicode, and older character sets."""

from __future__ import annotations

import codecs
import csv
import re
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from milestones.spreadsheets.workbook import MOST_ABOVE, known_in

if TYPE_CHECKING:
    from collections.abc import Collection

MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
OLDER = {"cp1251": "Windows-1251", "cp866": "DOS 866"}
"""What Windows writes here when a file is not saved as Unicode; they have no Kazakh letters and put ``?`` for them."""
DELIMITERS = (",", ";", "\t")
SAID = re.compile(r'"?sep=(.)"?(\r?\n|\r)', re.IGNORECASE)
BEGINNING = 20_000
SHOWN = 200


class NotATable(ValueError):
    """The text says why."""


class CharsetUnknown(Exception):
    """The file is in no Unicode; ``samples`` shows by character set how its first line that tells would read."""

    def __init__(self, samples: dict[str, str]) -> None:
        self.samples = samples
        super().__init__("in which characters the file is written is not known")


@dataclass(frozen=True)
class Text:
    """All rows, also the empty ones, and the character set where that is none of Unicode."""

    rows: list[list[str]]
    charset: str = ""


def read_csv(content: bytes, *, known: Collection[str], charset: str = "") -> Text:
    """Raises ``NotATable``, and ``CharsetUnknown`` unless ``charset`` is one of ``OLDER`` for a file that is in no Unicode."""
    text, charset = _decoded(content, charset)
    if "\x00" in text:
        raise NotATable(_("The file holds a NUL byte."))
    said = SAID.match(text)
    delimiter = said[1] if said else _delimiter(text, known)
    text = text[said.end() :] if said else text  # the programs do not show that line, so it is not counted
    reader = csv.reader(StringIO(text, newline=None), delimiter=delimiter, strict=True)
    rows: list[list[str]] = []
    try:
        rows.extend(reader)
    except csv.Error as error:
        place = {"row": len(rows) + 1, "most": csv.field_size_limit()}
        if "field limit" in str(error):
            raise NotATable(_("Row %(row)d has a cell of more than %(most)d characters.") % place) from error
        text = _(
            "Row %(row)d: a quotation mark is not closed, or stands in the middle of a cell. Within quotation marks it is written twice."
        )
        raise NotATable(text % place) from error
    return Text(rows, charset)


def _decoded(content: bytes, charset: str) -> tuple[str, str]:
    unicode = next((name for mark, name in MARKS.items() if content.startswith(mark)), "utf-8")
    try:
        return content.decode(unicode), ""
    except UnicodeDecodeError:
        pass
    texts = {}
    for name in OLDER:
        try:
            texts[name] = content.decode(name)
        except UnicodeDecodeError:
            continue
    if charset in texts:
        return texts[charset], charset
    if not texts or unicode != "utf-8":
        raise NotATable(_("The file is not in UTF-8. Save it as “CSV UTF-8”."))
    telling = next(number for number, line in enumerate(content.splitlines()) if not line.isascii())
    raise CharsetUnknown({name: content.splitlines()[telling].decode(name)[:SHOWN] for name in texts})


def _delimiter(text: str, known: Collection[str]) -> str:
    """The one by which a line falls into most of the known headings; before a comma, which stands in texts as well, nothing else."""
    found = dict.fromkeys(DELIMITERS, 0)
    for delimiter in DELIMITERS:
        reader = csv.reader(StringIO(text[:BEGINNING], newline=None), delimiter=delimiter)
        try:
            found[delimiter] = max((known_in(row, known) for row, _number in zip(reader, range(MOST_ABOVE), strict=False)), default=0)
        except csv.Error:
            continue
    return max(DELIMITERS, key=lambda delimiter: (found[delimiter], text.partition("\n")[0].count(delimiter)))

"""What the cells of a column can mean, and when two of them mean the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar
from unicodedata import normalize

from django.utils import translation

from common.dates import PlannedDate, Precision
from common.fields import LANGUAGE_CODES
from common.text import LINE_ENDS
from milestones.spreadsheets.dates import Cell, readings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django_stubs_ext import StrOrPromise

FULL = 32_760
"""A program keeps at most 32,767 characters of a cell."""


class Kind:
    """Of a column; cells are compared as the export writes them."""

    dated: ClassVar[bool] = False

    def readings(self, cell: Cell, order: str) -> list[str]:  # noqa: ARG002 - of days
        """What a cell can mean, the likeliest first; never none."""
        return [normalize("NFC", LINE_ENDS.sub("\n", cell.text))]

    def same(self, written: str, read: str, charset: str = "") -> bool:
        """Whether a cell still says what was written; where it had to go through ``charset``, but for the letters that this has not."""
        return _blurred(_plain(written), _plain(read), charset) or (len(read) >= FULL and written.startswith(read))

    def merged(self, was: str, read: str, now: str) -> str | None:
        """What two people's changes come to together; ``None`` where they contradict each other."""
        return read if self.same(was, now) else None


class Text(Kind):
    """A text on one line or several."""


@dataclass(frozen=True)
class Word(Kind):
    """One of a list, by its code; the words of pages are taken too, in each language."""

    choices: Sequence[tuple[str, StrOrPromise]]

    def coded(self, text: str) -> str:
        wanted = text.casefold()
        for code, label in self.choices:
            if wanted == code.casefold():
                return code
            for language in LANGUAGE_CODES:
                with translation.override(language):
                    if wanted == str(label).casefold():
                        return code
        return text

    def readings(self, cell: Cell, order: str) -> list[str]:
        return [self.coded(text) for text in super().readings(cell, order)]


class Planned(Kind):
    """A day, a month, a quarter or a year."""

    dated = True

    def readings(self, cell: Cell, order: str) -> list[str]:
        return readings(cell, order)


class Day(Planned):
    """A day and nothing rougher: of what a cell can mean only the days count, if there are any."""

    def readings(self, cell: Cell, order: str) -> list[str]:
        found = super().readings(cell, order)
        return [text for text in found if _is_day(text)] or found[:1]


class Evidences(Kind):
    """A piece of evidence a line; their order says nothing."""

    @staticmethod
    def lines(text: str) -> list[str]:
        return [" ".join(line.split()) for line in text.splitlines() if line.strip()]

    def same(self, written: str, read: str, charset: str = "") -> bool:
        ours, theirs = sorted(self.lines(written)), sorted(self.lines(read))
        alike = len(ours) == len(theirs) and all(map(super().same, ours, theirs, [charset] * len(ours)))
        return alike or super().same(written, read, charset)

    def merged(self, was: str, read: str, now: str) -> str | None:
        """What one took out is out and what one put in is in, whatever the other did."""
        before, after = self.lines(was), self.lines(read)
        stay = [line for line in self.lines(now) if line in after or line not in before]
        return "\n".join([*stay, *(line for line in after if line not in before and line not in stay)])


def _is_day(text: str) -> bool:
    try:
        return PlannedDate.parse(text).precision == Precision.DAY
    except ValueError:
        return False


def _plain(text: str) -> str:
    return "\n".join(" ".join(line.split()) for line in text.strip().splitlines())


def _blurred(written: str, read: str, charset: str) -> bool:
    """Letter by letter; where the character set has none for a letter, whatever stands for it."""
    if written == read or not charset:
        return written == read
    return len(written) == len(read) and all(
        one == other or not one.encode(charset, "ignore") for one, other in zip(written, read, strict=True)
    )

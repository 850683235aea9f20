"""ZIP archives that strangers made: how much is in one is known before anything of it is read."""

from __future__ import annotations

import struct
import zipfile
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_ENTRIES = 5000
"""A workbook or a letter of some hundred pages has a few hundred."""
MOST_INDEX = 1024 * 1024
"""Bytes of the list of entries."""
MOST_UNPACKED = 50 * 1024 * 1024
END = struct.Struct("<4s4H2LH")
"""The record at the end: mark, numbers of disks, entries here and in all, length and place of their list, length of a comment."""
MARK = b"PK\x05\x06"
LARGER, LOCATOR = b"PK\x06\x07", 20
"""The mark of where the larger record is, and how many bytes that takes."""
LONGEST_COMMENT = 65535


class NotTaken(ValueError):
    """It is no archive, or not one that is read here."""


class TooMuch(NotTaken):
    """It holds more than is looked at."""


@contextmanager
def opened(file: IO[bytes]) -> Iterator[zipfile.ZipFile]:
    """The archive, whose list of entries is short and whose contents are of a bearable size. Raises ``NotTaken``."""
    try:
        _look_at_the_end(file)
        with zipfile.ZipFile(file) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MOST_UNPACKED:
                raise TooMuch("it unpacks to too much")
            yield archive
    except (zipfile.BadZipFile, NotImplementedError, struct.error, OSError, UnicodeDecodeError) as error:
        raise NotTaken(str(error)) from error


def _look_at_the_end(file: IO[bytes]) -> None:
    """How long the list is, by the record that ``zipfile`` goes by; it reads all of it at once, a second for each hundred thousand."""
    file.seek(0, 2)
    size = file.tell()
    file.seek(max(0, size - LONGEST_COMMENT - END.size - LOCATOR))
    tail = file.read()
    place = tail.rfind(MARK)
    if place < 0 or len(tail) - place < END.size:
        raise NotTaken("it is no archive")
    _mark, _disk, _first, entries, in_all, index, _place, _comment = END.unpack_from(tail, place)
    file.seek(0)
    # Where a larger record stands before it, that one is believed: whoever needs it has more than is taken here.
    if max(entries, in_all) > MOST_ENTRIES or index > MOST_INDEX or tail.startswith(LARGER, max(place - LOCATOR, 0)):
        raise TooMuch("it has too many entries")

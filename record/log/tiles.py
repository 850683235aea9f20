"""The tree over the events: read from tiles where they are full, its right edge from the events themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.db import connection
from django.db.models import Max

from record.log import tree
from record.log.models import Tile

if TYPE_CHECKING:
    from collections.abc import Callable

    from record.log.tree import Node

    Rows = dict[tuple[int, int], bytes]

Answer = TypeVar("Answer")
HEIGHT, WIDTH, HASH_BYTES = 8, 256, 32
AT_ONCE = 100


def split(hashes: bytes) -> list[bytes]:
    return [hashes[place : place + HASH_BYTES] for place in range(0, len(hashes), HASH_BYTES)]


KEPT = "SELECT level, index, true, hashes FROM record_tile WHERE level = %s AND index = %s"
ROOTS = "SELECT level + 1, index, false, root FROM record_tile WHERE level = %s AND index >= %s AND index < %s"
LEAVES = "SELECT 0, position - 1, false, convert_to(text, 'UTF8') FROM record_event WHERE position > %s AND position <= %s"


class Missing(LookupError):
    """The record has not the events that the tree is asked of."""


class Tiles:
    """A tree of ``size`` leaves, as the functions of ``tree`` ask for it. What was read once is not read again."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._read: dict[tuple[int, int], list[bytes]] = {}

    def __call__(self, height: int, index: int) -> bytes:
        level, tile, place, number = self._place(height, index)
        return tree.complete(self.hashes(level, tile)[place : place + number])

    def _place(self, height: int, index: int) -> tuple[int, int, int, int]:
        """In which tile a hash is to be had: of so many hashes from a place on."""
        level, above = divmod(height, HEIGHT)
        return level, *divmod(index << above, WIDTH), 1 << above

    def answer(self, work: Callable[[Node], Answer]) -> Answer:
        """What ``work`` makes of the tree. It is called twice: first to see what it asks for, so that all of it comes by one statement."""
        asked: set[tuple[int, int]] = set()

        def note(height: int, index: int) -> bytes:
            asked.add(self._place(height, index)[:2])
            return b""

        work(note)
        self._fetch(asked)
        return work(self)

    def hashes(self, level: int, tile: int) -> list[bytes]:
        """Those of a tile that the tree has: 256, or fewer at the right edge."""
        if (level, tile) not in self._read:
            self._fetch({(level, tile)})
        return self._read[level, tile]

    def width(self, level: int, tile: int) -> int:
        return min(WIDTH, (self.size >> HEIGHT * level) - tile * WIDTH)

    def worked_out(self, level: int, tile: int) -> list[bytes]:
        """Those of a tile from what is below it, whether it is kept or not."""
        self._fetch({(level, tile)}, kept=False)
        return self._read[level, tile]

    def _fetch(self, places: set[tuple[int, int]], *, kept: bool = True) -> None:
        """Read tiles that are kept, and what others are made of: roots of tiles below, texts of events."""
        wanted = [(level, tile) for level, tile in places if self.width(level, tile) > 0]
        parts = [self._part(level, tile, kept=kept) for level, tile in wanted]
        whole, single = self._rows(
            " UNION ALL ".join(said for said, _values in parts), [value for _said, values in parts for value in values]
        )
        for level, tile in wanted:
            start, width = tile * WIDTH, self.width(level, tile)
            if (level, tile) in whole:
                self._read[level, tile] = split(whole[level, tile])
            elif kept and width == WIDTH:
                self._fetch({(level, tile)}, kept=False)
            else:
                self._read[level, tile] = [self._made_of(level, index, single) for index in range(start, start + width)]

    def _part(self, level: int, tile: int, *, kept: bool) -> tuple[str, list[int]]:
        start, width = tile * WIDTH, self.width(level, tile)
        if kept and width == WIDTH:
            return KEPT, [level, tile]
        return (ROOTS, [level - 1, start, start + width]) if level else (LEAVES, [start, start + width])

    def _rows(self, statement: str, values: list[int]) -> tuple[Rows, Rows]:
        rows: tuple[Rows, Rows] = ({}, {})
        if not statement:
            return rows
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            for level, index, whole, content in cursor:
                rows[0 if whole else 1][level, index] = bytes(content)
        return rows

    def _made_of(self, level: int, index: int, single: Rows) -> bytes:
        """A hash by what was read for it; a tile below that is missing is worked out in its turn."""
        if level == 0 and (level, index) not in single:
            raise Missing(f"there is no event at position {index + 1}")
        if level == 0:
            return tree.leaf(single[level, index])
        return single.get((level, index)) or tree.complete(self.hashes(level - 1, index))


def write_tiles(size: int) -> int:
    """Keep each full tile of the tree that is not kept yet; returns how many. May run twice at the same time."""
    written, level = 0, 0
    while full := size >> HEIGHT * (level + 1):
        newest = Tile.objects.filter(level=level).aggregate(newest=Max("index"))["newest"]
        missing = range(0 if newest is None else newest + 1, full)
        for begin in range(missing.start, missing.stop, AT_ONCE):
            tiles = Tiles(size)
            hashes = [tiles.worked_out(level, index) for index in range(begin, min(begin + AT_ONCE, full))]
            Tile.objects.bulk_create(
                [Tile(level=level, index=begin + place, hashes=b"".join(one), root=tree.complete(one)) for place, one in enumerate(hashes)],
                ignore_conflicts=True,
            )
        written, level = written + len(missing), level + 1
    return written

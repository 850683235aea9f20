"""Does the record continue every checkpoint that was signed, the one in the file above all? Each hash is worked out anew from events.

The file is looked at when the snapshot is left: it may hold a checkpoint that was signed meanwhile.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from record.log import tree
from record.log.keeping import HEAD, Forked, head_of, insist, kept, signers
from record.log.models import Checkpoint, Tile
from record.log.tiles import WIDTH, Tiles, split
from record.models import Event
from record.verify import afterwards, also

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK = 2000
Signed = dict[int, list[tuple[str, bytes]]]


@also
def log_faults() -> Iterator[str]:
    signed: Signed = defaultdict(list)
    for pk, size, root in Checkpoint.objects.values_list("pk", "size", "root").iterator(CHUNK):
        signed[size].append((f"checkpoint {pk}", bytes(root)))
    growing, checked = tree.Growing(), _Checked()
    for text in Event.objects.order_by("position").values_list("text", flat=True).iterator(CHUNK):
        hashed = tree.leaf(text.encode())
        growing.add(hashed)
        yield from checked.add(hashed)
        for what, root in signed.pop(growing.size, ()):
            if root != growing.root():
                yield f"{what}: the record does not begin with the {growing.size} events that were signed"
    for size, those in sorted(signed.items()):
        yield from (f"{what}: {size} events were signed, and the record has {growing.size}" for what, _root in those)
    yield from checked.rest()


@afterwards
def head_faults() -> Iterator[str]:
    """The head that was sound last night is still in the chain; for this nothing has to be signed."""
    if (head := kept(HEAD)) and not Event.objects.filter(hash=head).exists():
        yield f"the chain does not hold the hash {head}, which was its head when it was sound last: it was cut off or written anew"


@afterwards
def file_faults() -> Iterator[str]:
    if not (note := kept()):
        return
    try:
        head = head_of(note, [signer.verifier for signer in signers()])
    except Forked as forked:
        yield f"{forked}"
        return
    tiles = Tiles(Event.objects.position())
    try:
        insist(head, tiles, tiles.answer(lambda node: tree.root(node, tiles.size)))
    except Forked as forked:
        yield f"the checkpoint kept outside of the database: {forked}"


class _Checked:
    """Tiles as they fill up from below, each held against what is kept of it."""

    def __init__(self) -> None:
        self.levels: list[list[bytes]] = [[]]
        self.full: list[int] = [0]
        self.newest = Checkpoint.objects.values_list("size", flat=True).first() or 0

    def add(self, hashed: bytes, level: int = 0) -> Iterator[str]:
        hashes = self.levels[level]
        hashes.append(hashed)
        if len(hashes) < WIDTH:
            return
        index, root = self.full[level], tree.complete(hashes)
        row = Tile.objects.filter(level=level, index=index).first()
        if row is None:
            if (index + 1) * WIDTH ** (level + 1) <= self.newest:
                yield f"tile {level}/{index} is missing"
        elif split(bytes(row.hashes)) != hashes or bytes(row.root) != root:
            yield f"tile {level}/{index}: its hashes are not those of the events"
        self.full[level] += 1
        hashes.clear()
        if level + 1 == len(self.levels):
            self.levels.append([])
            self.full.append(0)
        yield from self.add(root, level + 1)

    def rest(self) -> Iterator[str]:
        """What is kept beyond the tree that there is."""
        for level, index in Tile.objects.order_by("level", "index").values_list("level", "index"):
            if level >= len(self.full) or index >= self.full[level]:
                yield f"tile {level}/{index}: the record has no such events"

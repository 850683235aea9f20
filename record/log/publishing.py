"""Signing a checkpoint: beside the record, by a job, when there is something new."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from record.log import tree
from record.log.keeping import Forked, head_of, insist, keep, kept, signers
from record.log.models import Checkpoint
from record.log.notes import Head, Verifier, joined, line_of, parts_of, read_head
from record.log.tiles import Tiles, write_tiles
from record.log.witnesses import ask, witnesses
from record.models import Event

if TYPE_CHECKING:
    from datetime import datetime

    from record.log.notes import Signer

logger = logging.getLogger(__name__)


def publish_checkpoint(*, now: datetime) -> Checkpoint | None:
    """Sign the record as it stands now, unless a checkpoint says already all that can be said. May run twice at the same time.

    Nothing is signed that does not continue the checkpoint kept outside of the database (or, without that file, the newest of the
    table): then an ERROR says so, and the file stays as it is. Raises ``NotSigned`` for a wrong key in the settings.
    """
    ours, size = signers(), Event.objects.position()
    if not ours or not size:
        return None
    newest = Checkpoint.objects.first()
    write_tiles(size)
    tiles = Tiles(size)
    head = Head(ours[0].name, size, tiles.answer(lambda node: tree.root(node, size)))
    try:
        _insist_on_the_last(head, newest, tiles, [signer.verifier for signer in ours])
    except Forked as forked:
        logger.error("record: no checkpoint is signed: %s", forked)  # noqa: TRY400 - the text says it all
        return None
    checkpoint = _signed(head, newest, tiles, ours)
    if newest is None or newest.note != checkpoint.note:
        checkpoint.made_at = now
        checkpoint.save(force_insert=True)
    if kept() != checkpoint.note:
        keep(checkpoint.note)
    return checkpoint if checkpoint.pk else None


def _insist_on_the_last(head: Head, newest: Checkpoint | None, tiles: Tiles, verifiers: list[Verifier]) -> None:
    """The file must be believed; without it the table, as far as it speaks of this log: the operator began another by a new name."""
    if note := kept():
        insist(head_of(note, verifiers), tiles, head.root)
    elif newest and read_head(newest.note).origin == head.origin:
        insist(head_of(newest.note, verifiers), tiles, head.root)


def _signed(head: Head, newest: Checkpoint | None, tiles: Tiles, ours: list[Signer]) -> Checkpoint:
    """With the lines of all keys, and of every witness that has given one or gives it now."""
    lines, keys = [signer.line(head.text) for signer in ours], [signer.verifier for signer in ours]
    note = joined(head.text, lines)
    text, before = parts_of(newest.note) if newest else ("", [])
    for witness in witnesses():
        known = line_of(witness.key, head.text, before) if text == head.text else None
        last = newest.size if newest and text != head.text and line_of(witness.key, text, before) else 0
        if line := known or ask(witness, note, head, last, tiles):
            lines.append(line)
            keys.append(witness.key)
    return Checkpoint(size=head.size, root=head.root, note=joined(head.text, lines), keys="".join(f"{key}\n" for key in keys))

"""What is handed out: proofs as texts, and the proof of a version as a file that is checked offline."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from record.chain import empty, plain
from record.log import tree
from record.log.models import Checkpoint
from record.log.notes import encoded
from record.log.tiles import Missing, Tiles
from record.models import Event
from record.versions import content_of, version_models

if TYPE_CHECKING:
    from record.models import VersionRow

logger = logging.getLogger(__name__)
PROOF_FORMAT = "roadmap-proof/1"


class NotProven(Exception):
    """There is no such proof (yet)."""


class Withdrawn(Exception):
    """What the proof would have to show was withdrawn at ``position``."""

    def __init__(self, position: int) -> None:
        self.position = position
        super().__init__(position)


def newest_checkpoint() -> Checkpoint | None:
    return Checkpoint.objects.first()


def checkpoint_until(position: int) -> Checkpoint | None:
    """The newest over no event after that position."""
    return Checkpoint.objects.filter(size__lte=position).first()


def inclusion_of(position: int, checkpoint: Checkpoint, text: str, tiles: Tiles) -> list[bytes]:
    """The proof that the event at ``position`` says that text. Raises ``NotProven`` where the checkpoint is older, or says otherwise."""
    if position > checkpoint.size:
        raise NotProven
    try:
        proof = tiles.answer(lambda node: tree.inclusion_proof(node, position - 1, checkpoint.size))
    except Missing as missing:
        raise NotProven from missing
    if not tree.verify_inclusion(tree.leaf(text.encode()), position - 1, checkpoint.size, proof, bytes(checkpoint.root)):
        logger.error("record: the event at position %d is not what the checkpoint of %d events was signed over", position, checkpoint.size)
        raise NotProven
    return proof


def tlog_proof(position: int, checkpoint: Checkpoint) -> str:
    """https://c2sp.org/tlog-proof of the event at that position. Raises ``NotProven``."""
    text = Event.objects.filter(position=position).values_list("text", flat=True).first()
    if text is None:
        raise NotProven
    proof = inclusion_of(position, checkpoint, text, Tiles(checkpoint.size))
    return "\n".join(["c2sp.org/tlog-proof@v1", f"index {position - 1}", *map(encoded, proof), "", checkpoint.note])


def proof_of(row: VersionRow, checkpoint: Checkpoint) -> dict[str, object]:
    """Everything that shows of a version, offline, that it was recorded and from which position to which it stood.

    It holds the salts, without which the digests prove nothing. Raises ``NotProven``, and ``Withdrawn`` where a text or a salt is gone.
    """
    if row.withheld is not None:
        raise Withdrawn(row.withheld)
    tiles = Tiles(checkpoint.size)
    content = {name: plain(value) for name, value in content_of(row).items() if not empty(value)}
    ends = [row.first] if row.last is None or row.last > checkpoint.size else [row.first, row.last]
    found = list(Event.objects.filter(position__in=ends).order_by("position"))
    if len(found) < len(ends):
        raise NotProven
    began, *ended = found
    if began.withheld is not None:
        raise Withdrawn(began.withheld)
    shown = [began, *(event for event in ended if event.withheld is None)]
    return {
        "format": PROOF_FORMAT,
        "version": {
            "first": row.first,
            "last": row.last if len(shown) > 1 else None,
            "salt": row.salt,
            "digest": row.digest,
            "content": content,
        },
        "events": [_event(event, checkpoint, tiles) for event in shown],
        "checkpoint": checkpoint.note,
    }


def _event(event: Event, checkpoint: Checkpoint, tiles: Tiles) -> dict[str, object]:
    return {
        "text": event.text,
        "salt": event.salt,
        "actor": event.actor,
        "data": event.data,
        "opened": _digests(first=event.position),
        "closed": _digests(last=event.position),
        "inclusion": list(map(encoded, inclusion_of(event.position, checkpoint, event.text, tiles))),
    }


def _digests(**where: int) -> list[str]:
    """Of all version rows that begin or end at a position."""
    return sorted(
        digest for model in version_models() for digest in model._default_manager.filter(**where).values_list("digest", flat=True)
    )

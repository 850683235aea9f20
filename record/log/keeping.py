"""What is kept in files outside of the database, which whoever owns the tables alone cannot write anew: the newest checkpoint and,
without any key, the head that was sound last night."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from django.conf import settings

from record.log import tree
from record.log.notes import Head, NotSigned, Signer, Verifier, opened, read_head, read_signer

if TYPE_CHECKING:
    from record.log.tiles import Tiles

CHECKPOINT, HEAD = "checkpoint", "head"


class Forked(Exception):
    """The record does not continue what was signed; the text says how."""


def signers() -> list[Signer]:
    """The private keys of this installation, of which a web process has none. Raises ``NotSigned``."""
    return [read_signer(text) for text in settings.CHECKPOINT_KEYS]


def kept(name: str = CHECKPOINT) -> str:
    """What the file says; empty where there is none."""
    with suppress(FileNotFoundError):
        return (settings.CHECKPOINT_DIR / name).read_text(encoding="utf-8")
    return ""


def keep(text: str, name: str = CHECKPOINT) -> None:
    """Put it into the file, all of it or nothing, and on the disk before this returns."""
    settings.CHECKPOINT_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = settings.CHECKPOINT_DIR / f".{name}.{os.getpid()}"
    with aside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(settings.CHECKPOINT_DIR / name)


def head_of(note: str, verifiers: list[Verifier]) -> Head:
    """What a checkpoint of ours says; its signature is looked at by whoever knows a key. Raises ``Forked``."""
    try:
        return opened(note, verifiers) if verifiers else read_head(note)
    except NotSigned as error:
        raise Forked(f"the checkpoint kept outside of the database cannot be believed: {error}") from error


def insist(head: Head, tiles: Tiles, root: bytes) -> None:
    """Raise ``Forked`` unless the tree of today, whose root this is, begins with what ``head`` says."""
    if head.size > tiles.size:
        raise Forked(f"a checkpoint of {head.size} events was signed, and the record has {tiles.size}")
    proof = tiles.answer(lambda node: tree.consistency_proof(node, head.size, tiles.size))
    if not tree.verify_consistency(head.size, tiles.size, head.root, root, proof):
        raise Forked(f"the record does not begin with the {head.size} events whose checkpoint was signed")

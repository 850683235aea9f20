"""The record as a log of a million events: checkpoints and proofs, worked out in process and asked for over HTTP."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from itertools import cycle
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone

from benchmarks.api import LONG
from benchmarks.site import web
from benchmarks.timing import Times, in_turns, timed
from record.log import tree
from record.log.models import Tile
from record.log.notes import Head, make_signer
from record.log.proofs import newest_checkpoint, tlog_proof
from record.log.publishing import publish_checkpoint
from record.log.tiles import Tiles, write_tiles

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.databases import Databases
    from benchmarks.place import Place

SEED = 16
MADE, SERVED = "a checkpoint, worked out and signed", "`/record/checkpoint` over HTTP"
PROOF, PROOF_SERVED = "a proof of one event, worked out", "`/record/proof/{position}` over HTTP"


@dataclass
class LogFigures:
    """Times in ms; ``tiles`` how many were written from nothing, ``built`` in how many seconds."""

    times: Mapping[str, Times] = field(default_factory=dict)
    tiles: int = 0
    built: float = 0.0


def root() -> bytes:
    return Tiles(LONG).answer(lambda node: tree.root(node, LONG))


def consistency(size: int) -> list[bytes]:
    return Tiles(LONG).answer(lambda node: tree.consistency_proof(node, size, LONG))


def measure(place: Place, databases: Databases, env: Mapping[str, str], rounds: int) -> LogFigures:
    """Over the database ``long``, which ``benchmarks.api`` has made; each proof is of another event."""
    databases.use("long")
    signer = make_signer("bench.example/record")
    settings.CHECKPOINT_KEYS, settings.CHECKPOINT_DIR = [str(signer)], place.folder / "checkpoint"
    built = timed(lambda: write_tiles(LONG)) / 1000
    publish_checkpoint(now=timezone.now())
    checkpoint = newest_checkpoint()
    if checkpoint is None or checkpoint.size != LONG:
        raise RuntimeError("the log was not signed")
    chance = random.Random(SEED)
    positions = cycle([chance.randrange(1, LONG + 1) for _one in range(1000)])
    calls = {
        MADE: lambda: signer.line(Head(signer.name, LONG, root()).text),
        PROOF: lambda: tlog_proof(next(positions), checkpoint),
        "a proof of consistency, worked out": lambda: consistency(next(positions)),
        "the job, when there is nothing new": lambda: publish_checkpoint(now=timezone.now()),
    }
    found = in_turns(calls, rounds)
    tiles = Tile.objects.count()
    databases.close()
    with web({**env, "DATABASE_URL": place.url("long")}, log=place.folder / "log" / "web.log", workers=2) as server:
        found |= in_turns(
            {
                SERVED: lambda: server.ask("/record/checkpoint"),
                PROOF_SERVED: lambda: server.ask(f"/record/proof/{next(positions)}"),
                "`/record/consistency` over HTTP": lambda: server.ask(f"/record/consistency?from={next(positions)}"),
                "a tile over HTTP": lambda: server.ask(f"/record/tile/0/x00{chance.randrange(1, 3)}/{chance.randrange(1000):03}"),
            },
            rounds,
        )
    return LogFigures(found, tiles, built)

"""Asking witnesses to cosign a checkpoint (https://c2sp.org/tlog-witness). One that is away hinders nothing."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings

from common.fetching import Fetched, NotFetched, post
from record.log import tree
from record.log.notes import NotSigned, Verifier, encoded, line_of, read_verifier

if TYPE_CHECKING:
    from record.log.notes import Head
    from record.log.tiles import Tiles

logger = logging.getLogger(__name__)
SECONDS = 10.0
MOST_DIGITS = 18


class Witness(NamedTuple):
    key: Verifier
    address: str


def witnesses() -> list[Witness]:
    """Those of the settings, each as ``<key> <address>``. Raises ``NotSigned``."""
    return [read_witness(text) for text in settings.WITNESSES]


def read_witness(text: str) -> Witness:
    key, _space, address = text.partition(" ")
    if not address.strip().startswith(("https://", "http://")):
        raise NotSigned("a witness is written <key> <address>")
    return Witness(read_verifier(key), address.strip().rstrip("/"))


def ask(witness: Witness, note: str, head: Head, last: int, tiles: Tiles) -> str | None:
    """The witness's line for this checkpoint, or None. ``last`` is the size that it cosigned last, as far as we know."""
    try:
        answer = _post(witness, note, head, last, tiles)
        if answer.status == HTTPStatus.CONFLICT and (known := _size(answer)) is not None and last != known <= head.size:
            answer = _post(witness, note, head, known, tiles)
    except NotFetched as away:
        logger.warning("the witness %s does not answer: %s", witness.key.name, away)
        return None
    if answer.status == HTTPStatus.OK:
        return _line(witness, head, answer)
    # What it remembers is not how this record begins, or it does not know us: either wants a person.
    logger.error("record: the witness %s refuses the checkpoint of %d events: %d", witness.key.name, head.size, answer.status)
    return None


def _post(witness: Witness, note: str, head: Head, last: int, tiles: Tiles) -> Fetched:
    proof = "".join(f"{encoded(step)}\n" for step in tiles.answer(lambda node: tree.consistency_proof(node, last, head.size)))
    body = f"old {last}\n{proof}\n{note}".encode()
    return post(f"{witness.address}/add-checkpoint", body=body, headers={"Content-Type": "text/plain"}, seconds=SECONDS)


def _size(answer: Fetched) -> int | None:
    text = answer.body.decode("ascii", "replace").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None


def _line(witness: Witness, head: Head, answer: Fetched) -> str | None:
    lines = answer.body.decode("utf-8", "replace").splitlines(keepends=True)
    try:
        if line := line_of(witness.key, head.text, [line for line in lines if line.startswith("— ") and line.count(" ") == 2]):  # noqa: PLR2004
            return line
    except NotSigned as error:
        logger.error("record: the witness %s: %s", witness.key.name, error)  # noqa: TRY400 - the text says it all
    else:
        logger.error("record: the witness %s answers with no line of its key", witness.key.name)
    return None

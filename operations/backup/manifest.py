"""What a backup says of itself."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any

from operations.backup import BackupFault

FORMAT = 1
"""A release that writes another form counts on, and refuses those that it does not know."""


@dataclass(frozen=True)
class Part:
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Recorded:
    """Up to where the record goes in it: the newest event, and the newest checkpoint, empty where nothing was signed."""

    position: int = 0
    head: str = ""
    checkpoint: str = ""


@dataclass(frozen=True)
class Manifest:
    made_at: str
    version: str
    """Of the application."""
    postgres: str
    """Of the server; and of the program that read it: no older one can restore it."""
    pg_dump: int
    migrations: list[str]
    record: Recorded
    settings: dict[str, str]
    """What the environment said, secrets left out: for whoever builds the site again."""
    recipients: list[str]
    parts: dict[str, Part] = field(default_factory=dict)
    format: int = FORMAT

    def written(self) -> bytes:
        """JSON, with a digest of all the rest in it."""
        said = asdict(self)
        return _text(said | {"sha256": _digest(said)}).encode()


def read(data: bytes) -> Manifest:
    """Raises ``BackupFault``."""
    try:
        said: dict[str, Any] = json.loads(data)
        form, digest = said["format"], said.pop("sha256")
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BackupFault("The manifest of the backup cannot be read: it is damaged. Take another backup.") from error
    if form != FORMAT:
        raise BackupFault(f"The backup is of form {form}, and this release reads form {FORMAT}: restore it with the release that made it.")
    if _digest(said) != digest:
        raise BackupFault("The manifest of the backup is not what was written: it is damaged. Take another backup.")
    parts = {name: Part(**part) for name, part in said.pop("parts").items()}
    return Manifest(**said | {"record": Recorded(**said["record"]), "parts": parts})


def _text(said: dict[str, Any]) -> str:
    return json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True)


def _digest(said: dict[str, Any]) -> str:
    return sha256(_text(said).encode()).hexdigest()

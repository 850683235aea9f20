"""Whom a backup is encrypted for, and by what it is opened: keys of age, as ``age-keygen`` and ``manage.py make_backup_key`` write them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pyrage

from operations.backup import BackupFault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pyrage.x25519 import Identity, Recipient


def recipients(texts: Iterable[str]) -> list[Recipient]:
    """Raises ``BackupFault`` where one of them is none."""
    found = []
    for text in texts:
        try:
            found.append(pyrage.x25519.Recipient.from_str(text.strip()))
        except pyrage.RecipientError as error:
            raise BackupFault(f"{text!r} is no recipient: write what make_backup_key printed second, which begins with age1.") from error
    return found


def identities(texts: Iterable[str]) -> list[Identity]:
    """The same of private keys; nothing of them is repeated."""
    try:
        return [pyrage.x25519.Identity.from_str(text.strip()) for text in texts]
    except pyrage.IdentityError as error:
        raise BackupFault("An identity cannot be read: write what make_backup_key printed first, AGE-SECRET-KEY-1 and on.") from error


def in_files(paths: Iterable[str]) -> Iterator[str]:
    """The identities in files as ``age-keygen`` writes them: one a line, beside comments."""
    for path in paths:
        try:
            lines = Path(path).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise BackupFault(f"The file of an identity, {path}, cannot be read: {type(error).__name__}.") from error
        yield from (line for line in lines if line.strip() and not line.startswith("#"))

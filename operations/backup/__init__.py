"""Backups: made whole or not at all, checked before they are restored, and rehearsed.

A backup is a folder of parts and a manifest: the database (``pg_dump``), the files (``tar``), each encrypted by age where a
recipient is named. The manifest is written last and says of each part its size and SHA-256, and up to which head of the record
the database goes. What has no manifest is no backup.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import Error

if TYPE_CHECKING:
    from collections.abc import Iterator


NUMBERED = re.compile(r"^(OSError: )?(\[Errno \d+\] )?")


class BackupFault(Exception):
    """It was not done; the text says why, and what to do, to whoever runs the site."""


@contextmanager
def in_words(what: str) -> Iterator[None]:
    """What the disk, the store or the database says, as one sentence that begins with ``what``."""
    try:
        yield
    except BackupFault as fault:
        raise BackupFault(f"{what}: {fault}") from fault
    except (OSError, Error) as error:
        said = " ".join(str(error).split())
        raise BackupFault(f"{what}: {NUMBERED.sub('', said)}") from error


def unfinished() -> Path:
    """The file that is there while a restore is not at its end: the site is not ready then (``operations.readiness``)."""
    return Path(settings.VAR_DIR) / "restore-unfinished"

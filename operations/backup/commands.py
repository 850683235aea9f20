"""What the commands share."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.core.management.base import CommandError
from django.db import Error

from operations.backup import BackupFault

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def in_a_sentence() -> Iterator[None]:
    """A fault ends the command with 1 and its words, and SIGTERM as Ctrl-C does: what was begun is taken away."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except (BackupFault, OSError, Error) as error:
        raise CommandError(str(error).strip()) from error
    except KeyboardInterrupt as error:
        raise CommandError("Ended before it was done.") from error
    finally:
        signal.signal(signal.SIGTERM, before)

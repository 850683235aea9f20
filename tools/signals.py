"""Being asked to end: one exception out of the signal handler, raised where nothing can be lost by it."""

from __future__ import annotations

import contextlib
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """Somebody asked us to end; every ``finally`` on the way out runs."""


class _State:
    held = 0
    asked = False


def stop_on_signals() -> None:
    """Turn the first Ctrl-C, SIGTERM or hang-up into ``Stopped``; later ones do not disturb the stopping."""
    for number in ENDING:
        signal.signal(number, _asked)


def ignore() -> None:
    """From here on we are stopping anyway."""
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)


def _asked(_number: int, _frame: FrameType | None) -> None:
    ignore()
    _State.asked = True
    _raise_unless_held()


def _raise_unless_held() -> None:
    if _State.asked and not _State.held:
        _State.asked = False
        raise Stopped


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Keep ``Stopped`` back for a moment: between a process being started and being known, it would be lost."""
    _State.held += 1
    try:
        yield
    finally:
        _State.held -= 1
    _raise_unless_held()

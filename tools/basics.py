"""What all tools share: where the project is, how they speak, how they refuse, and a lock that dies with its holder."""

from __future__ import annotations

import fcntl
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

ROOT = Path(__file__).resolve().parent.parent
INTERRUPTED = 130


class Refusal(Exception):
    """A known reason not to go on, written for the person at the terminal: what is wrong, then what to do."""


def say(text: str) -> None:
    """Write one line at once. A reader that went away (``make run | head``) must not end the program."""
    try:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except (OSError, ValueError):
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - stays open until the end


def finish(main: Callable[[], int]) -> NoReturn:
    """Run ``main`` and leave with its code. A refusal, a full disk or Ctrl-C ends in one message, never in a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = main()
    except Refusal as refusal:
        complain(str(refusal))
        code = 1
    except OSError as error:
        complain(f"{error.strerror or error}: {error.filename}" if error.filename else str(error))
        code = 1
    except KeyboardInterrupt:
        code = INTERRUPTED
    sys.exit(code)


def complain(text: str) -> None:
    say("")
    say(f"STOPPED. {text}")


class Lock:
    """An exclusive lock on a file, which the kernel lets go when the holder dies: a killed start never blocks the next.

    The file may hold a note of the holder (``note``), which others can read without the lock.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def take(self, *, wait: bool = False, waiting: str = "") -> bool:
        """True when the lock is ours. With ``wait``, say ``waiting`` once and stay until it is."""
        descriptor = self._open()
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not wait:
                os.close(descriptor)
                return False
            say(waiting)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        self._descriptor = descriptor
        return True

    def _open(self) -> int:
        if self.path.is_dir():
            return os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        return os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)

    @property
    def note(self) -> str:
        return self.path.read_text(encoding="utf-8", errors="replace")

    def write_note(self, text: str) -> None:
        self.path.write_text(text, encoding="utf-8")

    def give_back(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Lock:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.give_back()

"""Which request something is done for: one name in the answer, in the log, in the tasks that it wakes and in the mail that they send."""

from __future__ import annotations

import re
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADER = "X-Request-Id"
LONGEST = 64
FIT = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{7,{LONGEST - 1}}}")
"""What a proxy may call a request: nothing that a log or a header could take for something else."""

_current: ContextVar[str] = ContextVar("request_id", default="")


def current() -> str:
    """The request that this thread works for; empty where it is none."""
    return _current.get()


def given_or_new(given: str) -> str:
    """The name that came along, where it is fit to be one, else a new one."""
    return given if FIT.fullmatch(given) else uuid4().hex


def work_for(name: str) -> None:
    """From now on this thread works for ``name``."""
    _current.set(name)


def work_for_nobody(**_signal: object) -> None:
    _current.set("")


@contextmanager
def working_for(name: str) -> Iterator[None]:
    """The same within a block; an empty name leaves what was."""
    before = _current.set(name or current())
    try:
        yield
    finally:
        _current.reset(before)

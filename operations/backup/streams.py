"""Streams between programs and stores: counted, digested, encrypted, and ended with a word when something breaks."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pyrage
from django.db import connection
from psycopg2.extensions import make_dsn

from operations.backup import BackupFault
from operations.backup.manifest import Part

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

    from pyrage.x25519 import Identity, Recipient

    from operations.backup.stores import Readable, Writable

PIECE = 1 << 20
NOT_OF_LIBPQ = {"password", "cursor_factory", "server_side_binding", "isolation_level", "assume_role", "pool", "context", "options"}


class Counted:
    """Passes on what is written to or read from a stream, and knows how much it was and its digest."""

    def __init__(self, stream: Any) -> None:
        self.stream, self.bytes, self.digest = stream, 0, sha256()

    def write(self, data: bytes) -> int:
        self.stream.write(data)
        self._count(data)
        return len(data)

    def read(self, size: int = -1) -> bytes:
        data = bytes(self.stream.read(size if size >= 0 else PIECE))
        self._count(data)
        return data

    def flush(self) -> None:
        """age asks for it at the end."""

    def _count(self, data: bytes) -> None:
        self.bytes += len(data)
        self.digest.update(data)

    def part(self) -> Part:
        return Part(self.bytes, self.digest.hexdigest())


class NotOpened(Exception):
    """It could not be decrypted: by these identities, or at all."""


class Nowhere:
    """Takes everything."""

    def write(self, data: bytes) -> int:
        return len(data)

    def flush(self) -> None: ...


def sealed(source: Readable, target: Writable, recipients: list[Recipient]) -> Part:
    """Copy, encrypted where there are recipients. Returns what was written."""
    counted = Counted(target)
    if recipients:
        try:
            pyrage.encrypt_io(source, counted, recipients)
        except pyrage.EncryptError as error:
            raise OSError(str(error)) from error
    else:
        _copy(source, counted)
    return counted.part()


def opened(source: Counted, target: Writable, identities: list[Identity] | None) -> None:
    """Copy, decrypted where there are identities; ``None`` is for what is not encrypted. ``source`` is read to its end.

    Raises ``NotOpened`` where it cannot be decrypted, ``OSError`` where it cannot be read or written.
    """
    fault: Exception | None = None
    if identities is not None:
        try:
            pyrage.decrypt_io(source, target, identities)
        except (pyrage.DecryptError, OSError) as error:
            fault, target = error, Nowhere()
    _copy(source, target)
    if fault:
        raise NotOpened(str(fault)) from fault


def _copy(source: Any, target: Any) -> None:
    while piece := source.read(PIECE):
        target.write(piece)


@contextmanager
def started(command: list[str], *, fine: tuple[int, ...] = (0,), **streams: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A program that is killed where the block fails and whose end is waited for otherwise. Raises ``BackupFault`` with its last words."""
    with tempfile.TemporaryFile() as said:
        try:
            process = subprocess.Popen(command, stderr=said, env=environment(), **streams)  # noqa: S603 - ours
        except FileNotFoundError as error:
            raise BackupFault(f"{command[0]} is not on this machine, or not in PATH: {_how_to_have(command[0])}") from error
        try:
            yield process
        except BaseException as error:
            if isinstance(error, (OSError, NotOpened, BackupFault)) and _went_first(process):
                raise BackupFault(_last_words(command[0], said)) from error
            process.kill()
            process.wait()
            raise
        finally:
            for stream in (process.stdin, process.stdout):
                if stream:
                    _close(stream)
        if process.wait() not in fine:
            raise BackupFault(_last_words(command[0], said))


def _went_first(process: subprocess.Popen[bytes]) -> bool:
    """Whether it failed by itself, so that a stream to it broke."""
    try:
        return process.wait(1) != 0
    except subprocess.TimeoutExpired:
        return False


def _close(stream: IO[bytes]) -> None:
    try:
        stream.close()
    except BrokenPipeError:
        return


def _how_to_have(program: str) -> str:
    return "install it." if program == "tar" else "install the client programs of PostgreSQL, of the server's version or a later one."


def _last_words(program: str, said: IO[bytes]) -> str:
    said.seek(0)
    lines = [line for line in said.read().decode(errors="replace").splitlines() if line.strip()]
    wanted = [line for line in lines if re.search("error|fatal|mismatch|cannot", line, re.IGNORECASE)] or lines
    return f"{program} failed: {' '.join(wanted[:3]) or 'it said nothing'}"


def environment() -> dict[str, str]:
    """With the password, which stands on no command line."""
    password = connection.get_connection_params().get("password")
    return dict(os.environ) | {"LC_ALL": "C"} | ({"PGPASSWORD": str(password)} if password else {})


def database() -> str:
    """The present database for programs of PostgreSQL, without the password."""
    given = connection.get_connection_params()
    return str(make_dsn(**{name: value for name, value in given.items() if name not in NOT_OF_LIBPQ}))


def major_of(program: str) -> int:
    """The major version of a program of PostgreSQL."""
    with started([program, "--version"], stdout=subprocess.PIPE) as process:
        said = process.stdout.read().decode() if process.stdout else ""
    return int((re.search(r"\) (\d+)", said) or ["", "0"])[1])

"""``make attack``: the long attacks on a running ``make run``, with figures: how long a reader waited before, during and after each.

They need the site alone and the standard library. ``ARGS="http://localhost:8000 60"`` names the address and the seconds of each.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import resource
import socket
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

MEGABYTE = 1024 * 1024
SOCKETS = 1200
"""More than a process of the site holds."""
READERS = 400
"""Fewer: each opens anew and so asks for a file again, which with more is work for all threads and no slow reading."""
PAGES = ("/healthz", "/readyz", "/")


@dataclass
class Target:
    host: str
    port: int
    seconds: float
    ended: threading.Event = field(default_factory=threading.Event)

    def connect(self) -> socket.socket:
        return socket.create_connection((self.host, self.port), timeout=10)

    def head(self, *lines: str) -> bytes:
        return "\r\n".join([*lines, f"Host: {self.host}:{self.port}", ""]).encode()

    def wait_for(self, path: str) -> str:
        """Milliseconds that a reader waits, or what went wrong."""
        began = time.monotonic()
        try:
            with contextlib.closing(http.client.HTTPConnection(self.host, self.port, timeout=10)) as connection:
                connection.request("GET", path)
                answer = connection.getresponse()
                answer.read()
        except OSError as error:
            return type(error).__name__
        milliseconds = f"{(time.monotonic() - began) * 1000:.0f} ms"
        return milliseconds if answer.status == http.HTTPStatus.OK else f"{answer.status} in {milliseconds}"


def drip(target: Target, begin: bytes, drop: bytes, most: int = SOCKETS) -> None:
    """Sockets that send a byte each second, opened anew when they are closed."""
    sockets: list[socket.socket] = []
    while not target.ended.is_set():
        with contextlib.suppress(OSError):
            while len(sockets) < most:
                sockets.append(target.connect())
                sockets[-1].sendall(begin)
        for one in list(sockets):
            try:
                one.sendall(drop)
            except OSError:
                sockets.remove(one)
                one.close()
        target.ended.wait(1)
    for one in sockets:
        one.close()


def slow_heads(target: Target) -> None:
    drip(target, target.head("GET / HTTP/1.1") + b"X-Slow: ", b"a")


def slow_bodies(target: Target) -> None:
    drip(target, target.head("POST /follow/ HTTP/1.1", "Content-Length: 100000") + b"\r\n", b"a")


def slow_readers(target: Target) -> None:
    drip(target, target.head("GET /milestones.csv HTTP/1.1") + b"\r\n", b"", READERS)


def pairs(target: Target) -> None:
    """Two requests in one go, of which the second needs no thread, and nothing more."""
    first, second = (target.head(f"GET {path} HTTP/1.1") + b"\r\n" for path in ("/accounts/login/", "/healthz"))
    drip(target, first + second, b"")


def large_bodies(target: Target) -> None:
    """300 MB of multipart to an anonymous form, eight at a time."""
    head = target.head("POST /follow/ HTTP/1.1", "Content-Type: multipart/form-data; boundary=x", f"Content-Length: {300 * MEGABYTE}")
    pour(target, head + b"\r\n", b"a" * MEGABYTE)


def endless_chunks(target: Target) -> None:
    pour(
        target, target.head("POST /follow/ HTTP/1.1", "Transfer-Encoding: chunked") + b"\r\n", b"%x\r\n%s\r\n" % (MEGABYTE, b"a" * MEGABYTE)
    )


def pour(target: Target, begin: bytes, piece: bytes) -> None:
    def one() -> None:
        while not target.ended.is_set():
            with contextlib.suppress(OSError), contextlib.closing(target.connect()) as connection:
                connection.sendall(begin)
                for _ in range(300):
                    connection.sendall(piece)

    threads = [threading.Thread(target=one, daemon=True) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


ATTACKS: dict[str, Callable[[Target], None]] = {
    f"{SOCKETS} slow heads": slow_heads,
    f"{SOCKETS} slow bodies": slow_bodies,
    f"{READERS} slow readers": slow_readers,
    f"{SOCKETS} pairs of requests": pairs,
    "300 MB bodies": large_bodies,
    "endless chunks": endless_chunks,
}


def largest_process() -> str:
    """Memory of the largest gunicorn, where there is /proc."""
    most = 0
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError):
            if "gunicorn" in (folder / "cmdline").read_text():
                resident = next(line for line in (folder / "status").read_text().splitlines() if line.startswith("VmRSS"))
                most = max(most, int(resident.split()[1]))
    return f"{most // 1024} MB" if most else "?"


def main(arguments: list[str]) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (2 * SOCKETS, max(2 * SOCKETS, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
    parts = urlsplit(arguments[0] if arguments else f"http://localhost:{os.environ.get('PORT') or 8000}")
    target = Target(parts.hostname or "localhost", parts.port or 80, float(arguments[1]) if arguments[1:] else 20)
    row = "{:<26}" + "{:<24}" * len(PAGES) + "{}\n"
    sys.stdout.write(row.format("attack", *PAGES, "largest gunicorn"))
    sys.stdout.write(row.format("none", *map(target.wait_for, PAGES), largest_process()))
    for name, attack in ATTACKS.items():
        target.ended.clear()
        attacker = threading.Thread(target=attack, args=(target,), daemon=True)
        attacker.start()
        time.sleep(target.seconds)
        sys.stdout.write(row.format(name, *map(target.wait_for, PAGES), largest_process()))
        target.ended.set()
        attacker.join(15)
        sys.stdout.write(row.format("  after it", *map(target.wait_for, PAGES), largest_process()))
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])

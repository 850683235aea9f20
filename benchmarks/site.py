"""Asking the site: in this process through Django's handler, or over HTTP on one connection that stays open."""

from __future__ import annotations

import http.client
import os
import socket
import time
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools import processes
from tools.basics import ROOT, Refusal

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator, Mapping

PYTHON = ROOT / ".venv" / "bin" / "python"
START_SECONDS = 60
ANSWER_SECONDS = 60
GRACE_SECONDS = 10


class Unexpected(Exception):
    """The site answered something else than what was to be measured."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


# In this process


@cache
def handler() -> Any:
    from django.core.wsgi import get_wsgi_application

    return get_wsgi_application()


def answer_to(environ: dict[str, Any]) -> Answer:
    said: list[Any] = []
    response = handler()(environ, lambda status, sent: said.extend([status, sent]))
    try:
        return Answer(int(said[0].split()[0]), dict(said[1]), b"".join(response))
    finally:
        response.close()


def ask(address: str, expected: int = 200, **headers: str) -> Answer:
    """One request as gunicorn would hand it over: every middleware and both signals of a request, no socket."""
    from django.test import RequestFactory

    environ = RequestFactory(headers={"host": "localhost", **headers}).get(address).environ
    return checked(answer_to(environ), address, expected)


def send(
    method: str,
    address: str,
    body: str,
    *,
    content_type: str = "application/x-www-form-urlencoded",
    session: str = "",
    token: str = "",
    expected: int = 200,
) -> Answer:
    """One writing request, signed in by ``session``, whose check against forged forms is passed as a browser would, or by a ``token``."""
    from django.test import RequestFactory

    proof = "t" * 32
    by_session = {"cookie": f"sessionid={session}; csrftoken={proof}", "x-csrftoken": proof}
    by_token = {"authorization": f"Bearer {token}"}
    headers = {"host": "localhost"} | (by_session if session else {}) | (by_token if token else {})
    environ = RequestFactory(headers=headers).generic(method, address, body, content_type=content_type).environ
    return checked(answer_to(environ), address, expected)


def checked(answer: Answer, address: str, expected: int) -> Answer:
    if answer.status != expected:
        raise Unexpected(f"{address} answered {answer.status}: {answer.body[:500].decode(errors='replace')}")
    return answer


# Over HTTP


class Web:
    """A gunicorn of ours on a free port of the loopback, and a connection to it that is kept alive."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process = process
        self.port = port
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)

    def ask(self, address: str, expected: int = 200, **headers: str) -> Answer:
        try:
            return checked(self._ask(address, headers), address, expected)
        except (http.client.RemoteDisconnected, ConnectionError):  # it was quiet for longer than gunicorn keeps it
            self._connection.close()
            return checked(self._ask(address, headers), address, expected)

    def _ask(self, address: str, headers: Mapping[str, str]) -> Answer:
        self._connection.request("GET", address, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = self._connection.getresponse()
        headers = {name.lower(): value for name, value in response.getheaders()}  # a server may write ETag as Etag
        return Answer(response.status, headers | {"ETag": headers.get("etag", "")}, response.read())

    def another(self) -> Web:
        """The same server on a connection of its own."""
        return Web(self.process, self.port)

    def wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                self.ask("/healthz")
            except (OSError, http.client.HTTPException):
                self._connection.close()
                time.sleep(0.005)
            else:
                return
        raise Refusal("gunicorn does not answer; its log is in log/ of the run's folder")

    def close(self) -> None:
        self._connection.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def web(env: Mapping[str, str], *, log: Path, workers: int, settings: str = "benchmarks.settings") -> Iterator[Web]:
    """The web server of the Procfile until the end of the block; ``settings`` is the module of Django's settings."""
    port = free_port()
    own = {"BIND": f"127.0.0.1:{port}", "WEB_CONCURRENCY": str(workers), "DJANGO_SETTINGS_MODULE": settings}
    command = [PYTHON, "-m", "gunicorn", "--config", "roadmap/gunicorn.py", "roadmap.wsgi"]
    with log.open("ab") as output:
        process = processes.spawn(command, env={**env, **own}, cwd=ROOT, output=output)
    server = Web(process, port)
    try:
        server.wait_until_it_answers()
        yield server
    finally:
        server.close()
        processes.end([process], grace=GRACE_SECONDS)


# Memory


@dataclass(frozen=True)
class Memory:
    """Of a process and its children together, in MB (2**20 bytes). ``pss`` counts shared pages once; 0 where it cannot be read."""

    rss: float
    pss: float


def memory_of(pid: int) -> Memory:
    found = [rollup(one) for one in family(pid)]
    return Memory(sum(one.rss for one in found), sum(one.pss for one in found))


def family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [pid, *(other for child in children for other in family(int(child)))]


def rollup(pid: int) -> Memory:
    """From ``smaps_rollup``; where that is closed, RSS out of ``statm``."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except PermissionError:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
        return Memory(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, 0)
    sizes = {name: float(rest.split()[0]) / 1024 for name, _, rest in (line.partition(":") for line in lines) if rest.endswith("kB")}
    return Memory(sizes["Rss"], sizes["Pss"])

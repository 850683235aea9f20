"""What a start costs: the worker until it is ready, the web server until it answers, and what it then weighs."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

from benchmarks.pages import PAGES, unasked
from benchmarks.site import GRACE_SECONDS, PYTHON, START_SECONDS, memory_of, web
from benchmarks.timing import Times, timed
from tools import processes
from tools.basics import ROOT, Refusal
from tools.run import read_procfile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from benchmarks.place import Place
    from benchmarks.site import Memory, Web

READY = b" ready."
REQUESTS = 200
ANSWERS = ("/api/v1/milestones/?health=late&page_size=500", "/api/v1/summary/", "/api/v1/timeline/")
READERS = 8
LOOK_SECONDS = 0.005


def worker_starts(place: Place, env: dict[str, str], rounds: int) -> Times:
    """From the start of the process to the line that says it takes tasks."""
    return Times([worker_start(place, env, number) for number in range(rounds)])


def worker_start(place: Place, env: dict[str, str], number: int) -> float:
    start = time.perf_counter()
    with worker(env, place.folder / "log" / f"worker-{number}.log"):
        return (time.perf_counter() - start) * 1000


@contextmanager
def worker(env: Mapping[str, str], log: Path) -> Iterator[None]:
    """The worker of the Procfile, ready for tasks, until the end of the block."""
    until = time.perf_counter() + START_SECONDS
    with log.open("wb") as output:
        process = processes.spawn(read_procfile(ROOT / "Procfile")["worker"], env=env, cwd=ROOT, output=output)
    try:
        while READY not in log.read_bytes():
            if process.poll() is not None or time.perf_counter() > until:
                raise Refusal(f"The worker does not come up:\n{processes.last_lines(log.read_text(encoding='utf-8'))}")
            time.sleep(LOOK_SECONDS)
        yield
    finally:
        processes.end([process], grace=GRACE_SECONDS)


def imports(env: dict[str, str], rounds: int) -> Times:
    """A Python that loads what the web server runs, addresses and views included, and ends."""
    lines = "import roadmap.wsgi; from django.urls import get_resolver; get_resolver().url_patterns"
    return Times([timed(lambda: run_python(lines, env)) for _ in range(rounds)])


def run_python(lines: str, env: dict[str, str]) -> None:
    outcome = processes.run([PYTHON, "-c", lines], env=env, cwd=ROOT)
    if outcome.code:
        raise Refusal(f"The application cannot be loaded:\n{outcome.last_lines()}")


def web_starts(place: Place, env: dict[str, str], rounds: int) -> Times:
    """From the start of gunicorn to its first answer."""

    def start() -> None:
        with web(env, log=place.folder / "log" / "web-start.log", workers=1, settings="roadmap.settings"):
            found.append(time.perf_counter())

    found: list[float] = []
    begun = []
    for _ in range(rounds):
        begun.append(time.perf_counter())
        start()
    return Times([(end - begin) * 1000 for begin, end in zip(begun, found, strict=True)])


def web_memory(place: Place, env: dict[str, str], workers: int) -> Memory:
    """Of gunicorn and its workers after 200 requests by eight readers at once: pages anew, the list, details."""
    with (
        web(env, log=place.folder / "log" / "web-memory.log", workers=workers, settings="roadmap.settings") as server,
        ThreadPoolExecutor(READERS) as readers,
    ):
        list(readers.map(lambda _reader: read_some(server), range(READERS)))
        return memory_of(server.process.pid)


def read_some(server: Web) -> None:
    """A fair share of the requests: pages that are made anew, and the largest answers of the API."""
    reader = server.another()
    addresses = [*(unasked(page) for page in PAGES.values()), *ANSWERS]
    for turn in range(REQUESTS // READERS):
        reader.ask(addresses[turn % len(addresses)])
    reader.close()

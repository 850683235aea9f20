"""Pages for readers, compressed as browsers ask for them: made anew, served from the cache, and not sent at all (304)."""

from __future__ import annotations

import gzip
from collections import defaultdict
from itertools import count
from typing import TYPE_CHECKING

from django.core.cache import cache

from benchmarks.lists import statements
from benchmarks.site import ask
from benchmarks.timing import Times, in_turns
from tools.basics import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from benchmarks.databases import Databases
    from benchmarks.site import Answer, Web

PAGES = {
    "dashboard": "/",
    "timeline": "/timeline/",
    "how the plan moved": "/slippage/",
    "calendar": "/calendar/",
    "changes": "/changes/",
    "milestones page": "/milestones/",
    "milestone page": "/milestones/P010-07/",
    "proposals page": "/proposals/",
    "search page": "/search/?q=report",
}
ANEW, KEPT, UNCHANGED = "anew", "unchanged, kept body", "unchanged, 304"
LOADED = ("css/roadmap.css", "img/icon.svg")
BROWSER = {"Accept_Encoding": "gzip", "Accept_Language": "ru"}
fresh: defaultdict[str, Iterator[int]] = defaultdict(count)


def unasked(address: str) -> str:
    """The address as nobody asked for it yet: pages refuse parameters that they do not know, and empty ones say nothing."""
    return f"{address}{'&' if '?' in address else '?'}{'&' * next(fresh[address])}"


def anew(of: Callable[..., Answer], address: str) -> Answer:
    """The page is made, and what is kept of others stays."""
    return of(unasked(address), **BROWSER)


def cases(of: Callable[..., Answer]) -> dict[tuple[str, str], Callable[[], object]]:
    """By page and state."""
    calls: dict[tuple[str, str], Callable[[], object]] = {}
    for name, address in PAGES.items():
        tag = of(address, **BROWSER).headers["ETag"]
        calls[name, ANEW] = lambda to=address: anew(of, to)
        calls[name, KEPT] = lambda to=address: of(to, **BROWSER)
        calls[name, UNCHANGED] = lambda to=address, known=tag: of(to, 304, If_None_Match=known, **BROWSER)
    return calls


def measure_in_process(databases: Databases, size: int, rounds: int) -> dict[tuple[str, str], Times]:
    databases.use(str(size))
    return in_turns(cases(ask), rounds)


def measure_over_http(server: Web, rounds: int) -> dict[tuple[str, str], Times]:
    """One worker, so that a page kept by it is found again: without Redis each has a cache of its own."""
    return in_turns(cases(server.ask), rounds)


def weights(databases: Databases, size: int) -> dict[str, int]:
    """How many bytes each page has as it is sent, packed; the stylesheet and the mark of the site are beside it."""
    databases.use(str(size))
    found = {name: len(anew(ask, address).body) for name, address in PAGES.items()}
    return found | {"stylesheet and mark": sum(len(gzip.compress((ROOT / "static" / part).read_bytes())) for part in LOADED)}


def query_counts(databases: Databases, sizes: list[int]) -> Mapping[str, dict[int, int]]:
    """How many queries each page takes when it is made, by size."""
    found: dict[str, dict[int, int]] = {name: {} for name in PAGES}
    for size in sizes:
        databases.use(str(size))
        cache.clear()  # a number that is kept from before would be a query less at one size
        for name, address in PAGES.items():
            found[name][size] = len(statements(unasked(address)))
    return found

"""``python -m benchmarks``: everything in one run, a few minutes long, on loopback only and gone at the end."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

from tools import signals
from tools.basics import INTERRUPTED, finish, say

if TYPE_CHECKING:
    from benchmarks.place import Place
    from benchmarks.report import Figures

LOADED = 5000
"""The size whose loading the issue limits."""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--size", type=int, default=10_000, help="milestones, 2000 or more; all is also done with a tenth of them")
    parser.add_argument("--quick", action="store_true", help="few rounds, for a look; the figures are then rough")
    parser.add_argument("--write", action="store_true", help="keep the table in benchmarks/RESULTS.md")
    asked = parser.parse_args()
    if asked.size < 2000:
        parser.error("--size must be 2000 or more: a tenth of it has to fill a page")
    return asked


def run(place: Place, size: int, *, quick: bool) -> Figures:
    """Measure everything. Django comes up only here, on the empty database of the place."""
    place.create("empty")
    os.environ.update(place.env, DATABASE_URL=place.url("empty"), DJANGO_SETTINGS_MODULE="benchmarks.settings", LOG_LEVEL="ERROR")
    import django

    django.setup()
    from benchmarks import lists, pages, starting, verifying
    from benchmarks.databases import Databases, settle, settled
    from benchmarks.report import Figures
    from benchmarks.site import web

    rounds, few = (20, 2) if quick else (200, 5)
    busy = os.getloadavg()[0]
    databases = Databases(place)
    say("Migrating …")
    databases.migrate()
    loads = {}
    for milestones in sorted({size // 10, LOADED, size}):
        say(f"Loading {milestones:,} milestones …")
        loads[milestones] = databases.make(milestones)
        settle()
    sizes = [size // 10, size]
    say(f"Asking for the list in process, {rounds} rounds …")
    measured = lists.measure_in_process(databases, sizes, rounds)
    page_times = {"process": pages.measure_in_process(databases, size, rounds // 2)}
    page_queries = pages.query_counts(databases, sizes)
    page_weights = pages.weights(databases, size)
    databases.close()

    say(f"Asking for the list over HTTP, {rounds} rounds …")
    log = place.folder / "log" / "web.log"
    at = {number: place.env | {"DATABASE_URL": place.url(str(number))} for number in sizes}
    with ExitStack() as stack:
        servers = {number: stack.enter_context(web(env, log=log, workers=2)) for number, env in at.items()}
        lists.measure_over_http(measured, servers, rounds)
    with web(at[size], log=log, workers=1) as server:
        page_times["http"] = pages.measure_over_http(server, rounds // 2)

    say("Deepening the record …")
    from benchmarks import api, record, writers
    from benchmarks import log as logs

    depth = record.make_deep(databases, size)
    settled()
    verified = verifying.verify(os.environ | at[size])  # while it is sound: what comes patches rows past the record and makes up events
    past, past_queries = record.measure_reads(databases, size, max(10, rounds // 4))
    publishing = record.measure_publishing(databases, size, max(20, rounds // 2))
    writing = writers.measure(databases, size, max(80, rounds * 2))

    say("Asking as external tools do …")
    tools = api.measure(place, databases, at, sizes, rounds)
    say("Proving what is in a long log …")
    proving = logs.measure(place, databases, at[size], rounds)
    databases.close()

    say("Starting worker and web …")
    starts = {
        "worker, cold start": starting.worker_starts(place, at[size], few),
        "web, start to first answer": starting.web_starts(place, at[size], few),
        "web, import only": starting.imports(at[size], few),
    }
    memory = {workers: starting.web_memory(place, at[size], workers) for workers in (1, 2)}
    return Figures(
        size,
        size // 10,
        rounds,
        place.version(),
        measured,
        page_times,
        page_queries,
        page_weights,
        loads,
        starts,
        memory,
        depth,
        past,
        past_queries,
        publishing,
        tools,
        verified,
        proving,
        busy,
        writing,
    )


def main() -> int:
    asked = arguments()
    signals.stop_on_signals()
    from benchmarks.place import own_place

    try:
        with own_place() as place:
            figures = run(place, asked.size, quick=asked.quick)
            from benchmarks.report import RESULTS, report

            said = report(figures)
    except signals.Stopped:
        return INTERRUPTED
    sys.stdout.write(f"\n{said}")
    if asked.write:
        RESULTS.write_text(said, encoding="utf-8")
        say(f"Written to benchmarks/{RESULTS.name}.")
    return 0


if __name__ == "__main__":
    finish(main)

"""The figures as Markdown. No path and no name of a machine goes in: the file is kept with the project."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.lists import BARE, CAUSE, FILTERS, FIRST, OURS, REFERENCE, SQL, TABLES
from benchmarks.pages import ANEW, KEPT, PAGES, UNCHANGED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from benchmarks.api import ApiFigures
    from benchmarks.lists import Measured
    from benchmarks.log import LogFigures
    from benchmarks.site import Memory
    from benchmarks.timing import Times
    from benchmarks.verifying import Verified
    from benchmarks.writers import Writing

RESULTS = Path(__file__).with_name("RESULTS.md")
HOW = {"process": "in process", "http": "over HTTP"}
LIST_HEAD = ["list of 50", "queries", "p50 ms", "p95 ms", "p50 ÷ ref.", "p95 ÷ ref."]
WAYS = {
    OURS: "**ours**, `/api/v1/milestones/`",
    CAUSE: "ours, with `include=cause`",
    FIRST: "ours, the first time after a change of the record",
    REFERENCE: "ModelViewSet over the same rows (reference)",
    TABLES: "ModelViewSet over the current tables",
    BARE: "bare Django view, `.values()`",
    SQL: "bare SQL, the same two statements",
}
NOISE = 1.1
"""How much of a difference between two medians of one run the machine alone makes."""


@dataclass
class Figures:
    """All that one run found; times in ms, loads in seconds."""

    size: int
    small: int
    rounds: int
    postgres: str
    lists: Mapping[str, Measured]
    page_times: Mapping[str, Mapping[tuple[str, str], Times]] = field(default_factory=dict)
    page_queries: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    page_weights: Mapping[str, int] = field(default_factory=dict)
    """Bytes as sent, packed."""
    loads: Mapping[int, float] = field(default_factory=dict)
    starts: Mapping[str, Times] = field(default_factory=dict)
    memory: Mapping[int, Memory] = field(default_factory=dict)
    depth: int = 0
    """Versions of milestones when the past was read."""
    past: Mapping[tuple[str, str], Times] = field(default_factory=dict)
    past_queries: Mapping[tuple[str, str], int] = field(default_factory=dict)
    publishing: Mapping[str, Times] = field(default_factory=dict)
    tools: ApiFigures | None = None
    verified: Verified | None = None
    """The whole record of that depth."""
    log: LogFigures | None = None
    busy: float = 0.0
    """The machine's load average when the run began: what else was going on."""
    writing: Mapping[int, Writing] = field(default_factory=dict)
    """By how many processes publish at once."""


def table(head: list[str], rows: Iterable[Iterable[object]]) -> str:
    """The first column reads from the left, the others are numbers."""
    lines = ["| " + " | ".join(head) + " |", "| --- |" + " ---: |" * (len(head) - 1)]
    lines += ["| " + " | ".join(map(str, row)) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def report(figures: Figures) -> str:
    parts = [
        "# Benchmark",
        facts(figures),
        "## The list of milestones",
        REFERENCES,
        *(f"### {label} filter, {size:,} milestones\n\n{list_table(figures, size, label)}" for label in FILTERS for size in sizes(figures)),
        f"### Flatness: {figures.size:,} ÷ {figures.small:,}\n\n{flatness_table(figures)}",
        f"## Pages at {figures.size:,} milestones\n\n{page_table(figures)}",
        f"## The past: {figures.size:,} milestones, {figures.depth:,} versions\n\n{past_table(figures)}",
        f"## Publishing one assessment\n\n{PUBLISHING}\n\n{publishing_table(figures)}\n{writing_table(figures)}",
        f"## External tools: {figures.size:,} milestones\n\n{TOOLS}\n\n{tools_table(figures)}",
        f"## The log: 1,000,000 events\n\n{LOG}\n\n{log_table(figures)}",
        f"## Loading, starting, memory\n\n{other_table(figures)}",
        f"## What is asked for\n\n{targets_table(figures)}",
    ]
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


REFERENCES = (
    "All ways give the same facts of the same rows, which the run checks first: count, owners, health. They were asked in turns, "
    "so that what disturbs the machine disturbs all of them. The reference is the plain DRF `ModelViewSet` over the rows and "
    "annotations that ours reads: what differs is then our code alone. The other is what one would write over the current tables, "
    "with owners prefetched. Requests are not limited here, for all alike; nothing is compressed."
)


def facts(figures: Figures) -> str:
    cores = len(os.sched_getaffinity(0))
    return (
        f"Made by `python -m benchmarks --write` on {date.today().isoformat()}: "  # noqa: DTZ011 - the day of whoever runs it
        f"{cores} cores ({platform.machine()}), load average {figures.busy:.1f} when it began, "
        f"Python {platform.python_version()}, PostgreSQL {figures.postgres} with its own defaults, "
        f"{figures.rounds} rounds. In process is one request through the WSGI handler with all middleware; over HTTP is one connection "
        "that stays open on the loopback, to gunicorn with two workers."
    )


def sizes(figures: Figures) -> list[int]:
    return [figures.small, figures.size]


# The list


def list_table(figures: Figures, size: int, label: str) -> str:
    rows = []
    for how, said in HOW.items():
        reference = figures.lists[REFERENCE].times[how, size, label]
        for way, name in WAYS.items():
            measured = figures.lists[way]
            if times := measured.times.get((how, size, label)):
                ratios = [f"{times.p50 / reference.p50:.2f}", f"{times.p95 / reference.p95:.2f}"]
                rows.append([f"{said}: {name}", measured.queries[label], f"{times.p50:.1f}", f"{times.p95:.1f}", *ratios])
    return table(LIST_HEAD, rows)


def flatness_table(figures: Figures) -> str:
    rows = []
    for way, name in WAYS.items():
        cells = [f"{growth(figures.lists[way], figures, how, label):.2f}" for how, label in columns() if asked(way, how)]
        rows.append([name, *cells, *["–"] * (len(columns()) - len(cells))])
    return table(["p50 of the list", *(f"{HOW[how]}, {label}" for how, label in columns())], rows)


def asked(way: str, how: str) -> bool:
    """SQL has no HTTP, from outside nothing can be made forgotten, and what causes cost is seen inside."""
    return how == "process" or way not in {SQL, FIRST, CAUSE}


def columns() -> list[tuple[str, str]]:
    return [(how, label) for how in HOW for label in FILTERS]


def growth(measured: Measured, figures: Figures, how: str, label: str) -> float:
    return measured.times[how, figures.size, label].p50 / measured.times[how, figures.small, label].p50


# Pages and the rest


def page_table(figures: Figures) -> str:
    rows = []
    for page in PAGES:
        for state in (ANEW, KEPT, UNCHANGED):
            cells = [f"{value:.1f}" for how in HOW for value in both(figures.page_times[how][page, state])]
            queries = figures.page_queries[page][figures.size] if state == ANEW else "–"
            weight = f"{figures.page_weights[page] / 1024:.0f}" if state == ANEW else "–"
            rows.append([f"{page}, {state}", queries, weight, *cells])
    return table(["page", "queries", "KB, packed", *(f"{said} {name} ms" for said in HOW.values() for name in ("p50", "p95"))], rows)


PUBLISHING = (
    "By the service: a change is opened, the rules are asked, evidence and assessment are sealed, the milestone, its version and "
    "the event are written, and all is committed. The reference changes as many columns of one milestone through a plain "
    "`ModelViewSet`, signed in by session as the desk is, and remembers nothing. In process, in turns."
)


def past_table(figures: Figures) -> str:
    rows = []
    for what, when in figures.past:
        times, today = figures.past[what, when], figures.past[what, NOW]
        ratio_to_now = f"{times.p50 / today.p50:.2f}"
        rows.append([f"{what}, {when}", figures.past_queries[what, when], f"{times.p50:.1f}", f"{times.p95:.1f}", ratio_to_now])
    return table(["in process, nothing kept", "queries", "p50 ms", "p95 ms", "p50 ÷ now"], rows)


def publishing_table(figures: Figures) -> str:
    """What is asked by token is held against the reference by token."""
    rows = []
    for name, times in figures.publishing.items():
        reference = figures.publishing[PATCH_BY_TOKEN if name in {API, PATCH_BY_TOKEN} else PATCH]
        rows.append([name, f"{times.p50:.1f}", f"{times.p95:.1f}", f"{times.p50 / reference.p50:.2f}"])
    return table(["publishing", "p50 ms", "p95 ms", "p50 ÷ ref."], rows)


def writing_table(figures: Figures) -> str:
    """By the service, each process over a connection of its own and on milestones of its own."""
    rows = [[number, f"{one.a_second:.0f}", f"{one.p95:.0f}", f"{one.cpu:.1f}"] for number, one in figures.writing.items()]
    return table(["processes that publish at once", "a second", "p95 ms", "CPU of Python ms"], rows)


NOW, PATCH, PUBLISH = "now", "PATCH of a plain ModelViewSet (reference)", "publish_assessment, the service"
API, PATCH_BY_TOKEN = "the same through the API, by token", "the reference by token"
"""As ``benchmarks.record`` names them, which needs Django."""


TOOLS = (
    "Over HTTP to gunicorn with two workers, on one connection that stays open, but for the exports, which are read to their end in "
    "process beside the statements that they ask. The one milestone has an assessment that rests on three pieces of evidence; its "
    "reference is a `ModelViewSet` that says all that ours says. "
    "The log of a million events holds real ones again and again; each page is another one, from its middle on. Webhooks are "
    "delivered by the one worker of the Procfile to 20 receivers, each of which thinks for 50 ms."
)


def tools_table(figures: Figures) -> str:
    tools = figures.tools
    if tools is None:
        return ""
    rows: list[list[object]] = []

    def add(name: str, times: Times, reference: Times | None = None) -> None:
        rows.append([name, f"{times.p50:.1f}", f"{times.p95:.1f}", f"{times.p50 / reference.p50:.2f}" if reference else "–"])

    for way, times in tools.detail.items():
        add(f"one milestone: {WAYS[way].replace('`/api/v1/milestones/`', '`/api/v1/milestones/{code}/`')}", times, tools.detail[REFERENCE])
    for name, times in tools.unchanged.items():
        add(f"unchanged, 304: {name}", times)
    for (kind, way), times in tools.exports.items():
        add(f"whole export, {kind}: {'ours' if way == OURS else 'bare SQL (reference)'}", times, tools.exports[kind, SQL])
    if tools.changes:
        add("`/changes/`, a page of 500 from the middle of 1,000,000", tools.changes)
    more = [[f"peak of a web process for the {kind} of {of:,}", f"+ {grown:.0f} MB"] for (kind, of), grown in tools.grown.items()]
    more.append([f"{DELIVERIES:,} deliveries to {RECEIVERS} receivers, from before the first event", f"{tools.told:.1f} s"])
    return table(["external tools", "p50 ms", "p95 ms", "p50 ÷ ref."], rows) + "\n" + table(["what", "found"], more)


RECEIVERS, DELIVERIES = 20, 1000
"""As ``benchmarks.api`` has them, which needs Django."""


LOG = (
    "Each proof is of another event, each consistency from another size. Worked out is in process, with what is asked of the database; "
    "over HTTP is from the newest checkpoint that was signed. Nothing of it is done while publishing."
)


def log_table(figures: Figures) -> str:
    if figures.log is None:
        return ""
    rows = [[name, f"{times.p50:.2f}", f"{times.p95:.2f}"] for name, times in figures.log.times.items()]
    built = [[f"{figures.log.tiles:,} tiles written from nothing", f"{figures.log.built:.1f} s"]]
    return table(["the log", "p50 ms", "p95 ms"], rows) + "\n" + table(["what", "found"], built)


def log_targets(log: LogFigures | None) -> Iterable[tuple[str, str, bool]]:
    if log is None:
        return
    for said, names, most in (("proof of one of", (PROOF, PROOF_SERVED), 5), ("checkpoint of", (MADE, SERVED), 2)):
        slowest = max(log.times[name].p50 for name in names)
        yield f"{said} 1,000,000 events under {most} ms, worked out and over HTTP", f"{slowest:.1f} ms", slowest < most


MADE, SERVED = "a checkpoint, worked out and signed", "`/record/checkpoint` over HTTP"
PROOF, PROOF_SERVED = "a proof of one event, worked out", "`/record/proof/{position}` over HTTP"
"""As ``benchmarks.log`` names them, which needs Django."""


def both(times: Times) -> tuple[float, float]:
    return times.p50, times.p95


def other_table(figures: Figures) -> str:
    rows = [[f"{size:,} milestones loaded, from the text to the commit", f"{seconds:.1f} s"] for size, seconds in figures.loads.items()]
    rows += [[f"{name}, median of {len(times.values)}", f"{times.p50 / 1000:.2f} s"] for name, times in figures.starts.items()]
    for workers, memory in figures.memory.items():
        pss = f"{memory.pss:.0f} MB" if memory.pss else "not readable"
        said = "1 worker" if workers == 1 else f"{workers} workers"
        rows.append([f"web with {said} after 200 requests, all its processes", f"RSS {memory.rss:.0f} MB, PSS {pss}"])
    if verified := figures.verified:
        what = f"verify_record over {figures.depth:,} versions, its process"
        rows.append([what, f"{verified.seconds:.1f} s, {verified.megabytes:.0f} MB at most"])
    return table(["what", "found"], rows)


# Against the issue


def targets_table(figures: Figures) -> str:
    return table(["asked for", "found", "kept"], [[wanted, found, "yes" if kept else "**no**"] for wanted, found, kept in targets(figures)])


def targets(figures: Figures) -> Iterable[tuple[str, str, bool]]:
    """What the issue asks for under "Speed" and "The roadmap file", what was found, and whether it is kept."""
    for name in ("p50", "p95"):
        worst = max(ratio(figures, how, label, name) for how, label in columns())
        yield f"list costs no more than the ModelViewSet, {name}", f"at most × {worst:.2f}", worst <= 1
    grown = max(growth(figures.lists[OURS], figures, how, label) for how, label in columns())
    yield f"list is flat from {figures.small:,} to {figures.size:,}", f"× {grown:.2f}", grown <= NOISE
    same = all(len(set(found.values())) == 1 for found in figures.page_queries.values())
    yield "pages take the same number of queries at both sizes", "they do" if same else "they do not", same
    for state, most in ((ANEW, 150), (KEPT, 5), (UNCHANGED, 5)):
        slowest = max(figures.page_times[how]["dashboard", state].p50 for how in HOW)
        yield f"dashboard {state}, under {most} ms", f"{slowest:.1f} ms", slowest < most
    for page, most in (("dashboard", 200), ("timeline", 300)):
        slowest = max(figures.page_times[how][page, ANEW].p50 for how in HOW)
        yield f"{page} {ANEW}, under {most} ms", f"{slowest:.1f} ms", slowest < most
        weight = (figures.page_weights[page] + figures.page_weights["stylesheet and mark"]) / 1024
        yield f"first view of the {page} under 100 KB, packed", f"{weight:.0f} KB", weight < 100
    slowest = max(figures.page_times[how]["timeline", UNCHANGED].p50 for how in HOW)
    yield f"timeline {UNCHANGED}, under 5 ms", f"{slowest:.1f} ms", slowest < 5
    if 5000 in figures.loads:
        yield "5,000 milestones load in under 30 s", f"{figures.loads[5000]:.1f} s", figures.loads[5000] < 30
    if figures.past:
        worst = max(times.p50 / figures.past[what, NOW].p50 for (what, _when), times in figures.past.items())
        yield "dashboard and list as of any position cost at most 2 × today's", f"at most × {worst:.2f}", worst <= 2
    if figures.publishing:
        share = figures.publishing[PUBLISH].p50 / figures.publishing[PATCH].p50
        yield "publishing an assessment costs at most 3 × a bare DRF PATCH", f"× {share:.2f}", share <= 3
    if figures.tools:
        yield from tools_targets(figures, figures.tools)
    yield from log_targets(figures.log)
    yield from start_targets(figures)


def tools_targets(figures: Figures, tools: ApiFigures) -> Iterable[tuple[str, str, bool]]:
    share = tools.detail[OURS].p50 / tools.detail[REFERENCE].p50
    yield "one milestone costs no more than by the ModelViewSet", f"× {share:.2f}", share <= 1
    lists = [figures.lists[OURS].times["http", figures.size, label] for label in FILTERS]
    spread = max(times.p95 / times.p50 for times in [*lists, tools.detail[OURS]])
    yield "p95 of list and milestone over HTTP at most 3 × p50", f"at most × {spread:.2f}", spread <= 3
    slowest = max(times.p50 for times in tools.unchanged.values())
    yield "API unchanged, 304, under 2 ms", f"{slowest:.1f} ms", slowest < 2
    worst = max(tools.exports[kind, OURS].p50 / tools.exports[kind, SQL].p50 for kind, _way in tools.exports)
    yield "whole export as CSV and JSON at most 4 × the bare SQL", f"at most × {worst:.2f}", worst <= 4
    grown = max(tools.grown[kind, figures.size] - tools.grown[kind, figures.small] for kind, _of in tools.grown)
    yield "memory of an export is flat: ten times as many take at most 10 MB more", f"{grown:+.0f} MB", grown <= 10
    share = figures.publishing[API].p50 / figures.publishing[PATCH_BY_TOKEN].p50
    yield "publishing through the API at most 3 × a bare DRF PATCH, both by token", f"× {share:.2f}", share <= 3
    if tools.changes:
        yield "page of 500 from the middle of 1,000,000 changes under 15 ms", f"{tools.changes.p50:.1f} ms", tools.changes.p50 < 15
    yield "1,000 webhook deliveries a minute with one worker", f"{DELIVERIES / tools.told * 60:,.0f} a minute", tools.told <= 60


def start_targets(figures: Figures) -> Iterable[tuple[str, str, bool]]:
    if worker := figures.starts.get("worker, cold start"):
        yield "worker starts in under 1.5 s", f"{worker.p50 / 1000:.2f} s", worker.p50 < 1500
    if 1 in figures.memory:
        taken = figures.memory[1].pss or figures.memory[1].rss
        yield "web takes less than 250 MB", f"{taken:.0f} MB", taken < 250
    if verified := figures.verified:
        found = f"{verified.seconds:.1f} s, {verified.megabytes:.0f} MB"
        yield "200,000 versions verified in 60 s and 250 MB", found, verified.seconds <= 60 and verified.megabytes <= 250


def ratio(figures: Figures, how: str, label: str, name: str) -> float:
    """Ours to the reference at the full size."""
    key = (how, figures.size, label)
    ours: float = getattr(figures.lists[OURS].times[key], name)
    return ours / float(getattr(figures.lists[REFERENCE].times[key], name))

"""What external tools rely on: one milestone, answers that did not change, whole exports, the log, and webhooks."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import connection

from accounts.models import User
from benchmarks.lists import OURS, REFERENCE, SQL, facts_of, run_statements, statements
from benchmarks.site import Unexpected, ask, family, web
from benchmarks.standings import move_by_a_quarter
from benchmarks.starting import worker
from benchmarks.timing import Times, in_turns
from milestones.models import Milestone
from milestones.services import add_evidence, publish_assessment, record_assessment
from notifications.webhooks.registering import add_webhook
from record.models import Event
from record.services import open_change

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from benchmarks.databases import Databases
    from benchmarks.place import Place
    from benchmarks.site import Web

PAGE, LONG = 500, 1_000_000
MILESTONE, PIECES = "P010-07", 3
"""The one milestone that is read by itself, and how many pieces of evidence its assessment rests on."""
DETAILS = {OURS: f"/api/v1/milestones/{MILESTONE}/", REFERENCE: f"/api/bench/detail/{MILESTONE}/"}
UNCHANGED = {
    "list of 50": "/api/v1/milestones/?health=late,at_risk&page_size=50",
    "one milestone": DETAILS[OURS],
    "summary": "/api/v1/summary/",
    "changes, nothing new": "/api/v1/changes/?after={head}",
}
EXPORTS = {"CSV": "/api/v1/milestones/?format=csv", "JSON": "/milestones.json"}
STREAMED = EXPORTS | {"XLSX": "/api/v1/milestones/?format=xlsx"}
RECEIVERS, EVENTS, THINKING = 20, 50, 0.05
"""A receiver answers after so many seconds, as one far away would."""
PATIENCE = 120


@dataclass
class ApiFigures:
    """Times in ms over HTTP but for ``exports``, which are in process; ``grown`` in MB, ``told`` in seconds."""

    detail: Mapping[str, Times] = field(default_factory=dict)
    unchanged: Mapping[str, Times] = field(default_factory=dict)
    exports: Mapping[tuple[str, str], Times] = field(default_factory=dict)
    grown: Mapping[tuple[str, int], float] = field(default_factory=dict)
    """By how much the peak of a web process grew for a whole export, by kind and number of milestones."""
    changes: Times | None = None
    told: float = 0.0
    """Until the last of ``RECEIVERS × EVENTS`` deliveries had arrived, from before the first event."""


def measure(place: Place, databases: Databases, at: Mapping[int, dict[str, str]], sizes: list[int], rounds: int) -> ApiFigures:
    """Everything here, over the deepened database of the full size; gunicorn has two workers."""
    size, log = sizes[-1], place.folder / "log" / "web.log"
    databases.use(str(size))
    assess(MILESTONE)
    with web(at[size], log=log, workers=2) as server:
        detail = measure_details(server, rounds)
        unchanged = measure_unchanged(server, rounds)
    exports = measure_exports(databases, size, max(5, rounds // 10))
    grown = {(kind, of): found for of in sizes for kind, found in growth_by_exports(at[of], log).items()}
    told = measure_webhooks(place, databases, at[size], size)
    databases.close()
    make_long(place, databases, size)
    with web(at[size] | {"DATABASE_URL": place.url("long")}, log=log, workers=2) as server:
        changes = measure_changes(server, rounds)
    return ApiFigures(detail, unchanged, exports, grown, changes, told)


def assess(code: str) -> None:
    """Let that milestone have a published assessment that rests on evidence."""
    analyst = User.objects.create_user("bench-finder", role="analyst", remit=["*"], public_name="Analyst")
    editor = User.objects.create_user("bench-decider", role="editor", public_name="Editor")
    with open_change(by=analyst.actor) as change:
        pages = [{"address": f"https://bench.example/{number}", "title": "A page", "kind": "official"} for number in range(PIECES)]
        cites = [(add_evidence(change, by=analyst, values=page), "supports") for page in pages]
        said = {
            "status": "in_progress",
            "summary": "Benchmark",
            "confidence": "low",
            "effective_on": change.now.date(),
            "reason": "Benchmark",
        }
        milestone = Milestone.objects.select_related("proposal__report", "series", "current").get(code=code)
        waiting = record_assessment(change, milestone, by=analyst, values=said, evidence=cites, action="submit")
    with open_change(by=editor.actor) as change:
        publish_assessment(change, waiting, by=editor)


def measure_details(server: Web, rounds: int) -> dict[str, Times]:
    """Raises ``Unexpected`` unless both say the same of the milestone where they use the same names."""
    both = {name: json.loads(server.ask(address).body) for name, address in DETAILS.items()}
    if any(len(one["latest_update"]["evidence"]) != PIECES for one in both.values()):
        raise Unexpected("the evidence is missing")
    if facts_of({"count": 1, "results": [both[OURS]]}) != facts_of({"count": 1, "results": [both[REFERENCE]]}):
        raise Unexpected("the two details differ")
    if missing := set(both[OURS]) - set(both[REFERENCE]) - {"cause"}:  # worked out by a statement of its own; ours pays for it
        raise Unexpected(f"the reference says less: {missing}")
    return in_turns({name: lambda to=address: server.ask(to) for name, address in DETAILS.items()}, rounds)


def measure_unchanged(server: Web, rounds: int) -> dict[str, Times]:
    head = Event.objects.position()
    calls: dict[str, Callable[[], object]] = {}
    for name, address in UNCHANGED.items():
        to = address.format(head=head)
        tag = server.ask(to).headers["ETag"]
        calls[name] = lambda to=to, tag=tag: server.ask(to, 304, If_None_Match=tag)
    return in_turns(calls, rounds)


def measure_exports(databases: Databases, size: int, rounds: int) -> dict[tuple[str, str], Times]:
    """A whole file, read to its end, beside the statements that it asks, run by themselves."""
    databases.use(str(size))
    calls: dict[tuple[str, str], Callable[[], object]] = {}
    for kind, address in EXPORTS.items():
        found = [one[one.index("SELECT") :] for one in statements(address) if 'FROM "milestones_milestoneversion"' in one]
        calls[kind, OURS] = lambda to=address: ask(to)
        calls[kind, SQL] = lambda found=found: run_statements(found)
    return in_turns(calls, rounds)


def growth_by_exports(env: Mapping[str, str], log: Path) -> dict[str, float]:
    """MB by which the peak of the one web process grew for each kind of file, after the small answers before it."""
    grown = {}
    for kind, address in STREAMED.items():
        with web(env, log=log, workers=1) as server:
            server.ask(UNCHANGED["list of 50"])
            worker = family(server.process.pid)[-1]
            before = peak(worker)
            server.ask(address)
            grown[kind] = peak(worker) - before
    return grown


def peak(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


# The log


def make_long(place: Place, databases: Databases, of: int) -> None:
    """A database whose log has ``LONG`` events: those of real changes, again and again. Only the log is deep, and its chain is made up."""
    place.copy("long", str(of))
    databases.use("long")
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # the guards would refuse it
        cursor.execute("SELECT max(position) FROM record_event")
        head = cursor.fetchone()[0]
        cursor.execute(
            """
            WITH real AS (SELECT *, row_number() OVER (ORDER BY position) AS place, count(*) OVER () AS number
                          FROM record_event WHERE milestone <> '')
            INSERT INTO record_event
                (position, uid, type, occurred_at, report, proposal, milestone, actor, data, salt, digest, text, previous, hash)
            SELECT %(head)s + n, ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, type, occurred_at, report, proposal,
                   milestone, actor, data, salt, digest, text, md5(n::text), md5((n + 1)::text) || md5(n::text)
            FROM generate_series(1, %(more)s) AS n JOIN real ON real.place = n %% real.number + 1
            """,
            {"head": head, "more": LONG - head},
        )
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("VACUUM ANALYZE record_event")


def measure_changes(server: Web, rounds: int) -> Times:
    """A page of 500 from the middle, another each time."""
    places = iter(range(LONG // 2, LONG, PAGE))

    def page() -> None:
        answer = server.ask(f"/api/v1/changes/?after={next(places)}&limit={PAGE}")
        if b'"next_cursor"' not in answer.body[-60:]:
            raise Unexpected("no page of changes")

    return in_turns({"page": page}, rounds)["page"]


# Webhooks


class Receivers:
    """Programs that are told: each counts what reaches it."""

    def __init__(self, number: int) -> None:
        self.arrived = 0
        self.lock = threading.Lock()
        self.last = 0.0
        self.servers = [self._server() for _ in range(number)]

    def _server(self) -> ThreadingHTTPServer:
        receivers = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                time.sleep(THINKING)
                with receivers.lock:
                    receivers.arrived += 1
                    receivers.last = time.perf_counter()
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return server

    @property
    def addresses(self) -> list[str]:
        return [f"http://127.0.0.1:{server.server_address[1]}/" for server in self.servers]

    def close(self) -> None:
        for server in self.servers:
            server.shutdown()
            server.server_close()


def measure_webhooks(place: Place, databases: Databases, env: dict[str, str], size: int) -> float:
    """Seconds from before the first event until the last delivery arrived; one worker as in the Procfile, real receivers."""
    databases.use(str(size))
    editor = User.objects.create_user("bench-hooks", role="editor", public_name="Editor")
    milestones = list(Milestone.objects.exclude(due=None).order_by("code")[:EVENTS])
    receivers = Receivers(RECEIVERS)
    try:
        for number, address in enumerate(receivers.addresses):
            add_webhook(owner=editor, name=f"Receiver {number}", address=address)
        with worker(env | {"DJANGO_SETTINGS_MODULE": "benchmarks.settings"}, place.folder / "log" / "worker-webhooks.log"):
            begun = time.perf_counter()
            for milestone in milestones:
                with open_change(by=editor.actor) as change:
                    move_by_a_quarter(change, milestone)
            while receivers.arrived < RECEIVERS * EVENTS:
                if time.perf_counter() - begun > PATIENCE:
                    raise Unexpected(f"only {receivers.arrived} deliveries arrived")
                time.sleep(0.05)
            return receivers.last - begun
    finally:
        receivers.close()
        editor.delete()

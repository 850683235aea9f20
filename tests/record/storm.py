"""Many writers at once at the same few milestones, some of them killed amid it, some connections cut.

Run as a process: ``python -m tests.record.storm FOLDER WRITERS WRITES``. Each writer is a process with a connection of
its own and keeps a log: ``try ID`` before a write, then ``ok ID WHAT`` after its commit, ``no ID`` when a rule refused it,
``cut ID`` when its connection was lost. What was tried and has no outcome was killed: it may have come in or not.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sys
import time
from pathlib import Path

import psycopg2

KILL_EVERY, CUT_EVERY = 1.0, 0.7  # seconds
SHARED = [f"https://storm.example/{number}" for number in range(6)]
"""Pieces of evidence that findings on all milestones cite, in any order."""


def write(number: int, mark: str, chance: random.Random) -> str:
    """One write that others contradict: a date, a finding, a text, a decision about somebody's submitted finding.

    All but the text lock only what they touch. Returns what to look for afterwards: the mark, or the finding that was decided about.
    """
    from accounts.models import User
    from common.dates import PlannedDate
    from milestones.models import Assessment, Evidence, Milestone
    from milestones.services import keep_milestone, milestone_of, move_date, publish_assessment, record_assessment
    from record.services import open_change

    # Chosen before the lock, as somebody at a screen does: two may decide about the same one.
    waiting = Assessment.objects.filter(state="submitted").order_by("pk").first()
    pieces = chance.sample(list(Evidence.objects.filter(address__in=SHARED)), 2)
    code, kind, by = f"PR-0{chance.randint(1, 5)}", chance.random(), f"Writer {number}"
    if kind >= 0.9:
        if waiting is None:
            raise ValueError("nothing waits")
        with open_change(by=by, of=[(Milestone, waiting.milestone_id)]) as change:
            publish_assessment(change, waiting, by=User.objects.get(username=f"editor-{number % 4}"))
        return str(waiting.uid)
    with open_change(by=by, of=None if 0.5 <= kind < 0.7 else milestone_of(code)) as change:
        milestone = Milestone.objects.select_related("proposal__report", "series", "current").get(code=code)
        if kind < 0.5:
            to = PlannedDate.parse(f"{chance.randint(2024, 2030)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}")
            if move_date(change, milestone, field="due", to=to, category="other", note=mark) is None:
                raise ValueError("the date is that already")
        elif kind < 0.7:
            milestone.description_en = mark
            milestone.save(update_fields=["description_en"])
            keep_milestone(change, milestone, added=False, fields=["description"])
        else:
            author = User.objects.get(username=f"analyst-{number % 8}")
            values = {"status": "suspended", "summary": mark, "effective_on": change.now.date()}
            cites = [(piece, "supports") for piece in pieces]
            record_assessment(change, milestone, by=author, values=values, evidence=cites, action="submit")
    return mark


def writer(folder: Path, number: int, generation: int, writes: int, until: float) -> None:
    import django

    django.setup()
    from django.db import DatabaseError, InterfaceError, connection

    from common.refusals import Refused

    chance = random.Random(number * 1000 + generation)
    with (folder / f"{number}-{generation}.log").open("a", buffering=1) as log:
        for step in range(writes):
            if time.monotonic() > until:
                break
            mark = f"w{number}.{generation}.{step}"
            print("try", mark, file=log)
            try:
                print("ok", mark, write(number, mark, chance), file=log)
            except (Refused, ValueError):
                print("no", mark, file=log)
            except (DatabaseError, InterfaceError):
                print("cut", mark, file=log)
                with contextlib.suppress(DatabaseError, InterfaceError):
                    connection.close()


def done_by(folder: Path) -> int:
    return sum(path.read_text().count("try ") for path in folder.glob("*.log"))


class Storm:
    """Starts the writers, kills one now and then and starts another in its place, and cuts a connection now and then."""

    def __init__(self, folder: Path, writers: int, writes: int, dsn: dict[str, str]) -> None:
        self.folder, self.writes, self.share = folder, writes, writes // writers + 1
        self.chance, self.generation, self.killed, self.cut = random.Random(5), 0, 0, 0
        self.until = time.monotonic() + LONGEST
        self.children: dict[int, int] = {}
        for number in range(writers):
            self.start(number, self.share)
        self.watch = psycopg2.connect(**dsn)
        self.watch.autocommit = True

    def start(self, number: int, share: int) -> None:
        pid = os.fork()
        if not pid:
            try:
                writer(self.folder, number, self.generation, share, self.until)
            finally:
                os._exit(0)
        self.children[pid] = number

    def run(self) -> None:
        next_kill, next_cut = time.monotonic() + KILL_EVERY, time.monotonic() + CUT_EVERY
        while self.children:
            time.sleep(0.05)
            self.reap()
            now = time.monotonic()
            if now > next_kill and self.children:
                self.kill_one()
                next_kill = now + KILL_EVERY
            if now > next_cut:
                self.cut_one()
                next_cut = now + CUT_EVERY

    def reap(self) -> None:
        while self.children:
            pid, _status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                break
            self.children.pop(pid, None)

    def kill_one(self) -> None:
        victim = self.chance.choice(list(self.children))
        os.kill(victim, signal.SIGKILL)
        self.killed, self.generation = self.killed + 1, self.generation + 1
        if done_by(self.folder) < self.writes:
            self.start(self.children[victim], max(1, self.share // 2))

    def cut_one(self) -> None:
        with self.watch.cursor() as cursor:
            cursor.execute(CUT)
            self.cut += cursor.rowcount


LONGEST = 1800  # seconds, on a machine that does much else
CUT = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND application_name = 'storm' ORDER BY random() LIMIT 1"
)


def main() -> None:
    folder, writers, writes = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    import django

    django.setup()
    from django.db import connection, connections

    parameters = connection.get_connection_params()
    connections.close_all()
    dsn = {name: parameters[name] for name in ("dbname", "user", "password", "host", "port") if parameters.get(name)}
    storm = Storm(folder, writers, writes, dsn)
    storm.run()
    sys.stdout.write(f"killed {storm.killed} cut {storm.cut}\n")


if __name__ == "__main__":
    main()

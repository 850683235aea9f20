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

KILL_EVERY, CUT_EVERY = 1.0, 0.7  # seconds


def write(number: int, mark: str, chance: random.Random) -> str:
    """One write that others contradict: a date, a finding, a text, a decision about somebody's submitted finding.

    Returns what to look for afterwards: the mark, or the finding that was decided about.
    """
    from accounts.models import User
    from common.dates import PlannedDate
    from milestones.models import Assessment, Milestone
    from milestones.services import keep_milestone, move_date, publish_assessment, record_assessment
    from record.services import open_change

    # Chosen before the lock, as somebody at a screen does: two may decide about the same one.
    waiting = Assessment.objects.filter(state="submitted").order_by("pk").first()
    with open_change(by=f"Writer {number}") as change:
        code = f"PR-0{chance.randint(1, 5)}"
        milestone = Milestone.objects.select_related("proposal__report", "series", "current").get(code=code)
        kind = chance.random()
        if kind < 0.5:
            to = PlannedDate.parse(f"{chance.randint(2024, 2030)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}")
            if move_date(change, milestone, field="due", to=to, category="other", note=mark) is None:
                raise ValueError("the date is that already")
        elif kind < 0.7:
            milestone.description_en = mark
            milestone.save(update_fields=["description_en"])
            keep_milestone(change, milestone, added=False, fields=["description"])
        elif kind < 0.9:
            author = User.objects.get(username=f"analyst-{number % 8}")
            values = {"status": "suspended", "summary": mark, "effective_on": change.now.date()}
            record_assessment(change, milestone, by=author, values=values, action="submit")
        else:
            if waiting is None:
                raise ValueError("nothing waits")
            publish_assessment(change, waiting, by=User.objects.get(username=f"editor-{number % 4}"))
            return str(waiting.uid)
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


def main() -> None:
    folder, writers, writes = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    import django

    django.setup()
    import psycopg2
    from django.db import connection, connections

    parameters = connection.get_connection_params()
    dsn = {name: parameters[name] for name in ("dbname", "user", "password", "host", "port") if parameters.get(name)}
    connections.close_all()
    chance, generation, killed, cut = random.Random(5), 0, 0, 0
    until = time.monotonic() + 600
    share = writes // writers + 1
    children: dict[int, int] = {}

    def start(number: int, generation: int, share: int) -> None:
        pid = os.fork()
        if not pid:
            try:
                writer(folder, number, generation, share, until)
            finally:
                os._exit(0)
        children[pid] = number

    for number in range(writers):
        start(number, 0, share)
    watch = psycopg2.connect(**dsn)
    watch.autocommit = True
    next_kill, next_cut = time.monotonic() + KILL_EVERY, time.monotonic() + CUT_EVERY
    while children:
        time.sleep(0.05)
        while True:
            pid, _status = os.waitpid(-1, os.WNOHANG) if children else (0, 0)
            if not pid:
                break
            children.pop(pid, None)
        now = time.monotonic()
        if now > next_kill and children:
            victim = chance.choice(list(children))
            number = children[victim]
            os.kill(victim, signal.SIGKILL)
            killed, generation, next_kill = killed + 1, generation + 1, now + KILL_EVERY
            if done_by(folder) < writes:
                start(number, generation, max(1, share // 2))
        if now > next_cut:
            with watch.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    " AND application_name = 'storm' ORDER BY random() LIMIT 1"
                )
                cut += cursor.rowcount
            next_cut = now + CUT_EVERY
    print(f"killed {killed} cut {cut}")


if __name__ == "__main__":
    main()

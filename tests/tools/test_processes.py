"""No child outlives us, and nothing that is not ours is ever ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tools import processes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Script = Callable[[str], subprocess.Popen[str]]

SLEEPER = ["sleep", "600"]
ENV = {"PATH": os.defpath}


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    process = processes.spawn(SLEEPER, env=ENV, cwd=Path("/"))
    yield process
    processes.end([process], grace=5)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel tells children of our end on Linux only")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_child_ends_with_its_starter(script: Script, number: signal.Signals) -> None:
    starter = script("""
import time
from pathlib import Path
from tools import processes
print(processes.spawn(["sleep", "600"], env={"PATH": "/usr/bin:/bin"}, cwd=Path("/")).pid, flush=True)
time.sleep(600)
""")
    assert starter.stdout
    child = int(starter.stdout.readline())
    assert processes.identity(child)
    starter.send_signal(number)
    assert processes.wait_until(lambda: not processes.identity(child), 10)


def test_what_does_not_end_when_asked_is_killed() -> None:
    stubborn = processes.spawn(["sh", "-c", "trap '' TERM; echo; sleep 600"], env=ENV, cwd=Path("/"), output=subprocess.PIPE)
    assert stubborn.stdout
    stubborn.stdout.readline()
    processes.end([stubborn], grace=0.3)
    assert stubborn.returncode == -signal.SIGKILL
    stubborn.stdout.close()


def test_an_earlier_start_s_process_is_ended(script: Script) -> None:
    left = script("import os, time; os.setsid(); print(flush=True); time.sleep(600)")
    assert left.stdout
    left.stdout.readline()
    assert processes.end_known({left.pid: processes.identity(left.pid)}, grace=5) == [left.pid]
    assert left.wait(10) == -signal.SIGTERM


@pytest.mark.parametrize("name", ["", "another boot:1", "0"])
def test_a_stranger_under_the_same_number_is_left_alone(sleeper: subprocess.Popen[bytes], name: str) -> None:
    assert processes.end_known({sleeper.pid: name}, grace=1) == []
    assert sleeper.poll() is None


def test_nobody_has_the_identity_of_one_that_is_gone(sleeper: subprocess.Popen[bytes]) -> None:
    before = processes.identity(sleeper.pid)
    processes.end([sleeper], grace=5)
    assert before
    assert processes.identity(sleeper.pid) == ""


def test_the_end_of_a_log_tells_without_the_inside_of_tracebacks() -> None:
    log = "one\n\nTraceback (most recent call last):\n  File x\n    do()\nValueError: no\n"
    assert processes.last_lines(log, 2) == "    one\n    ValueError: no"

"""Verifying the whole record, and from its middle on: seconds, and the most memory that the process had."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

from tools.basics import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping


class Verified(NamedTuple):
    seconds: float
    megabytes: float


def verify(env: Mapping[str, str], *arguments: str) -> Verified:
    """``manage.py verify_record`` in a process of its own. (Standings of the benchmark were given without findings, which it says.)"""
    start = time.perf_counter()
    command = [sys.executable, "-W", "ignore", "manage.py", "verify_record", *arguments]
    process = subprocess.Popen(command, cwd=ROOT, env=dict(env), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _pid, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Verified(time.perf_counter() - start, used.ru_maxrss / 1024)

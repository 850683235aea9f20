"""Tests that need more of the machine than Python: they ask for it by name, and are left out where it is missing.

What was left out stands in the last lines, by name and count, with the one command that brings it. With
``--nothing-left-out``, as ``.ci/run`` has it, such a test fails instead.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import pytest

from tools import machine

if TYPE_CHECKING:
    from collections.abc import Iterable

LEFT_OUT = re.compile(r"left out without ([a-z ]+)$")


def needs(*names: str) -> None:
    """Leave the test out, or the fixture and all that rest on it, where this machine has not everything that is named."""
    absent = machine.missing(names)
    if absent:
        pytest.skip(f"left out without {' '.join(absent)}")


def told(skipped: Iterable[pytest.TestReport]) -> list[str]:
    """The last lines: for each thing that is missing the tests that it left out, then the command that brings all of it."""
    tests: dict[str, Counter[str]] = defaultdict(Counter)
    for report in skipped:
        match = LEFT_OUT.search(report.longrepr[2] if isinstance(report.longrepr, tuple) else "")
        if match:
            tests[match[1]][report.nodeid.partition("[")[0]] += 1
    if not tests:
        return []
    lines = []
    for absent, names in sorted(tests.items()):
        lines.append(f"{names.total()} left out without {absent}:")
        lines += [f"  {name}" + (f" ({count})" if count > 1 else "") for name, count in sorted(names.items())]
    total = sum(names.total() for names in tests.values())
    wanted = sorted({name for absent in tests for name in absent.split()})
    return [*lines, f"LEFT OUT: {total} tests. This brings what they need: {machine.install_command(wanted)}"]

"""Folders and processes of these tests' own; nothing here needs Django or its database."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tools.basics import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Script = "Callable[[str], subprocess.Popen[str]]"


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder with a space in its name that every account may pass, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="roadmap tools "))
    folder.chmod(0o755)
    yield folder
    for path in folder.iterdir():
        if path.is_symlink():  # data that root keeps elsewhere
            shutil.rmtree(path.resolve(), ignore_errors=True)
            Path(f"{path.resolve()}.lock").unlink(missing_ok=True)
    shutil.rmtree(folder)


@pytest.fixture
def script() -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """Start a few lines of Python, in a process of their own, that can import the tools."""
    started: list[subprocess.Popen[str]] = []

    def start(lines: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", lines],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()

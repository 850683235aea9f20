"""The project's own Python is trusted only when it is whole and fits today's requirements."""

from __future__ import annotations

import hashlib
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from tools.basics import ROOT, Refusal
from tools.venv import STAMP, Venv

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a space in its name that requires nothing."""
    root = tmp_path / "my project"
    root.mkdir()
    for kind in ("run", "dev"):
        (root / f"requirements-{kind}.txt").write_text(f"# nothing for {kind}\n")
    return root


def test_it_is_made_and_runs(project: Path) -> None:
    python = Venv(project).ensure("run")
    prefix = subprocess.run([python, "-c", "import sys; print(sys.prefix)"], capture_output=True, text=True, check=True)
    assert prefix.stdout.strip() == str(project / ".venv")


def _seconds_of_a_look(project: Path) -> float:
    begin = time.perf_counter()
    Venv(project).ensure("run")
    return time.perf_counter() - begin


def test_a_second_look_is_quick_and_changes_nothing(project: Path) -> None:
    Venv(project).ensure("run")
    before = (project / ".venv" / STAMP).stat().st_mtime_ns
    assert min(_seconds_of_a_look(project) for _ in range(5)) < 0.05
    assert (project / ".venv" / STAMP).stat().st_mtime_ns == before


def test_one_for_development_also_runs_the_application(project: Path) -> None:
    Venv(project).ensure("dev")
    assert Venv(project).fits("run")


def test_one_for_running_does_not_serve_development(project: Path) -> None:
    Venv(project).ensure("run")
    assert not Venv(project).fits("dev")


def test_other_requirements_bring_it_up_to_date_in_place(project: Path) -> None:
    Venv(project).ensure("run")
    kept = project / ".venv" / "kept"
    kept.touch()
    (project / "requirements-run.txt").write_text("# something else\n")
    assert not Venv(project).fits("run")
    Venv(project).ensure("run")
    assert Venv(project).fits("run")
    assert kept.exists()


def test_a_half_made_one_is_made_anew(project: Path) -> None:
    leftover = project / ".venv" / "lib" / "half"
    leftover.parent.mkdir(parents=True)
    leftover.touch()
    Venv(project).ensure("run")
    assert Venv(project).fits("run")
    assert not leftover.exists()


@pytest.mark.parametrize("stamp", ["", "[]", "{", '{"python": "cpython 3.2 pdp11", "run": "x"}'])
def test_a_stamp_of_something_else_is_not_trusted(project: Path, stamp: str) -> None:
    (project / ".venv").mkdir()
    (project / ".venv" / STAMP).write_text(stamp)
    assert not Venv(project).fits("run")


def test_a_python_that_went_away_is_noticed(project: Path) -> None:
    Venv(project).ensure("run")
    (project / ".venv" / "bin" / "python").unlink()
    assert not Venv(project).fits("run")


def test_a_package_that_is_not_the_promised_one_is_refused_in_one_message(project: Path) -> None:
    (project / "wrong.whl").write_bytes(b"not the promised bytes")
    (project / "requirements-run.txt").write_text(f"wrong @ file:///nowhere/wrong-1-py3-none-any.whl --hash=sha256:{'0' * 64}\n")
    with pytest.raises(Refusal, match="could not be made"):
        Venv(project).ensure("run")
    assert not Venv(project).fits("run")


def test_a_file_in_the_way_is_named(project: Path) -> None:
    (project / ".venv").write_text("a file")
    with pytest.raises(Refusal, match=r"\.venv is in the way"):
        Venv(project).ensure("run")


def test_it_installs_without_any_installer_of_the_machine(project: Path, open_folder: Path) -> None:
    """As on a bare Debian: nothing to be found on the path, an empty home, and a path with a space."""
    wheel = next(ROOT.glob("tools/pip-*.whl"))
    fingerprint = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (project / "requirements-run.txt").write_text(f"pip @ {wheel.as_uri()} --hash=sha256:{fingerprint}\n")
    python = Venv(project, env={"PATH": "/nowhere", "HOME": str(open_folder)}).ensure("run")
    said = subprocess.run([python, "-c", "import pip; print(pip.__version__)"], capture_output=True, text=True, check=True)
    assert f"pip-{said.stdout.strip()}-" in wheel.name


def test_two_starts_at_once_build_it_once(project: Path, script: Callable[[str], subprocess.Popen[str]]) -> None:
    lines = f"""
from pathlib import Path
from tools.venv import Venv
Venv(Path({str(project)!r})).ensure("run")
"""
    starts = [script(lines), script(lines)]
    outputs = [start.communicate(timeout=120)[0] for start in starts]
    assert [start.returncode for start in starts] == [0, 0]
    assert sum("Installing" in output for output in outputs) == 1
    assert Venv(project).fits("run")

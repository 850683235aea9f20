"""The project's own Python: ``.venv`` out of the hashed requirements, made once and only trusted when whole.

A stamp, written last, names the Python and the requirements that went in: without it the folder is half made
and is built anew; with another one it is brought up to date. A bare Debian has Python's ``venv`` module but neither
pip nor ensurepip, so the project brings pip along, as the wheel that pip is published as: every machine installs the
same way, and nothing of the system's own Python is asked for or changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from pathlib import Path

from tools import environment, processes
from tools.basics import ROOT, Lock, Refusal, finish, say

KINDS = ("run", "dev")  # each holds all of the one before it
STAMP = "roadmap-stamp.json"
# Its licence (MIT) is inside; docs/developer.md says how to bring a newer one.
PIP = next(Path(__file__).parent.glob("pip-*.whl"))


class Venv:
    def __init__(self, root: Path = ROOT, env: dict[str, str] | None = None) -> None:
        self.root = root
        self.folder = root / ".venv"
        self.python = self.folder / "bin" / "python"
        self.env = environment.inherited() if env is None else env

    def ensure(self, kind: str) -> Path:
        """The folder's Python with the packages of ``kind`` in it. Takes a few ms when there is nothing to do."""
        if self.fits(kind):
            return self.python
        with Lock(self.root) as lock:
            lock.take(wait=True, waiting="Waiting for another start that is building .venv …")
            if not self.fits(kind):
                self._build(kind)
        return self.python

    def fits(self, kind: str) -> bool:
        """Whether the stamp names this Python and today's requirements; a larger kind serves a smaller one."""
        stamp = self._stamp()
        if stamp.get("python") != python_name() or not os.access(self.python, os.X_OK):
            return False
        return stamp.get(kind) == self._hash(kind)

    def _stamp(self) -> dict[str, str]:
        try:
            stamp = json.loads((self.folder / STAMP).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return stamp if isinstance(stamp, dict) else {}

    def requirements(self, kind: str) -> Path:
        return self.root / f"requirements-{kind}.txt"

    def _hash(self, kind: str) -> str:
        return hashlib.sha256(self.requirements(kind).read_bytes()).hexdigest()

    def _build(self, kind: str) -> None:
        say(f"Installing Python packages into .venv ({self.requirements(kind).name}), once …")
        usable = self._stamp().get("python") == python_name() and os.access(self.python, os.X_OK)
        stamp = {"python": python_name(), **{name: self._hash(name) for name in KINDS[: KINDS.index(kind) + 1]}}
        try:
            (self.folder / STAMP).unlink(missing_ok=True)
            if not usable and self.folder.exists():
                shutil.rmtree(self.folder)
        except OSError as error:
            raise Refusal(f"{self.folder} is in the way and cannot be replaced ({error.strerror}). Remove it.") from error
        for command in self._commands(kind, make=not usable):
            outcome = processes.run(command, env=self.env)
            if outcome.code:
                raise Refusal(f".venv could not be made; the next start tries anew. It said:\n{outcome.last_lines()}")
        aside = self.folder / f".{STAMP}"
        aside.write_text(json.dumps(stamp), encoding="utf-8")
        aside.rename(self.folder / STAMP)

    def _commands(self, kind: str, *, make: bool) -> list[list[str]]:
        """The commands that make the folder (unless there is one) and fill it."""
        made = [[base_python(), "-P", "-m", "venv", "--without-pip", str(self.folder)]] if make else []
        wanted = ["install", "--quiet", "--require-hashes", "-r", str(self.requirements(kind))]
        return [*made, [str(self.python), "-P", str(PIP / "pip"), *wanted]]


def compile_messages(python: Path) -> None:
    """Bring the compiled translations up to date; takes a moment where they are."""
    outcome = processes.run([python, "-m", "tools.messages"], env=environment.inherited(), cwd=ROOT)
    if outcome.code:
        raise Refusal(f"The translations cannot be compiled:\n{outcome.last_lines()}")


def base_python() -> str:
    """The Python outside of any venv: we may run from the very folder that is to be replaced."""
    return str(getattr(sys, "_base_executable", "") or sys.executable)


def python_name() -> str:
    return f"{sys.implementation.name} {sys.version_info.major}.{sys.version_info.minor} {os.uname().machine}"


def main() -> int:
    kind = sys.argv[1] if len(sys.argv) > 1 else "dev"
    if kind not in KINDS:
        raise Refusal(f"Say which packages: {' or '.join(KINDS)}.")
    Venv().ensure(kind)
    return 0


if __name__ == "__main__":
    finish(main)

"""Collecting static files for ``make run`` when, and only when, they have changed: a second start must be quick."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from tools import processes
from tools.basics import ROOT, Refusal, say

if TYPE_CHECKING:
    from collections.abc import Iterator


def collect(python: Path, env: dict[str, str], folder: Path, root: Path = ROOT) -> None:
    """Run collectstatic unless ``folder/static.stamp``, written last, names the very files that are there now."""
    stamp = folder / "static.stamp"
    now = fingerprint(root, env)
    target = Path(env.get("STATIC_ROOT") or folder / "static")
    if target.is_dir() and stamp.exists() and stamp.read_text(encoding="utf-8") == now:
        return
    say("Collecting static files …")
    stamp.unlink(missing_ok=True)
    log = folder / "log" / "collectstatic.log"
    command: list[str | Path] = [python, "manage.py", "collectstatic", "--noinput", "--clear", "--verbosity", "0"]
    outcome = processes.run_logged(command, env=env, cwd=root, log=log)
    if outcome.code:
        raise Refusal(f"Static files cannot be collected. The log, {log}, ends with:\n{outcome.last_lines()}")
    stamp.write_text(now, encoding="utf-8")


def fingerprint(root: Path, env: dict[str, str]) -> str:
    """Changes with every file of ours (name, size, time), with the packages, and with where and how files are kept."""
    digest = hashlib.sha256()
    for path in _sources(root):
        status = path.stat()
        digest.update(f"{path.relative_to(root)} {status.st_size} {status.st_mtime_ns}\n".encode())
    digest.update((root / "requirements-run.txt").read_bytes())
    digest.update(f"{root} {env.get('STATIC_STORAGE')} {env.get('STATIC_ROOT')}".encode())
    return digest.hexdigest()


def _sources(root: Path) -> Iterator[Path]:
    for folder in (root / "static", *sorted(root.glob("*/static"))):
        if folder.parent.name not in {"var", "build"}:
            yield from (path for path in sorted(folder.rglob("*")) if path.is_file())

"""The records that ``make run`` keeps apart: the demonstration, that of RK2030, one for each report of the caller's, and an empty one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tools import environment, processes
from tools.basics import ROOT, Refusal
from tools.postgres import USER

if TYPE_CHECKING:
    from collections.abc import Mapping

SAMPLE_DATABASE = "roadmap_sample"
NONE = "none"
"""``REPORT=none``: begin with no report at all."""


@dataclass(frozen=True)
class Record:
    """Where one of them lies, and what it begins with. No two share a database, files, mail or passwords."""

    folder: Path
    database: str
    sample: bool = False
    report: str = ""
    """The file that is loaded into it, ``none``, or nothing for RK2030."""


def asked(base: Path, env: Mapping[str, str]) -> Record:
    """Which one ``REPORT`` and ``SAMPLE`` mean. Raises ``Refusal``."""
    report = (env.get("REPORT") or "").strip()
    sample = wants_sample(env.get("SAMPLE"), unless_said=not report and not env.get("DATABASE_URL"))
    if report and sample:
        raise Refusal("A report of your own has no sample: its record is real. Leave out either REPORT or SAMPLE=1.")
    if sample:
        return Record(base / "sample", SAMPLE_DATABASE, sample=True)
    return of_report(base, report) if report else Record(base, USER)


def of_report(base: Path, report: str) -> Record:
    if report == NONE:
        return Record(base / "reports" / NONE, f"{USER}_{NONE}", report=NONE)
    path = Path(report).expanduser().absolute()
    if not path.is_file():
        raise Refusal(f"There is no file {path}. Name a roadmap file (docs/roadmap-file.md), or {NONE} to begin without one.")
    mark = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:8]
    return Record(base / "reports" / f"{path.stem}-{mark}", f"{USER}_{mark}", report=str(path))


def wants_sample(text: str | None, *, unless_said: bool) -> bool:
    """Whether to show the sample record: yes, unless told otherwise. A database of the caller's is never made a demonstration unasked."""
    if text is None or not text.strip():
        return unless_said
    if text.strip() not in {"0", "1"}:
        raise Refusal(f"SAMPLE must be 1 or 0, not {text!r}. Try `make run SAMPLE=0`.")
    return text.strip() == "1"


def environment_of(record: Record, port: int, url: str | None, python: Path) -> dict[str, str]:
    """What everything that works on a record gets, with its folders made. ``url`` is None where the caller's database is used."""
    env = environment.for_run(record.folder, port, url, sample=record.sample) | {"REPORT": record.report}
    environment.make_folders(record.folder, env)
    if not env.get("CHECKPOINT_KEYS"):
        env["CHECKPOINT_KEYS"] = environment.kept_secret(record.folder / "checkpoint_key", lambda: _make_key(python, env))
    return env


def _make_key(python: Path, env: Mapping[str, str]) -> str:
    """A private key for checkpoints of the record; what makes one is in the venv."""
    outcome = processes.run([python, "manage.py", "make_checkpoint_key"], env=env, cwd=ROOT)
    if outcome.code:
        raise Refusal(f"`manage.py make_checkpoint_key` failed:\n{outcome.last_lines()}")
    return next(line for line in outcome.output.splitlines() if line.startswith("PRIVATE+KEY+"))

"""``make manage``, and what is made of it for backups and for checking a roadmap: a management command on the database of ``make run``,
whether that is up or not."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from tools import environment, processes, records, signals
from tools.basics import INTERRUPTED, ROOT, Refusal, finish, say
from tools.postgres import Cluster
from tools.run import DEFAULT_PORT, read_port
from tools.venv import Venv, compile_messages

if TYPE_CHECKING:
    from collections.abc import Mapping

CHECK, BACKUP, RESTORE = "--check-roadmap", "--backup", "--restore"


def command_of(env: Mapping[str, str], arguments: list[str]) -> tuple[list[str], dict[str, str]]:
    """The words of the command, and what says which record it is for. A file that is checked has its own, unless another is named."""
    if arguments in ([BACKUP], [RESTORE]):
        return arguments, dict(env)
    if CHECK not in arguments:
        words = shlex.split(env.get("ARGS", "")) + arguments
        if not words:
            raise Refusal('Say which command: `make manage ARGS="load_roadmap my.yaml"`. `make manage ARGS=help` names all.')
        return words, dict(env)
    file = env.get("FILE", "").strip()
    if not file:
        raise Refusal("Name the file: `make check-roadmap FILE=my.yaml`.")
    of = {} if env.get("REPORT") or env.get("SAMPLE") else {"REPORT": file}
    return ["load_roadmap", file, "--dry-run"], dict(env) | of


def with_backups(words: list[str], env: Mapping[str, str], record: records.Record) -> list[str]:
    """The words, where they are ours for backups with the folder of these: that of the record, unless another is named."""
    if words[0] not in {BACKUP, RESTORE}:
        return words
    given = env.get("TO" if words[0] == BACKUP else "FROM", "").strip()
    place = given if "://" in given else str(Path(given).absolute() if given else record.folder / "backups")
    return [words[0].removeprefix("--"), place, *shlex.split(env.get("ARGS", ""))]


def database(base: Path, record: records.Record, stack: ExitStack) -> tuple[str | None, bool]:
    """The address of the record's database, and whether it was made just now; None where the caller names one.

    The programs of its PostgreSQL come first in ``PATH``: no other ``pg_dump`` may be older than the server.
    """
    if os.environ.get("DATABASE_URL"):
        return None, False
    cluster = Cluster(base)
    cluster.reach()
    stack.callback(cluster.stop)
    made = cluster.create_database(record.database)
    os.environ["PATH"] = f"{cluster.at.programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return cluster.url(record.database), made


def attached(command: list[str | Path], env: Mapping[str, str]) -> int:
    """Run it in our own terminal, so that it can ask; Ctrl-C reaches both of us, and we wait for it."""
    with signals.held():
        process = subprocess.Popen(
            [str(word) for word in command],
            env=dict(env),
            cwd=ROOT,
            preexec_fn=processes.follow_starter(signal.SIGTERM),  # noqa: PLW1509
        )
    try:
        return process.wait()
    except signals.Stopped:
        processes.end([process], grace=5)
        return INTERRUPTED


def main() -> int:
    signals.stop_on_signals()
    try:
        words, env = command_of(os.environ, sys.argv[1:])
        base = environment.var_dir()
        record = records.asked(base, env)
        words = with_backups(words, env, record)
        port = read_port(os.environ.get("PORT") or str(DEFAULT_PORT))
        record.folder.mkdir(parents=True, exist_ok=True)
        python = Venv().ensure("run")
        compile_messages(python)
        with ExitStack() as stack:
            url, made = database(base, record, stack)
            given = records.environment_of(record, port, url, python)
            if made and words[0] != "restore":  # which wants an empty one
                say("Making the database …")
                processes.run_logged([python, "manage.py", "migrate"], env=given, cwd=ROOT, log=record.folder / "log" / "migrate.log")
            return attached([python, "manage.py", *words], given)
    except signals.Stopped:
        return INTERRUPTED


if __name__ == "__main__":
    finish(main)

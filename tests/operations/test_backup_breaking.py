"""A backup or a restore that breaks off: nothing half made is under a good name, and what was there stays."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from django.core.management.base import CommandError

from operations import readiness
from operations.backup.making import back_up
from tools.basics import ROOT
from tools.processes import wait_until

if TYPE_CHECKING:
    from pathlib import Path

from tests.operations.test_backup import change_something, names


def manage(site, *words, said=subprocess.PIPE, **more) -> subprocess.Popen[str]:
    env = os.environ | {"DATABASE_NAME": site.database, "VAR_DIR": str(site.var), "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, "manage.py", *words]
    return subprocess.Popen(command, cwd=ROOT, env=env, stdout=said, stderr=said, text=True, **more)


def test_a_full_disk_leaves_nothing_and_is_said(site, tmp_path):
    """The limit of a file's size is to the program what a full disk is: the write fails."""
    limit = lambda: (resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)), signal.signal(signal.SIGXFSZ, signal.SIG_IGN))  # noqa: E731
    process = manage(site, "backup", str(tmp_path / "to"), preexec_fn=limit)
    _out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "CommandError: The backup was not finished, and what was begun of it is gone: File too large" in err
    assert names(tmp_path / "to") == []


def slow_dump(tmp_path: Path) -> Path:
    """A ``pg_dump`` that writes a little and then stays."""
    folder = tmp_path / "slow"
    folder.mkdir()
    (folder / "pg_dump").write_text(
        '#!/bin/sh\n[ "$1" = --version ] && echo "pg_dump (PostgreSQL) 15.0" && exit\nhead -c 100000 /dev/zero\nexec sleep 60\n'
    )
    (folder / "pg_dump").chmod(0o755)
    return folder


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_one_that_is_killed_is_never_taken_for_a_backup(site, elsewhere, tmp_path, monkeypatch, how):
    monkeypatch.setenv("PATH", f"{slow_dump(tmp_path)}{os.pathsep}{os.environ['PATH']}")
    to = tmp_path / "to"
    process = manage(site, "backup", str(to))
    assert wait_until(lambda: bool(list(to.glob("*/database.dump"))), 60)
    time.sleep(0.2)
    process.send_signal(how)
    _out, err = process.communicate(timeout=30)
    assert process.returncode not in {0, None}
    left = names(to)
    if how == signal.SIGKILL:
        assert [name.endswith(".partial") for name in left] == [True]
    else:
        assert (left, "Ended before it was done" in err) == ([], True)
    with pytest.raises(CommandError, match=r"There is no finished backup"):
        elsewhere.call("restore", str(to))


def test_what_a_killed_one_left_goes_with_a_later_one(site, tmp_path):
    to, now = tmp_path / "to", datetime(2026, 11, 30, 2, 10, tzinfo=UTC)
    for name in ("2026-11-28T02-10-00Z.partial", "2026-11-29T14-00-00Z.partial", "mine.partial"):
        (to / name).mkdir(parents=True)
    with site.used():
        made = back_up(str(to), now=now)
    assert sorted(names(to)) == ["2026-11-29T14-00-00Z.partial", made.name, "mine.partial"]


def test_a_program_that_fails_leaves_nothing_and_has_its_say(site, tmp_path, monkeypatch):
    folder = tmp_path / "failing"
    folder.mkdir()
    (folder / "pg_dump").write_text(
        '#!/bin/sh\n[ "$1" = --version ] && echo "pg_dump (PostgreSQL) 15.0" && exit\necho data\necho "pg_dump: error: out of memory" >&2\nexit 1\n'
    )
    (folder / "pg_dump").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(CommandError, match=r"The backup was not finished, .* pg_dump failed: pg_dump: error: out of memory"):
        site.call("backup", str(tmp_path / "to"))
    assert names(tmp_path / "to") == []


def test_without_the_programs_of_postgresql_it_says_what_to_install(site, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CommandError, match=r"pg_dump is not on this machine, or not in PATH: install the client programs of PostgreSQL"):
        site.call("backup", str(tmp_path / "to"))


@pytest.mark.parametrize("words", [["backup"], ["restore"], ["rehearse"]])
def test_without_the_database_it_says_so_and_ends_with_1(site, tmp_path, words):
    site.call("backup", str(tmp_path / "to"))
    before = names(tmp_path / "to")
    env = os.environ | {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", "VAR_DIR": str(tmp_path), "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        [sys.executable, "manage.py", *words, str(tmp_path / "to")], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "Connection refused" in done.stderr
    assert "Traceback" not in done.stderr
    assert names(tmp_path / "to") == before


def test_a_database_with_no_record_is_nothing_to_back_up(elsewhere, tmp_path):
    with pytest.raises(CommandError, match=r"holds no record: run migrate first"):
        elsewhere.call("backup", str(tmp_path / "to"))
    assert names(tmp_path / "to") == []


@pytest.mark.long
def test_a_restore_that_is_killed_changes_nothing_of_the_database(site, elsewhere, tmp_path, monkeypatch):
    site.call("backup", str(tmp_path / "to"))
    elsewhere.call("restore", str(tmp_path / "to"))
    with elsewhere.used():
        change_something()
    before = elsewhere.head()
    folder = tmp_path / "slow"
    folder.mkdir()
    real = subprocess.run(["which", "pg_restore"], capture_output=True, text=True, check=True).stdout.strip()
    (folder / "pg_restore").write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && exec {real} --version\n{real} "$@" | head -n 300\nexec sleep 3\n'
    )
    (folder / "pg_restore").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    process = manage(elsewhere, "restore", str(tmp_path / "to"), "--replace", said=subprocess.DEVNULL)
    assert wait_until((elsewhere.var / "restore-unfinished").exists, 60)
    time.sleep(1)
    process.kill()
    process.wait(30)
    assert (elsewhere.var / "restore-unfinished").exists()
    assert wait_until(lambda: elsewhere.ask("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()") == [(1,)], 30)
    assert elsewhere.head() == before
    with elsewhere.used():
        assert [one.said for one in readiness.look() if one.stops] != []

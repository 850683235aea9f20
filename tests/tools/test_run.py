"""``make run`` says in one message what is in its way, before anything slow, and never shows a traceback."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tools import environment, manage, processes, records, run, signals, static
from tools.basics import ROOT, Lock, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator


def start(var_dir: Path, port: str) -> subprocess.CompletedProcess[str]:
    """A start that is to be refused; one that is not is ended after 20 s and fails the test."""
    env = {"PATH": os.environ["PATH"], "VAR_DIR": str(var_dir), "PORT": port, "HOME": ""}
    command = [sys.executable, "-m", "tools.run"]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=20, check=False)


def refusal(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    assert "STOPPED." in done.stdout
    return done.stdout


@pytest.fixture
def taken_port() -> Iterator[int]:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize("port", ["0", "65536", "80a", "-1", "8000.5", "٨٠٠٠"])
def test_a_port_that_is_none_is_refused(tmp_path: Path, port: str) -> None:
    assert "PORT must be a number from 1 to 65535" in refusal(start(tmp_path, port))


def test_a_taken_port_is_named_with_a_way_out(tmp_path: Path, taken_port: int) -> None:
    said = refusal(start(tmp_path, str(taken_port)))
    assert f"Port {taken_port} is taken" in said
    assert "make run PORT=" in said


def test_a_port_that_is_taken_for_ipv6_only_is_refused_too() -> None:
    try:
        server = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no IPv6")
    with closing(server), pytest.raises(Refusal, match="is taken"):
        run.check_port(server.getsockname()[1])


def test_a_free_port_is_not_refused(taken_port: int) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        free = server.getsockname()[1]
    assert free != taken_port
    run.check_port(free)


def test_a_second_start_says_where_the_first_one_is(tmp_path: Path, taken_port: int) -> None:
    with Lock(tmp_path / "run.lock") as lock:
        assert lock.take()
        lock.write_note(json.dumps({"address": "http://localhost:8765", "children": {}}))
        assert "running already, at http://localhost:8765" in refusal(start(tmp_path, str(taken_port)))


def test_the_lock_of_a_killed_start_does_not_hold(tmp_path: Path, taken_port: int) -> None:
    (tmp_path / "run.lock").write_text('{"address": "http://localhost:1", "children": {"1": "not it"}}')
    assert "is taken" in refusal(start(tmp_path, str(taken_port)))


@pytest.mark.parametrize("note", ["", "[]", "{", '{"children": {"x": 1}}', '{"children": 3}'])
def test_a_broken_note_of_an_earlier_start_is_passed_over(tmp_path: Path, note: str) -> None:
    lock = Lock(tmp_path / "run.lock")
    lock.write_note(note)
    run.end_earlier(lock)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    in_the_way = tmp_path / "var"
    in_the_way.write_text("a file")
    said = refusal(start(in_the_way, "8000"))
    assert f"The folder {in_the_way} cannot be written" in said
    assert "VAR_DIR" in said


def test_a_folder_that_is_read_only_is_named() -> None:
    if not os.path.ismount("/sys"):
        pytest.skip("nothing here is read-only for root")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAR_DIR", "/sys/roadmap")
        with pytest.raises(Refusal, match="cannot be written"):
            environment.var_dir()


def test_the_secret_is_private_kept_and_made_anew_when_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "secret_key"
    secret = environment.secret_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(secret) > 50
    assert environment.secret_key(path) == secret
    path.write_text("")
    assert len(environment.secret_key(path)) > 50


def test_the_key_of_checkpoints_is_made_once_and_is_private(tmp_path: Path) -> None:
    record = records.Record(tmp_path, "none")
    made = records.environment_of(record, 8001, "postgres://nobody@127.0.0.1:1/none", Path(sys.executable))["CHECKPOINT_KEYS"]
    assert made.startswith("PRIVATE+KEY+localhost:8001/record+")
    assert records.environment_of(record, 8001, "postgres://nobody@127.0.0.1:1/none", Path("/nothing"))["CHECKPOINT_KEYS"] == made
    assert (tmp_path / "checkpoint_key").stat().st_mode & 0o777 == 0o600


def test_checkpoints_of_each_database_lie_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    embedded = environment.for_run(tmp_path, 8001, "postgres://roadmap@/roadmap?host=/x")["CHECKPOINT_DIR"]
    monkeypatch.setenv("DATABASE_URL", "postgres://other/one")
    assert embedded == str(tmp_path / "checkpoint")
    assert environment.for_run(tmp_path, 8001, None)["CHECKPOINT_DIR"].startswith(f"{embedded}-")


def test_folders_with_mail_and_logs_are_private(tmp_path: Path) -> None:
    environment.make_folders(tmp_path, {"BROKER_DIR": str(tmp_path / "broker")})
    for name in ("mail", "log", "files", "broker"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o700


def test_what_the_caller_sets_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", "roadmap.example")
    monkeypatch.setenv("SECRET_KEY", "mine")
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    env = environment.for_run(tmp_path, 8001, "postgres://roadmap@/roadmap?host=/x")
    assert env["ALLOWED_HOSTS"] == "roadmap.example"
    assert env["SECRET_KEY"] == "mine"
    assert not (tmp_path / "secret_key").exists()
    assert env["DATABASE_URL"] == "postgres://roadmap@/roadmap?host=/x"
    assert env["SITE_URL"] == "http://localhost:8001"
    assert "PGPORT" not in env
    assert "PYTHONPATH" not in env


def test_what_is_compiled_is_kept_whatever_the_caller_has_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    assert "PYTHONDONTWRITEBYTECODE" not in environment.for_run(tmp_path, 8001, None)
    assert "PYTHONDONTWRITEBYTECODE" not in environment.for_tests(tmp_path, None)


@pytest.mark.parametrize("home", ["", "/nowhere/at/all", "relative"])
def test_a_home_that_cannot_be_used_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: str) -> None:
    monkeypatch.setenv("HOME", home)
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    chosen = environment.inherited()["HOME"]
    assert chosen != home
    assert os.access(chosen, os.W_OK)


def test_the_procfile_names_web_workers_and_beat() -> None:
    assert list(run.read_procfile(ROOT / "Procfile")) == ["web", "worker", "exports", "beat"]


def test_static_files_are_collected_again_only_when_one_has_changed(tmp_path: Path) -> None:
    (tmp_path / "requirements-run.txt").write_text("x")
    file = tmp_path / "static" / "site.css"
    file.parent.mkdir()
    file.write_text("a")
    first = static.fingerprint(tmp_path, {})
    assert static.fingerprint(tmp_path, {}) == first
    file.write_text("ab")
    second = static.fingerprint(tmp_path, {})
    assert second != first
    (tmp_path / "requirements-run.txt").write_text("y")
    assert static.fingerprint(tmp_path, {}) != second
    assert static.fingerprint(tmp_path, {"STATIC_STORAGE": "plain"}) != static.fingerprint(tmp_path, {})


def _be_asked_in_between(reached: list[str]) -> None:
    with signals.held():
        os.kill(os.getpid(), signal.SIGTERM)
        reached.append("the end of the block")


def test_being_asked_to_end_waits_for_the_moment_in_between() -> None:
    before = {number: signal.getsignal(number) for number in signals.ENDING}
    reached: list[str] = []
    try:
        signals.stop_on_signals()
        with pytest.raises(signals.Stopped):
            _be_asked_in_between(reached)
        os.kill(os.getpid(), signal.SIGTERM)  # while stopping: ignored
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert reached


def test_an_earlier_start_s_children_are_ended_first(tmp_path: Path) -> None:
    left = processes.spawn(["sleep", "600"], env={"PATH": os.defpath}, cwd=tmp_path)
    lock = Lock(tmp_path / "run.lock")
    lock.write_note(json.dumps({"address": "x", "children": {str(left.pid): processes.identity(left.pid)}}))
    run.end_earlier(lock)
    assert left.wait(5) == -signal.SIGTERM


@pytest.mark.parametrize(
    ("said", "own", "sample"),
    [(None, True, True), ("", True, True), ("0", True, False), ("1", True, True), (None, False, False), ("1", False, True)],
)
def test_the_sample_is_shown_unless_told_otherwise_and_never_unasked_in_somebody_elses_database(said, own, sample):
    assert records.wants_sample(said, unless_said=own) is sample


def test_another_word_for_the_sample_is_refused():
    with pytest.raises(Refusal, match="SAMPLE must be 1 or 0"):
        records.wants_sample("yes", unless_said=True)


def test_no_two_records_share_a_folder_or_a_database(tmp_path: Path) -> None:
    files = [tmp_path / "a" / "plan.yaml", tmp_path / "b" / "plan.yaml", tmp_path / "b" / "other.yaml"]
    for file in files:
        file.parent.mkdir(exist_ok=True)
        file.write_text("format: 1\n")
    asked = [{}, {"SAMPLE": "0"}, {"REPORT": "none"}, *({"REPORT": str(file)} for file in files)]
    found = [records.asked(tmp_path, env) for env in asked]
    assert len({one.folder for one in found}) == len({one.database for one in found}) == len(asked)
    assert [one.sample for one in found] == [True] + [False] * 5
    assert [one.report for one in found] == ["", "", "none", *map(str, files)]
    assert records.asked(tmp_path, {"REPORT": str(files[0]), "SAMPLE": "0"}) == found[3]


def test_a_link_to_a_report_is_the_same_report(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text("format: 1\n")
    (tmp_path / "plan").mkdir()
    (tmp_path / "plan" / "plan.yaml").symlink_to(tmp_path / "plan.yaml")
    first, second = (records.asked(tmp_path, {"REPORT": str(tmp_path / name)}) for name in ("plan.yaml", "plan/plan.yaml"))
    assert (first.folder, first.database) == (second.folder, second.database)


@pytest.mark.parametrize(
    ("env", "said"),
    [({"REPORT": "nothing.yaml"}, "There is no file .*nothing.yaml"), ({"REPORT": "none", "SAMPLE": "1"}, "has no sample")],
)
def test_a_report_that_cannot_be_is_refused(tmp_path: Path, env: dict[str, str], said: str) -> None:
    with pytest.raises(Refusal, match=said):
        records.asked(tmp_path, env)


@pytest.mark.parametrize(
    ("env", "arguments", "words", "report"),
    [
        ({"ARGS": "load_roadmap 'my plan.yaml' --dry-run"}, [], ["load_roadmap", "my plan.yaml", "--dry-run"], None),
        ({"ARGS": "help", "REPORT": "none"}, [], ["help"], "none"),
        ({"FILE": "a.yaml", "REPORT": "", "SAMPLE": ""}, [manage.CHECK], ["load_roadmap", "a.yaml", "--dry-run"], "a.yaml"),
        ({"FILE": "a.yaml", "SAMPLE": "0"}, [manage.CHECK], ["load_roadmap", "a.yaml", "--dry-run"], None),
        ({"FILE": "a.yaml", "REPORT": "b.yaml"}, [manage.CHECK], ["load_roadmap", "a.yaml", "--dry-run"], "b.yaml"),
    ],
)
def test_a_command_is_for_the_record_that_is_named_and_a_check_for_that_of_its_file(env, arguments, words, report):
    found, of = manage.command_of(env, arguments)
    assert (found, of.get("REPORT")) == (words, report)


@pytest.mark.parametrize(("arguments", "said"), [([], "Say which command"), ([manage.CHECK], "Name the file")])
def test_a_command_that_is_not_named_is_asked_for(arguments, said):
    with pytest.raises(Refusal, match=said):
        manage.command_of({"ARGS": "", "FILE": " "}, arguments)

"""A backup is whole or is none; a restore checks it before it touches anything, and ends with the record that the backup holds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.conf import settings as conf
from django.core.management.base import CommandError
from django.utils.translation import override

from milestones.models import Milestone
from milestones.services import write_milestone
from operations import readiness
from operations.backup import manifest, unfinished
from operations.backup.making import back_up
from operations.backup.manifest import FORMAT
from operations.backup.stores import MANIFEST
from operations.models import Job
from record.log.keeping import HEAD, keep, kept
from record.services import open_change
from tools.basics import ROOT

if TYPE_CHECKING:
    from pathlib import Path

KEYS = "make_backup_key"
GUARDS = "SELECT tgrelid::regclass::text, tgname::text, tgenabled::text FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def the_one(target: Path) -> Path:
    (folder,) = target.iterdir()
    return folder


def change_something(text: str = "Something else altogether.") -> None:
    with open_change(by="A. Editor") as change:
        milestone = Milestone.objects.order_by("code").first()
        write_milestone(change, milestone, values={"criterion_en": text})


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


@pytest.fixture
def keys(site, tmp_path):
    """A file with an identity, and its recipient."""
    identity, recipient = site.call(KEYS).split()
    path = tmp_path / "identity.txt"
    path.write_text(f"# of the tests\n{identity}\n")
    return str(path), recipient


# All of it comes back


@pytest.mark.long
def test_what_is_restored_is_what_was_backed_up(site, elsewhere, tmp_path):
    said = site.call("backup", str(tmp_path / "to"))
    position, head = site.head()
    assert f"Position {position}, head {head}" in said

    told = elsewhere.call("restore", str(tmp_path / "to"))
    assert f"the record is sound. Position {position}, head {head}" in told
    assert elsewhere.head() == (position, head)
    assert elsewhere.files() == site.files() != {}
    assert elsewhere.ask(GUARDS) == site.ask(GUARDS) != []
    assert not (elsewhere.var / "restore-unfinished").exists()
    assert set(names(elsewhere.var)) == {"files", "checkpoint"}


def test_only_its_owner_can_read_it(site, tmp_path):
    site.call("backup", str(tmp_path / "to"))
    folder = the_one(tmp_path / "to")
    assert [path.stat().st_mode & 0o777 for path in (tmp_path / "to", folder)] == [0o700, 0o700]
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


@pytest.mark.long
def test_an_encrypted_one_shows_nothing_and_is_opened_by_its_identity_alone(site, elsewhere, keys, tmp_path):
    identity, recipient = keys
    site.call("backup", str(tmp_path / "to"), "--recipient", recipient)
    parts = {path.name: path.read_bytes() for path in the_one(tmp_path / "to").iterdir()}
    assert set(parts) == {"database.dump.age", "files.tar.age", MANIFEST}
    assert all(data.startswith(b"age-encryption.org/v1") for name, data in parts.items() if name != MANIFEST)

    with pytest.raises(CommandError, match=r"is encrypted: name an identity"):
        elsewhere.call("restore", str(tmp_path / "to"))
    other = tmp_path / "other.txt"
    other.write_text(site.call(KEYS).split()[0])
    with pytest.raises(CommandError, match=r"Nothing was restored: .* encrypted for others: none of the identities given opens it"):
        elsewhere.call("restore", str(tmp_path / "to"), "--identity", str(other))
    assert elsewhere.ask("SELECT to_regclass('record_event')") == [(None,)]
    assert elsewhere.files() == {}

    elsewhere.call("restore", str(tmp_path / "to"), "--identity", identity)
    assert (elsewhere.head(), elsewhere.files()) == (site.head(), site.files())


@pytest.mark.parametrize("text", ["age1nobody", "AGE-SECRET-KEY-1"])
def test_a_recipient_that_is_none_is_refused_before_anything_is_read(site, tmp_path, text):
    with pytest.raises(CommandError, match=r"is no recipient: write what make_backup_key printed second"):
        site.call("backup", str(tmp_path / "to"), "--recipient", text)
    assert not (tmp_path / "to").exists()


def test_it_is_one_moment_of_the_database_that_the_manifest_names(site, elsewhere, tmp_path, monkeypatch):
    """Somebody writes after the snapshot was taken and before it is read."""
    from operations.backup import making

    position, head = site.head()
    kept_as_it_is = making._keep

    def meanwhile(*args, **kwargs):
        if args[2] == making.DATABASE:
            written = [
                sys.executable,
                "-c",
                "import django; django.setup()\nfrom tests.operations.test_backup import change_something\nchange_something()",
            ]
            env = os.environ | {"DATABASE_NAME": site.database, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
            subprocess.run(written, env=env, cwd=ROOT, check=True)
        return kept_as_it_is(*args, **kwargs)

    monkeypatch.setattr(making, "_keep", meanwhile)
    site.call("backup", str(tmp_path / "to"))
    assert site.head()[0] == position + 1
    elsewhere.call("restore", str(tmp_path / "to"))
    assert elsewhere.head() == (position, head)


def test_the_manifest_holds_no_secret(site, tmp_path):
    site.call("backup", str(tmp_path / "to"))
    text = (the_one(tmp_path / "to") / MANIFEST).read_text()
    assert json.loads(text)["settings"].keys() & {"ENVIRONMENT", "VAR_DIR"}
    assert not json.loads(text)["settings"].keys() & set(conf.SECRETS)
    assert conf.SECRET_KEY not in text


# What is there already


@pytest.mark.long
def test_what_is_there_is_given_up_only_when_that_is_said(site, elsewhere, tmp_path):
    site.call("backup", str(tmp_path / "to"))
    elsewhere.call("restore", str(tmp_path / "to"))
    with elsewhere.used():
        change_something()
    elsewhere.ask("CREATE TABLE of_a_later_release (x int)")
    (elsewhere.var / "files" / "later.txt").write_text("later")
    before = elsewhere.head()
    with pytest.raises(CommandError, match=r"is not empty. Restore into an empty one, or give it up with --replace"):
        elsewhere.call("restore", str(tmp_path / "to"))
    assert elsewhere.head() == before

    with elsewhere.used():
        keep(before[1], HEAD)  # as the night does
    elsewhere.call("restore", str(tmp_path / "to"), "--replace")
    assert (elsewhere.head(), elsewhere.files()) == (site.head(), site.files())
    assert elsewhere.ask("SELECT to_regclass('of_a_later_release')") == [(None,)]
    with elsewhere.used():
        assert kept(HEAD) == site.head()[1]


def test_files_without_a_database_are_something_too(site, elsewhere, tmp_path):
    site.call("backup", str(tmp_path / "to"))
    (elsewhere.var / "files").mkdir()
    (elsewhere.var / "files" / "mine.txt").write_text("mine")
    with pytest.raises(CommandError, match=r"Nothing was restored: the folder .* is not empty"):
        elsewhere.call("restore", str(tmp_path / "to"))


def test_nothing_is_restored_under_somebody_who_works_there(site, elsewhere, tmp_path):
    import psycopg2

    site.call("backup", str(tmp_path / "to"))
    with elsewhere.used():
        from django.db import connection

        params = {
            name: value
            for name, value in connection.get_connection_params().items()
            if name in {"dbname", "user", "host", "port", "password"}
        }
    other = psycopg2.connect(**params)
    try:
        with pytest.raises(CommandError, match=r"1 others are connected to the database .*: stop what uses it first"):
            elsewhere.call("restore", str(tmp_path / "to"))
    finally:
        other.close()


@pytest.mark.long
def test_a_head_that_was_noted_must_still_be_there(site, elsewhere, tmp_path):
    site.call("backup", str(tmp_path / "to"))
    with site.used():
        change_something()
    with pytest.raises(
        CommandError, match=r"is in place and must not be used as it is: the record is not sound:\nthe chain does not hold the hash"
    ):
        elsewhere.call("restore", str(tmp_path / "to"), "--head", site.head()[1])
    with elsewhere.used(), override("en"):
        assert unfinished().exists()
        looked = list(readiness.look())
        assert looked[-1].stops
        assert "a restore was not finished" in looked[-1].said
    elsewhere.call("restore", str(tmp_path / "to"), "--replace")
    with elsewhere.used():
        assert not any(one.stops for one in readiness.look())


# What is damaged, foreign or newer


@pytest.mark.parametrize(("part", "at"), [("database.dump", 5000), ("database.dump", 2), ("files.tar", 100_000)])
def test_a_flipped_bit_is_found_before_anything_is_touched(site, elsewhere, tmp_path, part, at):
    site.call("backup", str(tmp_path / "to"))
    flip(the_one(tmp_path / "to") / part, at)
    with pytest.raises(CommandError, match=rf"Nothing was restored: {part} of the backup .* is damaged: it is not what was written"):
        elsewhere.call("restore", str(tmp_path / "to"))
    assert elsewhere.ask("SELECT to_regclass('record_event')") == [(None,)]
    assert names(elsewhere.var) == []


@pytest.mark.parametrize("at", [30, 150, 200_000])
def test_so_is_one_in_what_is_encrypted_and_it_is_not_taken_for_a_wrong_key(site, elsewhere, keys, tmp_path, at):
    identity, recipient = keys
    site.call("backup", str(tmp_path / "to"), "--recipient", recipient)
    flip(the_one(tmp_path / "to") / "database.dump.age", at)
    with pytest.raises(CommandError, match=r"database.dump.age of the backup .* is damaged"):
        elsewhere.call("restore", str(tmp_path / "to"), "--identity", identity)


def test_a_part_that_is_short_or_missing_is_found(site, elsewhere, tmp_path):
    site.call("backup", str(tmp_path / "to"))
    dump = the_one(tmp_path / "to") / "database.dump"
    whole = dump.read_bytes()
    dump.write_bytes(whole[:-1])
    with pytest.raises(CommandError, match=r"is damaged"):
        elsewhere.call("restore", str(tmp_path / "to"))
    dump.unlink()
    with pytest.raises(CommandError, match=r"database.dump of the backup .* is missing"):
        elsewhere.call("restore", str(tmp_path / "to"))


def rewritten(folder: Path, **changed: object) -> None:
    """The manifest with other values, and a digest that fits: as another release would have written it."""
    said = json.loads((folder / MANIFEST).read_text()) | changed
    said.pop("sha256")
    (folder / MANIFEST).write_text(manifest._text(said | {"sha256": manifest._digest(said)}))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"format": FORMAT + 1}, f"is of form {FORMAT + 1}, and this release reads form {FORMAT}"),
        ({"migrations": ["record.9999_of_tomorrow"], "version": "99.0"}, "made by a later release, 99.0, .* record.9999_of_tomorrow"),
        ({"pg_dump": 99}, "dumped by PostgreSQL 99, and the pg_restore of this machine, .*, is older"),
        ({"record": {"position": 1, "head": "ab" * 32, "checkpoint": ""}}, "Nothing was restored: .* the dump does not end with the head"),
        ({"record": {"position": 1, "head": "'; --", "checkpoint": ""}}, "the manifest names no head"),
    ],
)
def test_what_does_not_fit_is_refused_in_words_and_nothing_is_changed(site, elsewhere, tmp_path, changed, said):
    site.call("backup", str(tmp_path / "to"))
    rewritten(the_one(tmp_path / "to"), **changed)
    with pytest.raises(CommandError, match=said):
        elsewhere.call("restore", str(tmp_path / "to"))
    assert elsewhere.ask("SELECT to_regclass('record_event')") == [(None,)]
    assert names(elsewhere.var) == []


def test_a_manifest_that_was_touched_is_not_believed(site, elsewhere, tmp_path):
    site.call("backup", str(tmp_path / "to"))
    path = the_one(tmp_path / "to") / MANIFEST
    text = path.read_text()
    path.write_text(text.replace('"position": 1', '"position": 2'))
    with pytest.raises(CommandError, match=r"is not what was written: it is damaged"):
        elsewhere.call("restore", str(tmp_path / "to"))
    path.write_text(text[:100])
    with pytest.raises(CommandError, match=r"cannot be read: it is damaged"):
        elsewhere.call("restore", str(tmp_path / "to"))


@pytest.mark.long
def test_a_dump_of_an_older_schema_is_brought_up(site, elsewhere, tmp_path):
    last = max(name for name in names(ROOT / "operations" / "migrations") if name[0] == "0").removesuffix(".py")
    site.ask("DROP TABLE operations_job")
    site.ask("DELETE FROM django_migrations WHERE app = 'operations'")
    assert last == "0001_initial"
    site.call("backup", str(tmp_path / "to"))
    elsewhere.call("restore", str(tmp_path / "to"))
    assert elsewhere.ask("SELECT to_regclass('operations_job')::text") == [("operations_job",)]
    assert elsewhere.head() == site.head()


@pytest.mark.parametrize(("source", "said"), [("nowhere", "There is no finished backup in"), ("ftp://host/x", "is no place for backups")])
def test_where_there_is_none_that_is_said(site, elsewhere, tmp_path, source, said):
    with pytest.raises(CommandError, match=said):
        elsewhere.call("restore", source if "://" in source else str(tmp_path / source))


# What is kept


def test_older_ones_go_when_they_had_their_time(site, tmp_path):
    to, begin = tmp_path / "to", datetime(2026, 11, 1, 2, 10, tzinfo=UTC)
    for day in range(20):
        folder = to / f"{begin + timedelta(days=day):%Y-%m-%dT%H-%M-%SZ}"
        folder.mkdir(parents=True)
        (folder / MANIFEST).write_text("{}")
    with site.used():
        made = back_up(str(to), now=begin + timedelta(days=20), daily=3, weekly=2)
    assert sorted(names(to)) == ["2026-11-15T02-10-00Z", "2026-11-19T02-10-00Z", "2026-11-20T02-10-00Z", made.name]


def test_a_run_is_noted_with_the_position_that_it_holds(site, tmp_path):
    site.call("backup", str(tmp_path / "to"))
    with site.used():
        job = Job.objects.get(name="operations.backup.tasks.make_backup")
        assert (job.found, job.error) == (site.head()[0], "")
    with pytest.raises(CommandError):
        site.call("backup", "ftp://nowhere")
    with site.used():
        assert Job.objects.get(name="operations.backup.tasks.make_backup").error == "BackupFault"

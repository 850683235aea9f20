"""``make backup`` and ``make restore``: which folder they mean."""

from pathlib import Path

import pytest

from tools.manage import BACKUP, RESTORE, command_of, with_backups
from tools.records import Record

RECORD = Record(Path("/var/of/it"), "roadmap")


@pytest.mark.parametrize(
    ("flag", "env", "words"),
    [
        (BACKUP, {}, ["backup", "/var/of/it/backups"]),
        (RESTORE, {}, ["restore", "/var/of/it/backups"]),
        (BACKUP, {"TO": "s3://bucket/folder", "FROM": "/not/this"}, ["backup", "s3://bucket/folder"]),
        (RESTORE, {"FROM": "/a/backup", "ARGS": "--replace --head 'ab'"}, ["restore", "/a/backup", "--replace", "--head", "ab"]),
        (RESTORE, {"FROM": "here"}, ["restore", str(Path("here").absolute())]),
    ],
)
def test_the_folder_is_that_of_the_record_unless_another_is_named(flag, env, words) -> None:
    given, of = command_of(env, [flag])
    assert with_backups(given, of, RECORD) == words


def test_other_commands_stay_as_they_are() -> None:
    given, env = command_of({"ARGS": "load_roadmap my.yaml"}, [])
    assert with_backups(given, env, RECORD) == ["load_roadmap", "my.yaml"]

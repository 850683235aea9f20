"""The rehearsal restores in earnest, somewhere else, and whoever runs the site is told how it went."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management.base import CommandError
from django.db import connection

from accounts.models import User
from accounts.roles import Role
from operations import figures
from operations.backup import BackupFault
from operations.backup.tasks import BACKUP, REHEARSAL, make_backup, rehearse_restore
from operations.models import Job
from operations.tasks_seen import scheduled
from tests.operations.test_backup import flip, names, the_one


def databases_of(site) -> list[str]:
    """Its own and those that are made beside it; others test on the same server."""
    return site.ask(f"SELECT datname FROM pg_database WHERE starts_with(datname, '{site.database}') ORDER BY 1")


@pytest.fixture
def administrators(site):
    """Two who read and one who left, each with a language."""
    for name, language, active in (("Anna", "en", True), ("Boris", "ru", True), ("Gone", "en", False)):
        User.objects.create_user(username=name, email=f"{name}@example.org", role=Role.ADMINISTRATOR, language=language, is_active=active)


def subjects(mailoutbox) -> list[tuple[str, str]]:
    return sorted((mail.to[0], mail.subject) for mail in mailoutbox)


@pytest.mark.long
def test_the_newest_is_restored_aside_and_nothing_is_left_of_that(site, administrators, tmp_path, settings, mailoutbox):
    settings.BACKUP_TO = str(tmp_path / "to")
    databases, head = databases_of(site), site.head()
    with site.used():
        assert make_backup() == head[0]
        assert subjects(mailoutbox) == []
        assert rehearse_restore() == head[0]
        assert [to for to, _subject in subjects(mailoutbox)] == ["Anna@example.org", "Boris@example.org"]
        assert subjects(mailoutbox)[0][1] == "The weekly rehearsal restored the newest backup, and its record is sound."
        assert head[1] in mailoutbox[0].body
        assert Job.objects.get(name=REHEARSAL).found == head[0]
        figures.forget()
        found = figures.found()
        assert found.get("rehearsal_position") == found.get("backup_position") == head[0]
        assert found.get("rehearsal_timestamp_seconds") >= found.get("backup_timestamp_seconds") > 0
        figures.forget()
    assert databases_of(site) == databases
    assert names(site.var) == ["files"]
    assert site.head() == head


@pytest.mark.long
@pytest.mark.expects_errors
def test_one_that_cannot_be_restored_is_a_fault_that_is_told(site, administrators, tmp_path, settings, mailoutbox):
    settings.BACKUP_TO = str(tmp_path / "to")
    databases = databases_of(site)
    with site.used():
        make_backup()
        flip(the_one(tmp_path / "to") / "database.dump", 5000)
        with pytest.raises(BackupFault, match=r"cannot be restored: .*database.dump of the backup .* is damaged"):
            rehearse_restore()
        assert [subject for _to, subject in subjects(mailoutbox)] == [
            "The newest backup could not be restored: the weekly rehearsal failed.",
            "Последнюю резервную копию не удалось восстановить: еженедельная проверка не прошла.",
        ]
        assert "is damaged" in mailoutbox[0].body
        assert Job.objects.get(name=REHEARSAL).error == "BackupFault"
    assert databases_of(site) == databases


def test_a_backup_that_is_not_made_is_told(site, administrators, tmp_path, settings, mailoutbox):
    settings.BACKUP_TO = str(tmp_path / "a file")
    Path(settings.BACKUP_TO).write_text("in the way")
    with site.used():
        with pytest.raises(BackupFault, match=r"The backup was not made: .*"):
            make_backup()
        assert "The backup of last night was not made." in dict(subjects(mailoutbox)).values()
        figures.forget()
        assert figures.found().get("backup_timestamp_seconds") == 0
        figures.forget()


@pytest.mark.long
def test_an_encrypted_one_is_rehearsed_by_the_identity_of_the_settings(site, tmp_path, settings):
    identity, recipient = site.call("make_backup_key").split()
    settings.BACKUP_TO, settings.BACKUP_RECIPIENTS = str(tmp_path / "to"), [recipient]
    site.call("backup")
    with pytest.raises(CommandError, match=r"is encrypted: name an identity"):
        site.call("rehearse")
    settings.BACKUP_IDENTITIES = [identity]
    assert "can be restored, and its record is sound" in site.call("rehearse")


def test_a_role_that_may_make_no_database_is_told_what_to_do(site, tmp_path):
    site.call("backup", str(tmp_path / "to"))
    site.ask("DROP ROLE IF EXISTS backs_up")
    site.ask(f"CREATE ROLE backs_up LOGIN; GRANT pg_read_all_data, {connection.settings_dict['USER']} TO backs_up")
    user = connection.settings_dict["USER"]
    connection.close()
    connection.settings_dict["USER"] = "backs_up"
    try:
        with pytest.raises(CommandError, match=r"backs_up may make no database for it. As a superuser: ALTER ROLE backs_up CREATEDB"):
            site.call("rehearse", str(tmp_path / "to"))
    finally:
        connection.close()
        connection.settings_dict["USER"] = user
        site.ask("DROP ROLE backs_up")


def test_both_are_noted_by_the_names_of_their_tasks():
    assert (make_backup.name, rehearse_restore.name) == (BACKUP, REHEARSAL)
    assert not {BACKUP, REHEARSAL} & scheduled(), "without BACKUP_TO the clock starts neither"

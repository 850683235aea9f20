"""The page of the site's state, and readiness."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from operations import figures
from operations.models import Job
from operations.services import note_pulse, note_run
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def read(client):
    client.force_login(person("administrator"))

    def page(language="en"):
        figures.forget()
        return client.get(f"/status/?lang={language}").content.decode()

    return page


def test_it_says_what_waits_and_what_ran(rk2030, read):
    now = timezone.now()
    note_pulse(now=now)
    others = read().count("look at it")  # of a machine that is busy, the lock
    note_run("record.tasks.verify_record", now=now, seconds=12.34, found=0)
    note_run("notifications.tasks.write_digests", now=now, seconds=1, error="OperationalError")
    page = read()
    assert "12.3" in page
    assert "OperationalError" in page
    assert page.count("has not run yet") == 11
    assert page.count("look at it") == others


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_a_silent_clock_is_marked_in_each_language(rk2030, read, language):
    words = {"en": "silent", "ru": "молчит", "kk": "үнсіз"}
    note_pulse(now=timezone.now() - timedelta(minutes=4))
    assert words[language] in read(language)
    note_pulse(now=timezone.now())
    assert words[language] not in read(language)


def test_faults_in_the_record_are_marked(rk2030, read):
    note_pulse(now=timezone.now())
    others = read().count("look at it")
    note_run("record.tasks.verify_record", now=timezone.now(), seconds=1, found=2)
    assert read().count("look at it") == others + 1


def test_the_menu_leads_administrators_there_and_nobody_else(rk2030, client):
    for role in ("editor", "administrator"):
        client.force_login(person(role))
        assert ('href="/status/"' in client.get("/").content.decode()) is (role == "administrator")


def test_a_run_that_cannot_be_noted_fails_nothing(rk2030, caplog):
    from django.db import transaction

    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE operations_job RENAME TO away")
        with transaction.atomic():
            note_pulse(now=timezone.now())
        transaction.set_rollback(True)
    assert "the run of beat was not noted: ProgrammingError" in caplog.text


def test_readiness_asks_few_statements_and_reads_no_migrations_from_the_disk(rk2030, client, monkeypatch):
    client.get("/readyz")
    monkeypatch.setattr("django.db.migrations.loader.MigrationLoader.load_disk", lambda _self: 1 / 0)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get("/readyz").content == b"ready\n"
    assert len(asked) == 3
    assert sum("django_migrations" in query["sql"] for query in asked) == 1


@pytest.mark.expects_errors
def test_a_migration_that_is_missing_is_told(rk2030, client):
    from django.db.migrations.recorder import MigrationRecorder

    MigrationRecorder.Migration.objects.filter(app="operations").delete()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"1 migrations are missing\n")
    assert Job.objects.count() == 0

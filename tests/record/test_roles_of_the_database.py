"""The application's own role, which owns nothing: what it may write, and that it cannot lift the guard."""

import pytest
from django.db import DatabaseError, connection, transaction

from milestones.services import move_date
from record.guard import put_guard
from record.services import open_change
from record.verify import verify_record
from tests.factories import as_file, milestone, roadmap
from tests.people import person, published
from tests.snapshot import load_once

pytestmark = pytest.mark.django_db
ROLE = "roadmap_app_in_tests"


@pytest.fixture
def as_application(settings, now, time_machine):
    """Everything below runs as the role that production gives to web and worker."""
    time_machine.move_to(now, tick=False)
    load_once(as_file(roadmap(milestone("PR-01"), milestone("PR-02"))), now=now)
    published("PR-01", person("analyst"), person("editor"), now=now)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {ROLE} NOLOGIN")
        settings.DATABASE_APP_ROLE = ROLE
        put_guard()
        cursor.execute(f"SET LOCAL ROLE {ROLE}")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


ATTEMPTS = [
    "ALTER TABLE record_event DISABLE TRIGGER ALL",
    "ALTER TABLE milestones_assessment DISABLE TRIGGER record_guard_rows",
    "DROP TRIGGER record_guard_rows ON milestones_versionstanding",
    "DROP TRIGGER record_store ON milestones_milestoneversion",
    "CREATE OR REPLACE FUNCTION milestones_milestoneversion_store() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "CREATE OR REPLACE VIEW milestones_milestoneversion AS SELECT * FROM milestones_milestoneversion",
    "DROP VIEW milestones_milestoneversion",
    "CREATE OR REPLACE FUNCTION record_guard() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "SET session_replication_role = replica",
    "TRUNCATE record_event",
    "TRUNCATE milestones_assessment CASCADE",
    "DROP TABLE milestones_evidence",
    "ALTER TABLE milestones_planchange OWNER TO CURRENT_USER",
    "UPDATE record_event SET actor = 'Forged'",
    "DELETE FROM record_event",
    "UPDATE milestones_assessment SET summary = 'Forged'",
    "DELETE FROM milestones_assessment",
    "UPDATE milestones_evidence SET title = 'Forged'",
    "DELETE FROM milestones_citation",
    "UPDATE milestones_milestoneversion SET status = 'achieved'",
    "UPDATE milestones_versionstanding SET status = 'achieved'",
    "UPDATE milestones_versionstanding SET withheld = 3, texts_id = NULL, salt = NULL, status = 'achieved'",
    "UPDATE milestones_versiontexts SET title_en = 'Forged'",
    "DELETE FROM milestones_versiontexts",
    "DELETE FROM milestones_milestoneversion",
    "UPDATE milestones_baselinedate SET due = NULL",
    "DELETE FROM milestones_baseline",
    "UPDATE record_installation SET sample = NOT sample",
    "DELETE FROM record_installation",
]


@pytest.mark.parametrize("statement", ATTEMPTS)
def test_the_application_cannot_rewrite_the_record(as_application, statement):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_application_can_do_its_work(as_application, now):
    from common.dates import PlannedDate
    from milestones.models import Milestone

    with open_change(now=now) as change:
        move_date(change, Milestone.objects.get(code="PR-02"), field="due", to=PlannedDate.parse("2029"), category="external")
    assert verify_record() == []

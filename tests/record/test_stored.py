"""Versions of milestones lie in two tables behind a view: what is written is read, words stand once, and go when they are withdrawn."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from milestones.models import Milestone, MilestoneVersion, VersionStanding, VersionTexts
from milestones.services import move_date, withdraw, write_milestone
from record.guard import lift_guard, put_guard
from record.services import open_change
from record.stored import put_views, wrong_views
from record.verify import verify_record
from tests.factories import as_file, milestone, roadmap
from tests.people import person, published
from tests.snapshot import load_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(now, time_machine):
    time_machine.move_to(now, tick=False)
    load_once(as_file(roadmap(milestone("PR-01"), milestone("PR-02"))), now=now)
    return person("editor")


def retitle(title: str, editor) -> None:
    with open_change(by=editor.actor) as change:
        write_milestone(change, Milestone.objects.get(code="PR-01"), values={"title_en": title}, by=editor)


def rows() -> list[dict[str, object]]:
    return list(MilestoneVersion.objects.order_by("pk").values())


def counts() -> tuple[int, int]:
    return VersionStanding.objects.filter(code="PR-01").count(), VersionTexts.objects.filter(code="PR-01").count()


def test_words_stand_once_whatever_else_changes(editor, now):
    assert counts() == (1, 1)
    published("PR-01", person("analyst"), editor, now=now)
    assert counts() == (2, 1)
    retitle("Another title", editor)
    assert counts() == (3, 2)
    retitle("Title of PR-01", editor)
    published("PR-01", person("analyst", "second"), editor, now=now, summary="More")
    assert counts()[0] == 5
    assert VersionTexts.objects.filter(code="PR-02").count() == 1
    assert verify_record() == []


def test_words_that_are_withdrawn_are_in_no_table(editor, now):
    retitle("A libel", editor)
    published("PR-01", person("analyst"), editor, now=now)
    retitle("An apology", editor)
    with open_change(by=editor.actor) as change:
        withdraw(change, Milestone.objects.get(code="PR-01"), by=editor, reason="libel")
    assert set(VersionTexts.objects.filter(code="PR-01").values_list("title_en", flat=True)) == {"An apology"}
    versions = MilestoneVersion.objects.filter(code="PR-01").order_by("first")
    assert [(row.withheld is None, row.title_en, row.salt == "") for row in versions] == [(False, "", True)] * 3 + [
        (True, "An apology", False)
    ]
    assert verify_record() == []


def test_words_that_stand_today_too_stay_for_today_only(editor, now):
    published("PR-01", person("analyst"), editor, now=now)
    title = MilestoneVersion.objects.current().get(code="PR-01").title_en
    with open_change(by=editor.actor) as change:
        withdraw(change, Milestone.objects.get(code="PR-01"), by=editor, reason="mistake")
    assert list(MilestoneVersion.objects.filter(code="PR-01").order_by("first").values_list("title_en", flat=True)) == ["", title]
    assert verify_record() == []


def test_words_that_nobody_says_are_a_fault(editor):
    VersionTexts.objects.create(code="PR-01", title_en="Forged")
    assert any("words that no version of PR-01 says" in fault for fault in verify_record())


def test_words_that_a_version_says_cannot_be_taken_away(editor):
    for lifted in (False, True):
        lift_guard() if lifted else put_guard()
        with pytest.raises(IntegrityError), transaction.atomic():
            VersionTexts.objects.filter(code="PR-01").delete()


def test_a_view_that_is_lost_is_missed_and_put_back(editor):
    before = rows()
    with connection.cursor() as cursor:
        cursor.execute("DROP VIEW milestones_milestoneversion")
    assert wrong_views("default") == ["milestones_milestoneversion"]
    put_guard()
    assert (wrong_views("default"), rows()) == ([], before)


def test_a_view_that_is_put_back_lets_the_role_of_the_application_in_at_once(editor, settings):
    """Whatever comes after it in ``migrate``: the site runs meanwhile."""
    settings.DATABASE_APP_ROLE = "roadmap_app_in_views"
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE roadmap_app_in_views NOLOGIN")
        cursor.execute("DROP VIEW milestones_milestoneversion")
        put_views("default", {"milestones_versionstanding"})
        cursor.execute("SET LOCAL ROLE roadmap_app_in_views")
        cursor.execute("SELECT count(*) FROM milestones_milestoneversion")
        assert cursor.fetchone() == (2,)
        cursor.execute("RESET ROLE")


def test_a_publish_changes_no_column_that_an_index_holds():
    """So that PostgreSQL leaves the other indexes of the table alone (HOT)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) "
            "WHERE i.indrelid = 'milestones_milestone'::regclass"
        )
        held = {name for (name,) in cursor.fetchall()}
    assert held <= {"id", "code", "proposal_id", "series_id", "edition", "analyst_id"}


def test_the_way_to_two_tables_and_back_changes_no_row(editor, now):
    published("PR-01", person("analyst"), editor, now=now)
    retitle("Another title", editor)
    with open_change(by=editor.actor) as change:
        withdraw(change, Milestone.objects.get(code="PR-01"), by=editor, reason="mistake")
    retitle("A third title", editor)
    before = rows()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for target in ("0014_more_hands", "0015_split_versions"):
        executor = MigrationExecutor(connection)
        executor.migrate([("milestones", target)])
    put_guard()
    assert rows() == before
    assert verify_record() == []
    with open_change(by=editor.actor) as change:
        move_date(change, Milestone.objects.get(code="PR-02"), field="due", to=None, category="external", note="n", by=editor)
    assert verify_record() == []

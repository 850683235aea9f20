"""Verifying from an earlier head on, what is covered afterwards, and what verifying needs."""

import io
import threading

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from common.dates import PlannedDate
from milestones.models import Milestone
from milestones.services import move_date, set_baseline
from milestones.withdrawing import withdraw
from proposals.models import Report
from record import verify
from record.covering import COVERED, PARTS, cover_the_rest
from record.guard import lift_guard, put_guard
from record.log.models import Checkpoint
from record.log.publishing import publish_checkpoint
from record.models import Event
from record.services import open_change
from record.verify import UnknownHead, verify_record
from tests.factories import as_file, milestone, roadmap
from tests.people import person, published
from tests.signing import begin_signing
from tests.snapshot import load_once


@pytest.fixture
def record(db, now, time_machine):
    time_machine.move_to(now, tick=False)
    load_once(as_file(roadmap(milestone("PR-01"), milestone("PR-02"))), now=now)
    return now


def moved(year, now):
    with open_change(now=now) as change:
        move_date(change, Milestone.objects.get(code="PR-02"), field="due", to=PlannedDate.parse(year), category="external")
    return Event.objects.head()


def sql(*statements):
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def test_from_an_earlier_head_on_only_what_came_since_is_read(record):
    first, second = moved("2028", record), moved("2029", record)
    assert verify_record(since=first.hash) == verify_record(since=second.hash) == []
    lift_guard()
    sql(f"UPDATE record_event SET actor = 'Forged' WHERE position = {first.position}")
    put_guard()
    assert verify_record(since=first.hash) == [], "what an earlier run has read is not read again"
    assert verify_record() != []
    lift_guard()
    sql(f"UPDATE record_event SET actor = 'Forged' WHERE position = {second.position}")
    put_guard()
    assert verify_record(since=first.hash) == [
        f"position {second.position}: the facts or the versions of this event are not what was recorded"
    ]


@pytest.mark.parametrize(
    ("forged", "found"),
    [
        ("UPDATE record_event SET previous = repeat('0', 64) WHERE position = 3", "the chain is broken"),
        ("UPDATE milestones_milestoneversion SET title_en = 'Forged' WHERE first = 3", "the content is not what was recorded"),
        ("UPDATE milestones_milestoneversion SET title_en = 'Forged' WHERE last = 3", "the content is not what was recorded"),
        ("UPDATE milestones_planchange SET category = 'political' WHERE position = 3", "the content is not what was recorded"),
        ("DELETE FROM milestones_planchange WHERE position = 3", "announced is missing"),
        ("UPDATE milestones_milestone SET title_en = 'Forged'", "differs from its current version"),
        ("DELETE FROM record_event WHERE position = 3", "versions were written without an event"),
    ],
)
def test_what_is_forged_since_is_found(record, forged, found):
    head = moved("2028", record).hash
    moved("2029", record)
    lift_guard()
    sql(forged)
    assert any(found in fault for fault in verify_record(since=head))


def test_a_head_that_nobody_knows_is_a_fault(record):
    with pytest.raises(UnknownHead):
        verify_record(since="0" * 64)
    with pytest.raises(CommandError, match="tail was cut"):
        call_command("verify_record", since="0" * 64)


def test_how_far_it_is_stands_on_the_error_stream(record, monkeypatch):
    monkeypatch.setattr(verify, "TOLD", 5)
    said, told = io.StringIO(), io.StringIO()
    call_command("verify_record", stdout=said, stderr=told)
    total = told.getvalue().split()[2]
    assert told.getvalue().startswith(f"5 of {total} versions\n10 of {total} versions\n")
    assert said.getvalue().startswith("The record is sound. Position 1, head ")


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_it_and_what_is_written_and_signed_meanwhile_is_no_fault(now, time_machine, monkeypatch, settings, tmp_path):
    time_machine.move_to(now, tick=False)
    load_once(as_file(roadmap(milestone("PR-01"), milestone("PR-02"))), now=now)
    monkeypatch.setattr(verify, "TOLD", 1)
    begin_signing(settings, tmp_path)
    written = []

    def write():
        try:
            written.append(moved("2028", now).position)
            publish_checkpoint(now=now)
        finally:
            connection.close()

    def meanwhile(_done, _of):
        if not written:
            writer = threading.Thread(target=write)
            writer.start()
            writer.join(20)

    assert verify_record(progress=meanwhile) == []
    assert (written, Checkpoint.objects.get().size) == ([2], 2)


# What earlier releases did not cover


def as_an_earlier_release():
    """Events as they were written before: no baseline, no installation and no digest of what a withdrawal left in their data."""
    for event in Event.objects.all():
        for name in ("baseline", "installation", "kept"):
            event.data.pop(name, None)
        event.save()


@pytest.fixture
def earlier(record):
    editor = person("editor")
    one = published("PR-01", person("analyst", remit=["*"]), editor, now=record, summary="Libel")
    with open_change(now=record) as change:
        set_baseline(change, Report.objects.get(), name="Second", by=editor)
    with open_change(now=record) as change:
        withdraw(change, one, by=editor, reason="libel")
    lift_guard()
    as_an_earlier_release()
    put_guard()
    return editor


def faults_but_the_facts():
    """Events that were changed in a test say so themselves."""
    return [fault for fault in verify_record() if "the facts or the versions of this event" not in fault]


def test_what_no_event_covers_is_said_and_migrate_covers_it_once(earlier):
    assert {name for name, look in PARTS.items() if look()} == {"installation", "withdrawals", "baselines"}
    assert len(faults_but_the_facts()) == 3
    cover_the_rest()
    event = Event.objects.head()
    assert (event.type, set(event.data)) == (COVERED, {"installation", "withdrawals", "baselines"})
    assert faults_but_the_facts() == []
    cover_the_rest()
    assert Event.objects.head() == event


@pytest.mark.parametrize(
    "forged",
    [
        "UPDATE record_installation SET sample = NOT sample",
        "UPDATE milestones_baseline SET name = 'Forged' WHERE name <> 'Second'",
        "UPDATE milestones_assessment SET status = 'agreed' WHERE withheld IS NOT NULL",
        "UPDATE record_event SET text = text || ' ' WHERE withheld IS NOT NULL",
    ],
)
def test_what_was_covered_afterwards_is_held_to_it(earlier, forged):
    cover_the_rest()
    lift_guard()
    sql(forged)
    put_guard()
    assert faults_but_the_facts() != []


ANOTHER = (
    "INSERT INTO milestones_planchange (milestone_id, field, after, after_precision, before_precision, category, note, public_by,"
    " changed_at, position, salt, digest)"
    " SELECT id, 'due', '2030-12-31', 'day', '', 'other', '', '', now(), {}, '', '' FROM milestones_milestone LIMIT 1"
)


def test_statements_from_before_seals_are_covered_and_no_more_can_be_added(record):
    moved("2028", record)
    sql(ANOTHER.format(1))
    cover_the_rest()
    assert set(Event.objects.head().data) == {"unsealed"}
    assert not any("without a seal" in fault for fault in verify_record())
    sql(ANOTHER.format(2))
    assert any("without a seal" in fault for fault in verify_record())


def test_nothing_is_written_into_an_empty_database(db):
    cover_the_rest()
    assert not Event.objects.exists()


def test_a_new_load_leaves_nothing_to_cover(record):
    cover_the_rest()
    assert Event.objects.count() == 1

"""Who writes holds what they named, and the record only from their position on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from common.dates import PlannedDate
from milestones.models import Milestone, Round
from milestones.services import (
    Item,
    add_dependency,
    apply_batch,
    keep_milestone,
    milestone_of,
    move_date,
    publish_assessment,
    publish_round,
    remove_milestone,
    set_baseline,
    stage,
    unstage,
    withdraw,
)
from proposals.models import Report
from record import locks
from record.models import Event
from record.services import NotHeld, UnsealedChange, open_change
from roadmap_file.loading import load
from tests.api.test_writing import Program
from tests.factories import as_file, milestone, roadmap
from tests.people import finding, person, recorded
from tests.snapshot import load_once


@pytest.fixture
def loaded(now):
    load_once(as_file(roadmap(milestone("PR-01"), milestone("PR-02"))), now=now)


def one(code="PR-01"):
    return Milestone.objects.select_related("proposal__report", "series", "current").get(code=code)


def move(change, code, to="2029"):
    return move_date(change, one(code), field="due", to=PlannedDate.parse(to), category="external")


def holds_the_record():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND objsubid = 1"
            " AND (classid::bigint << 32) + objid::bigint = %s",
            [locks.RECORD_LOCK],
        )
        return bool(cursor.fetchone()[0])


def under_the_lock(seen):
    """What was sent after the record's lock was asked for, but for the end of the transaction."""
    sent = [query["sql"] for query in seen]
    return sent[max(place for place, sql in enumerate(sent) if str(locks.RECORD_LOCK) in sql) + 1 :]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "act",
    [
        lambda change: move(change, "PR-02"),
        lambda change: change.keep([one("PR-02")]),
        lambda change: change.drop([one("PR-01")]),
        lambda change: keep_milestone(change, one(), added=False),
        lambda change: add_dependency(change, one(), one("PR-02"), by=person("editor")),
        lambda change: remove_milestone(change, one()),
        lambda change: withdraw(change, one(), by=person("editor"), reason="error"),
        lambda change: set_baseline(change, Report.objects.get(), name="Plan", by=person("editor")),
        lambda change: stage(change, Round(), [], by=person("editor")),
        lambda change: unstage(change, Round(), [], by=person("editor")),
        lambda change: publish_round(change, Round(), by=person("editor")),
        lambda change: apply_batch(change, [Item(one("PR-02"), finding(), ())], by=person("analyst")),
    ],
)
def test_what_a_change_did_not_name_it_cannot_write(loaded, act):
    before = Event.objects.position()
    with pytest.raises(NotHeld), open_change(of=milestone_of("PR-01")) as change:
        act(change)
    assert Event.objects.position() == before


@pytest.mark.django_db(transaction=True)
def test_the_record_is_held_from_the_position_on_and_not_before(now):
    load(as_file(roadmap(milestone("PR-01"))), now=now)
    with open_change(of=milestone_of("PR-01")) as change:
        assert not holds_the_record()
        assert change.position == Event.objects.position() + 1
        assert holds_the_record()
    with open_change():
        assert holds_the_record()


@pytest.mark.django_db
def test_a_lock_that_would_end_with_a_savepoint_is_refused(loaded):
    with open_change(of=milestone_of("PR-01")) as change, transaction.atomic(), pytest.raises(UnsealedChange, match="savepoint"):
        _position = change.position


@pytest.mark.django_db
def test_all_that_is_read_is_read_before_the_record_is_held(loaded, now):
    analyst, editor = person("analyst"), person("editor")
    waiting = recorded("PR-01", analyst, now=now)
    with CaptureQueriesContext(connection) as seen, open_change(by="E", of=milestone_of("PR-01")) as change:
        publish_assessment(change, waiting, by=editor)
    assert [sql.split()[0] for sql in under_the_lock(seen)][:1] == ["UPDATE"]
    assert len([sql for sql in under_the_lock(seen) if "record_event" in sql]) == 1
    assert not [sql for sql in under_the_lock(seen) if sql.startswith("SELECT")]
    with CaptureQueriesContext(connection) as seen, open_change(by="E", of=milestone_of("PR-02")) as change:
        move(change, "PR-02")
    assert [sql.split()[0] for sql in under_the_lock(seen)][:2] == ["INSERT", "UPDATE"]


@pytest.mark.django_db(transaction=True)
def test_over_the_api_too(now, client):
    load(as_file(roadmap(milestone("PR-01"), milestone("PR-02"))), now=now)
    analyst, editor = person("analyst"), person("editor")
    program = Program(client, editor, "assess", "review", "plan")
    waiting = recorded("PR-01", analyst, now=now)
    with CaptureQueriesContext(connection) as seen:
        assert program("post", f"updates/{waiting.uid}/publish/", {}).status_code == 200
    message, *_after = under_the_lock(seen)
    assert message.startswith("UPDATE")
    assert "record_event" in message
    waiting = recorded("PR-02", analyst, now=now)
    with CaptureQueriesContext(connection) as seen:
        assert program("post", f"updates/{waiting.uid}/publish/", {}, Idempotency_Key="one").status_code == 200
    _message, *after = under_the_lock(seen)
    assert [sql.split()[0] for sql in after[: after.index("COMMIT")]] == ["RELEASE", "RELEASE", "INSERT"]
    tag = program("get", "milestones/PR-02/")["ETag"]
    with CaptureQueriesContext(connection) as seen:
        answer = program("patch", "milestones/PR-02/", {"due": {"date": "2030-12-31"}, "reason": {"category": "external"}}, If_Match=tag)
    assert answer.status_code == 200
    assert answer["Record-Position"] == str(Event.objects.position())
    assert [sql.split()[0] for sql in under_the_lock(seen)][:2] == ["INSERT", "UPDATE"]


@pytest.mark.django_db(transaction=True)
def test_others_write_beside_who_named_what_they_touch(now):
    load(as_file(roadmap(milestone("PR-01"), milestone("PR-02"))), now=now)

    def elsewhere(*, alone, code):
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '200ms'")
            with open_change(of=None if alone else milestone_of(code)) as change:
                return move(change, code, "2028").position
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, open_change(of=milestone_of("PR-01")) as change:
        first = pool.submit(elsewhere, alone=False, code="PR-02").result()
        for alone, code in ((False, "PR-01"), (True, "PR-02")):
            with pytest.raises(OperationalError):
                pool.submit(elsewhere, alone=alone, code=code).result()
        assert move(change, "PR-01").position == first + 1

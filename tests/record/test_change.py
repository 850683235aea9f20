import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from milestones.models import Milestone, MilestoneVersion
from proposals.models import Proposal, ProposalVersion, Risk
from proposals.services import keep_thing, remove_thing
from record.chain import canonical, event_digest, hash_of
from record.guard import check_guard, lift_guard, put_guard
from record.models import Event, Installation
from record.services import UnsealedChange, begin_installation, open_change
from record.verify import verify_record
from tests.factories import as_file, milestone, roadmap
from tests.snapshot import load_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def loaded(now):
    load_once(as_file(roadmap(milestone("PR-01"), milestone("PR-02", predecessors=["PR-01"]))), now=now)


def rename(text, now):
    proposal = Proposal.objects.get()
    proposal.title_en = text
    proposal.save()
    with open_change(by="An editor", now=now) as change:
        keep_thing(change, proposal, added=False, fields=["title"])


def sql(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def faults():
    return list(verify_record())


def test_each_change_takes_the_next_position_and_names_the_hash_before(loaded, now):
    rename("One", now)
    rename("Two", now)
    events = list(Event.objects.all())
    assert [event.position for event in events] == [1, 2, 3]
    assert [event.previous for event in events] == ["", events[0].hash, events[1].hash]
    assert all(hash_of(event.text) == event.hash for event in events)
    assert events[2].actor == "An editor"


def test_a_version_is_current_from_its_own_position_until_the_next(loaded, now):
    rename("One", now)
    rename("Two", now)
    assert list(ProposalVersion.objects.order_by("first").values_list("title_en", "first", "last", "version")) == [
        ("Proposal in English", 1, 2, 1),
        ("One", 2, 3, 2),
        ("Two", 3, None, 3),
    ]
    assert [ProposalVersion.objects.at(position).get().title_en for position in (1, 2, 3)] == ["Proposal in English", "One", "Two"]
    assert ProposalVersion.objects.current().get().title_en == "Two"


def test_only_what_changed_gets_a_new_version(loaded, now):
    rename("One", now)
    assert set(MilestoneVersion.objects.values_list("first", "last")) == {(1, None)}


def test_what_is_rolled_back_leaves_no_trace(loaded, now):
    with pytest.raises(RuntimeError), open_change(now=now) as change:
        keep_thing(change, Proposal.objects.get(), added=False)
        raise RuntimeError
    assert Event.objects.count() == 1
    assert faults() == []


def test_versions_without_an_event_are_refused(loaded, now):
    with pytest.raises(UnsealedChange), open_change(now=now) as change:
        change.keep([Proposal.objects.get()])


def test_a_thing_kept_twice_before_its_event_is_refused(loaded, now):
    with pytest.raises(UnsealedChange), open_change(now=now) as change:
        change.keep([Proposal.objects.get()])
        change.keep([Proposal.objects.get()])


def test_a_removed_thing_stays_in_the_past_only(loaded, now):
    with open_change(now=now) as change:
        remove_thing(change, Risk.objects.get())
    from proposals.models import RiskVersion

    assert RiskVersion.objects.at(1).count() == 1
    assert RiskVersion.objects.current().count() == 0
    assert Event.objects.head().type == "risk.removed"
    assert faults() == []


def test_time_never_runs_backwards_along_the_record(loaded, now):
    rename("One", now - dt.timedelta(days=400))
    first, second = Event.objects.all()
    assert second.occurred_at >= first.occurred_at


def test_the_position_at_a_moment_is_the_last_reached(loaded, now):
    rename("One", now + dt.timedelta(days=2))
    assert Event.objects.position_at(now - dt.timedelta(days=1)) == 0
    assert Event.objects.position_at(now + dt.timedelta(days=1)) == 1
    assert Event.objects.position_at(now + dt.timedelta(days=3)) == 2


def test_an_installation_is_begun_once(now):
    begin_installation(now=now, time_zone="Asia/Almaty")
    begin_installation(now=now, time_zone="UTC", sample=True)
    assert Installation.objects.values_list("time_zone", "sample").get() == ("Asia/Almaty", False)


def test_equal_values_have_one_canonical_text():
    from decimal import Decimal

    one = {"b": Decimal("7500.0000"), "a": dt.datetime(2026, 1, 1, 3, tzinfo=dt.timezone(dt.timedelta(hours=3)))}
    other = {"a": dt.datetime(2026, 1, 1, tzinfo=dt.UTC), "b": Decimal("7.5E+3")}
    assert canonical(one) == canonical(other) == '{"a":"2026-01-01T00:00:00.000000+00:00","b":"7500"}'
    with pytest.raises(TypeError):
        canonical({"a": 0.1})


def test_an_events_digest_cannot_be_guessed_without_its_salt():
    facts = {"actor": "A", "data": {}, "opened": [], "closed": []}
    assert event_digest("1", **facts) != event_digest("2", **facts)


# The guard


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE record_event SET actor = 'Somebody else' WHERE position = 1",
        "UPDATE record_event SET hash = repeat('0', 64)",
        "DELETE FROM record_event",
        "TRUNCATE record_event",
        "UPDATE proposals_proposalversion SET title_en = 'Forged'",
        "UPDATE proposals_proposalversion SET first = 2",
        "DELETE FROM proposals_proposalversion",
        "TRUNCATE milestones_versionstanding",
        "TRUNCATE milestones_versiontexts CASCADE",
        "UPDATE milestones_versiontexts SET title_en = 'Forged'",
        "UPDATE milestones_milestoneversion SET title_en = 'Forged'",
        "UPDATE milestones_versionstanding SET texts_id = (SELECT max(id) FROM milestones_versiontexts)",
        "DELETE FROM milestones_milestoneversion",
        "UPDATE milestones_baselinedate SET due = '2030-12-31'",
        "DELETE FROM milestones_baselinedate",
        "TRUNCATE milestones_planchange",
        "UPDATE milestones_milestoneversion SET withheld = 2, digest = repeat('0', 64)",
    ],
)
def test_the_database_refuses_to_rewrite_the_record(loaded, statement):
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        sql(statement)


def test_a_closed_span_is_not_opened_again(loaded, now):
    rename("One", now)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        sql("UPDATE proposals_proposalversion SET last = NULL WHERE last = 2")


def test_a_plan_change_that_no_event_says_is_found(loaded):
    sql(
        "INSERT INTO milestones_planchange (milestone_id, field, after, after_precision, before_precision, category, note, public_by, changed_at, position, salt, digest)"
        " SELECT id, 'due', '2030-12-31', 'day', '', 'other', 'forged', '', now(), 1, '', '' FROM milestones_milestone LIMIT 1"
    )
    assert any("no event says it" in one for one in faults())


def test_a_missing_guard_is_an_error_of_the_system_check(loaded):
    assert check_guard(databases=["default"]) == []
    sql('ALTER TABLE record_event DISABLE TRIGGER "record_guard_rows"')
    (message,) = check_guard(databases=["default"])
    assert (message.id, "record_event" in message.msg) == ("record.W001", True)
    lift_guard()
    assert len(check_guard(databases=["default"])) > 15
    put_guard()
    sql('ALTER TABLE record_event ENABLE TRIGGER "record_guard_rows"')
    assert check_guard(databases=["default"]) == []


# What gets past the guard is found


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE proposals_proposalversion SET title_en = 'Forged'", "the content is not what was recorded"),
        ("UPDATE proposals_proposal SET title_en = 'Forged'", "differs from its current version in title_en"),
        ("DELETE FROM milestones_milestoneversion WHERE code = 'PR-02'", "has no current version"),
        ("UPDATE record_event SET data = '{}' WHERE position = 1", "the facts or the versions of this event"),
        ("UPDATE record_event SET actor = 'X' WHERE position = 2", "the facts or the versions of this event"),
        ("UPDATE record_event SET occurred_at = now() - interval '1 year' WHERE position = 2", "the chain is broken"),
        ("UPDATE record_event SET milestone = 'PR-01' WHERE position = 2", "the chain is broken"),
        ("DELETE FROM record_event WHERE position = 2", "versions were written without an event"),
        ("UPDATE record_event SET withheld = 1 WHERE position = 2", "which is no withdrawal"),
        ("DELETE FROM milestones_dependency", "differs from its current version in predecessors"),
        ("UPDATE proposals_proposalversion SET last = NULL", None),
    ],
)
def test_tampering_behind_the_guard_is_found(loaded, now, statement, found):
    rename("One", now)
    assert faults() == []
    lift_guard()
    if found is None:
        with pytest.raises(IntegrityError), transaction.atomic():
            sql(statement)
        return
    sql(statement)
    assert any(found in one for one in faults())


def test_a_rewritten_tail_is_found_by_a_hash_seen_earlier(loaded, now):
    from django.core.management import CommandError, call_command

    rename("One", now)
    seen = Event.objects.head().hash
    call_command("verify_record", head=seen)
    with pytest.raises(CommandError, match="tail was cut"):
        call_command("verify_record", head="0" * 64)


def test_the_nightly_task_logs_each_fault_as_an_error(loaded, caplog, request, settings, tmp_path):
    from record.tasks import verify_record as nightly

    settings.CHECKPOINT_DIR = tmp_path
    request.node.add_marker(pytest.mark.expects_errors)
    nightly()
    assert not caplog.records
    lift_guard()
    sql("UPDATE proposals_proposal SET title_en = 'Forged'")
    nightly()
    assert "differs from its current version" in caplog.text


@pytest.mark.expects_errors
def test_a_chain_written_anew_is_found_by_the_head_of_the_last_sound_night(loaded, now, caplog, settings, tmp_path):
    """Without any key: all that is left fits together, and the head of yesterday is not in it."""
    from record.tasks import verify_record as nightly

    settings.CHECKPOINT_DIR, settings.CHECKPOINT_KEYS = tmp_path / "kept", []
    rename("One", now)
    nightly()
    assert (tmp_path / "kept" / "head").read_text(encoding="utf-8") == Event.objects.head().hash
    assert not caplog.records
    with transaction.atomic():
        lift_guard()
        cut = Event.objects.head()
        sql("DELETE FROM record_event WHERE position = 2")
        sql("DELETE FROM proposals_proposalversion WHERE first = 2")
        sql("UPDATE proposals_proposalversion SET last = NULL WHERE last = 2")
        put_guard()
        rename("Two", now)
        nightly()
        transaction.set_rollback(True)
    assert f"does not hold the hash {cut.hash}" in caplog.text


def test_a_milestones_own_moment_is_that_of_its_event(loaded):
    event, row = Event.objects.get(), Milestone.objects.first()
    assert row.updated_at == event.occurred_at
    assert timezone.is_aware(row.updated_at)


def test_a_column_added_later_leaves_old_digests_true():
    from record.chain import row_digest

    content = {"title": "A", "days": 0}
    assert row_digest("s", content | {"new": "", "list": [], "flag": False, "none": None}) == row_digest("s", content)
    assert row_digest("s", content | {"days": None}) != row_digest("s", content)
    assert row_digest("s", content | {"title": ""}) != row_digest("s", content)


def test_another_time_zone_than_the_record_was_begun_in_is_a_warning(loaded, settings):
    from record.guard import check_time_zone

    assert check_time_zone(databases=["default"]) == []
    settings.TIME_ZONE = "Asia/Almaty"
    (message,) = check_time_zone(databases=["default"])
    assert message.id == "record.W002"

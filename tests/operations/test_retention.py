"""What is not the record goes after its days, and only that; the guide says of every table what makes it grow and what clears it."""

import datetime as dt
import re

import pytest
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.apps import apps
from django.conf import settings as conf
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Token
from accounts.tokens import make_token
from milestones.models import Assessment, Batch, ErrorReport, Evidence
from milestones.services import add_evidence
from notifications.models import Reminded
from operations.retention import AT_ONCE, KINDS, forget_what_is_old
from record.models import Event
from record.services import open_change
from record.verify import verify_record
from roadmap.celery import app
from tests.docs.test_guides import page, rows, section, words
from tests.factories import as_file, milestone, roadmap
from tests.people import person, published, recorded
from tests.snapshot import load_once

DAY = dt.timedelta(days=1)


def made(kind, at, who):
    """A row of a kind that is that old."""
    match kind:
        case "SIGN_INS":
            for model in (AccessAttempt, AccessFailureLog, AccessLog):
                tried = {"failures_since_start": 1} if model is AccessAttempt else {}
                one = model.objects.create(username=f"x{at:%j}", ip_address="192.0.2.1", user_agent="x", **tried)
                model.objects.filter(pk=one.pk).update(attempt_time=at)
        case "ADMIN_LOG":
            one = LogEntry.objects.create(user=who, content_type=ContentType.objects.first(), object_repr="x", action_flag=1)
            LogEntry.objects.filter(pk=one.pk).update(action_time=at)
        case "TOKENS":
            token, _text = make_token(user=who, name=str(at), scopes=["assess"])
            Token.objects.filter(pk=token.pk).update(revoked_at=at)
        case "REMINDERS":
            Reminded.objects.create(user=who, key=str(at), on=at.date())
        case "ERROR_REPORTS":
            ErrorReport.objects.create(path="/", text="x", created_at=at, closed_at=at, state="accepted", answer="Thanks")
        case "DRAFTS":
            one = recorded("PR-01" if at.day % 2 else "PR-02", who, now=at, action="draft")
            Assessment.objects.filter(pk=one.pk).update(updated_at=at)
            Evidence.objects.update(added_at=at)


MODELS = {
    "SIGN_INS": [AccessAttempt, AccessFailureLog, AccessLog],
    "ADMIN_LOG": [LogEntry],
    "TOKENS": [Token],
    "REMINDERS": [Reminded],
    "ERROR_REPORTS": [ErrorReport],
    "DRAFTS": [Assessment, Evidence],
}


def count(kind):
    return [model.objects.count() for model in MODELS[kind]]


@pytest.fixture
def begun(db, now, time_machine, settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {"default": settings.STORAGES["default"] | {"OPTIONS": {"location": str(tmp_path)}}}
    time_machine.move_to(now, tick=False)
    load_once(as_file(roadmap(milestone("PR-01"), milestone("PR-02"))), now=now)
    return now


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_goes_after_its_days_and_not_before(begun, settings, kind):
    who = person("analyst")
    settings.RETAIN = settings.RETAIN | {kind: 100}
    made(kind, begun - 101 * DAY, who)
    before = count(kind)
    made(kind, begun - 98 * DAY, who)
    if kind == "DRAFTS":
        Evidence.objects.filter(citations__assessment__updated_at__lt=begun - 100 * DAY).update(added_at=begun - 101 * DAY)
    gone = forget_what_is_old()
    assert gone[kind] == sum(before)
    assert count(kind) == before  # as many as there were old ones are left: the young
    settings.RETAIN = settings.RETAIN | {kind: 0}
    assert kind not in forget_what_is_old()


def test_what_is_published_waits_or_is_used_stays(begun, analyst, editor, settings):
    settings.RETAIN = dict.fromkeys(settings.RETAIN, 1)
    long_ago = begun - 900 * DAY
    published("PR-01", analyst, editor, now=begun)
    recorded("PR-02", analyst, now=begun)
    Evidence.objects.filter(cited=False).update(added_at=long_ago)
    Assessment.objects.filter(state="submitted").update(updated_at=long_ago)
    alive, _text = make_token(user=analyst, name="Alive", scopes=["assess"])
    Token.objects.update(created_at=long_ago)
    ErrorReport.objects.create(path="/", text="open", created_at=long_ago)
    before, head = [Assessment.objects.count(), Evidence.objects.count()], Event.objects.position()
    assert set(forget_what_is_old().values()) == {0}
    assert [Assessment.objects.count(), Evidence.objects.count()] == before
    assert Token.objects.filter(pk=alive.pk).exists()
    assert ErrorReport.objects.count() == 1
    assert (Event.objects.position(), verify_record()) == (head, [])


def test_the_file_of_loose_evidence_goes_with_it_and_many_go_in_pieces(begun, analyst, settings, django_capture_on_commit_callbacks):
    settings.RETAIN = settings.RETAIN | {"DRAFTS": 1, "REMINDERS": 1}
    with open_change(by=analyst.actor) as change:
        piece = add_evidence(change, by=analyst, values={"title": "T", "kind": "official"}, file=SimpleUploadedFile("a.txt", b"loose"))
    Evidence.objects.update(added_at=begun - 2 * DAY)
    storage, name = piece.file.storage, piece.file.name
    assert storage.exists(name)
    Batch.objects.create(made_at=begun - 2 * DAY, made_by=analyst)
    Reminded.objects.bulk_create(Reminded(user=analyst, key=str(number), on=(begun - 3 * DAY).date()) for number in range(2 * AT_ONCE + 1))
    with django_capture_on_commit_callbacks(execute=True):
        gone = forget_what_is_old()
    assert (gone["DRAFTS"], gone["REMINDERS"], storage.exists(name)) == (2, 2 * AT_ONCE + 1, False)


def test_the_night_does_it():
    assert "operations.retention.forget_what_is_old" in {one["task"] for one in app.conf.beat_schedule.values()}
    assert "operations.retention.forget_what_is_old" in app.tasks


def test_the_guide_says_of_every_table_what_clears_it():
    named = rows(section(page("docs/operator.md"), "What grows"))
    tables = [table for row in named for table in words(row[0])]
    there = {model._meta.db_table for model in apps.get_models(include_auto_created=True) if model._meta.managed} | {"django_migrations"}
    assert sorted(tables) == sorted(set(tables))
    assert set(tables) == there
    said = set(re.findall(r"RETAIN_(\w+)", " ".join(row[2] for row in named)))
    assert said == set(KINDS) == set(conf.RETAIN)

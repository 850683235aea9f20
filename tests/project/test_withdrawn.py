"""What was withdrawn is nowhere any more: in no column of any table, in no file, in no cache, in no answer of any position.

Each kind is published with a mark in every one of its texts, then read, exported, mailed and told to programs, so that whatever
keeps a copy has one.
"""

import datetime as dt
import gzip
import io
import json
import pickle
import zipfile

import pypdf
import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from accounts.models import KeptAnswer
from accounts.tokens import make_token
from common.dates import PlannedDate
from exports.formats import FORMATS
from exports.making import ask_for, contents_of, make
from exports.models import Export
from exports.tasks import make_waiting_exports
from milestones.models import Assessment, Evidence, Milestone
from milestones.services import (
    add_evidence,
    confirm_assessment,
    edit_draft,
    keep_milestone,
    move_date,
    publish_assessment,
    return_assessment,
    submit_assessment,
    translate,
    withdraw,
)
from notifications.following import write_digest
from notifications.models import Delivery, Follower, Mail
from notifications.reminders import remind
from notifications.webhooks.fanning import fan_out
from notifications.webhooks.registering import add_webhook
from notifications.webhooks.sending import letter_of
from proposals.models import Indicator, Risk
from proposals.services import assess_risk, record_value
from record.models import Event
from record.moments import now as current_moment
from record.services import open_change
from record.verify import verify_record
from roadmap_file.loading import load
from tests.factories import as_file, milestone, roadmap, texts
from tests.people import a_source, person, published, recorded
from tests.record.test_as_of import API, FILES, PAGES, VIEWS
from tests.snapshot import load_once

pytestmark = pytest.mark.django_db

MARK = "zqgone"
WORD = "libellous"
"""What a reader searches for; not the mark, which the page of a search would repeat."""
DAY = dt.timedelta(days=1)


@pytest.fixture
def folder(settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {"default": settings.STORAGES["default"] | {"OPTIONS": {"location": str(tmp_path)}}}
    return tmp_path


@pytest.fixture(autouse=True)
def _roadmap(db, folder, now, time_machine):
    time_machine.move_to(now, tick=False)
    load_once(as_file(roadmap(milestone("PR-01"), milestone("PR-02", due="2026-Q1"))), now=now)


# What each kind says


def a_marked_source(by):
    values = {name: f"{WORD} {MARK}-{name}" for name in ("title", "publisher")} | {
        "kind": "official",
        "address": f"https://{MARK}.example/a",
    }
    values |= {"archive_address": f"https://archive.example/{MARK}"}
    with open_change(by=by.actor) as change:
        return add_evidence(change, by=by, values=values, file=SimpleUploadedFile(f"{MARK}.txt", f"{MARK}-file".encode()))


def an_assessment(analyst, editor, now, client):
    """Returned once with a comment, confirmed twice: one of the confirmations still waits. The rest rests on another finding."""
    published("PR-01", analyst, editor, now=now, status="achieved", completed_on=dt.date(2026, 10, 1), effective_on=dt.date(2026, 10, 1))
    _token, text = make_token(user=analyst, name="Test", scopes=["assess"])
    body = {
        "status": "in_progress",
        "summary": f"{WORD} {MARK}-summary",
        "internal_note": f"{WORD} {MARK}-note",
        "reason": f"{WORD} {MARK}-reason",
        "effective_on": "2026-11-01",
        "language": "en",
        "evidence": [{"url": "https://sample.example/a", "title": "A sample page", "kind": "official"}],
        "action": "submit",
    }
    headers = {"Authorization": f"Bearer {text}", "Idempotency-Key": "one"}
    made = client.post("/api/v1/milestones/PR-01/updates/", json.dumps(body), content_type="application/json", headers=headers)
    assert made.status_code == 201, made.content
    one = Assessment.objects.get(uid=made.json()["id"])
    with open_change(by=editor.actor, now=now) as change:
        return_assessment(change, one, by=editor, comment=f"{WORD} {MARK}-comment")
        edit_draft(change, one, by=analyst, values={"confidence": "high"})
        submit_assessment(change, one, by=analyst)
        publish_assessment(change, one, by=editor)
        translate(change, one, language="kk", summary=f"{WORD} {MARK}-translated", by=analyst)
    for again in range(2):
        with open_change(by=analyst.actor, now=now) as change:
            confirmation = confirm_assessment(change, Milestone.objects.get(code="PR-01"), by=analyst)
            if not again:
                publish_assessment(change, confirmation, by=editor)
    return one


def a_piece_of_evidence(analyst, editor, now, client):
    source = a_marked_source(analyst)
    published("PR-01", analyst, editor, now=now, evidence=[(source, "supports")])
    recorded("PR-02", analyst, now=now, evidence=[(source, "supports")])
    return source


def a_translation(analyst, editor, now, client):
    one = published("PR-01", analyst, editor, now=now, language="ru", summary="Работа идёт")
    with open_change(by=analyst.actor, now=now) as change:
        return translate(change, one, language="en", summary=f"{WORD} {MARK}-translated", by=analyst)


def a_moved_date(analyst, editor, now, client):
    with open_change(by=editor.actor, now=now) as change:
        move_date(
            change, Milestone.objects.get(code="PR-01"), field="due", to=PlannedDate.parse("2029"), category="other", note=f"{WORD} {MARK}-note",
            by=editor,
        )  # fmt: skip
    return Milestone.objects.get(code="PR-01").plan_changes.get()


def a_judged_risk(analyst, editor, now, client):
    with open_change(by=editor.actor, now=now) as change:
        return assess_risk(change, Risk.objects.get(), likelihood=2, impact=2, by=editor, note=f"{WORD} {MARK}-note")


def a_measured_value(analyst, editor, now, client):
    with open_change(by=editor.actor, now=now) as change:
        return record_value(
            change, Indicator.objects.get(), measured=PlannedDate.parse("2025"), value=3, by=editor, source_title=f"{WORD} {MARK}-title",
            source_address=f"https://{MARK}.example/", note=f"{WORD} {MARK}-note",
        )  # fmt: skip


def a_marked_file():
    marked, short = (texts("Step") | {"en": f"{WORD} {MARK}-{name}"} for name in ("title", "short"))
    said = {"title": marked, "short_title": short, "description": dict(marked)}
    return as_file(roadmap(milestone("PR-01", **said), milestone("PR-02", due="2026-Q1")))


def an_earlier_title(analyst, editor, now, client):
    """It came with the file, and was put right by an ordinary edit; what it said before has to go."""
    load(a_marked_file(), now=now)
    one = Milestone.objects.get(code="PR-01")
    one.title_en = one.short_title_en = one.description_en = "Put right"
    with open_change(by=editor.actor, now=now) as change:
        one.save(update_fields=["title_en", "short_title_en", "description_en"])
        keep_milestone(change, one, added=False, fields=["title_en", "short_title_en", "description_en"])
    return one


KINDS = [an_assessment, a_translation, a_piece_of_evidence, a_moved_date, a_judged_risk, a_measured_value, an_earlier_title]


# Whatever keeps a copy


def addresses():
    """Every page, answer and file that could hold a word of it."""
    paths = [f"/api/v1/{path}" for path in API] + [f"/{path}" for path in (*PAGES, *VIEWS, *FILES)]
    paths += [f"/api/v1/updates/{one.uid}/" for one in Assessment.objects.all()]
    for one in Evidence.objects.all():
        paths += [f"/api/v1/evidence/{one.uid}/", f"/api/v1/evidence/{one.uid}/file/", f"/evidence/{one.uid}/file/"]
    paths += [f"/search/?q={WORD}", f"/api/v1/milestones/?q={WORD}", "/exports/"]
    paths += [f"/exports/{one.uid}/{part}" for one in Export.objects.all() for part in ("", "file/")]
    return paths


def at_the_desk():
    paths = [
        "/desk/",
        "/desk/milestones/PR-01/",
        "/desk/milestones/PR-01/dates/",
        "/desk/files/assessments.xlsx",
        "/desk/files/assessments.csv",
    ]
    paths += [f"/desk/assessments/{one.uid}/" for one in Assessment.objects.all()]
    paths += [f"/desk/evidence/{one.uid}/" for one in Evidence.objects.all()]
    paths += [f"/admin/milestones/{name}/" for name in ("assessment", "translation", "evidence", "planchange", "milestone")]
    return [*paths, "/admin/proposals/riskassessment/", "/admin/proposals/indicatorvalue/", "/admin/record/event/"]


def unpacked(content):
    """The text inside of whatever it is packed in."""
    if content.startswith(b"\x1f\x8b"):
        return unpacked(gzip.decompress(content))
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return "".join(archive.read(name).decode(errors="replace") for name in archive.namelist())
    if content.startswith(b"%PDF-"):
        return " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
    return content.decode(errors="replace")


def answers_with_it(client, editor, positions):
    """Addresses whose answers hold the mark: to anybody, now and at these positions, and at the desk."""
    found = []
    for moment in ["", *(f"at={position}" for position in positions)]:
        client.logout()
        for path in addresses():
            address = path if not moment else path + ("&" if "?" in path else "?") + moment
            if MARK in told(client, address):
                found.append(address)
    client.force_login(editor)
    found += [path for path in (*at_the_desk(), *addresses()) if MARK in told(client, path)]
    client.logout()
    return found


def told(client, path):
    response = client.get(path, headers={"Accept-Encoding": "gzip", "Accept-Language": "en"})
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return unpacked(body) + str(dict(response.headers))


def tables_with_it():
    """All columns of all tables as one text, and what PostgreSQL holds packed."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'")
        for (table,) in cursor.fetchall():
            cursor.execute(
                f'SELECT count(*) FROM "{table}" AS rows WHERE rows::text ILIKE %s OR rows::text ILIKE %s',
                [f"%{MARK}%", f"%{MARK.encode().hex()}%"],
            )
            if cursor.fetchone()[0]:
                found.append(table)
    found += ["django_session" for one in Session.objects.all() if MARK in str(one.get_decoded())]
    return sorted(found)


def files_with_it(folder):
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and (MARK in unpacked(path.read_bytes()) or MARK in path.name)
    )


def kept_with_it():
    """Keys of what is kept in memory."""
    return [key for key, value in cache._cache.items() if MARK in in_words(pickle.loads(value))]


def in_words(value):
    if isinstance(value, bytes):
        return unpacked(value)
    if isinstance(value, dict):
        return in_words([*value.keys(), *value.values()])
    return " ".join(map(in_words, value)) if isinstance(value, list | tuple | set) else str(value)


@pytest.fixture
def everybody_is_told(client, analyst, editor, now, settings):
    """Reads, exports, mails and tells all that there is at this moment."""
    settings.FETCH_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    follower = Follower.objects.create(
        email="r@mail.example", frequency="daily", language="en", created_at=now - DAY, confirmed_at=now - DAY, told_on=(now - DAY).date()
    )
    webhook = add_webhook(owner=editor, name="All", address="http://127.0.0.1:9/", now=now)

    def tell():
        assert write_digest(follower.pk, now=now)
        for one in (analyst, editor):
            remind(one.pk, now=now)
        fan_out(webhook.pk, now=now)
        for kind in (ending for ending, form in FORMATS.items() if form.whole and form.filtered):
            assert make(ask_for(kind, "", current_moment()).pk)
        ask_for("json", "status=in_progress", current_moment())  # waits for a worker
        newest = Event.objects.position()
        return answers_with_it(client, editor, [newest - 1, newest])

    tell.people = (analyst, editor)
    return tell


@pytest.mark.long
@pytest.mark.parametrize("make_one", KINDS)
def test_nothing_withdrawn_is_left_anywhere(make_one, everybody_is_told, client, folder, now, django_capture_on_commit_callbacks):
    analyst, editor = everybody_is_told.people
    one = make_one(analyst, editor, now, client)
    seen = everybody_is_told()
    before = Event.objects.position()
    assert seen, "else what follows would find nothing for the wrong reason"
    assert tables_with_it()
    assert KeptAnswer.objects.count() == (make_one is an_assessment)
    with django_capture_on_commit_callbacks(execute=True), open_change(by=editor.actor, now=now) as change:
        withdraw(change, one, by=editor, reason="personal")
    assert (tables_with_it(), files_with_it(folder), kept_with_it()) == ([], [], [])
    assert answers_with_it(client, editor, [before - 1, before]) == []
    assert [position for position in range(1, before + 1) if MARK in str(Event.objects.get(position=position).data)] == []
    assert [one for one in Delivery.objects.all() if MARK in str(letter_of(one))] == []
    assert (tables_with_it(), files_with_it(folder), kept_with_it()) == ([], [], []), "and nothing of it came back"
    assert Mail.objects.exists()
    assert verify_record() == []


def test_a_file_of_a_withdrawal_whose_process_died_goes_within_a_minute(analyst, editor, folder, now, client):
    one = a_moved_date(analyst, editor, now, client)
    assert make(ask_for("json", "", current_moment()).pk)
    with open_change(by=editor.actor, now=now) as change:
        withdraw(change, one, by=editor, reason="personal")
    assert files_with_it(folder), "nothing ran after the commit"
    make_waiting_exports()
    assert files_with_it(folder) == []


def test_a_load_of_the_same_file_does_not_bring_back_what_was_put_right_and_withdrawn(analyst, editor, now, client):
    one = an_earlier_title(analyst, editor, now, client)
    with open_change(by=editor.actor, now=now) as change:
        withdraw(change, one, by=editor, reason="personal")
    load(a_marked_file(), now=now)
    assert Milestone.objects.get(code="PR-01").title_en == "Put right"
    assert tables_with_it() == [], "nor in what is kept of the file"


def test_what_was_not_withdrawn_is_the_files_still(analyst, editor, now, client):
    one = an_earlier_title(analyst, editor, now, client)
    with open_change(by=editor.actor, now=now) as change:
        withdraw(change, one, by=editor, reason="personal")
    newer = milestone("PR-01", title=texts("Step"), criterion=texts("Another proof"))
    load(as_file(roadmap(newer, milestone("PR-02", due="2026-Q1"))), now=now)
    one.refresh_from_db()
    assert (one.title_en, one.criterion_en) == ("Put right", "Another proof in English")


def test_a_draft_of_ones_own_words_keeps_them_when_what_stands_is_withdrawn(analyst, editor, now):
    one = published("PR-01", analyst, editor, now=now, summary="Slander")
    own, same, elsewhere = (
        recorded(code, person("analyst", name), now=now, action="draft", summary=summary)
        for code, name, summary in (("PR-01", "a", "My own."), ("PR-01", "b", "Slander"), ("PR-02", "c", "Slander"))
    )
    with open_change(by=editor.actor, now=now) as change:
        withdraw(change, one, by=editor, reason="libel")
    for draft in (own, same, elsewhere):
        draft.refresh_from_db()
    assert [draft.summary for draft in (own, same, elsewhere)] == ["My own.", "", "Slander"]
    assert [one["field"] for one in same.edited_since(1)] == ["summary"], "who has it open is told"


def test_of_what_was_withdrawn_files_hold_stubs_and_of_evidence_nothing(now, analyst, editor):
    stays, goes = (a_source(analyst, title=title, address=f"https://sample.example/{title}") for title in ("Stays", "Goes"))
    secret = a_source(analyst, title="Secret", address="https://sample.example/secret", confidential=True)
    cites = [(one, "supports") for one in (stays, goes, secret)]
    findings = [published(code, analyst, editor, now=now, evidence=cites) for code in ("PR-01", "PR-02")]
    with open_change(now=now) as change:
        for code in ("PR-01", "PR-02"):
            move_date(change, Milestone.objects.get(code=code), field="due", to=PlannedDate.parse("2029"), category="political")
        for row in (goes, findings[0], Milestone.objects.get(code="PR-01").plan_changes.get()):
            withdraw(change, row, by=editor, reason="libel")
    tables = {
        table.name: [dict(zip(table.names, row, strict=True)) for row in table.rows()] for table in contents_of("", current_moment()).tables
    }
    assert [row["title"] for row in tables["evidence"]] == ["Stays", "Stays"]
    for name in ("assessments", "plan_changes"):
        assert [(row["milestone"], row["withheld"]) for row in tables[name]] == [("PR-01", True), ("PR-02", False)]

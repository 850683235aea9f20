"""Planted secrets: no page, file or answer gives them to anybody who may not see them, at any position, in any filter.

The words are looked for in every answer that the table of addresses names, as every role.
"""

import io
import zipfile
from functools import cache as cache_of_calls

import pypdf
import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client

from accounts.models import Token, User
from exports.formats import FORMATS
from exports.making import ask_for, make
from exports.models import Export
from milestones.models import Assessment, Batch, Evidence, Milestone, Round
from milestones.services import (
    Item,
    add_evidence,
    apply_batch,
    open_round,
    publish_assessment,
    return_assessment,
    stage,
    withdraw,
)
from record.models import Event
from record.moments import now as current_moment
from record.services import open_change
from tests.people import a_source, finding, person, recorded
from tests.project.test_access import TABLE, named

pytestmark = pytest.mark.django_db

MARK = "zqsecret"
WORDS = {
    "confidential evidence": f"{MARK}-confidential",
    "file": f"{MARK}-file",
    "internal note": f"{MARK}-note",
    "draft": f"{MARK}-draft",
    "submitted": f"{MARK}-submitted",
    "returned": f"{MARK}-returned",
    "comment": f"{MARK}-comment",
    "batch": f"{MARK}-batch",
    "round": f"{MARK}-round",
    "withdrawn": f"{MARK}-withdrawn",
    "withdrawn evidence": f"{MARK}-gone",
    "login": f"{MARK}-login",
    "token": f"{MARK}-token",
}
EXTRA = [
    "?q=zqsecret", "?lang=en", "?lang=kk", "?format=json", "?fields=code", "?status=in_progress", "?has_evidence=true", "?page_size=500",
    "?at={position}", "?as_of=2026-11-23",
]  # fmt: skip
ROLES = ["anonymous", "stakeholder", "analyst elsewhere", "token elsewhere"]


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path, time_machine, now):
    settings.STORAGES = settings.STORAGES | {"default": settings.STORAGES["default"] | {"OPTIONS": {"location": str(tmp_path)}}}
    time_machine.move_to(now, tick=False)


@pytest.fixture
def planted(rk2030, now):
    """On milestones of SM: everything that is not everybody's business."""
    author = person("analyst", WORDS["login"], public_name="The author", email=f"{MARK}@mail.example")
    editor = person("editor", f"{WORDS['login']}-editor", public_name="The editor")
    Token.objects.create(user=author, name=WORDS["token"], scopes=["read"], digest="0" * 64, created_at=now)
    with open_change(now=now) as change:
        values = {
            "address": f"https://{MARK}-confidential.example",
            "title": WORDS["confidential evidence"],
            "kind": "interview",
            "confidential": True,
        }
        secret = add_evidence(change, by=author, values=values, file=SimpleUploadedFile("a.txt", WORDS["file"].encode()))
    public = recorded(
        "SM-01", author, now=now, internal_note=WORDS["internal note"], evidence=[(secret, "supports"), (a_source(author), "supports")]
    )
    gone_source = a_source(author, title=WORDS["withdrawn evidence"], address=f"https://{MARK}-gone.example")
    gone = recorded("SM-02", author, now=now, summary=WORDS["withdrawn"], evidence=[(gone_source, "supports")])
    for assessment in (public, gone):
        with open_change(by=editor.actor, now=now) as change:
            publish_assessment(change, assessment, by=editor)
    for row in (gone, gone_source):
        with open_change(by=editor.actor, now=now) as change:
            withdraw(change, row, by=editor, reason="libel")
    recorded("SM-03", author, now=now, action="draft", summary=WORDS["draft"])
    submitted = recorded("SM-04", author, now=now, summary=WORDS["submitted"])
    returned = recorded("SM-05", author, now=now, summary=WORDS["returned"])
    with open_change(by=editor.actor, now=now) as change:
        return_assessment(change, returned, by=editor, comment=WORDS["comment"])
        round_ = open_round(change, name=WORDS["round"], by=editor)
        stage(change, round_, [submitted], by=editor)
        another = Milestone.objects.select_related("proposal__report").get(code="SM-06")
        batch = apply_batch(change, [Item(another, finding(summary=WORDS["batch"]), ((secret, "supports"),))], by=author)
    for kind in (ending for ending, form in FORMATS.items() if form.whole and form.is_possible()):
        assert make(ask_for(kind, "", current_moment()).pk)
    return {"<private>": secret.uid, "<submitted>": submitted.uid, "<round>": round_.uid, "<batch>": batch.uid}


def addresses(planted):
    paths = [named(path, planted) for path in TABLE if not path.startswith("accounts/")]
    paths += [f"/milestones/SM-0{n}/" for n in range(1, 6)] + [f"/desk/milestones/SM-0{n}/" for n in range(1, 6)]
    paths += [f"/api/v1/milestones/SM-0{n}/{part}" for n in range(1, 6) for part in ("", "updates/", "history/", "plan-changes/")]
    paths += [f"/api/v1/updates/{one.uid}/" for one in Assessment.objects.all()]
    paths += [f"/api/v1/evidence/{one.uid}/" for one in Evidence.objects.all()]
    paths += [f"/evidence/{one.uid}/file/" for one in Evidence.objects.all()]
    paths += [f"/desk/assessments/{one.uid}/" for one in Assessment.objects.all()]
    paths += [f"/desk/evidence/{one.uid}/" for one in Evidence.objects.all()]
    paths += [f"/desk/withdraw/{one._meta.model_name}/{one.pk}/" for model in (Assessment, Evidence) for one in model.objects.all()]
    paths += [f"/desk/batches/{one.uid}/" for one in Batch.objects.all()] + [f"/api/v1/rounds/{one.uid}/" for one in Round.objects.all()]
    paths += [f"/exports/{one.uid}/{part}" for one in Export.objects.all() for part in ("", "file/")]
    newest = Event.objects.position()
    for path in (
        "/",
        "/milestones/",
        "/milestones/SM-01/",
        "/milestones/SM-02/",
        "/search/",
        "/changes/",
        "/timeline/",
        "/feed.atom",
        "/calendar.ics",
        "/milestones.csv",
        "/milestones.json",
        "/api/v1/milestones/",
        "/api/v1/updates/",
        "/api/v1/evidence/",
        "/api/v1/summary/",
        "/compare/",
    ):
        paths += [
            path + extra.replace("{position}", str(position))
            for extra in EXTRA
            for position in (range(1, newest + 1) if "{" in extra else [1])
        ]
    return paths


def text_of(response):
    body = response.getvalue()
    return (unpacked(body) if body.startswith((b"PK", b"%PDF-")) else body.decode(errors="replace")) + str(dict(response.headers))


@cache_of_calls
def unpacked(body):
    if body.startswith(b"%PDF-"):
        return " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(body)).pages)
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return b"".join(map(archive.read, archive.namelist())).decode(errors="replace")


def leaks(client, planted, allowed=(), **headers):
    found = {}
    for path in addresses(planted):
        cache.clear()
        text = text_of(client.get(path, **headers)).replace("?q=zqsecret", "").replace("q=zqsecret", "")
        hits = [word for word in WORDS.values() if word in text and word not in allowed]
        if hits:
            found[path] = hits
    return found


def told(role, planted, now):
    """The leaks that one role meets, who comes to the site as the others found it."""
    client, headers = Client(), {}
    if role == "token elsewhere":
        text = Token.new_text()
        user = person("analyst", "user", remit=["AF"])
        Token.objects.create(user=user, name="t", scopes=["read", "assess"], digest=Token.digest_of(text), created_at=now)
        headers = {"headers": {"Authorization": f"Bearer {text}"}}
    elif role != "anonymous":
        kind = role.split()[0]
        client.force_login(person(kind, "user", remit=["AF"] if kind == "analyst" else []))
    return leaks(client, planted, **headers)


@pytest.mark.long
def test_no_secret_reaches_who_may_not_see_it(planted, now):
    """All roles in one test: what is planted, with a file in each format, takes long to make and to read."""
    assert len(addresses(planted)) > 200
    found = {}
    for role in ROLES:
        with transaction.atomic():
            found[role] = told(role, planted, now)
            transaction.set_rollback(True)
    assert found == {role: {} for role in ROLES}


@pytest.mark.long
def test_the_words_are_really_there_for_those_who_may(planted, client):
    """Else the test above would find nothing for the wrong reason."""
    client.force_login(User.objects.get(username=f"{WORDS['login']}-editor"))
    seen = {word for words in leaks(client, planted).values() for word in words}
    assert set(WORDS.values()) - seen == {WORDS["withdrawn"], WORDS["withdrawn evidence"], WORDS["token"]}


def test_filters_and_counts_do_not_tell(planted, client):
    """A search that would find a secret finds nothing, and confidential evidence is in no number."""
    assert client.get("/api/v1/milestones/?q=zqsecret").json()["count"] == 0
    assert client.get("/api/v1/milestones/SM-01/").json()["evidence_count"] == 1
    assert client.get("/api/v1/evidence/").json()["count"] == 1
    assert {one["milestone"] for one in client.get("/api/v1/updates/").json()["results"]} == {"SM-01", "SM-02"}
    assert client.get("/api/v1/rounds/").json()["count"] == 0
    events = str(list(Event.objects.values()))
    assert MARK not in events

"""Every type of problem has a page, with a request that really met it."""

import json
import os
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from rest_framework.throttling import AnonRateThrottle

from accounts.idempotency import lock_number
from common.api.problems import PROBLEMS
from common.dates import PlannedDate
from milestones.api.views import ProposalDetail
from milestones.models import Milestone
from milestones.services import move_date, withdraw
from pages.api.problems import MEANINGS
from record.locks import INSTALLATION_LOCK
from record.services import open_change
from tests.api.test_writing import Program
from tests.people import person
from tests.signing import signed

KEPT = Path(__file__).parents[2] / "pages" / "api" / "problems.json"
LANGUAGES = ("ru", "en", "kk")
KEY = "a-key-of-yours"
FOUND = '{"status": "in_progress", "summary": "Work goes on.", "effective_on": "2026-11-01", "language": "en"}'
REQUESTS = {
    "invalid": ("POST", "milestones/AF-03/updates/", {}, FOUND.replace("2026-11-01", "in autumn")),
    "malformed": ("POST", "milestones/AF-03/updates/", {}, '{"status": "in_progress",'),
    "unknown-parameter": ("GET", "milestones/?status=finished", {}, ""),
    "not-authenticated": ("GET", "me/", {}, ""),
    "not-allowed": ("POST", "baselines/", {}, '{"report": "RK2030", "name": "2027"}'),
    "not-found": ("GET", "milestones/AF-99/", {}, ""),
    "before-the-record": ("GET", "milestones/?as_of=2020-01-01", {}, ""),
    "method-not-allowed": ("DELETE", "summary/", {}, ""),
    "not-acceptable": ("GET", "proposals/", {"Accept": "text/csv"}, ""),
    "not-signed-yet": ("GET", "milestones/AF-03/proof/", {}, ""),
    "withdrawn": ("GET", "milestones/AF-03/proof/?at=1", {}, ""),
    "refused": ("POST", "milestones/AF-03/confirm/", {}, "{}"),
    "still-running": ("POST", "milestones/AF-03/confirm/", {"Idempotency-Key": KEY}, "{}"),
    "stale": ("PATCH", "milestones/AF-03/", {"If-Match": '"1.0f6c1d2e3a4b5c6d7e8f9a0b"'}, '{"title_i18n": {"en": "A sample"}}'),
    "too-large": ("POST", "milestones/AF-03/updates/", {}, FOUND.replace("Work goes on.", "Work goes on. " * 400_000)),
    "unsupported-media-type": ("POST", "milestones/AF-03/updates/", {"Content-Type": "text/plain"}, "Work goes on."),
    "key-reused": ("POST", "milestones/AF-03/updates/", {"Idempotency-Key": KEY}, FOUND),
    "precondition-required": ("PATCH", "milestones/AF-03/", {}, '{"title_i18n": {"en": "A sample"}}'),
    "too-many-requests": ("GET", "summary/", {}, ""),
    "nul-byte": ("GET", "milestones/?q=%00", {}, ""),
    "server-error": ("GET", "proposals/AF/", {}, ""),
    "unavailable": ("POST", "milestones/AF-03/confirm/", {}, "{}"),
}
AS_NOBODY = {"not-authenticated", "too-many-requests"}


def text_of(method, path, headers, body):
    """A request as the page shows it; a very long body is cut."""
    lines = [f"{method} /api/v1/{path}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\n".join([*lines, *(["", body if len(body) < 1000 else f"{body[:80]}…"] if body else [])])


@pytest.fixture
def meet(rk2030, client, time_machine, now, monkeypatch):
    """Bring about each type of problem, and send its request in a language."""
    time_machine.move_to(now, tick=False)
    analyst = Program(client, person("analyst", remit=["*"]), "assess", "plan")
    editor = Program(client, person("editor"), "assess", "plan")
    client.raise_request_exception = False

    def before(kind, request):
        if kind == "stale":
            seen = editor("get", "milestones/AF-03/")["ETag"]
            assert editor("patch", "milestones/AF-03/", {"title_i18n": {"en": "Another sample"}}, If_Match=seen).status_code == 200
        if kind == "key-reused":
            assert analyst("post", "milestones/AF-03/updates/", "{}", Idempotency_Key=KEY).status_code == 400
        if kind == "still-running":
            hold(request, lock_number(f"{analyst.user.pk}:{KEY}"))
        if kind == "too-many-requests":
            monkeypatch.setattr(AnonRateThrottle, "THROTTLE_RATES", {"anon": "1/min"})
            assert client.get("/api/v1/summary/").status_code == 200
        monkeypatch.setattr(ProposalDetail, "get", lambda *_args, **_names: 1 / 0)  # only who asks for a server error comes here
        if kind == "unavailable":
            hold(request, INSTALLATION_LOCK)
            connection.cursor().execute("SET LOCAL lock_timeout = '50ms'")

    def send(kind, language):
        method, path, headers, body = REQUESTS[kind]
        who = {} if kind in AS_NOBODY else analyst.auth
        asked = {"Accept-Language": language} | {name: value for name, value in headers.items() if name != "Content-Type"} | who
        content = headers.get("Content-Type", "application/json")
        return client.generic(method, f"/api/v1/{path}", body, content_type=content, headers=asked)

    return before, send


@pytest.fixture
def _withdrawn(meet, request, settings, tmp_path, now):
    """The first version of AF-03, under a checkpoint."""
    if request.getfixturevalue("kind") != "withdrawn":
        return
    editor = person("editor", "another")
    with open_change(by=editor.actor, now=now) as change:
        move_date(change, Milestone.objects.get(code="AF-03"), field="due", to=PlannedDate.parse("2029"), category="external", by=editor)
    with open_change(by=editor.actor, now=now) as change:
        withdraw(change, Milestone.objects.get(code="AF-03"), by=editor, reason="mistake")
    signed(settings, tmp_path, now)


def hold(request, number):
    """Hold a lock on a second connection to the test database until the end of the test."""
    other = connection.copy()
    request.addfinalizer(other.close)
    other.cursor().execute("SELECT pg_advisory_lock(%s)", [number])


@pytest.mark.django_db
@pytest.mark.usefixtures("_withdrawn")
@pytest.mark.parametrize(
    "kind", [pytest.param(one, marks=pytest.mark.expects_errors) if one == "server-error" else one for one in PROBLEMS]
)
def test_the_page_of_a_problem_shows_how_one_met_it(meet, kind, request):
    """After a change that is meant: ``WRITE_EXAMPLES=1`` for this file, with ``-n 0``."""
    before, send = meet
    before(kind, request)
    answers = {}
    for language in LANGUAGES:
        answer = send(kind, language)
        assert (answer.status_code, answer["Content-Type"]) == (PROBLEMS[kind].status, "application/problem+json")
        answers[language] = answer.json()
    said = {"request": text_of(*REQUESTS[kind]), "answers": answers}
    kept = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    if os.environ.get("WRITE_EXAMPLES"):
        kept[kind] = said
        KEPT.write_text(json.dumps(dict(sorted(kept.items())), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert kept[kind] == said
    assert [one["type"] for one in answers.values()] == [f"/api/v1/problems/{kind}/"] * 3


def test_nothing_is_kept_or_explained_that_is_no_type():
    assert set(json.loads(KEPT.read_text(encoding="utf-8"))) == set(MEANINGS) == set(PROBLEMS)


@pytest.mark.django_db
def test_where_the_type_leads_is_said_what_helps(client):
    html = client.get("/api/v1/problems/stale/?lang=en").content.decode()
    assert "Somebody changed it meanwhile" in html
    assert "412 Precondition Failed" in html
    assert "read anew, then decide" in html
    assert "If-Match: &quot;1.0f6c" in html
    assert client.get("/api/v1/problems/nonsense/").status_code == 404
    strict = Client(enforce_csrf_checks=True)
    for method in ("POST", "TRACE"):
        refused = strict.generic(method, "/api/v1/problems/stale/")
        assert (refused.status_code, refused.json()["type"]) == (405, "/api/v1/problems/method-not-allowed/")
        assert refused["Allow"] == "GET, HEAD, OPTIONS"

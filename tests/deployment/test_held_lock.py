"""Somebody holds the record lock and does not let go: writers are told so, readers are served, and nothing is written afterwards."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from typing import TYPE_CHECKING

import pytest

from record.locks import RECORD_LOCK
from tests.deployment.site import HOST, VARIABLES, Answer
from tests.deployment.test_production_run import rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.deployment.site import Site

WRITERS = 8  # as many as the process has threads
TOKEN = """
import django
django.setup()
from accounts.models import User
from accounts.tokens import make_token
user = User.objects.filter(username="writer").first() or User.objects.create_user("writer", role="editor", remit=["*"], public_name="Writer")
print(make_token(user=user, name="Lock", scopes=["assess", "review", "plan"])[1])
"""
POSITION = "SELECT max(position) FROM record_event"


@pytest.fixture
def token(site: Site) -> str:
    done = site.run("web", ["python", "-c", TOKEN], DJANGO_SETTINGS_MODULE="roadmap.settings")
    assert done.returncode == 0, done.stdout
    return done.stdout.split()[-1]


@pytest.fixture
def _held(site: Site) -> Iterator[None]:
    with closing(site.connect("postgres", VARIABLES["POSTGRES_PASSWORD"])) as holder, holder.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [RECORD_LOCK])
        yield


def write(site: Site, token: str, code: str) -> tuple[Answer, float]:
    """Move a date of a milestone; the answer, and how long it took."""
    headers = {"Host": HOST, "X-Forwarded-Proto": "https", "Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    etag = site.get(f"/api/v1/milestones/{code}/", Authorization=f"Bearer {token}").headers["ETag"]
    body = json.dumps({"due": {"date": "2030-11-30", "precision": "month"}, "reason": {"category": "external"}})
    began = time.monotonic()
    with closing(HTTPConnection("127.0.0.1", site.web_port, timeout=60)) as connection:
        connection.request("PATCH", f"/api/v1/milestones/{code}/", body, headers | {"If-Match": etag})
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read()), time.monotonic() - began


@pytest.mark.usefixtures("_held")
def test_writers_are_told_and_readers_are_served(site: Site, token: str) -> None:
    before = rows(site, POSITION)
    with ThreadPoolExecutor(WRITERS) as pool:
        writing = [pool.submit(write, site, token, f"AF-0{number % 8}") for number in range(WRITERS)]
        time.sleep(1)  # all that can wait do
        for path in ("/api/v1/milestones/?page_size=1", "/", "/healthz") * 2:
            assert site.get(path).status == 200
        assert not all(one.done() for one in writing), "readers waited as long as the writers"
        answers = [one.result() for one in writing]
    assert {(answer.status, answer.headers["Retry-After"], json.loads(answer.body)["type"]) for answer, _took in answers} == {
        (503, "5", "/api/v1/problems/unavailable/")
    }
    limit = 5  # LOCK_TIMEOUT
    assert max(took for _answer, took in answers) < 3 * limit
    assert rows(site, POSITION) == before


def test_who_was_refused_writes_nothing_later_and_can_try_again(site: Site, token: str) -> None:
    with closing(site.connect("postgres", VARIABLES["POSTGRES_PASSWORD"])) as holder, holder.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [RECORD_LOCK])
        assert write(site, token, "SM-04")[0].status == 503
    before = rows(site, POSITION)
    time.sleep(1)
    assert rows(site, POSITION) == before
    assert write(site, token, "SM-04")[0].status == 200
    assert rows(site, POSITION) != before

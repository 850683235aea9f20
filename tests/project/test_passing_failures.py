"""What the site rests on is away for a moment: pages and answers say so, and the log has a warning."""

import psycopg2
import pytest
from django.conf import settings as django_settings
from django.db import DatabaseError, InternalError, OperationalError, connection
from django.test import Client

from common.passing import RETRY_AFTER, TryLater, is_passing, limit_waiting

SAID = {"en": "Not just now", "ru": "Не сейчас", "kk": "Дәл қазір емес"}


def read_only():
    """As Django raises it, with psycopg2's error as its cause."""
    error = InternalError("cannot execute UPDATE in a read-only transaction")
    error.__cause__ = type("ReadOnly", (psycopg2.InternalError,), {"pgcode": "25006"})()
    return error


PASSING = [OperationalError("the connection was closed"), TryLater(), read_only()]


@pytest.fixture
def failing(monkeypatch):
    """Make what every page and answer asks first fail with this."""

    def fail(error):
        def moment(*_all, **_names):
            raise error

        monkeypatch.setattr("record.pages.read_moment", moment)
        monkeypatch.setattr("common.api.views.read_moment", moment, raising=False)
        monkeypatch.setattr("record.api.views.read_moment", moment, raising=False)

    return fail


@pytest.mark.django_db
@pytest.mark.parametrize("error", PASSING, ids=str)
@pytest.mark.parametrize("language", SAID)
def test_a_page_says_that_nothing_was_changed_and_when_to_come_back(client, failing, error, language, caplog):
    failing(error)
    answer = client.get("/milestones/", headers={"Accept-Language": language})
    assert (answer.status_code, answer["Retry-After"]) == (503, str(RETRY_AFTER))
    assert SAID[language] in answer.content.decode()
    assert [record.levelname for record in caplog.records] == ["WARNING"]


@pytest.mark.django_db
@pytest.mark.parametrize("error", PASSING, ids=str)
def test_an_answer_is_a_problem(client, failing, error, caplog):
    failing(error)
    answer = client.get("/api/v1/milestones/?lang=en")
    assert (answer.status_code, answer["Retry-After"], answer["Content-Type"]) == (503, str(RETRY_AFTER), "application/problem+json")
    assert answer.json()["type"] == "/api/v1/problems/unavailable/"
    assert [record.levelname for record in caplog.records] == ["WARNING"]


@pytest.mark.django_db
def test_what_fails_before_any_view_is_told_alike(client, monkeypatch):
    """The session is read by middleware, which no view can catch."""

    def load(_self):
        raise OperationalError("the database is starting up")

    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", load)
    monkeypatch.setattr("django.contrib.messages.middleware.MessageMiddleware.process_request", lambda _self, request: request.session["x"])
    client.cookies[django_settings.SESSION_COOKIE_NAME] = "x" * 32
    client.raise_request_exception = False
    answer = client.get("/?lang=en")
    assert (answer.status_code, answer["Retry-After"]) == (503, str(RETRY_AFTER))


@pytest.mark.django_db
@pytest.mark.expects_errors
@pytest.mark.parametrize("error", [DatabaseError("a fault of ours"), InternalError("another"), ValueError("a third")])
def test_a_fault_of_ours_stays_one(failing, error):
    failing(error)
    assert not is_passing(error)
    client = Client(raise_request_exception=False)
    assert [client.get(path).status_code for path in ("/milestones/", "/api/v1/milestones/")] == [500, 500]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("statements", "said"), [(True, ["3s", "7s", "2s"]), (False, ["3s", "7s", "0"])])
def test_connections_of_a_process_that_serves_give_up_after_the_seconds_of_the_settings(settings, monkeypatch, statements, said):
    settings.LOCK_TIMEOUT, settings.IDLE_TRANSACTION_TIMEOUT, settings.STATEMENT_TIMEOUT = 3, 7, 2
    # Begun afresh: another test of this process may have loaded what the web server runs.
    monkeypatch.setitem(settings.DATABASES["default"]["OPTIONS"], "options", "-c timezone=UTC")
    limit_waiting(statements=statements)
    fresh = connection.copy()
    fresh.settings_dict = fresh.settings_dict | {"OPTIONS": settings.DATABASES["default"]["OPTIONS"]}
    try:
        with fresh.cursor() as cursor:
            found = []
            for name in ("lock_timeout", "idle_in_transaction_session_timeout", "statement_timeout"):
                cursor.execute(f"SHOW {name}")
                found.append(cursor.fetchone()[0])
    finally:
        fresh.close()
    assert found == said

"""A request has a name: in its answer, in the log, in the tasks that it wakes, in the mail that they send."""

import json
import logging
import re
import sys

import pytest
from celery.signals import before_task_publish, task_postrun, task_prerun
from django.urls import URLPattern, get_resolver
from django.utils import timezone

from common import logs, request_ids
from notifications.models import Mail
from notifications.outbox import Letter, post, send
from notifications.tasks import send_mail

GIVEN = "from-a-proxy.1_2"


def formatted(form, text, *arguments, **more):
    record = logging.LogRecord("record", logging.ERROR, "file.py", 1, text, arguments, more.pop("exc_info", None))
    for name, value in more.items():
        setattr(record, name, value)
    return form.format(record)


def raised(text):
    try:
        raise ValueError(text)  # noqa: TRY301
    except ValueError:
        return sys.exc_info()


@pytest.mark.django_db
def test_the_name_that_a_proxy_gives_comes_back_and_another_is_made_where_none_is(client):
    assert client.get("/healthz", headers={"X-Request-Id": GIVEN})["X-Request-Id"] == GIVEN
    made = {client.get("/healthz")["X-Request-Id"] for _turn in range(2)}
    assert len(made) == 2
    assert all(re.fullmatch("[0-9a-f]{32}", name) for name in made)


@pytest.mark.django_db
@pytest.mark.parametrize("given", ["short", "x" * 65, "a b c d e f g", "line\nbreak-line", '"},{"forged', "-begins-wrong", "имя-запроса"])
def test_what_is_no_name_is_not_taken(client, given):
    assert client.get("/healthz", headers={"X-Request-Id": given})["X-Request-Id"] != given


@pytest.mark.django_db
def test_what_django_logs_of_a_request_has_its_name(client):
    heard = []

    class Ear(logging.Handler):
        def emit(self, record):
            heard.append(json.loads(logs.Json().format(record)))

    ear, logger = Ear(), logging.getLogger("django.request")
    logger.addHandler(ear)
    try:
        client.get("/no/such/page/", headers={"X-Request-Id": GIVEN})
    finally:
        logger.removeHandler(ear)
    assert [line["request_id"] for line in heard] == [GIVEN]


def test_a_line_of_json_is_one_object_with_its_traceback_inside():
    said = formatted(logs.Json(), "it %s\nbroke", "really", exc_info=raised("two\nlines"))
    assert "\n" not in said
    line = json.loads(said)
    assert (line["message"], line["level"], line["logger"]) == ("it really\nbroke", "ERROR", "record")
    assert line["exception"].endswith("ValueError: two\nlines")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", line["time"])


def test_both_forms_say_the_time_of_utc_and_the_request(monkeypatch):
    import time

    monkeypatch.setenv("TZ", "Asia/Almaty")
    time.tzset()
    try:
        with request_ids.working_for(GIVEN):
            line = formatted(logs.Line(), "well", created=0.0, msecs=0.0, facts={"ms": 7})
            data = json.loads(formatted(logs.Json(), "well", created=0.0, facts={"ms": 7}))
    finally:
        monkeypatch.undo()
        time.tzset()
    assert line == f"1970-01-01 00:00:00.000Z ERROR record well ms=7 request_id={GIVEN}"
    assert (data["time"], data["ms"], data["request_id"]) == ("1970-01-01T00:00:00.000000Z", 7, GIVEN)


@pytest.mark.parametrize(
    "text",
    [
        "Not Found: /follow/confirm/SECRET/",
        "GET /follow/leave/SECRET/?lang=kk",
        "'POST /accounts/password/set/MTI/SECRET/' 302",
        "GET /accounts/sso/back/?code=SECRET&state=SECRET",
        "Authorization: Bearer SECRET",
        "could not reach postgres://roadmap:SECRET@host:5432/roadmap",
        "redis://:SECRET@redis:6379/0",
    ],
)
@pytest.mark.parametrize("form", [logs.Line(), logs.Json()])
def test_nothing_secret_is_in_a_line(form, text):
    said = formatted(form, text, exc_info=raised(text))
    assert "SECRET" not in said
    assert "…" in said


def test_every_address_that_lets_somebody_in_is_one_of_them():
    found = []

    def walk(patterns, before=""):
        for pattern in patterns:
            if isinstance(pattern, URLPattern):
                if {"key", "token"} & set(pattern.pattern.converters):
                    found.append(before + str(pattern.pattern))
            else:
                walk(pattern.url_patterns, before + str(pattern.pattern))

    walk(get_resolver().url_patterns)
    secret = [path for path in found if not path.startswith("admin/")]
    assert len(secret) == 3
    for path in secret:
        typed = re.sub(r"<(?:\w+:)?(\w+)>", lambda part: "SECRET" if part[1] in {"key", "token"} else "x", path)
        assert "SECRET" not in logs.without_secrets(f"/{typed}")


def test_a_task_works_for_the_request_that_sent_it():
    headers = {}
    with request_ids.working_for(GIVEN):
        before_task_publish.send(sender="x", headers=headers)
    task = send_mail
    heard = {}
    for name, more in {"of a request": headers, "of the clock": {}}.items():
        task.push_request(id="the-task", **more)
        task_prerun.send(sender=task, task_id="the-task", task=task)
        heard[name] = request_ids.current()
        task_postrun.send(sender=task, task_id="the-task", task=task, state="SUCCESS", retval=None)
        task.pop_request()
    assert heard == {"of a request": GIVEN, "of the clock": "the-task"}
    assert request_ids.current() == ""


@pytest.mark.django_db
def test_a_mail_is_sent_for_the_request_that_wrote_it_whoever_sends_it(caplog):
    with request_ids.working_for(GIVEN):
        post("a mail", Letter("somebody@example.org", "subject", "text"), now=timezone.now())
    heard = []
    caplog.handler.addFilter(lambda record: heard.append((record.name, request_ids.current())) or True)
    mail = Mail.objects.get(key="a mail")
    assert send(mail.pk)
    assert mail.request_id == GIVEN
    assert ("notifications.outbox", GIVEN) in heard

"""What is counted, what is asked for, by whom, and what it costs."""

import os
import re
import subprocess
import sys
from datetime import timedelta

import pytest
from celery.signals import task_postrun, task_prerun
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from common import metrics
from notifications.models import Delivery, Mail, Webhook
from operations import figures
from operations.models import BEAT, Job
from operations.services import note_pulse
from record.services import open_change
from record.tasks import verify_record
from tests.docs.test_guides import ROOT
from tests.people import person
from tests.record.test_holding import move

pytestmark = pytest.mark.django_db
TOKEN = "a long random text"
STATEMENTS = 8
"""As docs/operator.md says."""


@pytest.fixture(autouse=True)
def _anew(settings, tmp_path):
    settings.CHECKPOINT_DIR = tmp_path  # where the nightly verification keeps the head
    figures.forget()
    yield
    figures.forget()


@pytest.fixture
def watcher(client, settings):
    settings.METRICS_TOKEN = TOKEN
    return lambda path="/metrics": client.get(path, headers={"Authorization": f"Bearer {TOKEN}"})


def value(name, **labels):
    """What this process has counted; 0 before the first."""
    return metrics.ours.get_sample_value(f"roadmap_{name}", {key: str(said) for key, said in labels.items()}) or 0


def counts(name, **labels):
    """Call what it gives for how much was counted since."""
    before = value(name, **labels)
    return lambda: value(name, **labels) - before


# Who may ask


@pytest.mark.parametrize("given", ["", "Bearer wrong", f"Basic {TOKEN}", f"bearer {TOKEN}x", "Bearer", "Bearer ключ"])
@pytest.mark.parametrize("path", ["/metrics", "/readyz?verbose"])
def test_without_the_token_nothing_is_said(client, settings, path, given):
    settings.METRICS_TOKEN = TOKEN
    answer = client.get(path, headers={"Authorization": given} if given else {})
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.content == b"a token is needed\n"


@pytest.mark.parametrize("path", ["/metrics", "/readyz?verbose"])
def test_without_a_token_in_the_settings_there_is_no_such_address_and_an_empty_one_opens_nothing(client, path):
    assert client.get(path, headers={"Authorization": "Bearer "}).status_code == 404


def test_with_it_everything_is(rk2030, watcher):
    text = watcher().content.decode()
    assert "roadmap_database_up 1.0" in text
    assert re.search(r"^roadmap_head_position [1-9]", text, re.MULTILINE)


def test_readiness_in_full_says_what_was_looked_at(rk2030, watcher):
    lines = watcher("/readyz?verbose").content.decode().splitlines()
    assert lines[0] == "ready"
    assert [line.partition(":")[0] for line in lines[2:]] == ["restore", "database", "cache", "pictures", "broker", "clock", "lock"]


# What each process counts


def test_a_request_is_counted_by_its_view_and_never_by_what_was_typed(rk2030, client):
    found = counts("requests_total", view="milestones:detail", method="GET", status=200)
    lost = counts("requests_total", view="milestones:detail", method="GET", status=404)
    timed = counts("request_seconds_count", view="milestones:detail")
    client.get("/milestones/SM-03/")
    client.get("/milestones/TYPED-BY-SOMEBODY/")
    assert (found(), lost(), timed()) == (1, 1, 2)
    assert "TYPED" not in str([sample for metric in metrics.ours.collect() for sample in metric.samples])


def test_strangers_make_no_figures_of_their_own(client):
    none = counts("requests_total", view="none", method="other", status=404)
    for number in range(3):
        client.generic(f"MADE{number}", f"/no/such/{number}")
    assert none() == 3


def test_what_a_view_asks_of_the_database_is_counted_and_slow_statements_are_named_without_values(rk2030, client, settings, caplog):
    asked, slow = counts("queries_total", by="milestones:detail"), counts("slow_queries_total", by="milestones:detail")
    settings.SLOW_QUERY_MS = 1e-9
    client.get("/milestones/SM-03/?day=2026-11-23")
    assert asked() == slow() > 3
    said = [record.getMessage() for record in caplog.records if record.name == "common.queries"]
    assert any("%s" in line for line in said)
    assert not any("SM-03" in line for line in said)


def test_what_the_cache_is_asked_for_is_counted(rk2030, client):
    cache.clear()
    missed, hit = counts("cache_gets_total", of="answer", found="no"), counts("cache_gets_total", of="answer", found="yes")
    for _turn in range(3):
        client.get("/organisations/")
    assert (missed(), hit()) == (1, 2)


def test_what_is_nothing_in_the_cache_is_found_too():
    cache.set("nothing:1", None)
    hit = counts("cache_gets_total", of="nothing", found="yes")
    assert cache.get("nothing:1", "default") is None
    assert hit() == 1
    assert cache.get("nothing:2", "default") == "default"


@pytest.mark.django_db(transaction=True)
def test_the_lock_of_the_record_is_counted(rk2030):
    waited, held = counts("lock_wait_seconds_count", outcome="had"), counts("lock_hold_seconds_count", wrote="yes")
    empty = counts("lock_hold_seconds_count", wrote="no")
    move()
    with open_change():
        pass
    assert (waited(), held(), empty()) == (2, 1, 1)


def test_a_place_that_is_not_had_is_counted_as_refused(monkeypatch):
    from common.passing import TryLater
    from record import locks

    monkeypatch.setattr(locks._places, "acquire", lambda timeout: False)
    refused = counts("lock_wait_seconds_count", outcome="refused")
    with pytest.raises(TryLater), open_change():
        pass
    assert refused() == 1


# What is asked for


def ask():
    figures.forget()
    return figures.found()


def test_what_waits_is_told_with_how_long_it_could_have_been_done(rk2030):
    now = timezone.now()
    hook = Webhook.objects.create(owner=person("editor"), name="x", address="https://example.org/", created_at=now, changed_at=now)
    for minutes in (5, 90):
        Mail.objects.create(key=f"mail {minutes}", created_at=now - timedelta(minutes=minutes))
        Delivery.objects.create(webhook=hook, type="x", created_at=now, next_attempt_at=now - timedelta(minutes=minutes))
    Mail.objects.create(key="later", created_at=now - timedelta(days=1), claimed_until=now + timedelta(hours=1))
    said = ask()
    for what, waiting in (("mails", 3), ("deliveries", 2)):
        assert said.get(f"{what}_waiting") == waiting
        assert 90 * 60 <= said.get(f"{what}_due_seconds") < 91 * 60
    assert said.get("webhooks", "on") == 1
    assert said.get("webhooks_behind") == said.get("head_position") > 0


def test_the_number_of_statements_is_constant_and_the_answer_is_kept(rk2030, django_assert_num_queries):
    with django_assert_num_queries(STATEMENTS):
        ask()
    now = timezone.now()
    Mail.objects.bulk_create([Mail(key=f"mail {number}", created_at=now) for number in range(50)])
    Job.objects.bulk_create([Job(name=f"job {number}", finished_at=now) for number in range(50)])
    with django_assert_num_queries(STATEMENTS):
        ask()
    with django_assert_num_queries(0):
        assert figures.found().get("mails_waiting") == 50


def test_a_page_costs_no_statement_for_it(rk2030, client, settings, django_assert_num_queries):
    client.get("/healthz")
    with django_assert_num_queries(0):
        client.get("/healthz")


def run(task):
    """As a worker does it, signals and all."""
    task.push_request(id="the-task", called_directly=False)
    try:
        task_prerun.send(sender=task, task_id="the-task", task=task)
        state, result = "SUCCESS", None
        try:
            result = task.run()
        except ZeroDivisionError as error:
            state, result = "FAILURE", error
        task_postrun.send(sender=task, task_id="the-task", task=task, state=state, retval=result)
    finally:
        task.pop_request()
    return result


def test_the_last_verification_and_its_faults_are_told(rk2030):
    assert run(verify_record) == 0
    said = ask()
    assert said.get("verified_faults") == 0
    assert timezone.now().timestamp() - said.get("verified_timestamp_seconds") < 60


@pytest.mark.expects_errors
def test_a_fault_in_the_record_is_told(rk2030):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE proposals_risk DISABLE TRIGGER USER")
        cursor.execute("UPDATE proposals_risk SET title_en = 'another' WHERE code = 'R01'")
    run(verify_record)
    assert ask().get("verified_faults") > 0


def test_a_task_that_fails_is_told_and_its_last_success_stays(rk2030, monkeypatch):
    name = verify_record.name
    run(verify_record)
    before = Job.objects.get(name=name)
    monkeypatch.setattr("record.verify.verify_record", lambda: 1 / 0)
    failed = counts("tasks_total", task=name, outcome="failed")
    run(verify_record)
    job, said = Job.objects.get(name=name), ask()
    assert (job.error, failed(), said.get("job_failed", name)) == ("ZeroDivisionError", 1, 1)
    assert (job.succeeded_at, job.found) == (before.succeeded_at, 0)
    assert job.finished_at > before.finished_at


def test_the_clock_shows_itself(db):
    assert ask().get("beat_timestamp_seconds") is None
    note_pulse(now=timezone.now())
    note_pulse(now=timezone.now())
    assert timezone.now().timestamp() - ask().get("beat_timestamp_seconds") < 60
    assert Job.objects.filter(name=BEAT).count() == 1


# Several processes

COUNT = """
import django, sys
django.setup()
from common import metrics
for _turn in range(int(sys.argv[1])):
    metrics.mails.labels("sent").inc()
    metrics.lock_hold.labels("yes").observe(0.3)
"""
TELL = """
import django
django.setup()
from prometheus_client import generate_latest
from common.metrics import Counted, together
print(generate_latest(together(Counted())).decode())
"""


def test_processes_are_added_up_and_what_ended_ones_counted_stays_in_one_file(tmp_path):
    folder = tmp_path / "metrics"
    env = os.environ | {"METRICS_TOKEN": "x", "METRICS_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "roadmap.settings"}

    def do(text, *arguments):
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", text, *arguments], env=env, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    for number in (3, 4):
        do(COUNT, str(number))
    assert len(list(folder.glob("counter_*.db"))) == 2
    for _turn in range(2):
        said = do(TELL)
        assert 'roadmap_mails_total{outcome="sent"} 7.0' in said
        assert 'roadmap_lock_hold_seconds_bucket{le="0.25",wrote="yes"} 0.0' in said
        assert 'roadmap_lock_hold_seconds_bucket{le="0.5",wrote="yes"} 7.0' in said
    assert {path.name for path in folder.glob("*.db")} == {"counter_gone.db", "histogram_gone.db"}

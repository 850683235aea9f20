"""The installation as Prometheus and a reader of logs see it: figures of each service, and one name for what a request causes."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from tests.deployment.site import HOST, VARIABLES
from tests.deployment.test_without_redis import INVITE
from tests.machine import needs
from tools.processes import wait_until

if TYPE_CHECKING:
    from tests.deployment.site import Site

TOKEN = VARIABLES["METRICS_TOKEN"]
SERVICES = ("web", "worker", "exports", "beat")
NAMED = "asked-by-a-proxy-1"


def lines(site: Site, service: str) -> list[str]:
    return [line for line in site.log(service).read_text(errors="replace").splitlines() if line.strip()]


def test_web_tells_what_it_answered_and_how_the_site_is(site: Site) -> None:
    assert site.get("/milestones/SM-03/").status == 200

    wanted = [
        r'roadmap_requests_total\{method="GET",status="200",view="milestones:detail"\} [1-9]',
        r"roadmap_head_position [1-9]",
        r"roadmap_beat_timestamp_seconds 1",
        r'roadmap_job_failed\{task="notifications.tasks.send_waiting_mail"\} 0.0',
    ]

    def told() -> bool:
        text = site.figures("web")
        return all(re.search(f"^{line}", text, re.MULTILINE) for line in wanted)

    assert wait_until(told, 120), site.figures("web")  # the clock sends it each minute
    assert "SM-03" not in site.figures("web")


def test_a_worker_tells_of_its_own_work_and_nothing_else(site: Site) -> None:
    done = re.compile(r'^roadmap_tasks_total\{outcome="done",task="notifications.tasks.deliver_webhooks"\} [1-9]', re.MULTILINE)
    assert wait_until(lambda: bool(done.search(site.figures("worker"))), 60)
    text = site.figures("worker")
    assert "roadmap_task_wait_seconds_bucket" in text
    assert "roadmap_head_position" not in text


@pytest.mark.parametrize("path", ["/metrics", "/readyz?verbose"])
def test_at_its_own_address_the_site_tells_it_to_the_token_alone(site: Site, path: str) -> None:
    assert site.get(path).status == 401
    assert site.get(path, Authorization="Bearer something").status == 401
    assert site.get(path, Authorization=f"Bearer {TOKEN}").status == 200


def test_at_the_port_of_the_watchers_there_is_no_site(site: Site) -> None:
    assert "<html" not in site.figures("web")


def test_what_waits_in_the_broker_is_told(site: Site) -> None:
    needs("redis")
    assert wait_until(lambda: 'roadmap_queue_waiting{queue="exports"}' in site.figures("web"), 30)


@pytest.mark.parametrize("service", SERVICES)
def test_each_line_of_the_log_is_one_object(site: Site, service: str) -> None:
    assert lines(site, service)
    for line in lines(site, service):
        said = json.loads(line)
        assert {"time", "level", "logger", "message"} <= set(said), line
        assert said["time"].endswith("Z")


def test_one_name_goes_from_the_request_through_the_task_to_the_mail(site: Site) -> None:
    done = site.run("web", ["python", "-c", INVITE.format(name="forgetful")], DJANGO_SETTINGS_MODULE="roadmap.settings")
    assert done.returncode == 0, done.stdout
    form = site.get("/accounts/password/reset/")
    cookie = form.headers["Set-Cookie"].partition(";")[0]
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form.body.decode())
    assert token
    body = urlencode({"csrfmiddlewaretoken": token[1], "email": "forgetful@example.org"})
    answer = site.get(
        "/accounts/password/reset/",
        method="POST",
        body=body,
        Cookie=cookie,
        Referer=f"https://{HOST}/",
        Content_Type="application/x-www-form-urlencoded",
        X_Request_Id=NAMED,
    )
    assert (answer.status, answer.headers["X-Request-Id"]) == (302, NAMED)

    def sent() -> bool:
        mine = [json.loads(line) for line in lines(site, "worker") if NAMED in line]
        return any(line["logger"] == "notifications.outbox" and line["request_id"] == NAMED for line in mine)

    assert wait_until(sent, 90), site.log("worker").read_text()

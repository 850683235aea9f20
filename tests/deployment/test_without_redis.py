"""Redis goes away while the site runs: killed, and hanging. Pages, answers, feeds and writes go on, and readiness says so."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.deployment.site import VARIABLES
from tests.machine import needs
from tools.processes import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.deployment.site import Site

READ = ["/", "/?lang=kk", "/milestones/", "/milestones/SM-03/", "/search/?q=forum", "/api/v1/", "/api/v1/milestones/", "/api/v1/summary/",
        "/feed.atom", "/calendar.ics", "/milestones.csv", "/healthz", "/accounts/login/"]  # fmt: skip
INVITE = """
import django
django.setup()
from django.db import transaction
from accounts.models import User
from accounts.services import invite
with transaction.atomic():
    invite(User.objects.create_user("{name}", email="{name}@example.org"))
print("written")
"""


@pytest.fixture(scope="module", params=["killed", "hanging"])
def site_without_redis(site: Site, request: pytest.FixtureRequest) -> Iterator[Site]:
    """Taken away once for all tests: until the worker has found its way back, some ten seconds pass."""
    needs("redis")
    redis = site.running["redis"]
    os.kill(redis.pid, signal.SIGKILL if request.param == "killed" else signal.SIGSTOP)
    yield site
    if request.param == "killed":
        redis.wait()
        site.start_redis()
    else:
        os.kill(redis.pid, signal.SIGCONT)
    back = wait_until(lambda: not {b"Redis", b"broker"} & set(site.get("/readyz").body.split()), 30)
    assert back, site.get("/readyz").body
    site.wait_until_healthy("worker")


def test_the_site_answers_and_says_what_it_does_without(site_without_redis: Site) -> None:
    site = site_without_redis
    answers = {path: site.get(path).status for path in READ}
    assert answers == dict.fromkeys(READ, 200)
    ready = site.get("/readyz")
    assert (ready.status, ready.body.splitlines()[0]) == (200, b"ready")
    assert b"Redis does not answer" in ready.body


def test_figures_are_answered_with_what_is_known(site_without_redis: Site) -> None:
    def told() -> bool:
        text = site_without_redis.figures("web")
        return all(f"roadmap_{line}" in text for line in ("database_up 1.0", "redis_up 0.0", "broker_up 0.0", "head_position"))

    assert wait_until(told, 30)


def test_requests_do_not_wait_for_it_one_after_another(site_without_redis: Site) -> None:
    """A cache that is away is waited for once, not by every request."""
    site = site_without_redis
    site.get("/api/v1/milestones/")
    began = time.monotonic()
    for _turn in range(20):
        assert site.get("/api/v1/milestones/?page_size=1").status == 200
    assert time.monotonic() - began < 10  # 20 requests that each waited twice half a second would take 20


def test_what_is_written_waits_in_its_row(site_without_redis: Site, request: pytest.FixtureRequest) -> None:
    name = f"invited-{request.node.callspec.params['site_without_redis']}"
    done = site_without_redis.run("web", ["python", "-c", INVITE.format(name=name)], DJANGO_SETTINGS_MODULE="roadmap.settings")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "written"), done.stdout
    with site_without_redis.connect("postgres", VARIABLES["POSTGRES_PASSWORD"]) as connection, connection.cursor() as cursor:
        cursor.execute('SELECT subject FROM notifications_mail WHERE "to" = %s AND sent_at IS NULL', [f"{name}@example.org"])
        assert cursor.fetchone()

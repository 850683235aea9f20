"""Workers of the mail killed at random, over a real mail server: every follower gets the one digest that is theirs."""

import datetime as dt
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiosmtpd.controller import Controller
from django.db import connection

from common.dates import PlannedDate
from milestones.models import Milestone
from milestones.services import move_date
from notifications import outbox
from notifications.models import Follower, Mail
from record.services import open_change
from roadmap_file.loading import load
from tests.deployment.site import free_port
from tests.factories import as_file, milestone, roadmap

ROOT = Path(__file__).parents[2]
FOLLOWERS, WORKERS, KILLS = 200, 3, 25


class Sink:
    """A mail server that keeps what it was given: (Message-ID, to, has the headers of leaving)."""

    def __init__(self):
        self.got = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        from email import message_from_bytes

        message = message_from_bytes(envelope.content)
        one_click = message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click" and message["List-Unsubscribe"].split()[0].startswith(
            "<http"
        )
        self.got.append((message["Message-ID"], envelope.rcpt_tos[0], one_click))
        return "250 OK"


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_killed_workers_lose_no_mail_and_send_none_twice(now, tmp_path):
    load(as_file(roadmap(milestone("PR-01"))), now=now)
    for number in range(FOLLOWERS):
        Follower.objects.create(
            email=f"reader-{number}@mail.example", frequency="daily", language="en", created_at=now, confirmed_at=now, position=1,
            told_on=now.date(),
        )  # fmt: skip
    with open_change(now=now) as change:
        move_date(change, Milestone.objects.get(), field="due", to=PlannedDate.parse("2028"), category="political")
    sink = Sink()
    port = free_port()
    server = Controller(sink, hostname="127.0.0.1", port=port)
    server.start()
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    environment = os.environ | {
        "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "roadmap.settings", "ENVIRONMENT": "local", "EMAIL_URL": f"smtp://127.0.0.1:{port}",
        "BROKER_DIR": str(tmp_path), "LOG_LEVEL": "ERROR",
    }  # fmt: skip
    for folder in ("queue", "control"):
        (tmp_path / folder).mkdir()
    chance, killed, moment = random.Random(7), 0, now + dt.timedelta(days=1)

    def start():
        # Each generation lives later than the claims of the one before.
        return subprocess.Popen([sys.executable, "-m", "tests.notifications.carrier", moment.isoformat()], cwd=ROOT, env=environment)

    try:
        while killed < KILLS:
            moment += outbox.CLAIM + dt.timedelta(seconds=1)
            workers = [start() for _worker in range(WORKERS)]
            time.sleep(1.2 + chance.random() * 0.8)  # past their start, so that they die amid the work
            for worker in workers:
                if worker.poll() is None:
                    worker.send_signal(signal.SIGKILL)
                    killed += 1
                worker.wait()
            if not Follower.objects.exclude(position=2).exists() and not Mail.objects.filter(sent_at=None).exists():
                break
        moment += outbox.CLAIM + dt.timedelta(seconds=1)
        assert start().wait(timeout=120) == 0
    finally:
        server.stop()
    assert Mail.objects.count() == FOLLOWERS
    assert not Mail.objects.filter(sent_at=None).exists()
    assert {to for _id, to, _leave in sink.got} == {f"reader-{number}@mail.example" for number in range(FOLLOWERS)}
    assert all(one_click for _id, _to, one_click in sink.got)
    by_id = Counter(message_id for message_id, _to, _leave in sink.got)
    assert len(by_id) == FOLLOWERS, "one Message-ID for each follower, whatever was sent again"
    again = sum(by_id.values()) - FOLLOWERS
    assert again <= killed
    assert killed > 0
    figures = f"{FOLLOWERS} followers, {killed} workers killed, {len(by_id)} mails arrived, {again} handed over again under the same id"
    print(f"\nmail: {figures}")  # noqa: T201 - the figures are what the test is for

"""Webhooks and the feed of changes while everything around them dies: workers, broker, web and connections to the database.

Real processes as the Procfile starts them, PostgreSQL, a Redis of its own, real receivers. Writers and a reader of ``/changes/`` are
programs that ask over HTTP and ask again when they are cut off.
"""

import contextlib
import json
import os
import random
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import pytest
from django.db import connection

from accounts.tokens import make_token
from milestones.models import Milestone
from notifications.models import Delivery, Webhook
from notifications.webhooks.registering import add_webhook
from record.models import Event
from record.verify import verify_record
from tests.deployment.site import free_port
from tests.machine import needs
from tests.notifications.listening import Listening
from tests.people import person
from tools import processes
from tools.run import read_procfile

ROOT = Path(__file__).parents[2]
SECONDS, WRITERS, SETTLE = 25, 4, 150
CUT = (urllib.error.URLError, ConnectionError, TimeoutError, OSError, ValueError, HTTPException)


class Live(Listening):
    """A receiver that counts what it could answer well: not what its sender did not live to hear of, nor what it failed over."""

    def __init__(self, *, seconds=0.0, fails=0):
        self.got, self.asked = [], 0
        live = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                time.sleep(seconds)
                live.asked += 1
                ready, _, _ = select.select([self.connection], [], [], 0)
                if ready and not self.connection.recv(1, socket.MSG_PEEK):
                    return
                failed = fails and live.asked % fails == 0
                if not failed:
                    live.got.append((self.headers["webhook-id"], json.loads(body)["data"]["cursor"]))
                self.send_response(503 if failed else 204)
                self.end_headers()

            def log_message(self, *_args):
                pass

        self.listen(Handler)


class Site:
    """Web, two workers, the clock and the broker; each can be killed and comes back."""

    def __init__(self, folder):
        self.web_port, self.redis_port = free_port(), free_port()
        self.dsn = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
        redis = f"redis://127.0.0.1:{self.redis_port}/0"
        self.env = os.environ | {
            "DATABASE_URL": self.dsn, "DJANGO_SETTINGS_MODULE": "roadmap.settings", "ENVIRONMENT": "local", "HTTPS": "0",
            "ALLOWED_HOSTS": "localhost", "SITE_URL": f"http://localhost:{self.web_port}", "BROKER_URL": redis, "REDIS_URL": redis,
            "VAR_DIR": str(folder), "BIND": f"127.0.0.1:{self.web_port}", "WEB_CONCURRENCY": "2", "WEBHOOK_SECONDS": "2",
            "FETCH_ALLOWED_NETWORKS": "127.0.0.0/8", "API_RATE_USER": "100000/min", "API_RATE_ANON": "100000/min", "LOG_LEVEL": "ERROR",
        }  # fmt: skip
        lines = read_procfile(ROOT / "Procfile")
        self.commands = {
            "broker": ["redis-server", "--port", str(self.redis_port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)],
            "web": lines["web"], "worker 1": lines["worker"], "worker 2": lines["worker"], "clock": lines["beat"],
        }  # fmt: skip
        self.log = (folder / "site.log").open("ab")
        self.running, self.killed = {}, Counter()

    def start(self, name):
        command = [sys.executable if word == "python" else word for word in self.commands[name]]
        # Not by ``tools.processes``: other threads run here, and nothing may run between fork and exec.
        self.running[name] = subprocess.Popen(
            command, env=self.env, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, start_new_session=True
        )

    def kill(self, name):
        """The process with all its children, and start it anew."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.running[name].pid, signal.SIGKILL)
        self.running[name].wait()
        self.killed[name.partition(" ")[0]] += 1
        self.start(name)

    def cut(self, chance):
        """End one of the connections to the database, whatever it is about."""
        with psycopg2.connect(self.dsn) as other, other.cursor() as cursor:
            cursor.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid NOT IN (pg_backend_pid(), %s)", [self.ours]
            )
            if pids := [row[0] for row in cursor.fetchall()]:
                cursor.execute("SELECT pg_terminate_backend(%s)", [chance.choice(pids)])
                self.killed["connection"] += 1

    @property
    def address(self):
        return f"http://localhost:{self.web_port}/api/v1/"

    def ask(self, method, path, token="", body=None, **headers):
        data = None if body is None else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()} | {"Content-Type": "application/json"}
        named |= {"Authorization": f"Bearer {token}"} if token else {}
        request = urllib.request.Request(self.address + path, data, named, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer), answer.headers

    def wait_until_up(self):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(*CUT):
                self.ask("GET", "changes/?limit=1")
                return
            time.sleep(0.2)
        raise AssertionError("the web does not come back")

    def close(self):
        processes.end(self.running.values(), grace=15)
        self.log.close()


def write(site, token, number, ended):
    """A program that moves dates until it is over; cut off, it looks again and goes on."""
    chance = random.Random(number)
    codes = list(range(1, 6))
    while not ended.is_set():
        path = f"milestones/SM-0{chance.choice(codes)}/"
        with contextlib.suppress(*CUT):
            _found, headers = site.ask("GET", path, token)
            due = {"date": f"{chance.randint(2027, 2035)}-12-31", "precision": "year"}
            site.ask("PATCH", path, token, {"due": due, "reason": {"category": "external"}}, If_Match=headers["ETag"])
        ended.wait(0.1 + 0.2 * chance.random())


class Reader(threading.Thread):
    """Follows ``/changes/`` by fives, also after all is over, until there is nothing new."""

    def __init__(self, site, after):
        super().__init__(daemon=True)
        self.site, self.cursor, self.seen, self.over = site, str(after), [], threading.Event()

    def run(self):
        while True:
            last_time = self.over.is_set()
            try:
                answer, _headers = self.site.ask("GET", f"changes/?after={self.cursor}&limit=5")
            except CUT:
                time.sleep(0.1)
                continue
            self.seen += [item["id"] for item in answer["results"]]
            self.cursor = answer["next_cursor"]
            if not answer["results"]:
                if last_time:
                    return
                time.sleep(0.1)


def faults(site, chance):
    """For a while something dies about every second."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        time.sleep(0.5 + chance.random())
        match chance.choice(["worker 1", "worker 2", "web", "broker", "clock", "connection", "connection", "connection"]):
            case "connection":
                site.cut(chance)
            case name:
                site.kill(name)


def undelivered(live):
    """What waits for a live receiver; its pauses are over at once, so that the test need not wait for them."""
    rows = Delivery.objects.filter(webhook__in=live, state="pending")
    Webhook.objects.filter(pk__in=live).update(failing_since=None)
    rows.filter(claimed_until=None).update(next_attempt_at=Event.objects.latest("position").occurred_at)
    behind = Webhook.objects.filter(pk__in=live, position__lt=Event.objects.position()).count()
    return rows.count() + behind


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_every_event_reaches_every_live_receiver_whatever_dies(rk2030, tmp_path, settings):
    needs("redis")
    settings.FETCH_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    editor = person("editor")
    _token, token = make_token(user=editor, name="Writer", scopes=["read", "plan"])
    receivers = [Live(), Live(fails=3), Live(seconds=0.5), Live(seconds=1)]
    dead = Live()
    hooks = [add_webhook(owner=editor, name="Live", address=one.address) for one in receivers]
    nobody = add_webhook(owner=editor, name="Dead", address=dead.address)
    dead.close()
    live, begun, chance = [one.pk for one in hooks], Event.objects.position(), random.Random(11)
    assert Milestone.objects.filter(code="SM-05").exists()
    site = Site(tmp_path)
    site.ours = connection.connection.info.backend_pid
    over = threading.Event()
    try:
        for name in site.commands:
            site.start(name)
        site.wait_until_up()
        reader = Reader(site, begun)
        reader.start()
        writers = [threading.Thread(target=write, args=(site, token, number, over), daemon=True) for number in range(WRITERS)]
        for thread in writers:
            thread.start()
        faults(site, chance)
        over.set()
        for thread in writers:
            thread.join(60)
        site.wait_until_up()
        deadline = time.monotonic() + SETTLE
        while undelivered(live) and time.monotonic() < deadline:
            time.sleep(0.5)
        reader.over.set()
        reader.join(60)
    finally:
        site.close()
        for one in receivers:
            one.close()
    written = [str(uid) for uid in Event.objects.filter(position__gt=begun).order_by("position").values_list("uid", flat=True)]
    assert reader.seen == written, "the reader of changes saw each event once, in order"
    for one in receivers:
        assert {uid for uid, _cursor in one.got} == set(written), "every event reached every live receiver, and nothing else did"
        assert len(set(one.got)) == len(written), "under one id, whatever was sent again"
    assert Delivery.objects.filter(webhook=nobody).count() == len(written), "what a dead receiver missed stands listed"
    assert list(verify_record()) == []
    assert min(site.killed[kind] for kind in ("worker", "web", "broker", "connection")) > 0
    again = sum(len(one.got) - len(set(one.got)) for one in receivers)
    deaths = ", ".join(f"{number} of {kind}" for kind, number in sorted(site.killed.items()))
    figures = f"{len(written)} events in {SECONDS} s, killed: {deaths}; {len(receivers)} live receivers got each, {again} handed over again"
    print(f"\nwebhooks: {figures}; the reader of changes saw each once")  # noqa: T201 - the figures are what the test is for

"""docs/recipes.md: each recipe is followed against the real site, as far as that goes without the programs of others."""

import csv
import io
import json
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from icalendar import Calendar

from common.dates import PlannedDate
from milestones.models import Milestone
from milestones.services import move_date
from notifications.models import Delivery
from notifications.webhooks import sending
from notifications.webhooks.registering import add_webhook, send_again
from record.models import Event
from record.services import open_change
from tests.deployment.site import free_port
from tests.docs.test_guides import ROOT, blocks, page, section
from tests.machine import needs
from tests.people import person

RECIPES = page("docs/recipes.md")
BASE = "http://localhost:8000"
SECONDS = 60

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def site(live_server, rk2030, monkeypatch):
    monkeypatch.setattr("rest_framework.throttling.SimpleRateThrottle.get_rate", lambda _self: None)
    with open_change(by="Test") as change:
        move_date(change, Milestone.objects.get(code="SM-03"), field="due", to=PlannedDate.parse("2029"), category="external")
    return live_server.url


def read(address):
    with urllib.request.urlopen(address, timeout=SECONDS) as answer:
        return answer.read(), answer.headers


def examples(heading, language):
    return [block.text for block in blocks(section(RECIPES, heading)) if block.language == language]


def run(text, site, folder, *, python=False, **env):
    command = [sys.executable, "-c", text.replace(BASE, site)] if python else ["sh", "-euc", text.replace(BASE, site)]
    done = subprocess.run(command, cwd=folder, env=os.environ | env, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def table(content):
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_curl(site, tmp_path):
    needs("curl")
    table_, cite, new = examples("curl", "sh")
    run(table_, site, tmp_path)
    assert next(csv.reader(io.StringIO((tmp_path / "late.csv").read_text("utf-8-sig"))))[:4] == ["code", "title", "due", "health"]
    assert run(cite, site, tmp_path).split()[1] == str(Event.objects.position())
    assert [run(new, site, tmp_path).strip() for _turn in range(2)] == ["200", "304"]


def test_python(site, tmp_path):
    (first,) = [text for text in examples("Python", "python") if "roadmap_client" not in text]
    assert run(first, site, tmp_path, python=True).splitlines()[0].split()[:2] == ["SM-03", "2029-12-31"]
    shutil.copy(ROOT / "docs" / "examples" / "sync.py", tmp_path)
    (copy,) = examples("A copy in SQLite", "sh")
    assert run(copy, site, tmp_path).split()[1:] == ["events", "read"]


def test_a_generated_client(site, tmp_path):
    """Made by the program that the recipe names, and used as it says; then to write, which needs a token."""
    from accounts.tokens import make_token

    (tmp_path / "config.yaml").write_text("post_hooks: []\n")
    (command,) = examples("A client made for you", "text")
    words = [str(ROOT / "docs" / word) if word == "openapi.yaml" else word for word in command.split()]
    program = Path(sys.executable).with_name(words[0])
    subprocess.run([program, *words[1:], "--config", "config.yaml"], cwd=tmp_path, check=True, capture_output=True, timeout=SECONDS)
    (text,) = examples("A client made for you", "python")
    lines = run(text, site, tmp_path, python=True, PYTHONPATH=str(tmp_path)).splitlines()
    assert len(lines) == Milestone.objects.filter(proposal__code="AF").count()
    assert all(line.endswith(" not_assessed") for line in lines)
    _row, token = make_token(user=person("editor"), name="Client", scopes=["assess", "review", "plan"])
    done = json.loads(run(WRITING, site, tmp_path, python=True, PYTHONPATH=str(tmp_path), TOKEN=token))
    assert done == {"moved": "2030-12-31", "version": 2, "stale": 412, "state": "draft", "events": 3, "refused": 400}


WRITING = """
import datetime as dt, json, os
from roadmap_client import AuthenticatedClient
from roadmap_client.api.changes import changes
from roadmap_client.api.milestones import milestones_change, milestones_detail, milestones_record
from roadmap_client.models import AssessmentInput, FoundStatusEnum, PatchedMilestoneInput, PrecisionEnum
from roadmap_client.models import PlannedDateInput, ReasonInputCategoryEnum, ReasonInput

client = AuthenticatedClient(base_url="http://localhost:8000", token=os.environ["TOKEN"])
seen = milestones_detail.sync_detailed(code="AF-05", client=client).headers["etag"]
due = PlannedDateInput(date=dt.date(2030, 12, 31), precision=PrecisionEnum.YEAR)
body = PatchedMilestoneInput(due=due, reason=ReasonInput(category=ReasonInputCategoryEnum.EXTERNAL))
moved = milestones_change.sync_detailed(code="AF-05", client=client, body=body, if_match=seen)
stale = milestones_change.sync_detailed(code="AF-05", client=client, body=body, if_match=seen)
found = AssessmentInput(status=FoundStatusEnum.IN_PROGRESS, summary="Sample: by a generated client.")
made = milestones_record.sync(code="AF-05", client=client, body=found, idempotency_key="once")
again = milestones_record.sync(code="AF-05", client=client, body=found, idempotency_key="once")
assert made.id == again.id
wrong = milestones_record.sync_detailed(code="AF-05", client=client, body=AssessmentInput(status=FoundStatusEnum.IN_PROGRESS, summary=""))
print(json.dumps({
    "moved": moved.parsed.due.date.isoformat(), "version": moved.parsed.version, "stale": int(stale.status_code),
    "state": made.state.value if hasattr(made.state, "value") else made.state,
    "events": len(changes.sync(client=client, after="0").results), "refused": int(wrong.status_code),
}))
"""


def test_excel(site):
    """The steps of the query, done by hand: the address is asked, and the columns that it types are there and can be so typed."""
    (query,) = examples("Excel", "powerquery")
    base, path = re.search(r'Web\.Contents\(\s*"([^"]+)",\s*\[RelativePath = "([^"]+)"', query).groups()
    asked = dict(re.findall(r'(\w+) = "(\w+)"', re.search(r"Query = \[([^\]]+)\]", query)[1]))
    content, headers = read(f"{base.replace(BASE, site)}/{path}?{'&'.join(f'{name}={value}' for name, value in asked.items())}")
    assert headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = table(content)
    assert {row["proposal"] for row in rows} == {"AF"}
    kinds = {"Int64.Type": r"-?\d*", "type date": r"(\d{4}-\d\d-\d\d)?", "type datetimezone": r"\d{4}-\d\d-\d\dT[\d:]+\+00:00"}
    typed = re.findall(r'\{"(\w+)", ([^}]+)\}', query)
    assert len(typed) >= 5
    for name, kind in typed:
        assert all(re.fullmatch(kinds[kind], row[name]) for row in rows), name
    assert {"record_position", "as_of"} <= set(rows[0])


def test_google_sheets(site):
    (formula,) = examples("Google Sheets", "text")
    address = re.fullmatch(r'=IMPORTDATA\("([^"]+)"\)\n', formula)[1]
    rows = table(read(address.replace(BASE, site))[0])
    assert len(rows) == Milestone.objects.count()
    assert set(rows[0]) == {"code", "title", "status", "health", "due", "record_position", "as_of"}


def test_a_calendar(site):
    """Read by a strict parser; an entry keeps its identity and raises its number when its date moves."""
    (addresses,) = examples("A calendar", "text")

    def entries(address):
        content, headers = read(address.replace(BASE, site))
        assert headers["Content-Type"].startswith("text/calendar")
        assert content.endswith(b"END:VCALENDAR\r\n")
        assert all(len(line) <= 75 for line in content.split(b"\r\n"))
        found = Calendar.from_ical(content)
        assert not found.errors
        assert (bool(found["PRODID"]), found["VERSION"]) == (True, "2.0")
        events = {str(one["UID"]): one for one in found.walk("VEVENT")}
        assert len(events) == len(found.walk("VEVENT")) > 0
        assert not any(one.errors for one in events.values())
        return events

    before = [entries(address) for address in addresses.split()]
    with open_change(by="Test") as change:
        move_date(change, Milestone.objects.get(code="SM-03"), field="due", to=PlannedDate.parse("2030"), category="external")
    after = entries(addresses.split()[0])
    (moved,) = [uid for uid in before[0] if before[0][uid]["DTSTART"].dt != after[uid]["DTSTART"].dt]
    assert after[moved]["SEQUENCE"] > before[0][moved]["SEQUENCE"]
    assert set(after) == set(before[0])


def test_a_webhook_receiver(site, tmp_path, settings):
    settings.FETCH_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    shutil.copy(ROOT / "docs" / "examples" / "webhook_receiver.py", tmp_path)
    port = free_port()
    hook = add_webhook(owner=person("editor"), name="Recipe", address=f"http://127.0.0.1:{port}/")
    (command,) = examples("A webhook receiver", "sh")
    command = (
        command.replace("whsec_your-secret", hook.secret)
        .replace("8099", str(port))
        .replace("python3", f"exec {shlex.quote(sys.executable)}")
    )
    receiver = subprocess.Popen(["sh", "-euc", command], cwd=tmp_path, stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        with open_change(by="Test") as change:
            move_date(change, Milestone.objects.get(code="SM-03"), field="due", to=PlannedDate.parse("2028"), category="external")
        sending.pump()
        send_again(Delivery.objects.get())
        sending.pump()
        forged = urllib.request.Request(f"http://127.0.0.1:{port}/", b"{}", {"webhook-id": "x", "webhook-timestamp": str(int(time.time()))})
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(forged, timeout=SECONDS)
        refused.value.close()
        assert refused.value.code == 401
    finally:
        receiver.terminate()
        receiver.wait(SECONDS)
    kept = sqlite3.connect(tmp_path / "events.sqlite").execute("SELECT id, type FROM events").fetchall()
    assert kept == [(str(Event.objects.latest("position").uid), "plan.changed")]
    assert Delivery.objects.get().attempts.count() == 2


def wait_for(port):
    import socket

    for _turn in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the receiver does not come up")

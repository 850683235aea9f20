"""The feed of changes: every event once, in order, whoever writes meanwhile."""

import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection

from common.dates import PlannedDate
from milestones.models import Milestone
from milestones.services import move_date
from record.models import Event
from record.services import open_change
from roadmap_file.loading import load
from tests.factories import as_file, milestone, roadmap

ROOT = Path(__file__).parents[2]
WRITERS, EACH = 4, 40
WRITER = """
import sys, django
django.setup()
from common.dates import PlannedDate
from milestones.models import Milestone
from milestones.services import move_date
from record.services import open_change
for number in range(int(sys.argv[2])):
    with open_change() as change:
        one = Milestone.objects.select_related("proposal__report").get(code=sys.argv[1])
        move_date(change, one, field="due", to=PlannedDate.parse(f"{2030 + number % 2}-0{1 + number % 9}"), category="external")
"""


def test_a_page_leads_to_the_next_and_nothing_new_is_a_304(rk2030, api, now):
    with open_change(now=now) as change:
        move_date(change, Milestone.objects.get(code="SM-03"), field="due", to=PlannedDate.parse("2029"), category="political")
    first = api("changes/?limit=1").data_
    assert ([one["type"] for one in first["results"]], first["next_cursor"]) == (["roadmap.loaded"], "1")
    second = api(f"changes/?after={first['next_cursor']}").data_
    assert [one["type"] for one in second["results"]] == ["plan.changed"]
    assert second["results"][0]["data"]["to"] == "2029"
    path = f"changes/?after={second['next_cursor']}"
    empty = api(path)
    assert empty.data_ == {"results": [], "next_cursor": second["next_cursor"]}
    assert api(path, headers={"If-None-Match": empty["ETag"]}).status_code == 304
    assert [one["cursor"] for one in api("changes/?at=1").data_["results"]] == ["1"]


@pytest.mark.parametrize("query", ["after=x", "after=-1", "after=99", "after=", "limit=0", "limit=501", "after=1.0", "after=" + "9" * 30])
def test_a_cursor_that_cannot_be_is_an_error(rk2030, api, query):
    assert api(f"changes/?{query}").status_code == 400


@pytest.mark.django_db(transaction=True)
def test_a_reader_sees_each_event_once_while_processes_write(now, api, monkeypatch):
    monkeypatch.setattr("rest_framework.throttling.AnonRateThrottle.THROTTLE_RATES", {"anon": None})
    load(as_file(roadmap(*[milestone(f"PR-0{number}") for number in range(1, WRITERS + 1)])), now=now)
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    environment = os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "roadmap.settings", "LOG_LEVEL": "ERROR"}
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, f"PR-0{number}", str(EACH)], cwd=ROOT, env=environment)
        for number in range(1, WRITERS + 1)
    ]
    seen, cursor, until = [], "0", time.monotonic() + 120
    while time.monotonic() < until:
        running = any(writer.poll() is None for writer in writers)
        page = api(f"changes/?after={cursor}&limit=7").data_
        seen += [int(one["cursor"]) for one in page["results"]]
        cursor = page["next_cursor"]
        if not running and not page["results"]:
            break
    assert [writer.wait() for writer in writers] == [0] * WRITERS
    assert seen == list(range(1, Event.objects.position() + 1))
    assert len(seen) > WRITERS * EACH // 2

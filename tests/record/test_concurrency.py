"""Many writers at once, each a process of its own with its own connection."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection

from milestones.models import MilestoneVersion
from record.models import Event
from record.verify import verify_record
from roadmap_file.loading import load
from tests.factories import as_file, milestone, roadmap

ROOT = Path(__file__).parents[2]
WRITERS, WRITES = 6, 25
WRITER = """
import sys
import django
django.setup()
from common.dates import PlannedDate
from milestones.models import Milestone
from milestones.services import move_date
from record.services import open_change
number, writes = int(sys.argv[1]), int(sys.argv[2])
for step in range(writes):
    with open_change(by=f"Writer {number}") as change:
        one = Milestone.objects.select_related("proposal__report", "series").get(code=f"PR-0{step % 3 + 1}")
        move_date(change, one, field="due", to=PlannedDate.parse(f"2{number:02}0-{step % 12 + 1:02}-{step % 28 + 1:02}"), category="political")
"""


@pytest.mark.django_db(transaction=True)
def test_writers_at_the_same_moment_lose_nothing_and_leave_no_gap(now):
    load(as_file(roadmap(*(milestone(f"PR-0{number}") for number in range(1, 4)))), now=now)
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    environment = os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "roadmap.settings", "ENVIRONMENT": "local"}
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(number), str(WRITES)], cwd=ROOT, env=environment, stderr=subprocess.PIPE)
        for number in range(1, WRITERS + 1)
    ]
    errors = [writer.communicate(timeout=120)[1].decode() for writer in writers]
    assert [writer.returncode for writer in writers] == [0] * WRITERS, errors
    positions = list(Event.objects.values_list("position", flat=True))
    assert positions == list(range(1, WRITERS * WRITES + 2))
    assert Event.objects.filter(type="plan.changed").count() == WRITERS * WRITES
    assert MilestoneVersion.objects.count() == 3 + WRITERS * WRITES
    moments = list(Event.objects.values_list("occurred_at", flat=True))
    assert moments == sorted(moments)
    assert list(verify_record()) == []

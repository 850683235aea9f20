"""20,000 conflicting writes from 32 connections, writers killed and connections cut amid it: nothing lost, nothing twice."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection

from milestones.models import Assessment, MilestoneVersion, PlanChange
from record.models import Event
from record.verify import verify_record
from roadmap_file.loading import load
from tests.factories import as_file, milestone, roadmap
from tests.people import a_source, person
from tests.record.storm import SHARED

ROOT = Path(__file__).parents[2]
WRITERS, WRITES = 32, 20_000


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_twenty_thousand_conflicting_writes_some_killed_amid_them_lose_nothing(now, tmp_path):
    load(as_file(roadmap(*(milestone(f"PR-0{number}") for number in range(1, 6)))), now=now)
    analysts = [person("analyst", f"analyst-{number}") for number in range(8)]
    for address in SHARED:
        a_source(analysts[0], address=address)
    for number in range(4):
        person("editor", f"editor-{number}")
    url = urlsplit(os.environ["DATABASE_URL"])
    query = f"{url.query}&application_name=storm" if url.query else "application_name=storm"
    url = url._replace(path=f"/{connection.settings_dict['NAME']}", query=query).geturl()
    environment = os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "roadmap.settings", "ENVIRONMENT": "local"}
    storm = subprocess.run(
        [sys.executable, "-m", "tests.record.storm", str(tmp_path), str(WRITERS), str(WRITES)],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=2000, check=False,
    )  # fmt: skip
    assert storm.returncode == 0, storm.stderr

    said, left = {}, {}
    for path in tmp_path.glob("*.log"):
        for line in path.read_text().splitlines():
            word, mark, *what = line.split()
            said[mark] = word
            if what:
                left[mark] = what[0]
    outcome = Counter(said.values())
    words = storm.stdout.split()
    killed, cut = int(words[1]), int(words[3])
    assert len(said) >= WRITES
    assert killed > 5
    assert cut > 5
    assert outcome["cut"] > 0

    # What each accepted write left behind carries its mark, once.
    found = Counter(PlanChange.objects.values_list("note", flat=True))
    found.update(Assessment.objects.values_list("summary", flat=True))
    events = Event.objects.filter(type="milestone.changed").values_list("position", flat=True)
    found.update(MilestoneVersion.objects.filter(first__in=events).values_list("description_en", flat=True))
    found.update(str(uid) for uid in Assessment.objects.filter(state="published").values_list("uid", flat=True))
    lost = [mark for mark, what in left.items() if not found[what]]
    assert lost == []
    assert len(set(left.values())) == len(left) == outcome["ok"]  # nobody's decision was taken twice
    assert {what for what, number in found.items() if number > 1} == set()
    assert not [mark for mark, word in said.items() if word == "no" and found[mark]]

    positions = list(Event.objects.values_list("position", flat=True))
    assert positions == list(range(1, len(positions) + 1))
    counts = Counter(Event.objects.values_list("type", flat=True))
    assert counts["plan.changed"] == PlanChange.objects.count()
    assert counts["assessment.published"] == Assessment.objects.filter(state="published").count()
    assert verify_record() == []
    print(  # noqa: T201 - the figures are what the test is for
        f"\nstorm: {WRITERS} writers, {len(said)} writes, {outcome['ok']} accepted, {outcome['no']} refused, {outcome['cut']} cut off,"
        f" {outcome['try']} killed amid it, {killed} writers killed, {cut} connections cut, {len(positions)} positions, lost: {len(lost)}"
    )

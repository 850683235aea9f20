"""docs/examples/sync.py keeps a copy that equals the server, through random writes, restarts and cuts."""

import importlib.util
import json
import random
import sqlite3
from pathlib import Path

import pytest
from django.db.models import ProtectedError

from common.dates import PlannedDate
from common.refusals import Refused
from milestones.models import Milestone
from milestones.services import add_dependency, move_date, remove_milestone, set_baseline
from record.services import open_change
from tests.people import person, published

SPEC = importlib.util.spec_from_file_location("sync", Path(__file__).parents[2] / "docs" / "examples" / "sync.py")
example = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(example)

BY_DAY = {"health", "overdue", "stale"}
STEPS = 25


def step(chance, analyst, editor, now):
    codes = list(Milestone.objects.values_list("code", flat=True))
    try:
        match chance.choice(["move", "move", "publish", "publish", "wait", "remove", "baseline"]):
            case "move":
                with open_change(by=editor.actor) as change:
                    one = Milestone.objects.get(code=chance.choice(codes))
                    to = PlannedDate.parse(str(chance.randint(2027, 2035)))
                    move_date(change, one, field=chance.choice(["due", "forecast"]), to=to, category="external", by=editor)
            case "publish":
                published(chance.choice(codes), analyst, editor, now=now, summary=f"Found {chance.random()}")
            case "wait":
                with open_change(by=editor.actor) as change:
                    first, second = (Milestone.objects.get(code=code) for code in chance.sample(codes, 2))
                    add_dependency(change, first, second, by=editor)
            case "remove":
                with open_change(by=editor.actor) as change:
                    remove_milestone(change, Milestone.objects.get(code=chance.choice(codes)))
            case "baseline":
                with open_change(by=editor.actor) as change:
                    set_baseline(change, Milestone.objects.first().proposal.report, name=f"B{chance.random()}", by=editor)
    except (Refused, ProtectedError):
        pass


class Cut(Exception):
    pass


@pytest.mark.django_db(transaction=True)
def test_the_copy_equals_the_server(live_server, rk2030, tmp_path, now, monkeypatch):
    monkeypatch.setattr("rest_framework.throttling.AnonRateThrottle.THROTTLE_RATES", {"anon": None})
    analyst, editor, chance = person("analyst"), person("editor"), random.Random(5)
    server, path = example.Server(live_server.url), tmp_path / "copy.sqlite"
    read, cuts = server.read, 0

    def sometimes_cut(address):
        nonlocal cuts
        if chance.random() < 0.15:
            cuts += 1
            raise Cut
        return read(address)

    for _round in range(STEPS):
        for _act in range(chance.randint(1, 3)):
            step(chance, analyst, editor, now)
        server.read = sometimes_cut
        database = sqlite3.connect(path)
        try:
            example.sync(server, database)
        except Cut:
            pass
        finally:
            database.close()
    server.read = read
    database = sqlite3.connect(path)
    example.sync(server, database)
    (cursor,) = database.execute("SELECT value FROM cursor").fetchone()
    copied = {code: json.loads(content) for code, content in database.execute("SELECT code, content FROM milestones")}
    database.close()
    real = server.all_milestones(cursor)
    assert cuts > 0
    assert set(copied) == set(real)
    for code, one in real.items():
        assert {name: copied[code][name] for name in one if name not in BY_DAY} == {name: one[name] for name in one if name not in BY_DAY}

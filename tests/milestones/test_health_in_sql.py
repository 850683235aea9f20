"""The database's expression of health is held to the plain oracle of ``milestones.rules``."""

import datetime as dt
import random

import pytest

from milestones.models import Milestone, MilestoneVersion
from milestones.rules import Standing, freshness, health, overdue
from milestones.statuses import Status
from record.moments import Moment
from record.services import open_change
from roadmap_file.loading import load
from tests.factories import as_file, milestone, roadmap

SIZE = 300
DAYS = [dt.date(2024, 3, 31), dt.date(2026, 2, 28), dt.date(2026, 11, 23), dt.date(2028, 12, 31)]


def scatter(chance: random.Random, one: Milestone) -> None:
    """Give a milestone any standing that the constraints allow."""
    status = chance.choice(list(Status))
    one.status = status.value
    one.completed_on = dt.date(2026, 1, 1) if status is Status.ACHIEVED else None
    one.assessed_on = None if status is Status.NOT_ASSESSED else dt.date(2026, 1, 1) + dt.timedelta(days=chance.randrange(-900, 330))
    for name in ("due", "forecast"):
        day = None if chance.random() < 0.2 else dt.date(2024, 1, 1) + dt.timedelta(days=chance.randrange(2500))
        setattr(one, name, day)
        setattr(one, f"{name}_precision", "day" if day else "")
    one.work_out()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.django_db
def test_health_overdue_and_freshness_are_what_the_rules_say_on_any_day(seed, now):
    chance = random.Random(seed)
    codes = [f"PR-{number:03}" for number in range(SIZE)]
    items = [
        milestone(code, predecessors=chance.sample(codes[:index], min(index, chance.randrange(4)))) for index, code in enumerate(codes)
    ]
    load(as_file(roadmap(*items)), now=now)
    with open_change(now=now) as change:
        things = list(Milestone.objects.all())
        for one in things:
            scatter(chance, one)
            one.save()
        change.keep(things)
        change.announce("roadmap.changed")
    rows = {row.code: row for row in MilestoneVersion.objects.current()}
    standings = {code: Standing(Status(row.status), row.due, row.forecast) for code, row in rows.items()}
    for day in DAYS:
        found = MilestoneVersion.objects.current().with_health(Moment(day)).with_freshness(day)
        for row in found:
            expected = health(standings[row.code], day, [standings[code] for code in row.predecessors])
            assert (row.health, row.overdue) == (expected, overdue(standings[row.code], day)), (row.code, day)
            assert row.freshness == freshness(row.assessed_on, day)
            assert row.stale == (row.freshness != "fresh")

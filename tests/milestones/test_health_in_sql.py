"""The database's expression of health is held to the plain oracle of ``milestones.rules``."""

import datetime as dt
import random

import pytest

from milestones.models import Milestone, MilestoneVersion
from milestones.rules import Standing, freshness, health, overdue
from milestones.statuses import Health, Status
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


STEPS, AWAY = 5, 6


def expected(rows, moment):
    """What the rules say of each row, which waits for those that stood beside it."""
    standings = {code: Standing(Status(row.status), row.due, row.forecast) for code, row in rows.items()}
    return {
        code: (
            health(standings[code], moment.day, [standings[one] for one in row.predecessors if one in standings]).value,
            overdue(standings[code], moment.day),
            freshness(row.assessed_on, moment.day).value,
        )
        for code, row in rows.items()
    }


def said(moment):
    found = MilestoneVersion.objects.as_of(moment).with_health(moment).with_freshness(moment.day)
    return {row.code: (row.health, row.overdue, row.freshness) for row in found}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.django_db
def test_health_of_every_earlier_position_is_what_the_rules_say_on_any_day(seed, now):
    """Each step gives some milestones another standing, and takes some away of which others say that they wait for it."""
    chance = random.Random(seed)
    codes = [f"PR-{number:03}" for number in range(SIZE // 4)]
    items = [
        milestone(code, predecessors=chance.sample(codes[:index], min(index, chance.randrange(4)))) for index, code in enumerate(codes)
    ]
    load(as_file(roadmap(*items)), now=now)
    kept = [{row.code: row for row in MilestoneVersion.objects.current()}]
    gone = set()
    for _step in range(STEPS):
        with open_change(now=now) as change:
            left = [one for one in Milestone.objects.order_by("code") if one.code not in gone]
            chosen = chance.sample(left, SIZE // 8)
            away, things = chosen[:AWAY], chosen[AWAY:]
            for one in things:
                scatter(chance, one)
                one.save()
            change.keep(things)
            change.drop(away)
            gone |= {one.code for one in away}
            change.announce("roadmap.changed")
        kept.append({row.code: row for row in MilestoneVersion.objects.current()})
    healths = set()
    for position, rows in enumerate(kept, start=1):
        for day in [*DAYS, *chance.choices(sorted({row.due for row in rows.values() if row.due}), k=8)]:
            moment = Moment(day, position, past=True)
            assert said(moment) == expected(rows, moment), (position, day)
            healths |= {one for one, _overdue, _freshness in said(moment).values()}
    assert healths == set(Health)
    assert any(one in gone for row in kept[-1].values() for one in row.predecessors)

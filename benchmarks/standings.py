"""Statuses, dates of assessment and forecasts for a loaded roadmap, so that every health occurs.

They are written through the record (``open_change``, ``change.keep``), as a service would, so that closed
versions lie beside the open ones as they do after a year of work; assessments themselves are left out.
"""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection
from psycopg2.extras import execute_values

from common.dates import PlannedDate, Precision
from milestones.models import Milestone
from milestones.services import move_date
from milestones.statuses import Status
from record.services import open_change

if TYPE_CHECKING:
    from datetime import date, datetime

    from record.services import Change

SEED = 7
ROUNDS = 5
MOVED = 40
COLUMNS = ("status", "confidence", "effective_on", "assessed_on", "completed_on", "evidence_count", "forecast", "forecast_precision")
PAST = {Status.ACHIEVED: 45, Status.IN_PROGRESS: 15, Status.NOT_ASSESSED: 15, Status.NO_EVIDENCE: 10, Status.AGREED: 5, Status.DROPPED: 5}
AHEAD = {Status.NOT_ASSESSED: 30, Status.IN_PROGRESS: 30, Status.AGREED: 20, Status.NOT_STARTED: 15, Status.SUSPENDED: 5}
"""Of a hundred milestones whose period is over, or lies ahead."""
SLIPPING = 0.2


def give_standings(*, now: datetime, rounds: int = ROUNDS, moved: int = MOVED) -> None:
    """Assess every milestone in ``rounds`` positions, a day apart and ending ``now``, then move ``moved`` dates, a position each."""
    rng = random.Random(SEED)
    milestones = list(Milestone.objects.order_by("code"))
    for number in range(rounds):
        part = milestones[number::rounds]
        with open_change(by="Benchmark", now=now - timedelta(days=rounds - number)) as change:
            keep_round(change, part, rng)
    for milestone in rng.sample([one for one in milestones if one.due], min(moved, len(milestones) // 2)):
        with open_change(by="Benchmark", now=now) as change:
            move_by_a_quarter(change, milestone)


def keep_round(change: Change, milestones: list[Milestone], rng: random.Random) -> None:
    day = change.now.date()
    for milestone in milestones:
        for name, value in standing(milestone, day, rng).items():
            setattr(milestone, name, value)
    changed = [one for one in milestones if one.status != Status.NOT_ASSESSED]
    save(changed)
    change.keep(changed)
    change.announce("assessment.published", data={"code": f"{len(changed)}"})


def save(milestones: list[Milestone]) -> None:
    """The columns of many rows in one statement; ``bulk_update`` takes ten times as long."""
    columns = [Milestone._meta.get_field(name) for name in COLUMNS]
    given = ", ".join(f'"{field.column}" = given."{field.column}"::{field.db_type(connection)}' for field in columns)
    names = ", ".join(f'"{field.column}"' for field in columns)
    statement = f"UPDATE milestones_milestone AS one SET {given} FROM (VALUES %s) AS given (id, {names}) WHERE one.id = given.id"
    rows = [(one.pk, *(getattr(one, name) for name in COLUMNS)) for one in milestones]
    with connection.cursor() as cursor:
        execute_values(cursor.cursor, statement, rows, page_size=1000)


def standing(milestone: Milestone, day: date, rng: random.Random) -> dict[str, Any]:
    """Values for ``COLUMNS`` that the table's constraints allow together."""
    shares = PAST if milestone.due and milestone.due < day else AHEAD
    status = rng.choices(list(shares), weights=list(shares.values()))[0]
    if status is Status.NOT_ASSESSED:
        return {"status": status.value}
    assessed = day - timedelta(days=rng.randint(0, 400))
    values = {
        "status": status.value,
        "confidence": rng.choice(["low", "medium", "high"]),
        "effective_on": assessed,
        "assessed_on": assessed,
        "evidence_count": rng.randint(0, 4),
        "completed_on": min(assessed, milestone.due or assessed) if status is Status.ACHIEVED else None,
    }
    if status is not Status.ACHIEVED and milestone.due and rng.random() < SLIPPING:
        later = PlannedDate(milestone.due + timedelta(days=rng.randint(60, 400)), Precision.QUARTER)
        values |= {"forecast": later.date, "forecast_precision": later.precision.value}
    return values


def move_by_a_quarter(change: Change, milestone: Milestone) -> None:
    due = milestone.due_date
    later = PlannedDate(due.date + timedelta(days=1), Precision.QUARTER)
    move_date(change, milestone, field="due", to=later, category="dependency")

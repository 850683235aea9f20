"""The statuses given to a generated roadmap show every health and stand on the record like any other change."""

from __future__ import annotations

import pytest

from benchmarks.generated import roadmap_file
from benchmarks.standings import give_standings
from milestones.models import Milestone, MilestoneVersion
from milestones.statuses import Health
from record.models import Event
from record.moments import Moment
from record.verify import verify_record
from roadmap_file.loading import load

MILESTONES = 50
ROUNDS, MOVED = 2, 3


@pytest.fixture
def assessed(db, now) -> None:
    load(roadmap_file(MILESTONES), now=now)
    give_standings(now=now, rounds=ROUNDS, moved=MOVED)


@pytest.mark.usefixtures("assessed")
def test_health_is_not_uniform(now) -> None:
    found = MilestoneVersion.objects.current().with_health(Moment(now.date())).count_by("health")
    assert {Health.LATE, Health.AT_RISK, Health.UNKNOWN, Health.DONE} <= set(found)
    assert sum(found.values()) == MILESTONES


@pytest.mark.usefixtures("assessed")
def test_versions_say_what_the_milestones_say() -> None:
    columns = ("code", "status", "assessed_on", "completed_on", "forecast", "due", "version")
    rows = MilestoneVersion.objects.current().order_by("code").values_list(*columns)
    assert list(rows) == list(Milestone.objects.order_by("code").values_list(*columns))


@pytest.mark.usefixtures("assessed")
def test_the_record_holds() -> None:
    assert Event.objects.position() == 1 + ROUNDS + MOVED
    assert [fault for fault in verify_record() if "newest assessment" not in fault] == []  # assessments themselves are left out

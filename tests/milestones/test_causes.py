"""Why a milestone stands as it does: the rule by itself, and that the database hands it all that it looks at."""

import datetime as dt

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from milestones.causes import Kind, Planned, cause_of, causes_of, held_up_by, plan_above
from milestones.models import Milestone, MilestoneVersion
from milestones.rules import blocks
from milestones.standing import proposal_causes, proposal_standings
from milestones.statuses import FINISHED_STATUSES, Status
from record.moments import now as present
from record.moments import read_moment
from record.services import open_change
from roadmap_file.loading import load
from tests.factories import as_file, milestone, roadmap

DAY = dt.date(2026, 11, 23)
PAST, SOON, FAR = dt.date(2026, 9, 30), dt.date(2026, 12, 31), dt.date(2028, 12, 31)


def said(code="A", /, **plan):
    with translation.override("en"):
        cause = cause_of(code, plan, DAY)
    return (cause.kind, cause.text.replace("\N{NO-BREAK SPACE}", " "), cause.days, cause.chain) if cause else None


def one(status="in_progress", due=FAR, *waits_for, **more):
    return Planned(Status(status), due, since=dt.date(2026, 7, 14), assessed_on=dt.date(2026, 9, 3), predecessors=waits_for, **more)


LATE, SUSPENDED, DROPPED = one(due=PAST), one("suspended"), one("dropped", PAST)


@pytest.mark.parametrize(
    ("plan", "found"),
    [
        ({"A": one()}, None),
        ({"A": one("achieved", PAST, "B"), "B": LATE}, None),
        ({"A": one("dropped", PAST)}, None),
        ({"A": one(due=PAST)}, (Kind.OVERDUE, "period over; in progress at the last look, 3 Sep", 54, ())),
        ({"A": one("suspended", PAST, "B"), "B": LATE}, (Kind.SUSPENDED, "suspended since 14 Jul", None, ())),
        ({"A": one("in_progress", FAR, "B"), "B": LATE}, (Kind.WAITS_FOR, "waits for B, late by 54 days", 54, ("B",))),
        ({"A": one("in_progress", PAST, "B"), "B": LATE}, (Kind.WAITS_FOR, "waits for B, late by 54 days", 54, ("B",))),
        ({"A": one("not_started", FAR, "B"), "B": SUSPENDED}, (Kind.WAITS_FOR, "waits for B, suspended since 14 Jul", None, ("B",))),
        ({"A": one("not_started", FAR, "B"), "B": DROPPED}, (Kind.WAITS_FOR, "waits for B, which was dropped", None, ("B",))),
        (
            {"A": one("not_started", FAR, "B"), "B": one("not_started", FAR, "C"), "C": LATE},
            (Kind.WAITS_FOR, "waits for C (through B), late by 54 days", 54, ("B", "C")),
        ),
        ({"A": one("not_started", FAR, "B"), "B": one("achieved", FAR, "C"), "C": LATE}, None),
        ({"A": one("not_started", FAR, "B"), "B": Planned(Status.NOT_ASSESSED, PAST)}, None),
        (
            {"A": one("not_started", SOON, "B"), "B": one(due=dt.date(2027, 9, 30), due_precision="quarter")},
            (Kind.WAITS_LATER, "waits for B, whose due date is later: 2027 Q3", 273, ("B",)),
        ),
        ({"A": one("not_started", SOON, "B"), "B": one("achieved", FAR)}, (Kind.NOT_BEGUN, "due in 38 days and not begun", 38, ())),
        (
            {"A": one(due=SOON, forecast=dt.date(2027, 6, 30), forecast_precision="quarter")},
            (Kind.FORECAST, "forecast: 2027 Q2, 181 days after the due date", 181, ()),
        ),
        ({"A": Planned(Status.NOT_ASSESSED, FAR)}, (Kind.NOT_ASSESSED, "not assessed", None, ())),
        ({"A": Planned(Status.NOT_ASSESSED, PAST)}, (Kind.NOT_ASSESSED, "not assessed; the period ended 54 days ago", 54, ())),
        ({"A": one("no_evidence", FAR)}, (Kind.NO_EVIDENCE, "no evidence found at the last look, 3 Sep", None, ())),
        ({"A": one("in_progress", None, "A")}, None),
    ],
)
def test_the_nearest_reason_is_the_cause(plan, found):
    assert said(**plan) == found


def test_of_two_that_hold_it_up_the_nearest_and_then_the_one_due_first_is_named():
    plan = {
        "A": one("not_started", FAR, "B", "C", "D"),
        "B": one("not_started", FAR, "E"),
        "C": LATE,
        "D": one(due=dt.date(2026, 3, 31)),
        "E": LATE,
    }
    assert held_up_by("A", plan, DAY) == ("D",)


def test_a_long_way_up_is_shortened():
    plan = {f"M{n}": one("not_started", FAR, f"M{n + 1}") for n in range(6)} | {"M6": LATE}
    assert said("M0", **plan)[1] == "waits for M6 (through M1, …, M5), late by 54 days"
    assert said("M0", **plan)[3] == ("M1", "M2", "M3", "M4", "M5", "M6")


CODES = [f"M{number}" for number in range(7)]
DAYS = st.none() | st.dates(dt.date(2026, 1, 1), dt.date(2028, 12, 31))
PLANS = st.fixed_dictionaries(
    {
        code: st.builds(
            Planned,
            status=st.sampled_from(list(Status)),
            due=DAYS,
            forecast=DAYS,
            assessed_on=DAYS,
            predecessors=st.lists(st.sampled_from(CODES), max_size=3, unique=True).map(tuple),
        )
        for code in CODES
    }
)


@given(PLANS)
def test_the_way_up_ends_in_the_first_that_blocks_even_in_circles(plan):
    way = held_up_by("M0", plan, DAY)
    if way:
        assert all(after in plan[before].predecessors for before, after in zip(("M0", *way), way, strict=False))
        assert blocks(plan[way[-1]].standing, DAY)
        assert not any(blocks(plan[code].standing, DAY) or plan[code].status in FINISHED_STATUSES for code in way[:-1])
    else:
        assert not any(blocks(plan[code].standing, DAY) for code in plan["M0"].predecessors if code != "M0")


STATUSES = ("in_progress", "suspended", "dropped", "achieved", "not_assessed", "agreed", "not_started", "no_evidence")


@pytest.fixture
def tangle(now):
    """A plan of three dozen steps, each waiting for some before it, in every status; at two positions of the record."""
    steps = [
        milestone(
            f"PR-{n:02}",
            due=f"{2026 + n // 12}-Q{n // 3 % 4 + 1}",
            predecessors=[f"PR-{before:02}" for before in {n // 2, n - 3, n - 1} if 0 <= before < n],
        )
        for n in range(36)
    ]
    load(as_file(roadmap(*steps)), now=now)
    for turn in (0, 3):
        with open_change(now=now) as change:
            rows = list(Milestone.objects.order_by("code"))
            for n, row in enumerate(rows):
                row.status = STATUSES[(n * 5 + turn) % len(STATUSES)]
                row.assessed_on = None if row.status == "not_assessed" else now.date()
                row.completed_on = now.date() if row.status == "achieved" else None
                if n % 4 == turn:
                    row.due = row.due.replace(year=row.due.year + 1)
                    row.work_out()
                row.save()
            change.keep(rows)
            change.announce("test.assessed")


@pytest.mark.django_db
def test_the_database_hands_over_all_that_the_rule_looks_at(tangle, django_assert_num_queries):
    for moment in (present(), read_moment({"at": "2"})):
        rows = list(MilestoneVersion.objects.as_of(moment).order_by("code"))
        whole = plan_above([row.code for row in rows], moment)
        for row in rows:
            with django_assert_num_queries(0 if row.status in FINISHED_STATUSES else 1):
                found = causes_of([row], moment)
            assert found.get(row.code) == cause_of(row.code, whole, moment.day)
        with django_assert_num_queries(1):
            assert causes_of(rows, moment) == {row.code: cause for row in rows if (cause := cause_of(row.code, whole, moment.day))}


@pytest.mark.django_db
def test_a_proposal_stands_so_because_of_the_one_that_is_longest_late(tangle, django_assert_num_queries):
    moment = present()
    standings = proposal_standings(moment, ["PR"])
    with django_assert_num_queries(2):
        cause = proposal_causes(standings, moment)["PR"]
    late = MilestoneVersion.objects.as_of(moment).with_health(moment).filter(health="late").order_by("due", "code").first()
    assert (cause.milestone.code, cause.days) == (late.code, (moment.day - late.due).days)
    with translation.override("en"):
        assert cause.text.startswith(f"late by {cause.days} days: {late.code} {late.short}")


@pytest.mark.django_db
def test_of_an_unknown_proposal_it_is_said_how_many_nobody_knows_of(rk2030):
    moment = present()
    with translation.override("en"):
        cause = proposal_causes(proposal_standings(moment, ["SM"]), moment)["SM"]
        assert cause.text == "unknown: nothing is known of 8 of 8 open milestones"

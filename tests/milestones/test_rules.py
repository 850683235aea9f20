import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milestones.rules import Standing, blocks, find_cycle, freshness, health, host_of, overdue, proposal_health
from milestones.statuses import Freshness, Health, Status

DAY = dt.date(2026, 11, 23)
PAST, SOON, FAR = DAY - dt.timedelta(days=1), DAY + dt.timedelta(days=90), DAY + dt.timedelta(days=91)


@pytest.mark.parametrize(
    ("status", "due", "forecast", "expected"),
    [
        (Status.ACHIEVED, PAST, None, Health.DONE),
        (Status.DROPPED, PAST, None, Health.CLOSED),
        (Status.NOT_ASSESSED, PAST, None, Health.UNKNOWN),
        (Status.NO_EVIDENCE, PAST, None, Health.UNKNOWN),
        (Status.IN_PROGRESS, PAST, None, Health.LATE),
        (Status.SUSPENDED, PAST, None, Health.LATE),
        (Status.IN_PROGRESS, DAY, None, Health.ON_TRACK),
        (Status.AGREED, DAY, None, Health.AT_RISK),
        (Status.AGREED, SOON, None, Health.AT_RISK),
        (Status.AGREED, FAR, None, Health.ON_TRACK),
        (Status.IN_PROGRESS, SOON, None, Health.ON_TRACK),
        (Status.IN_PROGRESS, FAR, FAR + dt.timedelta(days=1), Health.AT_RISK),
        (Status.IN_PROGRESS, FAR, FAR, Health.ON_TRACK),
        (Status.IN_PROGRESS, FAR, SOON, Health.ON_TRACK),
        (Status.SUSPENDED, FAR, None, Health.AT_RISK),
        (Status.NOT_STARTED, None, None, Health.ON_TRACK),
        (Status.NOT_STARTED, None, FAR, Health.ON_TRACK),
    ],
)
def test_health_is_the_first_that_fits(status, due, forecast, expected):
    assert health(Standing(status, due, forecast), DAY) is expected


@pytest.mark.parametrize(
    ("predecessor", "expected"),
    [
        (Standing(Status.IN_PROGRESS, PAST), Health.AT_RISK),
        (Standing(Status.SUSPENDED, FAR), Health.AT_RISK),
        (Standing(Status.DROPPED, FAR), Health.AT_RISK),
        (Standing(Status.NOT_ASSESSED, PAST), Health.ON_TRACK),
        (Standing(Status.ACHIEVED, PAST), Health.ON_TRACK),
        (Standing(Status.IN_PROGRESS, FAR), Health.ON_TRACK),
    ],
)
def test_a_predecessor_that_is_known_to_hang_puts_at_risk_and_an_unassessed_one_does_not(predecessor, expected):
    assert health(Standing(Status.IN_PROGRESS, FAR), DAY, [predecessor]) is expected


standings = st.builds(
    Standing,
    st.sampled_from(Status),
    st.none() | st.dates(dt.date(2024, 1, 1), dt.date(2031, 1, 1)),
    st.none() | st.dates(dt.date(2024, 1, 1), dt.date(2031, 1, 1)),
)


@given(standings, st.dates(dt.date(2024, 1, 1), dt.date(2031, 1, 1)), st.lists(standings, max_size=3))
def test_what_nobody_assessed_is_never_a_failure_and_an_undated_one_never_late(standing, day, predecessors):
    found = health(standing, day, predecessors)
    if standing.status in {Status.NOT_ASSESSED, Status.NO_EVIDENCE}:
        assert found is Health.UNKNOWN
    if standing.due is None:
        assert found is not Health.LATE
        assert not overdue(standing, day)


@pytest.mark.parametrize(
    ("milestones", "expected"),
    [
        ([Health.DONE, Health.LATE, Health.UNKNOWN], Health.LATE),
        ([Health.UNKNOWN, Health.AT_RISK], Health.AT_RISK),
        ([Health.ON_TRACK, Health.UNKNOWN], Health.UNKNOWN),
        ([Health.ON_TRACK, Health.DONE], Health.ON_TRACK),
        ([Health.DONE, Health.CLOSED], Health.DONE),
        ([Health.CLOSED], Health.CLOSED),
        ([], Health.UNKNOWN),
    ],
)
def test_a_proposal_is_as_healthy_as_the_worst_of_its_open_milestones(milestones, expected):
    assert proposal_health(iter(milestones)) is expected


def test_an_assessment_is_stale_after_180_days():
    assert freshness(None, DAY) is Freshness.NEVER
    assert [freshness(DAY - dt.timedelta(days=days), DAY) for days in (0, 1, 180)] == [Freshness.FRESH] * 3
    assert [freshness(DAY - dt.timedelta(days=days), DAY) for days in (181, 1000)] == [Freshness.STALE] * 2


@given(st.lists(st.sampled_from(["RU", "KZ", "INT"]), min_size=1, max_size=4), st.integers(1990, 2030), st.integers(0, 40))
def test_each_turn_comes_again_after_all_the_others(rotation, first_year, place):
    assert host_of(rotation, first_year, first_year + place) == (rotation * 41)[place]


def test_the_hosts_turn_goes_by_the_calendar_year():
    assert [host_of(["RU", "KZ"], 2024, year) for year in range(2024, 2028)] == ["RU", "KZ", "RU", "KZ"]


def test_a_cycle_is_named_from_start_to_start():
    assert find_cycle({"A": ["B"], "B": ["C"], "C": ["A"]}) == ["A", "B", "C", "A"]
    assert find_cycle({"A": ["A"]}) == ["A", "A"]


def test_a_very_long_chain_is_no_cycle():
    assert find_cycle({str(n): [str(n + 1)] for n in range(50_000)}) == []


@given(st.dictionaries(st.integers(0, 12), st.sets(st.integers(0, 12), max_size=4), max_size=12))
def test_a_found_cycle_is_one_and_none_is_overlooked(graph):
    waits_for = {str(key): sorted(map(str, values)) for key, values in graph.items()}
    cycle = find_cycle(waits_for)
    for one, other in itertools.pairwise(cycle):
        assert other in waits_for[one]
    reachable = {}
    for start in waits_for:
        seen, todo = set(), list(waits_for[start])
        while todo:
            step = todo.pop()
            if step not in seen:
                seen.add(step)
                todo += waits_for.get(step, [])
        reachable[start] = seen
    assert bool(cycle) == any(start in seen for start, seen in reachable.items())


def test_the_words_that_the_database_and_programs_hold_stay():
    assert [one.value for one in Status] == [
        "not_assessed", "no_evidence", "not_started", "agreed", "in_progress", "achieved", "suspended", "dropped",
    ]  # fmt: skip
    assert [one.value for one in Health] == ["late", "at_risk", "unknown", "on_track", "done", "closed"]
    assert [one.value for one in Freshness] == ["fresh", "stale", "never"]


def test_a_milestone_without_dates_hangs_on_nothing():
    assert health(Standing(Status.AGREED), DAY) is Health.ON_TRACK
    assert not overdue(Standing(Status.AGREED), DAY)


def test_what_is_due_today_is_not_over():
    assert not overdue(Standing(Status.IN_PROGRESS, DAY), DAY)
    assert not blocks(Standing(Status.IN_PROGRESS, DAY), DAY)
    assert blocks(Standing(Status.IN_PROGRESS, PAST), DAY)


def test_nobodys_turn_it_is_without_a_rotation_and_turns_begin_with_the_first_year():
    assert host_of([], 2024, 2025) == ""
    assert [host_of(["RU", "KZ", "RU"], 2024, year) for year in (2023, 2024, 2025, 2026, 2027)] == ["RU", "RU", "KZ", "RU", "RU"]


def test_two_ways_to_one_milestone_are_no_cycle_and_what_is_unknown_is_passed_over():
    assert find_cycle({"A": ["B", "C"], "B": ["D"], "C": ["D", "NOWHERE"], "D": []}) == []
    assert find_cycle({"A": ["B"], "B": ["C"], "C": ["B"]}) == ["B", "C", "B"]
    assert find_cycle({"A": ["B"], "B": [], "C": ["C"]}) == ["C", "C"], "those that have nothing to do with it come first"


def test_a_plan_with_more_ways_through_it_than_anybody_could_walk_is_looked_through_once():
    layers = [[f"{side}{depth}" for side in "LR"] for depth in range(60)]
    assert find_cycle({code: below for above, below in itertools.pairwise(layers) for code in above}) == []


def test_what_was_judged_by_cannot_change_afterwards():
    with pytest.raises(AttributeError):
        Standing(Status.AGREED).due = DAY

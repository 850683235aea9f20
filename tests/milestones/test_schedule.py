"""Delay along dependencies and sums of slippage, by examples and against a plain oracle."""

import copy
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.dates import PlannedDate
from milestones.plan.schedule import (
    Slip,
    Slippage,
    Step,
    contradictions,
    earliest_days,
    in_order,
    pushed,
    pushed_by_move,
    slippage_by_owner,
    slippage_by_proposal,
    slippage_by_reason,
    slippage_total,
)
from milestones.statuses import FINISHED_STATUSES, UNKNOWN_STATUSES, Status

DAY = dt.date(2026, 11, 23)


def on(days):
    return DAY + dt.timedelta(days=days)


def step(code, due, *waits_for, status=Status.IN_PROGRESS, forecast=None):
    return Step(code, status, None if due is None else on(due), None if forecast is None else on(forecast), waits_for)


def brief(found):
    return [(one.code, one.days, one.because) for one in found]


def test_lateness_travels_through_a_chain_and_a_gap_absorbs_it():
    steps = [step("A", -30), step("B", -10, "A"), step("C", 10, "B"), step("D", 5, "A", forecast=40), step("E", 20, "D")]
    assert brief(pushed(steps, DAY)) == [("E", 20, "D")]
    assert earliest_days(steps, DAY)["C"] == (on(10), "")
    late = [step("A", -30, forecast=50), step("B", 10, "A"), step("C", 45, "B"), step("D", 60, "C")]
    assert brief(pushed(late, DAY)) == [("B", 40, "A"), ("C", 5, "B")]


@pytest.mark.parametrize("status", sorted(UNKNOWN_STATUSES))
def test_what_nobody_knows_about_pushes_nobody(status):
    assert pushed([step("A", -300, status=status), step("B", -200, "A", status=status), step("C", 5, "B")], DAY) == []


@pytest.mark.parametrize("status", sorted(FINISHED_STATUSES))
def test_what_is_reached_or_given_up_pushes_nobody(status):
    assert pushed([step("A", -300, status=status, forecast=400), step("B", 5, "A")], DAY) == []


def test_undated_ones_and_unknown_predecessors_are_passed_over():
    assert pushed([step("A", None), step("B", 5, "A", "NOWHERE"), step("C", None, "B")], DAY) == []


def test_a_circle_ends_and_is_left_out():
    steps = {one.code: one for one in [step("A", 1, "B"), step("B", 2, "A"), step("C", 3)]}
    assert in_order(steps) == ["C"]


def test_a_move_names_whom_it_pushes_and_not_what_was_wrong_before():
    steps = [step("A", 10), step("B", 20, "A"), step("C", 100, "B"), step("D", 5, "A"), step("E", 15, "D")]
    assert brief(pushed_by_move(steps, "A", on(40))) == [("D", 35, "A"), ("E", 25, "D"), ("B", 20, "A")]
    assert brief(pushed_by_move(steps, "A", on(8))) == []
    assert pushed_by_move(steps, "A", None) == pushed_by_move(steps, "NOWHERE", on(900)) == []


def test_dates_that_contradict_their_predecessors_are_named():
    steps = [step("A", 30), step("B", 10, "A"), step("C", 5, "A", status=Status.ACHIEVED), step("D", 40, "A")]
    (found,) = contradictions(steps)
    assert (found.code, found.predecessor, found.days) == ("B", "A", 20)


def test_slippage_is_summed_in_total_by_owner_by_proposal_and_by_reason():
    slips = [
        Slip("A-1", "A", ("RU", "KZ"), 90),
        Slip("A-2", "A", ("RU",), -30),
        Slip("B-1", "B", ("KZ",), 10),
        Slip("B-2", "B", ("INT",), 0),
    ]
    total = slippage_total(slips)
    assert (total.milestones, total.days, total.forward, total.mean) == (2, 100, 30, 50.0)
    assert {key: one.days for key, one in slippage_by_owner(slips).items()} == {"RU": 90, "KZ": 100}
    assert {key: one.days for key, one in slippage_by_proposal(slips).items()} == {"A": 90, "B": 10}
    moves = [
        ("political", "2027-Q1", "2027-05-30"),
        ("political", "2027-01-06", "2027-01-01"),
        ("external", "2027-01-01", "2027-01-02"),
        ("clarified", "2027", "2027-Q2"),
        ("clarified", "", "2027"),
        ("resources", "2028", ""),
    ]
    planned = [(reason, *(PlannedDate.parse(day) if day else None for day in days)) for reason, *days in moves]
    assert {key: (one.days, one.forward) for key, one in slippage_by_reason(planned).items()} == {"political": (60, 5), "external": (1, 0)}


@st.composite
def plans(draw):
    """Plans without circles: a step waits only for those made before it."""
    steps = []
    for number in range(draw(st.integers(1, 12))):
        waits_for = draw(st.lists(st.sampled_from([one.code for one in steps]), unique=True, max_size=3)) if steps else []
        due = draw(st.none() | st.integers(-400, 400))
        forecast = draw(st.none() | st.integers(-400, 400))
        steps.append(step(f"S{number}", due, *waits_for, status=draw(st.sampled_from(Status)), forecast=forecast))
    return draw(st.permutations(steps))


def oracle(steps, code, day):
    """The definition, word by word, without any order."""
    known = {one.code: one for one in steps}
    one = known[code]
    own = one.forecast or one.due
    if one.status in FINISHED_STATUSES or own is None:
        return None
    if one.status not in UNKNOWN_STATUSES:
        own = max(own, day)
    return max([own, *(found for before in one.waits_for if (found := oracle(steps, before, day)))])


@given(plans())
def test_earliest_days_agree_with_a_plain_oracle(steps):
    found = earliest_days(steps, DAY)
    assert {code: day for code, (day, _because) in found.items()} == {
        one.code: day for one in steps if (day := oracle(steps, one.code, DAY))
    }


@given(plans(), st.integers(0, 11), st.integers(-400, 400))
def test_a_move_pushes_only_what_waits_for_it_and_an_earlier_date_pushes_nobody(steps, which, days):
    known = {one.code: one for one in steps}
    moved = steps[which % len(steps)]
    after = {moved.code}
    for _round in steps:
        after |= {one.code for one in steps if after & set(one.waits_for)}
    found = pushed_by_move(steps, moved.code, on(days))
    assert {one.code for one in found} <= after - {moved.code}
    assert all(one.earliest > known[one.code].due and one.days > 0 for one in found)
    if moved.due and on(days) <= moved.due:
        assert found == []


def test_a_step_of_which_nothing_is_known_is_open_and_undated():
    assert Step("A") == Step("A", Status.NOT_ASSESSED, None, None, ())
    assert not Step("A").finished


def test_each_comes_after_what_it_waits_for_and_the_rest_by_code():
    steps = {one.code: one for one in [step("D", 1, "C", "B"), step("B", 1, "A"), step("C", 1), step("A", 1), step("E", 1, "E")]}
    assert in_order(steps) == ["C", "A", "B", "D"]
    twice = {one.code: one for one in [step("A", 1), step("B", 1, "A", "A", "NOWHERE")]}
    assert in_order(twice) == ["A", "B"]


def test_one_that_is_open_and_over_is_expected_today_and_one_that_nobody_looked_at_when_it_was_planned():
    steps = [step("A", -5), step("B", -5, status=Status.NO_EVIDENCE), step("C", 5, forecast=9), step("D", None, forecast=7)]
    assert earliest_days(steps, DAY) == {"A": (DAY, ""), "B": (on(-5), ""), "C": (on(9), ""), "D": (on(7), "")}


def test_of_two_that_push_the_later_decides_and_of_equals_the_first_named():
    steps = [step("A", 20), step("B", 30), step("C", 10, "A", "B"), step("D", 10, "B", "A"), step("E", 30), step("F", 10, "B", "E")]
    assert brief(pushed(steps, DAY)) == [("C", 20, "B"), ("D", 20, "B"), ("F", 20, "B")]
    (first, *_rest) = pushed(steps, DAY)
    assert (first.due, first.earliest) == (on(10), on(30))


def test_what_can_be_reached_on_its_very_day_is_not_pushed():
    assert pushed([step("A", 10), step("B", 10, "A")], DAY) == []
    assert pushed([step("A", 10), step("B", 10, "A", forecast=5)], DAY) == [], "it comes later than it was hoped, and in time"
    assert brief(pushed([step("A", 11), step("B", 10, "A")], DAY)) == [("B", 1, "A")]
    assert pushed([step("A", 11), step("B", None, "A", forecast=5)], DAY) == [], "what has no due date cannot miss it"


def test_who_is_pushed_comes_in_the_order_of_due_dates_and_then_of_codes():
    steps = [step("A", 50), step("Z", 10, "A"), step("B", 20, "A"), step("C", 10, "A")]
    assert [one.code for one in pushed(steps, DAY)] == [one.code for one in pushed_by_move(steps, "A", on(60))] == ["C", "Z", "B"]


def test_a_move_makes_worse_only_what_it_pushes_further_than_before():
    steps = [step("A", 30), step("B", 40), step("C", 10, "A", "B"), step("D", None, "A"), step("E", 39, "A")]
    assert brief(pushed_by_move(steps, "A", on(40))) == [("E", 1, "A")]
    assert brief(pushed_by_move(steps, "A", on(39))) == []
    (worse, other) = pushed_by_move(steps, "A", on(41))
    assert (worse.code, worse.due, worse.earliest, worse.days) == ("C", on(10), on(41), 31)
    assert (other.code, other.days) == ("E", 2)


def test_a_move_of_a_milestone_without_a_date_pushes_too_and_itself_is_not_named():
    assert brief(pushed_by_move([step("A", None), step("B", 10, "A")], "A", on(12))) == [("B", 2, "A")]
    assert pushed_by_move([step("A", 20), step("B", 15, "A")], "B", on(12)) == []
    assert brief(pushed_by_move([step("Z", 10), step("B", 20, "Z")], "Z", on(40))) == [("B", 20, "Z")], "codes have no say in it"


@pytest.mark.parametrize("value", [Step("A"), Slip("A", "P", (), 1), *contradictions([step("A", 2), step("B", 1, "A")])])
def test_a_step_and_what_was_found_are_values(value):
    with pytest.raises(AttributeError):
        value.code = "B"
    assert {value, copy.copy(value)} == {value}


def test_contradictions_are_of_open_and_dated_ones_the_nearest_first():
    steps = [
        step("Y", None), step("Z", 1, status=Status.DROPPED), step("A", 30), step("B", 30), step("C", 10, "NOWHERE", "B", "A"), step("D", 5, "A"), step("E", 30, "A"), step("F", None, "A"),
        step("G", 50, status=Status.DROPPED), step("H", 5, "G", "F"),
    ]  # fmt: skip
    found = [(one.code, one.due, one.predecessor, one.predecessor_due, one.days) for one in contradictions(steps)]
    assert found == [("D", on(5), "A", on(30), 25), ("C", on(10), "A", on(30), 20), ("C", on(10), "B", on(30), 20)]


def test_slippage_of_nothing_is_nothing_and_what_came_forward_is_no_slippage():
    total = slippage_total([])
    assert (total.milestones, total.days, total.forward, total.mean) == (0, 0, 0, 0.0)
    assert Slippage() == total
    forward = slippage_total([Slip("A", "P", ("RU",), -1), Slip("B", "P", ("RU",), -3), Slip("C", "P", ("RU",), 0), Slip("D", "P", (), 1)])
    assert (forward.milestones, forward.days, forward.forward, forward.mean) == (1, 1, 4, 1.0)
    assert slippage_by_owner([Slip("A", "P", ("RU",), -1)]) == {"RU": Slippage(0, 0, 1)}
    assert slippage_by_proposal([Slip("A", "P", ("RU",), 0)]) == {}
    earlier = [("resources", PlannedDate.parse("2027-01-06"), PlannedDate.parse("2027-01-01"))]
    assert slippage_by_reason(earlier) == {"resources": Slippage(0, 0, 5)}

"""What each status needs, as a table, and properties that no finding may escape."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milestones.assessments.refusals import TEXTS, problem
from milestones.assessments.rules import Cited, Finding, Refusal, Standing, refusals
from milestones.statuses import Status

DAY = dt.date(2026, 11, 23)
SUPPORTS, CONTRADICTS, CONFIDENTIAL = Cited(), Cited(supports=False), Cited(public=False)


def codes(status, standing=None, **values):
    finding = Finding(status=status, **({"summary": "Seen.", "effective_on": DAY} | values))
    return [one.code for one in refusals(finding, standing or Standing(), day=DAY)]


@pytest.mark.parametrize(
    ("status", "values", "refused"),
    [
        (None, {}, ["status_missing"]),
        (Status.NOT_ASSESSED, {}, ["status_missing"]),
        (Status.NO_EVIDENCE, {}, []),
        (Status.NO_EVIDENCE, {"summary": " "}, ["summary_missing_where"]),
        (Status.NOT_STARTED, {}, []),
        (Status.NOT_STARTED, {"summary": ""}, ["summary_missing"]),
        (Status.AGREED, {}, ["evidence_missing"]),
        (Status.AGREED, {"evidence": (CONTRADICTS,)}, ["evidence_missing"]),
        (Status.AGREED, {"evidence": (CONFIDENTIAL,)}, []),
        (Status.IN_PROGRESS, {}, ["evidence_missing"]),
        (Status.IN_PROGRESS, {"evidence": (CONTRADICTS, SUPPORTS)}, []),
        (Status.ACHIEVED, {"evidence": (SUPPORTS,), "completed_on": DAY}, []),
        (Status.ACHIEVED, {"evidence": (SUPPORTS,)}, ["completed_missing"]),
        (Status.ACHIEVED, {"completed_on": DAY}, ["evidence_missing"]),
        (Status.ACHIEVED, {"evidence": (CONFIDENTIAL,), "completed_on": DAY}, ["public_evidence_missing"]),
        (Status.ACHIEVED, {"evidence": (SUPPORTS,), "completed_on": DAY + dt.timedelta(1)}, ["completed_in_future"]),
        (Status.SUSPENDED, {}, []),
        (Status.SUSPENDED, {"summary": ""}, ["summary_missing"]),
        (Status.DROPPED, {}, []),
        (Status.DROPPED, {"completed_on": DAY}, ["completed_unexpected"]),
        (Status.DROPPED, {"effective_on": DAY + dt.timedelta(1)}, ["effective_in_future"]),
        (Status.DROPPED, {"effective_on": None}, ["effective_missing"]),
        (Status.DROPPED, {"summary": "Two\nlines"}, ["summary_not_one_line"]),
        (Status.DROPPED, {"actual_host": "RU"}, ["host_unexpected"]),
    ],
)
def test_each_status_has_its_needs(status, values, refused):
    assert codes(status, **values) == refused


SOUND = {status: {"completed_on": DAY if status is Status.ACHIEVED else None, "evidence": (SUPPORTS,)} for status in Status}
"""By status, what no rule has anything against."""


@pytest.mark.parametrize("after", [status for status in Status if status is not Status.NOT_ASSESSED])
@pytest.mark.parametrize("before", Status)
def test_going_back_from_what_is_finished_needs_a_reason(before, after):
    standing = Standing(status=before, effective_on=DAY)
    back = before in {Status.ACHIEVED, Status.DROPPED} and after is not before
    assert codes(after, standing, **SOUND[after]) == (["reason_missing"] if back else [])
    assert codes(after, standing, **SOUND[after], reason="It was a misreading.") == []


def test_what_is_earlier_than_the_current_must_correct_it():
    standing = Standing(status=Status.AGREED, effective_on=DAY)
    yesterday = DAY - dt.timedelta(1)
    assert codes(Status.NOT_STARTED, standing, effective_on=yesterday) == ["earlier_than_current"]
    assert codes(Status.NOT_STARTED, standing, effective_on=yesterday, corrects_current=True) == []
    assert codes(Status.NOT_STARTED, standing, effective_on=DAY) == []
    assert codes(Status.NOT_STARTED, Standing(status=Status.AGREED, effective_on=yesterday), effective_on=DAY) == []


days = st.one_of(st.none(), st.dates(dt.date(2020, 1, 1), dt.date(2030, 1, 1)))
findings = st.builds(
    Finding,
    status=st.one_of(st.none(), st.sampled_from(Status)),
    summary=st.sampled_from(["", " ", "Seen.", "a\nb"]),
    effective_on=days,
    completed_on=days,
    reason=st.sampled_from(["", "why"]),
    actual_host=st.sampled_from(["", "RU"]),
    evidence=st.lists(st.builds(Cited, supports=st.booleans(), public=st.booleans()), max_size=3).map(tuple),
    corrects_current=st.booleans(),
)
standings = st.builds(Standing, status=st.sampled_from(Status), effective_on=days, is_edition=st.booleans())


@given(findings, standings)
def test_whatever_passes_is_sound_and_whatever_does_not_is_told_in_words(finding, standing):
    found = refusals(finding, standing, day=DAY)
    assert len({one.pointer for one in found}) == len(found), "of each field, what has to be put right first"
    for one in found:
        assert problem(one).text.count("%(") == 0
        assert one.code in TEXTS
    if found:
        return
    assert finding.status not in {None, Status.NOT_ASSESSED}
    assert finding.summary.strip()
    assert finding.effective_on <= DAY
    assert (finding.completed_on is not None) == (finding.status is Status.ACHIEVED)
    if finding.status in {Status.AGREED, Status.IN_PROGRESS, Status.ACHIEVED}:
        assert any(one.supports for one in finding.evidence)
    if finding.status is Status.ACHIEVED:
        assert any(one.supports and one.public for one in finding.evidence)


def told(status, standing=None, **values):
    finding = Finding(status=status, **({"summary": "Seen.", "effective_on": DAY} | values))
    return [(one.code, one.pointer, one.values) for one in refusals(finding, standing or Standing(), day=DAY)]


TOMORROW = DAY + dt.timedelta(1)
LATER = Standing(status=Status.ACHIEVED, effective_on=TOMORROW)


@pytest.mark.parametrize(
    ("found", "refused"),
    [
        (told(None), ("status_missing", "status", {})),
        (told(Status.NO_EVIDENCE, summary=""), ("summary_missing_where", "summary", {})),
        (told(Status.NOT_STARTED, summary=""), ("summary_missing", "summary", {})),
        (told(Status.NOT_STARTED, summary="a\nb"), ("summary_not_one_line", "summary", {})),
        (told(Status.NOT_STARTED, effective_on=None), ("effective_missing", "effective_on", {})),
        (told(Status.NOT_STARTED, effective_on=TOMORROW), ("effective_in_future", "effective_on", {"day": DAY})),
        (told(Status.NOT_STARTED, effective_on=dt.date(1989, 12, 31)), ("too_early", "effective_on", {"year": 1990})),
        (told(Status.NOT_STARTED, LATER, reason="why", effective_on=dt.date(1989, 1, 1)), ("too_early", "effective_on", {"year": 1990})),
        (told(Status.NOT_STARTED, LATER, reason="why"), ("earlier_than_current", "effective_on", {"day": TOMORROW})),
        (told(Status.DROPPED, completed_on=DAY), ("completed_unexpected", "completed_on", {"status": Status.DROPPED})),
        (told(Status.ACHIEVED, evidence=(SUPPORTS,)), ("completed_missing", "completed_on", {})),
        (told(Status.ACHIEVED, evidence=(SUPPORTS,), completed_on=TOMORROW), ("completed_in_future", "completed_on", {"day": DAY})),
        (told(Status.ACHIEVED, evidence=(SUPPORTS,), completed_on=dt.date(1, 1, 1)), ("too_early", "completed_on", {"year": 1990})),
        (told(Status.AGREED), ("evidence_missing", "evidence", {"status": Status.AGREED})),
        (
            told(Status.ACHIEVED, evidence=(CONFIDENTIAL,), completed_on=DAY),
            ("public_evidence_missing", "evidence", {"status": Status.ACHIEVED}),
        ),
        (told(Status.NOT_STARTED, Standing(status=Status.DROPPED)), ("reason_missing", "reason", {"status": Status.DROPPED})),
        (told(Status.NOT_STARTED, Standing(status=Status.DROPPED), reason=" "), ("reason_missing", "reason", {"status": Status.DROPPED})),
        (told(Status.NOT_STARTED, actual_host="RU"), ("host_unexpected", "actual_host", {})),
    ],
)
def test_a_refusal_names_the_field_and_what_its_words_need(found, refused):
    assert found == [refused]


def test_the_first_day_that_can_be_meant_is_that_of_1990():
    assert codes(Status.NOT_STARTED, effective_on=dt.date(1990, 1, 1)) == []


def test_an_edition_may_have_another_host_than_planned():
    assert codes(Status.NOT_STARTED, Standing(is_edition=True), actual_host="RU") == []


def test_all_that_is_wrong_is_said_at_once():
    found = codes(Status.IN_PROGRESS, LATER, summary="", effective_on=None, completed_on=DAY, actual_host="RU")
    assert found == [
        "summary_missing",
        "effective_missing",
        "completed_unexpected",
        "evidence_missing",
        "reason_missing",
        "host_unexpected",
    ]


def test_evidence_that_only_contradicts_is_no_public_proof():
    evidence = (CONFIDENTIAL, CONTRADICTS)
    assert codes(Status.ACHIEVED, evidence=evidence, completed_on=DAY) == ["public_evidence_missing"]
    assert codes(Status.ACHIEVED, evidence=(CONFIDENTIAL, SUPPORTS), completed_on=DAY) == []


def test_what_a_finding_says_nothing_of_is_empty():
    assert Finding(None) == Finding(None, "", None, None, "", "", (), corrects_current=False)
    assert Standing() == Standing(Status.NOT_ASSESSED, None, is_edition=False)
    assert Cited() == Cited(supports=True, public=True)


@pytest.mark.parametrize("value", [Cited(), Finding(Status.AGREED), Standing(), Refusal("status_missing", "status")])
def test_what_was_decided_on_cannot_change_afterwards(value):
    with pytest.raises(AttributeError):
        setattr(value, next(iter(vars(value))), None)

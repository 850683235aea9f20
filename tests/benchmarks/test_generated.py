"""The generated roadmap is a sound file of the size asked for, and the same each time."""

from __future__ import annotations

import pytest

from benchmarks.generated import roadmap_file
from roadmap_file.checking import check

MILESTONES = 50


@pytest.fixture
def data(db) -> dict:
    return check(roadmap_file(MILESTONES)).data


def test_the_file_has_no_fault_and_as_many_milestones_as_asked_for(data) -> None:
    assert len(data["milestones"]) == MILESTONES


def test_a_proposal_has_twenty_milestones(data) -> None:
    assert [one["proposal"] for one in data["milestones"]].count("P001") == 20
    assert len(data["proposals"]) == 3


def test_milestones_have_texts_owners_and_predecessors(data) -> None:
    assert all(one["title"]["kk"] and one["criterion"]["ru"] and one["lead"] for one in data["milestones"])
    assert sum(len(one["predecessors"]) for one in data["milestones"]) > MILESTONES / 2


def test_the_same_size_gives_the_same_file() -> None:
    assert roadmap_file(MILESTONES) == roadmap_file(MILESTONES)


@pytest.mark.django_db
def test_a_larger_file_begins_with_the_smaller(data) -> None:
    larger = check(roadmap_file(MILESTONES + 20)).data
    assert larger["milestones"][:MILESTONES] == data["milestones"]

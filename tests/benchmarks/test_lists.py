"""What is held against each other gives the same facts, by the queries that the table says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from benchmarks import lists
from benchmarks.generated import roadmap_file
from benchmarks.site import Unexpected
from benchmarks.standings import give_standings
from roadmap_file.loading import load

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def _one_connection() -> Iterator[None]:
    """The handler ends each request by looking whether the connection is still fit, and would close that of the test."""
    ends = (request_started, request_finished)
    for signal in ends:
        signal.disconnect(close_old_connections)
    yield
    for signal in ends:
        signal.connect(close_old_connections)


@pytest.fixture
def _roadmap(_one_connection, db, now, settings, time_machine) -> None:
    settings.ROOT_URLCONF = "benchmarks.urls"
    time_machine.move_to(now)
    load(roadmap_file(50), now=now)
    give_standings(now=now, rounds=1, moved=2)


@pytest.mark.usefixtures("_roadmap")
@pytest.mark.parametrize("query", [*lists.FILTERS.values(), "status=achieved&page_size=5", "page_size=20"])
def test_every_way_gives_the_same_facts(query) -> None:
    lists.check_same(query)


@pytest.mark.usefixtures("_roadmap")
def test_a_filter_that_nothing_fits_is_no_comparison() -> None:
    with pytest.raises(Unexpected, match="no milestone fits"):
        lists.check_same("health=closed&status=agreed&page_size=50")


@pytest.mark.usefixtures("_roadmap")
def test_the_bare_sql_is_the_count_and_the_page() -> None:
    count, page = lists.milestone_statements(f"{lists.ADDRESSES[lists.OURS]}?health=late")
    assert count.startswith("SELECT COUNT(*)")
    assert "ORDER BY 1 ASC LIMIT" in page

"""Lists say why each of their things stands as it does, for those who ask: as its own answer says it, at the price of few queries."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

pytestmark = pytest.mark.django_db


@pytest.fixture
def late(rk2030, now):
    """SM-03 waits for SM-02, which is late."""
    from milestones.models import Milestone
    from record.services import open_change

    with open_change(now=now) as change:
        step = Milestone.objects.get(code="SM-02")
        step.status, step.assessed_on = "in_progress", now.date()
        step.save()
        change.keep([step])
        change.announce("test.assessed")


def ask(client, address):
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(f"/api/v1/{address}", headers={"Accept-Language": "en"})
    return answer, len(captured)


@pytest.mark.parametrize("moment", ["", "at=1&"])
@pytest.mark.parametrize(("things", "size"), [("milestones", 121), ("proposals", 18)])
def test_a_list_gives_the_cause_that_each_answer_gives(late, client, things, size, moment):
    rows = ask(client, f"{things}/?{moment}include=cause&page_size=200")[0].json()["results"]
    assert len(rows) == size
    troubled = [row for row in rows if row["cause"]]
    assert troubled
    for row in rows[:30]:
        assert row["cause"] == ask(client, f"{things}/{row['code']}/?{moment}fields=cause")[0].json()["cause"], row["code"]


def test_a_milestone_that_waits_for_a_late_one_says_so_in_the_list(late, client):
    rows = ask(client, "milestones/?include=cause&proposal=SM&fields=code,cause&page_size=200")[0].json()["results"]
    cause = {row["code"]: row["cause"] for row in rows}["SM-03"]
    assert (cause["kind"], cause["milestone"], cause["chain"]) == ("waits_for", "SM-02", ["SM-02"])
    assert cause["text"].startswith("waits for SM-02, late by ")


@pytest.mark.parametrize(("things", "more"), [("milestones", 1), ("proposals", 2)])
def test_causes_cost_the_same_few_queries_however_long_the_list_is(late, client, things, more):
    numbers = {
        (include, size): ask(client, f"{things}/?page_size={size}{include}")[1]
        for include in ("", "&include=cause")
        for size in (2, 2, 10, 18)
    }
    assert {number for (include, _size), number in numbers.items() if not include} == {numbers["", 2]}
    assert {number for (include, _size), number in numbers.items() if include} <= set(range(numbers["", 2], numbers["", 2] + more + 1))


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("milestones/?include=weather", "Known: cause."),
        ("milestones/?fields=cause", "There is no field cause here."),
        ("milestones/?include=cause&format=csv", "Only JSON takes it."),
        ("risks/?include=cause", "There is no such parameter here."),
    ],
)
def test_what_cannot_be_included_is_refused(rk2030, client, address, said):
    answer, _queries = ask(client, address)
    assert (answer.status_code, said in answer.content.decode()) == (400, True)

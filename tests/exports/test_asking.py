"""Files keep nobody else's work waiting: a queue of their own, a bound on what waits, the same made once, and no other site asks."""

import pytest

from exports.making import MOST_WAITING
from exports.models import Export
from roadmap.celery import app

pytestmark = pytest.mark.django_db
HERE = {"Sec-Fetch-Site": "same-origin", "Origin": "http://testserver"}
ELSEWHERE = [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}]
ELSEWHERE += [{"Origin": "http://testserver.evil.example"}, {"Origin": "https://testserver"}]


@pytest.fixture(autouse=True)
def _often(settings):
    settings.FORM_RATE = "1000/hour"


def ask(client, kind="pdf", headers=HERE, **data):
    return client.post("/exports/ask/", {"kind": kind, **data}, headers=headers)


def test_files_have_a_queue_of_their_own_and_nothing_else_is_in_it():
    app.loader.import_default_modules()
    queues = {name: app.amqp.router.route({}, name)["queue"].name for name in app.tasks if not name.startswith("celery.")}
    assert {name for name, queue in queues.items() if queue == "exports"} == {name for name in queues if name.startswith("exports.")}
    assert len([name for name, queue in queues.items() if queue == app.conf.task_default_queue]) > 5


def test_fifteen_reports_of_one_position_are_one(rk2030, client):
    """They were fifteen, and a mail behind them waited two minutes."""
    ask(client)
    moments = ({}, {"at": "1", "as_of": Export.objects.get().day.isoformat()})
    found = {ask(client, q=f"word{number}", **moment)["Location"] for number in range(5) for moment in moments}
    assert len(found) == 1
    assert Export.objects.count() == 1


def test_whoever_asks_when_many_wait_is_told_and_what_is_there_is_still_had(rk2030, client):
    first = ask(client, "csv", query="")["Location"]
    for number in range(MOST_WAITING - 1):
        assert ask(client, "csv", q=f"word{number}").status_code == 302
    refused = ask(client, "csv", q="one more")
    assert (refused.status_code, refused["Retry-After"]) == (503, "5")
    assert Export.objects.count() == MOST_WAITING
    assert ask(client, "csv")["Location"] == first
    Export.objects.filter(state="waiting").first().delete()
    assert ask(client, "csv", q="one more").status_code == 302


@pytest.mark.parametrize("headers", ELSEWHERE)
def test_another_site_makes_no_visitor_ask(rk2030, client, monkeypatch, headers):
    assert ask(client, headers=headers).status_code == 403
    monkeypatch.setattr("exports.views.AT_ONCE", 100)
    answer = client.get("/milestones.xlsx?lang=en", headers=headers)
    assert (answer.status_code, answer["Location"]) == (302, "/milestones/?lang=en")
    assert not Export.objects.exists()
    assert client.get("/milestones.csv", headers=headers).status_code == 200  # what is had at once may be linked to


@pytest.mark.parametrize("headers", [HERE, {}, {"Sec-Fetch-Site": "none"}, {"Origin": "http://testserver"}])
def test_our_own_pages_and_programs_ask(rk2030, client, headers):
    assert ask(client, headers=headers).status_code == 302

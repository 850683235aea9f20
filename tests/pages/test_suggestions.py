"""What the search field proposes while somebody types, and addresses that say what nobody asked for."""

import pytest

from record.services import open_change

pytestmark = pytest.mark.django_db


def proposed(client, **query):
    response = client.get("/search/suggestions/", query)
    assert response.status_code == 200
    return response.json()["results"]


def test_codes_come_first_and_then_words_in_any_language(rk2030, client):
    by_code = proposed(client, q="sm", lang="en")
    assert [row["code"] for row in by_code] == ["SM", "SM-01", "SM-02", "SM-03", "SM-04", "SM-05", "SM-06", "SM-07"]
    assert by_code[1]["url"] == "/milestones/SM-01/"
    for word in ("founding docum", "учредительн", "құрылтай"):
        assert "SM-03" in [row["code"] for row in proposed(client, q=word, lang="en")]
    assert {row["url"] for row in proposed(client, q="AF", lang="en")} >= {"/proposals/AF/", "/milestones/AF-03/"}


@pytest.mark.parametrize("text", ["", " ", "\x07", "«»", "zzzzzz", "' | !", "x" * 5000, "\u202e", "э" * 199])
def test_what_finds_nothing_proposes_nothing(rk2030, client, text):
    assert proposed(client, q=text) == []


def test_of_the_past_what_stood_then_is_proposed_and_the_address_stays_there(rk2030, client, now):
    assert proposed(client, q="SM-03", at="1")[0]["url"] == "/milestones/SM-03/?at=1"


def test_the_number_of_queries_is_constant(rk2030, client, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        proposed(client, q="SM")


@pytest.mark.parametrize(
    "path", ["/milestones/?stauts=late", "/timeline/?stauts=late", "/changes/?tpye=plan.changed", "/milestones/?fields=code"]
)
def test_a_filter_that_there_is_not_shows_no_rows_and_says_so(rk2030, client, path):
    response = client.get(f"{path}&lang=en")
    assert response.status_code == 400
    assert "There is no such filter here." in response.content.decode()


@pytest.mark.parametrize("path", ["/milestones/?utm_source=letter&fbclid=1", "/timeline/?gclid=x&utm_campaign=y"])
def test_what_trackers_add_is_passed_over(rk2030, client, path):
    assert client.get(path).status_code == 200


def test_the_card_of_a_milestone_holds_its_gist_in_each_language(rk2030, client):
    for language, word in (("en", "What would prove it"), ("ru", "Чем подтверждается исполнение"), ("kk", "Орындалғанын не дәлелдейді")):
        response = client.get(f"/milestones/SM-03/card/?lang={language}")
        assert word in response.content.decode()
        assert response["X-Robots-Tag"] == "noindex"
    assert client.get("/milestones/NO-99/card/").status_code == 404


def test_the_timeline_compares_with_another_day_and_with_a_baseline(rk2030, client, now, editor, time_machine):
    import datetime as dt

    from common.dates import PlannedDate
    from milestones.models import Milestone
    from milestones.services import move_date, set_baseline

    def move(to, day):
        with open_change(now=day) as change:
            move_date(change, Milestone.objects.get(code="SM-03"), field="due", to=PlannedDate.parse(to), category="political")

    move("2026-Q2", now + dt.timedelta(days=1))
    with open_change(now=now + dt.timedelta(days=2), by=editor.actor) as change:
        set_baseline(change, Milestone.objects.get(code="SM-03").proposal.report, name="Second plan", by=editor)
    move("2026-Q4", now + dt.timedelta(days=3))
    time_machine.move_to(now + dt.timedelta(days=4), tick=False)

    def drift(**query):
        rows = client.get("/timeline/", {"lang": "en", "view": "table", "proposal": "SM", "open": "SM", **query}).content.decode()
        row = rows[rows.index('<th scope="row" class="code"><a href="/milestones/SM-03/') :]
        return row[: row.index("</tr>")]

    assert "2025 Q4" in drift()
    assert "+184 days" in drift(against="baseline:Second plan")
    assert "+365 days" in drift(against=now.date().isoformat())
    assert client.get("/timeline/?against=baseline:No").status_code == 400
    assert client.get("/timeline/?against=yesterday").status_code == 400
    assert client.get("/timeline/?against=1999-01-01").status_code == 404


def test_a_missing_page_keeps_the_frame_and_offers_a_search(rk2030, client):
    response = client.get("/nothing/here/?lang=en")
    page = response.content.decode()
    assert response.status_code == 404
    assert 'class="wrap top-bar"' in page
    assert page.count('action="/search/"') == 2

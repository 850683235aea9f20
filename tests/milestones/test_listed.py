"""The table of milestones shows the columns that are asked for, and every way from it keeps or drops them as it must."""

import re

import pytest

from milestones.listed import COLUMNS

pytestmark = pytest.mark.django_db

USUAL = ["Code", "Milestone", "Status", "Health", "Due", "Slippage", "Lead", "Assessed"]


def headings(page):
    found = re.findall(r"<th scope=\"col\".*?</th>", page, re.DOTALL)
    return [re.sub(r"<[^>]+>|[↑↓]", "", heading).strip() for heading in found]


def ask(client, query):
    answer = client.get(f"/milestones/?lang=en&proposal=SM&{query}")
    return answer.status_code, answer.content.decode()


@pytest.mark.parametrize(
    ("query", "then"),
    [
        ("", USUAL),
        ("columns=", USUAL),
        ("columns=forecast,baseline", ["Code", "Milestone", "First plan", "Forecast"]),
        ("columns=support&columns=freshness", ["Code", "Milestone", "Freshness", "Support"]),
    ],
)
def test_the_columns_asked_for_stand_in_the_tables_own_order(rk2030, client, query, then):
    status, page = ask(client, query)
    assert (status, headings(page)) == (200, then)


def test_each_column_has_a_cell_in_each_row(rk2030, client):
    for column in COLUMNS:
        _status, page = ask(client, f"columns={column.name}")
        rows = re.findall(r"<tr>\s*<th scope=\"row\".*?</tr>", page, re.DOTALL)
        assert rows
        assert {row.count("<td") for row in rows} == {2}, column.name


def test_a_column_that_is_not_there_shows_no_rows_and_says_so(rk2030, client):
    status, page = ask(client, "columns=due,colour")
    assert status == 400
    assert "There is no such column here." in page
    assert headings(page) == []


def test_sorting_filters_and_kept_views_keep_the_columns_and_files_do_not_ask_for_them(rk2030, client, django_user_model):
    client.force_login(django_user_model.objects.create_user("r@example.org", "r@example.org"))
    _status, page = ask(client, "columns=due,lead")
    assert re.search(r"href=\"\?[^\"]*columns=due%2Clead[^\"]*ordering=-due", page)
    assert '<input type="hidden" name="columns" value="due,lead">' in page
    assert re.search(r"name=\"query\" value=\"[^\"]*columns=due%2Clead", page)
    for address in re.findall(r"href=\"(/(?:milestones\.|timeline)[^\"?]*\?[^\"]*)\"", page):
        assert "columns=" not in address
        assert client.get(address.replace("&amp;", "&")).status_code == 200
    assert re.search(r"<a href=\"\?lang=en&amp;proposal=SM\">the usual ones</a>", page)

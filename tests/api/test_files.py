"""``/milestones/`` as CSV, XLSX and ICS: all that the filters leave, of one moment, and safe in a spreadsheet."""

import csv
from io import BytesIO, StringIO

import openpyxl
import pytest
from icalendar import Calendar

pytestmark = pytest.mark.django_db


def body(response):
    found = b"".join(response.streaming_content) if response.streaming else response.content
    for close in response._resource_closers:  # not the whole answer, which would take the test's connection along
        close()
    return found


def table(response):
    return list(csv.DictReader(StringIO(body(response).decode("utf-8-sig"))))


def test_a_csv_holds_every_row_of_the_filters_and_says_its_position(rk2030, api):
    answer = api("milestones/?format=csv&series=AF-FORUM&ordering=-code&fields=code,due,position")
    rows = table(answer)
    assert answer["Content-Type"].startswith("text/csv")
    assert answer["Record-Position"] == "1"
    assert [row["code"] for row in rows] == [f"AF-0{number}" for number in range(7, 0, -1)]
    assert rows[0] == {"code": "AF-07", "due": "2030-12-31", "position": "1", "record_position": "1", "as_of": rows[0]["as_of"]}
    assert len(table(api("milestones/", headers={"Accept": "text/csv"}))) == 121


def test_a_workbook_and_a_calendar_hold_the_same(rk2030, api):
    book = openpyxl.load_workbook(BytesIO(body(api("milestones/?format=xlsx&series=AF-FORUM"))))
    assert book.worksheets[1].max_row == 8
    calendar = Calendar.from_ical(body(api("milestones/?format=ics&series=AF-FORUM")))
    assert len(calendar.walk("VEVENT")) == 7


@pytest.mark.parametrize(
    "query", ["format=csv&page=1", "format=csv&page_size=5", "format=ics&fields=code", "format=csv&fields=secret", "format=pdf"]
)
def test_what_a_file_does_not_have_is_an_error_in_json(rk2030, api, query):
    answer = api(f"milestones/?{query}")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def test_a_formula_in_a_title_is_made_safe(rk2030, api):
    from milestones.models import Milestone
    from milestones.services import keep_milestone
    from record.services import open_change

    with open_change() as change:
        one = Milestone.objects.get(code="SM-03")
        one.title_ru = "=cmd|'/C calc'!A1"
        one.save()
        keep_milestone(change, one, added=False, fields=["title"])
    (row,) = [row for row in table(api("milestones/?format=csv&lang=ru")) if row["code"] == "SM-03"]
    assert row["title"] == "'=cmd|'/C calc'!A1"


def test_a_file_of_the_past_is_of_the_past(rk2030, api):
    assert table(api("milestones/?format=csv&at=1"))[0]["record_position"] == "1"

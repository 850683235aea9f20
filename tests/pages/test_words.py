"""What pages say in words where it follows from the language or from what the report does not say."""

import re

import pytest
from icalendar import Calendar

pytestmark = pytest.mark.django_db


def text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


@pytest.mark.parametrize(("code", "assumed"), [("SM", True), ("CB", False)])
def test_a_proposal_says_that_who_leads_it_is_assumed_unless_the_report_names_them(rk2030, client, code, assumed):
    page = text(client.get(f"/proposals/{code}/?lang=en"))
    assert ("The report itself does not say who leads." in page) == assumed


@pytest.mark.parametrize(("code", "assumed"), [("SM-03", True), ("CB-02", False)])
def test_a_step_of_the_report_has_assumed_owners_unless_the_report_names_them(rk2030, client, code, assumed):
    page = text(client.get(f"/milestones/{code}/?lang=en"))
    assert ("Our assumption, until the parties agree in public." in page.partition("Lead")[2].partition("Last assessed")[0]) == assumed


def test_methodology_says_that_groundwork_is_neither_asked_for_nor_expected(rk2030, client):
    assert "noted The report sees groundwork here; it does not say that this should be done" in text(client.get("/methodology/?lang=en"))


@pytest.mark.parametrize(("language", "heading"), [("en", "Calendar 2026"), ("ru", "Календарь на 2026 год"), ("kk", "2026 жылғы күнтізбе")])
def test_the_calendar_of_a_year_is_named_as_the_language_does(rk2030, client, language, heading):
    assert f"<h1>{heading}</h1>" in client.get(f"/calendar/?lang={language}").content.decode()


@pytest.mark.parametrize(
    ("code", "language", "value"),
    [
        ("IND-VICE-PM-AGE", "ru", "43 года"),
        ("IND-RU-BORDER-REGIONS", "en", "12"),
        ("IND-BORDER-LENGTH", "kk", "> 7 500 км"),
        ("IND-RUSSIANS-IN-KZ", "kk", "≈ 4 000 000"),
        ("IND-SM-MEETINGS", "kk", "≥ жылына 2"),
    ],
)
def test_an_indicator_says_its_value_as_the_language_does(rk2030, client, code, language, value):
    page = text(client.get(f"/indicators/{code}/?lang={language}")).replace("\N{NO-BREAK SPACE}", " ").replace("&gt;", ">")
    assert f" {value} " in re.sub(r"\s+", " ", page.replace(",", " "))


def test_a_calendar_ends_no_date_with_two_stops(rk2030, client):
    calendar = Calendar.from_ical(client.get("/calendar.ics?lang=ru").content)
    said = [str(entry["description"]) for entry in calendar.walk("VEVENT")]
    assert all(one.startswith("Срок: ") for one in said)
    assert [one for one in said if "г.." in one] == []

"""Feeds and calendars through strict readers, and calendars that keep their entries over moves."""

import datetime as dt
from uuid import UUID
from xml.etree import ElementTree as ET

import icalendar
import pytest

from common.dates import PlannedDate
from milestones.models import Milestone
from milestones.services import move_date
from record.models import Event
from record.services import begin_installation, open_change
from roadmap_file.loading import load
from tests.factories import MARK, another, as_file, milestone, roadmap
from tests.people import a_source, published

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"
RECORD = "{urn:roadmap-tracker:record}"


@pytest.fixture(autouse=True)
def _day(time_machine, now):
    time_machine.move_to(now, tick=False)


def move(code, to, now, category="political"):
    with open_change(by="The editor", now=now) as change:
        move_date(change, Milestone.objects.get(code=code), field="due", to=PlannedDate.parse(to), category=category)


def strict_atom(content):
    """What RFC 4287 asks of a feed and its entries, as the validators ask it."""
    root = ET.fromstring(content)
    assert root.tag == f"{ATOM}feed"
    for parent in (root, *root.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            (one,) = parent.findall(f"{ATOM}{name}")
            assert one.text.strip()
        assert dt.datetime.fromisoformat(parent.find(f"{ATOM}updated").text).tzinfo
        alternates = [one for one in parent.findall(f"{ATOM}link") if one.get("rel", "alternate") == "alternate"]
        assert len(alternates) == 1
        assert alternates[0].get("href").startswith("http://testserver/")
        for author in parent.findall(f"{ATOM}author"):
            assert author.find(f"{ATOM}name").text
    assert root.find(f"{ATOM}author") is not None
    (this,) = [one for one in root.findall(f"{ATOM}link") if one.get("rel") == "self"]
    entries = root.findall(f"{ATOM}entry")
    assert len({one.find(f"{ATOM}id").text for one in entries}) == len(entries)
    updated = [one.find(f"{ATOM}updated").text for one in entries]
    assert updated == sorted(updated, reverse=True)
    return root, entries, this.get("href")


def test_the_feed_is_sound_and_says_what_happened(rk2030, client, now):
    move("SM-03", "2027-Q1", now + dt.timedelta(minutes=1))
    response = client.get("/feed.atom?lang=en")
    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    root, entries, this = strict_atom(response.content)
    assert this == "http://testserver/feed.atom?lang=en"
    assert entries[0].find(f"{ATOM}title").text == "A date was moved: SM-03"
    assert "2025 Q4 → 2027 Q1 (political decision)" in entries[0].find(f"{ATOM}summary").text
    assert entries[0].find(f"{ATOM}author/{ATOM}name").text == "The editor"
    newest = Event.objects.head()
    assert entries[0].find(f"{ATOM}id").text == f"urn:uuid:{newest.uid}"
    assert UUID(str(newest.uid))
    assert root.find(f"{RECORD}head").text == newest.hash
    assert root.find(f"{RECORD}position").text == "2"
    page = entries[0].find(f"{ATOM}link").get("href").removeprefix("http://testserver")
    assert client.get(page).status_code == 200


def test_a_report_has_a_feed_and_a_calendar_of_its_own(rk2030, client, now):
    load(another(), now=now)
    root, entries, _this = strict_atom(client.get("/reports/OTHER/feed.atom?lang=en").content)
    assert [one.find(f"{ATOM}title").text for one in entries] == ["The roadmap was loaded: OTHER"]
    assert root.find(f"{ATOM}title").text == f"{MARK} report in English"
    assert root.find(f"{ATOM}id").text == "http://testserver/reports/OTHER/feed.atom"
    assert root.find(f"{ATOM}id").text != strict_atom(client.get("/feed.atom?lang=en").content)[0].find(f"{ATOM}id").text
    response = client.get("/reports/OTHER/calendar.ics?lang=en")
    assert response["Content-Disposition"] == 'inline; filename="OTHER.ics"'
    calendar = icalendar.Calendar.from_ical(response.content)
    assert str(calendar["X-WR-CALNAME"]) == f"{MARK} report in English"
    assert [str(entry["URL"]) for entry in calendar.walk("VEVENT")] == ["http://testserver/milestones/ZQ-01/"]


def test_an_entry_says_of_which_proposal_it_is_and_that_its_words_are_text(rk2030, client, now):
    move("SM-03", "2027-Q1", now)
    (first, loaded) = strict_atom(client.get("/feed.atom?lang=en").content)[1]
    (category,) = first.findall(f"{ATOM}category")
    assert category.attrib == {
        "term": "SM",
        "scheme": "http://testserver/proposals/",
        "label": "SM Standing Russia–Kazakhstan strategic mechanism",
    }
    assert loaded.findall(f"{ATOM}category") == []
    assert {one.find(f"{ATOM}{name}").get("type") for one in (first, loaded) for name in ("title", "summary")} == {"text"}
    assert first.find(f"{ATOM}content") is None


@pytest.mark.parametrize("language", ["ru", "en", "kk"])
def test_an_entry_holds_the_words_of_a_finding_and_its_evidence(rk2030, client, now, analyst, editor, language):
    from html.parser import HTMLParser

    secret = {"title": "Not for everybody", "kind": "interview", "confidential": True, "address": "https://secret.example/"}
    evidence = [(a_source(analyst, title="A <b>page</b>"), "supports"), (a_source(analyst, **secret), "supports")]
    published("SM-03", analyst, editor, now=now, summary="Work <script> goes on & on.", evidence=evidence)
    entry = strict_atom(client.get(f"/feed.atom?lang={language}").content)[1][0]
    content = entry.find(f"{ATOM}content")
    assert content.get("type") == "html"
    said, links, parser = [], [], HTMLParser()
    parser.handle_data = said.append
    parser.handle_starttag = lambda tag, attrs: links.append((tag, dict(attrs)))
    parser.feed(content.text)
    assert "Work <script> goes on & on." in "".join(said)
    assert "A <b>page</b>" in "".join(said)
    assert ("a", {"href": "https://sample.example/one"}) in links
    assert {tag for tag, _attrs in links} == {"p", "ul", "li", "a"}
    assert "Not for everybody" not in content.text
    assert "secret.example" not in content.text
    then = client.get(f"/feed.atom?lang={language}&at={Event.objects.position()}")
    assert "Work" in strict_atom(then.content)[1][0].find(f"{ATOM}content").text
    assert all(one.find(f"{ATOM}content") is None for one in strict_atom(client.get("/feed.atom?at=1").content)[1])


def test_of_a_finding_that_was_withdrawn_an_entry_says_nothing(rk2030, client, now, analyst, editor):
    from milestones.services import withdraw

    kept = a_source(analyst, title="Kept page", address="https://kept.example/")
    gone = a_source(analyst, title="Gone page", address="https://gone.example/")
    one = published("SM-03", analyst, editor, now=now, summary="Libellous.", evidence=[(kept, "supports")])
    published("SM-04", analyst, editor, now=now, summary="Sound.", evidence=[(gone, "supports"), (kept, "context")])
    before = Event.objects.position()
    assert b"Libellous" in client.get("/feed.atom").content
    for row in (one, gone):
        with open_change(by=editor.actor, now=now) as change:
            withdraw(change, row, by=editor, reason="libel")
    for query in ("", f"?at={before}"):
        answer = client.get(f"/feed.atom{query}").content
        assert b"Libellous" not in answer
        assert b"gone.example" not in answer
        assert b"Gone page" not in answer
        contents = [one.find(f"{ATOM}content") for one in strict_atom(answer)[1]]
        first, second = [one.text or "" for one in contents if one is not None]
        assert "Sound." in first
        assert "Kept page" in first
        assert first.count("<li>") == 1
        assert second == ""


def test_a_feed_of_a_demonstration_says_so_in_each_title(client, now):
    begin_installation(now=now, time_zone="UTC", sample=True)
    load(as_file(roadmap(milestone("PR-01"))), now=now)
    move("PR-01", "2028", now)
    root, entries, _this = strict_atom(client.get("/feed.atom?lang=en").content)
    titles = [one.find(f"{ATOM}title").text for one in (root, *entries)]
    assert len(titles) == 3
    assert all(title.startswith("[Sample data] ") for title in titles)


@pytest.mark.parametrize(
    ("path", "entries"), [("/proposals/SM/feed.atom", 1), ("/proposals/AF/feed.atom", 0), ("/organisations/RU-MFA/feed.atom", 1)]
)
def test_a_feed_of_a_part_holds_just_that(rk2030, client, now, path, entries):
    move("SM-03", "2027-Q1", now)
    assert len(strict_atom(client.get(path).content)[1]) == entries


def test_a_feed_is_unchanged_until_the_record_moves(rk2030, client, now):
    first = client.get("/feed.atom")
    assert client.get("/feed.atom", headers={"If-None-Match": first["ETag"]}).status_code == 304
    move("SM-03", "2027-Q1", now)
    assert client.get("/feed.atom", headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_a_title_in_a_feed_is_never_markup(rk2030, client, now, editor):
    from milestones.services import keep_milestone

    one = Milestone.objects.get(code="SM-03")
    one.title_en = "<b>&amp; ]]> \u202e"
    one.save()
    with open_change(now=now) as change:
        keep_milestone(change, one, added=False, fields=["title"])
    assert "<b>&amp; ]]>" in strict_atom(client.get("/feed.atom?lang=en").content)[1][0].find(f"{ATOM}summary").text


@pytest.mark.parametrize(
    "path", ["/proposals/NO/feed.atom", "/organisations/NO/feed.atom", "/proposals/NO/calendar.ics", "/organisations/NO/calendar.ics"]
)
def test_a_feed_of_what_is_not_there_is_not_found(rk2030, client, path):
    assert client.get(path).status_code == 404


def calendar(client, path="/calendar.ics?lang=en"):
    response = client.get(path)
    content = response.getvalue()
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert b"\n" not in content.replace(b"\r\n", b"")
    found = icalendar.Calendar.from_ical(content)
    assert found.errors == []
    return {str(one["uid"]).split(".")[0]: one for one in found.walk("VEVENT")}, found


def test_a_calendar_holds_an_all_day_entry_for_each_dated_milestone(rk2030, client):
    entries, whole = calendar(client)
    assert len(entries) == 121
    assert whole["prodid"]
    assert whole["version"] == "2.0"
    one = entries["SM-03"]
    assert one["dtstart"].dt == dt.date(2025, 12, 31)
    assert one["dtstart"].params["VALUE"] == "DATE"
    assert "(2025 Q4)" in one["summary"]
    assert one["url"] == "http://testserver/milestones/SM-03/"
    assert one["dtstamp"].dt.tzinfo
    assert all(entry.errors == [] for entry in entries.values())


def test_a_moved_milestone_keeps_its_uid_and_its_sequence_goes_up(rk2030, client, now):
    before, _whole = calendar(client)
    assert before["SM-03"]["sequence"] == 0
    move("SM-03", "2027-Q1", now)
    move("SM-03", "2027-Q2", now)
    after, _whole = calendar(client)
    assert after["SM-03"]["uid"] == before["SM-03"]["uid"]
    assert after["SM-03"]["sequence"] == 2
    assert after["SM-03"]["dtstart"].dt == dt.date(2027, 6, 30)
    assert after["SM-04"]["sequence"] == 0
    then, _whole = calendar(client, "/calendar.ics?lang=en&at=2&as_of=2026-11-23")
    assert (then["SM-03"]["sequence"], then["SM-03"]["dtstart"].dt) == (1, dt.date(2027, 3, 31))


def test_the_calendar_of_a_part_holds_just_that(rk2030, client):
    assert {code[:2] for code in calendar(client, "/proposals/SM/calendar.ics")[0]} == {"SM"}
    assert 0 < len(calendar(client, "/organisations/RU-MFA/calendar.ics")[0]) < 121
    assert {code[:2] for code in calendar(client, "/milestones.ics?proposal=AF")[0]} == {"AF"}

"""Two moments of the record side by side: as a page, as files, through the API."""

import csv
import datetime as dt
import html
import io
import json
import random
import re

import openpyxl
import pytest
from django.core.cache import cache

from accounts.models import User
from common.dates import PlannedDate
from milestones.models import Milestone
from milestones.services import keep_milestone, move_date, open_round, publish_round, remove_milestone, stage, withdraw, write_milestone
from proposals.models import Proposal
from record.models import Event
from record.services import open_change
from roadmap_file.loading import load
from tests.exports.test_exports import body
from tests.factories import as_file, milestone, roadmap, texts
from tests.pages.test_pages import queries
from tests.people import person, published, recorded
from tests.record.test_as_of import History
from tests.snapshot import Snapshot

pytestmark = pytest.mark.django_db
NOT_FACTS = {"overdue", "stale", "version", "position", "updated_at", "url", "successors", "latest_update", "cause"}


def state(client, moment, codes):
    """Every milestone at that moment, as the API answers it."""
    cache.clear()  # the clock stands, so the limits would never be over
    position, day = moment
    answers = {code: client.get(f"/api/v1/milestones/{code}/?lang=kk&at={position}&as_of={day}") for code in codes}
    return {
        code: {name: value for name, value in answer.json().items() if name not in NOT_FACTS}
        for code, answer in answers.items()
        if answer.status_code == 200
    }


def applied(before, compared):
    after = dict(before)
    for one in compared["milestones"]:
        changes = {name: pair[1] for name, pair in one["changes"].items()}
        for name, (was, _is) in one["changes"].items():
            assert before.get(one["code"], {}).get(name) == was
        after[one["code"]] = before.get(one["code"], {}) | changes
        if "removed" in one["happened"]:
            del after[one["code"]]
    return after


@pytest.mark.parametrize("seed", [11, 12])
def test_what_a_comparison_says_takes_the_one_state_to_the_other(client, seed, time_machine):
    now = dt.datetime(2024, 1, 10, 9, 0, tzinfo=dt.UTC)
    time_machine.move_to(now, tick=False)
    load(as_file(roadmap(*(milestone(f"PR-0{n}", due="2024-Q3") for n in range(1, 6)), milestone("PR-06"))), now=now)
    history, moments, codes = History(seed, now), [(1, now.date())], {f"PR-0{n}" for n in range(1, 7)}
    for _step in range(30):
        history.step()
        time_machine.move_to(history.now, tick=False)
        codes |= set(Milestone.objects.values_list("code", flat=True))
        moments.append((Event.objects.position(), history.now.date()))
    chosen = sorted({moments[0], moments[-1], *random.Random(seed).sample(moments, 4)})
    states = {moment: state(client, moment, codes) for moment in chosen}
    assert len({json.dumps(one, sort_keys=True) for one in states.values()}) > 3
    for begin, earlier in enumerate(chosen):
        for later in chosen[begin:]:
            cache.clear()
            ends = f"from=at:{earlier[0]}@{earlier[1]}&to=at:{later[0]}@{later[1]}"
            compared = client.get(f"/api/v1/compare/?lang=kk&{ends}").json()
            assert applied(states[earlier], compared) == states[later]
            for side, moment in enumerate((earlier, later)):
                for name in ("status", "health"):
                    counted = {word: pair[side] for word, pair in compared["counts"][f"by_{name}"].items() if pair[side]}
                    values = [one[name] for one in states[moment].values()]
                    assert counted == {word: values.count(word) for word in set(values)}


# What the page says


STORY, BEGIN = Snapshot(), 3


@pytest.fixture
def story(now, time_machine, db):
    """From 23 November to 23 December: PR-01 becomes late by the calendar, PR-02 is achieved, PR-03 moves, PR-04 is looked at, PR-05 waits
    for PR-01, PR-06 is removed, PR-07 added, PR-08 untouched. Gives the position before it all."""
    if STORY.tables:
        STORY.put()
    else:
        tell(now, now + dt.timedelta(days=5), time_machine)
        STORY.take()
    time_machine.move_to(now + dt.timedelta(days=30), tick=False)
    return BEGIN


@pytest.fixture
def analyst(story):
    return User.objects.get(username="analyst")


@pytest.fixture
def editor(story):
    return User.objects.get(username="editor")


def tell(now, later, time_machine):
    time_machine.move_to(now, tick=False)
    items = [milestone(f"PR-0{n}") for n in (2, 3, 4, 6, 8)]
    items += [milestone("PR-01", due="2026-11"), milestone("PR-05", due="2029", predecessors=["PR-01"])]
    load(as_file(roadmap(*items)), now=now)
    analyst, editor = person("analyst"), person("editor")
    published("PR-01", analyst, editor, now=now)
    published("PR-05", analyst, editor, now=now)
    assert Event.objects.position() == BEGIN
    time_machine.move_to(later, tick=False)
    published("PR-02", analyst, editor, now=later, status="achieved", completed_on=now.date())
    published("PR-04", analyst, editor, now=later, status="not_started")
    added = Milestone(code="PR-07", proposal=Proposal.objects.get(), stage="review", position=0, updated_at=later)
    for language, words in texts("New").items():
        setattr(added, f"title_{language}", words)
    with open_change(by="The planner", now=later) as change:
        move_date(change, Milestone.objects.get(code="PR-03"), field="due", to=PlannedDate.parse("2027-Q4"), category="external")
        remove_milestone(change, Milestone.objects.get(code="PR-06"))
        added.save()
        keep_milestone(change, added, added=True)


def groups(html):
    """What happened, with the codes below each heading."""
    found = {}
    for part in html.split('<tr class="group-row">')[1:]:
        found[re.search(r'id="(\w+)"', part)[1]] = re.findall(r'class="code">\s*<a[^>]*>([\w-]+)<', part)
    return found


def text(response):
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


FOUND = {"late": ["PR-01"], "achieved": ["PR-02"], "moved": ["PR-03"], "looked_at": ["PR-02", "PR-04"], "otherwise": ["PR-05"],
         "added": ["PR-07"], "removed": ["PR-06"]}  # fmt: skip


def test_a_comparison_groups_by_what_happened_with_the_event_and_who(story, client):
    response = client.get(f"/compare/?lang=en&from=at:{story}&to=2026-12-23")
    page = text(response)
    assert groups(response.content.decode()) == FOUND
    assert "Between 23 November 2026 and 23 December 2026, 7 of 8 milestones changed: 1 became late , 1 was achieved" in page
    assert "1 due date moved (by 6 months)" in page
    assert "1 became late by the calendar alone." in page
    assert "A milestone to which several of these happened is counted under each." in page, "PR-02 was achieved and looked at first"
    assert re.search(r"PR-01 .{,90}in progress, unchanged on track → late .{,60}no event: the period ended on 30 November 2026", page)
    assert re.search(r"PR-05 .{,90}on track → at risk .{,40}no event: what it waits for changed", page)
    assert re.search(r"PR-02 .{,90}not yet assessed → achieved .{,60}0 → 1 An assessment was published, 28 November 2026, The editor", page)
    assert re.search(r"PR-03 .{,90}2027 Q2 → 2027 Q4 0 A date was moved, 28 November 2026, The planner", page)
    assert f'/milestones/PR-06/?at={story}&amp;as_of=2026-11-23"' in response.content.decode(), "what is gone is shown as it stood"
    assert re.search(r"late 0 1 \+1", page)
    assert re.search(r"later than first planned 0 1 by 184 days at the median \+1", page)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("ru", "С 23 ноября 2026 г. по 23 декабря 2026 г. изменилось 7 вех из 8"),
        ("en", "Between 23 November 2026 and 23 December 2026, 7 of 8 milestones changed"),
        ("kk", "2026 жылғы 23 қараша – 2026 жылғы 23 желтоқсан аралығында 8 меженің ішінен өзгергені – 7"),
    ],
)
def test_a_comparison_speaks_three_languages(story, client, language, said):
    address = f"from=at:{story}&to=2026-12-23&lang={language}"
    assert said in text(client.get(f"/compare/?{address}"))
    assert said in client.get(f"/api/v1/compare/?{address}").json()["sentence"]


def test_looked_at_again_with_the_same_finding_is_no_change(story, client, analyst, editor, now):
    begin, later = Event.objects.position(), now + dt.timedelta(days=30)
    published("PR-04", analyst, editor, now=later, status="not_started", effective_on=later.date())
    page = client.get(f"/compare/?lang=en&from=at:{begin}@{later.date()}")
    assert groups(page.content.decode()) == {"confirmed": ["PR-04"]}
    assert "no milestone changed. 1 was looked at again with the same finding." in text(page)


@pytest.mark.parametrize("ends", ["from=at:1@2026-11-23&to=2026-11-23", "from=baseline:Plan as loaded&to=at:1", "to=at:1"])
def test_the_same_moment_twice_changed_nothing(now, time_machine, client, ends):
    time_machine.move_to(now, tick=False)
    load(as_file(roadmap(milestone("PR-01"))), now=now)
    response = client.get(f"/compare/?lang=en&{ends}")
    assert "Both moments are one and the same" in text(response)
    assert groups(response.content.decode()) == {}
    assert client.get(f"/api/v1/compare/?{ends}").json()["milestones"] == []


def test_an_empty_record_says_that_it_is_empty(client, db):
    assert "The record is empty yet." in text(client.get("/compare/?lang=en"))
    assert client.get("/compare/?from=2026-06-30").status_code == 404
    assert client.get("/api/v1/compare/").json()["milestones"] == []


def test_rounds_and_baselines_are_moments(story, client, analyst, editor, now):
    later = now + dt.timedelta(days=30)
    staged = recorded("PR-08", analyst, now=later, status="agreed")
    with open_change(by="The editor", now=later) as change:
        round_ = open_round(change, name="Winter round", by=editor)
        stage(change, round_, [staged], by=editor)
    unpublished = client.get(f"/compare/?lang=en&from=round:{round_.uid}")
    assert (unpublished.status_code, "There is no published round" in text(unpublished)) == (400, True)
    assert "Winter round" not in text(unpublished)
    with open_change(by="The editor", now=later) as change:
        publish_round(change, round_, by=editor)
    said = client.get(f"/api/v1/compare/?from=baseline:Plan as loaded&to=round:{round_.uid}").json()
    assert (said["from"]["name"], said["from"]["position"], said["to"]["name"]) == ("Plan as loaded", 1, "Winter round")
    assert "PR-08" in {one["code"] for one in said["milestones"]}
    since = client.get(f"/compare/?lang=en&from=round:{round_.uid}")
    assert "Both moments are one and the same" in text(since), "it holds everything that the round published"
    assert f"from=round%3A{round_.uid}" in client.get("/compare/?lang=en").content.decode()


@pytest.mark.parametrize(
    ("ends", "status", "said", "code"),
    [
        ("from=2026-12-23&to=2026-11-23", 400, "The first moment is the later one", "wrong_order"),
        ("from=2020-01-01", 404, "The record begins on", None),
        ("from=2026-11-23&to=2020-01-01", 404, "The record begins on", None),
        ("from=2030-01-01", 400, "That day has not come yet.", "in_future"),
        ("from=yesterday", 400, "Write a day (2025-06-30), at:POSITION, round:ID or baseline:NAME.", "unknown_value"),
        ("from=", 400, "Write a day (2025-06-30), at:POSITION, round:ID or baseline:NAME.", "unknown_value"),
        ("from=at:0", 400, "Write a position from 1 to", "out_of_range"),
        ("from=at:99999999999999999999", 400, "Write a position from 1 to", "out_of_range"),
        ("from=at:1@2026-12-01", 400, "Position 1 stood from 2026-11-23 to 2026-11-23.", "out_of_range"),
        ("to=round:1", 400, "There is no published round “1”.", "unknown_name"),
        ("from=baseline:Nothing", 400, "There is no baseline “Nothing”.", "unknown_name"),
        ("report=NOTHING", 400, "There is no “NOTHING” here.", "unknown_value"),
    ],
)
def test_what_is_no_moment_is_said_in_words(story, client, ends, status, said, code):
    page = client.get(f"/compare/?lang=en&{ends}", follow=True)
    assert (page.status_code, said in text(page)) == (status, True)
    assert '<form class="compare-ends"' in page.content.decode(), "others can be chosen"
    assert (client.get(f"/compare.csv?lang=en&{ends}", follow=True).status_code) == status
    answer = client.get(f"/api/v1/compare/?lang=en&{ends}")
    problem = answer.json()
    assert (answer.status_code, said in problem["detail"]) == (status, True)
    if code:
        assert {(error["pointer"], error["code"]) for error in problem["errors"]} == {
            (f"?{ends.partition('&')[0].partition('=')[0]}", code)
        }


def test_a_refusal_leads_on(story, client):
    turned = client.get("/compare/?lang=en&from=2026-12-23&to=2026-11-23").content.decode()
    (address,) = re.findall(r'href="([^"]+)">Change places<', turned)
    assert client.get(f"/compare/{html.unescape(address)}").status_code == 200
    before = client.get("/compare/?lang=en&from=2020-01-01").content.decode()
    (address,) = re.findall(r'href="([^"]+)">Compare from that day<', before)
    assert client.get(html.unescape(address)).status_code == 200


def test_of_an_earlier_day_nothing_later_is_compared(story, client):
    assert groups(client.get(f"/compare/?lang=en&from=at:1&at={story}").content.decode()) == {"looked_at": ["PR-01", "PR-05"]}
    assert client.get(f"/compare/?lang=en&from=at:1&to=2026-12-01&at={story}").status_code == 400


def test_of_several_reports_one_can_be_chosen(story, client, now):
    other = roadmap(milestone("OT-01", proposal="OT"))
    other["report"]["code"], other["proposals"][0]["code"] = "OTHER", "OT"
    for one in other["organisations"]:
        one["code"] += "-OT"
    other["proposals"][0]["lead"], other["milestones"][0]["lead"], other["milestones"][0]["support"] = ["RU-ONE-OT"], ["RU-ONE-OT"], []
    for name in ("series", "risks", "indicators", "context_events"):
        other[name] = []
    load(as_file(other), now=now + dt.timedelta(days=30))
    ambiguous = client.get("/api/v1/compare/?lang=en&from=baseline:Plan as loaded")
    assert ambiguous.json()["detail"] == "Several reports have a baseline “Plan as loaded”: choose a report."
    said = client.get("/api/v1/compare/?from=baseline:Plan as loaded&report=TEST").json()
    assert {one["code"][:2] for one in said["milestones"]} == {"PR"}
    assert '<select name="report"' in client.get("/compare/").content.decode()


def move_all(now, to):
    with open_change(by="The planner", now=now) as change:
        for one in Milestone.objects.all():
            move_date(change, one, field="due", to=PlannedDate.parse(to), category="external")


def test_a_group_shows_its_first_and_leads_to_all_of_it(client, now, time_machine, monkeypatch):
    monkeypatch.setattr("pages.views.compare.SHOWN", 2)
    monkeypatch.setattr("pages.views.compare.PAGE", 4)
    time_machine.move_to(now, tick=False)
    load(as_file(roadmap(*(milestone(f"PR-{n:03}") for n in range(6)))), now=now)
    move_all(now, "2027-Q3")
    some = client.get("/compare/?lang=en&from=at:1").content.decode()
    assert groups(some)["moved"] == ["PR-000", "PR-001"]
    (more,) = re.findall(r'href="([^"]+)">4\s+more', some)
    first = client.get(f"/compare/{html.unescape(more)}").content.decode()
    (following,) = re.findall(r'rel="next"\s+href="([^"]+)"', first)
    second = client.get(f"/compare/{html.unescape(following)}").content.decode()
    assert groups(first)["moved"] + groups(second)["moved"] == [f"PR-{n:03}" for n in range(6)]
    assert 'rel="next"' not in second
    for wrong in ("of=nothing", "of=moved&page=3", "of=moved&page=x", "page=0"):
        assert client.get(f"/compare/?from=at:1&{wrong}").status_code == 404


def test_the_number_of_queries_does_not_grow_with_what_changed(client, now, time_machine, django_assert_num_queries):
    time_machine.move_to(now, tick=False)
    counts = []
    for size in (3, 24):
        load(as_file(roadmap(*(milestone(f"PR-{n:03}") for n in range(size)))), now=now)
        begin = Event.objects.position()
        move_all(now, f"202{8 + len(counts)}-Q3")
        paths = [f"{path}?from=at:{begin}" for path in ("/compare/", "/api/v1/compare/", "/compare.csv")]
        counts.append([queries(client, path, django_assert_num_queries) for path in paths])
    assert counts[0] == counts[1]


# Files, and what was withdrawn


def test_a_file_holds_every_row_with_its_two_sides(story, client):
    response = client.get(f"/compare.csv?lang=en&from=at:{story}&to=2026-12-23")
    assert response["Content-Disposition"] == f'attachment; filename="roadmap-{story}-{Event.objects.position()}.csv"'
    rows = {row["code"]: row for row in csv.DictReader(io.StringIO(body(response).decode("utf-8-sig")))}
    assert sorted(rows) == ["PR-01", "PR-02", "PR-03", "PR-04", "PR-05", "PR-06", "PR-07"]
    moved = rows["PR-03"]
    assert (moved["due_before"], moved["due_after"], moved["event"], moved["actor"]) == (
        "2027-06-30", "2027-12-31", "plan.changed", "The planner",
    )  # fmt: skip
    assert (rows["PR-01"]["health_before"], rows["PR-01"]["health_after"], rows["PR-01"]["without_event"]) == ("on_track", "late", "over")
    assert (rows["PR-07"]["status_before"], rows["PR-06"]["status_after"], rows["PR-02"]["happened"]) == ("", "", "achieved, looked_at")
    assert (moved["from_position"], moved["from_day"], moved["as_of"]) == (str(story), "2026-11-23", "2026-12-23")


@pytest.mark.parametrize(
    ("language", "heads"),
    [
        ("ru", ["Код", "Веха", "Статус: до", "Статус: после"]),
        ("en", ["Code", "Milestone", "Status: before", "Status: after"]),
        ("kk", ["Код", "Меже", "Мәртебе: бұрын", "Мәртебе: кейін"]),
    ],
)
def test_a_workbook_has_its_headings_in_the_readers_language(story, client, language, heads):
    book = openpyxl.load_workbook(io.BytesIO(body(client.get(f"/compare.xlsx?lang={language}&from=at:{story}&to=2026-12-23"))))
    sheet = book.worksheets[1]
    assert [sheet.cell(1, column).value for column in (1, 2, 5, 6)] == heads
    assert sheet.max_row == 8
    assert f"/compare/?from=at:{story}@2026-11-23&to=at:{Event.objects.position()}@2026-12-23" in book.worksheets[0]["B1"].value


def test_what_was_withdrawn_stays_withdrawn(story, client, now, editor):
    def said():
        ends = f"from=at:{story}&to=at:{Event.objects.position()}"
        return "".join([
            client.get(f"/compare/?lang=en&{ends}").content.decode(), client.get(f"/api/v1/compare/?lang=en&{ends}").content.decode(),
            body(client.get(f"/compare.csv?lang=en&{ends}")).decode(),
        ])  # fmt: skip

    one = Milestone.objects.get(code="PR-02")
    with open_change(by="The editor", now=now + dt.timedelta(days=30)) as change:
        write_milestone(change, one, values={"title_en": "Better words"}, links={}, by=editor)
    assert said().count("Step PR-02 in English") > 1
    with open_change(by="The editor", now=now + dt.timedelta(days=30)) as change:
        withdraw(change, Milestone.objects.get(code="PR-02"), by=editor, reason="libel")
    assert "Step PR-02 in English" not in said()

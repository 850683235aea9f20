"""What the record said is what it says of then, for ever: every answer kept as it happens is asked for afterwards."""

import datetime as dt
import random
import re
from html import unescape
from urllib.parse import unquote

import pytest
from django.core.cache import cache

from common.dates import PlannedDate
from milestones.models import Assessment, Dependency, Milestone, MilestoneOwner
from milestones.services import (
    PlanRefused,
    WasRecorded,
    add_dependency,
    keep_milestone,
    move_date,
    publish_assessment,
    remove_dependency,
    remove_milestone,
    roll_series,
    set_baseline,
    translate,
    withdraw,
)
from proposals.models import Indicator, Organisation, Proposal, Report, Risk
from proposals.services import assess_risk, keep_thing, record_value
from record.models import Event
from record.services import open_change
from record.verify import verify_record
from roadmap_file.loading import load
from tests.factories import as_file, milestone, roadmap, texts
from tests.people import person, recorded
from tests.snapshot import load_once

pytestmark = pytest.mark.django_db

STEPS = 40
API = [
    "milestones/?page_size=500", "milestones/?health=late,at_risk&status=in_progress", "milestones/?owner=RU-ONE&q=step", "milestones/PR-01/",
    "milestones/PR-02/", "milestones/PR-01/updates/", "milestones/PR-01/history/", "milestones/PR-01/plan-changes/", "proposals/", "proposals/PR/",
    "organisations/", "organisations/RU-ONE/", "risks/", "risks/R-ONE/", "risks/R-ONE/assessments/", "indicators/IND-ONE/values/", "series/PR-S/",
    "updates/?page_size=500", "evidence/?page_size=500", "baselines/", "rounds/", "summary/", "timeline/", "reports/TEST/", "compare/?from=at:1", "changes/?limit=500", "",
]  # fmt: skip
PAGES = [
    "",
    "milestones/",
    "milestones/PR-01/",
    "proposals/",
    "proposals/PR/",
    "organisations/",
    "organisations/RU-ONE/",
    "risks/",
    "risks/R-ONE/",
    "timeline/",
    "slippage/",
    "compare/?from=at:1",
    "series/PR-S/",
    "indicators/IND-ONE/",
]
VIEWS = [
    "timeline/?open=*",
    "timeline/?view=table&group=owner",
    "changes/",
    "calendar/?year=2027",
    "search/?q=step",
    "indicators/",
    "series/",
]
FILES = [
    "feed.atom", "proposals/PR/feed.atom", "organisations/RU-ONE/feed.atom", "calendar.ics", "organisations/RU-ONE/calendar.ics", "milestones.csv", "milestones.json",
    "timeline.svg?open=*", "timeline.csv", "compare.csv?from=at:1", "charts/burn-up.svg", "charts/health.csv", "charts/risks.svg",
    "charts/indicator-IND-ONE.csv", "cards/milestone-PR-01.svg", "cite/milestone-PR-01.ris", "embed/milestones/PR-01/", "sitemap.xml",
]  # fmt: skip
MOMENT = re.compile(r"(\?|&amp;|&)(lang=en(&amp;|&)?)?(at=\d+(&amp;|&)as_of=[\d-]+)?(?=[\"<\s])|(\?|&amp;)at=\d+&amp;as_of=[\d-]+")


class History:
    """A random history: each step is one thing that somebody might do, and may be refused."""

    def __init__(self, seed, now):
        self.chance = random.Random(seed)
        self.now = now
        self.analyst, self.editor = person("analyst"), person("editor")
        self.words = 0
        self.steps = [
            self.assess, self.assess, self.assess, self.correct, self.move, self.move, self.rename, self.rename_owner, self.add, self.remove,
            self.owner, self.dependency, self.risk, self.value, self.baseline, self.roll, self.translation,
        ]  # fmt: skip

    def step(self):
        self.now += dt.timedelta(hours=self.chance.choice([1, 30, 700]))
        self.words += 1
        self.chance.choice(self.steps)()

    def any(self, model):
        return self.chance.choice(list(model.objects.order_by("pk")))

    def change(self):
        return open_change(by=self.chance.choice(["The analyst", "The editor"]), now=self.now)

    def date(self):
        return PlannedDate.parse(self.chance.choice(["2024", "2027-Q1", "2028-05", "2026-12-01"]))

    def publish(self, **values):
        one = self.any(Milestone)
        status = self.chance.choice(["no_evidence", "not_started", "agreed", "in_progress", "achieved", "suspended", "dropped"])
        values = {
            "status": status, "summary": f"Word {self.words}", "effective_on": self.now.date(), "reason": "A reason",
            "completed_on": self.now.date() if status == "achieved" else None, "forecast_date": self.chance.choice([None, self.date()]),
        } | values  # fmt: skip
        assessment = recorded(one.code, self.analyst, now=self.now, **values)
        with open_change(by="The editor", now=self.now) as change:
            publish_assessment(change, assessment, by=self.editor)

    def assess(self):
        self.publish()

    def correct(self):
        done = Assessment.objects.filter(state="published").order_by("pk").last()
        if done and done.milestone.current_id == done.pk:
            code = done.milestone.code
            assessment = recorded(
                code,
                self.analyst,
                now=self.now,
                status="not_started",
                summary="Corrected",
                reason="r",
                corrects=done,
                effective_on=done.effective_on,
            )
            with open_change(by="The editor", now=self.now) as change:
                publish_assessment(change, assessment, by=self.editor)

    def move(self):
        with self.change() as change:
            move_date(change, self.any(Milestone), field="due", to=self.chance.choice([None, self.date()]), category="external", note="n")

    def rename(self):
        thing = self.any(self.chance.choice([Milestone, Proposal, Risk]))
        thing.title_en = f"Step {self.words}"
        thing.save()
        with self.change() as change:
            if isinstance(thing, Milestone):
                keep_milestone(change, thing, added=False, fields=["title"])
            else:
                keep_thing(change, thing, added=False, fields=["title"])

    def rename_owner(self):
        one = self.any(Organisation)
        one.name_en = f"Owner {self.words}"
        one.save()
        with self.change() as change:
            keep_thing(change, one, added=False, fields=["name"])

    def add(self):
        one = Milestone(code=f"PR-X{self.words}", proposal=Proposal.objects.get(), stage="review", position=0, updated_at=self.now)
        for language, text in texts(f"New {self.words}").items():
            setattr(one, f"title_{language}", text)
        one.due_date = self.date()
        with self.change() as change:
            one.save()
            MilestoneOwner.objects.create(milestone=one, organisation=self.any(Organisation), role="lead")
            keep_milestone(change, one, added=True)

    def remove(self):
        one = self.any(Milestone)
        if one.code not in {"PR-01", "PR-02"} and not Dependency.objects.filter(predecessor=one).exists():
            try:
                with self.change() as change:
                    remove_milestone(change, one)
            except WasRecorded:
                pass

    def owner(self):
        one = self.any(Milestone)
        with self.change() as change:
            MilestoneOwner.objects.filter(milestone=one).delete()
            MilestoneOwner.objects.create(milestone=one, organisation=self.any(Organisation), role="lead")
            keep_milestone(change, one, added=False, fields=["lead"])

    def dependency(self):
        try:
            with self.change() as change:
                act = self.chance.choice([add_dependency, remove_dependency])
                act(change, self.any(Milestone), self.any(Milestone), by=self.editor)
        except PlanRefused:
            pass

    def risk(self):
        with self.change() as change:
            assess_risk(change, Risk.objects.get(), likelihood=self.chance.randint(1, 5), impact=3, by=self.editor)

    def translation(self):
        said = self.chance.choice([*Assessment.objects.filter(state="published", withheld=None).order_by("pk"), None])
        if said is not None:
            with self.change() as change:
                translate(change, said, language="ru", summary=f"Слова {self.words}", by=self.editor)

    def value(self):
        with self.change() as change:
            record_value(
                change, Indicator.objects.get(), measured=PlannedDate.parse("2023"), value=self.words, by=self.editor, source_title="S"
            )

    def baseline(self):
        with self.change() as change:
            set_baseline(change, Report.objects.get(), name=f"Plan {self.words}", by=self.editor)

    def roll(self):
        from milestones.models import Series

        try:
            with self.change() as change:
                roll_series(change, Series.objects.get(), until=2026 + self.words // 20, by=self.editor)
        except PlanRefused:
            pass


def address_of(name, moment):
    kind, _sign, path = name.partition(":")
    path = f"/api/v1/{path}" if kind == "api" else f"/{path}"
    return f"{path}{'&' if '?' in path else '?'}lang=en{moment}"


NAMES = [f"{kind}:{path}" for kind, paths in (("api", API), ("file", FILES), ("page", [*PAGES, *VIEWS])) for path in paths]


def answers(client, moment="", names=NAMES):
    """Everything that is public, as one reader sees it; what only says which moment was asked for is left out."""
    cache.clear()  # the clock stands, so the limits would never be over
    return {name: answer(client.get(address_of(name, moment)), name) for name in names}


def answer(response, name):
    if name.startswith("api"):
        body = response.json()
        body.pop("final", None)
        body.pop("links", None)
        body.get("to", {}).pop("final", None)
        return response.status_code, body
    text = response.getvalue().decode()
    if name.startswith("file"):
        return response.status_code, MOMENT.sub("", text)
    main = re.search(r"<main.*</main>", text, re.DOTALL)[0]
    main = re.sub(r'(\?|&amp;|&amp;amp;)(at=\d+&amp;(amp;)?as_of=[\d-]+)|<input type="hidden" name="(at|as_of)"[^>]*>', "", main)
    main = re.sub(r"(?<=>)\s+|\s+(?=<)", "", main)  # what was left out leaves its line behind
    return response.status_code, re.sub(r"\s+", " ", main)


def different(client, kept, names):
    """The moments at which one of these answers is another than it was when it happened."""
    found = {}
    for (position, day), was in kept.items():
        now = answers(client, f"&at={position}&as_of={day.isoformat()}", names)
        if changed := [name for name in names if now[name] != was[name]]:
            found[position] = changed
    return found


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_answer_of_every_position_is_what_it_was(client, seed, now, time_machine):
    start = dt.datetime(2024, 1, 10, 9, 0, tzinfo=dt.UTC)
    time_machine.move_to(start, tick=False)
    load(
        as_file(roadmap(*(milestone(f"PR-0{n}") for n in range(1, 7)), milestone("PR-S24", series="PR-S", edition=2024, due="2024"))),
        now=start,
    )
    history = History(seed, start)
    kept = {}
    for _step in range(STEPS):
        history.step()
        time_machine.move_to(history.now, tick=False)
        position = Event.objects.position()
        kept[position, history.now.date()] = answers(client)
    assert len(kept) > STEPS * 0.7
    assert {status for was in kept.values() for name, (status, _body) in was.items() if name.startswith(("page", "file"))} <= {200, 404}
    assert verify_record() == []

    # Each is asked for once more: what a withdrawal touches before one, all else after it, which says both at once.
    gone = Assessment.objects.filter(state="published").order_by("pk").first()
    code, word = gone.milestone.code, gone.summary
    touched = {"api:updates/?page_size=500", f"api:milestones/{code}/", f"api:milestones/{code}/updates/",
               "api:evidence/?page_size=500", f"api:milestones/{code}/history/", f"page:milestones/{code}/",
               "api:summary/", "api:changes/?limit=500", "page:", "page:changes/", "page:search/?q=step", "api:compare/?from=at:1", "page:compare/?from=at:1", "file:compare.csv?from=at:1", "file:feed.atom", "file:proposals/PR/feed.atom", "file:organisations/RU-ONE/feed.atom"} & set(NAMES)  # fmt: skip
    assert different(client, kept, touched) == {}
    assert any(word in str(was) for was in kept.values())
    with open_change(by="The editor", now=history.now) as change:
        withdraw(change, gone, by=history.editor, reason="personal")
    assert different(client, kept, set(NAMES) - touched) == {}
    for (position, day), was in kept.items():
        asked = str(was | answers(client, f"&at={position}&as_of={day.isoformat()}", touched))
        assert f"{word}<" not in asked
        assert f"'{word}'" not in asked
    assert verify_record() == []


# Which moments there are


@pytest.fixture
def loaded(now, time_machine):
    begun = dt.datetime(2026, 5, 10, 21, 30, tzinfo=dt.UTC)
    load_once(as_file(roadmap(milestone("PR-01"))), now=begun)
    time_machine.move_to(now, tick=False)
    proposal = Proposal.objects.get()
    for month in (6, 7):
        proposal.title_en = f"Title of month {month}"
        proposal.save()
        with open_change(now=dt.datetime(2026, month, 1, 12, tzinfo=dt.UTC)) as change:
            keep_thing(change, proposal, added=False, fields=["title"])


@pytest.mark.parametrize(
    ("query", "title", "position", "final"),
    [
        ("as_of=2026-06-01", "month 6", 2, "true"),
        ("as_of=2026-06-30", "month 6", 2, "true"),
        ("as_of=2026-06-01T11:59:59Z", "Proposal in English", 1, "true"),
        ("as_of=2026-06-01T14:00:00%2B02:00", "month 6", 2, "true"),
        ("as_of=2026-11-22", "month 7", 3, "true"),
        ("as_of=2026-11-23", "month 7", 3, "false"),
        ("at=1", "Proposal in English", 1, "true"),
        ("at=3", "month 7", 3, "true"),
        ("at=2&as_of=2026-06-15", "month 6", 2, "true"),
        ("at=3&as_of=2026-11-23", "month 7", 3, "true"),
        ("", "month 7", 3, "false"),
    ],
)
def test_a_moment_is_a_day_an_instant_or_a_position(loaded, client, query, title, position, final):
    answer = client.get(f"/api/v1/proposals/PR/?lang=en&{query}")
    assert title in answer.json()["title"]
    assert (answer["Record-Position"], answer["Record-Final"]) == (str(position), final)
    page = client.get(f"/proposals/PR/?lang=en&{query}")
    assert title in page.content.decode()


def test_an_earlier_hour_of_today_is_the_past_and_final_once_nothing_can_be_written_before_it(loaded, client, now, time_machine):
    def asked():
        answer = client.get("/api/v1/proposals/PR/?lang=en&as_of=2026-11-23T08:59:00Z")
        return answer.json()["title"], answer["Record-Position"], answer["Record-Final"]

    assert asked() == ("Title of month 7", "3", "false"), "somebody may still be writing what happened then"
    time_machine.move_to(now + dt.timedelta(minutes=10), tick=False)
    assert asked() == ("Title of month 7", "3", "true")
    time_machine.move_to(now, tick=False)
    with open_change(now=now) as change:
        keep_thing(change, Proposal.objects.get(), added=False, fields=["title"])
    assert asked() == ("Title of month 7", "3", "true"), "the record has gone on"
    at_once = client.get("/api/v1/proposals/PR/?as_of=2026-11-23T09:00:00Z")
    assert (at_once["Record-Position"], at_once["Record-Final"]) == ("4", "false")


def test_a_day_ends_at_midnight_of_the_installation(loaded, client, settings):
    assert client.get("/api/v1/proposals/PR/?as_of=2026-05-10").status_code == 200
    settings.TIME_ZONE = "Asia/Almaty"
    assert client.get("/api/v1/proposals/PR/?as_of=2026-05-10").status_code == 404
    assert client.get("/api/v1/proposals/PR/?as_of=2026-05-11").status_code == 200


@pytest.mark.parametrize(
    "query",
    ["as_of=2026-11-24", "as_of=2027-01-01", "as_of=2026-11-23T09:00:01Z", "as_of=2026-13-01", "as_of=", "as_of=x", "as_of=2026-06-01T10:00",
     "as_of=99999999", "as_of=9999-12-31T23:59:59-16:00", "as_of=9999-12-31T23:59:59-23:00", "at=0", "at=4", "at=-1", "at=x", "at=1.0", "at=",
     "at=" + "9" * 30, "at=²", "at=2&as_of=2026-05-31", "at=2&as_of=2026-07-02", "as_of=٢٠٢٦-٠٦-٠١"],
)  # fmt: skip
def test_what_is_no_moment_is_refused(loaded, client, query):
    answer = client.get(f"/api/v1/milestones/?lang=en&{query}")
    assert (answer.status_code, answer.json()["type"]) == (400, "/api/v1/problems/unknown-parameter/")
    assert answer.json()["errors"][0]["pointer"] in {"?at", "?as_of"}
    page = client.get(f"/milestones/?lang=en&{query}")
    assert page.status_code == 400
    assert "There is no such moment of the record" in page.content.decode()


def test_before_the_first_load_the_answer_says_when_the_record_begins(loaded, client):
    answer = client.get("/api/v1/milestones/?lang=en&as_of=2020-01-01")
    assert (answer.status_code, answer.json()["type"]) == (404, "/api/v1/problems/before-the-record/")
    assert "begins on 2026-05-10" in answer.json()["detail"]
    page = client.get("/milestones/?lang=en&as_of=2020-01-01")
    assert page.status_code == 404
    assert "The record begins on 10 May 2026" in page.content.decode()


def test_an_empty_record_has_no_moments(client):
    assert client.get("/api/v1/milestones/?as_of=2020-01-01").status_code == 404
    assert client.get("/milestones/?at=1").status_code == 404


def test_the_past_is_not_for_search_engines_and_cannot_be_missed(loaded, client):
    page = client.get("/proposals/PR/?lang=en&as_of=2026-06-10")
    html = page.content.decode()
    assert page["X-Robots-Tag"] == "noindex"
    assert '<meta name="robots" content="noindex">' in html
    assert "As of 10 June 2026, position 2 of the record." in html
    assert "X-Robots-Tag" not in client.get("/proposals/PR/")


def test_links_of_a_past_page_keep_the_moment(loaded, client):
    for path in PAGES:
        address = f"/{path}{'&' if '?' in path else '?'}lang=en"
        html = client.get(f"{address}&as_of=2026-06-10").content.decode()
        if path == "milestones/PR-01/":
            assert "?at=2&amp;as_of=2026-06-10" in html
        html = re.sub(r'<div class="days">.*?</div>', "", html, flags=re.DOTALL)  # the way to other days
        elsewhere = r"/(static|accounts|api|admin|desk|follow|report-an-error|feed\.atom|(proposals|organisations)/[^/]+/(feed\.atom|calendar\.ics))"
        links = {link for link in re.findall(r'href="(/[^"]*)"', html) if not re.match(elsewhere, link)}
        assert len(links) > 6
        lost = [link for link in links if not re.search(r"as_of=2026-06-10|to=at:\d+@2026-06-10", unquote(link))]
        assert [unquote(unescape(link)) for link in lost] in ([], [address]), path


def test_a_signed_in_reader_sees_the_same_past(loaded, client, django_user_model):
    client.force_login(django_user_model.objects.create_user("reader"))
    assert "month 6" in client.get("/proposals/PR/?lang=en&as_of=2026-06-10").content.decode()
    assert client.get("/api/v1/me/?as_of=2026-06-10").status_code == 400


@pytest.mark.parametrize("offset", ["%2B15:59", "%2B16:00", "%2B23:59", "-23:59"])
def test_any_offset_of_a_zone_is_understood(loaded, client, offset):
    for address in (f"/milestones/?as_of=2026-06-30T12:00:00{offset}", f"/api/v1/milestones/?as_of=2026-06-30T12:00:00{offset}",
                    f"/milestones/?updated_since=2026-06-30T12:00:00{offset}", f"/api/v1/milestones/?updated_since=2026-06-30T12:00:00{offset}"):  # fmt: skip
        assert client.get(address).status_code == 200


def test_a_message_for_one_reader_is_in_nobody_elses_page(loaded, client, django_user_model):
    client.force_login(django_user_model.objects.create_user("a", role="analyst", remit=["*"]))
    client.get("/methodology/?lang=en")
    client.post("/desk/milestones/PR-01/confirm/")
    client.cookies.pop("sessionid")
    mine = client.get("/?lang=en")
    assert mine["Cache-Control"] == "private, no-store"
    assert "Nothing was published yet" in mine.content.decode()
    client.cookies.clear()
    assert "Nothing was published yet" not in client.get("/?lang=en").content.decode()

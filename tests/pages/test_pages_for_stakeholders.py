"""Dashboard, charts, changes, calendar, risks, indicators, series, slippage, search and what readers leave."""

import csv
import datetime as dt
import re

import pytest
from django.core.cache import cache

from common.dates import PlannedDate
from milestones.models import ErrorReport, Milestone, SavedView
from milestones.series.editions import Edition, standing_of
from milestones.services import move_date, open_round, publish_round, stage
from notifications.models import Mail
from proposals.models import Indicator, Risk
from proposals.services import assess_risk, record_value
from record.search import corrected, words_in
from record.services import open_change
from roadmap_file.loading import load
from tests.factories import as_file, milestone, roadmap
from tests.people import person, published, recorded

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _day(time_machine, now):
    time_machine.move_to(now, tick=False)


def text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def move(code, to, *, now, category="political"):
    with open_change(by="The editor", now=now) as change:
        move_date(change, Milestone.objects.get(code=code), field="due", to=PlannedDate.parse(to), category=category)


# Dashboard


def test_the_dashboard_names_what_changed_with_its_title(rk2030, client, now, analyst, editor):
    move("SM-03", "2027-Q1", now=now)
    published("SM-01", analyst, editor, now=now, status="in_progress")
    page = text(client.get("/?lang=en"))
    assert re.search(r"Founding document of the strategic mechanism signed SM-03 A date was moved · due: 2025 Q4 → 2027 Q1", page)
    assert re.search(r"Concept of the strategic mechanism agreed SM-01 not yet assessed → in progress", page)


def test_the_last_round_is_named_with_its_size(rk2030, client, now, analyst, editor):
    assessment = recorded("SM-01", analyst, now=now)
    with open_change(by=editor.actor, now=now) as change:
        round_ = open_round(change, name="Autumn round", by=editor)
        stage(change, round_, [assessment], by=editor)
        publish_round(change, round_, by=editor)
    assert "The last round of assessments: Autumn round, 23 November 2026 · 1 assessment" in text(client.get("/?lang=en"))


def test_every_number_of_the_sentence_leads_to_its_rows(rk2030, client, now, analyst, editor):
    published("SM-01", analyst, editor, now=now)
    html = client.get("/?lang=en").content.decode()
    for query, number in (("status=not_assessed", 120), ("health=late", 1)):
        assert re.search(rf'href="/milestones/\?{query}"', html)
        assert f"{number} milestone" in text(client.get(f"/milestones/?lang=en&{query}"))


def test_several_reports_are_listed_each_with_its_sentence_and_its_own_page(rk2030, client, now):
    load(as_file(roadmap(milestone("PR-01"), milestone("PR-02", due="2025"))), now=now)
    page = text(client.get("/?lang=en"))
    for number in (123, 121, 2):
        assert f"None of {number} milestones known to be late, {number} not yet assessed." in page
    own = client.get("/reports/TEST/overview/?lang=en")
    assert "None of 2 milestones known to be late" in text(own)
    assert "SM-0" not in own.content.decode()
    assert 'href="/reports/TEST/milestones/?status=not_assessed"' in own.content.decode()
    assert client.get("/charts/burn-up-TEST.csv").status_code == 200
    assert client.get("/reports/NO/overview/").status_code == 404


def head_of(client, address):
    return client.get(address, headers={"Accept-Language": "en"}).content.decode().partition("</header>")[0]


def test_with_several_reports_the_header_says_which_and_its_sections_keep_it(rk2030, client, now):
    assert "All reports" not in head_of(client, "/milestones/"), "one report is no choice"
    load(as_file(roadmap(milestone("PR-01"), milestone("PR-02", due="2025"))), now=now)
    assert re.search(r"<summary><span[^>]*>Report: </span>All reports</summary>", head_of(client, "/milestones/"))
    chosen = head_of(client, "/reports/TEST/milestones/")
    assert re.search(r"<summary><span[^>]*>Report: </span>TEST</summary>", chosen)
    for address in ("/reports/TEST/overview/", "/reports/TEST/timeline/", "/reports/TEST/milestones/", "/reports/TEST/proposals/"):
        assert f'href="{address}"' in chosen, address
        assert "Report: </span>TEST<" in head_of(client, address), address
    assert 'href="/reports/RK2030/milestones/"' in chosen
    assert 'href="/milestones/"' in chosen, "and all reports are a choice"
    page = client.get("/reports/TEST/proposals/").content.decode()
    assert ('href="/proposals/PR/' in page, 'href="/proposals/SM/' in page) == (True, False)


def test_the_day_chip_leads_to_the_last_round(rk2030, client, now, analyst, editor):
    assert "The last round" not in head_of(client, "/milestones/?lang=en")
    assessment = recorded("SM-01", analyst, now=now)
    with open_change(by=editor.actor, now=now) as change:
        round_ = open_round(change, name="Autumn round", by=editor)
        stage(change, round_, [assessment], by=editor)
        publish_round(change, round_, by=editor)
    round_.refresh_from_db()
    head = head_of(client, "/milestones/?health=late&page=1")
    assert f'<a href="/milestones/?health=late&amp;at={round_.position}">The last round: Autumn round</a>' in head
    assert client.get(f"/milestones/?at={round_.position}").status_code == 200


def test_the_burn_up_counts_baseline_plan_achieved_and_what_nobody_knows(now, client, analyst, editor):
    load(as_file(roadmap(milestone("PR-01", due="2026-Q3"), milestone("PR-02", due="2027-Q1"), milestone("PR-03", due="2028"))), now=now)
    published("PR-01", analyst, editor, now=now, status="achieved", completed_on=dt.date(2026, 10, 5))
    move("PR-02", "2027-Q4", now=now)
    rows = list(csv.reader(client.get("/charts/burn-up.csv").content.decode("utf-8-sig").splitlines()))
    found = {row[0]: row[1:] for row in rows if len(row) == 5}
    assert found["2026-09-30"] == ["1", "1", "0", "0"]
    assert found["2026-11-23"] == ["", "", "1", ""]
    assert found["2026-12-31"] == ["1", "1", "", "0"]
    assert found["2027-03-31"] == ["2", "1", "", "0"]
    assert found["2027-12-31"] == ["2", "2", "", "1"]
    assert found["2030-12-31"] == ["3", "3", "", "2"]


# Charts


CHARTS = [
    "status",
    "health",
    "freshness",
    "burn-up",
    "risks",
    "risk-R01",
    "indicator-IND-BORDER-LENGTH",
    "proposal-SM",
    "burn-up-RK2030",
    "health-RK2030",
    "slippage-proposal",
    "slippage-owner",
    "slippage-reason",
]


def test_every_chart_is_a_drawing_and_a_table_in_three_languages(rk2030, client, now, editor):
    from xml.etree import ElementTree as ET

    with open_change(now=now) as change:
        assess_risk(change, Risk.objects.get(code="R01"), likelihood=3, impact=5, assessed_on=now.date(), by=editor)
        record_value(
            change,
            Indicator.objects.get(code="IND-BORDER-LENGTH"),
            value=7600,
            measured=PlannedDate.parse("2025"),
            source_title="A survey",
            by=editor,
        )
    for name in CHARTS:
        for language in ("ru", "en", "kk"):
            svg = client.get(f"/charts/{name}.svg?lang={language}")
            assert svg.status_code == 200, name
            root = ET.fromstring(svg.content)
            assert str(root[1].text).count("at=3") == 1
            assert "style" not in svg.content.decode()
            assert client.get(f"/charts/{name}.csv?lang={language}").status_code == 200
    assert "R01" in client.get("/charts/risks.svg").content.decode()


@pytest.mark.parametrize(
    "name", ["nonsense", "risk-NO", "indicator-NO", "proposal-NO", "burn-up-NO", "status-NO", "slippage-NO", "risk-R02", "x" * 500]
)
def test_a_chart_that_is_not_there_is_not_found(rk2030, client, name):
    assert client.get(f"/charts/{name}.svg").status_code == 404
    assert client.get(f"/charts/{name}.exe").status_code == 404


# Changes


def test_changes_say_what_exactly_and_go_on_by_position(rk2030, client, now):
    for year in range(2027, 2030):
        for number in range(1, 9):
            move(f"SM-0{number}", str(year), now=now)
    html = client.get("/changes/?lang=en&type=plan.changed&proposal=SM").content.decode()
    assert html.count("A date was moved ·") == 23  # one of them was in 2029 already
    assert "due: 2028 → 2029 (political decision)" in html
    move("AF-00", "2029", now=now)
    for year in (2028, 2030, 2028, 2030):
        for number in range(1, 9):
            move(f"SM-0{number}", str(year), now=now)
    first = client.get("/changes/?lang=en").content.decode()
    positions = re.findall(r"position (\d+)", first.split("<main")[1].split("</main")[0])
    assert len(positions) == 50
    older = re.search(r'rel="next"\s+href="([^"]+)"', first)[1].replace("&amp;", "&")
    move("AF-01", "2029", now=now)
    second = client.get(f"/changes/{older}").content.decode()
    rest = re.findall(r"position (\d+)", second.split("<main")[1].split("</main")[0])
    assert [int(one) for one in positions + rest] == list(range(57, 0, -1))


@pytest.mark.parametrize("query", ["type=nonsense", "since=yesterday", "before=x", "before=-1", "before=" + "9" * 30, "proposal=NO"])
def test_changes_asked_for_wrongly_are_refused(rk2030, client, query):
    assert client.get(f"/changes/?{query}").status_code == 400


# Calendar


def test_the_calendar_shows_a_year_by_month_with_the_outside_dates(rk2030, client):
    page = text(client.get("/calendar/?lang=en&year=2029"))
    assert "End of the term of the President of Kazakhstan" in page
    assert "December 2029" in page
    assert "Calendar 2026" in text(client.get("/calendar/?lang=en"))
    assert "Nothing is due in this year." in text(client.get("/calendar/?lang=en&year=2199"))


@pytest.mark.parametrize("year", ["x", "99999", "0", "-5", "२०२६", "1899", "2200"])
def test_a_year_that_is_none_is_not_found(rk2030, client, year):
    assert client.get("/calendar/", {"year": year}).status_code == 404


# Risks, indicators, series


def test_risks_stand_in_a_matrix_with_what_they_were_before(rk2030, client, now, editor):
    assert "plot-risk_matrix" not in client.get("/risks/").content.decode()
    for likelihood, impact in ((2, 3), (4, 5)):
        with open_change(now=now) as change:
            assess_risk(change, Risk.objects.get(code="R02"), likelihood=likelihood, impact=impact, assessed_on=now.date(), by=editor)
    page = client.get("/risks/?lang=en").content.decode()
    assert re.search(r'<text class="c-text c-codes" y="30%"[^>]*><a href="/risks/R02/"\s*><title>[^<]*</title><tspan\s+x="90%"', page)
    assert "4 × 5 = 20" in page
    assert re.search(r"2 × 3 <span", page)
    assert "c-line c-forecast" in client.get("/risks/R02/?lang=en").content.decode()


def test_an_indicator_shows_its_values_with_sources(rk2030, client, now, editor):
    with open_change(now=now) as change:
        record_value(
            change, Indicator.objects.get(code="IND-BORDER-LENGTH"), value=7598, measured=PlannedDate.parse("2025"), source_title="A survey",
            source_address="https://survey.example/", by=editor,
        )  # fmt: skip
    page = client.get("/indicators/IND-BORDER-LENGTH/?lang=en")
    assert "7,598" in text(page)
    assert 'href="https://survey.example/"' in page.content.decode()
    assert "7,598" in text(client.get("/indicators/?lang=en"))


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ("achieved achieved achieved", (3, 0, 0, 3, 3)),
        ("achieved dropped achieved", (2, 1, 0, 1, 1)),
        ("achieved not_assessed achieved", (2, 0, 1, 2, 2)),
        ("achieved achieved dropped not_assessed", (2, 1, 1, 0, 2)),
        ("", (0, 0, 0, 0, 0)),
    ],
)
def test_a_streak_is_broken_by_a_missed_edition_and_by_nothing_else(statuses, expected):
    from types import SimpleNamespace

    editions = [Edition(2024 + n, "RU", "", SimpleNamespace(status=status)) for n, status in enumerate(statuses.split())]
    found = standing_of(editions)
    assert (found.held, found.missed, found.open, found.streak, found.longest) == expected


def test_a_series_shows_held_missed_and_streak(rk2030, client, now, analyst, editor):
    published("AF-01", analyst, editor, now=now, status="achieved", completed_on=dt.date(2024, 12, 1), actual_host="KZ")
    page = text(client.get("/series/AF-FORUM/?lang=en"))
    assert "held: 1 missed: 0 still open: 6 held in a row: 1" in page
    assert re.search(r"2024 AF-01 .*? Russia Kazakhstan achieved", page)
    assert "held: 1" in text(client.get("/series/?lang=en"))


def test_slippage_is_summed_and_pushes_are_named(now, client, analyst, editor):
    load(
        as_file(
            roadmap(
                milestone("PR-01", due="2026-06-30"),
                milestone("PR-02", due="2026-12-31", predecessors=["PR-01"]),
                milestone("PR-03", due="2027-09-30", predecessors=["PR-02"]),
            )
        ),
        now=now,
    )
    published("PR-01", analyst, editor, now=now, forecast_date=PlannedDate.parse("2027-03-31"))
    move("PR-03", "2026-10-31", now=now)
    move("PR-01", "2026-07-31", now=now, category="external")
    page = text(client.get("/slippage/?lang=en"))
    assert "1 milestone stands later than first planned, 31 days in all." in page
    assert "outside circumstances +31 days 1" in page
    assert "Others were brought forward by 334 days in all." in page
    assert re.search(r"PR-02 .*? 31 December 2026 31 March 2027 \+90 days PR-01", page)
    assert re.search(r"PR-03 .*? 31 October 2026 PR-02 31 December 2026 \+61 days", page)


# Search


def found(client, words, language="en", more=""):
    html = client.get(f"/search/?lang={language}&q={words}{more}").content.decode()
    return {
        name: re.findall(r'href="/[a-z]+/([\w-]+)/', part)
        for name, part in re.findall(r'<h2 id="found-(\w+)">.*?</h2>(.*?)</section>', html, re.DOTALL)
    }


@pytest.mark.parametrize(
    ("words", "kind", "code"),
    [
        ("форума", "proposals", "AF"),
        ("форум стратегического", "milestones", "AF-03"),
        ("strategic mechanisms", "proposals", "SM"),
        ("SM-0", "milestones", "SM-03"),
        ("посольст", "proposals", "EM"),
        ("elites", "risks", "R02"),
        ("border", "indicators", "IND-BORDER-LENGTH"),
        ("стратегичиский", "proposals", "SM"),
        ("forumm", "proposals", "AF"),
        ("Стратегиялық", "proposals", "AF"),
        ("сотрудничества форум", "series", "AF-FORUM"),
    ],
)
def test_the_search_knows_words_beginnings_codes_and_slips(rk2030, client, words, kind, code):
    assert code in found(client, words)[kind]


def test_the_search_finds_assessments_evidence_and_passages(rk2030, client, now, analyst, editor):
    published("SM-01", analyst, editor, now=now, summary="A communiqué mentions the quorum.", evidence=None)
    page = client.get("/search/?lang=en&q=quorum").content.decode()
    assert 'href="/milestones/SM-01/#update-' in page
    assert "A sample page" in client.get("/search/?lang=en&q=sample").content.decode()
    assert "found-passages" in client.get("/search/?lang=ru&q=границ").content.decode()
    recorded("SM-02", analyst, now=now, summary="Unpublished quorums.")
    assert client.get("/search/?lang=en&q=unpublished").content.decode().count("#update-") == 0


def test_the_search_leads_from_evidence_to_those_who_cited_it_by_then_each_once(rk2030, client, now, analyst, editor):
    from tests.people import a_source

    source = a_source(analyst, title="The zqact")
    published("SM-01", analyst, editor, now=now, evidence=[(source, "supports")])
    published("SM-01", analyst, editor, now=now, evidence=[(source, "supports")], effective_on=dt.date(2026, 11, 2))
    published("AF-01", analyst, editor, now=now, evidence=[(source, "supports")])
    assert found(client, "zqact")["evidence"] == ["AF-01", "SM-01"]
    assert found(client, "zqact", more="&at=2")["evidence"] == ["SM-01"]


def test_numbers_by_lead_lead_to_the_rows_that_they_count(rk2030, client, now):
    move("SM-04", "2028", now=now)
    html = client.get("/slippage/?lang=en").content.decode()
    links = re.findall(r'href="(/milestones/\?[^"]*lead=[^"]*)"', html)
    assert links
    for link in links:
        assert "1 milestone " in text(client.get(f"{link.replace('&amp;', '&')}&lang=en"))


def test_a_slip_is_said_and_nothing_is_said_kindly(rk2030, client):
    assert "Shown is what holds words like these" in text(client.get("/search/?lang=en&q=forumm"))
    assert "Nothing was found for “qqqqqqqqq”" in text(client.get("/search/?lang=en&q=qqqqqqqqq"))


@pytest.mark.parametrize(
    "words",
    ["'", "''); DROP", "&|!:*", "форум & !", "\\", "<script>", "a" * 5000, "\u202eтса", " ", "the", "и", "-", "%", "o'clock", "(((", "🙂"],
)
def test_no_words_break_the_search(rk2030, client, words):
    for path in ("/search/", "/milestones/", "/api/v1/milestones/", "/api/v1/proposals/", "/desk/"):
        assert client.get(path, {"q": words}).status_code in {200, 302, 400}


def test_the_search_shows_what_was_said_at_an_earlier_position(rk2030, client, now, analyst, editor, time_machine):
    published("SM-01", analyst, editor, now=now, summary="A quorum.")
    assert client.get("/search/?q=quorum&at=1").content.decode().count("#update-") == 0
    assert client.get("/search/?q=quorum").content.decode().count("#update-") == 1


def test_words_are_put_right_by_their_length():
    assert words_in("SM-03, форума! (the)") == ["sm-03", "форума", "the"]


def test_short_words_are_never_put_right(rk2030):
    from proposals.models import ProposalVersion

    assert corrected(["xyz"], ProposalVersion) == []
    assert corrected(["forumm"], ProposalVersion) == [["forum"]]


# What readers leave


def test_a_reader_reports_an_error_and_sees_what_became_of_it(
    rk2030, client, analyst, settings, django_capture_on_commit_callbacks, mailoutbox
):
    form = client.get("/report-an-error/?lang=en&page=/milestones/SM-03/")
    assert "/milestones/SM-03/" in text(form)
    sent = client.post(
        "/report-an-error/?lang=en", {"page": "/milestones/SM-03/", "text": "The date is wrong.", "email": "reader@mail.example"}
    )
    report = ErrorReport.objects.get()
    assert sent["Location"] == f"/report-an-error/{report.uid}/"
    assert "not looked at yet" in text(client.get(sent["Location"]))
    client.force_login(analyst)
    assert "The date is wrong." in text(client.get("/desk/"))
    path = f"/desk/errors/{report.uid}/"
    assert client.post(path, {"state": "accepted", "answer": " "}).status_code == 400
    assert client.post(path, {"state": "accepted", "answer": "Put right at position 7."})["Location"] == "/desk/"
    report.refresh_from_db()
    assert (report.state, report.email, report.closed_by) == ("accepted", "", analyst)
    mail = Mail.objects.get()
    assert mail.to == "reader@mail.example"
    assert "Put right at position 7." in mail.body
    assert "The date is wrong." not in text(client.get("/desk/"))
    client.logout()
    assert "Put right at position 7." in text(client.get(sent["Location"]))
    client.force_login(analyst)
    client.post(path, {"state": "declined", "answer": "Twice."})
    report.refresh_from_db()
    assert report.answer == "Put right at position 7."


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"text": ""}, 400),
        ({"text": "x" * 4001}, 400),
        ({"text": "a\x00b"}, 400),
        ({"text": "ok", "email": "nonsense"}, 400),
        ({"text": "ok", "page": "https://evil.example/"}, 302),
        ({"text": "ok", "page": "//evil.example/"}, 302),
        ({"text": "ok", "page": "/\\evil.example/"}, 302),
        ({"text": "ok", "page": "javascript:alert(1)"}, 302),
    ],
)
def test_what_a_reader_sends_is_checked(rk2030, client, data, status):
    assert client.post("/report-an-error/", data).status_code == status
    assert {one.path for one in ErrorReport.objects.all()} <= {"/"}


def test_a_program_that_fills_in_everything_is_thanked_and_forgotten(rk2030, client):
    assert client.post("/report-an-error/", {"text": "buy", "website": "https://spam.example"}).status_code == 302
    assert not ErrorReport.objects.exists()


def test_forms_without_account_are_limited(rk2030, client, settings):
    settings.FORM_RATE = "2/hour"
    cache.clear()
    answers = [client.post("/report-an-error/", {"text": "ok"}).status_code for _ in range(3)]
    assert answers == [302, 302, 429]
    assert ErrorReport.objects.count() == 2


def test_a_view_is_kept_and_let_go(rk2030, client, analyst):
    assert client.post("/saved-views/", {"name": "x", "query": "status=late"}).status_code == 302
    client.force_login(analyst)
    client.post("/saved-views/", {"name": " Mine,  late ", "query": "health=late&ordering=due"})
    view = SavedView.objects.get()
    assert (view.user, view.name) == (analyst, "Mine, late")
    page = client.get("/milestones/?lang=en").content.decode()
    assert 'href="/milestones/?health=late&amp;ordering=due"' in page
    other = person("analyst", "other")
    client.force_login(other)
    assert "Mine, late" not in client.get("/milestones/").content.decode()
    client.post("/saved-views/", {"delete": str(view.pk)})
    assert SavedView.objects.count() == 1
    client.force_login(analyst)
    for data in ({"name": ""}, {"name": "Mine, late"}, {"delete": "x"}, {"name": "a\x00"}, {"delete": "9" * 40}):
        assert client.post("/saved-views/", data).status_code == 302
    client.post("/saved-views/", {"delete": str(view.pk), "query": "health=late"})
    assert not SavedView.objects.exists()


# Pages that say what the site is


def test_the_operator_says_who_publishes_and_under_which_licence(rk2030, client, settings):
    assert "has not named a licence" in text(client.get("/about/licence/?lang=en"))
    settings.DATA_LICENCE, settings.DATA_LICENCE_URL, settings.PUBLISHER = "CC BY 4.0", "https://licence.example/by", "The Institute"
    settings.CONTACT_EMAIL = "data@institute.example"
    cache.clear()
    page = client.get("/about/licence/?lang=en")
    assert "may be used under CC BY 4.0" in text(page)
    assert 'href="https://licence.example/by"' in page.content.decode()
    assert "The Institute" in text(client.get("/about/cite/?lang=en"))
    assert "data@institute.example" in text(client.get("/about/privacy/?lang=en"))


def test_a_citation_shows_the_page_again(rk2030, client, now):
    html = client.get("/about/cite/?lang=en").content.decode()
    address = re.search(r"http://testserver(/milestones/[\w-]+/\?at=1&amp;as_of=2026-11-23)", html)[1].replace("&amp;", "&")
    move("SM-03", "2028", now=now)
    assert client.get(address).status_code == 200


# The desk: what a move would push


def test_a_move_that_pushes_others_is_shown_before_it_is_saved(now, client, editor):
    load(as_file(roadmap(milestone("PR-01", due="2027-03-31"), milestone("PR-02", due="2027-06-30", predecessors=["PR-01"]))), now=now)
    client.force_login(editor)
    form = client.get("/desk/milestones/PR-01/dates/").content.decode()
    was = dict(re.findall(r'type="hidden" name="(initial[^"]*|was[^"]*)" value="([^"]*)"', form))
    data = {"due_date": "2027-12-31", "forecast_date": "", "reason": "political", "reason_note": "", **was}
    shown = client.post("/desk/milestones/PR-01/dates/?lang=en", data)
    assert shown.status_code == 200
    assert "This move would push 1 milestone past its date. Nothing is saved yet." in text(shown)
    assert "PR-02 Step PR-02 in English: 30 June 2027, not before 31 December 2027 (+184 days, because of PR-01)" in text(shown)
    assert Milestone.objects.get(code="PR-01").due == dt.date(2027, 3, 31)
    seen = re.search(r'name="seen" value="([^"]+)"', shown.content.decode())[1]
    assert client.post("/desk/milestones/PR-01/dates/", data | {"seen": "something else"}).status_code == 200
    assert client.post("/desk/milestones/PR-01/dates/", data | {"seen": seen}).status_code == 302
    assert Milestone.objects.get(code="PR-01").due == dt.date(2027, 12, 31)
    assert Milestone.objects.get(code="PR-02").due == dt.date(2027, 6, 30)

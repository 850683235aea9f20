"""Reports do not leak into each other: what is of one report stays what it was when another is loaded beside it."""

import difflib
import io
import re
from base64 import b64decode

import pytest
from django.core.cache import cache
from django.utils import translation
from openpyxl import load_workbook

from common.dates import PlannedDate
from exports import printed
from milestones.models import Milestone
from milestones.services import move_date, open_round, publish_round, set_baseline, stage
from proposals.models import ReportVersion
from record.moments import now as present
from record.services import open_change
from roadmap_file.loading import load
from tests.factories import MARK, another
from tests.people import a_source, person, published, recorded
from tests.project.test_access import PUBLIC, TABLE

pytestmark = pytest.mark.django_db

SAYS_ALL = ("/record/", "/sitemap.xml", "/api/v1/reports/", "/charts/", "/embed/charts/", "/about/components/", "/follow/")
"""Of the whole installation: the log, the map of the site, the list of reports, patterns to build with, the choice of what to follow; a
chart of one report has another name."""
WALKED = [
    f"/{path}"
    for path, answers in TABLE.items()
    if answers == PUBLIC and "<" not in path and not f"/{path}".startswith(SAYS_ALL) and not path.endswith((".png", "api/v1/", "/proof/"))
]
WITH_QUERIES = [
    "/milestones/?columns=due", "/milestones/?q=study", "/timeline/?group=owner&open=*", "/timeline/?group=side", "/timeline/?group=report",
    "/timeline.csv?group=report", "/calendar/?year=2029", "/compare/?from=2026-11-23", "/compare/?from=2026-11-23&of=moved",
    "/search/?q=study", "/search/?q=stady", "/search/?q=RU", "/search/suggestions/?q=s", "/api/v1/milestones/?q=study",
    "/api/v1/milestones/?format=csv", "/api/v1/milestones/?format=ics", "/api/v1/proposals/?include=cause", "/api/v1/changes/?limit=3",
]  # fmt: skip
OF_ONE = [
    *(f"/charts/{name}.csv" for name in ("burn-up-RK2030", "status-RK2030", "risks-RK2030", "slippage-owner-RK2030", "proposal-SM")),
    *(f"/embed/charts/{name}/" for name in ("burn-up-RK2030", "slippage-reason-RK2030")),
    "/cards/report-RK2030.svg",
    "/cite/report-RK2030.bib",
    "/risks/R12/",
    "/organisations/RU-MFA/",
]
EVERYWHERE = [
    "/",
    "/timeline/",
    "/risks/",
    "/indicators/",
    "/series/",
    "/organisations/",
    "/changes/",
    "/feed.atom",
    "/calendar.ics",
    "/milestones.json",
    "/follow/",
    "/calendar/?year=2039",
    "/milestones/?due_after=2039-01-01",
    f"/search/suggestions/?q={MARK}",
    "/api/v1/milestones/?page_size=500",
    *(f"/api/v1/{name}/" for name in ("updates", "evidence", "rounds", "baselines", "changes", "summary", "timeline")),
]
MOVES_ON = re.compile(
    r"at[=:]\d+|position\D{1,20}\d+|recorded_at\D+[\d:.TZ+-]+|<record:.*?</record:\w+>|<updated>[^<]*</updated>"
    r'|"next_cursor":"\d+"|,"?\d+"?,"?2026-11-23"?(?=\s|\Z)|-\d+[ ,]*$|version = \{\d+\}|csrfmiddlewaretoken" value="\w+"|[0-9a-f]{64}',
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
"""What every load moves on: the position of the record, its head, and what is said of both."""


def busy(code, now, word):
    """A report of which something was found, moved, frozen and published in a round."""
    analyst, editor = person("analyst", f"{word} analyst"), person("editor", f"{word} editor")
    milestone_ = Milestone.objects.select_related("proposal__report").get(code=code)
    cites = [(a_source(analyst, title=f"{word} page", address=f"https://sample.example/{word}"), "supports")]
    found = recorded(code, analyst, now=now, evidence=cites, summary=f"{word} was found.")
    with open_change(by=editor.actor, now=now) as change:
        round_ = open_round(change, name=f"{word} round", by=editor)
        stage(change, round_, [found], by=editor)
        publish_round(change, round_, by=editor)
    with open_change(by=editor.actor, now=now) as change:
        set_baseline(change, milestone_.proposal.report, name=f"{word} baseline", by=editor)
    milestone_ = Milestone.objects.select_related("proposal__report").get(code=code)
    with open_change(by=editor.actor, now=now) as change:
        move_date(change, milestone_, field="due", to=PlannedDate.parse("2029-Q3"), category="political", note=f"{word} note")


def cells(response):
    book = load_workbook(io.BytesIO(response.getvalue()), read_only=True)
    sheets = [sheet for sheet in book.worksheets if sheet.title != "About"]
    return "\n".join(f"{sheet.title} {row}" for sheet in sheets for row in sheet.iter_rows(values_only=True))


def told(client, address):
    """Status and what a reader is told, without the frame, and without the position, which every load moves on."""
    cache.clear()
    response = client.get(f"{address}{'&' if '?' in address else '?'}lang=en", follow=True)
    text = cells(response) if "spreadsheetml" in response["Content-Type"] else response.getvalue().decode()
    text = re.sub(r"\r\n ", "", text)  # lines of calendars are folded
    main = re.search(r"<main.*</main>", text, re.DOTALL)
    text = re.sub(r"<label>[^/]*</span> <select name=\"report\">.*?</label>", "", main[0] if main else text, flags=re.DOTALL)
    text = re.sub(r"(?<=[}\]]),|><", lambda found: f"{found[0][:1]}\n{found[0][1:]}", text)  # answers and drawings are one line
    return response.status_code, MOVES_ON.sub("", "\n".join(line.strip() for line in text.splitlines() if line.strip()))


def of_one_report(client):
    """What each public address says of RK2030 alone: with ``?report=``, or as it is where that is refused."""
    said = {}
    for address in WALKED + WITH_QUERIES + OF_ONE:
        status, text = told(client, f"{address}{'&' if '?' in address else '?'}report=RK2030")
        if status == 400:
            status, text = told(client, address)
        assert status == 200, (address, text[:1000])
        said[address] = text
    with translation.override("en"):
        printed_ = re.sub(r"base64,([\w+/=]+)", lambda found: b64decode(found[1]).decode(), printed.report_html(present(), "RK2030"))
    said["PDF"] = MOVES_ON.sub("", printed_)
    return said


def differing(address, before, after):
    lines = difflib.unified_diff(before[address].splitlines(), after[address].splitlines(), lineterm="", n=0)
    return [(address, line.strip()[:300]) for line in lines if not line.startswith(("---", "+++", "@@"))]


@pytest.mark.long
def test_a_report_stays_what_it_was_when_another_is_loaded_beside_it(rk2030, client, now, time_machine):
    time_machine.move_to(now, tick=False)
    busy("SM-03", now, "Ours")
    before = of_one_report(client)
    load(another(), now=now)
    busy("ZQ-01", now, MARK)
    after = of_one_report(client)
    assert [address for address, text in after.items() if MARK in text] == []
    assert [line for address in before for line in differing(address, before, after)] == []
    assert [address for address in EVERYWHERE if MARK not in told(client, address)[1]] == []


def test_the_header_keeps_the_report_on_every_page_that_can_be_narrowed(rk2030, client, now, time_machine):
    time_machine.move_to(now, tick=False)
    load(another(), now=now)
    page = client.get("/risks/?report=OTHER&lang=en").content.decode()
    for path in ("slippage", "calendar", "indicators", "series", "timeline", "milestones"):
        assert f'href="/{path}/?report=OTHER"' in page
    assert MARK in page
    assert "R12" not in page


def test_forms_and_pages_of_one_thing_keep_the_report(rk2030, client, now, time_machine):
    time_machine.move_to(now, tick=False)
    load(another(), now=now)
    kept = '<input type="hidden" name="report" value="OTHER">'
    for path in ("milestones", "changes", "search", "timeline", "risks", "calendar"):
        page = client.get(f"/{path}/?report=OTHER").content.decode()
        assert {form.count(kept) for form in re.findall(r'<form[^>]*method="get".*?</form>', page, re.DOTALL)} == {1}, path
    for path in ("milestones/ZQ-01", "proposals/ZQ", "risks/R-ZQ", "indicators/IND-ZQ", "series/ZQ-S", "reports/OTHER", "reports/OTHER/overview"):
        page = client.get(f"/{path}/").content.decode()
        assert 'href="/timeline/?report=OTHER"' in page, path
        assert kept in page, path
    assert kept not in client.get("/milestones/").content.decode()
    page = client.get("/calendar/?report=OTHER").content.decode()
    assert 'href="/feed.atom?report=OTHER"' in page
    assert 'href="/follow/?report=OTHER"' in page


@pytest.mark.parametrize("path", ["milestones/SM-03", "proposals/SM"])
def test_a_page_of_one_thing_names_its_report_and_leads_to_it(rk2030, client, path):
    page = client.get(f"/{path}/?lang=en&at=1").content.decode()
    crumbs = re.search(r'<nav class="crumbs".*?</nav>', page, re.DOTALL)[0]
    title = ReportVersion.objects.get().title_en
    assert re.search(rf'<a href="/reports/RK2030/overview/\?at=1[^"]*">{re.escape(title)}</a> › ', crumbs)


def test_the_first_page_of_one_report_is_its_own_address(rk2030, client):
    response = client.get("/?report=RK2030&at=1&lang=en")
    assert (response.status_code, response["Location"]) == (302, "/reports/RK2030/overview/?at=1&lang=en")


def test_a_search_of_one_report_puts_no_slip_right_by_a_word_of_another(rk2030, client, now, time_machine):
    time_machine.move_to(now, tick=False)
    load(another(), now=now)
    assert MARK.lower() in client.get("/search/?q=zqothar&lang=en").content.decode()
    page = client.get("/search/?q=zqothar&report=RK2030&lang=en").content.decode()
    assert MARK.lower() not in page
    assert "Nothing was found" in page
    assert "Only what is of the report RK2030 is looked through" in page
    assert 'href="/search/?q=zqothar"' in page


def test_the_log_of_one_report_is_followed_past_what_is_of_another(rk2030, client, now):
    load(another(), now=now)
    first = client.get("/api/v1/changes/?report=RK2030").json()
    assert [(one["type"], one["report"]) for one in first["results"]] == [("roadmap.loaded", "RK2030")]
    assert first["next_cursor"] == "2"
    assert client.get("/api/v1/changes/?report=OTHER&limit=1").json()["next_cursor"] == "2"
    assert client.get("/api/v1/changes/?report=OTHER&after=2").json() == {"results": [], "next_cursor": "2"}
    assert client.get("/api/v1/changes/?report=RK2030&limit=1").json()["next_cursor"] == "1"


def test_evidence_is_of_the_report_that_it_was_published_for(rk2030, client, now):
    """What somebody cites in a draft is nobody else's business, whichever report it is for."""
    load(another(), now=now)
    analyst, editor = person("analyst"), person("editor")
    cited = a_source(analyst, title="Ours")
    published("SM-03", analyst, editor, now=now, evidence=[(cited, "supports")])
    recorded("ZQ-01", analyst, now=now, evidence=[(cited, "supports")], action="draft")

    def found(report):
        return [one["title"] for one in client.get(f"/api/v1/evidence/?report={report}").json()["results"]]

    assert [found("RK2030"), found("OTHER"), found("RK2030,OTHER")] == [["Ours"], [], ["Ours"]]
    client.force_login(analyst)
    assert found("OTHER") == ["Ours"]


LISTED = ["slippage", "calendar", "risks", "indicators", "series", "proposals", "organisations", "search", "search/suggestions", "exports"]


@pytest.mark.parametrize("path", [*(f"{name}/" for name in LISTED), "feed.atom", "calendar.ics", "organisations/RU-PA/feed.atom", ""])
def test_a_report_that_there_is_not_is_refused(rk2030, client, path):
    assert client.get(f"/{path}?report=NOTHING").status_code == 404
    assert client.get(f"/{path}?report=RK2030%00").status_code in {400, 404}


LISTS = ["milestones", "proposals", "organisations", "risks", "indicators", "context-events", "series", "updates", "evidence", "rounds"]


@pytest.mark.parametrize("name", [*LISTS, "baselines", "summary", "timeline", "compare", "changes"])
@pytest.mark.parametrize("code", ["NOTHING", "RK2030%00"])
def test_the_api_refuses_a_report_that_there_is_not(rk2030, client, name, code):
    assert client.get(f"/api/v1/{name}/?report={code}").status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        "milestones/SM-03/", "proposals/SM/", "proposals/SM/feed.atom", "organisations/RU-PA/", "methodology/", "charts/status.csv",
        "sitemap.xml", "reports/RK2030/overview/", "reports/RK2030/", "oembed/", "api/v1/reports/", "api/v1/milestones/SM-03/",
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_narrowed_to_a_report_refuses_it(rk2030, client, path):
    assert client.get(f"/{path}?report=RK2030").status_code == 400

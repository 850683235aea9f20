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
from tests.project.test_access import OF_ONE_REPORT, PUBLIC, TABLE

pytestmark = pytest.mark.django_db

SAYS_ALL = ("/record/", "/sitemap.xml", "/api/v1/reports/", "/charts/", "/embed/charts/", "/about/components/", "/follow/")
"""Of the whole installation: the log, the map of the site, the list of reports, patterns to build with, the choice of what to follow; a
chart of one report has another name."""
WALKED = [
    f"/{path}"
    for path, answers in TABLE.items()
    if path not in {"reports/", *OF_ONE_REPORT}
    and answers == PUBLIC
    and "<" not in path
    and not f"/{path}".startswith(SAYS_ALL)
    and not path.endswith((".png", "api/v1/", "/proof/"))
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
    """What each public address says of RK2030 alone: with ``?report=``, which leads below its address, or as it is where that is refused."""
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


PAGES_OF_REPORTS = [
    "slippage",
    "calendar",
    "indicators",
    "series",
    "timeline",
    "milestones",
    "organisations",
    "search",
    "exports",
    "follow",
]


def test_the_pages_of_a_report_lead_to_each_other_and_a_form_stays_there(rk2030, client, now, time_machine):
    time_machine.move_to(now, tick=False)
    load(another(), now=now)
    things = [
        "milestones/ZQ-01",
        "proposals/ZQ",
        "risks/R-ZQ",
        "indicators/IND-ZQ",
        "series/ZQ-S",
        "reports/OTHER",
        "reports/OTHER/overview",
    ]
    for path in [*(f"reports/OTHER/{path}" for path in ("risks", "milestones", "changes", "search", "timeline", "calendar")), *things]:
        page = client.get(f"/{path}/?lang=en").content.decode()
        for other in PAGES_OF_REPORTS:
            assert f'href="/reports/OTHER/{other}/"' in page, (path, other)
        assert 'action="/reports/OTHER/search/"' in page, path
        assert 'data-suggest="/reports/OTHER/search/suggestions/"' in page, path
        assert 'href="/reports/OTHER/feed.atom"' in page or path == "proposals/ZQ", path
        forms = re.findall(r'<form[^>]*method="get"[^>]*action="([^"]*)"', page)
        assert [one for one in forms if not one.startswith(("/reports/OTHER/", f"/{path}/"))] == [], path
        assert "?report=" not in re.sub(r'href="/(report-an-error|embed)[^"]*"', "", page), path
    page = client.get("/milestones/?lang=en").content.decode()
    assert 'href="/risks/"' in page
    assert 'action="/search/"' in page


SECTIONS = [("/", "/"), ("/reports/RK2030/overview/", "/"), *((path, path) for path in ("/reports/RK2030/timeline/", "/milestones/"))]
"""The overview of the only report is the first page."""


@pytest.mark.parametrize(("path", "section"), SECTIONS)
def test_the_section_that_is_looked_at_is_marked_once(rk2030, client, path, section):
    page = client.get(path).content.decode()
    (marked,) = re.findall(r'<a href="([^"]+)" aria-current="page">', page.split('<nav class="sections"')[1].split("<details")[0])
    assert marked == section


def test_what_said_the_report_as_a_parameter_leads_to_its_address(rk2030, client, now):
    for path in (*PAGES_OF_REPORTS, "risks", "changes", "compare", "proposals"):
        response = client.get(f"/{path}/?report=RK2030&at=1&lang=en")
        assert (response.status_code, response["Location"]) == (301, f"/reports/RK2030/{path}/?at=1&lang=en")
    for path in ("feed.atom", "calendar.ics", "timeline.csv", "milestones.json", "organisations/RU-MFA/feed.atom"):
        assert client.get(f"/{path}?report=RK2030")["Location"] == f"/reports/RK2030/{path}"
    assert client.get("/reports/RK2030/risks/?report=RK2030")["Location"] == "/reports/RK2030/risks/"
    assert client.get("/reports/RK2030/risks/?report=OTHER").status_code == 400
    load(another(), now=now)
    both = client.get("/milestones/?report=OTHER,RK2030&lang=en")
    assert both.status_code == 200
    assert "122 milestones" in both.content.decode()


def test_the_one_address_of_a_page_is_that_of_its_report(rk2030, client, now):
    def canonical(path):
        page = client.get(f"{path}?lang=en").content.decode()
        return re.search(r'<link rel="canonical" href="http://localhost:8000([^"?]*)', page)[1]

    def mapped():
        return set(re.findall(r"<loc>http://localhost:8000([^?<]*)", client.get("/sitemap.xml").content.decode()))

    assert canonical("/timeline/") == canonical("/reports/RK2030/timeline/") == "/reports/RK2030/timeline/"
    assert canonical("/methodology/") == "/methodology/"
    assert {"/", "/reports/", "/reports/RK2030/risks/", "/methodology/"} <= mapped()
    assert "/risks/" not in mapped()
    load(another(), now=now)
    assert canonical("/timeline/") == "/timeline/"
    assert canonical("/reports/OTHER/timeline/") == "/reports/OTHER/timeline/"
    assert {"/risks/", "/reports/RK2030/risks/", "/reports/OTHER/risks/"} <= mapped()


def test_the_list_of_reports_says_what_each_is_and_where_it_stands(rk2030, client, now):
    load(another(), now=now)
    page = client.get("/reports/?lang=en").content.decode()
    for code in ("RK2030", "OTHER"):
        assert f'href="/reports/{code}/overview/"' in page
        assert f'href="/reports/{code}/timeline/"' in page
    assert "None of 1 milestone known to be late" in page


def test_what_is_taken_elsewhere_from_a_page_of_a_report_is_of_it(rk2030, client, now):
    load(another(), now=now)
    page = client.get("/reports/RK2030/timeline/?lang=en").content.decode()
    assert "/embed/timeline/?lang=en&amp;amp;report=RK2030" in page or "/embed/timeline/?lang=en&amp;report=RK2030" in page
    assert "/cards/timeline-RK2030.png" in page
    said = client.get("/oembed/", {"url": "http://localhost:8000/reports/RK2030/timeline/"}).json()
    assert "/embed/timeline/?report=RK2030" in said["html"]
    assert MARK not in client.get("/embed/timeline/?report=RK2030&lang=en").content.decode()


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
    page = client.get("/reports/RK2030/search/?q=zqothar&lang=en").content.decode()
    assert MARK.lower() not in page
    assert "Nothing was found" in page
    assert "Only what is of the report RK2030 is looked through" in page
    assert 'href="/search/?q=zqothar"' in page
    assert 'action="/reports/RK2030/search/"' in page


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


LISTED = [
    "slippage",
    "calendar",
    "risks",
    "indicators",
    "series",
    "proposals",
    "organisations",
    "search",
    "search/suggestions",
    "exports",
    "follow",
]


@pytest.mark.parametrize("path", [*(f"{name}/" for name in LISTED), "feed.atom", "calendar.ics", "organisations/RU-PA/feed.atom", ""])
def test_a_report_that_there_is_not_is_refused(rk2030, client, path):
    response = client.get(f"/{path}?report=NOTHING", follow=True)
    assert response.status_code == 404
    if path != "follow/":
        assert b'href="/reports/NOTHING/milestones/' not in response.content
        assert client.get(f"/{path}?report=NOTHING,RK2030").status_code == 404
        for none in ("a/b", "..", "%D0%96", "rk2030"):
            assert client.get(f"/{path}?report={none}").status_code in {400, 404}
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

"""The journeys of readers in a real browser, on desktop and phone: the answer, the evidence, the citation, the print, following."""

import datetime as dt
import gzip
import itertools
import re
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import expect

from accounts.models import User
from common.dates import PlannedDate
from exports.tasks import make_waiting_exports
from milestones.models import Milestone
from milestones.services import move_date
from notifications.models import Follower, Mail
from proposals.models import Indicator, Risk
from proposals.services import assess_risk, record_value
from record.services import open_change
from tests.deployment.compose import ROOT
from tests.e2e.axe import violations
from tests.machine import needs
from tests.notifications.listening import Listening
from tests.people import a_source, person, published

SIZES = {"desktop": 1280, "phone": 390}
LARGEST, SCRIPTS = 130 * 1024, 40 * 1024
"""Bytes of a first view, compressed: the page with all that it loads."""
WATCH_SHIFTS = (
    "window.shift = 0; new PerformanceObserver(list => { for (const one of list.getEntries()) window.shift += one.value })"
    ".observe({type: 'layout-shift', buffered: true})"
)
PIECES, UNNOTICED = 12, 0.002
"""A line that grows while its words arrive; a column or a section that moves is more."""


@pytest.fixture
def site(open_page, settings, tmp_path, now):
    """Something of everything that readers can see: late, achieved, moved, risky, measured."""
    settings.STORAGES = settings.STORAGES | {"default": settings.STORAGES["default"] | {"OPTIONS": {"location": str(tmp_path)}}}
    settings.SITE_URL = "http://localhost:8000"
    analyst, editor = person("analyst"), person("editor")
    proof = a_source(analyst, address="https://sample.example/proof", title="The founding act")
    published("SM-01", analyst, editor, now=now, status="achieved", completed_on=dt.date(2024, 9, 1), evidence=[(proof, "supports")])
    published("SM-03", analyst, editor, now=now, summary="Talks go on.", evidence=[(proof, "supports")])
    published("AF-01", analyst, editor, now=now, status="dropped", summary="It was not held.")
    with open_change(by=editor.actor, now=now) as change:
        move_date(
            change, Milestone.objects.get(code="SM-04"), field="due", to=PlannedDate.parse("2027-Q4"), category="political", note="Talks"
        )
    with open_change(now=now) as change:
        assess_risk(change, Risk.objects.get(code="R02"), likelihood=4, impact=5, assessed_on=now.date(), by=editor)
    with open_change(now=now) as change:
        record_value(
            change,
            Indicator.objects.get(code="IND-FORUM-EDITIONS"),
            value=1,
            measured=PlannedDate.parse("2025"),
            source_title="Count",
            by=editor,
        )
    return open_page


@pytest.mark.parametrize("size", SIZES)
def test_an_aide_has_the_answer_in_one_sentence_on_the_first_screen(site, size):
    page = site("ru", width=SIZES[size], java_script_enabled=False)
    page.goto("/")
    sentence = page.get_by_role("heading", level=1)
    expect(sentence).to_contain_text("Из 121 вехи просрочено 1, исполнено 1, не оценено 118; перенесен 1 срок")
    box = sentence.bounding_box()
    assert box["y"] + box["height"] <= 844
    assert page.faults == []


@pytest.mark.parametrize("size", SIZES)
def test_an_expert_finds_the_evidence_in_two_taps_and_a_citation_in_three(site, size, live_server):
    page = site("en", width=SIZES[size], java_script_enabled=False)
    page.goto("/")
    page.locator(".section-head:has(#late) + ol a").first.click()  # one
    evidence = page.get_by_role("link", name="The founding act")
    expect(evidence).to_have_attribute("href", "https://sample.example/proof")  # the second would open it
    citation = page.locator("a.citation")
    address = citation.get_attribute("href")
    assert re.search(r"\?at=\d+&as_of=\d{4}-\d\d-\d\d$", address)
    citation.click()  # two: what will be cited, as it stands for ever
    expect(page.get_by_role("heading", level=1)).to_contain_text("SM-03")
    assert "at=" in page.url
    page.get_by_role("link", name="How to cite", exact=True).click()  # three
    expect(page.get_by_text("@misc{roadmap-")).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
def test_somebody_takes_a_report_to_a_meeting(site, size):
    needs("pango")
    page = site("en", width=SIZES[size], java_script_enabled=False)
    page.goto("/exports/")
    page.locator("form", has=page.locator("[value=pdf]")).get_by_role("button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Report (PDF)")
    expect(page.get_by_role("status")).to_have_text("It waits for its turn.")
    make_waiting_exports()
    page.reload()
    with page.expect_download() as download:
        page.get_by_role("link", name="Take the file").click()
    assert download.value.suggested_filename.endswith(".pdf")
    assert download.value.path().read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize("size", SIZES)
def test_a_reader_follows_confirms_and_leaves(site, size):
    page = site("kk", width=SIZES[size], java_script_enabled=False)
    page.goto("/proposals/SM/")
    page.locator("a[href*='/follow/?proposal=SM']").click()
    expect(page.locator("#id_scope")).to_have_value("proposal:SM")
    page.locator("#id_email").fill(f"{size}@mail.example")
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/follow/asked/")
    mail = Mail.objects.get(to=f"{size}@mail.example")
    page.goto(re.search(r"http://localhost:8000(/follow/confirm/\S+)", mail.body)[1])
    assert Follower.objects.get().confirmed_at is None
    page.locator("main button[type=submit]").click()
    follower = Follower.objects.get()
    assert (follower.code, follower.language, bool(follower.confirmed_at)) == ("SM", "kk", True)
    page.locator("a[href*='/follow/leave/']").click()
    page.locator("main button[type=submit]").click()
    assert not Follower.objects.exists()
    assert page.faults == []


def test_the_keyboard_alone_opens_a_row_of_the_timeline_and_a_milestone(site):
    page = site("en", java_script_enabled=False)
    page.goto("/timeline/")
    first = page.locator(".tl-name-group a").first
    first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**open=SM**")
    expect(page.locator(".tl-name-group a").first).to_have_attribute("aria-expanded", "true")
    mark = page.locator("a.tl-mark", has=page.locator("title", has_text="SM-04"))
    expect(mark).to_have_attribute("aria-label", re.compile(r"SM-04 .*2027 Q4, unknown, \+\d+ mo"))
    mark.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/milestones/SM-04/**")


def test_the_timeline_stands_whole_on_one_screen(site):
    page = site("en", width=1440)
    page.set_viewport_size({"width": 1440, "height": 1000})
    page.goto("/timeline/")
    box = page.locator(".tl").bounding_box()
    assert box["y"] + box["height"] <= 1000
    assert page.locator(".tl-plot").evaluate("one => one.scrollWidth <= one.clientWidth + 20")
    rows, lanes = page.locator(".tl .tl-name").count(), page.locator(".tl-lanes").bounding_box()["height"]
    names = page.locator(".tl .tl-name").first.bounding_box()["height"] * rows
    assert abs(lanes - names) < 2, "names and drawing have rows of one height"


@pytest.mark.parametrize("path", ["/", "/timeline/", "/milestones/SM-03/", "/risks/"])
@pytest.mark.parametrize("size", SIZES)
def test_nothing_moves_while_a_page_is_read_and_its_first_view_is_light(site, size, path):
    page = site("ru", width=SIZES[size])
    page.add_init_script(WATCH_SHIFTS)
    page.goto(path, wait_until="networkidle")
    page.wait_for_timeout(300)
    assert page.evaluate("window.shift") == 0
    weight = page.evaluate(
        "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
        ".reduce((sum, one) => sum + one.encodedBodySize, 0)"
    )
    # The live server of tests packs pages, and not the stylesheet, which production does.
    sheet = (ROOT / "static" / "css" / "roadmap.css").read_bytes()
    weight -= len(sheet) - len(gzip.compress(sheet))
    assert 0 < weight < LARGEST
    scripts = "performance.getEntriesByType('resource').filter(one => one.name.endsWith('.js')).reduce((sum, one) => sum + one.encodedBodySize, 0)"
    assert page.evaluate(scripts) < SCRIPTS
    print(f"\n{path} {size}: {weight / 1024:.0f} KB")  # noqa: T201 - a figure for the note


@contextmanager
def in_pieces(server):
    """The address of what a slow line makes of that server: pages come piece by piece, and are painted before their end."""

    class Line(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            headers = {"Accept-Language": self.headers["Accept-Language"]}
            with urlopen(Request(f"{server}{self.path}", headers=headers)) as answer:
                kind, body = answer.headers["Content-Type"], answer.read()
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            size = len(body) // PIECES + 1 if kind.startswith("text/html") else len(body)
            for piece in range(0, len(body), size):
                self.wfile.write(b"%x\r\n%b\r\n" % (len(body[piece : piece + size]), body[piece : piece + size]))
                time.sleep(0.1 if size < len(body) else 0)
            self.wfile.write(b"0\r\n\r\n")

        def log_message(self, *_args):
            pass

    line = Listening()
    line.listen(Line)
    yield line.address.removesuffix("/hook")
    line.close()


@pytest.mark.parametrize("path", ["/", "/milestones/", "/risks/", "/organisations/", "/indicators/", "/proposals/SM/", "/slippage/"])
def test_what_is_read_stays_in_its_place_while_the_rest_of_a_page_arrives(site, live_server, path):
    page = site("ru", width=SIZES["desktop"])
    page.add_init_script(WATCH_SHIFTS)
    with in_pieces(live_server.url) as address:
        page.goto(f"{address}{path}", wait_until="networkidle")
        page.wait_for_timeout(300)
    assert page.evaluate("window.shift") < UNNOTICED


@pytest.mark.parametrize("language", ["ru", "en", "kk"])
def test_tables_fit_their_pages(site, language):
    page = site(language)
    hidden = {}
    for width, paths in (
        (1280, ("/milestones/", "/risks/", "/slippage/", "/proposals/SM/")),
        (1024, ("/organisations/", "/indicators/", "/slippage/")),
    ):
        page.set_viewport_size({"width": width, "height": 900})
        for path in paths:
            page.goto(path)
            found = page.evaluate(
                "Math.max(...[...document.querySelectorAll('.table-scroll:has(> .rows)')].map(one => one.scrollWidth - one.clientWidth))"
            )
            if found > 0:
                hidden[path, width] = found
    assert hidden == {}


@pytest.mark.parametrize("size", SIZES)
def test_codes_in_one_field_of_the_matrix_do_not_cover_each_other(site, size, now):
    for code in ("R01", "R06", "R14"):
        with open_change(now=now) as change:
            assess_risk(
                change, Risk.objects.get(code=code), likelihood=3, impact=3, assessed_on=now.date(), by=User.objects.get(username="editor")
            )
    page = site("ru", width=SIZES[size])
    page.goto("/risks/")
    boxes = [page.locator(f".c-codes a[href*='{code}']").bounding_box() for code in ("R01", "R06", "R14")]
    field = page.locator(".c-cell").first.bounding_box()
    assert max(box["width"] for box in boxes) < field["width"]
    tops = [box["y"] for box in boxes]
    assert all(later - earlier > 12 for earlier, later in itertools.pairwise(tops))


def test_a_long_code_stays_in_its_column(site):
    page = site("ru")
    page.goto("/risks/")
    link = page.locator("tbody .code a").first
    link.evaluate("one => one.textContent = 'A-CODE-OF-32-SIGNS-THAT-IS-WHOLE'")
    column, code = page.locator("tbody .code").first.bounding_box(), link.bounding_box()
    assert code["x"] + code["width"] <= column["x"] + column["width"]


@pytest.mark.parametrize("language", ["ru", "en", "kk"])
def test_axe_finds_nothing_where_much_has_happened(site, language):
    page = site(language)
    found = {}
    paths = [
        "/", "/timeline/?open=SM,AF", "/timeline/?zoom=quarter&open=*", "/timeline/?view=table&group=owner", "/risks/", "/risks/R02/", "/slippage/",
        "/indicators/IND-FORUM-EDITIONS/", "/series/AF-FORUM/", "/changes/?type=plan.changed", "/search/?q=forum", "/search/?q=forumm",
        "/calendar/?year=2029", "/milestones/SM-03/", "/?at=2", "/timeline/?at=2", "/follow/?proposal=SM", "/milestones/?slipped=true", "/nonsense/",
        "/timeline/?zoom=nonsense", "/?as_of=2000-01-01",
    ]  # fmt: skip
    for path in paths:
        page.goto(path)
        for details in page.locator("details").all():
            details.evaluate("one => one.open = true")
        if seen := violations(page, language):
            found[path] = seen
    assert found == {}


@pytest.mark.parametrize("language", ["ru", "kk"])
def test_a_small_screen_and_large_letters_lose_nothing_where_much_has_happened(site, language):
    for width, zoom in ((320, 1), (1280, 2)):
        page = site(language, width=width)
        for path in (
            "/",
            "/timeline/?open=SM,AF",
            "/timeline/?zoom=month",
            "/timeline/?view=table",
            "/risks/",
            "/slippage/",
            "/changes/",
            "/series/AF-FORUM/",
        ):
            page.goto(path)
            if zoom == 2:
                page.evaluate("document.documentElement.style.setProperty('font-size', '200%')")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width, zoom)

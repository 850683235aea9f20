"""Links to pages and what is taken from them: cards with pictures, charts as PNG, the map of the site."""

import datetime as dt
import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

from common.dates import PlannedDate
from milestones.models import Milestone
from milestones.services import move_date
from record.services import begin_installation, open_change
from roadmap_file.loading import load
from tests.common.test_pictures import without_fonts
from tests.factories import as_file, milestone, roadmap
from tests.machine import needs
from tests.pages.test_pages import PAGES
from tests.people import person, published
from tests.png import size_of
from tests.project.test_access import OF_ONE_REPORT

pytestmark = pytest.mark.django_db
SITE = "http://localhost:8000"
SVG = "{http://www.w3.org/2000/svg}"
SHARED = {
    "/": "overview",
    "/reports/RK2030/overview/": "report-RK2030",
    "/timeline/": "timeline",
    "/reports/RK2030/timeline/": "timeline-RK2030",
    "/milestones/SM-03/": "milestone-SM-03",
    "/proposals/SM/": "proposal-SM",
    "/organisations/RU-MFA/": "organisation-RU-MFA",
}
ONE_ADDRESS = {f"/{path.removeprefix('reports/RK2030/')}": f"/{path}" for path in OF_ONE_REPORT}
"""Where there is one report, what is of all is found below its address."""
SAMPLE = {"ru": "ОБРАЗЕЦ", "en": "SAMPLE", "kk": "ҮЛГІ"}


@pytest.fixture(autouse=True)
def _day(time_machine, now):
    time_machine.move_to(now, tick=False)


@pytest.fixture
def demonstration(now):
    begin_installation(now=now, time_zone="UTC", sample=True)
    load(as_file(roadmap(milestone("PR-01"))), now=now)


class Head(HTMLParser):
    """Links by ``rel`` and ``type``, and ``meta`` by name or property."""

    def __init__(self, html):
        super().__init__()
        self.links, self.meta = {}, {}
        self.feed(html.split("</head>")[0])

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        if tag == "link":
            self.links[said["rel"], said.get("type", "")] = said["href"]
        elif tag == "meta" and (name := said.get("property") or said.get("name")):
            self.meta[name] = said["content"]


def head(client, path):
    response = client.get(path)
    assert response.status_code == 200
    return Head(response.content.decode())


def move(code, to, now):
    with open_change(by="The editor", now=now) as change:
        move_date(change, Milestone.objects.get(code=code), field="due", to=PlannedDate.parse(to), category="political")


def texts(drawing):
    return " ".join(text.strip() for text in ET.fromstring(drawing).itertext() if text.strip())


# Cards


@pytest.mark.parametrize("path", SHARED)
def test_a_link_to_a_page_shows_its_sentence_and_a_picture_of_it_in_three_languages(rk2030, client, path):
    needs("font")
    sentences = set()
    for language, locale in (("ru", "ru_RU"), ("en", "en_GB"), ("kk", "kk_KZ")):
        found = head(client, f"{path}?lang={language}")
        address = f"{SITE}{ONE_ADDRESS.get(path, path)}?lang={language}"
        assert found.links["canonical", ""] == found.meta["og:url"] == address
        assert found.meta["og:locale"] == locale
        assert found.meta["twitter:card"] == "summary_large_image"
        picture = found.meta["og:image"]
        assert picture == f"{SITE}/cards/{SHARED[path]}.png?lang={language}"
        drawn = client.get(picture.removeprefix(SITE))
        assert drawn["Content-Type"] == "image/png"
        assert size_of(drawn.content) == (1200, 630)
        assert len(drawn.content) < 128 * 1024
        drawing = ET.fromstring(client.get(picture.removeprefix(SITE).replace(".png", ".svg")).content)
        assert [found.meta["og:title"], found.meta["og:description"]] == [drawing[0].text, drawing[1].text]
        sentences.add(found.meta["og:description"])
    assert len(sentences) == 3


def test_a_card_says_sentence_state_day_and_position(rk2030, client, now, analyst, editor):
    published("SM-03", analyst, editor, now=now)
    move("SM-03", "2026-Q1", now)
    said = texts(client.get("/cards/milestone-SM-03.svg?lang=en").content)
    assert "SM-03 Founding document" in said
    assert "in progress · late · Due: 2026 Q1 · Slippage: +90 days" in said
    assert "23 November 2026 · position 3" in said
    assert "SAMPLE" not in said
    assert "8 milestones · late: 1 · unknown: 7" in texts(client.get("/cards/proposal-SM.svg?lang=en").content)
    assert "late: 1" in texts(client.get("/cards/organisation-RU-MFA.svg?lang=en").content)
    assert "1 of 121 milestones late, 120 not yet assessed" in texts(client.get("/cards/overview.svg?lang=en").content)


def test_the_card_of_a_past_page_is_of_the_past(rk2030, client, now, time_machine):
    needs("font")
    later = now + dt.timedelta(days=3)
    time_machine.move_to(later, tick=False)
    move("SM-03", "2027-Q2", later)
    for query in ("at=1&as_of=2026-11-23", "as_of=2026-11-23"):
        found = head(client, f"/milestones/SM-03/?lang=en&{query}")
        exact = "?lang=en&at=1&as_of=2026-11-23"
        assert found.links["canonical", ""] == found.meta["og:url"] == f"{SITE}/milestones/SM-03/{exact}"
        assert found.meta["og:image"] == f"{SITE}/cards/milestone-SM-03.png{exact}"
        assert "2025 Q4" in found.meta["og:description"]
        picture = client.get(found.meta["og:image"].removeprefix(SITE))
        assert size_of(picture.content) == (1200, 630)
        assert picture.content != client.get("/cards/milestone-SM-03.png?lang=en").content
    assert "Due: 2027 Q2" in head(client, "/milestones/SM-03/?lang=en").meta["og:description"]


@pytest.mark.parametrize("language", SAMPLE)
def test_all_that_leaves_a_demonstration_says_sample_across(demonstration, client, language):
    for path in (
        "cards/overview.svg", "cards/timeline.svg", "cards/milestone-PR-01.svg", "charts/burn-up.svg", "charts/status.svg", "timeline.svg?open=*",
    ):  # fmt: skip
        drawing = client.get(f"/{path}{'&' if '?' in path else '?'}lang={language}").content
        assert SAMPLE[language] in texts(drawing), path
    real = client.get(f"/cards/milestone-PR-01.png?lang={language}")
    assert size_of(real.content) == (1200, 630)


def test_a_withdrawn_title_is_in_no_card(demonstration, client, now):
    from milestones.services import keep_milestone, withdraw

    editor, one = person("editor"), Milestone.objects.get()
    before = client.get("/cards/milestone-PR-01.svg?lang=en&at=1").content
    assert "Step PR-01 in English" in texts(before)
    one.title_en = "Put right"
    with open_change(by=editor.actor, now=now) as change:
        one.save(update_fields=["title_en"])
        keep_milestone(change, one, added=False, fields=["title_en"])
    with open_change(by=editor.actor, now=now) as change:
        withdraw(change, one, by=editor, reason="libel")
    for path in ("/cards/milestone-PR-01.svg", "/cite/milestone-PR-01.bib", "/embed/milestones/PR-01/", "/milestones/PR-01/"):
        assert "Step PR-01 in English" not in client.get(f"{path}?lang=en&at=1").content.decode(), path
    assert "Put right" in texts(client.get("/cards/milestone-PR-01.svg?lang=en").content)


def test_markup_in_a_title_stays_text(now, client):
    needs("font")
    title = dict.fromkeys(("ru", "en", "kk"), "<b>&amp; \"'><script>\u000b ң")
    load(as_file(roadmap(milestone("PR-01", title=title))), now=now)
    assert "<script>" in texts(client.get("/cards/milestone-PR-01.svg").content)
    assert size_of(client.get("/cards/milestone-PR-01.png").content) == (1200, 630)
    html = client.get("/milestones/PR-01/").content.decode()
    assert "<script>" not in html
    assert Head(html).meta["og:title"].startswith("PR-01 <b>&amp; \"'><script>")


@pytest.mark.parametrize("name", ["nonsense", "milestone", "milestone-", "milestone-NO", "overview-SM", "x" * 500, "report-NO"])
def test_a_card_of_what_is_not_there_is_not_found(rk2030, client, name):
    assert client.get(f"/cards/{name}.png").status_code == 404
    assert client.get(f"/cite/{name}.bib").status_code == 404
    assert client.get("/cards/overview.exe").status_code == 404


@pytest.mark.parametrize("path", ["/nonsense/", "/milestones/NO/", "/?at=999", "/accounts/login/"])
def test_what_is_no_public_page_has_no_card(rk2030, client, path):
    assert "og:" not in client.get(path).content.decode()
    assert 'rel="canonical"' not in client.get(path).content.decode()


def test_a_preview_of_a_round_has_no_card(rk2030, client, now, analyst, editor):
    from milestones.services import open_round, stage
    from tests.people import recorded

    assessment = recorded("SM-01", analyst, now=now)
    with open_change(by=editor.actor, now=now) as change:
        round_ = open_round(change, name="Round", by=editor)
        stage(change, round_, [assessment], by=editor)
    client.force_login(editor)
    for path in ("", "SM-01/"):
        html = client.get(f"/desk/rounds/{round_.uid}/preview/{path}").content.decode()
        assert "banner-past" in html
        assert 'property="og:' not in html
        assert 'href="/cite/' not in html


# Pictures of charts


def test_every_chart_is_a_picture_with_what_the_drawing_says(rk2030, client, now, editor):
    from proposals.models import Risk
    from proposals.services import assess_risk

    needs("font")
    with open_change(now=now) as change:
        assess_risk(change, Risk.objects.get(code="R01"), likelihood=3, impact=5, assessed_on=now.date(), by=editor)
    for name in ("health", "burn-up", "risks", "risk-R01", "slippage-owner"):  # one of each template
        picture, drawing = client.get(f"/charts/{name}.png?lang=kk"), client.get(f"/charts/{name}.svg?lang=kk")
        assert picture["Content-Type"] == "image/png"
        assert picture["Content-Disposition"] == f'attachment; filename="{name}-2.png"'
        root = ET.fromstring(drawing.content)
        assert size_of(picture.content) == (2 * int(root.get("width")), 2 * int(root.get("height")))
        assert f"at=2&as_of={now.date()}" in texts(drawing.content)
        assert root.find(f"{SVG}text").text == root[0].text != ""


def test_the_timeline_is_a_picture_while_it_has_room(rk2030, client):
    needs("font")
    assert size_of(client.get("/timeline.png?proposal=SM&open=SM").content)[0] == 2320
    too_tall = client.get("/timeline.png?open=*&lang=en")
    assert too_tall.status_code == 400
    assert too_tall.content.decode() == "This drawing is too tall for a picture. Show less of it, or take it as SVG."
    assert "Content-Disposition" not in too_tall


def test_without_a_font_pictures_are_refused_in_words_and_all_else_is_there(rk2030, client, monkeypatch, tmp_path):
    with without_fonts(monkeypatch, tmp_path):
        for path in ("/charts/status.png", "/cards/overview.png", "/timeline.png"):
            answer = client.get(f"{path}?lang=en")
            assert answer.status_code == 503
            assert "Pictures need a font" in answer.content.decode()
        assert client.get("/charts/status.svg").status_code == 200
        assert client.get("/").status_code == 200
        assert "no font" in client.get("/readyz").content.decode()
    assert "no font" not in client.get("/readyz").content.decode()


# The map of the site


def test_the_map_names_each_public_page_in_each_language_and_nothing_else(rk2030, client):
    response = client.get("/sitemap.xml")
    assert response["Content-Type"] == "application/xml; charset=utf-8"
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    root = ET.fromstring(response.content)
    assert root.tag == f"{space}urlset"
    found = [one.find(f"{space}loc").text for one in root]
    assert len(found) == len(set(found)) == len(root.findall(f"{space}url"))
    paths = {one.removeprefix(SITE).partition("?")[0] for one in found}
    assert {one.partition("?lang=")[2] for one in found} == {"ru", "en", "kk"}
    private = ("/accounts/", "/api/", "/follow/asked/", "/follow/leave/", "/about/components/")
    assert {ONE_ADDRESS.get(path, path) for path in PAGES if not path.startswith(private)} <= paths
    assert paths & set(ONE_ADDRESS) == set()
    assert not [path for path in paths if path.startswith((*private, "/admin/", "/desk/", "/embed/", "/charts/"))]
    assert all(one.find(f"{space}lastmod").text == "2026-11-23" for one in root if "/milestones/SM-03/" in one.find(f"{space}loc").text)
    assert f"Sitemap: {SITE}/sitemap.xml" in client.get("/robots.txt").content.decode()


def test_every_page_on_the_map_answers_and_what_was_removed_is_not_on_it(demonstration, client, now):
    from milestones.services import remove_milestone

    addresses = set(re.findall(rf"<loc>{SITE}(.*?)</loc>", client.get("/sitemap.xml").content.decode()))
    assert "/milestones/PR-01/?lang=en" in addresses
    assert {address for address in addresses if "lang=en" in address and client.get(address).status_code != 200} == set()
    with open_change(now=now) as change:
        remove_milestone(change, Milestone.objects.get())
    assert "/milestones/PR-01/" not in client.get("/sitemap.xml").content.decode()


@pytest.mark.parametrize("path", ["/milestones/?status=not_assessed&page=2", "/milestones/", "/report-an-error/?page=/"])
def test_a_view_of_a_page_names_the_page_as_its_one_address(rk2030, client, path):
    found = head(client, f"{path}{'&' if '?' in path else '?'}lang=en")
    page = path.partition("?")[0]
    assert found.links["canonical", ""] == f"{SITE}{ONE_ADDRESS.get(page, page)}?lang=en"
    assert found.meta["og:image"] == f"{SITE}/cards/overview.png?lang=en"
    assert "citation_title" not in found.meta

"""Frames in pages of other sites, and oEmbed: any site may show them, no cookie is read or set, nothing of ours is shown for others."""

import datetime as dt
import html
import re
from urllib.parse import quote

import pytest

from milestones.models import Milestone
from record.services import begin_installation, open_change
from roadmap_file.loading import load
from tests.factories import as_file, milestone, roadmap
from tests.pages.test_sharing import head, move
from tests.people import person, published

pytestmark = pytest.mark.django_db
SITE = "http://localhost:8000"
FRAMES = [
    "/embed/milestones/SM-03/",
    "/embed/charts/burn-up/",
    "/embed/charts/health/",
    "/embed/timeline/",
    "/embed/timeline/?proposal=SM&open=SM",
]


@pytest.fixture(autouse=True)
def _day(time_machine, now):
    time_machine.move_to(now, tick=False)


def text(response):
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


def directives(response):
    return dict(one.strip().partition(" ")[::2] for one in response["Content-Security-Policy"].split(";"))


@pytest.mark.parametrize("path", FRAMES)
def test_any_site_may_show_a_frame_and_no_cookie_is_read_or_set(rk2030, client, path):
    client.force_login(person("editor", "secret-editor"))
    client.cookies["django_language"] = "kk"
    for again in range(2):  # made, then kept
        response = client.get(path, headers={"Accept-Language": "en"})
        assert response.status_code == 200
        assert directives(response)["frame-ancestors"] == "*"
        assert directives(response)["script-src"] == "'none'"
        assert directives(response)["default-src"] == "'none'"
        assert "X-Frame-Options" not in response
        assert not response.cookies, again
        assert "Cookie" not in response["Vary"]
        page = response.content.decode()
        assert "secret-editor" not in page
        assert '<html lang="en"' in page
        assert "<script" not in page
        assert "<form" not in page
        assert not re.search(r"<[^>]+ style=", page)
        assert '<meta name="robots" content="noindex">' in page
    assert not client.get(path + ("&" if "?" in path else "?") + "lang=kk").cookies


@pytest.mark.parametrize("path", FRAMES)
def test_a_frame_speaks_three_languages_and_says_day_and_position(rk2030, client, path):
    titles = set()
    for language in ("ru", "en", "kk"):
        response = client.get(path + ("&" if "?" in path else "?") + f"lang={language}")
        page = response.content.decode()
        assert f'<html lang="{language}"' in page
        titles.add(re.search("<title>(.*?)</title>", page, re.DOTALL)[1])
        assert "2026" in text(response)
        assert page.count("<h1") == 1
        assert "{{" not in page
        assert "{%" not in page
    assert len(titles) == 3


def test_other_pages_keep_their_policy(rk2030, client):
    response = client.get("/milestones/SM-03/?lang=en")
    assert directives(response)["frame-ancestors"] == "'none'"
    assert response["X-Frame-Options"] == "DENY"
    assert "django_language" in response.cookies


def test_a_frame_of_a_milestone_says_its_sentence_and_leads_to_its_page(rk2030, client, now, analyst, editor):
    published("SM-03", analyst, editor, now=now)
    response = client.get("/embed/milestones/SM-03/?lang=en")
    assert "in progress · late · Due: 2025 Q4" in text(response)
    assert 'href="/milestones/SM-03/"' in response.content.decode()
    assert '<base target="_blank">' in response.content.decode()


def test_a_frame_of_an_earlier_moment_shows_that(rk2030, client, now, time_machine):
    later = now + dt.timedelta(days=3)
    time_machine.move_to(later, tick=False)
    move("SM-03", "2027-Q2", later)
    then = client.get("/embed/milestones/SM-03/?lang=en&at=1&as_of=2026-11-23")
    assert "Due: 2025 Q4" in text(then)
    assert 'href="/milestones/SM-03/?at=1&amp;as_of=2026-11-23"' in then.content.decode()
    assert "Due: 2027 Q2" in text(client.get("/embed/milestones/SM-03/?lang=en"))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/embed/milestones/NO/", 404), ("/embed/charts/nonsense/", 404), ("/embed/charts/risk-R02/", 404), ("/embed/timeline/?zoom=no", 400),
        ("/embed/timeline/?status=no", 400),
    ],
)  # fmt: skip
def test_what_is_not_there_says_so_inside_of_the_frame(rk2030, client, path, status):
    response = client.get(path, headers={"Accept-Language": "en"})
    assert response.status_code == status
    assert "What stood here was removed" in text(response)
    assert directives(response)["frame-ancestors"] == "*"
    assert not response.cookies


def test_a_frame_of_a_demonstration_says_so(client, now):
    begin_installation(now=now, time_zone="UTC", sample=True)
    load(as_file(roadmap(milestone("PR-01"))), now=now)
    for path in ("/embed/milestones/PR-01/", "/embed/charts/health/", "/embed/timeline/"):
        assert "Sample data" in text(client.get(f"{path}?lang=en")), path


def test_a_page_offers_the_line_to_copy(rk2030, client):
    page = client.get("/milestones/SM-03/?lang=kk").content.decode()
    (line,) = [html.unescape(one) for one in re.findall(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)]
    address = html.unescape(re.search(r'src="([^"]+)"', line)[1])
    assert address == f"{SITE}/embed/milestones/SM-03/?lang=kk"
    assert client.get(address.removeprefix(SITE)).status_code == 200
    for path in ("/", "/proposals/SM/", "/timeline/"):
        lines = re.findall(r"<textarea[^>]*>(.*?)</textarea>", client.get(path).content.decode(), re.DOTALL)
        addresses = [html.unescape(html.unescape(re.search(r"src=&quot;(.+?)&quot;", one)[1])) for one in lines]
        assert addresses
        assert {client.get(one.removeprefix(SITE)).status_code for one in addresses} == {200}


# oEmbed


def asked(client, url, **more):
    return client.get("/oembed/", {"url": url} | more, headers={"Accept-Language": "en"})


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/milestones/SM-03/", "rich"), ("/timeline/", "rich"), ("/charts/burn-up.svg", "rich"), ("/embed/charts/health/", "rich"),
        ("/embed/milestones/SM-03/", "rich"), ("/", "link"), ("/proposals/SM/", "link"), ("/organisations/RU-MFA/", "link"),
        ("/reports/RK2030/overview/", "link"),
    ],
)  # fmt: skip
def test_oembed_says_what_to_show_of_an_address(rk2030, client, path, kind):
    said = asked(client, f"{SITE}{path}")
    assert said["Content-Type"] == "application/json"
    assert not said.cookies
    found = said.json()
    assert (found["version"], found["type"], found["provider_url"]) == ("1.0", kind, f"{SITE}/")
    assert found["title"]
    if kind == "rich":
        frame = html.unescape(re.search(r'src="([^"]+)"', found["html"])[1])
        assert client.get(frame.removeprefix(SITE)).status_code == 200
        assert (found["width"], found["height"]) == (640, found["height"])
    if "thumbnail_url" in found:
        assert (found["thumbnail_width"], found["thumbnail_height"]) == (1200, 630)
        assert client.get(found["thumbnail_url"].removeprefix(SITE).replace(".png", ".svg")).status_code == 200


def test_each_page_with_a_card_leads_a_program_to_its_oembed(rk2030, client):
    for path in ("/milestones/SM-03/", "/proposals/SM/", "/"):
        address = head(client, f"{path}?lang=ru").links["alternate", "application/json+oembed"]
        assert client.get(address.removeprefix(SITE)).json()["title"]


def test_oembed_keeps_moment_and_language_and_fits_where_it_is_asked_to(rk2030, client, now):
    move("SM-03", "2027-Q2", now)
    found = asked(client, "http://testserver/milestones/SM-03/?lang=ru&at=1", maxwidth="300", maxheight="100").json()
    assert found["title"].startswith("SM-03 Подписан")
    assert "/embed/milestones/SM-03/?lang=ru&amp;at=1" in found["html"]
    assert found["thumbnail_url"].endswith("/cards/milestone-SM-03.png?lang=ru&at=1")
    assert (found["width"], found["height"]) == (300, 100)
    assert asked(client, f"{SITE}/timeline/", maxwidth="x", maxheight="9" * 9).json()["width"] == 640


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/milestones/SM-03/", "http://testserver.elsewhere.example/", "http://testserver@elsewhere.example/", "//testserver/",
        "https://testserver/", "javascript:alert(1)", "/milestones/SM-03/", f"{SITE}/nonsense/", f"{SITE}/milestones/NO/", f"{SITE}/risks/",
        f"{SITE}/desk/", f"{SITE}/admin/", f"{SITE}/milestones/SM-03/?at=99", f"{SITE}/charts/nonsense.svg", "http://[",
        f"{SITE}/milestones/SM-03/?as_of=2020-01-01", "x",
    ],
)  # fmt: skip
def test_oembed_refuses_what_is_not_ours_or_not_there(rk2030, client, url):
    assert asked(client, url).status_code == 404


def test_oembed_asked_for_wrongly_says_what_is_wrong(rk2030, client):
    assert client.get("/oembed/").status_code == 400
    assert asked(client, f"{SITE}/", format="xml").status_code == 501
    assert client.post("/oembed/").status_code == 405


def test_a_title_stays_text_in_the_line_to_copy_and_in_oembed(client, now):
    title = dict.fromkeys(("ru", "en", "kk"), 'A "title" <script>')
    load(as_file(roadmap(milestone("PR-01", title=title))), now=now)
    found = asked(client, f"{SITE}/milestones/PR-01/").json()
    assert found["title"] == 'PR-01 A "title" <script>'
    assert 'title="PR-01 A &quot;title&quot; &lt;script&gt;"' in found["html"]
    page = client.get("/milestones/PR-01/").content.decode()
    assert "<script>" not in page
    (line,) = re.findall(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)
    assert html.unescape(line) == found["html"].replace("/PR-01/", "/PR-01/?lang=ru", 1)
    assert quote("PR-01") in line


def test_a_milestone_that_was_removed_is_gone_from_frames_and_still_there_in_the_past(client, now, editor):
    from milestones.services import remove_milestone

    load(as_file(roadmap(milestone("PR-01"))), now=now)
    with open_change(now=now) as change:
        remove_milestone(change, Milestone.objects.get())
    assert client.get("/embed/milestones/PR-01/").status_code == 404
    assert asked(client, f"{SITE}/milestones/PR-01/").status_code == 404
    assert client.get("/embed/milestones/PR-01/?at=1").status_code == 200
    assert asked(client, f"{SITE}/milestones/PR-01/?at=1").status_code == 200

"""The journeys of readers on a phone, counted: taps, and screens of 844 px that have to be scrolled past. ``-s`` prints them."""

import datetime as dt
import re

import pytest
from playwright.sync_api import expect

from common.dates import PlannedDate
from milestones.models import Milestone
from milestones.services import move_date
from record.services import open_change
from tests.people import a_source, person, published

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = {"width": 390, "height": 844}
PHRASE = "a phrase of six plain words"


class Walk:
    """A page, and how often it was tapped; each tap is on what stands there, scrolled to as a thumb would."""

    def __init__(self, page, name):
        self.page, self.name, self.taps, self.screens = page, name, 0, 0

    def tap(self, target):
        self.see(target)
        target.tap()
        self.page.wait_for_load_state()
        self.taps += 1

    def see(self, target):
        """The number of the screen of the page, from 1, on which the whole of it stands."""
        expect(target).to_be_visible()
        box = target.bounding_box()
        foot = box["y"] + box["height"] + self.page.evaluate("window.scrollY")
        screen = int(-(-foot // PHONE["height"]))
        self.screens = max(self.screens, screen)
        return screen

    def told(self):
        print(f"\n{self.name}: {self.taps} taps, screen {self.screens} at most")  # noqa: T201 - the figure that is asked for
        return self.taps


@pytest.fixture
def walk(open_page, now, time_machine, settings, tmp_path):
    """The record of a flagship that is late with evidence, and of a date that slipped for a reason."""
    settings.STORAGES = settings.STORAGES | {"default": settings.STORAGES["default"] | {"OPTIONS": {"location": str(tmp_path)}}}
    analyst, editor = person("analyst"), person("editor")
    editor.set_password(PHRASE)
    editor.save()
    proof = a_source(analyst, address="https://sample.example/proof", title="The founding act")
    published("SM-02", analyst, editor, now=now, status="in_progress", summary="Talks go on.", evidence=[(proof, "supports")])
    with open_change(by=editor.actor, now=now) as change:
        move_date(
            change, Milestone.objects.get(code="SM-03"), field="due", to=PlannedDate.parse("2027-Q4"), category="political", note="Talks"
        )
    time_machine.move_to(now + dt.timedelta(days=14), tick=False)

    def begin(name, path="/", **options):
        page = open_page("en", has_touch=True, **options)
        page.set_viewport_size(PHONE)
        page.goto(path)
        return Walk(page, name)

    return begin


def test_where_does_it_stand_what_is_in_trouble_and_why(walk):
    here = walk("Where does it stand, what is in trouble and why")
    assert here.see(here.page.get_by_role("heading", level=1)) == 1
    flagship = here.page.locator(".flagship").first
    expect(flagship).to_contain_text(re.compile(r"late by \d+ days:\s+SM-02"))
    assert here.see(flagship) == 1
    assert here.told() == 0


def test_the_evidence_of_a_late_flagship(walk):
    here = walk("Evidence of a late flagship")
    here.tap(here.page.locator(".flagship-cause a").first)
    expect(here.page.get_by_role("heading", level=1)).to_contain_text("SM-02")
    evidence = here.page.get_by_role("link", name="The founding act")
    here.see(evidence)
    with here.page.expect_request("https://sample.example/proof"):
        here.page.route("https://sample.example/**", lambda route: route.abort())
        evidence.tap(no_wait_after=True)
    here.taps += 1
    assert here.told() == 2


def test_citing_it(walk):
    here = walk("Cite it")
    here.tap(here.page.locator(".flagship-cause a").first)
    here.tap(here.page.locator(".title-acts a[href='#cite']"))
    with here.page.expect_download() as download:
        here.tap(here.page.get_by_role("link", name="BibTeX", exact=True))
    assert "SM-02" in download.value.path().read_text()
    assert here.told() == 3


def test_what_slipped_by_whom_and_why_as_a_picture(walk):
    here = walk("What slipped since the first plan, by whom, why, as a picture for an article")
    here.tap(here.page.locator(".menu > summary"))
    here.tap(here.page.locator(".menu nav a[href^='/slippage/']"))
    for heading, said in (("by-proposal", "SM"), ("by-owner", "Presid"), ("by-reason", "political decision")):
        section = here.page.locator(f"section[aria-labelledby={heading}]")
        expect(section).to_contain_text(said)
        expect(section).to_contain_text(re.compile(r"\+\d+ days"))
    assert here.taps == 2
    with here.page.expect_download() as download:
        here.tap(here.page.locator("section[aria-labelledby=by-owner]").get_by_role("link", name="PNG"))
    assert download.value.path().read_bytes().startswith(b"\x89PNG")
    assert here.told() == 3, "two, and the download"


def test_what_is_mine_and_next_and_following_it(walk):
    here = walk("What is mine and next, follow it: from the organisation", "/organisations/RU-PA/")
    assert here.see(here.page.locator("section[aria-labelledby=late] .line").first) == 1
    assert here.see(here.page.locator("section[aria-labelledby=next] .line").first) <= 2
    here.tap(here.page.locator(".title-acts a[href*='/follow/']"))
    expect(here.page.locator("#id_scope")).to_have_value("owner:RU-PA")
    assert here.told() == 1


def test_what_changed_between_two_days(walk):
    here = walk("What changed between two days")
    here.tap(here.page.locator(".menu > summary"))
    here.tap(here.page.locator(".menu nav a[href^='/compare/']"))
    assert here.see(here.page.get_by_role("heading", level=1)) == 1
    expect(here.page.get_by_role("heading", level=1)).to_contain_text(re.compile(r"Between .+ and .+, \d+ of 121 milestones changed"))
    assert here.told() == 2


@pytest.fixture
def at_the_plan(walk):
    here = walk("Move a date", "/accounts/login/?next=/timeline/%3Fopen=SM")
    here.page.locator("#id_username").fill("editor")
    here.page.locator("#id_password").fill(PHRASE)
    here.page.locator("main button[type=submit]").tap()
    here.page.wait_for_url("**/timeline/?open=SM")
    here.tap(here.page.locator(".tl-name a[data-code='SM-04']"))
    expect(here.page.locator(".tl-card [data-preview]")).to_be_visible()
    return here


def test_moving_a_date_by_keys_shows_what_it_pushes_before_it_is_saved(at_the_plan):
    here = at_the_plan
    here.page.locator(".tl-name a[data-code='SM-04']").focus()
    keys = 8
    for _turn in range(keys):
        here.page.keyboard.press("Shift+ArrowRight")
    expect(here.page.locator(".move-preview")).to_contain_text(re.compile(r"SM-0\d \+\d+ · pushed by this move"))
    before = Milestone.objects.get(code="SM-04").due_date
    here.tap(here.page.locator(".move-preview a"))
    here.page.wait_for_url("**/desk/milestones/SM-04/dates/**")
    assert Milestone.objects.get(code="SM-04").due_date == before, "nothing is saved before a reason is given"
    here.name += f" by keys ({keys} presses)"
    assert here.told() == 2


def test_moving_a_date_by_mouse_shows_what_it_pushes_before_it_is_saved(at_the_plan):
    here = at_the_plan
    here.page.set_viewport_size({"width": 1280, "height": 900})
    mark = here.page.locator(".tl-mark[data-code='SM-04'] use").first
    mark.scroll_into_view_if_needed()
    box = mark.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    here.page.mouse.move(x, y)
    here.page.mouse.down()
    here.page.mouse.move(x + 150, y, steps=10)
    here.page.mouse.up()
    expect(here.page.locator(".move-preview")).to_contain_text(re.compile(r"→ 20(27|28) Q\d"))
    here.name += " by mouse (one drag)"
    assert here.told() == 1

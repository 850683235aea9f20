"""What a first screen answers, and the timeline under keys: in a real browser, over the sample of one late milestone."""

import re

import pytest
from playwright.sync_api import expect

from milestones.models import Milestone
from record.services import open_change
from roadmap_file.loading import load
from tests.factories import as_file, milestone, roadmap

pytestmark = pytest.mark.django_db(transaction=True)

PHRASE = "a phrase of six plain words"
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def late(rk2030, now, time_machine):
    """SM-03 waits for SM-02, which is late."""
    with open_change(now=now) as change:
        step = Milestone.objects.get(code="SM-02")
        step.status, step.assessed_on = "in_progress", now.date()
        step.save()
        change.keep([step])
        change.announce("test.assessed")


@pytest.mark.parametrize("language", ["ru", "en", "kk"])
def test_head_and_band_leave_the_phone_to_the_answer(open_page, late, language):
    page = open_page(language, width=PHONE["width"])
    page.set_viewport_size(PHONE)
    page.goto("/")
    assert page.locator("header.top").bounding_box()["height"] <= 100
    assert page.locator("h1").bounding_box()["y"] < 160
    flagship = page.locator(".flagship").first
    expect(flagship).to_contain_text("SM-02")
    box = flagship.bounding_box()
    assert box["y"] + box["height"] < PHONE["height"]
    page.locator(".menu > summary").click()
    expect(page.locator(".menu nav a[href^='/slippage/']")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".menu nav").first).to_be_hidden()
    assert page.faults == []


@pytest.mark.parametrize("language", ["ru", "en", "kk"])
def test_the_head_is_one_row_wherever_it_is_shown_whole(open_page, language):
    page = open_page(language, width=1120)
    page.goto("/")
    assert page.locator(".top-bar").bounding_box()["height"] <= 56
    assert page.evaluate("document.documentElement.scrollWidth") <= 1120
    page.locator(".day > summary").click()
    expect(page.locator(".day input[name=as_of]")).to_be_visible()


@pytest.mark.parametrize("language", ["ru", "en", "kk"])
def test_a_choice_of_reports_leaves_the_head_one_row_and_stands_in_the_menu_of_a_phone(open_page, rk2030, now, language):
    load(as_file(roadmap(milestone("PR-01"))), now=now)
    page = open_page(language, width=1120)
    page.goto("/milestones/")
    assert page.locator(".top-bar").bounding_box()["height"] <= 56
    assert page.evaluate("document.documentElement.scrollWidth") <= 1120
    page.locator(".of-report > summary").click()
    page.locator(".of-report a[href='/reports/TEST/milestones/']").click()
    expect(page.locator(".of-report > summary")).to_contain_text("TEST")
    page.set_viewport_size(PHONE)
    expect(page.locator(".of-report")).to_be_hidden()
    page.locator(".menu > summary").click()
    expect(page.locator(".menu a[href='/reports/TEST/milestones/'][aria-current=true]")).to_be_visible()


def test_an_organisation_on_a_phone_says_what_is_late_on_the_first_screen(open_page, late):
    page = open_page("ru", width=PHONE["width"])
    page.set_viewport_size(PHONE)
    page.goto("/organisations/RU-PA/")
    line = page.locator("section[aria-labelledby=late] .line").first
    expect(line).to_contain_text("SM-02")
    box = line.bounding_box()
    assert box["y"] + box["height"] < PHONE["height"]
    assert box["y"] < page.locator("section[aria-labelledby=next]").bounding_box()["y"]


def test_a_slash_leads_to_the_search_and_what_is_typed_is_proposed(open_page, rk2030):
    page = open_page("en")
    page.goto("/methodology/")
    page.keyboard.press("/")
    page.keyboard.type("SM-0")
    first = page.locator(".find-results a").first
    expect(first).to_contain_text("SM-01")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".find-results a[aria-selected=true]")).to_contain_text("SM-02")
    page.keyboard.press("Enter")
    page.wait_for_url("**/milestones/SM-02/")
    assert page.faults == []


def test_the_timeline_is_walked_with_arrows_and_shows_the_card_and_its_own_dependencies(open_page, late):
    page = open_page("en")
    page.goto("/timeline/?open=SM")
    assert page.locator(".tl [tabindex='0']").count() == 1
    page.locator(".tl [tabindex='0']").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    focused = page.evaluate("document.activeElement.dataset.code")
    assert focused == "SM-03"
    shown = page.locator(".tl-link[data-shown]")
    assert {(one.get_attribute("data-from"), one.get_attribute("data-to")) for one in shown.all()} >= {("SM-02", "SM-03")}
    assert all("SM-03" in {one.get_attribute("data-from"), one.get_attribute("data-to")} for one in shown.all())
    page.keyboard.press("Enter")
    card = page.locator(".tl-card")
    expect(card).to_contain_text("Founding document of the strategic mechanism signed")
    expect(card).to_contain_text(re.compile(r"waits for SM-02, late by \d+ days"))
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    assert page.evaluate("document.activeElement.dataset.code") == "SM-03"
    assert page.faults == []


def test_names_and_years_stay_while_the_timeline_is_scrolled(open_page, rk2030):
    page = open_page("en")
    page.goto("/timeline/?open=*&zoom=quarter")
    region = page.locator(".tl")
    assert region.evaluate("one => one.scrollLeft") > 0, "it opens at today"
    region.evaluate("one => { one.scrollTop = 600; one.scrollLeft = 900 }")
    frame, years, names = region.bounding_box(), page.locator(".tl-head").bounding_box(), page.locator(".tl-names").bounding_box()
    assert abs(years["y"] - frame["y"]) < 3
    assert abs(names["x"] - frame["x"]) < 3


@pytest.fixture
def at_the_timeline(open_page, late, editor):
    """An editor who has chosen SM-04."""
    editor.set_password(PHRASE)
    editor.save()
    page = open_page("en")
    page.goto("/accounts/login/")
    page.locator("#id_username").fill(editor.username)
    page.locator("#id_password").fill(PHRASE)
    page.locator("main button[type=submit]").click()
    page.wait_for_url(lambda address: "login" not in address)
    page.goto("/timeline/?open=SM")
    page.locator(".tl-mark[data-code='SM-04'] use").first.click()
    expect(page.locator(".tl-card [data-preview]")).to_be_visible()
    return page


def test_a_move_is_tried_out_by_keys_before_it_is_given_a_reason(at_the_timeline):
    page = at_the_timeline
    page.locator(".tl-name a[data-code='SM-04']").focus()
    for _turn in range(8):
        page.keyboard.press("Shift+ArrowRight")
    preview = page.locator(".move-preview")
    expect(preview).to_contain_text(re.compile(r"→ 2028 Q\d"))
    expect(preview).to_contain_text(re.compile(r"SM-0\d \+\d+ · pushed by this move"))
    assert str(Milestone.objects.get(code="SM-04").due_date).startswith("2026")
    preview.locator("a").click()
    page.wait_for_url("**/desk/milestones/SM-04/dates/**")
    assert page.locator("[name=due_date]").input_value().startswith("2028 Q")


def test_a_move_is_tried_out_by_dragging(at_the_timeline):
    page = at_the_timeline
    mark = page.locator(".tl-mark[data-code='SM-04'] use").first
    box = mark.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 150, y, steps=10)
    page.mouse.up()
    expect(page.locator(".move-preview")).to_contain_text(re.compile(r"→ 20(27|28) Q\d"))
    assert mark.bounding_box()["x"] > box["x"] + 50
    assert str(Milestone.objects.get(code="SM-04").due_date).startswith("2026")
    assert page.faults == []


def test_a_broken_line_leaves_the_timeline_and_says_so(at_the_timeline):
    page = at_the_timeline
    page.context.set_offline(True)
    name = page.locator(".tl-name a[data-code='SM-04']")
    name.focus()
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator(".move-preview")).to_contain_text("The line is broken")
    page.locator(".tl-name a[data-code='SM-05']").click()
    expect(page.locator(".tl-card")).to_contain_text("The line is broken")
    assert "/timeline/" in page.url
    page.context.set_offline(False)
    page.locator(".tl-name a[data-code='SM-05']").click()
    expect(page.locator(".tl-card")).to_contain_text("SM-05")

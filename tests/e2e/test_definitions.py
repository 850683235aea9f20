"""What the words of states mean is reached by tap, keyboard and pointer, without script too, on every page that uses them."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.django_db(transaction=True)

PAGES = [
    "/", "/timeline/", "/timeline/?view=table&open=*", "/milestones/", "/milestones/SM-03/", "/proposals/", "/proposals/SM/",
    "/organisations/RU-PA/", "/series/", "/changes/", "/compare/", "/calendar/",
]  # fmt: skip
SELF_SAID = ", ".join(f"use[href='#mark-{name}']" for name in ("fresh", "stale", "never"))
"""How old a finding is says its word itself."""


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_each_word_of_a_state_is_defined_on_its_page(open_page, rk2030, language):
    page = open_page(language, width=390)
    for path in PAGES:
        assert page.goto(path).status == 200, path
        words = page.locator(f"main .state:not(:has({SELF_SAID}))").evaluate_all("all => all.map(one => one.textContent.trim())")
        defined = page.locator("[popover] b").evaluate_all("all => all.map(one => one.textContent.trim())")
        assert set(words) <= set(defined), path
        assert page.locator("main .mark").count() == 0 or defined, path
        assert page.locator(".state[title], .tag[title], .stations [title]").count() == 0, path
        ids = page.locator("[popover]").evaluate_all("all => all.map(one => one.id)")
        assert len(ids) == len(set(ids)), path
        assert page.locator(".define").first.is_visible(), path
        box = page.locator(".define").first.bounding_box()
        assert min(box["width"], box["height"]) >= 24


@pytest.mark.parametrize("script", [True, False])
def test_a_definition_opens_by_tap_and_key_and_stays_on_the_screen(open_page, rk2030, script):
    page = open_page("ru", width=390, java_script_enabled=script, has_touch=True)
    page.goto("/milestones/SM-03/")
    box = page.locator("[popover]").first
    page.locator(".define").first.tap()
    expect(box).to_be_visible()
    shown = box.bounding_box()
    assert shown["x"] >= 0
    assert shown["x"] + shown["width"] <= 390
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()
    page.locator(".define").first.press("Enter")
    expect(box).to_be_visible()


def test_a_definition_opens_under_the_pointer_and_closes_when_it_leaves(open_page, rk2030):
    page = open_page("en")
    page.goto("/milestones/SM-03/")
    page.locator(".define").first.hover()
    expect(page.locator("[popover]").first).to_be_visible()
    page.locator("[popover]").first.hover()
    page.mouse.move(5, 700)
    expect(page.locator("[popover]").first).to_be_hidden()

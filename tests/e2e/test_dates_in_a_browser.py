"""Fields of days speak the reader's order in each language, with script and without; addresses keep the one that programs read."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.django_db(transaction=True)

WRITTEN = {"en": "23 Nov 2026", "ru": "23.11.2026", "kk": "23.11.2026"}
FORMS = ["/", "/milestones/", "/compare/", "/changes/", "/timeline/"]


@pytest.mark.parametrize("language", WRITTEN)
def test_no_field_shows_a_day_in_the_order_of_the_browser(open_page, rk2030, language):
    page = open_page(language)
    for path in FORMS:
        page.goto(path)
        shown = page.locator("input.day-input").evaluate_all("all => all.map(one => [one.type, one.value || one.placeholder])")
        assert shown, path
        assert {kind for kind, _value in shown} == {"text"}
        form = r"\d{1,2} [A-Z][a-z]{2,3} \d{4}" if language == "en" else r"\d\d\.\d\d\.\d{4}"
        assert all(re.fullmatch(form, value) for _kind, value in shown), (path, shown)
        assert page.locator("input[type=date]:visible:not([aria-hidden])").count() == 0
    assert page.faults == []


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("language", WRITTEN)
def test_what_one_types_in_ones_own_order_is_read(open_page, rk2030, language, script):
    page = open_page(language, java_script_enabled=script)
    page.goto("/milestones/SM-03/")
    page.locator(".day > summary").click()
    page.locator(".day input[name=as_of]").fill(WRITTEN[language])
    page.keyboard.press("Enter")
    page.wait_for_url("**/milestones/SM-03/?as_of=2026-11-23")
    page.goto("/milestones/?due_after=II кв. 2027&due_before=2027 Q2")
    assert page.url.endswith("?due_after=2027-04-01&due_before=2027-06-30")


@pytest.mark.parametrize("language", WRITTEN)
def test_the_calendar_of_the_browser_writes_in_the_order_of_the_page(open_page, rk2030, language):
    page = open_page(language)
    page.goto("/compare/")
    box = page.locator(".day-field:has([name=from])")
    expect(box.get_by_role("button")).to_be_visible()
    box.locator("input[type=date]").evaluate("one => { one.value = '2026-11-23'; one.dispatchEvent(new Event('change')); }")
    expect(page.locator("[name=from]")).to_have_value(WRITTEN[language])

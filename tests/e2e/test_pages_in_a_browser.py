"""Every page in a real browser: accessible in each language and theme, whole on a small screen, without an error."""

import pytest

from tests.e2e.axe import violations
from tests.pages.test_pages import PAGES

VISITED = [path for path in PAGES if path != "/accounts/password/reset/sent/"]


@pytest.mark.long
@pytest.mark.parametrize("language", ["ru", "en", "kk"])
def test_axe_finds_nothing_on_any_page(open_page, language):
    page = open_page(language)
    found = {}
    for path in VISITED:
        page.goto(path)
        if seen := violations(page, language):
            found[path] = seen
    assert found == {}
    assert page.faults == []


@pytest.mark.long
@pytest.mark.parametrize("language", ["ru", "en", "kk"])
def test_a_small_screen_and_large_letters_lose_nothing(open_page, language):
    for width, zoom in ((320, 1), (1280, 2)):
        page = open_page(language, width=width)
        for path in VISITED:
            page.goto(path)
            if zoom == 2:
                page.evaluate("document.documentElement.style.setProperty('font-size', '200%')")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width, zoom)


def test_a_reader_without_script_finds_a_late_milestone_by_the_keyboard_alone(open_page):
    page = open_page("en", java_script_enabled=False)
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "To the content"
    page.goto("/milestones/")
    page.locator("main").get_by_role("searchbox").focus()
    page.keyboard.type("embassy")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=embassy**")
    rows = page.locator("tbody tr")
    assert 1 <= rows.count() < 20
    page.locator("tbody a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/milestones/*-*/")
    assert page.get_by_role("heading", level=1).is_visible()


def test_a_reader_changes_the_language_and_stays_where_they_are(open_page):
    page = open_page("en")
    page.goto("/milestones/?proposal=AF&ordering=code")
    page.locator(".tongue > summary").click()
    page.locator(".tongue").get_by_role("link", name="Қазақша").click()
    page.wait_for_url("**lang=kk**")
    assert page.locator("html").get_attribute("lang") == "kk"
    assert page.locator("tbody tr").count() == 9
    page.goto("/risks/")
    assert page.locator("html").get_attribute("lang") == "kk"


def test_the_documentation_of_the_api_works_under_the_policy(open_page):
    page = open_page("en")
    page.goto("/api/v1/docs/")
    page.get_by_text("/api/v1/milestones/{code}/history/").wait_for()
    assert page.faults == []


def test_an_editor_signs_in_and_finds_the_admin_without_a_complaint(open_page, django_user_model):
    django_user_model.objects.create_user("editor", password="quite a long phrase", role="editor")
    page = open_page("en")
    page.goto("/accounts/login/")
    page.get_by_label("Username").fill("editor")
    page.get_by_label("Password").fill("quite a long phrase")
    page.get_by_role("button", name="Sign in").click()
    page.locator(".account summary").click()
    page.locator(".account").get_by_role("link", name="Administration").click()
    page.goto("/admin/milestones/milestone/?q=SM-03")
    page.get_by_role("link", name="SM-03", exact=True).click()
    assert page.locator("#id_due_date").input_value() == "2025 Q4"
    assert page.faults == []

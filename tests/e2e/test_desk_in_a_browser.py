"""The desk in a real browser: a finding recorded, returned, corrected and published in each language, by keyboard and without script."""

import re

import pytest
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import expect

from accounts.tokens import make_token
from milestones.models import Assessment, Evidence, Milestone, Round
from milestones.services import open_round, return_assessment, stage
from notifications.models import Attempt, Delivery, Webhook
from record.services import open_change
from record.verify import verify_record
from tests.common.test_fetching import receiver  # noqa: F401 - the fixture
from tests.e2e.axe import violations
from tests.people import person, published, recorded

PHRASE = "quite a long phrase"


@pytest.fixture
def people(open_page, settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {"default": settings.STORAGES["default"] | {"OPTIONS": {"location": str(tmp_path)}}}
    found = {role: person(role, role) for role in ("analyst", "editor")}
    for user in found.values():
        user.set_password(PHRASE)
        user.save()
    return found


@pytest.fixture
def sign_in(open_page, people, live_server):
    """By a session as signing in leaves it; how somebody signs in has tests of its own."""

    def enter(name, language="en", **options):
        entered = Client()
        entered.force_login(people[name])
        page = open_page(language, **options)
        page.context.add_cookies([{"name": "sessionid", "value": entered.cookies["sessionid"].value, "url": live_server.url}])
        page.goto(f"/desk/?lang={language}")
        return page

    return enter


@pytest.mark.parametrize("language", ["ru", "en", "kk"])
def test_a_finding_is_recorded_returned_corrected_and_published(sign_in, open_page, receiver, language):  # noqa: F811 - the fixture
    with translation.override(language):
        word = {name: gettext(name) for name in ("Submit", "Return", "Publish", "More: forecast, correction, internal note")}
        labels = {name: gettext(name) for name in ("Summary", "This corrects the current assessment", "What is to be changed")}

    analyst = sign_in("analyst", language)
    analyst.goto("/desk/milestones/SM-04/")
    analyst.locator("#id_status").select_option("in_progress")
    analyst.get_by_label(labels["Summary"], exact=True).fill("Working on it")
    analyst.locator("#id_effective_on").fill("2026-11-02")
    analyst.locator("[name=e-0-address]").fill(f"{receiver}/page")
    analyst.locator("[name=e-0-address]").blur()
    expect(analyst.locator("[name=e-0-title]")).to_have_value("A <b> title")
    expect(analyst.locator("[name=e-0-uid]")).not_to_have_value("")  # the draft was kept by itself
    draft = Assessment.objects.get()
    assert (draft.state, draft.summary, draft.evidence.get().title) == ("draft", "Working on it", "A <b> title")
    analyst.reload()
    assert analyst.get_by_label(labels["Summary"], exact=True).input_value() == "Working on it"
    analyst.get_by_role("button", name=word["Submit"], exact=True).click()
    analyst.wait_for_url("**/desk/")

    editor = sign_in("editor", language)
    editor.locator("a[href*='/desk/assessments/']").first.click()
    expect(editor.locator("ins").first).to_be_visible()
    return_it(editor, word, labels)

    analyst.goto("/desk/")
    assert analyst.get_by_text("Which page?").is_visible()
    analyst.locator("a[href*='/desk/milestones/SM-04/']").first.click()
    analyst.get_by_label(labels["Summary"], exact=True).fill("Working on it, page 3")
    analyst.get_by_role("button", name=word["Submit"], exact=True).click()
    analyst.wait_for_url("**/desk/")
    publish(editor, word)

    analyst.goto("/desk/milestones/SM-04/")
    analyst.get_by_text(word["More: forecast, correction, internal note"]).click()
    analyst.get_by_label(labels["This corrects the current assessment"]).check()
    analyst.locator("#id_status").select_option("suspended")
    analyst.get_by_label(labels["Summary"], exact=True).fill("It was stopped")
    analyst.locator("#id_effective_on").fill("2026-11-01")
    analyst.get_by_role("button", name=word["Submit"], exact=True).click()
    analyst.wait_for_url("**/desk/")
    publish(editor, word)

    reader = open_page(language)
    reader.goto("/milestones/SM-04/")
    assert reader.locator("section[aria-labelledby=assessments] .assessment > p").nth(1).inner_text().startswith("It was stopped")
    assert reader.get_by_text("Working on it, page 3").is_visible()
    reader.goto(reader.locator("a.citation").get_attribute("href"))
    assert reader.locator(".banner-past").is_visible()
    assert reader.locator("section[aria-labelledby=assessments] .assessment > p").nth(1).inner_text().startswith("It was stopped")
    assert Milestone.objects.get(code="SM-04").status == "suspended"
    assert verify_record() == []
    assert analyst.faults == editor.faults == reader.faults == []


def return_it(editor, word, labels):
    editor.locator(".drop-form > summary").click()
    editor.get_by_label(labels["What is to be changed"]).fill("Which page?")
    editor.get_by_role("button", name=word["Return"], exact=True).click()
    editor.wait_for_url("**/desk/")


def publish(editor, word):
    editor.goto("/desk/")
    editor.locator("a[href*='/desk/assessments/']").first.click()
    editor.get_by_role("button", name=word["Publish"], exact=True).click()
    editor.wait_for_url("**/desk/")


def test_without_script_the_same_form_does_it_all(sign_in, receiver):  # noqa: F811 - the fixture
    page = sign_in("analyst", java_script_enabled=False)
    page.goto("/desk/milestones/SM-04/")
    page.locator("#id_status").select_option("agreed")
    page.locator("#id_summary").fill("Agreed")
    page.locator("#id_effective_on").fill("2026-11-02")
    page.locator("[name=e-0-address]").fill(f"{receiver}/page")
    page.get_by_role("button", name="Propose title and date").click()
    expect(page.locator("[name=e-0-title]")).to_have_value("A <b> title")
    assert page.locator("[name=e-0-published_on]").input_value() == "5 Mar 2026"
    page.get_by_role("button", name="Submit", exact=True).click()
    page.wait_for_url("**/desk/")
    assert (Assessment.objects.get().state, Evidence.objects.get().publisher) == ("submitted", "Sample")


def test_two_tabs_see_each_other_and_lose_nothing(sign_in):
    first, second = sign_in("analyst"), sign_in("analyst")
    for page in (first, second):
        page.goto("/desk/milestones/SM-04/")
    first.locator("#id_summary").fill("From the first tab")
    first.get_by_role("button", name="Save the draft").click()
    expect(first.get_by_text("The draft is saved.")).to_be_visible()
    second.locator("#id_confidence").select_option("high")
    second.locator("#id_summary").fill("From the second tab")
    second.get_by_role("button", name="Save the draft").click()
    expect(second.get_by_text("Somebody else changed the same fields meanwhile.")).to_be_visible()
    assert second.locator("#id_summary").input_value() == "From the second tab"
    assert second.get_by_text("From the first tab").is_visible()
    second.get_by_role("button", name="Save the draft").click()
    expect(second.get_by_text("The draft is saved.")).to_be_visible()
    draft = Assessment.objects.get()
    assert (draft.summary, draft.confidence) == ("From the second tab", "high")


def test_what_was_kept_while_typing_does_not_conflict_with_itself(sign_in):
    page = sign_in("analyst")
    page.goto("/desk/milestones/SM-04/")
    for words in ("One", "One two", "One two three"):
        page.locator("#id_summary").fill(words)
        page.locator("[data-saved]:not(:empty)").wait_for()
        page.wait_for_function('words => fetch(location.href).then(r => r.text()).then(t => t.includes(`value="${words}"`))', arg=words)
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_text("The draft is saved.")).to_be_visible()
    assert Assessment.objects.get().summary == "One two three"
    assert page.locator(".notice-error").count() == 0


def test_the_queue_is_walked_by_keys(sign_in):
    page = sign_in("analyst")
    rows = page.locator("[data-row]")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("j")
    assert rows.nth(1).get_attribute("data-current") == ""
    page.keyboard.press("x")
    assert rows.nth(1).locator("[data-pick]").is_checked()
    page.keyboard.press("?")
    assert page.locator("[data-keys]").get_attribute("open") == ""
    page.keyboard.press("/")
    assert page.locator(":focus").get_attribute("name") == "q"
    page.keyboard.type("jjk")
    assert page.locator("main [name=q]").input_value() == "jjk"


@pytest.fixture
def busy(people, now):
    """Something of everything, so that every page of the desk has rows."""
    analyst, editor = people["analyst"], people["editor"]
    published("SM-01", analyst, editor, now=now)
    published("SM-02", analyst, editor, now=now, effective_on=now.date().replace(year=2025))
    recorded("SM-03", analyst, now=now, action="draft")
    returned, submitted, staged = (recorded(code, analyst, now=now) for code in ("SM-05", "SM-06", "SM-07"))
    with open_change(by=editor.actor, now=now) as change:
        return_assessment(change, returned, by=editor, comment="Which page?")
        round_ = open_round(change, name="Autumn", by=editor)
        stage(change, round_, [staged], by=editor)
    Evidence.objects.filter(cited=True).update(link_state="dead")
    webhook = Webhook.objects.create(
        owner=editor,
        name="Tracker",
        address="https://one.example/hook",
        secret="whsec_AAAA",
        created_at=now,
        changed_at=now,
        failing_since=now,
    )
    delivery = Delivery.objects.create(webhook=webhook, position=1, type="plan.changed", tried=1, created_at=now, next_attempt_at=now)
    Attempt.objects.create(delivery=delivery, at=now, duration_ms=15000, error="too_slow")
    make_token(user=editor, name="Spreadsheet", scopes=["read", "assess"], days=90, now=now)
    return [
        "/desk/integrations/", "/desk/integrations/webhooks/add/", f"/desk/integrations/webhooks/{webhook.uid}/",
        "/desk/", "/desk/?q=SM", "/desk/milestones/SM-03/", "/desk/milestones/SM-05/", "/desk/milestones/SM-01/", "/desk/milestones/SM-01/dates/",
        f"/desk/assessments/{submitted.uid}/", f"/desk/assessments/{Assessment.objects.filter(state='published').first().uid}/", "/desk/rounds/",
        f"/desk/rounds/{Round.objects.get().uid}/", f"/desk/rounds/{Round.objects.get().uid}/preview/", f"/desk/evidence/{Evidence.objects.first().uid}/",
        f"/desk/withdraw/assessment/{Assessment.objects.filter(state='published').first().pk}/", "/desk/files/", "/milestones/SM-01/?as_of=2026-11-23", "/?at=1", "/milestones/?as_of=2000-01-01",
    ]  # fmt: skip


@pytest.mark.parametrize("language", ["ru", "en", "kk"])
def test_axe_finds_nothing_at_the_desk(sign_in, busy, language):
    page = sign_in("editor", language)
    found = {}
    for path in busy:
        page.goto(path)
        if seen := violations(page, language):
            found[path] = seen
    assert found == {}
    assert [fault for fault in page.faults if "404" not in fault] == []


@pytest.mark.parametrize("language", ["ru", "en", "kk"])
def test_a_small_screen_and_large_letters_lose_nothing_at_the_desk(sign_in, busy, language):
    for width, zoom in ((320, 1), (1280, 2)):
        page = sign_in("editor", language, width=width)
        for path in busy:
            page.goto(path)
            if zoom == 2:
                page.evaluate("document.documentElement.style.setProperty('font-size', '200%')")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width, zoom)


def test_control_k_finds_a_milestone_an_act_and_a_page(sign_in):
    page = sign_in("analyst")
    page.goto("/slippage/?lang=en")
    page.keyboard.press("Control+k")
    page.keyboard.type("SM-03")
    expect(page.locator(".find-results a").first).to_contain_text("SM-03")
    page.locator(".find-results a", has_text="Record").first.click()
    page.wait_for_url(re.compile(r"/desk/milestones/SM-03/"))
    page.keyboard.press("Control+k")
    page.keyboard.type("timel")
    page.locator(".find-results a", has_text="Timeline").click()
    page.wait_for_url(re.compile(r"/timeline/"))


def test_who_reads_is_led_to_pages_and_to_no_act(open_page):
    page = open_page("en")
    page.goto("/")
    page.keyboard.press("Control+k")
    page.keyboard.type("SM-03")
    expect(page.locator(".find-results a").first).to_contain_text("SM-03")
    expect(page.locator(".find-results a", has_text="Record")).to_have_count(0)

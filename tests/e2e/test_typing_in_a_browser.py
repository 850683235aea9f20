"""Each way in which typing was lost, played in a browser: the text is there afterwards, and the page says what is saved and what is not."""

import re

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from accounts.models import SignIn
from milestones.models import Assessment, Milestone, PlanChange, Round
from tests.e2e.test_desk_in_a_browser import PHRASE, people, sign_in  # noqa: F401 - fixtures
from tests.people import published, recorded

FORM = "/desk/milestones/SM-04/"
WORDS = "Quite a lot of words"
KEPT = "() => Object.keys(localStorage).filter((key) => key.startsWith('typing:')).map((key) => localStorage.getItem(key)).join(' ')"


@pytest.fixture
def desk(sign_in):  # noqa: F811 - the fixture
    """A page of the analyst's at the form of a milestone."""
    page = sign_in("analyst")
    page.goto(FORM)
    return page


def typed(page, words=WORDS):
    page.locator("#id_summary").fill(words)
    return page.locator("[data-saved]")


def kept(page):
    return page.evaluate(KEPT)


def end_sessions():
    SignIn.objects.all().delete()
    Session.objects.all().delete()


def submitted():
    return list(Assessment.objects.filter(state="submitted").values_list("summary", flat=True))


def fill_in(page, words=WORDS):
    page.locator("#id_status").select_option("no_evidence")
    page.locator("#id_effective_on").fill("2 Nov 2026")
    return typed(page, words)


def submit(page):
    page.get_by_role("button", name="Submit", exact=True).click()


def enter_in_the_dialog(page, name="analyst"):
    dialog = page.locator("#sign-in")
    dialog.locator("#id_username").fill(name)
    dialog.locator("#id_password").fill(PHRASE)
    dialog.locator("form button[type=submit]").click()


def test_what_is_typed_is_said_to_be_saved_and_then_kept_nowhere_else(desk):
    line = typed(desk)
    expect(line).to_contain_text("kept on this device")
    assert WORDS in kept(desk)
    expect(line).to_have_text(re.compile(r"Draft saved\. \d\d:\d\d"))
    assert (Assessment.objects.get().summary, kept(desk)) == (WORDS, "")


def test_a_lost_line_is_said_and_what_was_typed_is_sent_when_it_is_back(desk):
    desk.context.set_offline(True)
    line = typed(desk)
    expect(line).to_contain_text("Not saved: offline. What you typed is kept here.")
    submit(desk)
    expect(line).to_contain_text("Not saved: offline.")
    assert (desk.locator("#id_summary").input_value(), WORDS in kept(desk)) == (WORDS, True)
    desk.context.set_offline(False)
    expect(line).to_contain_text("Draft saved.")
    assert Assessment.objects.get().summary == WORDS


def test_an_ended_session_goes_on_after_signing_in_in_place(desk):
    end_sessions()
    line = fill_in(desk)
    submit(desk)
    expect(line).to_contain_text("Not saved: you are signed out. What you typed is kept here.")
    line.get_by_role("button", name="Sign in here").click()
    enter_in_the_dialog(desk)
    expect(desk.locator("#sign-in")).to_be_hidden()
    expect(line).to_contain_text("Draft saved.")
    submit(desk)
    desk.wait_for_url("**/desk/")
    assert (submitted(), kept(desk)) == ([WORDS], "")


def test_a_wrong_password_in_the_dialog_says_so_and_loses_nothing(desk):
    end_sessions()
    line = typed(desk)
    line.get_by_role("button", name="Sign in here").click()
    desk.locator("#sign-in #id_username").fill("analyst")
    desk.locator("#sign-in #id_password").fill("wrong")
    desk.locator("#sign-in form button[type=submit]").click()
    expect(desk.locator("#sign-in [role=alert]")).to_be_visible()
    enter_in_the_dialog(desk)
    expect(line).to_contain_text("Draft saved.")
    assert Assessment.objects.get().summary == WORDS


def test_an_ended_session_goes_on_after_signing_in_in_a_second_tab(desk):
    end_sessions()
    line = typed(desk)
    expect(line).to_contain_text("you are signed out")
    other = desk.context.new_page()
    other.goto("/accounts/login/")
    other.locator("#id_username").fill("analyst")
    other.locator("#id_password").fill(PHRASE)
    other.locator("main button[type=submit]").click()
    other.wait_for_url("**/desk/")
    expect(line).to_contain_text("Draft saved.")
    assert Assessment.objects.get().summary == WORDS


def test_an_ended_session_is_gone_on_with_later(desk):
    end_sessions()
    expect(typed(desk)).to_contain_text("you are signed out")
    desk.on("dialog", lambda dialog: dialog.accept())
    desk.goto("/accounts/login/")
    desk.locator("#id_username").fill("analyst")
    desk.locator("#id_password").fill(PHRASE)
    desk.locator("main button[type=submit]").click()
    desk.wait_for_url("**/desk/")
    desk.locator("[data-unsent] a").click()
    expect(desk.locator("#id_summary")).to_have_value(WORDS)
    expect(desk.locator(".notice-back")).to_contain_text(re.compile(r"What you typed here at \d\d:\d\d and did not send is back"))


def test_a_rejected_token_is_replaced_and_the_form_sent(desk):
    fill_in(desk)
    desk.context.clear_cookies(name="csrftoken")
    submit(desk)
    desk.wait_for_url("**/desk/")
    assert submitted() == [WORDS]


def test_without_script_a_rejected_token_loses_nothing(sign_in):  # noqa: F811 - the fixture
    page = sign_in("analyst", java_script_enabled=False)
    page.goto(FORM)
    fill_in(page)
    page.context.clear_cookies(name="csrftoken")
    submit(page)
    expect(page.get_by_role("heading", name="Not sent yet")).to_be_visible()
    expect(page.get_by_text(WORDS)).to_be_visible()
    page.get_by_role("button", name="Send it again").click()
    page.wait_for_url("**/desk/")
    assert submitted() == [WORDS]


def test_without_script_an_ended_session_loses_nothing(sign_in):  # noqa: F811 - the fixture
    page = sign_in("analyst", java_script_enabled=False)
    page.goto(FORM)
    fill_in(page)
    end_sessions()
    submit(page)
    expect(page.get_by_text(WORDS)).to_be_visible()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in in another tab").click()
    opened.value.locator("#id_username").fill("analyst")
    opened.value.locator("#id_password").fill(PHRASE)
    opened.value.locator("main button[type=submit]").click()
    opened.value.wait_for_url("**/desk/")
    page.get_by_role("button", name="Send it again").click()
    page.get_by_role("button", name="Send it again").click()  # signing in made the token of the page too old
    page.wait_for_url("**/desk/")
    assert submitted() == [WORDS]


def test_a_server_that_fails_is_said_and_loses_nothing(desk):
    fill_in(desk)
    desk.route(
        "**/desk/milestones/**", lambda route: route.fulfill(status=503, body="no") if route.request.method == "POST" else route.continue_()
    )
    submit(desk)
    expect(desk.locator("[data-saved]")).to_contain_text("the site does not take it just now. What you typed is kept here.")
    desk.unroute("**/desk/milestones/**")
    submit(desk)
    desk.wait_for_url("**/desk/")
    assert submitted() == [WORDS]


@pytest.fixture
def unsaved(desk):
    """Typed, and taken by nobody: the server does not answer what is typed."""
    desk.route("**/autosave/", lambda route: route.abort())
    desk.locator("[data-add]").click()
    desk.locator("[name=e-0-title]").fill("The gazette")
    desk.locator("[name=e-1-title]").fill("The minutes")
    desk.locator("#id_confidence").select_option("low")
    desk.locator("summary", has_text="More: forecast").click()
    desk.locator("#id_internal_note").fill("One line\nand another")
    typed(desk)
    return desk


def is_all_back(page):
    expect(page.locator("#id_summary")).to_have_value(WORDS)
    expect(page.locator("[name=e-0-title]")).to_have_value("The gazette")
    expect(page.locator("[name=e-1-title]")).to_have_value("The minutes")
    expect(page.locator("#id_confidence")).to_have_value("low")
    expect(page.locator("#id_internal_note")).to_have_value("One line\nand another")
    assert page.locator("#id_internal_note").is_visible()


def test_a_reload_loses_nothing(unsaved):
    unsaved.reload()
    is_all_back(unsaved)


def test_a_crash_of_the_browser_loses_nothing(unsaved):
    """Nothing runs when a browser dies; what was on the device is what another start of it finds."""
    context = unsaved.context
    unsaved.close(run_before_unload=False)
    page = context.new_page()
    page.goto(FORM)
    is_all_back(page)


def test_leaving_with_unsaved_typing_warns_and_leaving_without_does_not(unsaved):
    asked = []
    unsaved.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    unsaved.goto("/desk/")
    assert asked == ["beforeunload"]
    unsaved.locator("[data-unsent] a").click()
    is_all_back(unsaved)
    asked.clear()
    unsaved.get_by_role("button", name="Throw it away").click()
    expect(unsaved.locator("#id_summary")).to_have_value("")
    unsaved.goto("/desk/")
    assert asked == []
    assert unsaved.locator("[data-unsent]").is_hidden()


def test_back_after_submit_and_another_text_leave_one_finding(desk):
    fill_in(desk)
    submit(desk)
    desk.wait_for_url("**/desk/")
    desk.go_back()
    expect(desk.get_by_text("waits for review")).to_be_visible()
    fill_in(desk, "Other words")
    submit(desk)
    desk.wait_for_url("**/desk/")
    assert submitted() == ["Other words"]


def test_a_double_click_sends_once(desk):
    sent = []
    desk.on("request", lambda request: request.method == "POST" and request.url.endswith(FORM) and sent.append(request.url))
    fill_in(desk)
    desk.get_by_role("button", name="Submit", exact=True).dblclick()
    desk.wait_for_url("**/desk/")
    assert (submitted(), len(sent)) == ([WORDS], 1)


def test_two_tabs_lose_nothing_and_leave_one_finding(desk):
    other = desk.context.new_page()
    other.goto(FORM)
    for page in (desk, other):
        page.route("**/autosave/", lambda route: route.abort())
    fill_in(desk, "From the first tab")
    other.locator("#id_confidence").select_option("high")
    assert "From the first tab" in kept(other)
    assert '"high"' in kept(desk)
    submit(desk)
    desk.wait_for_url("**/desk/")
    fill_in(other, "From the second tab")
    submit(other)
    expect(other.get_by_text("Somebody changed this meanwhile to “From the first tab”")).to_be_visible()
    expect(other.locator("#id_summary")).to_have_value("From the second tab")
    assert submitted() == ["From the first tab"]
    submit(other)
    other.wait_for_url("**/desk/")
    assert (submitted(), kept(other)) == (["From the second tab"], "")


def test_another_person_on_the_same_device_finds_nothing(desk):
    desk.context.set_offline(True)
    expect(typed(desk)).to_contain_text("offline")
    desk.context.set_offline(False)
    end_sessions()
    page = desk.context.new_page()
    page.goto("/accounts/login/")
    assert WORDS in kept(page)  # whoever comes back finds it again
    page.locator("#id_username").fill("editor")
    page.locator("#id_password").fill(PHRASE)
    page.locator("main button[type=submit]").click()
    page.wait_for_url("**/desk/")
    assert kept(page) == ""
    expect(desk.locator("#id_summary")).to_have_value("")  # the page of the other is made anew, for who is here now
    page.goto(FORM)
    assert (page.locator("#id_summary").input_value(), kept(page)) == ("", "")


def test_signing_out_takes_along_what_was_typed_after_asking(desk):
    desk.route("**/autosave/", lambda route: route.abort())
    typed(desk)
    asked = []
    answer = ["dismiss"]
    desk.on("dialog", lambda dialog: (asked.append(dialog.message), getattr(dialog, answer[0])()))
    desk.locator(".account summary").click()
    desk.locator(".account").get_by_role("button", name="Sign out").click()
    assert ("thrown away when you sign out" in asked[0], WORDS in kept(desk)) == (True, True)
    answer[0] = "accept"
    desk.locator(".account").get_by_role("button", name="Sign out").click()
    desk.wait_for_load_state()
    expect(desk.locator(".account")).to_contain_text("Sign in")
    assert kept(desk) == ""


def test_a_text_that_was_seen_by_nobody_is_compared_with_what_stands_there_now(unsaved, now):
    published("SM-04", *people_of("analyst", "editor"), now=now, summary="What stands by now")
    unsaved.reload()
    expect(unsaved.locator("#id_summary")).to_have_value(WORDS)
    expect(unsaved.get_by_text("What stands by now").first).to_be_visible()


def people_of(*names):
    from accounts.models import User

    return [User.objects.get(username=name) for name in names]


def test_every_form_of_the_desk_keeps_what_is_typed(sign_in, now):  # noqa: F811 - the fixture
    analyst, _editor = people_of("analyst", "editor")
    one = recorded("SM-05", analyst, now=now)
    piece = one.evidence.get()
    page = sign_in("editor")
    page.route("**/desk/**", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    for address, field in (
        ("/desk/batch/?code=SM-01&code=SM-02", "#id_summary"),
        ("/desk/rounds/", "#id_name"),
        ("/desk/milestones/SM-01/dates/", "#id_reason_note"),
        (f"/desk/assessments/{one.uid}/", "#id_comment"),
        (f"/desk/evidence/{piece.uid}/", "#id_archive_address"),
    ):
        page.goto(address)
        if "batch" in address:
            page.get_by_label("The same finding for all of them").check()
        if "assessments" in address:
            page.get_by_text("Return with a comment").click()
        page.locator(field).fill("https://sample.example/typed")
        form = page.locator("form[data-kept]", has=page.locator(field))
        expect(form.locator("[data-state]")).to_contain_text("kept on this device")
        form.locator("button[type=submit]").last.click()
        expect(form.locator("[data-state]")).to_contain_text("Not saved: offline. What you typed is kept here.")
        page.reload()
        expect(page.locator(field)).to_have_value("https://sample.example/typed")
    page.goto("/desk/")
    assert page.locator("[data-unsent] a").count() == 5


def test_what_a_form_needs_is_shown_in_place_and_what_was_taken_is_kept_no_longer(sign_in, now):  # noqa: F811 - the fixture
    page = sign_in("editor")
    page.goto("/desk/milestones/SM-01/dates/")
    page.locator("#id_due_date").fill("2029")
    page.locator("#id_reason_note").fill("Because of talks")
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.locator(".field-wrong")).to_have_count(1)
    expect(page.locator("#id_reason_note")).to_have_value("Because of talks")
    assert "Because of talks" in kept(page)
    page.locator("#id_reason").select_option("political")
    expect(page.locator(".field-wrong")).to_have_count(0)
    page.get_by_role("button", name="Move", exact=True).click()
    page.get_by_role("button", name="Move all the same").click()
    page.wait_for_url("**/desk/milestones/SM-01/")
    assert (PlanChange.objects.filter(milestone__code="SM-01").count(), kept(page)) == (1, "")
    page.goto("/desk/rounds/")
    page.locator("#id_name").fill("Autumn")
    page.get_by_role("button", name="Open", exact=True).dblclick()
    page.wait_for_url("**/desk/rounds/*-*/")
    assert (Round.objects.count(), kept(page), [one for one in page.faults if "400" not in one]) == (1, "", [])


def test_errors_go_as_their_fields_are_filled(desk):
    desk.locator("#id_status").select_option("achieved")
    submit(desk)
    needed = desk.locator("[data-needed] > div")
    expect(needed.filter(has_text="Say in one line")).to_have_count(1)
    expect(needed.filter(has_text="needs evidence")).to_have_count(1)
    typed(desk)
    expect(needed.filter(has_text="Say in one line")).to_have_count(0)
    expect(needed.filter(has_text="needs evidence")).to_have_count(1)


def test_the_fields_of_a_batch_are_those_of_what_is_chosen(sign_in):  # noqa: F811 - the fixture
    for script in (True, False):
        page = sign_in("analyst", java_script_enabled=script)
        page.goto("/desk/batch/?code=SM-01&code=SM-02")
        assert page.locator("#id_summary").is_hidden()
        page.get_by_label("The same finding for all of them").check()
        assert page.locator("#id_summary").is_visible()


def test_the_public_page_leads_whoever_may_to_what_they_may_do(sign_in):  # noqa: F811 - the fixture
    page = sign_in("editor")
    pk = Milestone.objects.get(code="SM-04").pk
    page.goto("/milestones/SM-04/")
    found = {link.inner_text(): link.get_attribute("href") for link in page.locator(".title-acts a").all()}
    assert {name: found[name] for name in ("Record", "Move", "Edit", "Withdraw")} == {
        "Record": FORM, "Move": f"{FORM}dates/", "Edit": f"/admin/milestones/milestone/{pk}/change/", "Withdraw": f"/desk/withdraw/milestone/{pk}/",
    }  # fmt: skip

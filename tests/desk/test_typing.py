"""What the server does so that nothing typed is lost: the same form again and changed, a session that is over, a token that is too old."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from milestones.models import Assessment, Batch, Milestone, Round
from milestones.services import open_round, publish_assessment, stage
from record.services import open_change
from tests.desk.conftest import form_of, text
from tests.desk.test_recording import FORM, FOUND, SOURCE
from tests.people import person, published, recorded

SUBMIT = {"action": "submit"}
JSON = {"Accept": "application/json, text/html;q=0.9"}


def waiting():
    return list(Assessment.objects.filter(state="submitted").values_list("milestone__code", "summary"))


def publish(assessment, editor):
    with open_change(by=editor.actor) as change:
        publish_assessment(change, assessment, by=editor)


# The same form again, changed


def test_back_after_submit_and_a_change_asks_and_then_takes_the_place(as_user, analyst):
    client = as_user(analyst)
    data = form_of(client.get(FORM)) | FOUND | SOURCE | SUBMIT
    client.post(FORM, data)
    page = client.post(FORM, data | {"summary": "Other words"})
    assert (page.status_code, waiting()) == (409, [("PR-01", "Work goes on")])
    assert "What you typed now differs from it and is not sent yet" in text(page)
    again = form_of(page)
    assert again["summary"] == "Other words"
    assert client.post(FORM, again | SUBMIT)["Location"] == "/desk/"
    assert waiting() == [("PR-01", "Other words")]
    assert Assessment.objects.get().evidence.get().title == "A page"


@pytest.mark.parametrize(
    "changed",
    [
        {"status": "suspended"}, {"confidence": "low"}, {"internal_note": "More"}, {"e-0-title": "Another page"}, {"e-0-stance": "contradicts"},
        {"e-0-publisher": "Somebody"}, {"forecast_date": "2027"},
    ],
)  # fmt: skip
def test_whatever_was_changed_is_never_taken_for_the_same_form_twice(as_user, analyst, changed):
    client = as_user(analyst)
    data = form_of(client.get(FORM)) | FOUND | SOURCE | SUBMIT
    client.post(FORM, data)
    assert client.post(FORM, data | changed).status_code == 409
    assert client.post(FORM, data).status_code == 302
    assert len(waiting()) == 1


def test_two_forms_opened_before_leave_one_finding(as_user, analyst):
    client = as_user(analyst)
    first, second = (form_of(client.get(FORM)) | FOUND | SOURCE | SUBMIT for _tab in "ab")
    client.post(FORM, first)
    page = client.post(FORM, second | {"summary": "The second tab"})
    assert (page.status_code, len(waiting())) == (409, 1)
    client.post(FORM, form_of(page) | SUBMIT)
    assert waiting() == [("PR-01", "The second tab")]


def test_a_file_sent_twice_is_the_same_form(as_user, analyst):
    client = as_user(analyst)
    data = form_of(client.get(FORM)) | FOUND | {"e-0-title": "Minutes"} | SUBMIT
    for _click in range(2):
        assert client.post(FORM, data | {"e-0-file": SimpleUploadedFile("a.pdf", b"%PDF-1")}).status_code == 302
    assert (Assessment.objects.count(), Assessment.objects.get().evidence.count()) == (1, 1)


def test_the_form_shows_what_waits_and_changes_that(as_user, analyst):
    client = as_user(analyst)
    client.post(FORM, form_of(client.get(FORM)) | FOUND | SOURCE | SUBMIT)
    page = client.get(FORM)
    assert "waits for review. What you change here takes its place once you submit it." in text(page)
    client.post(FORM, form_of(page) | {"summary": "Better"} | SUBMIT)
    assert waiting() == [("PR-01", "Better")]


def test_typing_takes_nothing_out_of_review(as_user, analyst):
    client = as_user(analyst)
    client.post(FORM, form_of(client.get(FORM)) | FOUND | SOURCE | SUBMIT)
    answer = client.post(FORM + "autosave/", form_of(client.get(FORM)) | {"summary": "Better"})
    assert (answer.status_code, answer.json()["saved"]) == (409, False)
    assert waiting() == [("PR-01", "Work goes on")]


def test_what_was_published_meanwhile_is_followed_by_a_finding_of_its_own(as_user, analyst, editor):
    client = as_user(analyst)
    data = form_of(client.get(FORM)) | FOUND | SOURCE | SUBMIT
    client.post(FORM, data)
    publish(Assessment.objects.get(), editor)
    as_user(analyst)
    assert client.post(FORM, data)["Location"] == "/desk/"
    page = client.post(FORM, data | {"summary": "Later words"})
    assert (page.status_code, "has been published meanwhile" in text(page)) == (409, True)
    assert client.post(FORM, form_of(page) | SUBMIT).status_code == 302
    assert waiting() == [("PR-01", "Later words")]
    assert Milestone.objects.get(code="PR-01").current.summary == "Work goes on"


def test_no_change_beside_a_finding_that_waits_is_refused(as_user, analyst, editor, now):
    published("PR-01", analyst, editor, now=now)
    recorded("PR-01", analyst, now=now, status="suspended")
    page = as_user(analyst).post(FORM + "confirm/", follow=True)
    assert "A finding of yours on it waits for review already" in text(page)
    assert len(waiting()) == 1


def test_a_changed_finding_leaves_its_round_and_is_not_published_unseen(as_user, analyst, editor, now):
    one = recorded("PR-01", analyst, now=now)
    with open_change(by=editor.actor) as change:
        stage(change, open_round(change, name="Autumn", by=editor), [one], by=editor)
    address = f"/desk/assessments/{one.uid}/"
    seen = form_of(as_user(editor).get(address))
    client = as_user(analyst)
    client.post(FORM, form_of(client.get(FORM)) | {"summary": "Something else"} | SUBMIT)
    one.refresh_from_db()
    assert (one.state, one.round, one.summary) == ("submitted", None, "Something else")
    page = as_user(editor).post(address, seen | {"action": "publish"})
    assert (page.status_code, "It was changed since you opened this page" in text(page)) == (400, True)
    assert as_user(editor).post(address, form_of(client.get(address)) | {"action": "publish"}).status_code == 302


def test_its_author_alone_takes_it_back_and_only_while_it_waits(as_user, analyst, editor, now):
    one = recorded("PR-01", analyst, now=now)
    address = f"/desk/assessments/{one.uid}/"
    assert as_user(editor).post(address, {"action": "take_back"}).status_code == 400
    client = as_user(analyst)
    assert "Take it back from review" in text(client.get(address))
    assert client.post(address, {"action": "take_back"}).status_code == 302
    one.refresh_from_db()
    assert (one.state, one.submitted_at, waiting()) == ("draft", None, [])
    assert client.post(address, {"action": "take_back"}).status_code == 400


def test_a_batch_sent_again_is_the_same_or_says_that_it_differs(as_user, analyst):
    client = as_user(analyst)
    said = form_of(client.get("/desk/batch/?code=PR-01&code=PR-02"), 0) | {
        "code": ["PR-01", "PR-02"], "act": "record", "status": "no_evidence", "summary": "Looked in the gazette", "step": "record",
    }  # fmt: skip
    assert client.post("/desk/batch/", said)["Location"] == client.post("/desk/batch/", said)["Location"]
    for changed in (
        {"summary": "Looked elsewhere"},
        {"code": ["PR-01"]},
        {"act": "confirm"},
        {"address": "https://a.example", "title": "A"},
    ):
        page = client.post("/desk/batch/", said | changed)
        assert (page.status_code, "What you changed since is not" in text(page)) == (409, True)
    assert (Batch.objects.count(), len(waiting())) == (1, 2)


def test_another_batch_over_what_waits_is_refused_at_once(as_user, analyst):
    client = as_user(analyst)
    said = {
        "code": ["PR-01", "PR-02"],
        "act": "record",
        "status": "no_evidence",
        "summary": "Looked",
        "effective_on": "2026-11-01",
        "step": "record",
    }
    client.post("/desk/batch/", said)
    page = client.post("/desk/batch/", said | {"summary": "Looked elsewhere"})
    assert (page.status_code, text(page).count("A finding of yours on it waits for review already")) == (400, 1)
    assert len(waiting()) == 2


def test_a_round_opened_twice_by_one_form_is_one(as_user, editor):
    client = as_user(editor)
    data = form_of(client.get("/desk/rounds/")) | {"name": "Autumn"}
    assert client.post("/desk/rounds/", data)["Location"] == client.post("/desk/rounds/", data)["Location"]
    assert Round.objects.count() == 1


# A form without slips


def test_the_fields_of_a_batch_follow_what_is_chosen(as_user, analyst, editor, now):
    for code in ("PR-01", "PR-02"):
        published(code, analyst, editor, now=now)
    client = as_user(analyst)
    wrong = {"code": ["PR-01", "PR-02"], "effective_on": "nonsense", "address": "nonsense", "status": "nonsense", "step": "record"}
    assert client.post("/desk/batch/", wrong | {"act": "record"}).status_code == 400
    assert client.post("/desk/batch/", wrong | {"act": "confirm"}).status_code == 302
    assert Assessment.objects.exclude(confirms=None).count() == 2


def test_each_thing_that_is_missing_is_said_once(as_user, analyst):
    client = as_user(analyst)
    page = client.post(FORM, form_of(client.get(FORM)) | {"status": "achieved"} | SUBMIT)
    for words in ("Say in one line what was found.", "needs the day on which it was completed", "needs evidence: add at least one"):
        assert text(page).count(words) == 1, words


def test_a_comment_that_is_missing_is_said_once_at_its_field(as_user, analyst, editor, now):
    one = recorded("PR-01", analyst, now=now)
    page = as_user(editor).post(f"/desk/assessments/{one.uid}/", {"action": "return", "comment": ""})
    assert (page.status_code, text(page).count("Say what is to be changed.")) == (400, 1)
    assert "comment:" not in text(page)


def test_evidence_without_address_and_file_is_asked_for_and_not_dropped(as_user, analyst):
    client = as_user(analyst)
    page = client.post(FORM, form_of(client.get(FORM)) | FOUND | {"e-0-title": "The gazette", "action": "save"})
    assert (page.status_code, "Give the address or the file of this evidence" in text(page)) == (400, True)
    assert form_of(page)["e-0-title"] == "The gazette"


@pytest.mark.parametrize("language", ["ru", "en", "kk"])
def test_a_finding_is_in_the_language_of_the_page(as_user, analyst, editor, now, language):
    published("PR-02", analyst, editor, now=now, summary="Work goes on.", language="en")
    client = as_user(analyst)
    client.get(f"/methodology/?lang={language}")
    assert form_of(client.get(FORM))["language"] == language
    stands = form_of(client.get("/desk/milestones/PR-02/"))
    assert (stands["language"], stands["summary"]) == (language, "Work goes on." if language == "en" else "")
    assert form_of(client.get("/desk/batch/?code=PR-01"))["language"] == language


# The session is over, or the token too old


@pytest.mark.parametrize("path", [FORM + "autosave/", "/desk/look/", "/desk/here/"])
def test_what_answers_in_json_says_so_in_json_too(client, path):
    english = {"Accept-Language": "en"}
    answer = client.get(path, headers=english) if path == "/desk/here/" else client.post(path, FOUND, headers=english)
    assert (answer.status_code, answer.json()["saved"], answer.json()["text"]) == (401, False, "You are signed out.")


def test_a_form_that_a_script_sends_is_told_where_to_go_on(as_user, analyst):
    client = as_user(analyst)
    answer = client.post(FORM, form_of(client.get(FORM)) | FOUND | SOURCE | SUBMIT, headers=JSON)
    assert (answer.status_code, answer.json()) == (200, {"to": "/desk/"})
    assert "Submitted" in text(client.get("/desk/"))
    assert client.post(FORM, {"status": "nonsense"}, headers=JSON)["Content-Type"].startswith("text/html")
    client.logout()
    assert client.post(FORM, FOUND, headers=JSON).status_code == 401


def test_who_is_here_is_told_with_a_token_that_works(analyst):
    client = Client(enforce_csrf_checks=True)
    client.force_login(analyst)
    said = client.get("/desk/here/").json()
    assert said["person"] == analyst.pk
    data = form_of(client.get(FORM)) | FOUND
    assert client.post(FORM + "autosave/", data | {"csrfmiddlewaretoken": said["token"]}).json()["saved"]
    assert client.post(FORM + "autosave/", data | {"csrfmiddlewaretoken": "x" * 64}, headers=JSON).json()["code"] == "csrf"


def test_without_script_a_session_that_ended_gives_the_words_back(as_user, analyst):
    client = as_user(analyst)
    data = form_of(client.get(FORM)) | FOUND | SOURCE | SUBMIT
    client.logout()
    client.get("/methodology/?lang=en")
    page = client.post(FORM, data | {"summary": "Quite <a> lot"})
    assert (page.status_code, page["Cache-Control"].count("no-store")) == (401, 1)
    assert "Your session is over. Nothing that you typed is lost" in text(page)
    assert "Quite <a> lot" in text(page)
    again = form_of(page)
    client.force_login(analyst)
    assert client.post(FORM, again)["Location"] == "/desk/"
    assert waiting() == [("PR-01", "Quite <a> lot")]


def test_nothing_typed_is_sent_to_the_door_as_ever(client):
    for path in ("/desk/rounds/", FORM, "/desk/"):
        assert client.post(path)["Location"].startswith("/accounts/login/?next=/desk/")


def test_without_script_a_token_that_is_too_old_gives_the_words_back_with_a_new_one(analyst):
    client = Client(enforce_csrf_checks=True, headers={"Accept-Language": "en"})
    client.force_login(analyst)
    data = form_of(client.get(FORM)) | FOUND | SOURCE | SUBMIT
    own = {"Origin": "http://testserver"}
    page = client.post(FORM, data | {"csrfmiddlewaretoken": "x" * 64}, headers=own)
    assert (page.status_code, "Work goes on" in text(page), waiting()) == (403, True, [])
    again = form_of(page)
    assert again["csrfmiddlewaretoken"] != "x" * 64
    assert client.post(FORM, again, headers=own).status_code == 302
    assert waiting() == [("PR-01", "Work goes on")]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", None])
def test_what_another_site_sends_comes_back_with_no_button_under_it(analyst, origin):
    client = Client(enforce_csrf_checks=True, headers={"Accept-Language": "en"})
    client.force_login(analyst)
    page = client.post(FORM, FOUND | SUBMIT, headers={"Origin": origin} if origin else {})
    assert (page.status_code, "Work goes on" in text(page), "Send it again" in text(page)) == (403, False, False)


def test_no_password_ever_comes_back(analyst):
    client = Client(enforce_csrf_checks=True)
    page = client.post("/accounts/login/", {"username": "a", "password": "a secret"}, headers={"Origin": "http://testserver"})
    assert (page.status_code, "a secret" in page.content.decode()) == (403, False)


# After signing in


@pytest.mark.parametrize(("role", "home"), [("analyst", "/desk/"), ("editor", "/desk/"), ("stakeholder", "/")])
def test_whoever_has_a_desk_lands_there(client, role, home):
    user = person(role, "somebody")
    user.set_password("a phrase of six plain words")
    user.save()
    said = {"username": "somebody", "password": "a phrase of six plain words"}
    assert client.post("/accounts/login/", said)["Location"] == home
    assert client.get("/accounts/login/")["Location"] == home
    client.logout()
    assert client.post("/accounts/login/?next=/slippage/", said | {"next": "/slippage/"})["Location"] == "/slippage/"

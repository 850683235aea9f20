"""The one form: drafts as one types, what is needed, sending, two people at once, the same form twice."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from milestones.models import Assessment, Evidence, Milestone
from milestones.services import edit_draft, return_assessment
from proposals.models import Report
from record.models import Event
from record.services import open_change
from tests.desk.conftest import form_of, text
from tests.people import a_source, person, published, recorded

FORM = "/desk/milestones/PR-01/"
SOURCE = {"e-0-address": "https://sample.example/page", "e-0-title": "A page", "e-0-kind": "official", "e-0-stance": "supports"}
FOUND = {"status": "in_progress", "summary": "Work goes on", "effective_on": "2026-11-01", "confidence": "high"}


def test_the_desk_is_for_analysts(client, django_user_model):
    assert client.get(FORM)["Location"].startswith("/accounts/login/?next=/desk/")
    client.force_login(person("stakeholder"))
    assert client.get(FORM).status_code == 403


def test_what_is_outside_of_the_remit_is_not_there(as_user):
    client = as_user(person("analyst", remit=["OTHER"]))
    for path in ("", "autosave/", "confirm/", "discard/", "dates/"):
        assert client.post(FORM + path).status_code == 404
    assert client.get("/desk/milestones/NO-01/").status_code == 404
    assert not Assessment.objects.exists()


def test_a_finding_is_submitted_with_its_evidence(as_user, analyst):
    client = as_user(analyst)
    data = form_of(client.get(FORM)) | FOUND | SOURCE | {"action": "submit"}
    assert client.post(FORM, data)["Location"] == "/desk/"
    one = Assessment.objects.get()
    assert (one.state, one.status, one.summary, str(one.uid)) == ("submitted", "in_progress", "Work goes on", data["draft"])
    assert (one.evidence.get().address, one.citations.get().stance) == ("https://sample.example/page", "supports")
    assert "Submitted" in text(client.get("/desk/"))


def test_the_same_form_twice_is_one_assessment(as_user, analyst):
    client = as_user(analyst)
    data = form_of(client.get(FORM)) | FOUND | SOURCE | {"action": "submit"}
    client.post(FORM, data)
    assert client.post(FORM, data).status_code == 302
    assert (Assessment.objects.count(), Evidence.objects.count()) == (1, 1)
    other = "/desk/milestones/PR-02/"
    data = form_of(client.get(other)) | FOUND | SOURCE | {"action": "save"}
    client.post(other, data)
    client.post(other, data)
    assert (Assessment.objects.count(), Evidence.objects.count()) == (2, 2)


def test_what_is_needed_is_said_and_the_draft_is_kept(as_user, analyst):
    client = as_user(analyst)
    page = client.post(FORM, form_of(client.get(FORM)) | FOUND | {"status": "achieved", "action": "submit"})
    assert page.status_code == 400
    assert "needs the day on which it was completed" in text(page)
    assert "needs evidence: add at least one" in text(page)
    assert (Assessment.objects.get().state, Assessment.objects.get().summary) == ("draft", "Work goes on")
    again = form_of(client.get(FORM))
    assert (again["summary"], again["status"]) == ("Work goes on", "achieved")


def test_a_draft_may_be_empty_and_is_deleted_again(as_user, analyst):
    client = as_user(analyst)
    client.post(FORM, form_of(client.get(FORM)) | {"action": "save"})
    one = Assessment.objects.get()
    assert (one.status, one.state) == ("", "draft")
    assert client.post(FORM + "discard/", {"draft": str(one.uid)}).status_code == 302
    assert not Assessment.objects.exists()


def test_typing_is_kept_and_what_is_still_needed_comes_back(as_user, analyst):
    client = as_user(analyst)
    data = form_of(client.get(FORM))
    answer = client.post(FORM + "autosave/", data | {"status": "agreed", "summary": "Half"} | SOURCE).json()
    assert answer["saved"]
    assert answer["draft"] == data["draft"]
    uid = answer["rows"]["e-0"]
    assert str(Evidence.objects.get().uid) == uid
    data |= (
        {"status": "agreed", "summary": "Half a line", "initial-summary": "Half", "initial-status": "agreed"} | SOURCE | {"e-0-uid": uid}
    )
    assert client.post(FORM + "autosave/", data).json()["problems"] == [
        {"field": "effective_on", "text": "Give the day from which this is true."}
    ]
    assert (Assessment.objects.get().summary, Evidence.objects.count()) == ("Half a line", 1)


@pytest.mark.parametrize(
    "bad", [{"status": "nonsense"}, {"effective_on": "tomorrow"}, {"forecast_date": "2027-Q9"}, {"summary": "x" * 501}, {"e-0-address": "javascript:alert(1)"},
            {"e-0-published_on": "x"}, {"e-TOTAL_FORMS": "x"}, {"e-0-address": "https://a.example", "e-0-title": ""}]
)  # fmt: skip
def test_bad_input_is_told_and_nothing_typed_is_lost(as_user, analyst, bad):
    client = as_user(analyst)
    data = form_of(client.get(FORM)) | FOUND | bad
    page = client.post(FORM, data | {"action": "submit"})
    assert page.status_code == 400
    if "summary" not in bad:
        assert "Work goes on" in page.content.decode()
    answer = client.post(FORM + "autosave/", data)
    assert (answer.status_code, answer.json()["saved"]) == (200, False)  # a form half filled is no error
    assert not Assessment.objects.exists()


@pytest.mark.parametrize("draft", ["x", "0197d1e4-0000-7000-8000-00000000000"])
def test_a_name_that_is_none_is_not_found(as_user, analyst, draft):
    client = as_user(analyst)
    assert client.post(FORM, FOUND | {"draft": draft}).status_code == 404


def test_nul_and_direction_marks_do_no_harm(as_user, analyst):
    client = as_user(analyst)
    page = client.post(FORM, form_of(client.get(FORM)) | FOUND | {"summary": "a\x00b", "action": "save"})
    assert page.status_code == 400
    assert client.post(FORM, form_of(client.get(FORM)) | FOUND | {"summary": "a\u202eb", "action": "save"}).status_code == 302


def test_a_file_is_taken_and_served_only_to_those_who_may(as_user, analyst, editor):
    client = as_user(analyst)
    data = form_of(client.get(FORM)) | FOUND | {"e-0-title": "Minutes", "e-0-confidential": "on", "action": "submit"}
    client.post(FORM, data | {"e-0-file": SimpleUploadedFile("minutes.pdf", b"%PDF-1.7 secret")})
    one = Evidence.objects.get()
    address = f"/evidence/{one.uid}/file/"
    answer = client.get(address)
    assert b"".join(answer.streaming_content) == b"%PDF-1.7 secret"
    assert answer["Content-Disposition"] == 'attachment; filename="minutes.pdf"'
    assert (answer["Content-Type"], answer["X-Content-Type-Options"], answer["Cache-Control"]) == (
        "application/pdf",
        "nosniff",
        "private, no-store",
    )
    for other in (person("analyst", "other", remit=["OTHER"]), person("stakeholder", "reader")):
        assert as_user(other).get(address).status_code == 404
    client.logout()
    assert client.get(address).status_code == 404
    seen = as_user(editor).get(address)
    assert (seen.status_code, b"".join(seen.streaming_content)) == (200, b"%PDF-1.7 secret")


def test_a_file_that_is_not_what_it_says_is_refused(as_user, analyst):
    client = as_user(analyst)
    data = form_of(client.get(FORM)) | FOUND | {"e-0-title": "Minutes", "action": "save", "e-0-file": SimpleUploadedFile("a.pdf", b"MZ")}
    page = client.post(FORM, data)
    assert (page.status_code, "The content is not what the name says" in text(page)) == (400, True)
    assert not Evidence.objects.exists()


# Two people at once


def edited(draft, by, **values):
    with open_change(by=by.actor) as change:
        edit_draft(change, draft, by=by, values=values)


def test_changes_to_different_fields_both_go_in(as_user, analyst, editor, now):
    draft = recorded("PR-01", analyst, now=now, action="draft")
    client = as_user(analyst)
    data = form_of(client.get(FORM))
    edited(draft, editor, summary="Better words")
    assert client.post(FORM, data | {"confidence": "low", "action": "save"}).status_code == 302
    draft.refresh_from_db()
    assert (draft.summary, draft.confidence) == ("Better words", "low")


def test_the_same_field_shows_both_and_asks_and_then_the_second_wins(as_user, analyst, editor, now):
    draft = recorded("PR-01", analyst, now=now, action="draft")
    client = as_user(analyst)
    data = form_of(client.get(FORM))
    edited(draft, editor, summary="The editor's words", confidence="high")
    page = client.post(FORM, data | {"summary": "My own words", "action": "submit"})
    assert page.status_code == 409
    assert "Somebody changed this meanwhile to “The editor's words”. You typed “My own words”" in text(page)
    draft.refresh_from_db()
    assert (draft.summary, draft.state) == ("The editor's words", "draft")
    again = form_of(page)
    assert (again["summary"], again["confidence"]) == ("My own words", "high")
    assert client.post(FORM, again | {"action": "save"}).status_code == 302
    draft.refresh_from_db()
    assert (draft.summary, draft.confidence) == ("My own words", "high")


def test_a_conflict_while_typing_saves_nothing(as_user, analyst, editor, now):
    draft = recorded("PR-01", analyst, now=now, action="draft")
    client = as_user(analyst)
    data = form_of(client.get(FORM))
    edited(draft, editor, summary="The editor's words")
    assert client.post(FORM + "autosave/", data | {"summary": "My own words"}).status_code == 409
    draft.refresh_from_db()
    assert draft.summary == "The editor's words"


def test_evidence_that_somebody_else_added_stays(as_user, analyst, editor, now):
    draft = recorded("PR-01", analyst, now=now, action="draft", evidence=[])
    client = as_user(analyst)
    data = form_of(client.get(FORM))
    other = form_of(as_user(editor).get(f"{FORM}?draft={draft.uid}"))
    client.post(FORM, other | {"e-0-address": "https://other.example", "e-0-title": "Other", "action": "save"})
    as_user(analyst).post(FORM, data | SOURCE | {"action": "save"})
    assert set(draft.evidence.values_list("title", flat=True)) == {"Other", "A page"}


# What helps


def test_the_form_begins_with_what_stands(as_user, analyst, editor, now):
    published("PR-01", analyst, editor, now=now, summary="Before", confidence="low")
    data = form_of(as_user(analyst).get(FORM))
    assert (data["summary"], data["status"], data["confidence"], data["effective_on"]) == ("Before", "in_progress", "low", "1 Nov 2026")


def test_the_evidence_of_the_last_one_is_taken_over_by_a_tick(as_user, analyst, editor, now):
    first = published("PR-01", analyst, editor, now=now)
    client = as_user(analyst)
    source = first.evidence.get()
    client.post(FORM, form_of(client.get(FORM)) | {"summary": "Still", "reuse": str(source.uid), "action": "submit"})
    assert Assessment.objects.get(summary="Still").evidence.get() == source


def test_no_change_is_one_click_and_leads_on(as_user, analyst, editor, now):
    published("PR-01", analyst, editor, now=now)
    answer = as_user(analyst).post(FORM + "confirm/", {"next": "1"})
    assert answer["Location"] == "/desk/milestones/PR-S24/"
    assert Assessment.objects.exclude(confirms=None).get().state == "submitted"


def test_submit_and_the_next_one_leads_through_the_queue(as_user, analyst):
    client = as_user(analyst)
    data = form_of(client.get("/desk/milestones/PR-S24/")) | FOUND | SOURCE | {"action": "next"}
    assert client.post("/desk/milestones/PR-S24/", data)["Location"] == "/desk/milestones/PR-02/"


def test_where_no_review_is_needed_the_analyst_publishes(as_user, analyst):
    Report.objects.update(needs_review=False)
    client = as_user(analyst)
    client.post(FORM, form_of(client.get(FORM)) | FOUND | SOURCE | {"action": "publish"})
    assert Milestone.objects.get(code="PR-01").status == "in_progress"


def test_where_review_is_needed_nobody_publishes_alone(as_user, editor):
    client = as_user(editor)
    page = client.post(FORM, form_of(client.get(FORM)) | FOUND | SOURCE | {"action": "publish"})
    assert "Somebody who neither wrote it nor edited it last" in text(page)
    assert Milestone.objects.get(code="PR-01").status == "not_assessed"


def test_a_returned_one_comes_with_its_comment(as_user, analyst, editor, now):
    one = recorded("PR-01", analyst, now=now)
    with open_change() as change:
        return_assessment(change, one, by=editor, comment="Which page?")
    client = as_user(analyst)
    assert "Which page?" in text(client.get("/desk/"))
    page = client.get(FORM)
    assert "Which page?" in text(page)
    client.post(FORM, form_of(page) | {"summary": "Page 3", "action": "submit"})
    one.refresh_from_db()
    assert (one.state, one.summary) == ("submitted", "Page 3")


# Dates


def test_a_date_moves_with_a_reason_and_only_by_those_who_may(as_user, analyst, editor):
    path = FORM + "dates/"
    assert as_user(analyst).get(path).status_code == 404
    Milestone.objects.filter(code="PR-01").update(analyst=analyst)
    for user, date in ((analyst, "2027-Q3"), (editor, "2027-Q4")):
        client = as_user(user)
        data = form_of(client.get(path))
        page = client.post(path, data | {"due_date": date})
        assert page.status_code == 400
        assert client.post(path, data | {"due_date": date, "reason": "external"}).status_code == 302
        assert str(Milestone.objects.get(code="PR-01").due_date) == date
    assert [event.type for event in Event.objects.all()] == ["roadmap.loaded", "plan.changed", "plan.changed"]


def test_two_who_move_the_same_date_see_each_other(as_user, editor):
    path = FORM + "dates/"
    client = as_user(editor)
    data = form_of(client.get(path))
    client.post(path, data | {"due_date": "2027-Q3", "reason": "external"})
    page = client.post(path, data | {"due_date": "2028", "reason": "political"})
    assert (page.status_code, "Somebody changed this meanwhile to “2027 Q3”" in text(page)) == (409, True)
    assert client.post(path, form_of(page) | {"reason": "political"}).status_code == 302
    assert str(Milestone.objects.get(code="PR-01").due_date) == "2028"


def test_the_clock_of_the_form_is_that_of_the_installation(as_user, analyst, time_machine, now):
    time_machine.move_to(now.replace(hour=23, minute=30))
    client = as_user(analyst)
    data = form_of(client.get(FORM)) | FOUND | SOURCE | {"effective_on": (now.date() + dt.timedelta(1)).isoformat(), "action": "submit"}
    assert "cannot have become true after today" in text(client.post(FORM, data))


# What a hostile reader found


@pytest.mark.parametrize("path", ["confirm/", "discard/", "autosave/"])
def test_asking_for_the_head_writes_nothing(as_user, analyst, editor, now, path):
    published("PR-01", analyst, editor, now=now)
    recorded("PR-01", analyst, now=now, action="draft")
    assert as_user(analyst).head(FORM + path).status_code == 405
    assert Assessment.objects.filter(state="draft").count() == 1
    assert not Assessment.objects.filter(state="submitted").exists()


def test_the_same_row_sent_again_keeps_what_was_added_to_it(as_user, analyst):
    client = as_user(analyst)
    data = form_of(client.get(FORM)) | FOUND | SOURCE
    client.post(FORM, data | {"action": "save"})
    client.post(FORM, data | {"e-0-confidential": "on", "e-0-publisher": "Somebody", "action": "save"})
    one = Evidence.objects.get()
    assert (one.confidential, one.publisher) == (True, "Somebody")


def test_a_stale_form_does_not_make_evidence_public_again(as_user, analyst, editor, now):
    draft = recorded("PR-01", analyst, now=now, action="draft")
    client = as_user(analyst)
    stale = form_of(client.get(FORM))
    fresh = form_of(as_user(editor).get(f"{FORM}?draft={draft.uid}"))
    client.post(FORM, fresh | {"e-0-confidential": "on", "e-0-title": "Better title", "action": "save"})
    assert as_user(analyst).post(FORM, stale | {"summary": "More", "action": "save"}).status_code == 302
    one = draft.evidence.get()
    assert (one.confidential, one.title) == (True, "Better title")
    page = client.post(FORM, stale | {"e-0-title": "My title", "action": "save"})
    assert page.status_code == 409
    assert draft.evidence.get().title == "Better title"


def test_what_somebody_removed_is_not_put_back_in_silence(as_user, analyst, editor, now):
    draft = recorded("PR-01", analyst, now=now, action="draft")
    client = as_user(analyst)
    stale = form_of(client.get(FORM))
    removing = form_of(as_user(editor).get(f"{FORM}?draft={draft.uid}"))
    client.post(FORM, removing | {"e-0-remove": "on", "action": "save"})
    page = as_user(analyst).post(FORM, stale | {"action": "save"})
    assert (page.status_code, "Somebody removed this piece meanwhile" in text(page)) == (409, True)
    assert not draft.evidence.exists()
    assert client.post(FORM, form_of(page) | {"action": "save"}).status_code == 302
    assert draft.evidence.count() == 1


def test_a_changed_piece_that_others_rest_on_is_left_to_them(as_user, analyst, editor, now):
    source = a_source(analyst)
    other = recorded("PR-02", analyst, now=now, evidence=[(source, "supports")])
    recorded("PR-01", analyst, now=now, action="draft", evidence=[(source, "supports")])
    client = as_user(analyst)
    client.post(FORM, form_of(client.get(FORM)) | {"e-0-address": "https://other.example/swapped", "action": "save"})
    assert other.evidence.get().address == "https://sample.example/one"
    assert Assessment.objects.get(state="draft").evidence.get().address == "https://other.example/swapped"


def test_a_changed_title_of_sealed_evidence_is_a_piece_of_its_own(as_user, analyst, editor, now):
    first = published("PR-01", analyst, editor, now=now)
    client = as_user(analyst)
    client.post(FORM, form_of(client.get(FORM)) | {"reuse": str(first.evidence.get().uid), "summary": "x", "action": "save"})
    client.post(FORM, form_of(client.get(FORM)) | {"e-0-title": "Another title", "action": "save"})
    assert first.evidence.get().title == "A sample page"
    assert Assessment.objects.get(state="draft").evidence.get().title == "Another title"


def test_lines_and_spaces_are_no_conflict(as_user, analyst, now):
    recorded("PR-01", analyst, now=now, action="draft", internal_note="one\ntwo")
    client = as_user(analyst)
    data = form_of(client.get(FORM))
    data |= {"internal_note": "one\r\ntwo\r\nthree", "initial-internal_note": "one\r\ntwo", "action": "save"}
    assert client.post(FORM, data).status_code == 302
    first = form_of(client.get(FORM)) | {"summary": "a  b"}
    assert client.post(FORM + "autosave/", first).status_code == 200
    assert client.post(FORM + "autosave/", first | {"initial-summary": "a  b", "summary": "a  b c"}).status_code == 200
    assert Assessment.objects.get().summary == "a b c"


def test_a_correction_is_of_the_assessment_that_was_seen(as_user, analyst, editor, now):
    published("PR-01", analyst, editor, now=now, summary="A")
    client = as_user(analyst)
    data = form_of(client.get(FORM)) | SOURCE
    published("PR-01", person("analyst", "second"), editor, now=now, summary="B")
    page = client.post(FORM, data | {"corrects": "on", "summary": "A was wrong", "action": "submit"})
    assert page.status_code == 409
    assert not Assessment.objects.filter(state="submitted").exists()


def test_a_moved_forecast_is_not_moved_back_by_a_new_finding(as_user, analyst, editor, now):
    from common.dates import PlannedDate
    from milestones.services import move_date, publish_assessment

    published("PR-01", analyst, editor, now=now, forecast_date=PlannedDate.parse("2027"))
    with open_change() as change:
        one = Milestone.objects.get(code="PR-01")
        move_date(change, one, field="forecast", to=PlannedDate.parse("2029"), category="external", by=editor)
    client = as_user(analyst)
    data = form_of(client.get(FORM)) | SOURCE | {"summary": "Still", "action": "submit"}
    assert data["forecast_date"] == "2029"
    client.post(FORM, data)
    with open_change() as change:
        publish_assessment(change, Assessment.objects.get(state="submitted"), by=editor)
    assert str(Milestone.objects.get(code="PR-01").forecast_date) == "2029"


def test_a_summary_with_signs_that_cannot_be_printed_is_cleaned(as_user, analyst):
    client = as_user(analyst)
    client.post(FORM, form_of(client.get(FORM)) | FOUND | {"summary": "a\x01b", "action": "save"})
    assert Assessment.objects.get().summary == "a b"
    assert client.get("/desk/files/assessments.xlsx").status_code == 200


def test_a_long_name_of_a_file_is_kept_beside_it(as_user, analyst):
    client = as_user(analyst)
    name = "𠀀" * 60 + ".pdf"
    client.post(
        FORM, form_of(client.get(FORM)) | FOUND | {"e-0-title": "T", "e-0-file": SimpleUploadedFile(name, b"%PDF-1"), "action": "save"}
    )
    assert Evidence.objects.get().file.name.endswith(f"{Evidence.objects.get().uid}.pdf")


def test_a_file_of_a_change_that_was_refused_does_not_stay(as_user, analyst, settings, monkeypatch):
    from pathlib import Path

    from milestones.desk import recording
    from milestones.services import TransitionRefused

    def refuse(*args, **kwargs):
        raise TransitionRefused.because("x", "No.")

    monkeypatch.setattr(recording, "draft_assessment", refuse)
    client = as_user(analyst)
    data = form_of(client.get(FORM)) | FOUND | {"e-0-title": "T", "e-0-file": SimpleUploadedFile("a.pdf", b"%PDF-1"), "action": "save"}
    assert client.post(FORM, data).status_code == 400
    assert not Evidence.objects.exists()
    assert [path for path in Path(settings.STORAGES["default"]["OPTIONS"]["location"]).rglob("*") if path.is_file()] == []


def test_an_editor_who_saves_somebodys_draft_stays_on_it(as_user, analyst, editor, now):
    draft = recorded("PR-01", analyst, now=now, action="draft")
    client = as_user(editor)
    page = f"{FORM}?draft={draft.uid}"
    answer = client.post(FORM, form_of(client.get(page)) | {"summary": "Better", "action": "save"})
    assert answer["Location"] == page
    assert form_of(client.get(page))["summary"] == "Better"
    assert Assessment.objects.count() == 1


def test_what_was_decided_meanwhile_leads_back_to_the_queue(as_user, analyst, monkeypatch):
    from milestones.desk import recording
    from milestones.services import TransitionRefused

    def gone(*args):
        raise TransitionRefused.because("gone", "It was deleted meanwhile.")

    monkeypatch.setattr(recording, "sheet_of", gone)
    for answer in (as_user(analyst).get(FORM), as_user(analyst).post(FORM, FOUND)):
        assert answer["Location"] == "/desk/"

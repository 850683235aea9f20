"""The editor's side: what is decided one by one, rounds with their preview, batches, the queue."""

import re

import pytest

from milestones.models import Assessment, Batch, Evidence, Milestone, MilestoneVersion, Round
from milestones.services import note_link_state
from record.models import Event
from record.verify import verify_record
from tests.desk.conftest import text
from tests.people import person, published, recorded


def path_of(assessment):
    return f"/desk/assessments/{assessment.uid}/"


def test_the_editor_sees_the_difference_and_the_evidence_and_publishes(as_user, analyst, editor, now):
    published("PR-01", analyst, editor, now=now, status="agreed", summary="Before")
    one = recorded("PR-01", analyst, now=now, summary="After", internal_note="For your eyes")
    client = as_user(editor)
    page = client.get(path_of(one))
    said = text(page)
    for words in ("agreed", "in progress", "Before", "After", "A sample page", "For your eyes"):
        assert words in said
    assert client.post(path_of(one), {"action": "publish"})["Location"] == "/desk/"
    assert Milestone.objects.get(code="PR-01").current.summary == "After"


def test_returning_needs_a_comment(as_user, analyst, editor, now):
    one = recorded("PR-01", analyst, now=now)
    client = as_user(editor)
    page = client.post(path_of(one), {"action": "return", "comment": " "})
    assert (page.status_code, "Say what is to be changed" in text(page)) == (400, True)
    assert client.post(path_of(one), {"action": "return", "comment": "Which page?"}).status_code == 302
    one.refresh_from_db()
    assert (one.state, one.return_comment) == ("returned", "Which page?")


def test_of_two_decisions_the_second_is_told_of_the_first(as_user, analyst, editor, now):
    one = recorded("PR-01", analyst, now=now)
    client = as_user(editor)
    client.post(path_of(one), {"action": "return", "comment": "No"})
    page = client.post(path_of(one), {"action": "publish"})
    assert (page.status_code, "Only what is submitted can be published" in text(page)) == (400, True)


@pytest.mark.parametrize("action", ["publish", "return", "stage", "nonsense", ""])
def test_an_analyst_decides_nothing(as_user, analyst, now, action):
    one = recorded("PR-01", analyst, now=now)
    answer = as_user(analyst).post(path_of(one), {"action": action, "comment": "x", "reason": "libel", "round": str(one.uid)})
    assert answer.status_code in {400, 404}
    one.refresh_from_db()
    assert one.state == "submitted"


def test_ones_own_is_for_somebody_else(as_user, editor, now):
    one = recorded("PR-01", editor, now=now)
    client = as_user(editor)
    assert "Somebody else decides about this one" in text(client.get(path_of(one)))
    assert client.post(path_of(one), {"action": "publish"}).status_code == 400


def test_what_is_withdrawn_leaves_a_dated_stub_on_the_public_page(as_user, analyst, editor, client, now):
    one = published("PR-01", analyst, editor, now=now, summary="Libel")
    answer = as_user(editor).post(f"/desk/withdraw/assessment/{one.pk}/", {"reason": "libel"})
    assert answer.status_code == 302
    client.logout()
    page = text(client.get("/milestones/PR-01/?lang=en"))
    assert "Libel" not in page
    assert "Its text was withdrawn on 23 November 2026." in page
    past = text(client.get("/milestones/PR-01/?lang=en&at=2"))
    assert "Its text was withdrawn on 23 November 2026." in past
    update = client.get(f"/api/v1/updates/{one.uid}/").json()
    assert (update["summary"], update["withheld"]) == ("", 3)


def test_a_round_is_opened_staged_previewed_and_published(as_user, analyst, editor, client, now):
    first, second = recorded("PR-01", analyst, now=now, summary="First words"), recorded("PR-02", analyst, now=now)
    client = as_user(editor)
    assert "There is no round yet" in text(client.get("/desk/rounds/"))
    address = client.post("/desk/rounds/", {"name": "Autumn 2026"})["Location"]
    client.post(address, {"action": "stage", "chosen": [str(first.uid), str(second.uid), "nonsense"]})
    assert Round.objects.get().assessments.count() == 2
    client.post(address, {"action": "unstage", "chosen": [str(second.uid)]})

    preview = client.get(f"{address}preview/?lang=en")
    assert "Preview of the round “Autumn 2026”: nothing of this is published." in text(preview)
    assert "2 not yet assessed" in text(preview)
    assert "First words" in text(client.get(f"{address}preview/PR-01/?lang=en"))
    assert client.get(f"{address}preview/NO/").status_code == 404
    assert Event.objects.count() == 1
    client.logout()
    assert "3 not yet assessed" in text(client.get("/?lang=en"))

    client = as_user(editor)
    answer = client.post(address, {"action": "publish"}, follow=True)
    assert "The round is published, at position 3" in text(answer)
    assert [one["name"] for one in client.get("/api/v1/rounds/").json()["results"]] == ["Autumn 2026"]
    assert client.post(address, {"action": "publish"}).status_code == 400
    client.logout()
    assert "2 not yet assessed" in text(client.get("/?lang=en"))
    assert verify_record() == []


def test_a_preview_leaves_nothing_behind_in_any_cache(as_user, analyst, editor, client, now):
    one = recorded("PR-01", analyst, now=now)
    client = as_user(editor)
    address = client.post("/desk/rounds/", {"name": "Round"})["Location"]
    client.post(address, {"action": "stage", "chosen": [str(one.uid)]})
    client.get(f"{address}preview/?lang=en")
    published("PR-02", person("analyst", "second"), editor, now=now, status="suspended")  # takes the position that was previewed
    client.logout()
    page = text(client.get("/?lang=en"))
    assert "PR-02" in page
    assert "in progress 1" not in page


def test_a_round_that_cannot_be_published_says_why(as_user, analyst, editor, now):
    one = recorded("PR-01", analyst, now=now)
    client = as_user(editor)
    address = client.post("/desk/rounds/", {"name": "Round"})["Location"]
    client.post(address, {"action": "stage", "chosen": [str(one.uid)]})
    Assessment.objects.update(effective_on="2027-01-01")
    page = client.post(address, {"action": "publish"})
    assert (page.status_code, "PR-01: This cannot have become true after today" in text(page)) == (400, True)
    assert client.get(f"{address}preview/")["Location"] == address
    assert Event.objects.count() == 1


def test_many_at_once_are_previewed_recorded_and_taken_back(as_user, analyst):
    client = as_user(analyst)
    chosen = {"code": ["PR-01", "PR-02", "NO-01"]}
    assert "Record for 2 milestones" in text(client.post("/desk/batch/", chosen))
    said = chosen | {
        "act": "record",
        "status": "no_evidence",
        "summary": "Looked in the gazette",
        "effective_on": "2026-11-01",
        "language": "en",
    }
    preview = client.post("/desk/batch/", said | {"step": "preview"})
    assert "What it would do" in text(preview)
    assert not Assessment.objects.exists()
    assert not Batch.objects.exists()
    page = client.post("/desk/batch/", said | {"step": "record"}, follow=True)
    assert Assessment.objects.filter(state="submitted").count() == 2
    address = page.redirect_chain[-1][0]
    assert "Taken back: 2 deleted, 0 corrected." in text(client.post(address, follow=True))
    assert not Assessment.objects.exists()
    assert "taken back already" in text(client.post(address, follow=True))


def test_a_batch_with_a_fault_records_nothing(as_user, analyst):
    client = as_user(analyst)
    said = {"code": ["PR-01"], "act": "record", "status": "achieved", "summary": "x", "effective_on": "2026-11-01", "step": "record"}
    page = client.post("/desk/batch/", said)
    assert (page.status_code, text(page).count("“achieved” needs evidence")) == (400, 1)
    assert client.post("/desk/batch/", {"code": ["PR-01"], "act": "confirm", "step": "record"}).status_code == 400
    assert client.post("/desk/batch/", {})["Location"] == "/desk/"
    assert not Assessment.objects.exists()


def test_a_batch_of_somebody_else_is_not_there(as_user, analyst):
    client = as_user(analyst)
    said = {"code": ["PR-01"], "act": "record", "status": "no_evidence", "summary": "x", "effective_on": "2026-11-01", "step": "record"}
    address = client.post("/desk/batch/", said)["Location"]
    assert as_user(person("analyst", "other")).post(address).status_code == 404
    assert Assessment.objects.exists()


# The queue


def titles(page):
    import re

    return re.findall(r'<h2 id="group-(\w+)"', page.content.decode())


def test_the_queue_has_what_waits_and_hides_what_is_empty(as_user, analyst, editor, now):
    client = as_user(analyst)
    assert titles(client.get("/desk/")) == ["over"]
    published("PR-02", analyst, editor, now=now)
    recorded("PR-01", analyst, now=now, action="draft")
    recorded("PR-S24", person("analyst", "other"), now=now)
    assert titles(as_user(analyst).get("/desk/")) == ["drafts", "late", "over", "untranslated"]
    assert titles(as_user(editor).get("/desk/")) == ["review", "late", "over", "untranslated"]
    own = recorded("PR-S24", editor, now=now)
    assert titles(as_user(editor).get("/desk/")) == ["review", "others", "late", "untranslated"]
    assert own.milestone.code in text(client.get("/desk/"))


def test_each_milestone_stands_in_one_group_only(as_user, analyst, editor, now):
    published("PR-02", analyst, editor, now=now, effective_on="2025-01-01")
    page = as_user(analyst).get("/desk/").content.decode()
    assert page.count('value="PR-02"') == 1


def test_dead_evidence_is_shown_until_a_copy_is_named(as_user, analyst, editor, now):
    published("PR-01", analyst, editor, now=now)
    source = Evidence.objects.get()
    note_link_state(source.pk, alive=False, now=now)
    client = as_user(analyst)
    assert "links" in titles(client.get("/desk/"))
    assert (
        client.post(f"/desk/evidence/{source.uid}/", {"action": "archive", "archive_address": "https://copy.example/1"}).status_code == 302
    )
    assert "links" not in titles(client.get("/desk/"))
    assert client.post(f"/desk/evidence/{source.uid}/", {"action": "archive", "archive_address": "javascript:1"}).status_code == 400


def test_the_queue_costs_a_constant_number_of_queries(as_user, analyst, editor, now, django_assert_max_num_queries):
    client = as_user(editor)
    with django_assert_max_num_queries(20):
        client.get("/desk/")
    for code in ("PR-01", "PR-02", "PR-S24"):
        recorded(code, analyst, now=now)
        recorded(code, person("analyst", f"more-{code.lower()}"), now=now)
    with django_assert_max_num_queries(20):
        client.get("/desk/")


def test_the_queue_finds_by_code_and_words(as_user, analyst):
    client = as_user(analyst)
    assert "Found: 1 milestone" in text(client.get("/desk/?q=PR-01"))
    assert "No milestone of yours fits" in text(client.get("/desk/?q=zzzz"))
    assert client.get("/desk/?q=" + "x" * 5000).status_code == 200
    assert MilestoneVersion.objects.count() == 3


def test_a_comment_with_nul_and_a_code_with_nul_are_refused(as_user, analyst, editor, now):
    one = recorded("PR-01", analyst, now=now)
    client = as_user(editor)
    assert client.post(path_of(one), {"action": "return", "comment": "a\x00b"}).status_code == 400
    assert client.post(path_of(one), {"action": "return", "comment": "x" * 3000}).status_code == 400
    assert client.post("/desk/batch/", {"code": "PR-01\x00"}).status_code == 302


def test_a_batch_sent_twice_is_one(as_user, analyst):
    from uuid import uuid4

    client = as_user(analyst)
    said = {
        "code": ["PR-01"],
        "act": "record",
        "status": "no_evidence",
        "summary": "x",
        "effective_on": "2026-11-01",
        "step": "record",
        "uid": str(uuid4()),
    }
    assert client.post("/desk/batch/", said)["Location"] == client.post("/desk/batch/", said)["Location"]
    assert Assessment.objects.count() == 1


def cells(page, field):
    """What a row of the comparison says, before and after."""
    row = re.search(rf"(?i)<th scope=\"row\">{field}</th>(.*?)</tr>", page.content.decode(), re.DOTALL)[1]
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", cell)).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)]


def test_what_was_published_keeps_saying_what_it_changed(as_user, analyst, editor, now):
    first = published("PR-01", analyst, editor, now=now, status="agreed", summary="First words")
    second = published("PR-01", analyst, editor, now=now, status="in_progress", summary="Second words")
    published("PR-01", analyst, editor, now=now, status="suspended", summary="Third words")
    client = as_user(editor)
    page = client.get(path_of(second))
    assert cells(page, "Status") == ["agreed", "in progress"]
    assert cells(page, "public summary") == ["First words", "Second words"]
    assert cells(client.get(path_of(first)), "Status") == ["not yet assessed", "agreed"]


def test_a_published_round_keeps_saying_what_it_changed(as_user, analyst, editor, now):
    published("PR-01", analyst, editor, now=now, status="agreed")
    staged = [recorded("PR-01", analyst, now=now), recorded("PR-02", analyst, now=now)]
    client = as_user(editor)
    address = client.post("/desk/rounds/", {"name": "Round"})["Location"]
    client.post(address, {"action": "stage", "chosen": [str(one.uid) for one in staged]})
    client.post(address, {"action": "publish"})
    published("PR-01", analyst, editor, now=now, status="suspended")
    said = text(client.get(f"{address}?lang=en"))
    assert "agreed → in progress" in said
    assert "not yet assessed → in progress" in said


def test_after_a_decision_comes_the_next_that_waits(as_user, analyst, editor, now):
    first, second, third = (recorded(code, analyst, now=now) for code in ("PR-01", "PR-02", "PR-S24"))
    client = as_user(editor)
    page = text(client.get(path_of(second)))
    assert "Publish and next" in page
    assert "Waiting for my review 3" in page
    assert client.post(path_of(second), {"action": "publish"})["Location"] == path_of(third)
    assert client.post(path_of(third), {"action": "return", "comment": "Which page?"})["Location"] == path_of(first)
    assert "Publish and next" not in text(client.get(path_of(first)))
    assert client.post(path_of(first), {"action": "publish"})["Location"] == "/desk/"


def test_who_decides_sees_what_would_prove_it_and_what_it_does_to_health(as_user, analyst, editor, now):
    published("PR-02", analyst, editor, now=now)  # its period is over
    one = recorded("PR-02", analyst, now=now, status="dropped", reason="Given up by both")
    page = text(as_user(editor).get(path_of(one)))
    assert Milestone.objects.get(code="PR-02").criterion in page
    assert "late by 237 days" in page
    assert "Health late → closed" in page


def test_an_analyst_is_told_nothing_of_what_waits_for_others(as_user, analyst, now):
    one = recorded("PR-01", analyst, now=now)
    recorded("PR-02", person("editor", "another"), now=now)
    page = text(as_user(analyst).get(path_of(one)))
    assert "Waiting for my review" not in page
    assert "PR-02" not in page

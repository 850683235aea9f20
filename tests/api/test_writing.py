"""Writing over the API: who may, on which version, once only, and what a wrong body is told."""

import datetime as dt
import json
import threading

import pytest
from django.db import connection

from accounts.models import KeptAnswer, Token, User
from accounts.tasks import forget_answers
from accounts.throttling import TokenRateThrottle
from accounts.tokens import make_token, revoke_token
from common.dates import PlannedDate
from common.passing import TryLater
from common.refusals import Refused
from milestones.api.assessments import UpdatePublish
from milestones.models import Assessment, Citation, Evidence, Milestone
from milestones.services import move_date
from proposals.models import Report
from record.models import Event
from record.services import open_change
from record.verify import verify_record
from tests.people import person, published

pytestmark = pytest.mark.django_db

FOUND = {
    "status": "in_progress",
    "summary": "Work goes on.",
    "effective_on": "2026-11-01",
    "language": "en",
    "evidence": [{"url": "https://sample.example/a", "title": "A sample page", "kind": "official"}],
}


@pytest.fixture(autouse=True)
def _stands_still(time_machine, now):
    time_machine.move_to(now, tick=False)


class Program:
    """A program with a token."""

    def __init__(self, client, user, *scopes):
        self.client, self.user = client, user
        _token, text = make_token(user=user, name="Test", scopes=scopes)
        self.auth = {"Authorization": f"Bearer {text}"}

    def __call__(self, method, path, body=None, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        data = body if isinstance(body, str | bytes) else json.dumps(body)
        data = None if body is None and method in {"get", "delete"} else data if body is not None else ""
        return getattr(self.client, method)(
            f"/api/v1/{path}", **({"data": data, "content_type": "application/json"} if data is not None else {}),
            headers=self.auth | {"Accept-Language": "en"} | named,
        )  # fmt: skip


@pytest.fixture
def analyst(rk2030, client):
    return Program(client, person("analyst"), "assess", "plan")


@pytest.fixture
def editor(rk2030, client):
    return Program(client, person("editor"), "assess", "review", "plan")


def kind_of(response):
    return response.status_code, response.json()["type"].split("/")[-2]


# Assessments


def test_an_assessment_goes_its_way_by_two_programs(analyst, editor):
    made = analyst("post", "milestones/AF-03/updates/", FOUND)
    assert (made.status_code, made.json()["state"]) == (201, "draft")
    address = made.json()["url"].removeprefix("http://testserver/api/v1/")
    assert made["Location"].endswith(address)
    changed = analyst("patch", address, {"summary": "Work goes on well."}, If_Match=made["ETag"])
    assert (changed.status_code, changed.json()["summary"], changed.json()["version"]) == (200, "Work goes on well.", 2)
    assert analyst("post", f"{address}submit/").json()["state"] == "submitted"
    assert kind_of(analyst("post", f"{address}publish/")) == (403, "not-allowed")
    done = editor("post", f"{address}publish/")
    assert (done.status_code, done.json()["state"], done.json()["reviewer"]) == (200, "published", "The editor")
    assert done.json() == editor("get", address).json(), "the answer is what stands"
    milestone = editor("get", "milestones/AF-03/").json()
    assert (milestone["status"], milestone["latest_update"]["summary"]) == ("in_progress", "Work goes on well.")
    assert list(verify_record()) == []


def test_what_is_returned_comes_back_with_its_comment_and_only_to_those_who_may_see_it(analyst, editor, client):
    made = analyst("post", "milestones/AF-03/updates/", FOUND | {"action": "submit"}).json()
    path = f"updates/{made['id']}/"
    assert kind_of(editor("post", f"{path}return/", {})) == (400, "invalid")
    assert editor("post", f"{path}return/", {"comment": "Name the day."}).json()["return_comment"] == "Name the day."
    assert [one["id"] for one in analyst("get", "updates/?state=returned").json()["results"]] == [made["id"]]
    assert client.get(f"/api/v1/{path}").status_code == 404
    assert client.get("/api/v1/updates/?state=returned,draft,submitted").json()["results"] == []


def test_whoever_edited_a_draft_by_a_token_does_not_publish_it(analyst, editor):
    made = analyst("post", "milestones/AF-03/updates/", FOUND)
    path = f"updates/{made.json()['id']}/"
    assert editor("patch", path, {"summary": "Mine."}, If_Match=made["ETag"]).status_code == 200
    editor("post", f"{path}submit/")
    assert kind_of(editor("post", f"{path}publish/")) == (403, "not-allowed")


def test_an_open_draft_is_not_overwritten_by_another_post(analyst):
    first = analyst("post", "milestones/AF-03/updates/", FOUND).json()
    again = analyst("post", "milestones/AF-03/updates/", FOUND | {"summary": "Another."})
    assert kind_of(again) == (409, "refused")
    assert first["id"] in again.json()["detail"]
    assert Assessment.objects.get().summary == "Work goes on."


def test_a_rule_that_is_not_met_points_to_the_field_and_nothing_is_kept(analyst):
    answer = analyst("post", "milestones/AF-03/updates/", FOUND | {"evidence": [], "action": "submit", "effective_on": "2027-01-01"})
    assert kind_of(answer) == (400, "invalid")
    assert {one["pointer"] for one in answer.json()["errors"]} == {"/effective_on", "/evidence"}
    assert (Assessment.objects.count(), Evidence.objects.count()) == (0, 0)


def test_confirming_goes_through_review(analyst, editor, now):
    published("AF-03", analyst.user, editor.user, now=now)
    made = analyst("post", "milestones/AF-03/confirm/", {})
    assert (made.status_code, made.json()["state"], made.json()["confirms"] is not None) == (201, "submitted", True)
    assert kind_of(analyst("post", "milestones/AF-03/confirm/", {})) == (409, "refused")


def test_a_batch_is_all_or_nothing_and_names_each_items_errors_by_its_place(analyst):
    good = FOUND | {"milestone": "AF-03", "action": "submit"}
    bad = [good, FOUND | {"milestone": "NO-99"}, FOUND | {"milestone": "SM-03", "evidence": [], "action": "submit"}]
    first = analyst("post", "milestones/batch-updates/", bad)
    assert {one["pointer"] for one in first.json()["errors"]} == {"/1/milestone"}
    second = analyst("post", "milestones/batch-updates/", [good, bad[2]])
    assert (second.status_code, [one["pointer"] for one in second.json()["errors"]]) == (400, ["/1/evidence"])
    third = analyst("post", "milestones/batch-updates/", [good, good | {"status": "nonsense", "milestone": "SM-03"}])
    assert [one["pointer"] for one in third.json()["errors"]] == ["/1/status"]
    assert (Assessment.objects.count(), Evidence.objects.count()) == (0, 0)
    made = analyst("post", "milestones/batch-updates/", [good, good | {"milestone": "SM-03", "action": "draft"}])
    assert (made.status_code, [one["state"] for one in made.json()["updates"]]) == (201, ["submitted", "draft"])


def test_a_round_is_opened_staged_and_published(analyst, editor, client):
    made = analyst("post", "milestones/AF-03/updates/", FOUND | {"action": "submit"}).json()
    opened = editor("post", "rounds/", {"name": "Autumn", "updates": [made["id"]]})
    assert (opened.status_code, opened.json()["updates"]) == (201, 1)
    assert client.get(f"/api/v1/rounds/{opened.json()['id']}/").status_code == 404
    assert editor("post", f"rounds/{opened.json()['id']}/publish/").status_code == 200
    assert client.get(f"/api/v1/rounds/{opened.json()['id']}/").json()["updates"] == 1


# The plan


def test_a_date_moves_with_a_reason_and_leaves_a_plan_change(editor):
    before = editor("get", "milestones/AF-04/")
    to = {"due": {"date": "2028-05-01", "precision": "quarter"}}
    assert kind_of(editor("patch", "milestones/AF-04/", to, If_Match=before["ETag"])) == (400, "invalid")
    moved = editor("patch", "milestones/AF-04/", to | {"reason": {"category": "political"}}, If_Match=before["ETag"])
    assert (moved.status_code, moved.json()["due"]["date"], moved.json()["version"]) == (200, "2028-06-30", 2)
    (change,) = editor("get", "milestones/AF-04/plan-changes/").json()["results"]
    assert (change["category"], change["by"]) == ("political", "The editor")


def test_the_assigned_analyst_moves_dates_and_nothing_else(analyst):
    tag = analyst("get", "milestones/AF-04/")["ETag"]
    moved = {"forecast": {"date": "2028-12-31", "precision": "year"}, "reason": {"category": "external"}}
    assert kind_of(analyst("patch", "milestones/AF-04/", moved, If_Match=tag)) == (403, "not-allowed")
    Milestone.objects.filter(code="AF-04").update(analyst=analyst.user)
    assert analyst("patch", "milestones/AF-04/", moved, If_Match=tag).status_code == 200
    tag = analyst("get", "milestones/AF-04/")["ETag"]
    assert kind_of(analyst("patch", "milestones/AF-04/", {"title": "Mine"}, If_Match=tag)) == (403, "not-allowed")


NEW = {
    "code": "SM-50", "proposal": "SM", "stage": "review", "lead": ["RU-MFA"], "support": ["KZ-MFA"], "predecessors": ["SM-01"], "passages": ["4.2"],
    "due": {"date": "2029-06-30", "precision": "month"},
    "title_i18n": {"ru": "Новая веха", "en": "A new milestone", "kk": "Жаңа кезең"},
    "criterion_i18n": {"ru": "Документ", "en": "A document", "kk": "Құжат"},
}  # fmt: skip


def test_a_milestone_is_added_changed_and_removed_while_nothing_was_recorded(editor):
    made = editor("post", "milestones/", NEW)
    assert made.status_code == 201, made.json()
    assert (made.json()["lead"], made.json()["predecessors"], made.json()["due"]["precision"]) == (["RU-MFA"], ["SM-01"], "month")
    assert kind_of(editor("post", "milestones/", NEW)) == (400, "invalid")
    changed = editor("patch", "milestones/SM-50/", {"title_i18n": {"en": "Renamed"}, "lead": ["KZ-MFA"]}, If_Match=made["ETag"])
    assert (changed.json()["title_i18n"]["en"], changed.json()["title_i18n"]["ru"]) == ("Renamed", "Новая веха")
    assert (changed.json()["lead"], changed.json()["support"]) == (["KZ-MFA"], [])
    assert editor("delete", "milestones/SM-50/", If_Match=changed["ETag"]).status_code == 204
    assert editor("get", "milestones/SM-50/").status_code == 404
    types = list(Event.objects.order_by("position").values_list("type", flat=True))[-3:]
    assert types == ["milestone.added", "milestone.changed", "milestone.removed"]
    assert list(verify_record()) == []


def test_what_stands_already_is_no_change_of_the_record(editor):
    before = editor("get", "milestones/AF-04/")
    names = ("title", "title_i18n", "short_title", "short_title_i18n", "lead", "passages", "predecessors", "due")
    same = {name: before.json()[name] for name in names}
    answer = editor("patch", "milestones/AF-04/", same, If_Match=before["ETag"])
    assert (answer.status_code, answer.json()["version"], Event.objects.count()) == (200, 1, 1)
    editor("patch", "milestones/AF-04/", same | {"title_i18n": {"kk": "Басқа"}}, If_Match=before["ETag"])
    assert Event.objects.head().data["fields"] == ["title"]


def test_a_circle_is_refused_and_named(editor):
    editor("post", "milestones/", NEW)
    tag = editor("get", "milestones/SM-01/")["ETag"]
    answer = editor("patch", "milestones/SM-01/", {"predecessors": ["SM-50"]}, If_Match=tag)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/predecessors")
    assert "SM-50" in answer.json()["detail"]


def test_what_is_recorded_about_is_not_removed(editor, analyst):
    analyst("post", "milestones/AF-03/updates/", FOUND)
    tag = editor("get", "milestones/AF-03/")["ETag"]
    assert kind_of(editor("delete", "milestones/AF-03/", If_Match=tag)) == (409, "refused")
    tag = editor("get", "proposals/AF/")["ETag"]
    assert kind_of(editor("delete", "proposals/AF/", If_Match=tag)) == (409, "refused")


THINGS = {
    "reports": {"code": "R2", "published_on": "2024-01-01", "language": "en", "title_i18n": 1, "publisher_i18n": 1},
    "proposals": {"code": "ZZ", "report": "RK2030", "kind": "vision", "strength": "asked", "title_i18n": 1, "lead": ["RU-MFA", "KZ-MFA"]},
    "organisations": {"code": "ZZ-ORG", "side": "joint", "kind": "network", "name_i18n": 1, "passages": ["RK2030:4.2"]},
    "risks": {"code": "R99", "report": "RK2030", "title_i18n": 1, "passages": ["4.2"], "proposals": ["SM"]},
    "indicators": {"code": "IND-ZZ", "report": "RK2030", "basis": "planning", "title_i18n": 1, "unit_i18n": 1,
                   "target": {"value": 7, "qualifier": "≥", "date": {"date": "2030-12-31", "precision": "year"}}},
    "context-events": {"code": "CE-ZZ", "report": "RK2030", "title_i18n": 1, "starts": {"date": "2029-12-31", "precision": "year"}},
    "series": {"code": "ZZ-SERIES", "proposal": "SM", "first_year": 2027, "last_year": 2030, "rotation": ["RU", "KZ"], "title_i18n": 1},
}  # fmt: skip
TEXTS = {"ru": "Текст", "en": "Text", "kk": "Мәтін"}


@pytest.mark.parametrize("kind", THINGS)
def test_every_kind_of_thing_is_added_changed_and_removed(editor, kind):
    body = {name: TEXTS if value == 1 else value for name, value in THINGS[kind].items()}
    made = editor("post", f"{kind}/", body)
    assert made.status_code == 201, made.json()
    path = f"{kind}/{body['code']}/"
    assert editor("get", path).json() == made.json()
    text = "name" if kind == "organisations" else "title"
    assert kind_of(editor("patch", path, {text: "Other"})) == (428, "precondition-required")
    changed = editor("patch", path, {text: "Other"}, If_Match=made["ETag"])
    assert (changed.status_code, changed.json()[f"{text}_i18n"]["en"], changed.json()["version"]) == (200, "Other", 2)
    assert kind_of(editor("patch", path, {"code": "X1"}, If_Match=changed["ETag"])) == (400, "invalid")
    assert editor("delete", path, If_Match=changed["ETag"]).status_code == 204
    assert list(verify_record()) == []


def test_risks_are_assessed_and_indicators_measured(analyst):
    assert analyst("post", "risks/R01/assessments/", {"likelihood": 3, "impact": 4}).json()["score"] == 12
    assert kind_of(analyst("post", "risks/R01/assessments/", {"likelihood": 6, "impact": 4})) == (400, "invalid")
    value = {"date": {"date": "2025-12-31", "precision": "year"}, "value": 7599.5, "source_title": "A sample"}
    assert analyst("post", "indicators/IND-BORDER-LENGTH/values/", value).json()["value"] == 7599.5


def test_a_baseline_is_set_once_under_a_name(editor):
    assert editor("post", "baselines/", {"report": "RK2030", "name": "Second"}).json()["milestones"] == 121
    assert kind_of(editor("post", "baselines/", {"report": "RK2030", "name": "Second"})) == (400, "invalid")


# Evidence


def test_a_file_is_taken_in_served_and_put_right_until_it_is_cited(analyst, client, tmp_path, settings):
    from django.core.files.uploadedfile import SimpleUploadedFile

    settings.STORAGES = settings.STORAGES | {"default": settings.STORAGES["default"] | {"OPTIONS": {"location": str(tmp_path)}}}
    data = {"title": "Minutes", "kind": "official", "confidential": "true", "file": SimpleUploadedFile("a.txt", b"what was said")}
    made = client.post("/api/v1/evidence/", data, headers=analyst.auth)
    assert (made.status_code, made.json()["confidential"], made.json()["file_name"]) == (201, True, "a.txt")
    path = f"evidence/{made.json()['id']}/"
    assert b"".join(analyst("get", f"{path}file/").streaming_content) == b"what was said"
    assert client.get(f"/api/v1/{path}file/").status_code == 404
    assert client.get(f"/api/v1/{path}").status_code == 404
    changed = analyst("patch", path, {"title": "Minutes of the meeting"}, If_Match=made["ETag"])
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert kind_of(analyst("patch", path, {"title": "Older"}, If_Match=made["ETag"])) == (412, "stale")
    cited = FOUND | {"evidence": [{"id": made.json()["id"], "stance": "supports"}], "action": "submit"}
    assert analyst("post", "milestones/AF-03/updates/", cited).status_code == 201


# Versions


def test_a_stale_version_is_told_what_changed_by_whom_and_when(editor, analyst):
    old = editor("get", "milestones/AF-04/")["ETag"]
    editor("patch", "milestones/AF-04/", {"title": "First"}, If_Match=old)
    answer = editor("patch", "milestones/AF-04/", {"description": "Second"}, If_Match=old)
    assert kind_of(answer) == (412, "stale")
    (changed,) = answer.json()["changed"]
    assert (answer.json()["version"], changed["field"], changed["by"]) == (2, "title", "The editor")
    assert changed["at"] == "2026-11-23T09:00:00Z"
    for tag in ("*", "nonsense", ""):
        assert kind_of(editor("patch", "milestones/AF-04/", {"title": "X"}, If_Match=tag)) == (428, "precondition-required")
    assert editor("patch", "milestones/AF-04/", {"title": "Third"}, If_Match=f'W/"2.{"0" * 24}"').status_code == 200
    second = Program(editor.client, person("editor", "second"), "plan")
    assert second("patch", "milestones/AF-04/", {"title": "Fourth"}, If_Match='"3"').status_code == 200, "only the version is compared"
    (changed,) = editor("patch", "milestones/AF-04/", {"title": "X"}, If_Match='"2"').json()["changed"]
    assert (changed["by"], changed["position"]) == ("The second", Event.objects.position()), "who changed it last"


@pytest.mark.parametrize("tag", ['"0.x"', '"99.x"'])
def test_nothing_is_done_on_another_version_than_the_one_that_stands(editor, analyst, tag):
    made = analyst("post", "milestones/AF-03/updates/", FOUND | {"action": "submit"}).json()
    draft = analyst("post", "milestones/AF-05/updates/", FOUND).json()
    before = Event.objects.position()
    acts = [
        editor("patch", "milestones/AF-04/", {"title": "X"}, If_Match=tag),
        editor("delete", "milestones/AF-04/", If_Match=tag),
        editor("delete", "proposals/AF/", If_Match=tag),
        editor("post", f"updates/{made['id']}/publish/", If_Match=tag),
        editor("post", f"updates/{made['id']}/return/", {"comment": "Since when?"}, If_Match=tag),
        analyst("post", f"updates/{draft['id']}/submit/", If_Match=tag),
        analyst("patch", f"updates/{draft['id']}/", {"summary": "X"}, If_Match=tag),
        analyst("delete", f"updates/{draft['id']}/", If_Match=tag),
    ]
    assert {kind_of(act) for act in acts} == {(412, "stale")}
    assert [act.json()["changed"] for act in acts[:3]] == [[], [], []]
    assert (Event.objects.position(), sorted(Assessment.objects.values_list("state", flat=True))) == (before, ["draft", "submitted"])
    for path, version in ((f"updates/{draft['id']}/submit/", draft["version"]), (f"updates/{made['id']}/publish/", made["version"])):
        assert editor("post", path, If_Match=f'"{version}"').status_code == 200


def test_what_is_not_on_the_record_yet_says_the_same_of_itself(editor, analyst):
    made = analyst("post", "milestones/AF-03/updates/", FOUND)
    draft = f"updates/{made.json()['id']}/"
    editor("patch", draft, {"status": "agreed", "confidence": "low", "summary": FOUND["summary"]}, If_Match=made["ETag"])
    stale = analyst("patch", draft, {"summary": "Other."}, If_Match=made["ETag"])
    assert kind_of(stale) == (412, "stale")
    assert [(one["field"], one["by"]) for one in stale.json()["changed"]] == [("confidence", "The editor"), ("status", "The editor")]
    seen = analyst("get", draft)["ETag"]
    submitted = analyst("post", f"{draft}submit/")
    assert [one["field"] for one in analyst("delete", draft, If_Match=seen).json()["changed"]] == ["state"]
    second = Program(editor.client, person("editor", "second"), "review")
    assert second("post", f"{draft}return/", {"comment": "Since when?"}).status_code == 200
    again = analyst("patch", draft, {"summary": "Other."}, If_Match=submitted["ETag"]).json()["changed"]
    assert {(one["field"], one["by"]) for one in again} == {("state", "The second"), ("return_comment", "The second")}
    page = analyst("post", "evidence/", {"url": "https://sample.example/c", "title": "A page"})
    piece = f"evidence/{page.json()['id']}/"
    editor("patch", piece, {"url": "https://sample.example/d", "title": "A page"}, If_Match=page["ETag"])
    (changed,) = analyst("patch", piece, {"title": "X"}, If_Match=page["ETag"]).json()["changed"]
    assert (changed["field"], changed["by"], changed["at"]) == ("url", "The editor", "2026-11-23T09:00:00Z")


def test_what_was_published_meanwhile_says_by_whom(editor, analyst):
    made = analyst("post", "milestones/AF-03/updates/", FOUND | {"action": "submit"})
    path = f"updates/{made.json()['id']}/"
    done = editor("post", f"{path}publish/").json()
    (changed,) = editor("patch", path, {"summary": "X"}, If_Match=made["ETag"]).json()["changed"]
    assert (changed["field"], changed["by"], changed["position"]) == ("state", "The editor", done["position"])
    assert Assessment.objects.get().edits == {}


# Scopes


def test_a_token_does_no_more_than_its_scopes_and_a_user_no_more_than_their_role(rk2030, client):
    reader = Program(client, person("editor", "reader"), "read")
    assert reader("post", "milestones/AF-03/updates/", FOUND).status_code == 403
    assert reader("post", "proposals/", {}).status_code == 403
    assess = Program(client, person("editor", "assessor"), "assess")
    assert assess("post", "milestones/AF-03/updates/", FOUND | {"action": "publish"}).status_code == 403
    demoted = person("editor", "demoted")
    program = Program(client, demoted, "assess", "plan")
    User.objects.filter(pk=demoted.pk).update(role="stakeholder", is_staff=False)
    assert program("post", "milestones/AF-03/updates/", FOUND).status_code == 403
    assert program("post", "milestones/", NEW).status_code == 403
    assert Assessment.objects.count() == 0


def test_publishing_needs_the_scope_of_a_reviewer_by_whatever_way_unless_nobody_reviews(editor, analyst, now):
    published("AF-04", analyst.user, editor.user, now=now)
    made = analyst("post", "milestones/AF-03/updates/", FOUND | {"action": "submit"}).json()
    narrow = Program(editor.client, editor.user, "assess")
    ways = [
        (f"updates/{made['id']}/publish/", None),
        ("milestones/AF-05/updates/", FOUND | {"action": "publish"}),
        ("milestones/AF-04/confirm/", {"action": "publish"}),
        ("milestones/batch-updates/", [FOUND | {"milestone": "AF-06", "action": "publish"}]),
    ]
    answers = [narrow("post", *way) for way in ways]
    assert [one.status_code for one in answers] == [403, 403, 403, 400]
    assert all("lacks the scope “review”" in one.content.decode() for one in answers)
    Report.objects.update(needs_review=False)
    assert [narrow("post", *way).status_code for way in ways] == [403, 201, 201, 201], "what somebody else found is reviewed all the same"


def test_tokens_are_made_shown_once_and_revoked(analyst, client):
    body = {"name": "Sheet", "scopes": ["read", "assess"], "days": 30}
    assert kind_of(analyst("post", "tokens/", body)) == (403, "not-allowed"), "whoever finds a token makes no others with it"
    boss = Program(client, person("administrator"), "admin")
    made = boss("post", "tokens/", body, Idempotency_Key="t1")
    text = made.json()["token"]
    assert (made.status_code, text.startswith("rmt_")) == (201, True)
    assert Token.objects.get(name="Sheet").digest == Token.digest_of(text)
    assert boss("post", "tokens/", body, Idempotency_Key="t1").json()["token"] is None
    assert text not in json.dumps(list(KeptAnswer.objects.values_list("body", flat=True)))
    for scopes in ([], ["nonsense"]):
        assert boss("post", "tokens/", body | {"scopes": scopes}).status_code == 400
    narrow = Program(boss.client, boss.user, "read")
    path = f"tokens/{made.json()['id']}/"
    assert kind_of(narrow("delete", path, If_Match=made["ETag"])) == (403, "not-allowed")
    own = {"Authorization": f"Bearer {text}"}
    assert boss.client.delete(f"/api/v1/{path}", headers=own | {"If-Match": made["ETag"]}).status_code == 204
    assert boss.client.get("/api/v1/me/", headers=own).status_code == 401
    (changed,) = boss("delete", path, If_Match=made["ETag"]).json()["changed"]
    assert (changed["field"], changed["by"]) == ("revoked_at", "The administrator")


def test_a_token_that_was_made_with_another_ends_with_it(rk2030, now):
    boss = person("administrator")
    parent, _text = make_token(user=boss, name="Parent", scopes=["admin"], days=10, now=now)
    ends = [make_token(user=boss, name="Child", scopes=["read"], days=days, by=parent, now=now)[0].expires_at for days in (None, 30, 5)]
    assert [end - now for end in ends] == [dt.timedelta(days=days) for days in (10, 10, 5)]


def test_an_account_has_so_many_tokens_that_are_alive_and_no_more(rk2030, now, monkeypatch):
    monkeypatch.setattr("accounts.tokens.MOST", 2)
    user = person("editor")

    def make(**options):
        return make_token(user=user, name="Test", scopes=["read"], **options)[0]

    make(days=1, now=now - dt.timedelta(days=2))
    first, _second = make(), make()
    with pytest.raises(Refused) as refused:
        make()
    assert refused.value.problems[0].code == "too_many"
    revoke_token(first)
    make()
    make_token(user=person("editor", "another"), name="Test", scopes=["read"])


def test_the_command_makes_a_token(rk2030, client, capsys):
    from django.core.management import CommandError, call_command

    person("analyst", "ana")
    call_command("create_token", "ana", "--scope", "read", "--scope", "assess", "--days", "9")
    text = capsys.readouterr().out.strip()
    assert client.get("/api/v1/me/", headers={"Authorization": f"Bearer {text}"}).json()["scopes"] == ["read", "assess"]
    for arguments in (["nobody", "--scope", "read"], ["ana", "--scope", "admin"], ["ana", "--scope", "read", "--days", "0"]):
        with pytest.raises(CommandError):
            call_command("create_token", *arguments)


# Once only


def test_a_repeat_gets_the_first_answer_and_does_nothing_twice(analyst, time_machine, now):
    first = analyst("post", "milestones/AF-03/updates/", FOUND, Idempotency_Key="one")
    again = analyst("post", "milestones/AF-03/updates/", FOUND, Idempotency_Key="one")
    assert (again.status_code, again.json()) == (201, first.json())
    assert again["Idempotency-Replayed"] == "true"
    assert Assessment.objects.count() == 1
    assert kind_of(analyst("post", "milestones/AF-03/updates/", FOUND | {"summary": "X"}, Idempotency_Key="one")) == (422, "key-reused")
    assert kind_of(analyst("post", "milestones/AF-05/updates/", FOUND, Idempotency_Key="one")) == (422, "key-reused")
    assert analyst("patch", f"updates/{first.json()['id']}/", {"confidence": "low"}, If_Match=again["ETag"]).status_code == 200
    assert analyst("post", "milestones/AF-03/updates/", FOUND, Idempotency_Key="ключ").status_code == 400
    wrong = analyst("post", "milestones/AF-05/updates/", {"status": "x"}, Idempotency_Key="two")
    assert analyst("post", "milestones/AF-05/updates/", {"status": "x"}, Idempotency_Key="two").json() == wrong.json()
    nul = {"a\u0000b": 1}
    assert analyst("post", "milestones/AF-05/updates/", nul, Idempotency_Key="three").status_code == 400
    assert analyst("post", "milestones/AF-05/updates/", nul, Idempotency_Key="three")["Idempotency-Replayed"] == "true"
    time_machine.move_to(now + dt.timedelta(hours=25), tick=False)
    assert kind_of(analyst("post", "milestones/AF-03/updates/", FOUND, Idempotency_Key="one")) == (409, "refused"), "its day is over"


@pytest.mark.django_db(transaction=True)
def test_a_key_is_that_of_one_account_only(analyst, editor):
    """Another's answer is nobody's business, and another's key stops nobody."""
    first = analyst("post", "milestones/AF-03/updates/", FOUND, Idempotency_Key="the-same")
    second = editor("post", "milestones/AF-03/updates/", FOUND, Idempotency_Key="the-same")
    assert (first.status_code, second.status_code, "Idempotency-Replayed" in second.headers) == (201, 201, False)
    assert first.json()["id"] != second.json()["id"]
    assert set(KeptAnswer.objects.values_list("user__username", "key")) == {("analyst", "the-same"), ("editor", "the-same")}


def test_a_repeat_while_the_first_still_runs_is_told_so(rk2030, client, settings):
    program = Program(client, person("analyst"), "assess")
    from accounts.idempotency import _hold

    held, go = threading.Event(), threading.Event()

    def first():
        from django.db import transaction

        with transaction.atomic():
            assert _hold(f"{program.user.pk}:one")
            held.set()
            go.wait(10)
        connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    held.wait(10)
    answer = program("post", "milestones/AF-03/updates/", FOUND, Idempotency_Key="one")
    go.set()
    thread.join()
    assert kind_of(answer) == (409, "still-running")
    assert program("post", "milestones/AF-03/updates/", FOUND, Idempotency_Key="one").status_code == 201


def test_what_was_done_is_answered_though_the_first_was_killed_before_it_answered(analyst, monkeypatch):
    from accounts import idempotency

    class Killed(BaseException):
        pass

    def die(*_given):
        raise Killed

    with monkeypatch.context() as killed:
        killed.setattr(idempotency, "_answered", die)
        with pytest.raises(Killed):
            analyst("post", "milestones/AF-03/updates/", FOUND, Idempotency_Key="one")
    made = Assessment.objects.get()
    for _again in range(2):
        answer = analyst("post", "milestones/AF-03/updates/", FOUND, Idempotency_Key="one")
        assert (answer.status_code, answer["Idempotency-Replayed"], answer.json()["id"]) == (201, "true", str(made.uid))
    assert Assessment.objects.get() == made


def test_words_that_are_forgotten_meanwhile_are_not_kept_with_the_answer(analyst, monkeypatch):
    from accounts import idempotency

    def then_forgotten(*given):
        response = really(*given)
        idempotency.forget_words()
        return response

    really = idempotency._answered
    monkeypatch.setattr(idempotency, "_answered", then_forgotten)
    assert analyst("post", "milestones/AF-03/updates/", FOUND, Idempotency_Key="one").json()["summary"] == FOUND["summary"]
    assert KeptAnswer.objects.get().body == ""


# Bad input


@pytest.mark.parametrize(
    "body",
    [
        "", "{", "[]", "null", '"x"', "NaN", '{"status": "in_progress"}', "\x00", '{"status": 1, "summary": "x"}',
        '{"status": "in_progress", "summary": 5}', '{"status": "in_progress", "summary": "a\\u0000b"}',
        '{"status": "in_progress", "summary": "' + "x" * 501 + '"}', '{"status": "in_progress", "summary": "x", "effective_on": "0000-01-01"}',
        '{"status": "in_progress", "summary": "x", "effective_on": "20261101"}', '{"status": "in_progress", "summary": "x", "more": 1}',
        '{"status": "in_progress", "summary": "x", "forecast": {"date": "9999-12-31"}}', "[" * 100000,
        '{"status": "in_progress", "summary": "x", "forecast": "2027"}', '{"a":' * 30 + "1" + "}" * 30,
        '{"status": "in_progress", "summary": "x", "evidence": [{"url": "javascript:alert(1)", "title": "x"}]}',
        '{"status": "in_progress", "summary": "x", "evidence": {}}', '{"status": "in_progress", "summary": "x", "corrects": "x"}',
        '{"status": "not_assessed", "summary": "x"}', '{"status": "in_progress", "summary": "\\ud800"}', b"\xff\xfe",
    ],
)  # fmt: skip
def test_a_body_that_cannot_be_is_told_so_and_nothing_is_kept(analyst, body):
    answer = analyst("post", "milestones/AF-03/updates/", body)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert Assessment.objects.count() == 0


def test_a_body_that_is_too_large_or_of_another_type_is_told_so(analyst, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    assert kind_of(analyst("post", "milestones/AF-03/updates/", FOUND | {"internal_note": "x" * 2000})) == (413, "too-large")
    answer = analyst.client.post("/api/v1/milestones/AF-03/updates/", "a=1", content_type="text/plain", headers=analyst.auth)
    assert kind_of(answer) == (415, "unsupported-media-type")


def test_a_session_needs_its_csrf_token(rk2030):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(person("analyst"), backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post("/api/v1/milestones/AF-03/updates/", json.dumps(FOUND), content_type="application/json")
    assert answer.status_code == 403


# What a hostile reader tried


def test_what_is_not_on_the_record_is_never_called_unchanged(analyst, editor):
    """A reviewer who looks again must not be told that the draft is the one they saw."""
    made = analyst("post", "milestones/AF-03/updates/", FOUND)
    path = f"updates/{made.json()['id']}/"
    for address in (path, "updates/?state=draft", "evidence/", "tokens/", "me/", "rounds/"):
        seen = editor("get", address)
        assert seen.status_code == 200
        assert editor("get", address, If_None_Match=seen["ETag"]).status_code == 200, address
    public = editor("get", "milestones/AF-03/")
    assert editor("get", "milestones/AF-03/", If_None_Match=public["ETag"]).status_code == 304
    assert Program(editor.client, editor.user, "read")("get", "milestones/AF-03/", If_None_Match=public["ETag"]).status_code == 200


def test_half_a_date_is_told_so_and_its_precision_is_a_day(editor, analyst):
    because = {"reason": {"category": "external"}}
    for half in ({}, {"precision": "year"}):
        answer = editor("patch", "milestones/AF-03/", {"due": half} | because, If_Match='"1.x"')
        assert (kind_of(answer), answer.json()["errors"][0]["pointer"]) == ((400, "invalid"), "/due/date")
    moved = editor("patch", "milestones/AF-03/", {"due": {"date": "2027-05-05"}} | because, If_Match='"1.x"')
    assert (moved.status_code, moved.json()["due"]["precision"]) == (200, "day")


def test_bodies_that_say_nothing_or_far_too_much_are_refused(analyst, client):
    made = analyst("post", "evidence/", {"url": "https://sample.example/b", "title": "A page"})
    path = f"evidence/{made.json()['id']}/"
    assert kind_of(analyst("patch", path, "null", If_Match=made["ETag"])) == (400, "invalid")
    assert kind_of(analyst("patch", path, {"url": "javascript:x"}, If_Match=made["ETag"])) == (400, "invalid")
    many = client.post("/api/v1/evidence/", {f"f{number}": "x" for number in range(1100)}, headers=analyst.auth)
    assert kind_of(many) == (413, "too-large")


def test_a_content_type_that_django_fails_over_is_no_failure(rk2030, settings):
    from django.test import RequestFactory

    settings.ALLOWED_HOSTS = ["testserver"]
    environ = RequestFactory().post("/api/v1/milestones/").environ | {"CONTENT_TYPE": "application/json; a*=zzz''b"}
    from roadmap.wsgi import application

    said = []
    application(environ, lambda status, _headers: said.append(status))
    assert said == ["401 Unauthorized"]


def test_whoever_is_not_let_in_is_counted_too(rk2030, client, monkeypatch):
    from rest_framework.throttling import AnonRateThrottle

    monkeypatch.setattr(AnonRateThrottle, "THROTTLE_RATES", {"anon": "2/min"})
    wrong = {"Authorization": "Bearer rmt_wrong"}
    assert [client.get("/api/v1/me/", headers=wrong).status_code for _ in range(4)] == [401, 401, 429, 429]


def test_each_token_is_counted_for_itself_also_where_it_is_not_let_in(rk2030, client, monkeypatch):
    monkeypatch.setattr(TokenRateThrottle, "THROTTLE_RATES", {"user": "2/min"})
    user = person("editor")
    one, other = Program(client, user, "read"), Program(client, user, "read")
    assert [one("get", "me/").status_code for _ in range(3)] == [200, 200, 429]
    assert [other("post", "proposals/", {}).status_code for _ in range(3)] == [403, 403, 429]
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/api/v1/me/").status_code == 200


def test_a_repeat_does_not_say_what_was_withdrawn(analyst, editor):
    from milestones.services import withdraw
    from record.services import open_change

    made = analyst("post", "milestones/AF-03/updates/", FOUND | {"action": "submit"}).json()
    path = f"updates/{made['id']}/publish/"
    assert FOUND["summary"] in editor("post", path, Idempotency_Key="once").content.decode()
    with open_change(by="The editor") as change:
        withdraw(change, Assessment.objects.get(uid=made["id"]), by=editor.user, reason="libel")
    again = editor("post", path, Idempotency_Key="once")
    assert (again.status_code, again["Idempotency-Replayed"]) == (200, "true")
    assert FOUND["summary"] not in again.content.decode()


def test_names_of_accounts_cannot_be_tried_out(analyst, editor):
    answers = {
        kind_of(analyst("patch", "milestones/AF-03/", {"analyst": name}, If_Match='"1.x"')) for name in ("editor", "nobody-of-that-name")
    }
    assert answers == {(403, "not-allowed")}
    assert kind_of(analyst("patch", "milestones/AF-03/", {}, If_Match='"1.x"')) == (403, "not-allowed")


def test_four_eyes_are_not_lifted_over_the_api(editor):
    answer = editor("patch", "reports/RK2030/", {"needs_review": False}, If_Match='"1.x"')
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "unknown_field")


def test_a_name_has_one_line(rk2030, client):
    boss = Program(client, person("administrator"), "admin")
    answer = boss("post", "tokens/", {"name": "a\nb", "scopes": ["read"]})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/name")


def test_a_thing_that_was_not_there_may_be_there_at_the_next_try(analyst, editor):
    first = editor("post", "milestones/AF-98/updates/", FOUND, Idempotency_Key="later")
    assert first.status_code == 404
    assert editor("post", "milestones/", NEW | {"code": "AF-98"}).status_code == 201
    assert editor("post", "milestones/AF-98/updates/", FOUND, Idempotency_Key="later").status_code == 201


def test_what_may_be_otherwise_a_moment_later_is_no_answer_to_keep(analyst, editor, monkeypatch):
    made = analyst("post", "milestones/AF-03/updates/", FOUND | {"action": "submit"}).json()
    draft = analyst("post", "milestones/AF-05/updates/", FOUND)

    def away(**_named):
        raise TryLater

    def publish():
        return editor("post", f"updates/{made['id']}/publish/", Idempotency_Key="publish").status_code

    def record():
        return analyst("post", "milestones/AF-05/updates/", FOUND, Idempotency_Key="record").status_code

    Assessment.objects.update(edited_by=editor.user)
    codes = [publish(), record()]
    Assessment.objects.update(edited_by=analyst.user)
    analyst("delete", f"updates/{draft.json()['id']}/", If_Match=draft["ETag"])
    with monkeypatch.context() as patch:
        patch.setattr("milestones.api.assessments.open_change", away)
        codes += [publish(), record()]
    assert [*codes, publish(), record()] == [403, 409, 503, 503, 200, 201]


def test_answers_are_forgotten_when_their_day_is_over(analyst, now, time_machine):
    analyst("post", "milestones/AF-03/updates/", FOUND, Idempotency_Key="one")
    left = []
    for hours in (23, 25):
        time_machine.move_to(now + dt.timedelta(hours=hours), tick=False)
        forget_answers()
        left.append(KeptAnswer.objects.count())
    assert left == [1, 0]


def test_a_file_of_another_name_or_content_is_another_request(analyst, client, tmp_path, settings):
    from django.core.files.uploadedfile import SimpleUploadedFile

    settings.STORAGES = settings.STORAGES | {"default": settings.STORAGES["default"] | {"OPTIONS": {"location": str(tmp_path)}}}
    codes = [
        client.post(
            "/api/v1/evidence/",
            {"title": title, "kind": "official", "file": SimpleUploadedFile(name, content)},
            headers=analyst.auth | {"Idempotency-Key": "file"},
        ).status_code
        for title, name, content in (
            ("Minutes", "a.txt", b"what was said"), ("Minutes", "a.txt", b"what was said"), ("Minutes", "b.txt", b"what was said"),
            ("Results", "a.txt", b"what was said"), ("Minutes", "a.txt", b"what was done"),
        )
    ]  # fmt: skip
    assert codes == [201, 201, 422, 422, 422]


@pytest.mark.parametrize("key", [{}, {"Idempotency_Key": "one"}])
def test_an_answer_to_a_write_names_the_position_that_it_is_of(analyst, editor, monkeypatch, now, key):
    """Whatever somebody else writes while it is made: who follows the changes from there misses none."""
    made = analyst("post", "milestones/AF-03/updates/", FOUND | {"action": "submit"}).json()
    finish = UpdatePublish.finalize_response

    def late(self, request, response, *args, **kwargs):
        with open_change(by="Somebody", now=now) as change:
            move_date(change, Milestone.objects.get(code="SM-03"), field="due", to=PlannedDate.parse("2029"), category="political")
        return finish(self, request, response, *args, **kwargs)

    monkeypatch.setattr(UpdatePublish, "finalize_response", late)
    answer = editor("post", f"updates/{made['id']}/publish/", **key)
    assert answer["Record-Position"] == str(answer.json()["position"])
    assert Event.objects.position() == answer.json()["position"] + 1


def test_evidence_keeps_its_order_whatever_way_the_database_reads_it(analyst):
    pieces = [{"url": f"https://sample.example/{name}", "title": name, "kind": "official"} for name in "abc"]
    made = analyst("post", "milestones/AF-03/updates/", FOUND | {"evidence": pieces}).json()
    Citation.objects.filter(evidence__title="a").update(stance="contradicts")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off")
    assert [one["title"] for one in analyst("get", f"updates/{made['id']}/").json()["evidence"]] == ["a", "b", "c"]

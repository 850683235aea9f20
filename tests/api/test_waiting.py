"""What waits for review, as programs meet it: one finding of an author on a milestone, changed in its place."""

import pytest

from milestones.models import Assessment
from tests.api.test_writing import FOUND, Program, _stands_still, analyst, editor, kind_of  # noqa: F401 - fixtures
from tests.people import person, published

pytestmark = pytest.mark.django_db

ADDRESS = "milestones/AF-03/updates/"
SUBMITTED = FOUND | {"action": "submit"}


def waiting():
    return sorted(Assessment.objects.filter(state="submitted").values_list("summary", flat=True))


def test_a_second_finding_beside_one_that_waits_is_refused_on_every_way(analyst, editor, now):  # noqa: F811
    published("AF-03", analyst.user, editor.user, now=now)
    assert analyst("post", ADDRESS, SUBMITTED).status_code == 201
    other = SUBMITTED | {"summary": "It was stopped.", "status": "suspended"}
    assert kind_of(analyst("post", ADDRESS, other)) == (409, "refused")
    assert kind_of(analyst("post", "milestones/batch-updates/", [other | {"milestone": "AF-03"}])) == (400, "invalid")
    assert kind_of(analyst("post", "milestones/AF-03/confirm/", {})) == (409, "refused")
    draft = analyst("post", ADDRESS, other | {"action": "draft"}).json()
    refused = analyst("post", f"updates/{draft['id']}/submit/")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (409, "waiting")
    assert waiting() == ["Work goes on."]


def test_what_one_has_submitted_is_changed_in_its_place(analyst):  # noqa: F811
    made = analyst("post", ADDRESS, SUBMITTED)
    address = f"updates/{made.json()['id']}/"
    changed = analyst("patch", address, {"summary": "Better words."}, If_Match=made["ETag"])
    assert (changed.status_code, changed.json()["state"], waiting()) == (200, "draft", [])
    assert analyst("post", f"{address}submit/").json()["state"] == "submitted"
    assert waiting() == ["Better words."]


def test_nobody_else_takes_it_out_of_review(analyst, editor):  # noqa: F811
    made = analyst("post", ADDRESS, SUBMITTED)
    answer = editor("patch", f"updates/{made.json()['id']}/", {"summary": "Mine."}, If_Match=made["ETag"])
    assert (answer.status_code, waiting()) == (409, ["Work goes on."])


def test_two_people_may_both_have_found_something(analyst, client):  # noqa: F811
    second = Program(client, person("analyst", "second"), "assess")
    assert (
        analyst("post", ADDRESS, SUBMITTED).status_code
        == second("post", ADDRESS, SUBMITTED | {"summary": "I saw more."}).status_code
        == 201
    )
    assert waiting() == ["I saw more.", "Work goes on."]

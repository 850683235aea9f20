"""docs/examples/verify_citation.py as a process of its own: a real proof is proven, and every manipulated one is refused with a reason."""

import base64
import copy
import json
import subprocess
import sys
from pathlib import Path

import pytest

from milestones.models import Milestone
from milestones.services import withdraw
from record.log.models import Checkpoint
from record.log.notes import make_signer
from record.models import Event
from record.services import open_change
from tests.people import person
from tests.record.log.conftest import go_on, record, sign, signer  # noqa: F401 - the fixtures

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "verify_citation.py"
pytestmark = pytest.mark.django_db


@pytest.fixture
def proof(client, record, go_on, sign):  # noqa: F811
    """Of the first version of a milestone: an assessment has replaced it since."""
    for code in ("PR-01", "PR-02", "PR-01"):
        go_on(code)
    sign()
    answer = client.get("/api/v1/milestones/PR-01/proof/?at=2")
    assert answer.status_code == 200, answer.content
    return answer.json()


@pytest.fixture
def check(tmp_path, signer):  # noqa: F811
    def run(proof, *keys):
        path = tmp_path / "proof.json"
        path.write_text(proof if isinstance(proof, str) else json.dumps(proof, ensure_ascii=False), encoding="utf-8")
        command = [sys.executable, str(EXAMPLE), str(path), *(keys or (str(signer.verifier),))]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env={"PYTHONUTF8": "1"})
        assert not done.stderr, done.stderr
        return done.returncode, done.stdout

    return run


def test_it_is_short():
    assert len(EXAMPLE.read_text(encoding="utf-8").splitlines()) < 150


def test_a_proof_says_what_was_recorded_from_when_to_when(proof, check):
    code, said = check(proof)
    assert code == 0, said
    assert said.startswith("PROVEN.\nThe log testserver/record had ")
    assert "PR-01 was recorded so at position 2, 2026-11-23T09:00:00.000000+00:00: assessment.published." in said
    assert "PR-01 was replaced so at position 4" in said
    assert "  status: in_progress" in said
    assert "  title_ru: Step PR-01 по-русски" in said


def test_of_what_stands_today_no_end_is_shown(client, proof, check):
    code, said = check(client.get("/api/v1/milestones/PR-01/proof/").json())
    assert (code, "Until when that stood is not shown here." in said) == (0, True)


def other(text):
    """The same in base64 with another bit."""
    raw = bytearray(base64.b64decode(text))
    raw[0] ^= 1
    return base64.b64encode(raw).decode()


def resealed(proof):
    """A content changed by somebody who knows how digests are made."""
    import hashlib

    version = proof["version"]
    version["content"]["status"] = "achieved"
    text = json.dumps(version["content"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    digest = hashlib.sha256((version["salt"] + text).encode()).hexdigest()
    for event in proof["events"]:
        for name in ("opened", "closed"):
            event[name] = [digest if one == version["digest"] else one for one in event[name]]
    version["digest"] = digest


def size_of(proof, size):
    lines = proof["checkpoint"].split("\n")
    proof["checkpoint"] = "\n".join([lines[0], size, *lines[2:]])


def retold(proof, old, new):
    proof["events"][0]["text"] = proof["events"][0]["text"].replace(old, new)


MANIPULATIONS = {
    "another status": (lambda one: one["version"]["content"].update(status="achieved"), "the content is not what was recorded"),
    "another status, sealed again": (resealed, "the event at position 2 said something else"),
    "another salt": (lambda one: one["version"].update(salt="0" * 32), "the content is not what was recorded"),
    "a column more": (lambda one: one["version"]["content"].update(note="more"), "the content is not what was recorded"),
    "another actor": (lambda one: one["events"][0].update(actor="Somebody"), "the event at position 2 said something else"),
    "other facts": (lambda one: one["events"][0]["data"].update(status="achieved"), "the event at position 2 said something else"),
    "another version opened": (lambda one: one["events"][0].update(opened=["0" * 64]), "the event at position 2 said something else"),
    "another day in the event": (lambda one: retold(one, "2026-11-23", "2025-11-23"), "is not in the tree"),
    "another digest in the event": (lambda one: retold(one, '{"digest":"', '{"digest":"0'), "is not in the tree"),
    "an event of spaces": (lambda one: retold(one, ",", ", "), "not in the form of the record"),
    "another hash on the way": (lambda one: one["events"][0]["inclusion"].__setitem__(0, other(one["events"][0]["inclusion"][0])), "is not in the tree"),
    "a hash less": (lambda one: one["events"][0]["inclusion"].pop(), "is not in the tree"),
    "another root": (lambda one: one.update(checkpoint=one["checkpoint"].replace(one["checkpoint"].split("\n")[2], other(one["checkpoint"].split("\n")[2]))), "is not over this checkpoint"),
    "another size": (lambda one: size_of(one, "9"), "is not over this checkpoint"),
    "another log": (lambda one: one.update(checkpoint="x" + one["checkpoint"]), "is not over this checkpoint"),
    "no signature": (lambda one: one.update(checkpoint=one["checkpoint"].partition("—")[0]), "has not signed this checkpoint"),
    "another position": (lambda one: one["version"].update(first=1), "this is not the event of position 1"),
    "another end": (lambda one: one["version"].update(last=3), "this is not the event of position 3"),
    "no end": (lambda one: one["version"].update(last=None), "an event is missing, or there is one too many"),
    "events in another order": (lambda one: one["events"].reverse(), "this is not the event of position 2"),
    "another format": (lambda one: one.update(format="roadmap-proof/2"), "no proof of the format"),
}  # fmt: skip


@pytest.mark.parametrize("name", MANIPULATIONS)
def test_a_manipulated_proof_is_refused_with_a_reason(proof, check, name):
    manipulate, reason = MANIPULATIONS[name]
    changed = copy.deepcopy(proof)
    manipulate(changed)
    assert changed != proof
    code, said = check(changed)
    assert code == 1
    assert said.startswith("NOT PROVEN: ")
    assert reason in said
    assert said.count("\n") == 1


def test_the_key_of_somebody_else_proves_nothing(proof, check):
    code, said = check(proof, str(make_signer("testserver/record").verifier))
    assert (code, said) == (1, "NOT PROVEN: testserver/record has not signed this checkpoint.\n")


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": "roadmap-proof/1"}', "not JSON", '{"format": 1, "checkpoint": [], "events": 3}']
)
def test_what_is_no_proof_is_refused_without_a_traceback(check, text):
    code, said = check(text)
    assert (code, said.startswith("NOT PROVEN: ")) == (1, True)


def test_a_citation_of_today_waits_for_the_next_checkpoint(client, proof, go_on, sign):  # noqa: F811
    go_on()
    address = "/api/v1/milestones/PR-01/proof/?lang=en"
    answer = client.get(address)
    assert (answer.status_code, answer.json()["type"]) == (404, "/api/v1/problems/not-signed-yet/")
    assert f"covers positions to {Checkpoint.objects.first().size}" in answer.json()["detail"]
    sign()
    assert client.get(address).status_code == 200


def test_a_later_checkpoint_makes_another_answer(client, proof, go_on, sign):  # noqa: F811
    first = client.get("/api/v1/milestones/PR-02/proof/?at=3")
    assert first["Record-Final"] == "false"
    go_on()
    sign()
    again = client.get("/api/v1/milestones/PR-02/proof/?at=3", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 200
    assert client.get("/api/v1/milestones/PR-02/proof/?at=3", headers={"If-None-Match": again["ETag"]}).status_code == 304


def test_of_what_was_withdrawn_there_is_no_proof_any_more(client, proof, sign, now):  # noqa: F811
    editor = person("editor", "another")
    with open_change(by=editor.actor, now=now) as change:
        withdraw(change, Milestone.objects.get(code="PR-01"), by=editor, reason="mistake")
    sign()
    gone = client.get("/api/v1/milestones/PR-01/proof/?at=2&lang=en")
    assert (gone.status_code, gone["Content-Type"]) == (410, "application/problem+json")
    assert gone.json()["detail"] == f"It was withdrawn at position {Event.objects.position()}."

"""Every example in the OpenAPI file was sent and answered so; each fits the schema beside it."""

import json
import os
import re
from pathlib import Path

import orjson
import pytest
from jsonschema import Draft202012Validator

from accounts.roles import Role
from accounts.tokens import make_token, scopes_for
from milestones.event_words import EVENT_WORDS
from pages.api.events import DATA, name_of
from record.api.changes import event_item
from record.models import Event
from tests.api import scenario
from tests.api.test_openapi import FILE, read
from tests.people import person
from tests.signing import signed

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "pages" / "api" / "examples.json"
SECRETS = {"token": "rmt_shown-once", "secret": "whsec_shown-once"}
UID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
FILES = {"evidence_file"}


def tokens():
    people = {role: person(role) for role in (Role.ANALYST, Role.EDITOR, Role.ADMINISTRATOR)}
    return {str(role): make_token(user=one, name="Test", scopes=scopes_for(one))[1] for role, one in people.items()}


@pytest.fixture
def said(client, rk2030, settings, tmp_path, now):
    signed(settings, tmp_path, now)

    def send(method, address, body, headers):
        content = "" if body is None else json.dumps(body)
        answer = client.generic(method, address, content, content_type="application/json", headers=headers)
        return scenario.read(answer.status_code, answer.headers, b"" if answer.streaming else answer.content)

    return scenario.walk(send, tokens())


def shape(value):
    """The names in an answer and the types of its values: what readers depend on."""
    if isinstance(value, dict):
        return {name: shape(one) for name, one in value.items()}
    return [shape(one) for one in value[:1]] if isinstance(value, list) else type(value).__name__


def kept_form(value):
    """Without secrets, and of each list of things only the first; what changed stays a pair."""
    if isinstance(value, dict) and value and all(isinstance(one, list) and len(one) == 2 for one in value.values()):
        return value
    if isinstance(value, dict):
        return {name: SECRETS[name] if name in SECRETS else kept_form(one) for name, one in value.items()}
    if isinstance(value, list):
        return [kept_form(one) for one in value if isinstance(one, dict)][:1] or value
    return value.replace("http://testserver", "http://localhost:8000") if isinstance(value, str) else value


@pytest.mark.django_db
def test_the_examples_are_what_the_api_answers(said):
    """After a change that is meant: ``WRITE_EXAMPLES=1`` for this test, then ``manage.py openapi``."""
    fresh = {name: one | {"response": kept_form(one["response"])} if "response" in one else one for name, one in said.items()}
    if os.environ.get("WRITE_EXAMPLES"):
        KEPT.write_text(json.dumps(dict(sorted(fresh.items())), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    kept = json.loads(KEPT.read_text(encoding="utf-8"))
    assert {name: sent(one) for name, one in kept.items()} == {name: sent(one) for name, one in fresh.items()}
    assert {name: shape(one.get("response")) for name, one in kept.items()} == {
        name: shape(one.get("response")) for name, one in fresh.items()
    }


def sent(one):
    """The body of a request, whatever ids stand in it."""
    return UID.sub("id", json.dumps(one.get("request"), sort_keys=True))


def operations():
    document = read(FILE)
    for path, methods in document["paths"].items():
        for one in methods.values():
            if path != "/api/v1/schema/":
                yield document, one


def problems(document, media):
    schema = media["schema"] | {"components": document["components"]}
    return [error.message for error in Draft202012Validator(schema).iter_errors(media["example"])]


def test_every_operation_has_an_example_that_fits_its_schema():
    missing, unfit = [], []
    for document, one in operations():
        media = [body["content"]["application/json"]] if (body := one.get("requestBody")) else []
        media += [
            answer["content"]["application/json"]
            for status, answer in one["responses"].items()
            if status[0] == "2" and "application/json" in answer.get("content", {})
        ]
        paths = [parameter for parameter in one["parameters"] if parameter["in"] == "path"]
        if one["operationId"] not in FILES and not all("example" in part for part in [*media, *paths]):
            missing.append(one["operationId"])
        unfit += [(one["operationId"], *problems(document, part)) for part in media if "example" in part and problems(document, part)]
    assert (missing, unfit) == ([], [])


@pytest.mark.django_db
def test_what_webhooks_are_sent_is_what_the_document_says(said):
    """Each event of the way through the API; a field that the document does not name is a fault, too."""
    document = read(FILE)
    kinds = set()
    for event in Event.objects.all():
        body = json.loads(orjson.dumps({"type": event.type, "timestamp": event.occurred_at, "data": event_item(event)}, default=str))
        schema = document["components"]["schemas"][f"{name_of(event.type)}Sent"]
        assert problems(document, {"schema": schema, "example": body}) == [], event.type
        assert set(event.data) <= set(DATA[event.type]), event.type
        kinds.add(event.type)
    assert {"roadmap.loaded", "plan.changed", "assessment.published", "risk.assessed", "round.published", "baseline.set"} <= kinds


def test_every_type_of_event_says_what_its_data_are():
    assert set(DATA) == set(EVENT_WORDS)

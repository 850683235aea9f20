"""What the OpenAPI file calls required is what the server requires: no less is taken, and no more is asked for."""

import json

import pytest

from accounts.tokens import make_token, scopes_for
from pages.api.examples import recorded
from tests.api.test_openapi import FILE, read
from tests.people import person

pytestmark = pytest.mark.django_db
ADDED = ["reports", "organisations", "proposals", "risks", "context_events", "indicators", "series", "milestones"]


@pytest.fixture
def send(rk2030, client):
    editor = person("editor")
    _token, text = make_token(user=editor, name="Test", scopes=scopes_for(editor))

    def post(path, body):
        return client.post(path, json.dumps(body), content_type="application/json", headers={"Authorization": f"Bearer {text}"})

    return post


def required():
    document = read(FILE)
    for path, methods in document["paths"].items():
        said = methods.get("post", {})
        operation = said.get("operationId", "")
        if operation in {"indicators_record", "evidence_add"} or operation.removesuffix("_add") in ADDED:
            name = said["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
            yield operation, path, document["components"]["schemas"][name]["required"]


@pytest.mark.parametrize(("operation", "path", "names"), [pytest.param(*one, id=one[0]) for one in required()])
def test_required_is_what_the_server_requires(send, operation, path, names):
    example = recorded()[operation]
    address, texts = path.format(**example["path"]), {"ru": "Образец", "en": "A sample", "kk": "Үлгі"}
    whole = {name: texts if name.endswith("_i18n") else example["request"][name] for name in names}
    for name in names:
        answer = send(address, {key: value for key, value in whole.items() if key != name})
        assert answer.status_code == 400, name
        assert [one for one in answer.json()["errors"] if one["pointer"].startswith(f"/{name}")], answer.json()
    for name in (name for name in names if name.endswith("_i18n")):
        answer = send(address, whole | {name: {"ru": "Образец", "en": "A sample"}})
        assert [one["pointer"] for one in answer.json()["errors"]] == [f"/{name}/kk"]
    assert send(address, whole).status_code == 201

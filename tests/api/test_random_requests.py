"""Random requests over every operation of the OpenAPI file, by schemathesis: never a server error, never an answer that the file does not say.

Each role and each scope asks on its own, beside whoever has no account. What the one way through the API made gives the codes and
ids that are really there, so that the requests get past the 404s.
"""

import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import translation

from accounts.tokens import make_token, scopes_for
from tests.api import scenario
from tests.people import person
from tests.signing import signed

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance"
EVERYTHING = "examples,fuzzing"
IDENTITIES = {
    "nobody": ("", ()),
    "a stakeholder": ("stakeholder", ("read",)),
    "an analyst": ("analyst", ("read", "assess", "plan")),
    "an editor": ("editor", ("read", "assess", "review", "plan")),
    "an administrator": ("administrator", ("admin",)),
    "read alone": ("administrator", ("read",)),
    "assess alone": ("administrator", ("assess",)),
    "review alone": ("administrator", ("review",)),
    "plan alone": ("administrator", ("plan",)),
}
COUNTS = re.compile(r"(\d+) generated")


@pytest.fixture
def unlimited(monkeypatch):
    monkeypatch.setattr("rest_framework.throttling.SimpleRateThrottle.get_rate", lambda _self: None)


@pytest.fixture
def people(rk2030):
    return {role: person(role) for role in ("stakeholder", "analyst", "editor", "administrator")}


def token_of(user, scopes):
    return make_token(user=user, name="Test", scopes=scopes)[1]


@pytest.fixture(scope="module")
def openapi():
    """As JSON, which is read and written in no time; YAML of this size takes seconds, here and in schemathesis."""
    said = StringIO()
    with translation.override("en"):
        call_command("spectacular", format="openapi-json", stdout=said)
    return said.getvalue()


@pytest.fixture
def document(live_server, people, unlimited, openapi, tmp_path, settings, now):
    """The OpenAPI file with what is there now for its examples."""

    def send(method, address, body, headers):
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(live_server.url + address, content, headers | {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return scenario.read(answer.status, dict(answer.headers), answer.read())
        except urllib.error.HTTPError as refused:
            return scenario.read(refused.code, dict(refused.headers), refused.read())

    signed(settings, tmp_path, now)
    said = scenario.walk(send, {role: token_of(one, scopes_for(one)) for role, one in people.items() if role != "stakeholder"})
    found = json.loads(openapi)
    for methods in found["paths"].values():
        there = said.get(methods.get("get", {}).get("operationId"), {}).get("path", {})
        for operation in methods.values():
            names = said.get(operation["operationId"], {}).get("path", {}) | there
            # Which fields an answer has is then the reader's choice, which a schema cannot say.
            operation["parameters"] = [one for one in operation["parameters"] if one["name"] != "fields"]
            for parameter in operation["parameters"]:
                if parameter["in"] == "path" and parameter["name"] in names:
                    parameter["example"] = names[parameter["name"]]
                elif parameter["name"] == "If-Match":
                    parameter["example"] = '"1.x"'
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(found), encoding="utf-8")
    return path


def ask(server, document, token, *, phases, examples, operations=()):
    program = str(Path(sys.executable).with_name("schemathesis"))
    who = ["--header", f"Authorization: Bearer {token}"] if token else []
    some = [word for one in operations for word in ("--include-operation-id", one)]
    command = [program, "run", str(document), "--url", server, "--checks", CHECKS, "--phases", phases, "--max-examples", str(examples)]
    more = ["--no-shrink", "--continue-on-failure", "--seed", "7", "--generation-database", ":memory:", "--warnings", "off"]
    done = subprocess.run([*command, *more, *who, *some], cwd=document.parent, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    return int(COUNTS.search(done.stdout).group(1))


@pytest.mark.long
@pytest.mark.parametrize("identity", IDENTITIES)
@pytest.mark.django_db(transaction=True)
def test_no_request_meets_a_server_error_or_an_answer_unsaid(identity, live_server, document, people):
    role, scopes = IDENTITIES[identity]
    token = token_of(people[role], scopes) if role else ""
    number = ask(live_server.url, document, token, phases=EVERYTHING, examples=2)
    print(f"\nrandom requests as {identity}: {number}, no server error, every answer as the file says")  # noqa: T201 - the figures are what the test is for
    assert number > 80


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_chains_of_requests_hold_too(live_server, document, people):
    """Stateful: what one answer made is what the next request is about."""
    token = token_of(people["editor"], IDENTITIES["an editor"][1])
    number = ask(live_server.url, document, token, phases="stateful", examples=10)
    print(f"\nrandom chains as an editor: {number} requests, no server error, every answer as the file says")  # noqa: T201 - the figures are what the test is for
    assert number > 10

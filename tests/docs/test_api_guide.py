"""docs/external-tools.md: its examples are run against the real API with the real roadmap, its tables compared with the code."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import Any

import pytest

from common.api.problems import OF_STATUS, PROBLEMS
from exports.formats import FORMATS
from milestones.api.shapes import MilestoneDetailShape, MilestoneShape
from milestones.filters import MilestoneFilterSet
from record.api import AccountListView, RecordListView
from roadmap import api_urls as urls
from tests.docs.test_guides import Block, blocks, flat, page, rows, section, table, words
from tests.machine import needs

GUIDE = page("docs/external-tools.md")
BASE = "http://localhost:8000"
RUN = {"sh", "python"}
SECONDS = 60


def run(block: Block, address: str, folder: Any) -> str:
    """What an example prints, with the address of the server in place of that of ``make run``. Python sees its standard library alone."""
    text = block.text.replace(BASE, address)
    command = ["sh", "-euc", text] if block.language == "sh" else [sys.executable, "-I", "-S", "-c", text]
    env = os.environ | {"NO_PROXY": "*", "no_proxy": "*"}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
    return done.stdout.replace(address, BASE)


def same_form(shown: Any, real: Any, where: str = "$") -> list[str]:
    """Where an answer that the page shows differs from the real one: in keys, in kinds of values, or in what a list holds."""
    if isinstance(shown, dict) and isinstance(real, dict):
        different = [f"{where}: {key}" for key in set(shown) ^ set(real)]
        return different + [fault for key in set(shown) & set(real) for fault in same_form(shown[key], real[key], f"{where}.{key}")]
    if isinstance(shown, list) and isinstance(real, list):
        if bool(shown) != bool(real):
            return [f"{where}: empty in one"]
        return [fault for one, other in zip(shown, real, strict=False) for fault in same_form(one, other, f"{where}[]")]
    return [] if type(shown) is type(real) else [f"{where}: {shown!r} and {real!r}"]


def examples() -> list[tuple[Block, Block | None]]:
    """Each command with what stands below it, if that is an answer."""
    found = blocks(GUIDE)
    pairs = zip(found, [*found[1:], None], strict=True)
    return [(block, after if after and after.language not in RUN else None) for block, after in pairs if block.language in RUN]


def filters_of(view: type) -> set[str]:
    filters = getattr(view, "filterset_class", None)
    return set(filters.base_filters) if filters else set()


def addresses() -> dict[str, Any]:
    """Every address of the API as the page writes it, with its view."""
    found = {}
    for pattern in urls.urlpatterns[:-1]:  # the last one answers what is no address
        route = str(pattern.pattern)
        found["/" + re.sub(r"<\w+:(\w+)>", lambda match: "{id}" if match[1] == "uid" else "{" + match[1] + "}", route)] = pattern.callback
    return found


def list_views() -> dict[str, type]:
    views = {address: getattr(callback, "cls", None) for address, callback in addresses().items()}
    return {
        address: view
        for address, view in views.items()
        if view and issubclass(view, RecordListView) and not issubclass(view, AccountListView)
    }


@pytest.mark.django_db(transaction=True)
def test_every_example_runs_and_answers_what_the_page_shows(live_server, rk2030, tmp_path) -> None:
    needs("curl")
    shown = 0
    for block, answer in examples():
        printed = run(block, live_server.url, tmp_path)
        if answer is None:
            continue
        shown += 1
        if answer.language == "json":
            assert same_form(json.loads(answer.text), json.loads(printed)) == [], block.text
        else:
            assert printed == answer.text, block.text
    assert shown >= 8
    assert json.loads((tmp_path / "due-in-2027.json").read_text())["count"] > 0


def test_no_answer_stands_without_its_command() -> None:
    answers = [block for block in blocks(GUIDE) if block.language not in RUN]
    assert len(answers) == len([answer for _block, answer in examples() if answer])


def test_answers_are_compared_in_depth() -> None:
    assert same_form({"a": [{"b": 1}]}, {"a": [{"b": 2}, {"b": 3}]}) == []
    assert sorted(same_form({"a": 1}, {"b": 1})) == ["$: a", "$: b"]
    assert same_form({"a": [{"b": 1}]}, {"a": [{"c": 1}]})
    assert same_form({"a": 1}, {"a": "1"}) == ["$.a: 1 and '1'"]
    assert same_form({"a": []}, {"a": [1]}) == ["$.a: empty in one"]


def test_every_address_of_the_api_has_its_row_and_no_other_has() -> None:
    assert set(table(section(GUIDE, "Addresses"))) == set(addresses())


@pytest.mark.django_db
def test_the_root_and_the_addresses_with_an_account_are_what_the_page_says(client) -> None:
    needs_account = {address for address, (text,) in table(section(GUIDE, "Addresses")).items() if "needs an account" in text}
    for address in addresses():
        if "{" not in address:
            writes = address == "/milestones/batch-updates/"
            status = client.get(f"/api/v1{address}").status_code
            assert status == (405 if writes else 401 if address in needs_account else 200), address


def test_every_filter_of_milestones_has_its_row_and_no_other_has() -> None:
    assert set(table(section(GUIDE, "Filters of milestones"))) == set(MilestoneFilterSet.base_filters)


@pytest.mark.parametrize("name", ["status", "health", "freshness", "side", "basis"])
def test_the_values_of_a_filter_are_those_of_the_code(name) -> None:
    takes, _keeps = table(section(GUIDE, "Filters of milestones"))[name]
    assert sorted(words(takes)) == sorted(MilestoneFilterSet.base_filters[name].known(None))


def test_every_list_has_its_row_with_its_filters_and_its_orderings() -> None:
    named = {
        address: (set(words(filters)), set(words(order))) for address, (filters, order) in table(section(GUIDE, "Other lists")).items()
    }
    real = {address: (filters_of(view), set(view.orderings)) for address, view in list_views().items()}
    assert named.pop("/milestones/") == (set(), real.pop("/milestones/")[1])
    assert named == real


def test_the_parameters_of_all_lists_are_those_of_the_code() -> None:
    assert set(table(section(GUIDE, "Lists").split("###")[0])) == set(RecordListView.common | RecordListView.list_parameters)


def test_every_field_of_a_milestone_is_described() -> None:
    own = section(GUIDE, "A milestone").split("###")[0]
    in_lists, in_details = own.split("One milestone by itself adds:")
    named = {word for row in rows(in_lists) for word in words(row[0])}
    added = {word for row in rows(in_details) for word in words(row[0])}
    assert named == set(MilestoneShape().get_fields())
    assert named | added == set(MilestoneDetailShape().get_fields())


def test_every_type_of_problem_has_its_row_and_its_status() -> None:
    named = {kind: int(status) for kind, (status, _when) in table(section(GUIDE, "Errors")).items()}
    assert named == {kind: known.status for kind, known in PROBLEMS.items()}
    assert {status: named[kind] for status, kind in OF_STATUS.items()} == {status: status for status in OF_STATUS}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "request_of"),
    [
        ("unknown-parameter", {"path": "/api/v1/milestones/?colour=red"}),
        ("nul-byte", {"path": "/api/v1/milestones/?q=%00"}),
        ("not-authenticated", {"path": "/api/v1/me/"}),
        ("not-authenticated", {"path": "/api/v1/milestones/", "HTTP_AUTHORIZATION": "Bearer rmt_unknown"}),
        ("not-found", {"path": "/api/v1/milestones/XX-99/"}),
        ("not-found", {"path": "/api/v1/milestones"}),
        ("not-found", {"path": "/api/v1/milestones/?page=2000"}),
        ("not-acceptable", {"path": "/api/v1/proposals/", "HTTP_ACCEPT": "text/csv"}),
    ],
)
def test_a_request_that_cannot_be_answered_gets_the_type_and_status_of_the_page(client, kind, request_of) -> None:
    answer = client.get(**request_of)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == f"/api/v1/problems/{kind}/"
    assert answer.status_code == int(table(section(GUIDE, "Errors"))[kind][0])


@pytest.mark.django_db
def test_the_description_comes_as_yaml_or_json_and_answers_carry_no_cors_headers(client) -> None:
    assert client.get("/api/v1/schema/").content.startswith(b"openapi: 3.1")
    assert json.loads(client.get("/api/v1/schema/", HTTP_ACCEPT="application/json").content)["openapi"].startswith("3.1")
    answer = client.get("/api/v1/", HTTP_ORIGIN="https://other.example")
    assert not [name for name in answer.headers if name.startswith("Access-Control-")]


@pytest.mark.django_db
def test_an_unknown_language_is_an_error_in_the_address_and_none_in_the_header(client) -> None:
    assert client.get("/api/v1/?lang=de").status_code == 400
    answer = client.get("/api/v1/", HTTP_ACCEPT_LANGUAGE="de")
    assert (answer.status_code, answer.headers["Content-Language"]) == (200, "ru")


def test_what_has_no_date_stands_last_in_either_order(client, rk2030) -> None:
    from milestones.models import Milestone
    from milestones.services import move_date
    from record.services import open_change

    with open_change() as change:
        move_date(change, Milestone.objects.get(code="SM-03"), field="due", to=None, category="clarified")
    for order in ("due", "-due"):
        results = client.get(f"/api/v1/milestones/?ordering={order}&fields=code&page_size=500").json()["results"]
        assert results[-1] == {"code": "SM-03"}


@pytest.mark.django_db
def test_the_limits_are_those_that_hold(client) -> None:
    from common.api.views import LONGEST_QUERY
    from common.filters import MOST_VALUES

    limits = flat(section(GUIDE, "Limits"))
    assert f"{LONGEST_QUERY:,} characters" in limits
    assert f"{MOST_VALUES} values" in limits
    assert client.get("/api/v1/milestones/?page_size=500").status_code == 200
    assert client.get("/api/v1/milestones/?page_size=501").status_code == 400
    assert client.get(f"/api/v1/milestones/?q={'x' * 200}").status_code == 200
    assert client.get(f"/api/v1/milestones/?q={'x' * 201}").status_code == 400


def test_the_rates_are_the_defaults_of_the_settings() -> None:
    variables = table(section(page("docs/settings.md"), "The API"))
    anonymous, account = (int(re.match(r"`(\d+)/min`", variables[name][0])[1]) for name in ("API_RATE_ANON", "API_RATE_USER"))
    assert f"{anonymous:,} requests a minute from one address, {account:,} for one account" in flat(section(GUIDE, "Limits"))


def test_the_row_of_formats_names_all_that_the_api_offers():
    (row,) = (line for line in GUIDE.splitlines() if line.startswith("| `format` |"))
    assert re.findall(r"`(\w+)`", row.split("|")[2]) == ["json", *(ending for ending, form in FORMATS.items() if form.api)]

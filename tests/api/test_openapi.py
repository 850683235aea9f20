"""The committed OpenAPI file is the one that the code makes: other people's programs are built on it."""

import re
from pathlib import Path

import yaml
from django.conf import settings
from django.core.management import call_command
from django.test import RequestFactory
from django.utils import translation

from milestones.event_words import EVENT_WORDS
from pages.api import words
from roadmap import api_urls as urls

FILE = Path(__file__).parents[2] / "docs" / "openapi.yaml"


def read(file):
    """By the parser in C: the other takes three times as long."""
    return yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


def test_the_committed_file_has_not_drifted(tmp_path):
    """After a change that is meant: ``python manage.py openapi``."""
    made = tmp_path / "openapi.yaml"
    with translation.override("en"):
        call_command("spectacular", file=str(made))
    assert read(FILE) == read(made)


def test_every_operation_says_what_it_does_and_how_it_fails():
    document = read(FILE)
    operations = {
        (path, method): said for path, methods in document["paths"].items() for method, said in methods.items() if path != "/api/v1/schema/"
    }
    assert [where for where, said in operations.items() if not said.get("description", "").strip()] == []
    assert [where for where, said in operations.items() if not {"400", "401", "404", "429"} <= set(said["responses"])] == []
    writes = {where: said for where, said in operations.items() if where[1] in {"patch", "delete"}}
    assert [where for where, said in writes.items() if "If-Match" not in {one["name"] for one in said["parameters"]}] == []


def test_every_parameter_of_every_address_is_named():
    """An unknown one is an error, so a program has to learn which there are."""
    document = read(FILE)
    for pattern in urls.urlpatterns[:-1]:
        view = getattr(pattern.callback, "cls", None)
        path = "/api/v1/" + re.sub(r"<\w+:(\w+)>", r"{\1}", str(pattern.pattern))
        said = document["paths"].get(path, {}).get("get")
        if said and path != "/api/v1/schema/":
            asked = view()
            asked.request = RequestFactory().get(path)
            assert {one["name"] for one in said["parameters"] if one["in"] == "query"} == set(asked.known_parameters()), path


# What generators of clients need


def operations(document):
    return [(path, method, said) for path, methods in document["paths"].items() for method, said in methods.items()]


def inner(value):
    """Every object of the document."""
    if isinstance(value, dict):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from inner(one)


def test_reading_needs_no_account_but_of_ones_own():
    asked = {said["operationId"] for _path, method, said in operations(read(FILE)) if method == "get" and {} not in said["security"]}
    assert asked == {"me", "tokens_list", "tokens_detail", "webhooks_list", "webhooks_detail", "webhooks_deliveries"}
    assert [said["operationId"] for _path, method, said in operations(read(FILE)) if method != "get" and {} in said["security"]] == []


def test_a_file_is_a_text_or_bytes_and_no_page():
    (listing,) = [said for _path, _method, said in operations(read(FILE)) if said["operationId"] == "milestones_list"]
    content = listing["responses"]["200"]["content"]
    assert {media: said["schema"] for media, said in content.items() if media != "application/json"} == {
        "text/csv": {"type": "string"},
        "text/calendar": {"type": "string"},
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {"type": "string", "format": "binary"},
    }


def test_members_of_enums_have_names_and_nothing_is_said_in_two_ways():
    document = read(FILE)
    enums = {name: said for name, said in document["components"]["schemas"].items() if "enum" in said}
    for name, said in enums.items():
        names = said["x-enum-varnames"]
        assert len(names) == len(set(names)) == len(said["enum"]), name
        assert [one for one in names if not one.isidentifier()] == [], name
    assert enums["QualifierEnum"]["x-enum-varnames"] == ["ABOUT", "MORE_THAN", "AT_LEAST", "LESS_THAN"]
    assert {"EventTypeEnum", "RoleEnum", "ScopesEnum"} <= set(enums)
    assert [said for said in inner(document) if "" in said.get("enum", ()) or said.get("maxLength") == 0] == []
    assert not {"NullEnum", "BlankEnum"} & set(document["components"]["schemas"])


def test_everything_is_described():
    document = read(FILE)
    tags = {one["name"] for one in document["tags"]}
    for path, method, said in operations(document):
        assert said["summary"], (path, method)
        assert set(said["tags"]) <= tags, path
        assert [one["name"] for one in said["parameters"] if not one.get("description")] == [], path
        for status, answer in said["responses"].items():
            assert status[0] in "23" or answer["$ref"].startswith("#/components/responses/"), (path, status)
    bare = [(name, one) for name, said in document["components"]["schemas"].items() for one in inner(said) if "properties" in one]
    assert [(name, key) for name, one in bare for key, value in one["properties"].items() if not value.get("description")] == []
    problems = [media for answer in document["components"]["responses"].values() for media in answer["content"].values()]
    assert [media for media in problems if not media["examples"]] == []
    assert {"version", "changed"} <= set(document["components"]["schemas"]["Problem"]["properties"])


def test_no_words_lie_about_that_describe_nothing():
    schemas = read(FILE)["components"]["schemas"]
    named = {f"{component.removeprefix('Patched')}.{name}" for component, said in schemas.items() for name in said.get("properties", {})}
    pairs = [one.split(".") for one in named]
    named |= {name for _component, name in pairs} | {f"{words.SAME_AS.get(component, component)}.{name}" for component, name in pairs}
    assert sorted(set(words.FIELDS) - named) == []
    assert set(words.OPERATIONS) <= {said["operationId"] for _path, _method, said in operations(read(FILE))}


def test_the_document_says_where_it_is_from():
    document = read(FILE)
    assert document["info"]["version"] == settings.VERSION
    assert {"contact", "license"} <= set(document["info"])
    assert document["servers"]


def test_every_type_of_event_has_its_webhook():
    document = read(FILE)
    assert set(document["webhooks"]) == {*EVENT_WORDS, "webhook.test"}
    assert set(document["components"]["schemas"]["EventTypeEnum"]["enum"]) == set(EVENT_WORDS)

"""The committed OpenAPI file is the one that the code makes: other people's programs are built on it."""

import re
from pathlib import Path

import yaml
from django.core.management import call_command
from django.test import RequestFactory
from django.utils import translation

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

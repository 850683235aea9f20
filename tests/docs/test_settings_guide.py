"""The tables of docs/settings.md are those of the code."""

from __future__ import annotations

import ast
import re
from typing import Any

import pytest

from tests.docs.test_guides import ROOT, page, section, table, words

GUIDE = page("docs/settings.md")
APPS = ("roadmap", "operations", "notifications", "milestones", "proposals", "record", "accounts", "common")


def reads() -> dict[str, ast.Call]:
    """Each ``environment.…("NAME", …)`` of the settings by its name; the first where a name is read twice."""
    found: dict[str, ast.Call] = {}
    for node in ast.walk(ast.parse(page("roadmap/settings.py"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) == "environment":
            assert isinstance(node.args[0], ast.Constant)
            found.setdefault(str(node.args[0].value), node)
    return found


def default_of(call: ast.Call) -> ast.expr:
    for keyword in call.keywords:
        if keyword.arg == "default":
            return keyword.value
    return call.args[-1]


def literal(node: ast.expr) -> Any:
    """The value of a default that is written down as one; ``None`` where it is worked out."""
    if any(isinstance(part, (ast.Name, ast.Attribute)) for part in ast.walk(node)):
        return None
    return eval(ast.unparse(node), {})


def as_written(value: Any) -> str:
    if value in ("", []):
        return "–"
    return f"`{int(value) if isinstance(value, bool) else value}`"


def read_by(path: str) -> set[str]:
    return set(re.findall(r"os\.environ(?:\.get\(|\[)['\"](\w+)['\"]", page(path)))


def check_ids() -> set[str]:
    """The ids of all checks in the code of the application."""
    files = [path for app in APPS for path in (ROOT / app).rglob("*.py")]
    return {found for path in files for found in re.findall(r"\bid=\"(\w+\.[EW]\d{3})\"", path.read_text(encoding="utf-8"))}


def test_every_variable_that_the_settings_read_has_its_row_and_no_other_has() -> None:
    assert set(table(section(GUIDE, "Variables"))) == set(reads())


@pytest.mark.parametrize("name", sorted(reads()))
def test_the_default_of_a_variable_is_that_of_the_code(name) -> None:
    default, _meaning = table(section(GUIDE, "Variables"))[name]
    value = literal(default_of(reads()[name]))
    assert default == as_written(value) if value is not None else default not in {"", "–"}


@pytest.mark.parametrize("name", [name for name, call in reads().items() if ast.unparse(call.func).endswith("one_of")])
def test_the_words_that_a_variable_takes_are_all_named(name) -> None:
    assert set(ast.literal_eval(reads()[name].args[1])) <= set(words(table(section(GUIDE, "Variables"))[name][1]))


def test_every_variable_of_the_web_server_has_its_row_and_no_other_has() -> None:
    assert set(table(section(GUIDE, "The web server"))) == read_by("roadmap/gunicorn.py")


def test_the_example_file_has_the_same_variables() -> None:
    named = set(re.findall(r"^([A-Z_]+)=", page(".env.example"), re.MULTILINE))
    assert named == set(reads()) | read_by("roadmap/gunicorn.py")


def test_every_variable_of_the_command_that_prepares_is_named() -> None:
    assert read_by("roadmap_file/management/commands/prepare.py") <= set(words(section(GUIDE, "The web server")))


def test_every_system_check_has_its_row_and_no_other_has() -> None:
    assert check_ids() >= {"roadmap.E001", "record.W001"}
    assert set(table(section(GUIDE, "System checks"))) == check_ids()


@pytest.mark.django_db
def test_the_remedy_for_a_missing_trigger_brings_it_back() -> None:
    from django.core.management import call_command
    from django.db import connection

    from record.guard import check_guard

    (remedy, _verify) = re.findall(r"`python manage\.py ([^`]+)`", table(section(GUIDE, "System checks"))["record.W001"][1])
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER record_guard_rows ON record_event")
    assert [fault.id for fault in check_guard(databases=["default"])] == ["record.W001"]
    command, *options = remedy.split()
    call_command(command, skip_checks="--skip-checks" in options, verbosity=0)  # by itself it would skip them, unlike manage.py
    assert check_guard(databases=["default"]) == []

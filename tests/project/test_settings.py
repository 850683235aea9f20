"""A wrong variable is named, and production refuses to start unsafe: each in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SAFE = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": "x7" * 40,
    "ALLOWED_HOSTS": "roadmap.example.org",
    "DATABASE_URL": "postgres://roadmap@localhost:5432/roadmap",
    "REDIS_URL": "redis://localhost:6379/0",
    "STATIC_STORAGE": "plain",
}


def run(code, **changes):
    environment = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "roadmap.settings"} | SAFE | changes
    environment = {name: value for name, value in environment.items() if value is not None}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def check(**changes):
    code = (
        "import django; django.setup(); from roadmap.checks import check_settings; [print(m.id, m.msg, m.hint) for m in check_settings()]"
    )
    return run(code, **changes)[1]


def test_safe_settings_have_no_fault():
    assert check() == ""


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"SECRET_KEY": None}, "roadmap.E002"),
        ({"SECRET_KEY": "short"}, "roadmap.E002"),
        ({"DEBUG": "1"}, "roadmap.E003"),
        ({"ALLOWED_HOSTS": None}, "roadmap.E004"),
        ({"ALLOWED_HOSTS": "*"}, "roadmap.E004"),
        ({"HTTPS": "0"}, "roadmap.E005"),
        ({"REDIS_URL": None}, "roadmap.W001"),
        ({"DEBUG": "maybe"}, "roadmap.E001 DEBUG is neither yes nor no"),
        ({"CONN_MAX_AGE": "long"}, "roadmap.E001 CONN_MAX_AGE cannot be read"),
        ({"TIME_ZONE": "Mars/Base"}, "roadmap.E001 TIME_ZONE is no time zone"),
        ({"DATABASE_URL": "sqlite:///x"}, "roadmap.E001 DATABASE_URL is not a PostgreSQL address"),
        ({"DATABASE_URL": "nonsense"}, "roadmap.E001 DATABASE_URL"),
        ({"EMAIL_URL": "pigeon://"}, "roadmap.E001 EMAIL_URL"),
        ({"ENVIRONMENT": "prod"}, "roadmap.E001 ENVIRONMENT is 'prod'"),
        ({"LOG_LEVEL": "loud"}, "roadmap.E001 LOG_LEVEL"),
    ],
)
def test_each_fault_is_a_check_with_an_id_and_a_hint(changes, words):
    assert words in check(**changes)


def test_an_unknown_environment_is_treated_as_production():
    assert "roadmap.E002" in check(ENVIRONMENT="prod", SECRET_KEY=None)


@pytest.mark.parametrize("module", ["roadmap.wsgi"])
@pytest.mark.parametrize("changes", [{"SECRET_KEY": None}, {"DEBUG": "1"}, {"ALLOWED_HOSTS": None}])
def test_the_server_does_not_start_with_unsafe_settings(module, changes):
    code, output = run(f"import {module}", **changes)
    assert code != 0
    assert "ImproperlyConfigured: roadmap.E00" in output


def test_the_server_starts_with_safe_ones():
    assert run("import roadmap.wsgi")[0] == 0

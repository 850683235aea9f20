"""A wrong variable is named, and production refuses to start unsafe: each in a process of its own."""

import os
import re
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
        ({"LOG_FORMAT": "xml"}, "roadmap.E001 LOG_FORMAT is 'xml'"),
        ({"METRICS_BIND": "9100"}, "roadmap.E001 METRICS_BIND is no address with a port"),
        ({"SECRET_KEY_FILE": "/dev/null"}, "roadmap.E001 SECRET_KEY_FILE and SECRET_KEY are both set"),
        ({"METRICS_TOKEN_FILE": "/no/such/file"}, "roadmap.E001 METRICS_TOKEN_FILE cannot be read: FileNotFoundError"),
        ({"SECOND_FACTOR_ROLES": "editor,boss"}, "roadmap.E001 SECOND_FACTOR_ROLES names 'boss'"),
        ({"OIDC_ROLES": "staff=analyst,board"}, "roadmap.E001 OIDC_ROLES holds 'board'"),
        ({"OIDC_ROLES": "staff=boss"}, "roadmap.E001 OIDC_ROLES holds 'staff=boss'"),
        ({"OIDC_MFA": "perhaps"}, "roadmap.E001 OIDC_MFA"),
        ({"OIDC_ISSUER": "https://sso.example.org"}, "roadmap.E006"),
        ({"OIDC_ISSUER": "http://sso.example.org", "OIDC_CLIENT_ID": "a", "OIDC_CLIENT_SECRET": "b"}, "roadmap.E006"),
        ({"CHECKPOINT_KEYS": "PRIVATE+KEY+log+00000000+nonsense"}, "roadmap.E007"),
        ({"WITNESSES": "https://witness.example.org"}, "roadmap.E007"),
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


SECRETS = {
    "SECRET_KEY": "y8" * 40,
    "SECRET_KEY_FALLBACKS": "z9" * 40,
    "DATABASE_URL": "postgres://somebody:secret@host:5432/roadmap",
    "REDIS_URL": "redis://:secret@host:6379/0",
    "BROKER_URL": "redis://:secret@host:6379/1",
    "EMAIL_URL": "smtp+tls://somebody:secret@host:587",
    "OIDC_CLIENT_SECRET": "secret",
    "CHECKPOINT_KEYS": "secret",
    "METRICS_TOKEN": "secret",
    "SENTRY_DSN": "https://secret@host/1",
    "BACKUP_IDENTITIES": "secret",
    "AWS_ACCESS_KEY_ID": "secret",
    "AWS_SECRET_ACCESS_KEY": "secret",
}


def test_every_secret_may_stand_in_a_file_and_nothing_else_gets_it(tmp_path):
    files = {}
    for name, value in SECRETS.items():
        (tmp_path / name).write_text(value + "\n")
        files[f"{name}_FILE"] = str(tmp_path / name)
    code = (
        "import os\nfrom roadmap import settings as s\nassert not s.SETTINGS_FAULTS, s.SETTINGS_FAULTS\n"
        "print(sorted(s.SECRETS))\nprint([name for name in s.SECRETS if name in os.environ])\n"
        "print(s.SECRET_KEY, s.SECRET_KEY_FALLBACKS, s.DATABASES['default']['PASSWORD'], s.REDIS_URL, s.CELERY_BROKER_URL,"
        " s.EMAIL_HOST_PASSWORD, s.OIDC_CLIENT_SECRET, s.CHECKPOINT_KEYS, s.METRICS_TOKEN, s.SENTRY_DSN,"
        " s.BACKUP_IDENTITIES, s.AWS_ACCESS_KEY_ID, s.AWS_SECRET_ACCESS_KEY)"
    )
    _code, said = run(code, **dict.fromkeys(SECRETS), **files)
    known, inherited, read = said.splitlines()
    assert known == str(sorted(SECRETS))
    assert inherited == "[]"
    taken = [SECRETS["SECRET_KEY"], [SECRETS["SECRET_KEY_FALLBACKS"]], "secret", SECRETS["REDIS_URL"], SECRETS["BROKER_URL"]]
    taken += ["secret", "secret", ["secret"], "secret", SECRETS["SENTRY_DSN"], ["secret"], "secret", "secret"]
    assert read == " ".join(str(one) for one in taken)


def test_every_variable_that_is_called_a_secret_is_one_of_them():
    text = (ROOT / "roadmap" / "settings.py").read_text()
    read = set(re.findall(r'environment\.\w+\(\s*"(\w+)"', text))
    called = {name for name in read if re.search(r"SECRET|PASSWORD$|TOKEN|_KEYS|_KEY_|IDENTITIES|DSN|_URL$", name)} - {
        "SITE_URL",
        "DATA_LICENCE_URL",
        "RETAIN_TOKENS",
        "AWS_ENDPOINT_URL",
    }
    assert called == set(SECRETS)

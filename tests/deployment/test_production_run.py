"""The installation of ``docker-compose.yml``, run by hand: what it answers, what it may do, and when it refuses to start."""

from __future__ import annotations

import gzip
import os
import re
import signal
import subprocess
import time
from contextlib import closing
from typing import TYPE_CHECKING

import psycopg2
import pytest
from django.core.exceptions import ImproperlyConfigured
from psycopg2 import errors

from record.guard import guarded_models
from roadmap.checks import refuse_unsafe_start
from tests.deployment.site import HOST, REDIS, VARIABLES, free_port
from tests.machine import needs
from tools.processes import wait_until

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

    from tests.deployment.site import Answer, Site

WATCHED = ["postgres", "web", "worker", "exports", "beat", *(["redis"] if REDIS else [])]
REFUSED_WITHIN = 60
GUARDED = (
    "SELECT DISTINCT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgname = 'record_guard_rows' "
    "ORDER BY c.relname"
)


# What it answers


@pytest.mark.parametrize("service", WATCHED)
def test_each_health_check_says_healthy(site: Site, service: str) -> None:
    outcome = site.check(service)
    assert outcome.returncode == 0, outcome.stdout


def test_the_health_check_of_the_image_says_healthy(site: Site) -> None:
    outcome = site.run("web", site.image.health_check)
    assert outcome.returncode == 0, outcome.stdout


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/"])
def test_a_page_is_answered_through_the_proxy(site: Site, path: str) -> None:
    assert followed(site, path).status == 200


def test_the_dashboard_loads_its_style_compressed_and_kept_for_ever(site: Site) -> None:
    page = followed(site, "/").body.decode()
    style = re.search(r'href="(/static/[^"]+\.css)"', page)
    assert style, page[:2000]
    answer = site.get(style[1], Accept_Encoding="gzip")
    assert answer.status == 200
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "immutable" in answer.headers["Cache-Control"]
    assert gzip.decompress(answer.body)


def test_a_request_without_https_is_sent_there(site: Site) -> None:
    answer = site.get("/", X_Forwarded_Proto="http")
    assert answer.status == 301
    assert answer.headers["Location"] == f"https://{HOST}/"


def test_an_answer_binds_browsers_to_https(site: Site) -> None:
    assert "max-age=31536000" in site.get("/").headers["Strict-Transport-Security"]


def test_another_host_is_refused(site: Site) -> None:
    assert site.get("/", Host="elsewhere.example.org").status == 400


def test_a_task_travels_through_the_broker_to_the_worker(site: Site) -> None:
    with closing(site.as_application()) as connection, connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO django_session (session_key, session_data, expire_date) VALUES ('old', '', now() - interval '1 day')")
    sent = site.run("web", ["celery", "-A", "roadmap", "call", "accounts.tasks.clear_sessions"])
    assert sent.returncode == 0, sent.stdout
    assert wait_until(lambda: not rows(site, "SELECT 1 FROM django_session"), 60), site.log("worker").read_text()


ASK = """
import django
django.setup()
from record.moments import now
from exports.making import ask_for
print(ask_for("{kind}", "", now()).uid)
"""


@pytest.mark.parametrize(("kind", "begins"), [("pdf", b"%PDF-"), ("xlsx", b"PK"), ("json", b'{"about"')])
def test_a_file_for_a_reader_is_made_by_the_worker_and_served_by_the_web(site: Site, kind: str, begins: bytes) -> None:
    needs(*(["pango"] if kind == "pdf" else []))
    asked = site.run("web", ["python", "-c", ASK.format(kind=kind)], DJANGO_SETTINGS_MODULE="roadmap.settings")
    assert asked.returncode == 0, asked.stdout
    path = f"/exports/{asked.stdout.split()[-1]}/file/"
    assert wait_until(lambda: followed(site, path).status == 200, 90), site.log("exports").read_text()
    assert followed(site, path).body.startswith(begins)


def test_the_checks_of_deployment_find_nothing(site: Site) -> None:
    needs("redis")  # without it they rightly warn
    checked = site.run("web", ["python", "manage.py", "check", "--deploy", "--database", "default", "--fail-level", "WARNING"])
    assert checked.returncode == 0, checked.stdout


def test_the_scheduler_leaves_no_lock_that_would_stop_its_next_start(site: Site) -> None:
    assert not [path for folder in (site.image.app, site.image.var) for path in folder.glob("*.pid")]
    assert list(site.image.var.glob("beat-schedule*"))


# What the application's role may do


def test_the_application_owns_no_table(site: Site) -> None:
    owners = rows(site, "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")
    assert owners == [("roadmap_owner",)]


def test_the_roles_have_no_rights_over_the_server(site: Site) -> None:
    found = rows(
        site,
        "SELECT rolname FROM pg_roles WHERE rolname LIKE 'roadmap\\_%' "
        "AND NOT (rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls) ORDER BY rolname",
    )
    assert found == [("roadmap_app",), ("roadmap_owner",)]
    assert rows(site, "SELECT 1 FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member WHERE r.rolname = 'roadmap_app'") == []


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE {table} DISABLE TRIGGER record_guard_rows",
        "ALTER TABLE {table} DISABLE TRIGGER ALL",
        "DROP TRIGGER record_guard_rows ON {table}",
        "DROP TABLE {table} CASCADE",
        "TRUNCATE {table} CASCADE",
        "CREATE OR REPLACE FUNCTION record_guard() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE TABLE public.beside (id int)",
        "SET session_replication_role = replica",
        "SET ROLE roadmap_owner",
    ],
)
def test_the_application_cannot_lift_the_guard_of_the_record(site: Site, statement: str) -> None:
    for table in guarded_tables(site):
        with pytest.raises(errors.InsufficientPrivilege):
            execute(site, statement.format(table=table))


def test_the_application_can_neither_change_nor_delete_what_is_recorded(site: Site) -> None:
    since = {model._meta.db_table: model.guard.since for model in guarded_models()}
    closed = {table: f"{said[0]}::text = '{said[1]}'" if said else "true" for table, said in since.items()}
    assert sorted(closed) == guarded_tables(site)
    filled = [table for table, condition in closed.items() if rows(site, f"SELECT 1 FROM {table} WHERE {condition} LIMIT 1")]
    assert {"record_event", "milestones_versionstanding", "milestones_versiontexts"} <= set(filled)
    held = {model._meta.db_table for model in guarded_models() if model.guard.may_go}
    for table in filled:
        with pytest.raises(errors.ForeignKeyViolation if table in held else errors.RestrictViolation):
            execute(site, f"DELETE FROM {table} WHERE {closed[table]}")
    for table in (name for name in filled if name.endswith(("version", "standing", "texts"))):
        with pytest.raises(errors.RestrictViolation):
            execute(site, f"UPDATE {table} SET code = 'forged'")
    with pytest.raises(errors.RestrictViolation):
        execute(site, "UPDATE record_event SET text = 'forged'")


def test_a_role_without_its_password_is_not_let_in(site: Site) -> None:
    """Otherwise the tests above would not show that the passwords arrive whole."""
    for role in ("roadmap_app", "roadmap_owner"):
        with pytest.raises(psycopg2.OperationalError, match="password"):
            site.connect(role, "wrong")


# When it refuses to start, and when it is not well

UNSAFE = {
    "roadmap.E002": {"SECRET_KEY": "not-a-secret-set-SECRET_KEY"},
    "roadmap.E003": {"DEBUG": "1"},
    "roadmap.E004": {"ALLOWED_HOSTS": ""},
}


@pytest.mark.parametrize("service", ["web", "worker", "beat"])
def test_nothing_starts_unsafe_and_each_fault_is_named(site: Site, service: str) -> None:
    code, said = tried(site, service, {name: value for one in UNSAFE.values() for name, value in one.items()})
    assert code != 0
    assert [fault for fault in UNSAFE if fault not in said] == [], said


@pytest.mark.parametrize("fault", UNSAFE)
def test_one_fault_is_enough_to_refuse(settings: SettingsWrapper, fault: str) -> None:
    safe = {"ENVIRONMENT": "production", "HTTPS": True, "DEBUG": False, "SECRET_KEY": "x" * 64, "ALLOWED_HOSTS": [HOST]}
    given = {"DEBUG": True} if fault == "roadmap.E003" else UNSAFE[fault]
    for name, value in safe.items():
        setattr(settings, name, value)
    refuse_unsafe_start()
    for name, value in given.items():
        setattr(settings, name, value)
    with pytest.raises(ImproperlyConfigured, match=fault):
        refuse_unsafe_start()


def test_the_server_without_a_database_is_up_but_not_ready(site: Site) -> None:
    """So that an engine does not restart what a restart cannot help, and a proxy sends nobody there."""
    lost = site.environment("web") | {
        "DATABASE_URL": "postgres://roadmap_app@127.0.0.1:9/roadmap",
        "BIND": f"127.0.0.1:{free_port()}",
        "METRICS_BIND": "",
    }
    web = subprocess.Popen(site.command("web"), cwd=site.image.app, env=lost, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        assert wait_until(lambda: site.run("web", site.image.health_check, BIND=lost["BIND"]).returncode == 0, 60)
        ready = site.run("web", ["python", "-m", "deploy.health", "answers", "/readyz"], BIND=lost["BIND"])
        assert ready.returncode == 1
        assert "/readyz answers 503" in ready.stdout
    finally:
        web.terminate()
        web.communicate(timeout=20)


def test_a_server_that_is_not_there_is_unhealthy(site: Site) -> None:
    outcome = site.run("web", site.image.health_check, BIND="0.0.0.0:9")
    assert outcome.returncode == 1
    assert "does not answer" in outcome.stdout


def test_a_worker_that_is_not_there_is_unhealthy(site: Site) -> None:
    ping = site.services["worker"]["healthcheck"]["test"][1].replace("--timeout 3", "--timeout 1")
    assert site.run("worker", ["/bin/sh", "-c", ping], HOSTNAME="nobody").returncode != 0


def test_a_scheduler_that_stands_still_is_unhealthy(site: Site) -> None:
    check = site.services["beat"]["healthcheck"]["test"][1:]
    elsewhere = site.image.var / "still"
    elsewhere.mkdir(exist_ok=True)
    assert "not taken a turn yet" in site.run("beat", check, VAR_DIR=str(elsewhere)).stdout
    pulse = elsewhere / "beat-ticked"
    pulse.touch()
    assert site.run("beat", check, VAR_DIR=str(elsewhere)).returncode == 0
    os.utime(pulse, times=(time.time() - 200,) * 2)
    outcome = site.run("beat", check, VAR_DIR=str(elsewhere))
    assert outcome.returncode == 1
    assert "last turn 200 s ago" in outcome.stdout


# Tools


def tried(site: Site, service: str, variables: dict[str, str]) -> tuple[int, str]:
    """Start a service that should end by itself at once; its code and what it said, 0 where it had to be ended."""
    environment = site.environment(service) | {"BIND": "127.0.0.1:0", "METRICS_BIND": "", "VAR_DIR": str(site.folder)} | variables
    process = subprocess.Popen(
        site.command(service),
        cwd=site.image.app,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        said, _ = process.communicate(timeout=REFUSED_WITHIN)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        said, _ = process.communicate()
        return 0, said
    return process.returncode, said


def followed(site: Site, path: str) -> Answer:
    """The answer after at most one redirect on the site, such as to a language."""
    answer = site.get(path)
    if answer.status in {301, 302}:
        answer = site.get(answer.headers["Location"].removeprefix(f"https://{HOST}"))
    return answer


def rows(site: Site, query: str) -> list[tuple[object, ...]]:
    with closing(site.as_application()) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def execute(site: Site, statement: str) -> None:
    with closing(site.as_application()) as connection, connection.cursor() as cursor:
        cursor.execute(statement)


def guarded_tables(site: Site) -> list[str]:
    with closing(site.connect("postgres", VARIABLES["POSTGRES_PASSWORD"])) as connection, connection.cursor() as cursor:
        cursor.execute(GUARDED)
        tables = [name for (name,) in cursor.fetchall()]
    assert tables
    return tables

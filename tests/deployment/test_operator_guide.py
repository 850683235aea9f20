"""``docs/operator.md`` names only what there is, and its backup can be restored by its own words."""

from __future__ import annotations

import os
import re
from contextlib import closing
from typing import TYPE_CHECKING

from tests.deployment import compose
from tests.deployment.compose import ROOT
from tests.deployment.known import POSTGRES_IMAGE, known_to_the_application
from tests.deployment.site import VARIABLES, Site
from tests.factories import as_file, milestone, roadmap
from tools.postgres import Cluster

if TYPE_CHECKING:
    import pytest

    from tests.deployment.image import Image

GUIDE = (ROOT / "docs" / "operator.md").read_text(encoding="utf-8")
IN_A_SERVICE = re.compile(r"docker compose (?:exec|run)((?: --?[\w-]+)*) (\w+)(?: (.*))?")
TO_SERVICES = re.compile(r"docker compose (?:up|stop|logs)\b([^`<>|\n]*)")
OF_THE_ENGINE = {"COMPOSE_FILE"}


def blocks(heading: str) -> list[str]:
    """The lines of the shell blocks below a heading."""
    section = GUIDE.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return [line for block in re.findall(r"```sh\n(.*?)```", section, re.DOTALL) for line in block.splitlines()]


def test_every_management_command_that_it_names_exists(site: Site) -> None:
    known = site.run("web", ["python", "manage.py", "help", "--commands"]).stdout.split()
    named = set(re.findall(r"manage\.py (\w+)", GUIDE))
    assert {"migrate", "verify_record", "createsuperuser"} <= named
    assert named <= set(known)


def test_every_service_that_it_names_exists() -> None:
    services = set(compose.raw()["services"])
    assert {match[2] for match in IN_A_SERVICE.finditer(GUIDE)} <= services
    for match in TO_SERVICES.finditer(GUIDE):
        words = re.sub(r"--(?:tail|since) \w+|--?[\w-]+", "", match[1]).split()
        assert set(words) <= services


def test_every_variable_that_it_names_is_read_by_something() -> None:
    named = set(re.findall(r"`([A-Z]+_[A-Z_]+)(?:=[^`]*)?`", GUIDE))
    assert {"TIME_ZONE", "BEHIND_PROXY"} <= named
    assert named <= known_to_the_application() | POSTGRES_IMAGE | set(compose.example_variables())


def test_every_file_that_it_names_exists() -> None:
    paths = set(re.findall(r"`((?:deploy|docs)/[\w./-]+|[\w-]+\.(?:md|yml))`", GUIDE)) - {"docker-compose.override.yml"}
    linked = {f"docs/{target}" for target in re.findall(r"\]\(([\w./-]+)\)", GUIDE)}
    assert {"deploy/env.example", "docs/settings.md"} <= paths | linked
    assert [path for path in paths | linked if not (ROOT / path).is_file()] == []


def test_every_link_inside_it_leads_to_a_heading() -> None:
    headings = re.findall(r"^#+ (.*)$", GUIDE, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([\w-]+)\)", GUIDE)) <= anchors


def test_the_nightly_tasks_are_those_of_the_schedule(site: Site) -> None:
    say = "from roadmap.celery import app\nfor one in app.conf.beat_schedule.values():\n    print(one['task'], one['schedule'])"
    lines = re.findall(r"(\d+) (\d+) \* \* \*", site.run("beat", ["python", "-c", say]).stdout)
    planned = {f"{int(hour):02}:{int(minute):02}" for minute, hour in lines}
    assert planned
    assert planned == set(re.findall(r"^\| (\d\d:\d\d) \|", GUIDE, re.MULTILINE))


def test_another_report_and_the_demonstration_are_loaded_into_an_empty_installation_as_the_page_says(
    image: Image, tmp_path_factory: pytest.TempPathFactory
) -> None:
    check, load, export, demonstrate = blocks("Another report")
    file = image.app / "my.yaml"
    file.write_text(as_file(roadmap(milestone("PR-01"))), encoding="utf-8")
    for lines, said in (
        ((check, load, export.replace("CODE", "TEST"), load), "nothing to do"),
        ((demonstrate,), "The sample record is loaded"),
    ):
        folder = tmp_path_factory.mktemp("another")
        with Cluster(folder, durable=False) as cluster:
            empty = Site(image, cluster, folder, services=compose.services(VARIABLES | {"REPORT": "none"}))
            empty.make_database()
            if empty.account:  # the operator's own file: the shell that writes it is theirs
                os.chown(file, empty.account.uid, empty.account.gid)
            migrated = empty.run("migrate", empty.command("migrate"))
            assert (migrated.returncode, "added" in migrated.stdout) == (0, False), migrated.stdout
            assert said in follow(empty, list(lines))
    file.unlink()


def test_a_backup_is_restored_on_a_new_machine_with_its_guards_and_its_head(
    site: Site, image: Image, tmp_path_factory: pytest.TempPathFactory
) -> None:
    evidence = image.var / "files" / "evidence.txt"
    evidence.write_text("kept")
    evidence.chmod(0o644)
    said = follow(site, [line for line in blocks("Back up") if not line.partition("=")[0].isidentifier()])
    assert "can be restored, and its record is sound" in said
    evidence.unlink()
    folder = tmp_path_factory.mktemp("restored")
    with Cluster(folder, durable=False) as cluster:
        restored = Site(image, cluster, folder)
        restored.make_database()
        said = follow(restored, blocks("Restore")[:5])
        assert "Restored, and the record is sound" in said
        assert evidence.read_text() == "kept"
        assert state(restored) == state(site)


def state(site: Site) -> list[tuple[object, ...]]:
    """Guards, owners and rights, and the position of the record."""
    queries = (
        "SELECT tgrelid::regclass::text, tgname::text, tgenabled::text FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2",
        """SELECT relname::text, relowner::regrole::text, array_to_string(relacl, ' ') FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S') ORDER BY 1""",
        "SELECT array_to_string(datacl, ' ') FROM pg_database WHERE datname = 'roadmap'",
        "SELECT max(position) FROM record_event",
    )
    with closing(site.connect("postgres", VARIABLES["POSTGRES_PASSWORD"])) as connection, connection.cursor() as cursor:
        found: list[tuple[object, ...]] = []
        for query in queries:
            cursor.execute(query)
            found += cursor.fetchall()
    assert len(found) > len(queries)
    return found


def follow(site: Site, lines: list[str]) -> str:
    """Do what a block says: what runs in a service runs in its place, files and all; services are up as they are."""
    said = ""
    backup = site.image.app / "backup"
    backup.mkdir(exist_ok=True)
    if site.account:  # the operator's own folder: nobody but the tests writes it from inside
        os.chown(backup, site.account.uid, site.account.gid)
    for line in lines:
        if TO_SERVICES.match(line):
            continue
        outcome = site.run(*step(site, line), PGHOST=str(site.cluster.at.sockets))
        assert outcome.returncode == 0, f"{line}\n{outcome.stdout}"
        said += outcome.stdout
    return said


def step(site: Site, line: str) -> tuple[str, list[str]]:
    match = IN_A_SERVICE.match(line)
    if match is None:
        return "web", ["/bin/sh", "-c", line]
    service, rest = match[2], match[3]
    if not rest:
        return service, site.command(service)
    return service, ["/bin/sh", "-c", site.placed(rest)]

"""``docker-compose.yml`` is sound: by the schema of the compose specification, and by what it names."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest

from tests.deployment import compose
from tests.deployment.compose import COMPOSE_FILE, ROOT
from tests.deployment.known import POSTGRES_IMAGE, known_to_the_application, known_to_the_init_script
from tests.deployment.site import VARIABLES

SERVICES = compose.services(VARIABLES)
OURS = ("migrate", "web", "worker", "exports", "backup", "restore", "beat")
BY_HAND = ("migrate", "restore")
"""To their end, and not again."""
CONDITIONS = {"service_healthy", "service_completed_successfully"}


def test_it_follows_the_compose_specification() -> None:
    checker = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE_FILE)]
    outcome = subprocess.run(checker, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stdout


def test_it_has_the_nine_services() -> None:
    assert set(SERVICES) == {"postgres", "redis", *OURS}


@pytest.mark.parametrize("service", OURS)
def test_the_application_is_given_only_variables_that_it_reads(service: str) -> None:
    assert set(SERVICES[service]["environment"]) <= known_to_the_application()


def test_the_database_is_given_only_variables_that_its_image_or_our_script_reads() -> None:
    given = set(SERVICES["postgres"]["environment"])
    assert given <= POSTGRES_IMAGE | known_to_the_init_script()
    assert known_to_the_init_script() <= given


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_waits_for_one_that_can_be_waited_for(service: str) -> None:
    for other, how in SERVICES[service].get("depends_on", {}).items():
        assert how["condition"] in CONDITIONS
        if how["condition"] == "service_healthy":
            assert SERVICES[other]["healthcheck"]["test"]
        else:
            assert SERVICES[other]["restart"] == "no"


def test_the_application_starts_after_the_migration_and_that_after_the_database() -> None:
    for service in ("web", "worker", "exports", "backup", "beat"):
        assert SERVICES[service]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert SERVICES["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}


@pytest.mark.parametrize("service", [name for name in SERVICES if name not in BY_HAND])
def test_each_lasting_service_is_watched_and_restarted(service: str) -> None:
    assert SERVICES[service]["healthcheck"].keys() >= {"test", "interval", "timeout", "retries", "start_period"}
    assert SERVICES[service]["restart"] == "unless-stopped"


@pytest.mark.parametrize("service", SERVICES)
def test_no_service_has_more_rights_than_it_needs(service: str) -> None:
    given = SERVICES[service]
    assert given["read_only"] is True
    assert given["cap_drop"] == ["ALL"]
    assert given["security_opt"] == ["no-new-privileges:true"]
    assert not given.keys() & {"privileged", "cap_add", "network_mode", "pid", "devices"}
    assert given["user"] in {"postgres", "redis"} if service not in OURS else "user" not in given


@pytest.mark.parametrize("service", SERVICES)
def test_no_service_can_take_the_whole_machine(service: str) -> None:
    given = SERVICES[service]
    assert all(re.search(r":size=[0-9]+m$", folder) for folder in given["tmpfs"])
    assert re.fullmatch(r"[0-9]+[mg]", given["mem_limit"])
    assert 0 < given["pids_limit"] <= 500


def test_only_the_web_server_is_reachable_and_only_from_this_machine() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"web": ["127.0.0.1:8000:8000"]}


def test_the_database_and_redis_reach_nothing_outside() -> None:
    assert compose.raw()["networks"]["inside"] == {"internal": True}
    for name in ("postgres", "redis", "migrate", "exports", "beat"):
        assert SERVICES[name]["networks"] == ["inside"]


def test_every_volume_is_declared_and_used_and_every_mounted_file_exists() -> None:
    mounts = [mount.split(":")[0] for service in SERVICES.values() for mount in service.get("volumes", [])]
    files = [mount for mount in mounts if mount.startswith(".")]
    assert set(mounts) - set(files) == set(compose.raw()["volumes"])
    assert [file for file in files if not (ROOT / file).is_file()] == []


def test_the_script_for_a_new_database_may_be_executed() -> None:
    assert (ROOT / "deploy" / "postgres-init.sh").stat().st_mode & 0o111 == 0o111


def test_a_secret_has_no_default_and_its_absence_is_explained() -> None:
    used = compose.uses(COMPOSE_FILE.read_text(encoding="utf-8"))
    required = {name for name, kind in used.items() if kind == "?"}
    assert {name for name in used if re.search("SECRET_KEY$|PASSWORD", name)} <= required
    for name in required:
        with pytest.raises(compose.Missing, match=f"{name} (is|are) "):
            compose.services(VARIABLES | {name: ""})


def test_the_example_names_exactly_the_variables_of_the_file() -> None:
    assert set(compose.example_variables()) == set(compose.uses(COMPOSE_FILE.read_text(encoding="utf-8")))


def test_no_password_stands_in_an_address() -> None:
    texts = list(_texts(SERVICES))
    addresses = [text for text in texts if "://" in text]
    assert addresses
    assert [text for text in addresses if re.search(r"://[^/@]*:[^/@]*@", text)] == []


def test_the_application_is_not_the_owner_of_its_tables() -> None:
    users = {name: SERVICES[name]["environment"]["DATABASE_URL"].split("//")[1].split("@")[0] for name in OURS}
    assert users == {
        "migrate": "roadmap_owner",
        "web": "roadmap_app",
        "worker": "roadmap_app",
        "exports": "roadmap_app",
        "backup": "roadmap_backup",
        "restore": "roadmap_owner",
        "beat": "roadmap_app",
    }
    assert SERVICES["migrate"]["environment"]["DATABASE_APP_ROLE"] == "roadmap_app"
    for name in ("web", "worker", "exports", "backup", "beat"):
        assert VARIABLES["OWNER_DATABASE_PASSWORD"] not in SERVICES[name]["environment"].values()


def test_the_worker_alone_can_sign_checkpoints() -> None:
    signing = compose.services(VARIABLES | {"CHECKPOINT_KEYS": "a private key"})
    assert [name for name in signing if "a private key" in (signing[name].get("environment") or {}).values()] == ["worker"]


def test_only_who_reads_backups_can_open_them_or_reach_their_store() -> None:
    given = compose.services(VARIABLES | {"BACKUP_IDENTITIES": "a private key", "AWS_SECRET_ACCESS_KEY": "a secret"})
    for secret in ("a private key", "a secret"):
        assert {name for name in given if secret in (given[name].get("environment") or {}).values()} == {"backup", "restore"}


def test_a_restore_is_never_begun_by_itself() -> None:
    assert SERVICES["restore"]["profiles"] == ["restore"]
    assert not [name for name, one in SERVICES.items() if "restore" in one.get("depends_on", {})]


def _texts(node: Any) -> list[str]:
    if isinstance(node, dict):
        return [text for value in node.values() for text in _texts(value)]
    if isinstance(node, list):
        return [text for value in node for text in _texts(value)]
    return [str(node)]

"""The recipe of the operator's guide for going back to a moment, with a real archive of the log of a real PostgreSQL."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psycopg2
import pytest

from tests.deployment.compose import ROOT
from tools import environment
from tools.postgres import Cluster
from tools.processes import wait_until

GUIDE = (ROOT / "docs" / "operator.md").read_text(encoding="utf-8")
WRITE = """
import django; django.setup()
from tests.operations.test_backup import change_something
change_something("{text}")
"""


def recipe() -> str:
    return GUIDE.split("### To a moment\n", 1)[1].split("\n### ", 1)[0]


def manage(env: dict[str, str], *words: str) -> str:
    command = [sys.executable, "-W", "ignore", *words]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def asked(cluster: Cluster, statement: str) -> str:
    connection = psycopg2.connect(cluster.url())
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement)
        (found,) = cursor.fetchone()
    connection.close()
    return str(found)


def owned(path: Path, cluster: Cluster) -> None:
    if cluster.at.account:
        for one in (path, *path.rglob("*")):
            os.chown(one, cluster.at.account.uid, cluster.at.account.gid)


def configure(cluster: Cluster, lines: str) -> None:
    with (cluster.at.data / "postgresql.auto.conf").open("a") as file:
        file.write(lines)


@pytest.mark.long
def test_the_record_is_had_as_it_was_at_a_moment_and_is_sound(tmp_path):
    (given,) = re.findall(r"- archive_command=(.*)", recipe())
    (base_backup,) = re.findall(r"postgres (pg_basebackup .*) --pgdata=- > ", recipe())
    moment_conf = recipe().split("```ini\n", 1)[1].split("```", 1)[0]
    archive = Path("/tmp") / f"roadmap-archive-{os.getpid()}"  # the account of the server passes through
    archive.mkdir(mode=0o755)
    base = tmp_path / "base.tar"
    try:
        with Cluster(tmp_path / "first", durable=False) as cluster:
            owned(archive, cluster)
            cluster.create_database()
            configure(cluster, f"archive_mode = on\narchive_command = '{given.replace('/archive', str(archive))}'\n")
            cluster.process.send_signal(2)
            cluster.process.wait(60)
            cluster._launch()
            env = environment.for_tests(tmp_path / "var", cluster.url()) | {"PYTHONPATH": str(ROOT)}
            manage(env, "manage.py", "migrate", "-v0")
            manage(env, "manage.py", "load_roadmap", "roadmap_file/data/RK2030.yaml")
            words = [*base_backup.replace("--username=postgres", "--username=roadmap").split(), "--pgdata=-"]
            with base.open("wb") as file:
                program = [cluster.at.programs / words[0], *words[1:], "-h", cluster.at.sockets]
                subprocess.run(program, stdout=file, check=True)
            manage(env, "-c", WRITE.format(text="Something else altogether."))
            wanted = asked(cluster, "SELECT hash FROM record_event ORDER BY position DESC LIMIT 1")
            moment = asked(cluster, "SELECT clock_timestamp()")
            time.sleep(1)
            manage(env, "-c", WRITE.format(text="Something after that."))
            assert asked(cluster, "SELECT max(position) FROM record_event") == "3"
            segment = asked(cluster, "SELECT pg_walfile_name(pg_switch_wal())")
            assert wait_until((archive / segment).exists, 60), "the log is archived"

        with Cluster(tmp_path / "second", durable=False) as cluster:
            cluster.process.send_signal(2)
            cluster.process.wait(60)
            shutil.rmtree(cluster.at.data)
            cluster.at.data.mkdir(mode=0o700)
            subprocess.run(["tar", "-C", cluster.at.data, "-xf", base], check=True)
            conf = moment_conf.replace("/archive", str(archive))
            configure(cluster, re.sub(r"(recovery_target_time = ).*", rf"\1'{moment}'", conf))
            (cluster.at.data / "recovery.signal").touch()
            owned(cluster.at.data, cluster)
            cluster._launch()
            assert wait_until(lambda: asked(cluster, "SELECT pg_is_in_recovery()") == "False", 60)
            assert asked(cluster, "SELECT hash FROM record_event ORDER BY position DESC LIMIT 1") == wanted
            env = environment.for_tests(tmp_path / "var", cluster.url())
            assert f"Position 2, head {wanted}" in manage(env, "manage.py", "verify_record")
    finally:
        shutil.rmtree(archive)

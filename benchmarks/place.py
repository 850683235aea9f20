"""Where a run happens: a folder, a PostgreSQL and an environment of its own, all gone at the end."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psycopg2
from psycopg2 import sql

from tools import environment, messages, static
from tools.basics import ROOT, Refusal, say
from tools.postgres import Cluster

if TYPE_CHECKING:
    from collections.abc import Iterator

MARK = f"roadmap_bench_{os.getpid()}"


@dataclass
class Place:
    """``env`` is that of ``make run``: loopback, manifest of static files, broker in a folder."""

    folder: Path
    server: str
    """The address of a database of the server that is there already; ours are made from it."""
    env: dict[str, str]

    def name(self, part: str) -> str:
        return f"{MARK}_{part}"

    def url(self, part: str) -> str:
        return urlsplit(self.server)._replace(path=f"/{self.name(part)}").geturl()

    def create(self, part: str, like: str = "template0") -> None:
        self._execute("CREATE DATABASE {} TEMPLATE {}", self.name(part), like)

    def copy(self, part: str, of: str) -> None:
        self.create(part, self.name(of))

    def drop_all(self) -> None:
        for name in self._ask("SELECT datname FROM pg_database WHERE datname LIKE %s", f"{MARK}%"):
            self._execute("DROP DATABASE {} WITH (FORCE)", name)

    def version(self) -> str:
        return self._ask("SHOW server_version")[0].split()[0]

    def _execute(self, statement: str, *names: str) -> None:
        connection = psycopg2.connect(self.server)
        connection.autocommit = True
        try:
            connection.cursor().execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
        finally:
            connection.close()

    def _ask(self, statement: str, *values: str) -> list[str]:
        connection = psycopg2.connect(self.server)
        try:
            cursor = connection.cursor()
            cursor.execute(statement, values)
            return [row[0] for row in cursor.fetchall()]
        finally:
            connection.close()


def ours() -> set[str]:
    """The variables that the application reads: the caller's must not colour the figures."""
    return set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))


@contextmanager
def own_place() -> Iterator[Place]:
    """A durable PostgreSQL (synced, with full pages, as in earnest) in a temporary folder.

    Where none comes with the packages, the databases are made on the server of ``DATABASE_URL`` and dropped at the end.
    """
    given = os.environ.get("DATABASE_URL", "")
    for name in ours() & set(os.environ):
        del os.environ[name]
    folder = Path(tempfile.mkdtemp(prefix="roadmap-bench-"))
    folder.chmod(0o711)  # the account of the server passes through to its own folder
    cluster = Cluster(folder, "bench")
    try:
        server = start(cluster, given)
        place = Place(folder, server, environment.for_run(folder, 0, server))
        environment.make_folders(folder, place.env)
        messages.compile_all(ROOT)
        static.collect(ROOT / ".venv" / "bin" / "python", place.env, folder)
        try:
            yield place
        finally:
            place.drop_all()
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


def start(cluster: Cluster, given: str) -> str:
    """The address of the cluster, started; else ``given``. Raises ``Refusal`` where neither is to be had."""
    try:
        cluster.start()
    except Refusal:
        if not given:
            raise
        say("No PostgreSQL of its own can be started: using a database beside that of DATABASE_URL.")
        return given
    return cluster.url("postgres")

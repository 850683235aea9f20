"""A site that can be backed up, and an empty place to restore into: two databases of the server and two folders."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from django.conf import settings as conf
from django.core.management import call_command
from django.db import connection
from django.test.utils import override_settings

from record import installation
from tools.basics import ROOT
from tools.postgres_places import is_root, nobody, programs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ELSEWHERE = "backup_elsewhere"


@dataclass
class Place:
    database: str
    var: Path

    @contextmanager
    def used(self) -> Iterator[None]:
        """This process works on the database and the folder of the place."""
        before = connection.settings_dict["NAME"]
        connection.close()
        connection.settings_dict["NAME"] = self.database
        installation.forget()
        try:
            with override_settings(VAR_DIR=self.var, CHECKPOINT_DIR=self.var / "checkpoint"):
                yield
        finally:
            connection.close()
            connection.settings_dict["NAME"] = before
            installation.forget()

    def call(self, *words: str) -> str:
        """A command of ``manage.py`` there; what it wrote."""
        said = StringIO()
        with self.used():
            call_command(*words, stdout=said)
        return said.getvalue()

    def ask(self, statement: str) -> list[tuple[object, ...]]:
        with self.used(), connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def head(self) -> tuple[object, ...]:
        return self.ask("SELECT position, hash FROM record_event ORDER BY position DESC LIMIT 1")[0]

    def files(self) -> dict[str, bytes]:
        return {str(path.relative_to(self.var)): path.read_bytes() for path in (self.var / "files").rglob("*") if path.is_file()}


@pytest.fixture
def _client_programs(monkeypatch) -> None:
    """Those that come with the server of the tests, which no ``pg_dump`` of the machine may be too old for."""
    found = programs(ROOT / ".venv", nobody() if is_root() else None)
    monkeypatch.setenv("PATH", f"{found}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def site(_client_programs, transactional_db, rk2030, tmp_path) -> Place:
    """RK2030, and a file that somebody handed in."""
    place = Place(connection.settings_dict["NAME"], tmp_path / "site")
    evidence = place.var / "files" / "evidence" / "a b.pdf"
    evidence.parent.mkdir(parents=True)
    evidence.write_bytes(os.urandom(300_000))
    return place


@pytest.fixture
def elsewhere(site, tmp_path) -> Iterator[Place]:
    place = Place(f"{site.database}_{ELSEWHERE}", tmp_path / "elsewhere")
    place.var.mkdir()
    site.ask(f"CREATE DATABASE {place.database} TEMPLATE template0")
    yield place
    site.ask(f"DROP DATABASE {place.database} WITH (FORCE)")


@pytest.fixture(autouse=True)
def _backups_of_the_test(settings) -> None:
    settings.BACKUP_TO = ""
    settings.BACKUP_RECIPIENTS = []
    settings.BACKUP_IDENTITIES = []
    assert conf.BACKUP_TO == ""

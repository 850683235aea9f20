"""Make a backup: all of it, under its name, or nothing."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import ProgrammingError, connection, transaction

from operations.backup import BackupFault, in_words
from operations.backup.keys import recipients
from operations.backup.manifest import Manifest, Part, Recorded
from operations.backup.retention import moment_of, superseded
from operations.backup.stores import NAME, store_of
from operations.backup.streams import database, major_of, sealed, started

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pyrage.x25519 import Recipient

    from operations.backup.stores import Store

DATABASE, FILES = "database.dump", "files.tar"
LOCK_WAIT = "--lock-wait-timeout=60s"
LEFT_AFTER = timedelta(days=1)
"""What nobody finished by then was given up."""
TAR_CHANGED = 1
"""tar's word for a file that changed or went while it was read, as one that is withdrawn does."""


@dataclass(frozen=True)
class Made:
    name: str
    manifest: Manifest
    removed: list[str]
    """Names of older ones that had their time."""


def back_up(target: str, *, now: datetime, to: Sequence[str] = (), daily: int = 0, weekly: int = 0) -> Made:
    """Database, files and a manifest to ``target``, encrypted for ``to``; then older ones go (``retention.superseded``).

    People may work meanwhile: the database is read in one snapshot, whose head the manifest names, and the files afterwards.
    Raises ``BackupFault``; nothing is then there under the name of a backup.
    """
    store, keys = store_of(target), recipients(to)
    name = f"{now.astimezone(UTC):%Y-%m-%dT%H-%M-%SZ}"
    with in_words("The backup was not made"):
        _clear(store, now)
        store.begin(name)
    with _whole_or_nothing(store, name):
        parts: dict[str, Part] = {}
        with _snapshot() as (snapshot, manifest):
            command = ["pg_dump", "--format=custom", LOCK_WAIT, f"--snapshot={snapshot}", f"--dbname={database()}"]
            parts |= _keep(store, name, DATABASE, command, keys)
        (settings.VAR_DIR / "files").mkdir(exist_ok=True)
        command = ["tar", "--create", "--file=-", f"--directory={settings.VAR_DIR}", "files"]
        parts |= _keep(store, name, FILES, command, keys, fine=(0, TAR_CHANGED))
        made = Manifest(**{**vars(manifest), "made_at": now.isoformat(), "parts": parts, "recipients": [str(key) for key in keys]})
        store.finish(name, made.written())
    with in_words(f"The backup {name} was made, but older ones were not removed"):
        old = superseded(store.names(), daily=daily, weekly=weekly)
        for one in old:
            store.discard(one)
    return Made(name, made, old)


def _keep(store: Store, name: str, part: str, command: list[str], keys: list[Recipient], fine: tuple[int, ...] = (0,)) -> dict[str, Part]:
    part += ".age" if keys else ""
    with store.writing(name, part) as target, started(command, fine=fine, stdout=subprocess.PIPE) as process:
        assert process.stdout
        return {part: sealed(process.stdout, target, keys)}


@contextmanager
def _whole_or_nothing(store: Store, name: str) -> Iterator[None]:
    with in_words("The backup was not finished, and what was begun of it is gone"):
        try:
            yield
        except BaseException:
            with in_words(f"The backup was not finished, and what was begun of it, {name}, could not be removed"):
                store.discard(name)
            raise


def _clear(store: Store, now: datetime) -> None:
    for name in store.unfinished():
        if NAME.fullmatch(name) and now - moment_of(name) > LEFT_AFTER:
            store.discard(name)


@contextmanager
def _snapshot() -> Iterator[tuple[str, Manifest]]:
    """One state of the database that ``pg_dump`` can take part in, and what the manifest says of it."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")  # it waits for pg_dump
        try:
            cursor.execute(
                """SELECT pg_export_snapshot(), current_setting('server_version'),
                (SELECT array_agg(app || '.' || name ORDER BY app, name) FROM django_migrations),
                coalesce((SELECT note FROM record_checkpoint ORDER BY size DESC, id DESC LIMIT 1), '')"""
            )
            snapshot, server, migrations, checkpoint = cursor.fetchone()
            cursor.execute("SELECT position, hash FROM record_event ORDER BY position DESC LIMIT 1")
            position, head = cursor.fetchone() or (0, "")
        except ProgrammingError as error:
            raise BackupFault(f"the database {connection.settings_dict['NAME']} holds no record: run migrate first.") from error
        yield (
            snapshot,
            Manifest(
                made_at="",
                version=settings.VERSION,
                postgres=server,
                pg_dump=major_of("pg_dump"),
                migrations=migrations or [],
                record=Recorded(position, head, checkpoint),
                settings=settings.SETTINGS_GIVEN,
                recipients=[],
            ),
        )

"""Restore a backup: nothing is touched before all of it was found whole, and the database changes in one transaction or not at all."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from operations import readiness
from operations.backup import BackupFault, in_words, manifest, unfinished
from operations.backup.keys import identities
from operations.backup.making import DATABASE, FILES
from operations.backup.stores import MANIFEST, found
from operations.backup.streams import Counted, NotOpened, Nowhere, database, major_of, opened, started
from record.log.keeping import CHECKPOINT, HEAD, keep, kept
from record.models import Event
from record.verify import verify_record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pyrage.x25519 import Identity

    from operations.backup.manifest import Manifest
    from operations.backup.stores import Store

AGE = ".age"
NOTHING = "Nothing was restored"
LOCK_WAIT = "SET lock_timeout = '10s';\n"
ANEW = "DROP SCHEMA public CASCADE;\nCREATE SCHEMA public;\n"
WITHOUT_NEWER = ["sed", "1,40{/^SET transaction_timeout = 0;$/d}"]
"""The programs of PostgreSQL 17 say it to every server, and one before 17 does not know it; it is the default."""
INSIST = """
DO $insist$ BEGIN
    IF coalesce((SELECT hash FROM public.record_event ORDER BY position DESC LIMIT 1), '') <> '{head}' THEN
        RAISE EXCEPTION 'the dump does not end with the head that the manifest names';
    END IF;
END $insist$;
"""


@dataclass(frozen=True)
class Backup:
    """One that can be read, and what opens it."""

    store: Store
    name: str
    manifest: Manifest
    identities: list[Identity] | None


def look(source: str, *, by: Sequence[str] = ()) -> Backup:
    """The backup that ``source`` names, or the newest in it; ``by`` are private keys. Raises ``BackupFault``."""
    keys = identities(by)
    store, name = found(source)
    with store.reading(name, MANIFEST) as file:
        said = manifest.read(bytes(file.read()))
    if said.recipients and not keys:
        raise BackupFault(f"The backup {name} is encrypted: name an identity that opens it (--identity FILE, or BACKUP_IDENTITIES).")
    return Backup(store, name, said, keys if said.recipients else None)


def restore(backup: Backup, *, replace: bool = False, head: str = "") -> None:
    """Put the backup in place of nothing, or with ``replace`` of what is here, bring it up to this release, and verify its record.

    ``head`` is one seen earlier, which the record must still hold. Raises ``BackupFault``; whatever was here is then as it was, unless
    the fault says otherwise.
    """
    with in_words(NOTHING):
        _insist_that_it_fits(backup)
        _insist_on_room(replace=replace)
        check(backup)
    with _files(backup) as aside:
        with in_words(NOTHING), _marked(backup.name):
            _put_database(backup, replace=replace)
        with in_words(f"The backup {backup.name} is in place and must not be used as it is"):
            _put_files(aside)
            call_command("migrate", interactive=False, verbosity=0)
            _verify(backup, replace=replace, head=head)
    unfinished().unlink()


@contextmanager
def _marked(name: str) -> Iterator[None]:
    """From before the database is another one, until all is done; whoever ends this process leaves the mark."""
    unfinished().write_text(f"{name}\n", encoding="utf-8")
    try:
        yield
    except Exception:
        unfinished().unlink()
        raise


def check(backup: Backup) -> None:
    """Read all of it: each part has its size and digest, and can be opened. Raises ``BackupFault``."""
    wanted = {DATABASE, FILES}
    if {part.removesuffix(AGE) for part in backup.manifest.parts} != wanted:
        raise BackupFault(f"The backup {backup.name} has not the parts that it should have, {' and '.join(sorted(wanted))}.")
    for part, said in backup.manifest.parts.items():
        fault = None
        try:
            with backup.store.reading(backup.name, part) as file:
                counted = Counted(file)
                try:
                    opened(counted, Nowhere(), backup.identities)
                except NotOpened as error:
                    fault = error
        except FileNotFoundError as error:
            raise BackupFault(f"{part} of the backup {backup.name} is missing. Take another backup.") from error
        if counted.part() != said:
            raise BackupFault(f"{part} of the backup {backup.name} is damaged: it is not what was written. Take another backup.")
        if fault:
            raise BackupFault(f"The backup {backup.name} is encrypted for others: none of the identities given opens it.") from fault


def _insist_that_it_fits(backup: Backup) -> None:
    said = backup.manifest
    unknown = set(said.migrations) - {f"{app}.{name}" for app, name in readiness.migrations()}
    if unknown:
        raise BackupFault(
            f"the backup {backup.name} was made by a later release, {said.version}, and this is {settings.VERSION}: it has the migrations "
            f"{', '.join(sorted(unknown)[:3])}, which are not here. Restore it with that release."
        )
    if (here := major_of("pg_restore")) < said.pg_dump:
        raise BackupFault(f"the database was dumped by PostgreSQL {said.pg_dump}, and the pg_restore of this machine, {here}, is older.")


def _insist_on_room(*, replace: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
                AND usesysid IS NOT NULL),
            (SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace('public') AND relkind IN ('r', 'v', 'p', 'm'))"""
        )
        others, tables = cursor.fetchone()
    name = connection.settings_dict["NAME"]
    if others:
        raise BackupFault(f"{others} others are connected to the database {name}: stop what uses it first.")
    if tables and not replace:
        raise BackupFault(f"the database {name} is not empty. Restore into an empty one, or give it up with --replace.")
    if _holds_something(_files_here()) and not replace:
        raise BackupFault(f"the folder {_files_here()} is not empty. Move it away, or give it up with --replace.")


def _files_here() -> Path:
    return settings.VAR_DIR / "files"


def _holds_something(folder: Path) -> bool:
    return folder.is_dir() and any(path.is_file() for path in folder.rglob("*"))


@contextmanager
def _files(backup: Backup) -> Iterator[Path]:
    """The files of the backup, beside where they belong."""
    aside = settings.VAR_DIR / "files.restored"
    shutil.rmtree(aside, ignore_errors=True)
    try:
        with in_words(NOTHING):
            _extract(backup, aside)
        yield aside / "files"
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _extract(backup: Backup, aside: Path) -> None:
    aside.mkdir(mode=0o700, parents=True)
    command = ["tar", "--extract", "--file=-", "--no-same-owner", f"--directory={aside}"]
    with started(command, stdin=subprocess.PIPE) as process:
        _pour(backup, FILES, process)


def _put_files(aside: Path) -> None:
    """Two renames; what was here goes when the other is in place."""
    here = _files_here()
    before = here.with_name("files.before")
    shutil.rmtree(before, ignore_errors=True)
    if here.exists():
        here.rename(before)
    aside.rename(here)
    shutil.rmtree(before, ignore_errors=True)


def _put_database(backup: Backup, *, replace: bool) -> None:
    """In one transaction, which ends only if ``pg_restore`` ended well and the newest event is the one that the manifest names."""
    connection.close()
    head = backup.manifest.record.head
    if not (head.isalnum() or not head):
        raise BackupFault("the manifest names no head.")
    client = ["psql", "--no-psqlrc", "--quiet", "--output=/dev/null", "--set=ON_ERROR_STOP=1", f"--dbname={database()}"]
    with started(client, stdin=subprocess.PIPE) as psql:
        assert psql.stdin
        psql.stdin.write(f"BEGIN;\n{LOCK_WAIT}{ANEW if replace else ''}".encode())
        psql.stdin.flush()
        command = ["pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", "--file=-"]
        with (
            started(WITHOUT_NEWER, stdin=subprocess.PIPE, stdout=psql.stdin) as plain,
            started(command, stdin=subprocess.PIPE, stdout=plain.stdin) as process,
        ):
            _pour(backup, DATABASE, process)
        psql.stdin.write(f"{INSIST.format(head=head)}COMMIT;\n".encode())
        psql.stdin.flush()


def _pour(backup: Backup, part: str, process: subprocess.Popen[bytes]) -> None:
    """A part into a program, and once more its digest: it may lie on another machine."""
    name = next(name for name in backup.manifest.parts if name.removesuffix(AGE) == part)
    assert process.stdin
    with backup.store.reading(backup.name, name) as file:
        counted = Counted(file)
        opened(counted, process.stdin, backup.identities)
    if counted.part() != backup.manifest.parts[name]:
        raise BackupFault(f"{name} of the backup {backup.name} changed while it was read. Try again.")
    process.stdin.close()


def _verify(backup: Backup, *, replace: bool, head: str) -> None:
    """The record is sound and holds the heads; what the folder of checkpoints lacks comes from the backup."""
    said = backup.manifest.record
    if said.checkpoint and not kept():
        keep(said.checkpoint, CHECKPOINT)
    if replace:
        (settings.CHECKPOINT_DIR / HEAD).unlink(missing_ok=True)  # of the night before, of what was just given up
    faults = verify_record()
    for one in filter(None, (said.head, head)):
        if not Event.objects.filter(hash=one).exists():
            faults.append(f"the chain does not hold the hash {one}")
    if faults:
        raise BackupFault("the record is not sound:\n" + "\n".join(faults))
    if said.head:
        keep(said.head, HEAD)

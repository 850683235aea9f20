"""Rehearse: restore the newest backup into a database and a folder that are there for this alone, by the command that would be used."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import ProgrammingError, connection

from operations.backup import BackupFault, in_words
from operations.backup.restoring import look

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from operations.backup.restoring import Backup

SUFFIX = "_rehearsal"
INSUFFICIENT = "42501"
OF_THE_SITE = {"CHECKPOINT_KEYS", "CHECKPOINT_KEYS_FILE", "CHECKPOINT_DIR"}


def rehearse(source: str, *, by: Sequence[str] = ()) -> Backup:
    """Restore and verify the newest backup in ``source`` aside. Raises ``BackupFault`` where that does not go well."""
    backup = look(source, by=by)
    with in_words("The rehearsal could not begin"), _scratch() as name:
        # On the disk of the files, which has room for them.
        folder = tempfile.TemporaryDirectory(prefix="rehearsal-", dir=settings.VAR_DIR)
        with folder as aside, tempfile.NamedTemporaryFile("w", suffix=".txt") as keys:
            keys.write("\n".join(by))
            keys.flush()
            command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "restore", _path_of(source, backup.name)]
            command += ["--identity", keys.name] if by else []
            given = {name: value for name, value in os.environ.items() if name not in OF_THE_SITE}
            given |= {"DATABASE_NAME": name, "VAR_DIR": aside}
            done = subprocess.run(command, env=given, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    if done.returncode:
        raise BackupFault(f"the backup {backup.name} cannot be restored: {done.stderr.strip() or done.stdout.strip()}")
    return backup


def _path_of(source: str, name: str) -> str:
    return source if source.rstrip("/").endswith(f"/{name}") else f"{source.rstrip('/')}/{name}"


@contextmanager
def _scratch() -> Iterator[str]:
    """The name of an empty database that goes afterwards; nobody but its owner gets in."""
    name = f"{connection.settings_dict['NAME']}{SUFFIX}"
    quoted = connection.ops.quote_name(name)
    with connection.cursor() as cursor:
        try:
            cursor.execute(f"DROP DATABASE IF EXISTS {quoted}")
            cursor.execute(f"CREATE DATABASE {quoted} TEMPLATE template0 ENCODING 'UTF8'")
        except ProgrammingError as error:
            if getattr(error.__cause__, "pgcode", "") == INSUFFICIENT:
                cursor.execute("SELECT quote_ident(current_user)")
                (role,) = cursor.fetchone()
                raise BackupFault(f"{role} may make no database for it. As a superuser: ALTER ROLE {role} CREATEDB") from error
            raise
        try:
            cursor.execute(f"REVOKE ALL ON DATABASE {quoted} FROM PUBLIC")
            yield name
        finally:
            connection.close()
            with connection.cursor() as last:
                last.execute(f"DROP DATABASE IF EXISTS {quoted} WITH (FORCE)")

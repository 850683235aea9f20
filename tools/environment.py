"""The environment that the tools give to what they start. A variable that the caller has set always wins."""

from __future__ import annotations

import hashlib
import os
import pwd
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from tools.basics import ROOT, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

# These would bend another Python's search for its packages.
BENDING = {"PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__", "PIP_TARGET", "PIP_USER"}
# Each of the many processes would compile everything anew.
SLOWING = {"PYTHONDONTWRITEBYTECODE"}
SECRET_BYTES = 48


def var_dir() -> Path:
    """The folder for everything that is made while running (``VAR_DIR``, else ``var/``), there and writable."""
    folder = Path(os.environ.get("VAR_DIR") or ROOT / "var").absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise Refusal(
            f"The folder {folder} cannot be written: {error.strerror}. Give it to the user who starts this, "
            "or set VAR_DIR to another folder."
        ) from error
    return folder


def inherited() -> dict[str, str]:
    """The caller's environment, fit for a Python of our own choosing and with a home that exists."""
    env = {name: value for name, value in os.environ.items() if name not in BENDING | SLOWING}
    env |= {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PIP_ROOT_USER_ACTION": "ignore", "PYTHONUTF8": "1"}
    env["HOME"] = _home(env.get("HOME", ""))
    return env


def _home(given: str) -> str:
    """``HOME`` where it can be used, else that of the account, else an empty one of ours: caches must land somewhere."""
    candidates = [given]
    with suppress(KeyError):
        candidates.append(pwd.getpwuid(os.geteuid()).pw_dir)
    for home in candidates:
        if home.startswith("/") and home != "/" and os.access(home, os.W_OK | os.X_OK):
            return home
    ours = var_dir() / "home"
    ours.mkdir(exist_ok=True)
    return str(ours)


def with_venv(env: dict[str, str], venv: Path) -> dict[str, str]:
    return env | {"PATH": f"{venv / 'bin'}{os.pathsep}{env.get('PATH', os.defpath)}", "VIRTUAL_ENV": str(venv)}


def for_run(folder: Path, port: int, database_url: str | None, *, sample: bool = False) -> dict[str, str]:
    """What web, worker and beat of ``make run`` get: loopback, no HTTPS, all files below ``folder``.

    ``database_url`` is that of the embedded PostgreSQL, or None where the caller's ``DATABASE_URL`` is used.
    """
    env = inherited()
    mark = mark_of(env.get("DATABASE_URL") if database_url is None else None)
    defaults = _local(folder) | {
        "SECRET_KEY": env.get("SECRET_KEY") or secret_key(folder / "secret_key"),
        "SITE_URL": f"http://localhost:{port}",
        "EMAIL_URL": f"filemail://{quote(str(folder / 'mail'))}",
        "CREDENTIALS_FILE": str(folder / f"credentials{mark}.txt"),
        "CHECKPOINT_DIR": str(folder / f"checkpoint{mark}"),
        "PYTHONUNBUFFERED": "1",
        "MALLOC_ARENA_MAX": "2",  # as the image has it
    }
    return with_venv(_with_database(defaults | env, database_url), ROOT / ".venv") | {
        "PORT": str(port),
        "SAMPLE": "1" if sample else "0",
        "VAR_DIR": str(folder),
    }


def mark_of(foreign_url: str | None) -> str:
    """What belongs to one database has a name of its own: nothing for the embedded one, and something for each other used with it."""
    return f"-{hashlib.sha256(foreign_url.encode()).hexdigest()[:8]}" if foreign_url else ""


def for_tests(folder: Path, database_url: str | None) -> dict[str, str]:
    """What the test runner and the checks get: the settings of ``make run``, with a new secret and plain static files."""
    defaults = _local(folder) | {
        "SECRET_KEY": secrets.token_urlsafe(SECRET_BYTES),
        "EMAIL_URL": "memorymail://",
        "STATIC_STORAGE": "plain",
        "VAR_DIR": str(folder),
    }
    return with_venv(_with_database(defaults | inherited(), database_url), ROOT / ".venv")


def _local(folder: Path) -> dict[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": "roadmap.settings",
        "ENVIRONMENT": "local",
        "HTTPS": "0",
        "ALLOWED_HOSTS": "localhost,127.0.0.1,[::1]",
        "BROKER_URL": "filesystem://",
        "BROKER_DIR": str(folder / "broker"),
    }


def _with_database(env: dict[str, str], database_url: str | None) -> dict[str, str]:
    """Point to the embedded database; libpq's own variables (``PGPORT`` and the like) must not lead away from it."""
    if database_url is None:
        return env
    return {name: value for name, value in env.items() if not name.startswith("PG")} | {"DATABASE_URL": database_url}


def make_folders(folder: Path, env: dict[str, str]) -> None:
    """The folders that the parts started with ``env`` expect; for nobody else's eyes, since mail holds links to sign in."""
    broker = Path(env["BROKER_DIR"])
    for path in (folder / "mail", folder / "log", folder / "files", broker, broker / "queue", broker / "control"):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)


def secret_key(path: Path) -> str:
    """Random, and kept so that sessions outlive a restart."""
    return kept_secret(path, lambda: secrets.token_urlsafe(SECRET_BYTES))


def kept_secret(path: Path, make: Callable[[], str]) -> str:
    """The secret kept in ``path`` (mode 0600); made when missing or cut short."""
    with suppress(FileNotFoundError):
        kept = path.read_text(encoding="utf-8").strip()
        if len(kept) >= SECRET_BYTES:
            return kept
    secret = make()
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(secret + "\n")
    aside.rename(path)
    return secret

"""Which variables the parts of the installation read, taken from their sources."""

from __future__ import annotations

import ast
import re
from functools import cache

from tests.deployment.compose import ROOT

READERS = {"text", "flag", "number", "words", "one_of", "time_zone", "database", "email", "some_of", "pairs", "listening"}
LIBPQ = {"PGPASSWORD"}
PYTHON = {"PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "MALLOC_ARENA_MAX"}
PIP = {"PIP_DISABLE_PIP_VERSION_CHECK", "PIP_NO_CACHE_DIR"}
POSTGRES_IMAGE = {"POSTGRES_USER", "POSTGRES_PASSWORD"}


@cache
def read_by_settings() -> frozenset[str]:
    """The names in ``environment.text("NAME", …)`` and its like in the settings."""
    return frozenset(
        call.args[0].value
        for call in _calls("roadmap/settings.py")
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in READERS
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "environment"
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    )


def read_from_the_process(path: str) -> frozenset[str]:
    """The names in ``os.environ.get("NAME")`` and ``os.environ["NAME"]`` of one file."""
    return frozenset(re.findall(r"os\.environ(?:\.get\(|\[)\"(\w+)\"", (ROOT / path).read_text(encoding="utf-8")))


def known_to_the_application() -> set[str]:
    of_files = (read_from_the_process(path) for path in ("roadmap/gunicorn.py", "deploy/health.py"))
    return set(read_by_settings().union(*of_files)) | LIBPQ | PYTHON


def known_to_the_init_script() -> set[str]:
    script = (ROOT / "deploy" / "postgres-init.sh").read_text(encoding="utf-8")
    return set(re.findall(r"\\getenv \w+ (\w+)", script))


def _calls(path: str) -> list[ast.Call]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]

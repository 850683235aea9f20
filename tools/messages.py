"""Translations: ``*.po`` files into the ``*.mo`` that gettext reads, and whether every text of the code is translated.

Run by the project's own Python, ``.venv/bin/python -m tools.messages``: it compiles what is newer than its ``.mo``, by Babel, since
a bare machine has no ``msgfmt``. ``--check`` says instead what is fuzzy, not translated, has other placeholders in its translation,
or differs from the texts of the code; the last two need gettext, and are not looked at without it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

from tools.basics import ROOT

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

# As `make messages` does it.
MAKE_MESSAGES = ("manage.py", "makemessages", "--no-location", "--no-obsolete", "--ignore", "var", "--ignore", "tests")
NOT_COPIED = shutil.ignore_patterns(".git", ".venv", "var", "__pycache__", "*.mo", ".*_cache")


def read(path: Path) -> Catalog:
    """Raises ``PoFileError`` where it is broken."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name, abort_invalid=True)


def files(root: Path) -> list[Path]:
    return sorted(root.glob("locale/*/LC_MESSAGES/django.po"))


def compile_all(root: Path) -> list[Path]:
    """Compile each file that is newer than its ``.mo``, or has none; written aside and renamed, so never half read."""
    made = []
    for path in files(root):
        target = path.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns > path.stat().st_mtime_ns:
            continue
        aside = target.with_name(f".{target.name}.{os.getpid()}")
        with aside.open("wb") as file:
            write_mo(file, read(path))
        aside.rename(target)
        made.append(target)
    return made


def faults(path: Path) -> list[str]:
    """What is wrong with the translations of one file, each with its line."""
    found = []
    for message in read(path):
        forms = message.string if isinstance(message.string, list | tuple) else [message.string]
        if message.id and (message.fuzzy or not all(forms)):
            found.append(f"{path}:{message.lineno}: {message.id!r} is {'marked fuzzy' if message.fuzzy else 'not translated'}")
    return found


def said_by_msgfmt(path: Path) -> list[str]:
    """Placeholders and ends of lines that differ, numbers of plural forms, quotes that do not close."""
    if not shutil.which("msgfmt"):
        return []
    return said_by(["msgfmt", "--check", "--output-file", os.devnull, path]).splitlines()


def untouched_texts() -> list[str]:
    """The texts that ``makemessages`` would add or drop, found on a copy of the tree."""
    if not shutil.which("xgettext"):
        return []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "tree"
        shutil.copytree(ROOT, copy, ignore=NOT_COPIED, symlinks=True)
        problem = said_by([sys.executable, *MAKE_MESSAGES, *(f"--locale={path.parent.parent.name}" for path in files(ROOT))], copy)
        return [problem] if problem else [line for pair in zip(files(ROOT), files(copy), strict=True) for line in differences(*pair)]


def differences(ours: Path, fresh: Path) -> list[str]:
    """Compared by what is to be translated, so neither dates nor the places of the texts matter."""
    have, want = ({(message.context, message.id) for message in read(path)} for path in (ours, fresh))
    return [f"{ours}: {text!r} is missing; run `make messages`" for _context, text in sorted(want - have, key=str)] + [
        f"{ours}: {text!r} is no longer used; run `make messages`" for _context, text in sorted(have - want, key=str)
    ]


def said_by(command: list[str | Path], folder: Path = ROOT) -> str:
    """What a command that failed said, nothing where it did not."""
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return (done.stdout.strip() or f"{command[0]} ended with code {done.returncode}") if done.returncode else ""


def main() -> int:
    try:
        if "--check" in sys.argv[1:]:
            found = [fault for path in files(ROOT) for fault in (*faults(path), *said_by_msgfmt(path))] + untouched_texts()
        else:
            found = []
            compile_all(ROOT)
    except (OSError, PoFileError) as error:
        found = [str(error)]
    for fault in found:
        sys.stdout.write(fault + "\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

"""Translations: ``*.po`` files into the ``*.mo`` that gettext reads, and whether every text is translated.

The stdlib alone does it, since a bare machine has no ``msgfmt``; and always this way, so that there is one.
``python3 -m tools.messages`` compiles what is newer than its ``.mo``; ``--check`` names fuzzy and missing translations
and placeholders that differ instead. Whether the files have every text of the code is looked at by ``tools.check``.
"""

from __future__ import annotations

import ast
import os
import re
import struct
import sys
from dataclasses import dataclass, field
from pathlib import Path

MAGIC = 0x950412DE
SOURCE_LANGUAGE = "en"  # the texts themselves
KEYWORD = re.compile(r"(msgctxt|msgid_plural|msgid|msgstr)(?:\[(\d+)\])?\s*(\".*)")
NAMED = re.compile(r"%\((\w+)\)")
BRACED = re.compile(r"(?<!\{)\{(\w*)\}")


class Unreadable(Exception):
    """A ``.po`` file that breaks off or holds what is no entry: file, line and what is wrong."""


@dataclass
class Entry:
    """One text with its translations: one, or one for each plural form."""

    line: int = 0
    context: str | None = None
    text: str = ""
    plural: str | None = None
    translations: dict[int, str] = field(default_factory=dict)
    flags: set[str] = field(default_factory=set)

    @property
    def key(self) -> tuple[str | None, str, str | None]:
        return self.context, self.text, self.plural

    @property
    def is_header(self) -> bool:
        return not self.text and self.context is None

    @property
    def is_fuzzy(self) -> bool:
        return "fuzzy" in self.flags and not self.is_header

    @property
    def is_translated(self) -> bool:
        return bool(self.translations) and all(self.translations.values())


class Reader:
    """Reads the entries of one ``.po`` text in order; obsolete ones (``#~``) and comments are passed over."""

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self.lines = text.split("\n")
        self.entries: list[Entry] = []
        self.entry = Entry()
        self.into: tuple[str, int] | None = None

    def read(self) -> list[Entry]:
        for number, line in enumerate(self.lines, start=1):
            self._take(number, line.strip())
        self._close()
        return self.entries

    def _take(self, number: int, line: str) -> None:
        if line.startswith('"') and self.into:
            self._append(*self.into, self._unquoted(number, line))
        elif line.startswith("#,"):
            self._open_after_translation()
            self.entry.flags |= {flag.strip() for flag in line[2:].split(",")}
        elif match := KEYWORD.fullmatch(line):
            self._keyword(number, match)
        elif not line or line.startswith("#~"):
            self._close()  # what stood above an obsolete entry belongs to it, not to the next one
        elif not line.startswith("#"):
            raise Unreadable(f"{self.name}:{number}: this is no line of a .po file: {line[:60]}")

    def _keyword(self, number: int, match: re.Match[str]) -> None:
        name, form, quoted = match.groups()
        if name in {"msgctxt", "msgid"}:
            self._open_after_translation()
        if name == "msgid":
            self.entry.line = number
        self.into = (name, int(form or 0))
        self._append(*self.into, self._unquoted(number, quoted))

    def _unquoted(self, number: int, quoted: str) -> str:
        try:
            value = ast.literal_eval(quoted)
        except (SyntaxError, ValueError) as error:
            raise Unreadable(f"{self.name}:{number}: the quotes do not fit") from error
        return str(value)

    def _append(self, name: str, form: int, text: str) -> None:
        if name == "msgctxt":
            self.entry.context = (self.entry.context or "") + text
        elif name == "msgid":
            self.entry.text += text
        elif name == "msgid_plural":
            self.entry.plural = (self.entry.plural or "") + text
        else:
            self.entry.translations[form] = self.entry.translations.get(form, "") + text

    def _open_after_translation(self) -> None:
        if self.entry.translations:
            self._close()

    def _close(self) -> None:
        if self.entry.translations:
            self.entries.append(self.entry)
        self.entry, self.into = Entry(), None


def read(path: Path) -> list[Entry]:
    """Every entry of a file, the header among them. Raises ``Unreadable``."""
    try:
        return Reader(path.read_text(encoding="utf-8"), str(path)).read()
    except UnicodeDecodeError as error:
        raise Unreadable(f"{path}: is not UTF-8") from error


def catalogue(entries: list[Entry]) -> bytes:
    """The ``.mo`` form: sorted pairs, as GNU gettext defines it; fuzzy and untranslated entries are left out."""
    pairs = sorted(_pair(entry) for entry in entries if entry.is_translated and not entry.is_fuzzy)
    keys, values = b"", b""
    spots: list[tuple[int, int, int, int]] = []
    for key, value in pairs:
        spots.append((len(key), len(keys), len(value), len(values)))
        keys += key + b"\0"
        values += value + b"\0"
    table = 7 * 4
    keys_start = table + 16 * len(pairs)
    values_start = keys_start + len(keys)
    key_table = [number for spot in spots for number in (spot[0], spot[1] + keys_start)]
    value_table = [number for spot in spots for number in (spot[2], spot[3] + values_start)]
    header = [MAGIC, 0, len(pairs), table, table + 8 * len(pairs), 0, 0]
    numbers = header + key_table + value_table
    return struct.pack(f"<{len(numbers)}I", *numbers) + keys + values


def _pair(entry: Entry) -> tuple[bytes, bytes]:
    key = entry.text if entry.plural is None else f"{entry.text}\0{entry.plural}"
    if entry.context is not None:
        key = f"{entry.context}\4{key}"
    value = "\0".join(entry.translations[form] for form in sorted(entry.translations))
    return key.encode(), value.encode()


def files(root: Path) -> list[Path]:
    return sorted(root.glob("locale/*/LC_MESSAGES/*.po"))


def compile_all(root: Path) -> list[Path]:
    """Compile each file that is newer than its ``.mo``, or has none; written aside and renamed, so never half read."""
    made = []
    for path in files(root):
        target = path.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns > path.stat().st_mtime_ns:
            continue
        content = catalogue(read(path))
        aside = target.with_name(f".{target.name}.{os.getpid()}")
        aside.write_bytes(content)
        aside.rename(target)
        made.append(target)
    return made


def faults(path: Path) -> list[str]:
    """What is wrong with the translations of one file, each with its line."""
    found = []
    for entry in read(path):
        if entry.is_header:
            continue
        where = f"{path}:{entry.line}: {entry.text[:60]!r}"
        if entry.is_fuzzy:
            found.append(f"{where} is marked fuzzy")
        elif not entry.is_translated:
            found.append(f"{where} is not translated")
        elif any(text.endswith("\n") != entry.text.endswith("\n") for text in entry.translations.values()):
            found.append(f"{where} ends its line in one of the two languages only")
        elif difference := _placeholder_fault(entry):
            found.append(f"{where} {difference}")
    return found


def _placeholder_fault(entry: Entry) -> str:
    """A translation that names a value which the text does not give fails on the page, so it fails here."""
    for flag, pattern in (("python-format", NAMED), ("python-brace-format", BRACED)):
        if flag not in entry.flags:
            continue
        given = set(pattern.findall(entry.text)) | set(pattern.findall(entry.plural or ""))
        for translation in entry.translations.values():
            used = set(pattern.findall(translation))
            # One form of a plural may leave the number out ("one day"), a plain text nothing.
            if used - given or (entry.plural is None and used != given):
                return f"has other placeholders in its translation: {sorted(used ^ given)}"
    return ""


def main() -> int:
    root = Path(__file__).resolve().parent.parent
    try:
        if "--check" in sys.argv[1:]:
            found = [fault for path in files(root) if path.parts[-3] != SOURCE_LANGUAGE for fault in faults(path)]
        else:
            found = []
            compile_all(root)
    except Unreadable as error:
        found = [str(error)]
    for fault in found:
        sys.stdout.write(fault + "\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

"""Reading settings from the environment without ever raising.

A wrong value must reach the operator as a system check with an id and a hint, not as a
traceback from the middle of the settings module. So each fault is kept here, the default
is used in its place, and ``roadmap.checks`` reports what was kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

import environ

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


@dataclass(frozen=True)
class Fault:
    """One variable that cannot be used: its name, what is wrong, and what would be right."""

    variable: str
    problem: str
    hint: str


@dataclass
class Environment:
    """The process environment, and the faults found while reading it."""

    faults: list[Fault] = field(default_factory=list)
    env: environ.Env = field(default_factory=environ.Env)
    secrets: tuple[str, ...] = ()
    """Each of these may stand in a file that ``NAME_FILE`` names, as containers are given secrets."""
    asked: set[str] = field(default_factory=set)
    """The names that were read."""

    def __post_init__(self) -> None:
        """What files say goes into a copy: nothing that is started from here inherits it."""
        for name in self.secrets:
            variable = f"{name}_FILE"
            if self._unset(variable):
                continue
            hint = f"Name a file of one line that the application may read, and leave {name} empty."
            if not self._unset(name):
                self.faults.append(Fault(variable, f"{variable} and {name} are both set", hint))
                continue
            try:
                text = Path(self.env.ENVIRON[variable].strip()).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                self.faults.append(Fault(variable, f"{variable} cannot be read: {type(error).__name__}", hint))
            else:
                self.env.ENVIRON = {**self.env.ENVIRON, name: text}

    def _unset(self, name: str) -> bool:
        """An empty variable is one that was not set: a line of ``.env`` with nothing behind the sign."""
        return not self.env.ENVIRON.get(name, "").strip()

    @property
    def given(self) -> dict[str, str]:
        """What was read and is set, in the words it was set in; secrets left out."""
        return {name: self.env.ENVIRON[name] for name in sorted(self.asked) if name not in self.secrets and not self._unset(name)}

    def _read(self, read: Callable[..., T], name: str, default: T, hint: str) -> T:
        self.asked.add(name)
        if self._unset(name):
            return default
        try:
            return read(name, default=default)
        except Exception as error:  # noqa: BLE001 - each reader of environ raises its own kinds
            self.faults.append(Fault(name, f"{name} cannot be read: {error}", hint))
            return default

    def text(self, name: str, default: str = "") -> str:
        return self._read(self.env.str, name, default, "Give a text.")

    def flag(self, name: str, *, default: bool) -> bool:
        value = self.text(name, "1" if default else "0").strip().lower()
        if value in {"1", "true", "yes", "on"}:
            return True
        if value not in {"0", "false", "no", "off", ""}:
            self.faults.append(Fault(name, f"{name} is neither yes nor no: {value!r}", "Write 1 or 0."))
        return False

    def number(self, name: str, default: int) -> int:
        return self._read(self.env.int, name, default, "Write a whole number.")

    def words(self, name: str, default: list[str]) -> list[str]:
        return [word.strip() for word in self._read(self.env.list, name, default, "Separate with commas.") if word.strip()]

    def one_of(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        value = self.text(name, default)
        if value not in allowed:
            self.faults.append(Fault(name, f"{name} is {value!r}", f"Write one of: {', '.join(allowed)}."))
            return default
        return value

    def some_of(self, name: str, allowed: tuple[str, ...], default: list[str]) -> list[str]:
        words = self.words(name, default)
        if unknown := [word for word in words if word not in allowed]:
            self.faults.append(Fault(name, f"{name} names {unknown[0]!r}", f"Write some of: {', '.join(allowed)}."))
        return [word for word in words if word in allowed]

    def pairs(self, name: str, allowed: tuple[str, ...], default: list[str]) -> dict[str, str]:
        """``one=this,another=that``; what stands behind each sign is one of ``allowed``."""
        found = {}
        for word in self.words(name, default):
            left, sign, right = word.rpartition("=")
            if not (sign and left and right in allowed):
                self.faults.append(
                    Fault(name, f"{name} holds {word!r}", f"Write what=which, by comma; which is one of: {', '.join(allowed)}.")
                )
            else:
                found[left.strip()] = right
        return found

    def networks(self, name: str, default: list[str]) -> list[str]:
        """Address ranges such as ``10.1.0.0/16``."""
        networks = []
        for word in self.words(name, default):
            try:
                networks.append(str(ip_network(word)))
            except ValueError:
                self.faults.append(Fault(name, f"{name} names no address range: {word!r}", "Write ranges such as 10.1.0.0/16, by comma."))
        return networks

    def rate(self, name: str, default: str) -> str:
        """How many requests in a span: ``600/min``."""
        value = self.text(name, default)
        if not re.fullmatch(r"[1-9][0-9]{0,8}/(s|sec|second|m|min|minute|h|hour|d|day)", value):
            self.faults.append(Fault(name, f"{name} is no rate: {value!r}", "Write a number and a span: 600/min."))
            return default
        return value

    def contact(self, name: str, default: str) -> str:
        """How to reach somebody, as an address of mail, the web or a telephone (RFC 9116); one of mail needs no ``mailto:``."""
        value = self.text(name, default)
        value = f"mailto:{value}" if "@" in value and ":" not in value else value
        if value and not re.fullmatch(r"(mailto:[^\s@]+@[^\s@]+|https://\S+|tel:[+\d-]+)", value):
            self.faults.append(
                Fault(name, f"{name} is no address: {value!r}", "Write an address of mail, or one that begins with https://.")
            )
            return default
        return value

    def listening(self, name: str, default: str) -> str:
        """Where a server is to listen: ``127.0.0.1:9100``."""
        value = self.text(name, default)
        if value and not re.fullmatch(r"[\w.:\[\]-]+:[1-9][0-9]{0,4}", value):
            self.faults.append(Fault(name, f"{name} is no address with a port: {value!r}", "Write address:port, such as 127.0.0.1:9100."))
            return default
        return value

    def time_zone(self, name: str, default: str) -> str:
        value = self.text(name, default)
        try:
            ZoneInfo(value)
        except (ValueError, OSError, KeyError):
            self.faults.append(Fault(name, f"{name} is no time zone: {value!r}", "Write a name such as Asia/Almaty."))
            return default
        return value

    def database(self, name: str, default: str) -> dict[str, Any]:
        """A PostgreSQL address as Django wants it; any other engine is a fault."""
        hint = "Write postgres://user:password@host:5432/name."
        value = self._parsed(environ.Env.db_url_config, name, default, hint)
        if value.get("ENGINE") != "django.db.backends.postgresql":
            self.faults.append(Fault(name, f"{name} is not a PostgreSQL address", hint))
            value = environ.Env.db_url_config(default)
        return dict(value)

    def email(self, name: str, default: str) -> dict[str, Any]:
        hint = "Write smtp+tls://user:password@host:587, consolemail:// or filemail:///folder."
        return dict(self._parsed(environ.Env.email_url_config, name, default, hint))

    def _parsed(self, parse: Callable[[str], Any], name: str, default: str, hint: str) -> dict[str, Any]:
        try:
            return dict(parse(default if self._unset(name) else self.env.str(name)))
        except Exception as error:  # noqa: BLE001 - as in _read
            self.faults.append(Fault(name, f"{name} cannot be read: {error}", hint))
            return dict(parse(default))

"""Reads ``docker-compose.yml`` as an engine would: merged, with its variables put in."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE_FILE = ROOT / "docker-compose.yml"
ENV_EXAMPLE = ROOT / "deploy" / "env.example"
VARIABLE = re.compile(r"\$(?:(?P<escaped>\$)|\{(?P<name>\w+)(?::(?P<kind>[?-])(?P<word>[^}]*))?\})")


class Missing(Exception):
    """A required variable that is not set or empty: its name and what the file says about it."""

    def __str__(self) -> str:
        return " ".join(self.args)


def interpolated(text: str, variables: dict[str, str]) -> str:
    """The text with ``${NAME:?message}`` and ``${NAME:-default}`` put in; ``$$`` is a dollar."""

    def value(match: re.Match[str]) -> str:
        if match["escaped"]:
            return "$"
        given = variables.get(match["name"], "")
        if not given and match["kind"] != "-":
            raise Missing(match["name"], match["word"] or "")
        return given or match["word"]

    return VARIABLE.sub(value, text)


def uses(text: str) -> dict[str, str]:
    """Each variable with ``?`` where it is required, ``-`` where it has a default."""
    return {match["name"]: match["kind"] or "" for match in VARIABLE.finditer(text) if match["name"]}


def raw() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(COMPOSE_FILE.read_text(encoding="utf-8"))
    return loaded


def services(variables: dict[str, str]) -> dict[str, Any]:
    """The services, every text in them interpolated. Raises ``Missing``."""
    done: dict[str, Any] = _each_text(raw()["services"], variables)
    return done


def _each_text(node: Any, variables: dict[str, str]) -> Any:
    if isinstance(node, dict):
        return {key: _each_text(value, variables) for key, value in node.items()}
    if isinstance(node, list):
        return [_each_text(value, variables) for value in node]
    return interpolated(node, variables) if isinstance(node, str) else node


def example_variables() -> dict[str, str]:
    """What ``deploy/env.example`` names, with the values given there; commented ones too."""
    lines = ENV_EXAMPLE.read_text(encoding="utf-8").splitlines()
    return dict(line.removeprefix("#").split("=", 1) for line in lines if re.fullmatch(r"#?[A-Z_]+=.*", line))


def arguments_of(command: list[str]) -> list[str]:
    """A health check as the engine would execute it."""
    match command:
        case ["CMD", *words]:
            return words
    shell, line = command
    assert shell == "CMD-SHELL"
    return ["/bin/sh", "-c", line]

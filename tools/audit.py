"""``make audit``: which of the packages that are pinned here have newer versions, within the bounds of ``pyproject.toml``.

The registry is asked by its ordinary clients alone: pip works out what it would install today and installs nothing; npm says
the newest version of the font that lies in ``static/``. What holes a version has, neither knows: that stands in its list of changes.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
import tomllib
from pathlib import Path

from tools import environment, processes
from tools.basics import ROOT, Refusal, finish, say
from tools.venv import PIP, Venv

PIN = re.compile(r"^([\w.-]+)(?:\[[^]]*])?==([^\s;\\]+)", re.MULTILINE)
FONT = re.compile(r"npm package `([^`]+)`, version ([\d.]+)")


def plain(name: str) -> str:
    """As registries compare names."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(root: Path) -> dict[str, str]:
    """The version of each package in the largest requirements file, and of the pip that comes along."""
    pins = {plain(name): version for name, version in PIN.findall((root / "requirements-dev.txt").read_text(encoding="utf-8"))}
    return pins | {"pip": PIP.name.split("-")[1]}


def wanted(root: Path) -> list[str]:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra), "pip"]


def today(root: Path, env: dict[str, str]) -> dict[str, str]:
    """What would be installed now. Raises ``Refusal`` where the registry does not answer."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-P", str(PIP / "pip"), "install", "--dry-run", "--ignore-installed", "--quiet"]
        outcome = processes.run([*command, "--report", str(report), *wanted(root)], env=env)
        if outcome.code:
            raise Refusal(f"pip could not work out what it would install:\n{outcome.last_lines()}")
        installed = json.loads(report.read_text(encoding="utf-8"))["install"]
    return {plain(one["metadata"]["name"]): one["metadata"]["version"] for one in installed}


def newer(root: Path, env: dict[str, str]) -> list[str]:
    """A line for each package that would be another version today; what this Python does not need is passed over."""
    pins, now = pinned(root), today(root, env)
    return [f"{name} {pins[name]} → {now[name]}" for name in sorted(pins) if now.get(name, pins[name]) != pins[name]]


def font(root: Path, env: dict[str, str]) -> str:
    """The font that is kept in the repository, and its newest version where npm is here to ask."""
    ((name, version),) = FONT.findall((root / "static" / "fonts" / "README.md").read_text(encoding="utf-8"))
    said = processes.run(["npm", "view", "-s", name, "version"], env=env).output.strip() if shutil.which("npm") else "no npm to ask"
    return f"{name} {version}" if said == version else f"{name} {version} → {said}"


def main() -> int:
    Venv().ensure("dev")
    env = environment.inherited()
    lines = newer(ROOT, env)
    for line in lines:
        say(line)
    say(f"{len(lines)} of {len(pinned(ROOT))} pinned packages have a newer version. Of static/fonts: {font(ROOT, env)}")
    return 0


if __name__ == "__main__":
    finish(main)

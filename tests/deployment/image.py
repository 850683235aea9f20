"""Builds what the Dockerfile describes, without an engine: the same files, by the same commands, in a folder."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path, PurePosixPath

from tests.deployment.compose import ROOT

DOCKERFILE = ROOT / "Dockerfile"
DOCKERIGNORE = ROOT / ".dockerignore"
VENV_PROGRAMS = Path(sys.executable).parent
# What these do is there already where the tests run: Python with the packages, an account, a folder to write in.
DONE_BY_HAND = ("python -m venv ", "pip install ", "useradd ", "install --directory ")


@dataclass
class Stage:
    base: str
    name: str = ""
    steps: list[tuple[str, str]] = field(default_factory=list)

    @cached_property
    def environment(self) -> dict[str, str]:
        words = [word for instruction, rest in self.steps if instruction == "ENV" for word in shlex.split(rest)]
        return dict(word.split("=", 1) for word in words)

    def last(self, instruction: str) -> str:
        return [rest for step, rest in self.steps if step == instruction][-1]

    def all(self, instruction: str) -> list[str]:
        return [rest for step, rest in self.steps if step == instruction]


def stages() -> list[Stage]:
    """The stages of the Dockerfile with their instructions in order."""
    text = re.sub(r"\\\n\s*", "", DOCKERFILE.read_text(encoding="utf-8"))
    found: list[Stage] = []
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        instruction, rest = line.split(maxsplit=1)
        if instruction == "FROM":
            base, _, name = rest.partition(" AS ")
            found.append(Stage(base, name))
        else:
            found[-1].steps.append((instruction, rest.strip()))
    return found


def is_ignored(path: PurePosixPath) -> bool:
    """Whether ``.dockerignore`` keeps a path out of the build: the last pattern that fits it or a folder above it."""
    ignored = False
    for pattern in ignore_patterns():
        bare = pattern.removeprefix("!")
        if any(_fits(place, bare) for place in (path, *path.parents[:-1])):
            ignored = not pattern.startswith("!")
    return ignored


def ignore_patterns() -> list[str]:
    lines = DOCKERIGNORE.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def _fits(path: PurePosixPath, pattern: str) -> bool:
    if pattern.startswith("**/"):
        return fnmatch(path.name, pattern.removeprefix("**/"))
    return len(path.parts) == 1 and fnmatch(path.name, pattern)


def context_files() -> list[Path]:
    """The files that a build is given, relative to the project. Ignored folders are not entered."""
    found: list[Path] = []
    waiting = [ROOT]
    while waiting:
        for path in waiting.pop().iterdir():
            relative = path.relative_to(ROOT)
            if is_ignored(PurePosixPath(relative)):
                continue
            if path.is_dir():
                waiting.append(path)
            else:
                found.append(relative)
    return found


@dataclass(frozen=True)
class Image:
    """A built image: ``/app`` and ``VAR_DIR`` are folders below ``root``."""

    root: Path

    @property
    def app(self) -> Path:
        return self.root / "app"

    @property
    def var(self) -> Path:
        return self.root / "var"

    @property
    def environment(self) -> dict[str, str]:
        """That of the final stage, with our folders and the programs of the tests' own venv."""
        return self.placed(stages()[-1].environment)

    @property
    def command(self) -> list[str]:
        command: list[str] = json.loads(stages()[-1].last("CMD"))
        return command

    @property
    def health_check(self) -> list[str]:
        command: list[str] = json.loads(stages()[-1].last("HEALTHCHECK").partition(" CMD ")[2])
        return command

    def placed(self, environment: dict[str, str]) -> dict[str, str]:
        there = {name: self.here(value) for name, value in environment.items()}
        return there | {"PATH": f"{VENV_PROGRAMS}:/usr/bin:/bin", "HOME": str(self.root)}

    def here(self, text: str) -> str:
        """A text of the Dockerfile with the image's folders replaced by ours."""
        text = re.sub(r"(?<![\w.])/app\b", str(self.app), text)
        return re.sub(r"(?<![\w.])/var/lib/roadmap\b", str(self.var), text)


def build(root: Path) -> Image:
    """Follow the first stage; the second copies its result as it is."""
    image = Image(root)
    image.app.mkdir()
    (image.var / "files").mkdir(parents=True)
    environment: dict[str, str] = {}
    for instruction, rest in stages()[0].steps:
        if instruction == "ENV":
            environment |= dict(word.split("=", 1) for word in shlex.split(rest))
        elif instruction == "COPY" and rest == ". .":
            _copy_context(image.app)
        elif instruction == "RUN" and not rest.startswith(DONE_BY_HAND):
            _run(image.here(rest), image, environment)
    return image


def _copy_context(target: Path) -> None:
    for path in context_files():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, target / path)


def _run(line: str, image: Image, environment: dict[str, str]) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", line],
        cwd=image.app,
        env=image.placed(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"RUN {line}\n{done.stdout}{done.stderr}"

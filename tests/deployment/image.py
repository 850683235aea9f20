"""Builds what the Dockerfile describes, without an engine: the same files, by the same commands, in a folder."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from contextlib import suppress
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import cache, cached_property
from pathlib import Path, PurePosixPath

from tests.deployment.compose import ROOT
from tools.processes import Account

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
    return len(path.parts) == len(PurePosixPath(pattern).parts) and fnmatch(str(path), pattern)


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
    """A built image: ``/app``, ``/venv`` and ``VAR_DIR`` are folders below ``root``."""

    root: Path

    @property
    def app(self) -> Path:
        return self.root / "app"

    @property
    def venv(self) -> Path:
        return self.root / "venv"

    @property
    def var(self) -> Path:
        return self.root / "var"

    @property
    def backups(self) -> Path:
        return self.root / "var-backups"

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
        return there | {"PATH": f"{self.venv / 'bin'}:/usr/bin:/bin", "HOME": str(self.root)}

    def here(self, text: str) -> str:
        """A text of the Dockerfile with the image's folders replaced by ours."""
        text = re.sub(r"(?<![\w.])/app\b", str(self.app), text)
        return re.sub(r"(?<![\w.])/var/lib/roadmap\b", str(self.var), text)


@cache
def account() -> Account | None:
    """Whom the image runs as, where the tests may start something as somebody else and there is a Python for it."""
    uid, gid = (int(number) for number in stages()[-1].last("USER").split(":"))
    found = Account(uid, gid)
    return found if os.geteuid() == 0 and base_python(found) else None


def base_python(who: Account | None) -> str | None:
    """A Python of the tests' own version that ``who`` can start: ours may lie in a home that is closed to others."""
    for python in (sys.executable, "/usr/bin/python3"):
        say = [python, "-c", "import sys; print(sys.version_info[:2] == " + repr(sys.version_info[:2]) + ")"]
        with suppress(OSError):
            said = subprocess.run(say, capture_output=True, text=True, check=False, **as_whom(who))
            if said.stdout.strip() == "True":
                return python
    return None


def as_whom(who: Account | None) -> dict[str, int]:
    return {"user": who.uid, "group": who.gid} if who else {}


def make_venv(folder: Path, python: str) -> None:
    """``/venv`` of the image: the packages are those of the tests, the programs start a Python that the account can reach."""
    subprocess.run([python, "-m", "venv", "--without-pip", folder], check=True)
    site = next(folder.glob("lib/python*/site-packages"))
    (site / "packages.pth").write_text(sysconfig.get_path("purelib") + "\n")
    for name in ("gunicorn", "celery"):
        program = folder / "bin" / name
        program.write_text((VENV_PROGRAMS / name).read_text().replace(str(VENV_PROGRAMS), str(folder / "bin")))
        program.chmod(0o755)


def build(root: Path) -> Image:
    """Follow the first stage; the second copies its result as it is and gives the folder for files to its account."""
    image = Image(root)
    image.app.mkdir()
    (image.var / "files").mkdir(parents=True)
    image.backups.mkdir()
    who = account()
    make_venv(image.venv, base_python(who) or sys.executable)
    for folder in (image.var, image.var / "files", image.backups) if who else ():
        os.chown(folder, who.uid, who.gid)
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

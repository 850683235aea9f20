"""What the commands use of the machine beyond Python packages: whether it is there, and how it comes there.

As root on Debian or Ubuntu a command installs what it lacks and says so. Elsewhere it says in one line what to install,
before anything is begun, and goes on without: ``make run`` without printing, ``make test`` without the tests that
need it, which it names and counts at its end (``tests/machine.py``).
"""

from __future__ import annotations

import os
import shutil
import subprocess
from ctypes import CDLL
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tools.basics import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# The first is the same browser without the windows, tabs and menus around a page, and takes half as long over one.
CHROMIUM = ("chromium-headless-shell", "chromium", "google-chrome-stable", "google-chrome")
PANGO = ("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0")
FONTS = Path("/usr/share/fonts/truetype/dejavu")
BRIDGE = Path("/usr/lib/python3/dist-packages/uno.py")
"""From Python to the office."""


@dataclass(frozen=True)
class Need:
    """One thing beyond Python: what it is for, whether it is here, and the packages of Debian that bring it."""

    purpose: str
    is_here: Callable[[], bool]
    packages: tuple[str, ...]


def program(*names: str) -> Callable[[], bool]:
    return lambda: any(shutil.which(name) for name in names)


def chromium() -> str | None:
    """The browser's program."""
    return next(filter(None, map(shutil.which, CHROMIUM)), None)


def loads(library: str) -> bool:
    try:
        CDLL(library)
    except OSError:
        return False
    return True


NEEDS = {
    "pango": Need(
        "printing reports as PDF",
        lambda: all(loads(name) for name in PANGO) and FONTS.is_dir(),
        ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fonts-dejavu-core"),
    ),
    "font": Need("pictures of charts and for links", FONTS.is_dir, ("fonts-dejavu-core",)),
    "chromium": Need("tests in a browser", lambda: chromium() is not None, ("chromium-headless-shell",)),
    "java": Need("the checker of HTML", program("java"), ("default-jre-headless",)),
    "npm": Need("the checker of HTML", program("npm"), ("npm",)),
    "libreoffice": Need(
        "tests of spreadsheets in an office",
        lambda: program("soffice")() and BRIDGE.exists(),
        ("libreoffice-calc-nogui", "python3-uno"),
    ),
    "redis": Need("tests of the production setup", program("redis-server"), ("redis-server",)),
    "gettext": Need("catalogues of translations", program("msgfmt"), ("gettext",)),
    "git": Need("tests on a clone", program("git"), ("git",)),
    "curl": Need("tests of the recipes", program("curl"), ("curl",)),
    "openssl": Need("tests of HTTPS", program("openssl"), ("openssl",)),
    "nginx": Need("tests of the documented proxies", program("nginx", "/usr/sbin/nginx"), ("nginx-light",)),
    "caddy": Need("tests of the documented proxies", program("caddy"), ("caddy",)),
}
FOR_RUN = ("pango",)
FOR_TESTS = tuple(NEEDS)


def missing(names: Iterable[str]) -> list[str]:
    return [name for name in names if not NEEDS[name].is_here()]


def install_command(names: Iterable[str]) -> str:
    """The one command that brings what is named, for a person to type."""
    return f"apt-get install --yes --no-install-recommends {' '.join(packages(names))}"


def packages(names: Iterable[str]) -> list[str]:
    return [package for name in names for package in NEEDS[name].packages]


def bring(names: Iterable[str], *, without: str) -> None:
    """Install what is missing of ``names`` where that is ours to do; else say what to install, and what goes on ``without`` it."""
    absent = missing(names)
    if absent and os.geteuid() == 0 and shutil.which("apt-get"):
        say(f"Installing what this machine lacks: {' '.join(packages(absent))} …")
        problem = _install(packages(absent))
        absent = missing(absent)
        if absent:
            say(f"It could not be installed: {problem}")
    if absent:
        say(f"Without {', '.join(absent)} {without}. To have it: {install_command(absent)}")


def _install(wanted: list[str]) -> str:
    """Why it failed, in the installer's last words; empty where it did not."""
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "--yes", "--no-install-recommends", *wanted]):
        done = subprocess.run(
            ["apt-get", "-qq", *words], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
        if done.returncode:
            return done.stdout.decode(errors="replace").strip().splitlines()[-1:][0] if done.stdout.strip() else "apt-get failed"
    return ""

"""``make check``: every check that needs no running database, all of them even when one fails, a line for each.

Two run at a time; the slowest come first. Nothing in the tree is changed.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools import environment, machine
from tools.basics import ROOT, finish, say
from tools.venv import Venv, compile_messages

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

AT_ONCE = 2
MOST_LINES = 100  # of one check: the first ones tell what is the matter
# Answers nothing at once, where a host name would be looked up first: makemigrations only wants to ask it for its history.
NO_DATABASE = "postgres://nobody@127.0.0.1:1/none"


@dataclass(frozen=True)
class Check:
    """A named check; ``work`` returns what is wrong, empty when all is well."""

    name: str
    work: Callable[[], str]


@dataclass(frozen=True)
class Result:
    name: str
    problem: str
    seconds: float


def command(name: str, *words: str, env: dict[str, str] | None = None) -> Check:
    return Check(name, lambda: output_of_failure(list(words), env or local_environment()))


def output_of_failure(words: list[str], env: dict[str, str], cwd: Path = ROOT) -> str:
    done = subprocess.run(words, env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    said = done.stdout.decode(errors="replace").strip()
    return (said or f"ended with code {done.returncode}") if done.returncode else ""


def local_environment() -> dict[str, str]:
    folder = environment.var_dir() / "check"
    folder.mkdir(exist_ok=True)
    return environment.for_tests(folder, NO_DATABASE)


def production_environment() -> dict[str, str]:
    """What an installation would set, so that ``check --deploy`` judges the code and not the machine."""
    return local_environment() | {
        "ENVIRONMENT": "production",
        "DEBUG": "0",
        "HTTPS": "1",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "ALLOWED_HOSTS": "roadmap.example",
        "CSRF_TRUSTED_ORIGINS": "https://roadmap.example",
        "SITE_URL": "https://roadmap.example",
        "REDIS_URL": "redis://127.0.0.1:6379/0",
        "BROKER_URL": "redis://127.0.0.1:6379/0",
        "EMAIL_URL": "smtp+tls://user:password@127.0.0.1:587",
        "MAIL_FROM": "roadmap@roadmap.example",
        "STATIC_STORAGE": "manifest",
    }


def templates() -> list[str]:
    found = [*ROOT.glob("templates/**/*.html"), *ROOT.glob("*/templates/**/*.html")]
    return sorted(str(path.relative_to(ROOT)) for path in found)


def checks() -> list[Check]:
    """The slowest first, so that the last one does not start when all others are done."""
    pages = templates()
    manage = ("python", "-W", "ignore::RuntimeWarning", "manage.py")
    return [
        command("mypy", "mypy", "."),
        command("translations", "python", "-m", "tools.messages", "--check"),
        command("lint-imports", "lint-imports"),
        command("check --deploy", *manage, "check", "--deploy", "--fail-level", "WARNING", env=production_environment()),
        command("makemigrations --check", *manage, "makemigrations", "--check", "--dry-run"),
        *([command("djlint", "djlint", "--lint", "--quiet", *pages)] if pages else []),
        *([command("djade", "djade", "--check", *pages)] if pages else []),
        command("ruff check", "ruff", "check", "."),
        command("ruff format", "ruff", "format", "--check", "."),
    ]


def perform(check: Check) -> Result:
    begin = time.monotonic()
    try:
        problem = check.work()
    except OSError as error:  # a tool that is not there, a folder that went away
        problem = str(error)
    return Result(check.name, problem, time.monotonic() - begin)


def shortened(problem: str) -> str:
    lines = problem.splitlines()
    more = [f"… and {len(lines) - MOST_LINES} more lines"] if len(lines) > MOST_LINES else []
    return "\n".join(lines[:MOST_LINES] + more)


def told(result: Result) -> Result:
    say(f"{'FAILED' if result.problem else 'ok    '}  {result.name:<24} {result.seconds:5.1f} s")
    return result


def main() -> int:
    machine.bring(("gettext",), without="nobody looks whether the catalogues hold every text of the code")
    compile_messages(Venv().ensure("dev"))
    # Not only for the children: a command is looked up on our own PATH.
    os.environ["PATH"] = local_environment()["PATH"]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        results = pool.map(perform, checks())
        failed = [result for result in map(told, results) if result.problem]
    for result in failed:
        say(f"\n--- {result.name}\n{shortened(result.problem)}")
    return 1 if failed else 0


if __name__ == "__main__":
    finish(main)

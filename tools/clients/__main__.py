"""``make clients``: what generators of others make of ``docs/openapi.yaml``, and Redocly's judgement of it.

Each client is made, checked strictly, and makes the same seven calls of a ``make run`` that is up. Needs npm, Java and the registries of
npm and PyPI; all of it is put into a folder of its own outside of the tree, which stays for the next time.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from tools import environment
from tools.basics import ROOT, Refusal, finish, say
from tools.run import address_in

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent
FOLDER = Path(os.environ.get("CLIENTS_DIR") or Path.home() / ".cache" / "roadmap-clients")
BIN, PYTHON = FOLDER / "node_modules" / ".bin", FOLDER / "venv" / "bin" / "python"
COPIED = ("calls", "package.json", "redocly.yaml", "requirements.txt", "tsconfig.json")
MADE = ("openapi-typescript", "orval", "hey-api", "typescript-fetch", "python", "openapi-python-client")


class Failed(Exception):
    """A step that did not go well; its text is what it printed last."""


def run(*words: str | Path, **env: str) -> str:
    """Run one step in the folder. Raises ``Failed``."""
    done = subprocess.run(words, cwd=FOLDER, env=os.environ | env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed("\n".join((done.stdout + done.stderr).strip().splitlines()[-20:]))
    return done.stdout


def prepare() -> None:
    """The generators, and the document for each: openapi-generator makes nothing that compiles of ``webhooks``, so its copy has none."""
    for need in ("npm", "java"):
        if not shutil.which(need):
            raise Refusal(f"This needs {need}; on Debian: `apt-get install npm default-jre-headless`.")
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in MADE:
        shutil.rmtree(FOLDER / name, ignore_errors=True)
    for name in COPIED:
        source = HERE / name
        shutil.copytree(source, FOLDER / name, dirs_exist_ok=True) if source.is_dir() else shutil.copy(source, FOLDER / name)
    shutil.copy(ROOT / "docs" / "openapi.yaml", FOLDER / "openapi.yaml")
    document = yaml.load((FOLDER / "openapi.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    del document["webhooks"]
    (FOLDER / "without-webhooks.json").write_text(json.dumps(document, default=str), encoding="utf-8")
    run("npm", "install", "--no-audit", "--no-fund", "--no-package-lock")
    if not PYTHON.exists():
        run(sys.executable, "-m", "venv", PYTHON.parents[1])
    run(PYTHON, "-m", "pip", "install", "--quiet", "--requirement", "requirements.txt")


def by_openapi_generator(name: str, *options: str) -> Callable[[], None]:
    def make() -> None:
        (jar,) = PYTHON.parents[1].rglob("openapi-generator.jar")
        run("java", "-jar", jar, "generate", "-i", "without-webhooks.json", "-g", name, "-o", name, *options)

    return make


def typescript(name: str) -> Callable[[str], None]:
    def call(address: str) -> None:
        run(BIN / "tsc", "-p", "tsconfig.json")
        run(BIN / "esbuild", f"calls/{name}.ts", "--bundle", "--platform=node", f"--outfile=called/{name}.cjs", "--log-level=error")
        run("node", f"called/{name}.cjs", ADDRESS=address)

    return call


def python(name: str, folder: str, *checked: str) -> Callable[[str], None]:
    def call(address: str) -> None:
        run(PYTHON, "-m", *checked)
        run(PYTHON, f"calls/{name}.py", ADDRESS=address, PYTHONPATH=folder)

    return call


def command(*words: str | Path) -> Callable[[], None]:
    return lambda: (run(*words), None)[1]


@dataclass(frozen=True)
class Client:
    name: str
    make: Callable[[], None]
    call: Callable[[str], None]


YAML = "openapi.yaml"
FORM_MODELS = "--global-property=models,apis,supportingFiles,skipFormModel=false"
OPENAPI_PYTHON = PYTHON.with_name("openapi-python-client")
CLIENTS = (
    Client(
        "openapi-typescript + openapi-fetch",
        command(BIN / "openapi-typescript", YAML, "-o", "openapi-typescript/schema.ts"),
        typescript("fetch"),
    ),
    Client("orval", command(BIN / "orval", "--input", YAML, "--output", "orval/client.ts", "--client", "fetch"), typescript("orval")),
    Client("hey-api", command(BIN / "openapi-ts", "-i", YAML, "-o", "hey-api"), typescript("hey")),
    Client("openapi-generator typescript-fetch", by_openapi_generator("typescript-fetch", FORM_MODELS), typescript("generated_fetch")),
    Client(
        "openapi-generator python",
        by_openapi_generator("python"),
        python("openapi_generator_python", "python", "compileall", "-q", "python"),
    ),
    Client(
        "openapi-python-client",
        command(OPENAPI_PYTHON, "generate", "--path", YAML, "--output-path", "openapi-python-client", "--overwrite"),
        python("openapi_python_client", "openapi-python-client", "mypy", "--strict", "openapi-python-client/roadmap_tracker_client"),
    ),
)


def judged(name: str, step: Callable[[], object]) -> str:
    """``yes`` with the seconds, or ``no``, with what went wrong below."""
    began = time.monotonic()
    try:
        step()
    except Failed as failed:
        say(f"{name}\n{failed}\n")
        return "no"
    return f"yes, {time.monotonic() - began:.0f} s"


def main() -> int:
    lock = environment.var_dir() / "run.lock"
    address = os.environ.get("ARGS") or (address_in(lock.read_text(encoding="utf-8")) if lock.exists() else "")
    if not address.startswith("http"):
        raise Refusal("Start `make run` first, in another terminal, or name the address of a site: make clients ARGS=http://…")
    prepare()
    # All are made before any is checked: those in TypeScript are checked together.
    rows = [(client.name, judged(client.name, client.make)) for client in CLIENTS]
    row, outcomes = "{:<38}{:<14}{}", [made for _name, made in rows]
    say(row.format("client", "made", "checked strictly, seven calls"))
    for client, (name, made) in zip(CLIENTS, rows, strict=True):
        called = judged(name, lambda client=client: client.call(address)) if made != "no" else "no"  # type: ignore[misc]
        outcomes.append(called)
        say(row.format(name, made, called))
    outcomes.append(judged("redocly", command(BIN / "redocly", "lint", "--config", "redocly.yaml", YAML)))
    say(row.format("Redocly's recommended rules", outcomes[-1], "but for the one against slashes at the end"))
    return 1 if "no" in outcomes else 0


if __name__ == "__main__":
    finish(main)

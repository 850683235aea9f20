"""``make bare``: both commands of the README on a bare Debian, as root and as an ordinary user, from awkward paths.

Needs root and ``debootstrap``. The machine is a folder with Debian's smallest system, ``python3``, ``make`` and
``ca-certificates`` and nothing else; it holds clones of the last commit and is removed at the end. It shares the network
of this machine and the way in which pip reaches its packages here, and no program of it. Of ``ARGS``, ``run`` leaves the tests out,
``root`` and ``someone`` try one account alone, and the rest goes to ``make test``.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from tools import processes
from tools.basics import ROOT, Refusal, finish, say
from tools.run import answers

PACKAGES = "python3,make,ca-certificates"
RELEASE = "bookworm"
USER = "someone"
PORT = 8765
START_SECONDS = 600
WELCOME = "The roadmap is at"
STOP_SECONDS = 60
LAST_LINES = 25
# How pip and apt get at their packages here; everything else of our environment stays outside.
PASSED_ON = re.compile(r"PIP_.*|SSL_CERT_.*|.*_proxy|.*_PROXY")
# Read where they are by pip and apt; a machine that has none of them is as good.
CONFIGURATION = ("/etc/resolv.conf", "/etc/hosts", "/etc/pip.conf", "/etc/apt/apt.conf.d", "/etc/ssl/certs/ca-certificates.crt")

# As every Linux has them; from here on the words are those of the user in the other system.
ENTER = """
folder=$1 user=$2 path=$3 words=$4; shift 4
mount -t proc proc "$folder/proc"
mount -t tmpfs -o mode=1777 tmpfs "$folder/dev/shm"
exec chroot --userspec="$user:$user" "$folder" "$@" sh -c 'cd "$1" && exec $2' sh "$path" "$words"
"""


class Bare:
    """The machine in ``folder``. What is mounted in it is seen by the commands that run there alone, and gone with them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def make(self) -> None:
        say(f"Making a bare Debian ({RELEASE}: {PACKAGES}) …")
        run("debootstrap", "--variant=minbase", f"--include={PACKAGES}", RELEASE, str(self.folder))
        for name in CONFIGURATION:
            self._copy(Path(name))
        run("chroot", str(self.folder), "useradd", "--create-home", USER)

    def _copy(self, source: Path) -> None:
        target = self.folder / source.relative_to("/")
        if source.is_dir():
            for file in source.iterdir():
                if "proxy" in file.name or "conf" in file.name:
                    shutil.copy(file, target)
        elif source.exists():
            shutil.copy(source, target)

    def clone(self, user: str, path: str) -> str:
        target = self.folder / path.lstrip("/")
        run("git", "clone", "--quiet", "--no-local", str(ROOT), str(target))
        run("chroot", str(self.folder), "chown", "--recursive", f"{user}:", path)
        return path

    def command(self, user: str, path: str, words: str, **env: str) -> list[str]:
        """``words`` typed by ``user`` in ``path``, in a shell that knows nothing of ours."""
        home = "/root" if user == "root" else f"/home/{user}"
        given = {"HOME": home, "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "USER": user}
        given |= {name: value for name, value in os.environ.items() if PASSED_ON.fullmatch(name)} | env
        assigned = [f"{name}={value}" for name, value in given.items()]
        return [
            "unshare", "--mount", "sh", "-euc", ENTER, "sh", str(self.folder), user, path, words,
            "/usr/bin/env", "--ignore-environment", *assigned,
        ]  # fmt: skip

    def starts(self, user: str, path: str) -> None:
        """``make run`` comes up, answers, and ends with Ctrl-C."""
        log = self.folder / f"run-{user}.log"
        began = time.monotonic()
        with log.open("wb") as output:
            process = processes.spawn(self.command(user, path, "make run", PORT=str(PORT)), env=os.environ, cwd=ROOT, output=output)
        processes.wait_until(lambda: process.poll() is not None or WELCOME in log.read_text(), START_SECONDS)
        took = time.monotonic() - began
        ready = answers(PORT, "localhost")
        os.killpg(process.pid, signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
        if not ready or answers(PORT, "localhost"):
            raise Refusal(f"make run as {user} in {path!r} ended with {process.returncode}:\n{processes.last_lines(log.read_text())}")
        say(f"make run as {user} in {path!r}: up after {took:.0f} s, ended by Ctrl-C. It said:")
        say(log.read_text())

    def passes(self, user: str, path: str, asked: str) -> bool:
        """``make test``; its last lines are ours."""
        log = self.folder / f"test-{user}.log"
        began = time.monotonic()
        with log.open("wb") as output:
            done = subprocess.run(
                self.command(user, path, "make test", ARGS=asked), stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False
            )
        minutes = (time.monotonic() - began) / 60
        say(f"make test as {user} in {path!r}: ended with {done.returncode} after {minutes:.0f} min. Its last lines:")
        say("\n".join(log.read_text(errors="replace").splitlines()[-LAST_LINES:]))
        return done.returncode == 0


def run(*words: str) -> None:
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise Refusal(f"{words[0]} failed:\n{processes.last_lines(done.stdout.decode(errors='replace'))}")


def main() -> int:
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        raise Refusal("This needs root, to enter another system, and debootstrap: apt-get install debootstrap")
    folder = Path(tempfile.mkdtemp(prefix="roadmap-bare-", dir="/var/tmp"))
    folder.chmod(0o755)
    bare = Bare(folder)
    try:
        bare.make()
        # The ordinary user first: what root's commands install is not there yet.
        places = [(USER, bare.clone(USER, f"/home/{USER}/my road map")), ("root", bare.clone("root", "/srv/a path, “quoted” & long"))]
        asked, well = os.environ.get("ARGS", "").split(), True
        for user, path in places:
            if {"root", USER} & {*asked} <= {user}:
                bare.starts(user, path)
                rest = " ".join(word for word in asked if word not in {"run", "root", USER})
                well &= "run" in asked or bare.passes(user, path, rest)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0 if well else 1


if __name__ == "__main__":
    finish(main)

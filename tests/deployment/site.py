"""Runs the commands of ``docker-compose.yml`` by hand: the same words and variables, against a real PostgreSQL and Redis.

Only addresses and folders differ: there is no network of containers here, so ``postgres:5432`` is the socket of a
cluster of our own, ``redis:6379`` a server of our own, and the application's folders are those of ``Image``.
"""

from __future__ import annotations

import re
import secrets
import shutil
import signal
import socket
import subprocess
import time
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg2

from tests.deployment import compose
from tests.deployment.image import account, as_whom
from tools import processes

if TYPE_CHECKING:
    from email.message import Message

    from psycopg2.extensions import connection as Connection  # noqa: N812 - the class's own module hides its name

    from tests.deployment.image import Image
    from tools.postgres import Cluster

HOST = "roadmap.example.org"
REDIS = shutil.which("redis-server")
# Signs that a shell, SQL or an address would take for their own.
AWKWARD = """it's "a" \\pass $word @:/?#%"""
HBA = "local all roadmap,postgres trust\nlocal all all scram-sha-256\n"
VARIABLES = compose.example_variables() | {
    "SECRET_KEY": secrets.token_urlsafe(48),
    "POSTGRES_PASSWORD": secrets.token_urlsafe(24),
    "OWNER_DATABASE_PASSWORD": f"owner {AWKWARD}",
    "APP_DATABASE_PASSWORD": f"app {AWKWARD}",
    "BACKUP_DATABASE_PASSWORD": f"backup {AWKWARD}",
    "ALLOWED_HOSTS": HOST,
    "SITE_URL": f"https://{HOST}",
    "WEB_CONCURRENCY": "1",
    "WORKER_PROCESSES": "1",
    "LOG_FORMAT": "json",
    "EMAIL_URL": "filemail:///var/lib/roadmap/mail",
    "METRICS_BIND": "0.0.0.0:9100",
    "METRICS_TOKEN": "the token of whoever watches",
}
HEALTHY_WITHIN = 90
COMMAND_WITHIN = 180


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message
    body: bytes


@dataclass
class Site:
    """One installation. ``services`` is what the compose file says, variables put in."""

    image: Image
    cluster: Cluster
    folder: Path
    services: dict[str, Any] = field(default_factory=lambda: compose.services(VARIABLES))
    redis_port: int = field(default_factory=free_port)
    web_port: int = field(default_factory=free_port)
    watched: dict[str, int] = field(default_factory=lambda: {service: free_port() for service in ("web", "worker", "exports")})
    """At which port each service answers Prometheus."""
    account: processes.Account | None = field(default_factory=account)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    # What a service is given

    def environment(self, service: str) -> dict[str, str]:
        """Of the image, then of the compose file, and nothing of the tests' own."""
        given = {name: self.placed(str(value)) for name, value in self.services[service].get("environment", {}).items()}
        base = {"PATH": f"{self.cluster.at.programs}:{Path(REDIS or '/bin/sh').parent}:/usr/bin:/bin"}
        if service not in {"postgres", "redis"}:
            programs = base["PATH"]
            base = {name: self.placed(value) for name, value in self.image.environment.items()}
            base["PATH"] = f"{self.image.venv / 'bin'}:{programs}"
            given |= {} if REDIS else self._without_redis()
            # Containers have an address and a /tmp of their own.
            given["METRICS_BIND"] = f"127.0.0.1:{self.watched[service]}" if service in self.watched else ""
            given["METRICS_DIR"] = str(self.image.var / f"metrics-{service}")
        return base | given | {"HOSTNAME": socket.gethostname()}

    def _without_redis(self) -> dict[str, str]:
        """Where no Redis is installed the rest is tried all the same, on the broker of files; CI has one."""
        folder = self.folder / "broker"
        for name in ("queue", "control"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        return {"BROKER_URL": "filesystem://", "BROKER_DIR": str(folder), "REDIS_URL": ""}

    def placed(self, text: str) -> str:
        """A text of the two files with the addresses and folders that it has here."""
        text = re.sub(r"@postgres:5432/(\w+)", rf"@/\1?host={self.cluster.at.sockets}", text)
        text = text.replace("redis:6379", f"127.0.0.1:{self.redis_port}").replace("0.0.0.0:8000", f"127.0.0.1:{self.web_port}")
        text = text.replace("--host=127.0.0.1", f"--host={self.cluster.at.sockets}")
        return self.image.here(re.sub(r"^redis-cli\b", f"redis-cli -p {self.redis_port}", text))

    def command(self, service: str) -> list[str]:
        words: list[str] = self.services[service].get("command") or self.image.command
        return [self.placed(word) for word in words]

    # Running it

    def run(self, service: str, command: list[str], **changed: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the place of a service, to its end."""
        return subprocess.run(
            command,
            cwd=self.image.app,
            env=self.environment(service) | changed,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=COMMAND_WITHIN,
            check=False,
            **as_whom(self.account_of(service)),
        )

    def account_of(self, service: str) -> processes.Account | None:
        return None if service in {"postgres", "redis"} else self.account

    def start(self, service: str, *more: str) -> None:
        with self.log(service).open("ab") as log:
            self.running[service] = processes.spawn(
                [*self.command(service), *more],
                env=self.environment(service),
                cwd=self.image.app,
                output=log,
                account=self.account_of(service),
                death_signal=signal.SIGKILL,
            )

    def log(self, service: str) -> Path:
        return self.folder / f"{service}.log"

    def stop(self) -> None:
        """End what was started here, each by its number; what it leaves is given a few seconds, then killed."""
        processes.end(self.running.values(), grace=20)

    def check(self, service: str) -> subprocess.CompletedProcess[str]:
        """Run the health check of a service once, as the engine would."""
        words = compose.arguments_of(self.services[service]["healthcheck"]["test"])
        if words[:2] == ["/bin/sh", "-c"]:
            return self.run(service, [*words[:2], self.placed(words[2])])
        return self.run(service, [self.placed(word) for word in words])

    def wait_until_healthy(self, service: str) -> None:
        deadline = time.monotonic() + HEALTHY_WITHIN
        while (outcome := self.check(service)).returncode:
            log = self.log(service).read_text(errors="replace") if self.log(service).exists() else ""
            ended = self.running[service].poll() if service in self.running else None
            assert ended is None, f"{service} ended with {ended}:\n{log}"
            assert time.monotonic() < deadline, f"{service} is unhealthy: {outcome.stdout}\n{log}"
            time.sleep(0.3)

    # Using it

    def get(self, path: str, *, method: str = "GET", body: str | None = None, **headers: str) -> Answer:
        """A request as the proxy passes it on; ``headers`` are written with underscores."""
        given = {"Host": HOST, "X-Forwarded-Proto": "https"} | {name.replace("_", "-"): value for name, value in headers.items()}
        with closing(HTTPConnection("127.0.0.1", self.web_port, timeout=20)) as connection:
            connection.request(method, path, body, headers=given)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())

    def figures(self, service: str) -> str:
        """What Prometheus is answered there."""
        with closing(HTTPConnection("127.0.0.1", self.watched[service], timeout=20)) as connection:
            connection.request("GET", "/metrics")
            return connection.getresponse().read().decode()

    def connect(self, role: str, password: str = "", database: str = "roadmap") -> Connection:
        return psycopg2.connect(host=str(self.cluster.at.sockets), dbname=database, user=role, password=password)

    def as_application(self) -> Connection:
        return self.connect("roadmap_app", VARIABLES["APP_DATABASE_PASSWORD"])

    # Bringing it up, in the order of the compose file

    def bring_up(self) -> None:
        self.make_database()
        self.start_redis()
        migrated = self.run("migrate", self.command("migrate"))
        assert migrated.returncode == 0, migrated.stdout
        self.log("migrate").write_text(migrated.stdout)
        for service in ("web", "worker", "exports", "beat"):
            self.start(service)
        # A ping sent too early is waited for in vain.
        for service in ("worker", "exports"):
            processes.wait_until(partial(self.is_ready, service), HEALTHY_WITHIN)
        for service in ("web", "beat", "worker", "exports"):
            self.wait_until_healthy(service)

    def is_ready(self, service: str) -> bool:
        return " ready." in self.log(service).read_text(errors="replace")

    def make_database(self) -> None:
        """What the image of PostgreSQL does with a new volume: passwords count, then the script is run."""
        # The account of the image reaches it, too.
        self.cluster.at.sockets.chmod(0o755)
        next(self.cluster.at.sockets.glob(".s.PGSQL.*[0-9]")).chmod(0o777)
        with closing(self.connect("roadmap", database="postgres")) as connection, connection.cursor() as cursor:
            cursor.execute("CREATE ROLE postgres SUPERUSER LOGIN PASSWORD %s", [VARIABLES["POSTGRES_PASSWORD"]])
            (self.cluster.at.data / "pg_hba.conf").write_text(HBA)
            cursor.execute("SELECT pg_reload_conf()")
            connection.commit()
        script = next(word for word in self.services["postgres"]["volumes"] if "initdb.d" in word).split(":")[0]
        made = self.run("postgres", [str(compose.ROOT / script)], PGHOST=str(self.cluster.at.sockets))
        assert made.returncode == 0, made.stdout

    def start_redis(self) -> None:
        if REDIS:
            self.start("redis", *("--port", str(self.redis_port), "--bind", "127.0.0.1", "--dir", str(self.folder)))
            self.wait_until_healthy("redis")

"""The documented proxies in front of the installation: the largest evidence that is allowed passes, a larger one is refused in words,
and who is slow or sends too much holds nobody."""

from __future__ import annotations

import json
import os
import pwd
import re
import secrets
import select
import shutil
import socket
import subprocess
from contextlib import ExitStack, closing, suppress
from http.client import HTTPConnection
from typing import TYPE_CHECKING

import pytest

from tests.deployment.compose import ROOT
from tests.deployment.site import HOST, Answer, free_port
from tests.deployment.test_held_lock import TOKEN
from tests.machine import needs
from tools import processes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.deployment.site import Site

GUIDE = (ROOT / "docs" / "operator.md").read_text(encoding="utf-8")
MEGABYTE = 1024 * 1024
AROUND = """
user {user}; daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; events {{}}
http {{ access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
{server}
}}
"""


def example(language: str) -> str:
    return re.search(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)[1]  # type: ignore[index]


def nginx(site: Site, folder: Path, port: int) -> list[str | Path]:
    """The documented block, but for the certificate and with our ports."""
    server = re.sub(r"\n\s*ssl_\w+[^;]*;", "", example("nginx")).replace("listen 443 ssl;", f"listen 127.0.0.1:{port};")
    server = server.replace("roadmap.example.org", HOST).replace("127.0.0.1:8000", f"127.0.0.1:{site.web_port}")
    file = folder / "nginx.conf"
    file.write_text(AROUND.format(folder=folder, server=server, user=pwd.getpwuid(os.geteuid()).pw_name))
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    checked = subprocess.run([program, "-t", "-p", folder, "-c", file], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    return [program, "-p", folder, "-c", file]


def caddy(site: Site, folder: Path, port: int) -> list[str | Path]:
    """The same: without a certificate it would say that the connection is not secure."""
    server = example("caddyfile").replace("{\n", "{\n    admin off\n    auto_https off\n", 1)
    server = server.replace("roadmap.example.org {", f"http://{HOST}:{port} {{\n    bind 127.0.0.1")
    proxied = f"reverse_proxy 127.0.0.1:{site.web_port} {{\n        header_up X-Forwarded-Proto https\n    }}"
    file = folder / "Caddyfile"
    file.write_text(server.replace("reverse_proxy 127.0.0.1:8000", proxied))
    return [shutil.which("caddy") or "caddy", "run", "--adapter", "caddyfile", "--config", file]


@pytest.fixture(scope="module", params=[nginx, caddy])
def proxy(request: pytest.FixtureRequest, site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A port on which a documented proxy serves the site."""
    needs(request.param.__name__)
    folder, port = tmp_path_factory.mktemp(request.param.__name__), free_port()
    folder.chmod(0o755)
    command = request.param(site, folder, port)
    with (folder / "out.log").open("wb") as log:
        env = {"PATH": "/usr/bin:/bin", "HOME": str(folder)}
        process = processes.spawn(command, env=env, cwd=folder, output=log)
    try:
        assert processes.wait_until(lambda: answers(port), 20), log_of(folder)
        yield port
    finally:
        processes.end([process], grace=10)


def log_of(folder: Path) -> str:
    return "".join(file.read_text() for file in folder.glob("*.log"))


def answers(port: int) -> bool:
    try:
        return send(port, "GET", "/healthz").status == 200
    except OSError:
        return False


def send(port: int, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
    given = {"Host": HOST} | {name.replace("_", "-"): value for name, value in headers.items()}
    with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        with suppress(BrokenPipeError, ConnectionResetError):  # refused before all of it was sent
            connection.request(method, path, body, given)
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())


def multipart(size: int) -> tuple[bytes, str]:
    """A form with a text file of that many bytes and its title, as a program sends it; the file's bytes are different each time."""
    mark = secrets.token_hex(8)
    head = f'--{mark}\r\nContent-Disposition: form-data; name="title"\r\n\r\nA sample\r\n--{mark}\r\n'
    head += 'Content-Disposition: form-data; name="file"; filename="sample.txt"\r\nContent-Type: text/plain\r\n\r\n'
    content = mark.encode() + b"a" * (size - len(mark))
    return head.encode() + content + f"\r\n--{mark}--\r\n".encode(), f"multipart/form-data; boundary={mark}"


@pytest.mark.parametrize(("size", "status"), [(7 * MEGABYTE, 201), (20 * MEGABYTE, 201), (20 * MEGABYTE + 1, 400), (60 * MEGABYTE, 413)])
def test_evidence_as_large_as_is_allowed_passes(site: Site, proxy: int, size: int, status: int) -> None:
    done = site.run("web", ["python", "-c", TOKEN], DJANGO_SETTINGS_MODULE="roadmap.settings")
    assert done.returncode == 0, done.stdout
    body, kind = multipart(size)
    answer = send(proxy, "POST", "/api/v1/evidence/", body, Authorization=f"Bearer {done.stdout.split()[-1]}", Content_Type=kind)
    assert answer.status == status, answer.body[:500]
    if status == 400:
        assert "20" in json.loads(answer.body)["errors"][0]["detail"]


def test_what_the_proxy_says_is_believed(site: Site, proxy: int) -> None:
    """Host, scheme and address pass: no redirect to https, absolute addresses of the site's own."""
    answer = send(proxy, "GET", "/api/v1/")
    assert answer.status == 200
    assert f"https://{HOST}/api/v1/milestones/" in answer.body.decode()


COOKIE = "Cookie: sessionid=x"
SLOW = {
    "heads": (["GET / HTTP/1.1", f"Host: {HOST}"], b"X"),
    "bodies": (["POST /accounts/login/ HTTP/1.1", f"Host: {HOST}", COOKIE, "Content-Length: 1000", "", "a"], b"a"),
    "chunks": (["POST /accounts/login/ HTTP/1.1", f"Host: {HOST}", COOKIE, "Transfer-Encoding: chunked", "", ""], b"1\r\na\r\n"),
}


@pytest.mark.parametrize("kind", SLOW)
@pytest.mark.parametrize("through", ["proxy", "nothing"])
def test_slow_connections_hold_nobody(site: Site, proxy: int, kind: str, through: str) -> None:
    """Twenty-four of them, each a byte now and then."""
    begin, drop = SLOW[kind]
    with ExitStack() as stack:
        ports = {"proxy": proxy, "nothing": site.web_port}
        sockets = [stack.enter_context(socket.create_connection(("127.0.0.1", ports[through]), timeout=5)) for _ in range(24)]
        for one in sockets:
            one.sendall("\r\n".join(begin).encode())
        for _turn in range(3):
            for one in sockets:
                one.sendall(drop)
            for path in ("/healthz", "/readyz", "/api/v1/"):
                assert send(proxy, "GET", path).status == 200


@pytest.mark.parametrize("through", ["proxy", "nothing"])
def test_300_megabytes_are_refused_at_their_beginning(site: Site, proxy: int, through: str) -> None:
    port = {"proxy": proxy, "nothing": site.web_port}[through]
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        head = ["POST /follow/ HTTP/1.1", f"Host: {HOST}", COOKIE, "X-Forwarded-Proto: https", f"Content-Length: {300 * MEGABYTE}", "", ""]
        connection.sendall("\r\n".join(head).encode())
        sent = 0
        with suppress(BrokenPipeError, ConnectionResetError):
            while not select.select([connection], [], [], 0)[0]:
                connection.sendall(b"a" * MEGABYTE)
                sent += 1
        with suppress(ConnectionResetError):
            # Caddy, which passes on as it reads, says 502 when it is cut off before it has seen the answer.
            assert connection.recv(100).startswith((b"HTTP/1.1 413 ", b"HTTP/1.1 502 "))
    assert sent < 60


def test_a_body_in_chunks_passes_like_any_other(site: Site, proxy: int) -> None:
    body, kind = multipart(MEGABYTE)
    done = site.run("web", ["python", "-c", TOKEN], DJANGO_SETTINGS_MODULE="roadmap.settings")
    given = {"Host": HOST, "Authorization": f"Bearer {done.stdout.split()[-1]}", "Content-Type": kind}
    with closing(HTTPConnection("127.0.0.1", proxy, timeout=60)) as connection:
        connection.request("POST", "/api/v1/evidence/", iter([body[:1000], body[1000:]]), given, encode_chunked=True)
        answer = connection.getresponse()
        assert answer.status == 201, answer.read()

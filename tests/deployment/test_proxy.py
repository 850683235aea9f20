"""The documented nginx in front of the installation: the largest evidence that is allowed passes, and a larger one is refused in words."""

from __future__ import annotations

import json
import os
import pwd
import re
import secrets
import shutil
import subprocess
from contextlib import closing
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


@pytest.fixture(scope="module")
def proxy(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A port on which nginx serves the documented block, but for the certificate and with our ports."""
    needs("nginx")
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    server = re.search(r"```nginx\n(.*?)```", GUIDE, re.DOTALL)[1]  # type: ignore[index]
    server = re.sub(r"\n\s*ssl_\w+[^;]*;", "", server).replace("listen 443 ssl;", f"listen 127.0.0.1:{port};")
    server = server.replace("roadmap.example.org", HOST).replace("127.0.0.1:8000", f"127.0.0.1:{site.web_port}")
    file = folder / "nginx.conf"
    file.write_text(AROUND.format(folder=folder, server=server, user=pwd.getpwuid(os.geteuid()).pw_name))
    folder.chmod(0o755)
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    checked = subprocess.run([program, "-t", "-p", folder, "-c", file], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    with (folder / "out.log").open("wb") as log:
        process = processes.spawn([program, "-p", folder, "-c", file], env={"PATH": "/usr/bin:/bin"}, cwd=folder, output=log)
    try:
        assert processes.wait_until(lambda: answers(port), 20), log_of(folder)
        yield port
    finally:
        processes.end([process], grace=10)


def log_of(folder: Path) -> str:
    return (folder / "error.log").read_text() + (folder / "out.log").read_text()


def answers(port: int) -> bool:
    try:
        return send(port, "GET", "/healthz").status == 200
    except OSError:
        return False


def send(port: int, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
    given = {"Host": HOST} | {name.replace("_", "-"): value for name, value in headers.items()}
    with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
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

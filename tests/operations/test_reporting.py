"""Faults and traces leave the process only where a variable says where to, and nothing secret with them."""

import gzip
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import brotli
import pytest

from roadmap.checks import check_settings
from roadmap.telemetry import PACKAGES
from tests.docs.test_guides import ROOT

SCRIPT = """
import logging, sys
from roadmap.telemetry import report
report("web")
import django
django.setup()
from django.test import Client
from common import request_ids
Client().get("/healthz?token=SECRET-ONE")
request_ids.work_for("the-request-1")
password = "SECRET" + "-TWO"
try:
    raise ValueError("at /follow/confirm/SECRET-THREE/")
except ValueError:
    logging.getLogger("record").exception("something failed")
print(sorted(name for name in ("sentry_sdk", "opentelemetry.exporter") if name in sys.modules))
"""


@pytest.fixture
def receiver():
    """Takes what is sent to it; ``bodies`` by path."""
    bodies = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            match self.headers.get("Content-Encoding"):
                case "gzip":
                    body = gzip.decompress(body)
                case "br":
                    body = brotli.decompress(body)
            bodies.append((self.path, body))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"127.0.0.1:{server.server_port}", bodies
    server.shutdown()
    thread.join()
    server.server_close()


def run(**variables):
    env = os.environ | {"ALLOWED_HOSTS": "testserver", "DJANGO_SETTINGS_MODULE": "roadmap.settings", **variables}
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", SCRIPT], env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


def test_without_the_variables_the_packages_are_not_even_read():
    assert run() == "[]"


def test_a_fault_is_reported_with_its_request_and_without_secrets(receiver):
    address, bodies = receiver
    run(SENTRY_DSN=f"http://key@{address}/1")
    said = b"".join(body for path, body in bodies if path == "/api/1/envelope/")
    assert b"something failed" in said
    assert b"the-request-1" in said
    assert b"SECRET" not in said
    events = [json.loads(line) for line in said.splitlines() if b'"event_id"' in line and b'"exception"' in line]
    assert events[0]["tags"]["part"] == "web"


def test_a_request_is_traced_without_secrets(receiver):
    address, bodies = receiver
    run(OTEL_EXPORTER_OTLP_ENDPOINT=f"http://{address}")
    said = b"".join(body for path, body in bodies if path == "/v1/traces")
    assert b"roadmap-web" in said
    assert b"healthz" in said
    assert b"SECRET" not in said


@pytest.mark.parametrize("variable", PACKAGES)
def test_a_variable_without_its_packages_is_a_fault_of_the_settings(settings, monkeypatch, variable):
    setattr(settings, variable, "http://key@127.0.0.1/1")
    assert check_settings() == []
    monkeypatch.setattr("roadmap.checks.is_missing", lambda _package: True)
    (fault,) = check_settings()
    assert (fault.id, variable in fault.msg) == ("roadmap.E008", True)

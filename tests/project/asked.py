"""An application for a server under attack: ``/wait`` holds its thread for as long as a file is there, ``/large/64`` answers so many
megabytes, anything else says how long its body was. What the server bears is less than elsewhere, so that a test reaches it."""

import os
import time
from pathlib import Path

from roadmap import server

HELD = Path(os.environ.get("HELD", ""))
MEGABYTE = 1024 * 1024
server.MOST_CONNECTIONS = 40
server.MOST_UNREAD = 40 * MEGABYTE
server.QUIET_SECONDS = 8


def application(environ, start_response):
    while environ["PATH_INFO"] == "/wait" and HELD.exists():
        time.sleep(0.02)
    length = len(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
    start_response("200 OK", [("Content-Type", "text/plain")])
    if environ["PATH_INFO"].startswith("/large/"):
        return (b"a" * MEGABYTE for _ in range(int(environ["PATH_INFO"].rpartition("/")[2])))
    return [f"{environ['PATH_INFO']} {length} {environ.get('HTTP_X_FORWARDED_PROTO')}".encode()]

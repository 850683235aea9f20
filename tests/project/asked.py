"""An application for a server under attack: ``/wait`` holds its thread for as long as a file is there, anything else says how long its body was."""

import os
import time
from pathlib import Path

HELD = Path(os.environ.get("HELD", ""))


def application(environ, start_response):
    while environ["PATH_INFO"] == "/wait" and HELD.exists():
        time.sleep(0.02)
    length = len(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{environ['PATH_INFO']} {length} {environ.get('HTTP_X_FORWARDED_PROTO')}".encode()]

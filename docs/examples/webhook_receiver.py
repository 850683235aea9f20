"""Receive the webhooks of a roadmap tracker and keep each event once, in SQLite. Standard library only.

    WEBHOOK_SECRET=whsec_… python webhook_receiver.py 8099 events.sqlite

Each body is signed as Standard Webhooks says. What is not signed with the secret, or is older than five minutes, is refused; what came
before is thanked for and not kept again. Put a server that speaks HTTPS before it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import sqlite3
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

TABLE = "CREATE TABLE IF NOT EXISTS events (id TEXT PRIMARY KEY, type TEXT NOT NULL, received REAL NOT NULL, body TEXT NOT NULL)"
TOLERANCE = 300
LONGEST = 1024 * 1024


def is_signed(secret: str, message_id: str, timestamp: str, signatures: str, body: bytes) -> bool:
    """Whether one of the signatures is that of the secret, and the timestamp is of now."""
    if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > TOLERANCE:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{timestamp}.".encode() + body
    wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(wanted.encode(), one.encode()) for one in signatures.split())


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > LONGEST:
            return self.say(413)
        body = self.rfile.read(length)
        message_id, timestamp, signatures = (self.headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
        if not is_signed(os.environ["WEBHOOK_SECRET"], message_id, timestamp, signatures, body):
            return self.say(401)
        event = json.loads(body)
        with sqlite3.connect(sys.argv[2]) as database:
            database.execute("INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?)", (message_id, event["type"], time.time(), body.decode()))
        return self.say(204)

    def say(self, status: int) -> None:
        self.send_response(status)
        self.end_headers()


def main() -> None:
    with sqlite3.connect(sys.argv[2]) as database:
        database.execute(TABLE)
    HTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()


if __name__ == "__main__":
    main()

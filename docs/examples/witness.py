"""A witness for the log of a roadmap tracker. Standard library, and cryptography for the signatures.

    python witness.py --store witness.json --name witness.example.org/w1 --log 'roadmap.example.org/record+1234abcd+AX…'

Speaks https://c2sp.org/tlog-witness. It keeps the newest checkpoint of each log in its store, one file, which also holds its key and is
made by the first start, and cosigns a later one only when that is proven to continue it. So a log that shows two readers two different
pasts is found out. Run it on a machine that the log's operator does not own; keep the store safe, and never put an old one back.
Prints the key to publish. Put a server that speaks HTTPS before it.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import re
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

LONGEST, MOST_STEPS, SECONDS = 100_000, 63, 10
REQUEST = re.compile(r"old (0|[1-9][0-9]{0,18})\n((?:[A-Za-z0-9+/]{43}=\n)*)\n(.+)", re.DOTALL)
CHECKPOINT = re.compile(r"([^\n]+)\n(0|[1-9][0-9]{0,18})\n([A-Za-z0-9+/]{43}=)\n(?:[^\n]+\n)*")


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def key_id(name: str, kind: int, public: bytes) -> bytes:
    return sha256(name.encode(), b"\n", bytes([kind]), public)[:4]


class Refused(Exception):
    def __init__(self, status: int, body: str = "", kind: str = "text/plain; charset=utf-8") -> None:
        super().__init__(body)
        self.status, self.body, self.kind = status, body, kind


class Log:
    """A log that is watched, by the text of its key."""

    def __init__(self, key: str) -> None:
        self.name, said, packed = key.split("+", 2)
        raw = base64.b64decode(packed, validate=True)
        self.public, self.id = raw[1:], key_id(self.name, 1, raw[1:])
        if raw[:1] != b"\x01" or self.id.hex() != said:
            sys.exit(f"This is no key of a log: {key}")

    def has_signed(self, text: str, lines: list[str]) -> bool:
        for line in lines:
            _dash, name, packed = line.split(" ")
            raw = base64.b64decode(packed, validate=True)
            if name == self.name and raw[:4] == self.id:
                try:
                    Ed25519PublicKey.from_public_bytes(self.public).verify(raw[4:], text.encode())
                except InvalidSignature:
                    continue
                return True
        return False


def is_consistent(old: int, new: int, old_root: bytes, new_root: bytes, proof: list[bytes]) -> bool:
    """RFC 9162, section 2.1.4.2, for 0 < old < new."""
    if not proof:
        return False
    first, *steps = proof if old & (old - 1) else [old_root, *proof]
    at, last, before, after = old - 1, new - 1, first, first
    while at & 1:
        at, last = at >> 1, last >> 1
    for step in steps:
        if last == 0:
            return False
        if at & 1 or at == last:
            before, after = sha256(b"\x01", step, before), sha256(b"\x01", step, after)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            after = sha256(b"\x01", after, step)
        at, last = at >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root


class Witness:
    def __init__(self, store: Path, name: str, logs: list[Log]) -> None:
        self.store, self.logs, self.lock = store, logs, threading.Lock()
        if not store.exists():
            seed = Ed25519PrivateKey.generate().private_bytes_raw()
            self.save({"name": name, "seed": base64.b64encode(seed).decode(), "newest": {}})
        self.state: dict[str, Any] = json.loads(store.read_text(encoding="utf-8"))
        if self.state["name"] != name:
            sys.exit(f"The store is that of {self.state['name']}.")
        self.key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(self.state["seed"]))
        public = self.key.public_key().public_bytes_raw()
        self.name, self.id = name, key_id(name, 4, public)
        self.verifier = f"{name}+{self.id.hex()}+{base64.b64encode(bytes([4]) + public).decode()}"

    def save(self, state: dict[str, Any]) -> None:
        """All of it or nothing, and on the disk before anything is signed that rests on it."""
        aside = self.store.with_name(f".{self.store.name}.new")
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(state, file)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self.store)

    def add_checkpoint(self, request: str) -> str:
        """The line of a cosignature. Raises ``Refused``."""
        asked = REQUEST.fullmatch(request)
        text, sign, below = asked[3].rpartition("\n\n") if asked else ("", "", "")
        said, lines = CHECKPOINT.fullmatch(text + "\n"), below.splitlines()
        if not asked or not sign or not said or not all(re.fullmatch(r"— [^\s+]+ [A-Za-z0-9+/=]+", line) for line in lines):
            raise Refused(400, "This is no request for a cosignature.\n")
        old, new, root = int(asked[1]), int(said[2]), base64.b64decode(said[3])
        proof = [base64.b64decode(step) for step in asked[2].split()]
        ours = [log for log in self.logs if log.name == said[1]]
        if not ours:
            raise Refused(404, "This log is not known here.\n")
        if not any(log.has_signed(text + "\n", lines) for log in ours):
            raise Refused(403, "No key of this log has signed the checkpoint.\n")
        if old > new or len(proof) > MOST_STEPS:
            raise Refused(400, "The old size is larger than the new one, or the proof too long.\n")
        with self.lock:
            self.go_on(said[1], old, new, root, proof)
        moment = int(time.time())
        signature = self.key.sign(f"cosignature/v1\ntime {moment}\n{text}\n".encode())
        return f"— {self.name} {base64.b64encode(self.id + moment.to_bytes(8, 'big') + signature).decode()}\n"

    def go_on(self, origin: str, old: int, new: int, root: bytes, proof: list[bytes]) -> None:
        """Remember the checkpoint if it continues what is remembered."""
        newest = self.state["newest"].get(origin, {"size": 0, "root": ""})
        if old != newest["size"]:
            raise Refused(409, f"{newest['size']}\n", "text/x.tlog.size")
        known = base64.b64decode(newest["root"])
        if old == new and old > 0 and known != root:
            raise Refused(409, f"{newest['size']}\n", "text/x.tlog.size")
        sound = not proof if old in {0, new} else is_consistent(old, new, known, root, proof)
        if not sound:
            raise Refused(422, "The proof does not hold.\n")
        state = self.state | {"newest": self.state["newest"] | {origin: {"size": new, "root": base64.b64encode(root).decode()}}}
        self.save(state)
        self.state = state


class Handler(BaseHTTPRequestHandler):
    witness: Witness
    timeout = SECONDS

    def do_GET(self) -> None:
        self.say(200, f"{self.witness.verifier}\n")

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if self.path != "/add-checkpoint":
            return self.say(404, "Post to /add-checkpoint.\n")
        if not length.isdigit() or int(length) > LONGEST:
            return self.say(413, "The body is too long, or of unknown length.\n")
        try:
            return self.say(200, self.witness.add_checkpoint(self.rfile.read(int(length)).decode()))
        except Refused as refused:
            return self.say(refused.status, refused.body, refused.kind)
        except ValueError:
            return self.say(400, "This is no request for a cosignature.\n")

    def say(self, status: int, body: str, kind: str = "text/plain; charset=utf-8") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--name", required=True, help="how the witness calls itself, such as an address without its scheme")
    parser.add_argument("--log", type=Log, action="append", required=True, help="the key of a log; may be given several times")
    parser.add_argument("--listen", default="127.0.0.1:8100")
    asked = parser.parse_args()
    Handler.witness = Witness(asked.store, asked.name, asked.log)
    host, _colon, port = asked.listen.rpartition(":")
    server = ThreadingHTTPServer((host, int(port)), Handler)
    print(f"Listening on {host}:{server.server_port}\n{Handler.witness.verifier}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()

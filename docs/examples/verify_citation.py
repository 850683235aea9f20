"""Check the proof of a citation, offline. Standard library, and cryptography for the signature.

    python verify_citation.py proof.json 'roadmap.example.org/record+1234abcd+AX…'

The proof is what /api/v1/milestones/SM-03/proof/?at=57 answered. The key is the site's, noted before, from elsewhere than the proof;
more keys may follow, such as those of witnesses, and then every one of them must have signed. Says what is proven, or ends with 1 and
the reason why nothing is.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT, EVENT_FORMAT = "roadmap-proof/1", 1


class NotProven(Exception):
    pass


def insist(good: object, reason: str) -> None:
    if not good:
        raise NotProven(reason)


def canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(salt: str, value: object) -> str:
    return hashlib.sha256((salt + canonical(value)).encode()).hexdigest()


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def unpacked(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def signed(note: str, key: str) -> str:
    """Who signed the note with this key (and when, of a witness). https://c2sp.org/signed-note, tlog-cosignature"""
    name, said, packed = key.split("+", 2)
    kind, public = unpacked(packed)[:1], unpacked(packed)[1:]
    key_id = sha256(name.encode(), b"\n", kind, public)[:4]
    insist(key_id.hex() == said and kind in {b"\x01", b"\x04"} and len(public) == 32, f"the key of {name} is not one")
    text, _sign, below = note.rpartition("\n\n")
    for line in below.splitlines():
        _dash, who, signature = line.split(" ")
        raw = unpacked(signature)
        if who != name or raw[:4] != key_id:
            continue
        message, raw, when = f"{text}\n", raw[4:], ""
        if kind == b"\x04":
            moment, raw = int.from_bytes(raw[:8], "big"), raw[8:]
            message, when = f"cosignature/v1\ntime {moment}\n{message}", f" at {datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M} UTC"
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(raw, message.encode())
        except InvalidSignature:
            raise NotProven(f"the signature of {name} is not over this checkpoint") from None
        return name + when
    raise NotProven(f"{name} has not signed this checkpoint")


def is_included(leaf: bytes, index: int, size: int, proof: list[bytes], root: bytes) -> bool:
    """RFC 9162, section 2.1.3.2."""
    at, last, result = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            result = sha256(b"\x01", step, result)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            result = sha256(b"\x01", result, step)
        at, last = at >> 1, last >> 1
    return 0 <= index < size and last == 0 and result == root


def check_event(event: dict[str, Any], size: int, root: bytes) -> dict[str, Any]:
    """The fields of an event whose text is in the tree, and whose digest covers what is shown of it."""
    text = event["text"]
    fields: dict[str, Any] = json.loads(text)
    insist(canonical(fields) == text and fields["format"] == EVENT_FORMAT, "the text of an event is not in the form of the record")
    proof = [unpacked(step) for step in event["inclusion"]]
    included = is_included(sha256(b"\x00", text.encode()), fields["position"] - 1, size, proof, root)
    insist(included, f"the event at position {fields['position']} is not in the tree of this checkpoint")
    covered = {name: event[name] for name in ("actor", "data")} | {name: sorted(event[name]) for name in ("opened", "closed")}
    insist(digest(event["salt"], covered) == fields["digest"], f"the event at position {fields['position']} said something else")
    return fields


def check(proof: dict[str, Any], keys: list[str]) -> list[str]:
    """Sentences of what is proven. Raises ``NotProven``."""
    insist(proof["format"] == FORMAT, "this is no proof of the format that is known here")
    insist(keys, "name the key of the site")
    note = proof["checkpoint"]
    names = [signed(note, key) for key in keys]
    origin, size, packed = note.split("\n")[:3]
    root, version = unpacked(packed), proof["version"]
    insist(digest(version["salt"], version["content"]) == version["digest"], "the content is not what was recorded")
    ends = [version["first"]] if version["last"] is None else [version["first"], version["last"]]
    insist(len(ends) == len(proof["events"]), "an event is missing, or there is one too many")
    said = [f"The log {origin} had {size} events when it was signed by {', '.join(names)}."]
    words = (("opened", "recorded"), ("closed", "replaced"))
    for end, event, (where, word) in zip(ends, proof["events"], words, strict=False):
        fields = check_event(event, int(size), root)
        insist(fields["position"] == end, f"this is not the event of position {end}")
        insist(version["digest"] in event[where], f"the event at position {end} is about something else")
        said.append(f"{version['content']['code']} was {word} so at position {end}, {fields['occurred_at']}: {fields['type']}.")
    if version["last"] is None:
        said.append("Until when that stood is not shown here.")
    shown = {name: value for name, value in version["content"].items() if name.startswith(("status", "due", "title"))}
    return [*said, "It said:", *(f"  {name}: {value}" for name, value in sorted(shown.items()))]


def main() -> int:
    try:
        lines = check(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), sys.argv[2:])
    except NotProven as error:
        lines = [f"NOT PROVEN: {error}."]
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        lines = [f"NOT PROVEN: this is no proof, or no key ({type(error).__name__})."]
    else:
        lines = ["PROVEN.", *lines]
    sys.stdout.write("\n".join(lines) + "\n")
    return int(lines[0] != "PROVEN.")


if __name__ == "__main__":
    sys.exit(main())

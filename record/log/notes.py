"""Signed notes (https://c2sp.org/signed-note), checkpoints (tlog-checkpoint) and cosignatures (tlog-cosignature): pure functions."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

if TYPE_CHECKING:
    from collections.abc import Iterable

SIGNATURE, COSIGNATURE = 1, 4
"""The kinds of keys, all of them Ed25519: a log's, and a witness's, which signs a time too."""
PRIVATE = "PRIVATE+KEY+"
KEY_BYTES, ID_BYTES, TIME_BYTES, SIGNATURE_BYTES = 32, 4, 8, 64
NAME = re.compile(r"[^\s+,]+")
CHECKPOINT = re.compile(r"([^\n]+)\n(0|[1-9][0-9]{0,18})\n([A-Za-z0-9+/]{43}=)\n((?:[^\n]+\n)*)")
MOST_TIME = (1 << 63) - 1


class NotSigned(ValueError):
    """A key, a note or a checkpoint that is not one, or that no known key has signed; the text says which."""


@dataclass(frozen=True)
class Verifier:
    """A public key by its text: ``<name>+<hash>+<base64>``."""

    name: str
    kind: int
    public: bytes

    @property
    def key_id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:ID_BYTES]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{encoded(bytes([self.kind]) + self.public)}"

    def accepts(self, text: str, signature: bytes) -> bool:
        said = text
        if self.kind == COSIGNATURE:
            moment, signature = int.from_bytes(signature[:TIME_BYTES]), signature[TIME_BYTES:]
            said = f"cosignature/v1\ntime {moment}\n{text}"
            if moment > MOST_TIME:
                return False
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, said.encode())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class Signer:
    """A private key of a log by its text: ``PRIVATE+KEY+<name>+<hash>+<base64>``."""

    name: str
    seed: bytes

    @property
    def verifier(self) -> Verifier:
        return Verifier(self.name, SIGNATURE, Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw())

    def __str__(self) -> str:
        return f"{PRIVATE}{self.name}+{self.verifier.key_id.hex()}+{encoded(bytes([SIGNATURE]) + self.seed)}"

    def line(self, text: str) -> str:
        """The line that this key puts below a text."""
        signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(text.encode())
        return f"— {self.name} {encoded(self.verifier.key_id + signature)}\n"


@dataclass(frozen=True)
class Head:
    """What a checkpoint says: which log, how many leaves, which root."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{encoded(self.root)}\n"


def encoded(value: bytes) -> str:
    return base64.b64encode(value).decode()


def decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise NotSigned("not in base64") from error


def make_signer(name: str) -> Signer:
    """Raises ``NotSigned`` where the name has spaces, commas or a plus."""
    if not NAME.fullmatch(name):
        raise NotSigned("the name of a key holds no spaces, no commas and no plus")
    return Signer(name, secrets.token_bytes(KEY_BYTES))


def read_signer(text: str) -> Signer:
    """Raises ``NotSigned``, whose text repeats nothing of the key."""
    if not text.startswith(PRIVATE):
        raise NotSigned(f"a private key begins with {PRIVATE}")
    name, kind, seed, said = _parts(text.removeprefix(PRIVATE))
    signer = Signer(name, seed)
    if kind != SIGNATURE or signer.verifier.key_id.hex() != said:
        raise NotSigned("the parts of the private key do not belong together")
    return signer


def read_verifier(text: str) -> Verifier:
    """Raises ``NotSigned``."""
    name, kind, public, said = _parts(text)
    verifier = Verifier(name, kind, public)
    if kind not in {SIGNATURE, COSIGNATURE} or verifier.key_id.hex() != said:
        raise NotSigned("the parts of the key do not belong together")
    return verifier


def _parts(text: str) -> tuple[str, int, bytes, str]:
    name, _sign, rest = text.partition("+")
    said, _sign, key = rest.partition("+")
    raw = decoded(key)
    if not NAME.fullmatch(name) or len(raw) != 1 + KEY_BYTES:
        raise NotSigned("a key is written <name>+<hash>+<base64>")
    return name, raw[0], raw[1:], said


def parts_of(note: str) -> tuple[str, list[str]]:
    """The text of a note and its lines of signatures. Raises ``NotSigned``."""
    text, sign, below = note.rpartition("\n\n")
    lines = below.splitlines(keepends=True)
    if not sign or not lines or not all(re.fullmatch(r"— [^\s+]+ [A-Za-z0-9+/=]+\n", line) for line in lines):
        raise NotSigned("this is no signed note")
    return text + "\n", lines


def joined(text: str, lines: Iterable[str]) -> str:
    return text + "\n" + "".join(lines)


def line_of(verifier: Verifier, text: str, lines: Iterable[str]) -> str | None:
    """The line by which that key signs the text. Raises ``NotSigned`` where there is one and it does not hold."""
    size = ID_BYTES + SIGNATURE_BYTES + (TIME_BYTES if verifier.kind == COSIGNATURE else 0)
    for line in lines:
        _dash, name, signed = line.split(" ")
        raw = decoded(signed.strip())
        if name == verifier.name and raw[:ID_BYTES] == verifier.key_id:
            if len(raw) == size and verifier.accepts(text, raw[ID_BYTES:]):
                return line
            raise NotSigned(f"the signature of {verifier.name} does not hold")
    return None


def read_head(note: str) -> Head:
    """What the checkpoint says, whoever has signed it. Raises ``NotSigned``."""
    said = CHECKPOINT.fullmatch(parts_of(note)[0])
    if said is None:
        raise NotSigned("this is no checkpoint")
    return Head(said[1], int(said[2]), decoded(said[3]))


def opened(note: str, verifiers: Iterable[Verifier]) -> Head:
    """What the checkpoint says. Raises ``NotSigned`` unless one of these keys has signed it, and where one of theirs is wrong."""
    text, lines = parts_of(note)
    if not [verifier for verifier in verifiers if line_of(verifier, text, lines)]:
        raise NotSigned("no known key has signed this checkpoint")
    return read_head(note)

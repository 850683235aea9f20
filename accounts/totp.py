"""Codes of authenticator apps, RFC 6238: SHA-1, six digits, half a minute each, which is what every app can do."""

from __future__ import annotations

import hmac
import secrets
from base64 import b32encode
from urllib.parse import quote

SECONDS = 30
DIGITS = 6
AROUND = 1
"""Spans before and after this one whose code is taken too: clocks differ, and people type slowly."""


def new_secret() -> bytes:
    return secrets.token_bytes(20)


def written(secret: bytes) -> str:
    """As it is typed into an app."""
    return b32encode(secret).decode().rstrip("=")


def uri(secret: bytes, *, account: str, issuer: str) -> str:
    """What the square of dots says to an app."""
    return f"otpauth://totp/{quote(issuer)}:{quote(account)}?secret={written(secret)}&issuer={quote(issuer)}"


def code(secret: bytes, span: int) -> str:
    digest = hmac.digest(secret, span.to_bytes(8, "big"), "sha1")
    start = digest[-1] & 15
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def span_of(secret: bytes, typed: str, *, seconds: float, after: int) -> int | None:
    """The span of time that a typed code is of, if it is of now and later than ``after``, the last one used; ``None`` if it is wrong."""
    now = int(seconds // SECONDS)
    right = [span for span in range(now - AROUND, now + AROUND + 1) if hmac.compare_digest(code(secret, span).encode(), typed.encode())]
    return next((span for span in right if span > after), None)

"""Canonical texts and hashes of the record: pure functions, the same for ever.

A change here would make every stored hash wrong, so it must not be made: give events
a new format number instead.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Iterable

FORMAT = 1


def plain(value: object) -> Any:  # noqa: PLR0911 - one line for each kind of value
    """``value`` as JSON can hold it, in one way only: moments in UTC, decimals without idle zeros."""
    match value:
        case None | bool() | int() | str():
            return value if not isinstance(value, str) else str(value)
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="microseconds")
        case date():
            return value.isoformat()
        case Decimal():
            return format(value.normalize(), "f")
        case UUID():
            return str(value)
        case dict():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
    raise TypeError(f"not a value of the record: {type(value).__name__}")


def canonical(value: object) -> str:
    """One text for one value: sorted keys, no spaces, UTF-8 unescaped."""
    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def salted_digest(salt: str, content: object) -> str:
    """SHA-256 in hex of the salt and the canonical text; without the salt nobody can test a guess."""
    return hashlib.sha256((salt + canonical(content)).encode()).hexdigest()


def row_digest(salt: str, content: dict[str, object]) -> str:
    """Of a version row. What is empty is left out, so that a column added later, empty in old rows, leaves their digests true."""
    return salted_digest(salt, {name: value for name, value in content.items() if not empty(value)})


def empty(value: object) -> bool:
    """Whether a column says nothing; the number 0 does say something."""
    return value is None or value is False or value in ("", [])


def event_digest(salt: str, *, actor: str, data: object, opened: Iterable[str], closed: Iterable[str]) -> str:
    """What an event says and writes beside its text: who, the facts, and the version rows opened and closed."""
    return salted_digest(salt, {"actor": actor, "data": data, "opened": sorted(opened), "closed": sorted(closed)})


def event_text(  # noqa: PLR0913 - the fields of an event
    *,
    position: int,
    uid: UUID,
    type: str,  # noqa: A002 - the field's name in the record
    occurred_at: datetime,
    report: str,
    proposal: str,
    milestone: str,
    digest: str,
    previous: str,
) -> str:
    """The exact text that an event's hash covers."""
    return canonical(
        {
            "format": FORMAT,
            "position": position,
            "id": uid,
            "type": type,
            "occurred_at": occurred_at,
            "report": report,
            "proposal": proposal,
            "milestone": milestone,
            "digest": digest,
            "previous": previous,
        }
    )


def hash_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

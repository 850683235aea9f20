"""Closing evidence: once something published rests on it, it may not become another thing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from milestones.models import Evidence


def seal_evidence(evidence: Iterable[Evidence]) -> None:
    """Seal what is cited for the first time; the rest was sealed by whoever cited it before."""
    for one in evidence:
        if not one.cited:
            one.seal()
            one.cited, one.edits = True, {}
            one.save(update_fields=["salt", "digest", "cited", "edits"])

"""What the remit of an analyst can name. The apps that have such things add them; here nothing is known of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.models import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

NAMED: list[Callable[[], Iterable[str]]] = []
"""Each gives the codes of one kind of thing."""


def unknown_in(remit: Iterable[str]) -> list[str]:
    """The codes that are those of nothing, sorted."""
    return sorted({*remit} - {EVERYTHING}.union(*(codes() for codes in NAMED)))

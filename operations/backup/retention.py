"""Which backups have had their time."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def moment_of(name: str) -> datetime:
    """When a backup of this name was made, UTC."""
    return datetime.strptime(f"{name}+0000", "%Y-%m-%dT%H-%M-%SZ%z")


def superseded(names: Iterable[str], *, daily: int, weekly: int) -> list[str]:
    """All but the newest of each of the last ``daily`` days and ``weekly`` weeks that have one.

    The newest always stays; 0 and 0 keep all.
    """
    newest_first = sorted(names, reverse=True)
    if not daily and not weekly:
        return []
    kept = {*newest_first[:1], *_newest_of(newest_first, _day, daily), *_newest_of(newest_first, _week, weekly)}
    return [name for name in reversed(newest_first) if name not in kept]


def _newest_of(newest_first: list[str], span: Callable[[str], tuple[int, ...]], most: int) -> list[str]:
    first: dict[tuple[int, ...], str] = {}
    for name in newest_first:
        first.setdefault(span(name), name)
    return list(first.values())[:most]


def _day(name: str) -> tuple[int, ...]:
    return (moment_of(name).toordinal(),)


def _week(name: str) -> tuple[int, ...]:
    return tuple(moment_of(name).isocalendar()[:2])

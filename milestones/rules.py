"""The decisions of the tracking side, as pure functions: no database, no clock, no Django.

These are the definitions. ``milestones.querysets`` says the same once more as one SQL
expression, and a test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from milestones.statuses import FINISHED_STATUSES, UNKNOWN_STATUSES, Freshness, Health, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

SOON = timedelta(days=90)
STALE_AFTER = timedelta(days=180)


@dataclass(frozen=True)
class Standing:
    """What the health of one milestone depends on."""

    status: Status
    due: date | None = None
    forecast: date | None = None


def overdue(standing: Standing, day: date) -> bool:
    """Its period is over and it is neither achieved nor dropped; an undated milestone never is."""
    return standing.due is not None and standing.due < day and standing.status not in FINISHED_STATUSES


def blocks(predecessor: Standing, day: date) -> bool:
    """Whether a direct predecessor puts what waits for it at risk: it is late, suspended or dropped.

    One that nobody assessed is unknown, not late.
    """
    if predecessor.status.said.blocks:
        return True
    return overdue(predecessor, day) and predecessor.status not in UNKNOWN_STATUSES


def health(standing: Standing, day: date, predecessors: Iterable[Standing] = ()) -> Health:
    """The first that fits, in the order of DOMAIN ("Health")."""
    status, due, forecast = standing.status.said, standing.due, standing.forecast
    if status.health is not None:
        return status.health
    if overdue(standing, day):
        return Health.LATE
    slips = due is not None and forecast is not None and forecast > due
    close = due is not None and due <= day + SOON and not status.under_way
    if slips or close or status.halted or any(blocks(predecessor, day) for predecessor in predecessors):
        return Health.AT_RISK
    return Health.ON_TRACK


WORST_FIRST = (Health.LATE, Health.AT_RISK, Health.UNKNOWN, Health.ON_TRACK)


def proposal_health(milestones: Iterable[Health]) -> Health:
    """The worst over the open milestones; ``closed`` when all are dropped, ``done`` when all are finished.

    A proposal without milestones is ``unknown``.
    """
    healths = set(milestones)
    for worst in WORST_FIRST:
        if worst in healths:
            return worst
    if Health.DONE in healths:
        return Health.DONE
    return Health.CLOSED if healths else Health.UNKNOWN


def freshness(assessed_on: date | None, day: date) -> Freshness:
    """``stale`` after 180 days; ``never`` before the first assessment."""
    if assessed_on is None:
        return Freshness.NEVER
    return Freshness.STALE if day - assessed_on > STALE_AFTER else Freshness.FRESH


def host_of(rotation: list[str], first_year: int, year: int) -> str:
    """Whose turn a year is; turns go by the calendar, so a missed edition keeps its own."""
    return rotation[(year - first_year) % len(rotation)] if rotation else ""


def find_cycle(waits_for: Mapping[str, Iterable[str]]) -> list[str]:
    """A cycle among dependencies as the codes on it, first one repeated at the end; empty when there is none.

    ``waits_for`` maps a milestone to its predecessors. Iterative: a chain may be as long as the roadmap.
    """
    done: set[str] = set()
    for start in waits_for:
        if start in done:
            continue
        path: list[str] = [start]
        on_path = {start}
        stack = [iter(waits_for.get(start, ()))]
        while stack:
            step = next(stack[-1], None)
            if step is None:
                stack.pop()
                finished = path.pop()
                on_path.discard(finished)
                done.add(finished)
            elif step in on_path:
                return [*path[path.index(step) :], step]
            elif step not in done and step in waits_for:
                path.append(step)
                on_path.add(step)
                stack.append(iter(waits_for[step]))
    return []

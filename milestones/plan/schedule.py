"""What lateness and moves do to the rest of the plan, and what slippage adds up to: pure functions, no clock, no Django.

A *step* is a milestone as the schedule sees it. Delay travels along dependencies: a milestone cannot be reached before what it
waits for, so what comes too late pushes its successors by the days that are missing, and they push theirs. A gap between two
dates absorbs delay; that is the usual meaning of free float (PMI, Practice Standard for Scheduling).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from milestones.statuses import FINISHED_STATUSES, UNKNOWN_STATUSES, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date

    from common.dates import PlannedDate


@dataclass(frozen=True, slots=True)
class Step:
    """One milestone: its status, the last days of its due and forecast periods, and what it waits for."""

    code: str
    status: Status = Status.NOT_ASSESSED
    due: date | None = None
    forecast: date | None = None
    waits_for: tuple[str, ...] = ()

    @property
    def finished(self) -> bool:
        return self.status in FINISHED_STATUSES


@dataclass(frozen=True, slots=True)
class Pushed:
    """A milestone that others push: the earliest day on which it can be reached, how many days that is after its due date,
    and the predecessor that decides it."""

    code: str
    due: date
    earliest: date
    days: int
    because: str


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A milestone that is due before what it waits for: ``days`` are missing between the two."""

    code: str
    due: date
    predecessor: str
    predecessor_due: date
    days: int


def in_order(steps: Mapping[str, Step]) -> list[str]:
    """Codes so that each comes after what it waits for (Kahn); the members of a circle are left out.

    Predecessors that are not among ``steps`` count for nothing.
    """
    open_ones = {code: sum(1 for predecessor in set(step.waits_for) if predecessor in steps) for code, step in steps.items()}
    after: dict[str, list[str]] = defaultdict(list)
    for code, step in steps.items():
        for predecessor in set(step.waits_for):
            after[predecessor].append(code)
    ready = sorted(code for code, number in open_ones.items() if not number)
    order = []
    while ready:
        code = ready.pop()
        order.append(code)
        for successor in after.get(code, ()):
            open_ones[successor] -= 1
            if not open_ones[successor]:
                ready.append(successor)
    return order


def earliest_days(steps: Iterable[Step], day: date) -> dict[str, tuple[date, str]]:
    """By code: the earliest day on which each open, dated milestone can be reached, and the predecessor that says so (or "").

    Its own expectation is the forecast, or else the due date; one that is known to be open and over is expected on ``day`` at the
    earliest. One that nobody has assessed is expected when it was planned: that nobody looked makes nobody late. A predecessor
    that was reached pushes nobody; neither does one that was dropped (that is a risk, not a date) or is undated.
    """
    known = {step.code: step for step in steps}
    own = {}
    for code, step in known.items():
        if expected := step.forecast or step.due:
            own[code] = expected if step.status in UNKNOWN_STATUSES else max(expected, day)
    return _walk(known, own)


def _walk(known: Mapping[str, Step], own: Mapping[str, date]) -> dict[str, tuple[date, str]]:
    """The latest of one's ``own`` day and those of all that one waits for, and who decides it."""
    dates: dict[str, tuple[date, str]] = {}
    for code in in_order(known):
        if known[code].finished or code not in own:
            continue
        earliest, because = own[code], ""
        for before in known[code].waits_for:
            if before in dates and dates[before][0] > earliest:
                earliest, because = dates[before][0], before
        dates[code] = (earliest, because)
    return dates


def pushed(steps: Sequence[Step], day: date) -> list[Pushed]:
    """Whom the lateness of others makes late too, in the order of their due dates.

    Only those whose due date cannot be kept because of a predecessor; what is late by itself is late already.
    """
    by_code = {step.code: step for step in steps}
    pushes = []
    for code, (earliest, because) in earliest_days(steps, day).items():
        due = by_code[code].due
        if because and due is not None and earliest > due:
            pushes.append(Pushed(code, due, earliest, (earliest - due).days, because))
    return sorted(pushes, key=lambda push: (push.due, push.code))


@dataclass(frozen=True, slots=True)
class MovePreview:
    """What moving a due date does: whom it pushes or pushes further, whom something pushes already, and what it would be due before."""

    new: list[Pushed]
    already: list[Pushed]
    before: list[Contradiction]


def preview_move(steps: Iterable[Step], code: str, to: date | None) -> MovePreview:
    """Plan compared with plan, through all that wait for ``code``; a milestone that is not there or gets no date pushes nobody."""
    known = {step.code: step for step in steps}
    if to is None or code not in known:
        return MovePreview([], [], [])
    planned = {step.code: step.due for step in known.values() if step.due}
    before, after = _walk(known, planned), _walk(known, planned | {code: to})
    new: list[Pushed] = []
    already: list[Pushed] = []
    for other in waiting_for(known, code):
        (earliest, because), due = after.get(other, (to, "")), known[other].due
        if because and due is not None and earliest > due:
            pushed_to = Pushed(other, due, earliest, (earliest - due).days, because)
            (new if earliest > max(due, before[other][0]) else already).append(pushed_to)
    moved = replace(known[code], due=to)
    clashes = contradictions([moved, *(known[other] for other in moved.waits_for if other in known)])
    by_due = sorted(new, key=lambda push: (push.due, push.code)), sorted(already, key=lambda push: (push.due, push.code))
    return MovePreview(*by_due, [clash for clash in clashes if clash.code == code])


def waiting_for(steps: Mapping[str, Step], code: str) -> set[str]:
    """All that wait for a milestone, directly or through others."""
    after: dict[str, list[str]] = defaultdict(list)
    for step in steps.values():
        for predecessor in step.waits_for:
            after[predecessor].append(step.code)
    found: set[str] = set()
    ahead = list(after[code])
    while ahead:
        other = ahead.pop()
        if other not in found:
            found.add(other)
            ahead += after[other]
    return found - {code}


def pushed_by_move(steps: Iterable[Step], code: str, to: date | None) -> list[Pushed]:
    """Whom moving the due date of ``code`` to ``to`` would push past their due dates; what is pushed already only when it gets worse."""
    return preview_move(steps, code, to).new


def contradictions(steps: Sequence[Step]) -> list[Contradiction]:
    """Open milestones that are due before an open predecessor, the nearest first."""
    known = {step.code: step for step in steps}
    clashes = []
    for step in steps:
        if step.finished or step.due is None:
            continue
        for code in step.waits_for:
            before = known.get(code)
            if before is not None and not before.finished and before.due is not None and before.due > step.due:
                clashes.append(Contradiction(step.code, step.due, code, before.due, (before.due - step.due).days))
    return sorted(clashes, key=lambda clash: (clash.due, clash.code, clash.predecessor))


@dataclass(frozen=True, slots=True)
class Slip:
    """What slipped: a milestone's owners and proposal with its slippage in days (never empty, may be negative)."""

    code: str
    proposal: str
    owners: tuple[str, ...]
    days: int


@dataclass(slots=True)
class Slippage:
    """Days of slippage: of the milestones that slipped, how many they are, and the sum; what was brought forward is apart."""

    milestones: int = 0
    days: int = 0
    forward: int = 0

    def add(self, days: int) -> None:
        if days > 0:
            self.milestones += 1
            self.days += days
        elif days < 0:
            self.forward -= days

    @property
    def mean(self) -> float:
        """Days for each milestone that slipped; 0 where none did."""
        return self.days / self.milestones if self.milestones else 0.0


def slippage_total(slips: Iterable[Slip]) -> Slippage:
    total = Slippage()
    for slip in slips:
        total.add(slip.days)
    return total


def slippage_by_owner(slips: Iterable[Slip]) -> dict[str, Slippage]:
    """By each organisation that leads; a milestone with two leads counts for both, so the rows can add up to more than the total."""
    return _slippage_by(slips, lambda slip: slip.owners)


def slippage_by_proposal(slips: Iterable[Slip]) -> dict[str, Slippage]:
    return _slippage_by(slips, lambda slip: (slip.proposal,))


def _slippage_by(slips: Iterable[Slip], keys: Callable[[Slip], Iterable[str]]) -> dict[str, Slippage]:
    totals: dict[str, Slippage] = defaultdict(Slippage)
    for slip in slips:
        for key in keys(slip):
            totals[key].add(slip.days)
    return {key: value for key, value in totals.items() if value.milestones or value.forward}


def slippage_by_reason(moves: Iterable[tuple[str, PlannedDate | None, PlannedDate | None]]) -> dict[str, Slippage]:
    """By reason category, of moves of due dates as ``(category, before, after)``.

    A date that was only made more exact inside its period counts no days, neither does one that was set or taken away.
    """
    totals: dict[str, Slippage] = defaultdict(Slippage)
    for category, before, after in moves:
        if before is not None and after is not None:
            totals[category].add(after.slippage(before))
    return {key: value for key, value in totals.items() if value.milestones or value.forward}

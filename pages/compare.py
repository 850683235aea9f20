"""What changed between two moments of the record: found by the database in one pass over both, whatever lies between."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection
from django.utils.translation import gettext_lazy as _

from milestones.event_words import RETOLD
from milestones.models import MilestoneVersion
from milestones.rules import SOON
from milestones.statuses import Coded, Health, Status
from record.models import Event

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from milestones.querysets import MilestoneVersionQuerySet
    from pages.ends import End

HAPPENED = {
    "late": _("Became late"),
    "achieved": _("Achieved"),
    "moved": _("Due date moved"),
    "looked_at": _("Looked at for the first time"),
    "otherwise": _("Changed otherwise"),
    "added": _("Added"),
    "removed": _("Removed"),
    "confirmed": _("Looked at again, with the same finding"),
}
"""What can have happened to a milestone; several of the first four at once. The last is no change."""
TELLS = dict.fromkeys(("achieved", "looked_at", "confirmed"), "assessment.published") | {"moved": "plan.changed"}
"""The event that says of a thing that happened when, and by whom; of the others it is the newest."""
CHUNK = 500

FOUND = """
WITH before (id, code, status, due, forecast, baseline_due, assessed_on, health) AS ({before}),
after (id, code, status, due, forecast, baseline_due, assessed_on, health) AS ({after}),
compared AS (
    SELECT before.id AS before_id, after.id AS after_id, coalesce(after.code, before.code) AS code,
        coalesce(after.due, before.due) AS due, after.due - before.due AS days,
        after.status = before.status AND after.due = before.due AS untouched,
        CASE WHEN after.id IS NULL THEN ARRAY['removed'] WHEN before.id IS NULL THEN ARRAY['added']
        ELSE array_remove(ARRAY[
            CASE WHEN after.health = 'late' AND before.health <> 'late' THEN 'late' END,
            CASE WHEN after.status = 'achieved' AND before.status <> 'achieved' THEN 'achieved' END,
            CASE WHEN after.due IS DISTINCT FROM before.due THEN 'moved' END,
            CASE WHEN before.assessed_on IS NULL AND after.assessed_on IS NOT NULL THEN 'looked_at' END
        ], NULL) END AS happened,
        CASE WHEN after.status = before.status AND after.health = before.health AND after.assessed_on <> before.assessed_on
            AND after.forecast IS NOT DISTINCT FROM before.forecast THEN 'confirmed' ELSE 'otherwise' END AS usually
    FROM before FULL JOIN after ON after.code = before.code
    WHERE after.id IS DISTINCT FROM before.id OR after.health <> before.health
),
found AS (
    SELECT before_id, after_id, code, due, days, untouched,
        CASE WHEN happened = '{{}}' THEN ARRAY[usually] ELSE happened END AS happened
    FROM compared
)
"""
"""Of each milestone that is not the same at both moments what happened to it. Where the calendar or another milestone changed its
health, its version is one and the same."""
LOOK = """,
placed AS (
    SELECT kind, before_id, after_id, happened,
        row_number() OVER (PARTITION BY kind ORDER BY due, code) AS place,
        count(*) OVER of_kind AS number,
        count(*) FILTER (WHERE untouched) OVER of_kind AS by_itself,
        min(coalesce(days, 0)) OVER of_kind AS shortest,
        max(days) OVER of_kind AS longest
    FROM found CROSS JOIN LATERAL unnest(happened) AS kind
    WINDOW of_kind AS (PARTITION BY kind)
)
SELECT
    (SELECT json_agg(counted) FROM (SELECT status, health, count(*) AS number FROM before GROUP BY status, health) AS counted),
    (SELECT json_agg(counted) FROM (SELECT status, health, count(*) AS number FROM after GROUP BY status, health) AS counted),
    (SELECT json_build_array(count(*), percentile_disc(0.5) WITHIN GROUP (ORDER BY due - baseline_due))
        FROM before WHERE due > baseline_due),
    (SELECT json_build_array(count(*), percentile_disc(0.5) WITHIN GROUP (ORDER BY due - baseline_due))
        FROM after WHERE due > baseline_due),
    (SELECT count(*) FROM found WHERE happened <> ARRAY['confirmed']),
    (SELECT json_agg(json_build_array(kind, place, before_id, after_id, happened, number, by_itself, shortest, longest) ORDER BY place)
        FROM placed WHERE place = 1 OR kind = ANY(%s) AND place > %s AND place <= %s)
"""
"""All that a page says, in one row. Dates after the first plan's are slippage whatever their precision (``PlannedDate.slippage``)."""
ALL = "SELECT happened, before_id, after_id FROM found ORDER BY code"


class Number(NamedTuple):
    """Of what happened: to how many milestones, and to how many of these by the calendar alone; of moves the fewest days and the most."""

    milestones: int = 0
    by_itself: int = 0
    shortest: int | None = None
    longest: int | None = None


class Slipped(NamedTuple):
    """How many milestones stand later than first planned, and by how many days at the median."""

    milestones: int
    days: int | None


class Found(NamedTuple):
    """A milestone that is not the same, by the keys of its versions."""

    happened: list[str]
    before: int | None
    after: int | None


class Placed(NamedTuple):
    """A row of what ``LOOK`` placed."""

    kind: str
    place: int
    before: int | None
    after: int | None
    happened: list[str]
    number: int
    by_itself: int
    shortest: int | None
    longest: int | None


@dataclass(frozen=True)
class Row:
    """A milestone that is not the same at both moments; ``before`` and ``after`` are its versions (or None), with the health of each."""

    happened: list[str]
    before: Any
    after: Any
    events: list[Event]
    """The newest of each type, the newest first. None where only the calendar moved on."""
    days: tuple[date, date]

    @property
    def shown(self) -> Any:
        """As it stands after, or stood before it was removed."""
        return self.after or self.before

    @property
    def by_itself(self) -> str:
        """Why its health changed though nothing was said of it: its period is ``over``, it is due ``soon``, or what it ``waits`` for
        changed. Empty where the health is the same, or follows from what an event changed."""
        before, after = self.before, self.after
        if not (before and after) or before.health == after.health or self._differ("status", "due"):
            return ""
        if after.health == Health.LATE:
            return "over"
        if self._differ("forecast", "predecessors"):
            return ""
        earlier, later = self.days
        is_soon = after.due is not None and earlier + SOON < after.due <= later + SOON
        return "soon" if is_soon and after.health == Health.AT_RISK else "waits"

    def _differ(self, *names: str) -> bool:
        return any(getattr(self.before, name) != getattr(self.after, name) for name in names)

    def event(self, kind: str) -> Event | None:
        """The one that tells of it."""
        return next((event for event in self.events if event.type == TELLS.get(kind)), self.events[0] if self.events else None)


@dataclass(frozen=True)
class Look:
    """``numbers`` by what happened, in the order of ``HAPPENED``; ``changed``: how many milestones did; ``rows`` of what was asked for;
    ``counts`` at both moments by status and health."""

    numbers: dict[str, Number]
    changed: int
    rows: dict[str, list[Row]]
    counts: tuple[dict[tuple[str, str], int], dict[tuple[str, str], int]]
    slipped: tuple[Slipped, Slipped]

    def number(self, kind: str) -> Number:
        return self.numbers.get(kind, Number())

    @cached_property
    def by_status(self) -> dict[str, list[int]]:
        return self._by(0, Status)

    @cached_property
    def by_health(self) -> dict[str, list[int]]:
        return self._by(1, Health)

    def _by(self, place: int, words: type[Coded]) -> dict[str, list[int]]:
        """Both numbers of each word."""
        return {
            word.value: [sum(number for key, number in counted.items() if key[place] == word) for counted in self.counts] for word in words
        }

    @property
    def total(self) -> int:
        """Of both moments together."""
        return sum(self.counts[1].values()) + self.number("removed").milestones


@dataclass
class Comparison:
    """Two moments of the record side by side; each part is read when it is asked for. ``report``: of that one alone."""

    earlier: End
    later: End
    report: str = ""

    @property
    def is_same(self) -> bool:
        return self.earlier.place == self.later.place

    @property
    def exact(self) -> dict[str, str]:
        """The parameters of an address that says the same for ever."""
        return {"from": self.earlier.exact, "to": self.later.exact} | ({"report": self.report} if self.report else {})

    def _at(self, end: End) -> MilestoneVersionQuerySet:
        milestones = MilestoneVersion.objects.as_of(end.moment).with_health(end.moment).order_by()
        return milestones.filter(report=self.report) if self.report else milestones

    def look(self, kinds: Iterable[str] = (), first: int = 0, last: int = 0) -> Look:
        """How much of everything happened, and of these kinds the rows from the place after ``first`` to ``last``, by when they are due."""
        kinds = list(kinds)
        ((before, after, *slipped, changed, found),) = self._ask(LOOK, kinds, first, last)
        placed = [Placed(*row) for row in found or ()]
        numbers = {row.kind: Number(row.number, row.by_itself, row.shortest, row.longest) for row in placed if row.place == 1}
        chosen = [row for row in placed if row.kind in kinds and first < row.place <= last]
        rows: dict[str, list[Row]] = {kind: [] for kind in kinds if kind in numbers}
        for one, row in zip(chosen, self._read([Found(row.happened, row.before, row.after) for row in chosen]), strict=True):
            rows[one.kind].append(row)
        in_order = {kind: numbers[kind] for kind in HAPPENED if kind in numbers}
        earlier, later = (Slipped(*one) for one in slipped)
        return Look(in_order, changed, rows, (_counted(before), _counted(after)), (earlier, later))

    def everything(self) -> Iterator[Row]:
        """Every row, by code, read a piece at a time."""
        found = [Found(*row) for row in self._ask(ALL)]
        for begin in range(0, len(found), CHUNK):
            yield from self._read(found[begin : begin + CHUNK])

    def _ask(self, statement: str, *values: Any) -> list[Any]:
        names = ("pk", "code", "status", "due", "forecast", "baseline_due", "assessed_on", "health")
        (before, given), (after, more) = (self._at(end).values_list(*names).query.sql_with_params() for end in (self.earlier, self.later))
        with connection.cursor() as cursor:
            cursor.execute(FOUND.format(before=before, after=after) + statement, [*given, *more, *values])
            return list(cursor.fetchall())

    def _read(self, found: list[Found]) -> list[Row]:
        """Four queries, whatever their number; none for what nobody asks for."""
        before = self._versions(self.earlier, [one.before for one in found])
        after = self._versions(self.later, [one.after for one in found])
        days = self.earlier.moment.day, self.later.moment.day
        rows = [Row(one.happened, before.get(one.before), after.get(one.after), [], days) for one in found]
        events = self._events([row.shown for row in rows if row.before != row.after])
        return [replace(row, events=events.get(row.shown.code, [])) for row in rows]

    def _versions(self, end: End, keys: list[int | None]) -> dict[int | None, Any]:
        versions = MilestoneVersion.objects.with_health(end.moment).defer("search")
        return versions.in_bulk([key for key in keys if key])

    def _events(self, versions: list[Any]) -> dict[str, list[Event]]:
        """By code the newest event of each type. What opened versions of many milestones at once, such as a load, names none of them."""
        between = Event.objects.filter(position__gt=self.earlier.moment.position, position__lte=self.later.moment.position).defer("text")
        between = between.exclude(type__in=RETOLD)
        named = between.filter(milestone__in={version.code for version in versions}).order_by("milestone", "type", "-position")
        events: dict[str, dict[int, Event]] = {version.code: {} for version in versions}
        for event in named.distinct("milestone", "type"):
            events[event.milestone][event.position] = event
        opened = {version.code: version.first for version in versions if version.first not in events[version.code]}
        unnamed = between.in_bulk(set(opened.values()))
        for code, position in opened.items():
            if position in unnamed:
                events[code][position] = unnamed[position]
        return {code: sorted(found.values(), key=lambda event: -event.position) for code, found in events.items()}


def _counted(rows: list[dict[str, Any]] | None) -> dict[tuple[str, str], int]:
    return {(row["status"], row["health"]): row["number"] for row in rows or ()}

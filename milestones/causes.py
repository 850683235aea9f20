"""Why a milestone stands as it does: worked out from dates and dependencies, never typed.

``cause_of`` is the rule, as a pure function; ``causes_of`` asks the database once for whatever the milestones of a page wait for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from common.dates import short_label
from common.figures import number
from milestones.models import MilestoneVersion
from milestones.rules import SOON, Standing, blocks, overdue
from milestones.statuses import FINISHED_STATUSES, UNKNOWN_STATUSES, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from record.moments import Moment


class Kind(StrEnum):
    """The reasons, the nearest first: the first that holds is the cause."""

    SUSPENDED = "suspended"
    WAITS_FOR = "waits_for"
    WAITS_LATER = "waits_later"
    NO_EVIDENCE = "no_evidence"
    NOT_ASSESSED = "not_assessed"
    OVERDUE = "overdue"
    FORECAST = "forecast"
    NOT_BEGUN = "not_begun"


@dataclass(frozen=True)
class Planned:
    """What the cause of one milestone depends on; planned dates with their precisions."""

    status: Status
    due: date | None = None
    due_precision: str = "day"
    forecast: date | None = None
    forecast_precision: str = "day"
    since: date | None = None
    """From when on the status holds."""
    assessed_on: date | None = None
    predecessors: tuple[str, ...] = ()

    @property
    def standing(self) -> Standing:
        return Standing(self.status, self.due, self.forecast)


@dataclass(frozen=True)
class Cause:
    """``days``: late, after the due date, or left; ``chain``: what it waits for, from the nearest to the one that holds all up."""

    kind: Kind
    text: str
    days: int | None = None
    chain: tuple[str, ...] = ()

    @property
    def milestone(self) -> str:
        """The milestone that is the cause, where it is not the own."""
        return self.chain[-1] if self.chain else ""


def held_up_by(code: str, plan: Mapping[str, Planned], day: date) -> tuple[str, ...]:
    """The way up from a milestone to the first that is late, suspended or dropped; the nearest, then the earliest due. Empty: none."""
    ways: list[tuple[str, ...]] = [(before,) for before in in_order(plan[code].predecessors, plan)]
    seen = {code}
    while ways:
        further: list[tuple[str, ...]] = []
        for way in ways:
            last = way[-1]
            if last in seen:
                continue
            seen.add(last)
            if blocks(plan[last].standing, day):
                return way
            if plan[last].status not in FINISHED_STATUSES:
                further += [(*way, before) for before in in_order(plan[last].predecessors, plan)]
        ways = further
    return ()


def in_order(codes: Iterable[str], plan: Mapping[str, Planned]) -> list[str]:
    return sorted((code for code in codes if code in plan), key=lambda code: (plan[code].due or date.max, code))


def cause_of(code: str, plan: Mapping[str, Planned], day: date) -> Cause | None:
    """The nearest reason that holds for an open milestone; ``None`` when it is finished or nothing stands in its way.

    ``plan`` holds the milestone and, as far as they are open, all that it waits for.
    """
    if plan[code].status in FINISHED_STATUSES:
        return None
    return next((cause for reason in REASONS if (cause := reason(code, plan, day))), None)


def days_over(own: Planned, day: date) -> int:
    return (day - own.due).days if own.due and overdue(own.standing, day) else 0


def _suspended(code: str, plan: Mapping[str, Planned], day: date) -> Cause | None:
    if not plan[code].status.said.halted:
        return None
    return Cause(Kind.SUSPENDED, _("suspended since %(day)s") % {"day": day_words(plan[code].since, day)})


def _waits_for(code: str, plan: Mapping[str, Planned], day: date) -> Cause | None:
    chain = held_up_by(code, plan, day)
    if not chain:
        return None
    root, through = plan[chain[-1]], ", ".join(chain[:-1] if len(chain) <= FEW else (chain[0], "…", chain[-2]))
    said = {"code": chain[-1] if not through else _("%(code)s (through %(through)s)") % {"code": chain[-1], "through": through}}
    if root.status.said.halted:
        return Cause(
            Kind.WAITS_FOR, _("waits for %(code)s, suspended since %(day)s") % (said | {"day": day_words(root.since, day)}), None, chain
        )
    if late := days_over(root, day):
        return Cause(Kind.WAITS_FOR, _("waits for %(code)s, late by %(days)s") % (said | {"days": number_of_days(late)}), late, chain)
    return Cause(Kind.WAITS_FOR, _("waits for %(code)s, which was dropped") % said, None, chain)


def _waits_later(code: str, plan: Mapping[str, Planned], _day: date) -> Cause | None:
    due = plan[code].due
    if due is None:
        return None
    later = [(before.due, other) for other in plan[code].predecessors if other in plan and (before := plan[other]).due and before.due > due]
    still = [(when, other) for when, other in later if plan[other].status not in FINISHED_STATUSES]
    if not still:
        return None
    when, other = max(still)
    said = {"code": other, "when": short_label(when, plan[other].due_precision, language())}
    return Cause(Kind.WAITS_LATER, _("waits for %(code)s, whose due date is later: %(when)s") % said, (when - due).days, (other,))


def _unknown(code: str, plan: Mapping[str, Planned], day: date) -> Cause | None:
    own, over = plan[code], days_over(plan[code], day)
    if own.status not in UNKNOWN_STATUSES:
        return None
    if own.status != Status.NOT_ASSESSED:
        text = _("no evidence found at the last look, %(day)s") % {"day": day_words(own.assessed_on, day)}
        return Cause(Kind.NO_EVIDENCE, text, over or None)
    if over:
        return Cause(Kind.NOT_ASSESSED, _("not assessed; the period ended %(days)s ago") % {"days": number_of_days(over)}, over)
    return Cause(Kind.NOT_ASSESSED, _("not assessed"))


def _overdue(code: str, plan: Mapping[str, Planned], day: date) -> Cause | None:
    own, over = plan[code], days_over(plan[code], day)
    if not over:
        return None
    said = {"status": str(own.status.said.word), "day": day_words(own.assessed_on, day)}
    return Cause(Kind.OVERDUE, _("period over; %(status)s at the last look, %(day)s") % said, over)


def _forecast(code: str, plan: Mapping[str, Planned], _day: date) -> Cause | None:
    own = plan[code]
    if own.due is None or own.forecast is None or own.forecast <= own.due:
        return None
    after = (own.forecast - own.due).days
    said = {"when": short_label(own.forecast, own.forecast_precision, language()), "days": number_of_days(after)}
    return Cause(Kind.FORECAST, _("forecast: %(when)s, %(days)s after the due date") % said, after)


def _not_begun(code: str, plan: Mapping[str, Planned], day: date) -> Cause | None:
    own = plan[code]
    if own.due is None or own.due > day + SOON or own.status.said.under_way:
        return None
    left = (own.due - day).days
    return Cause(Kind.NOT_BEGUN, _("due in %(days)s and not begun") % {"days": number_of_days(left)}, left)


REASONS = (_suspended, _waits_for, _waits_later, _unknown, _overdue, _forecast, _not_begun)
"""In the order of ``Kind``: the nearest first."""
FEW = 3


def language() -> str:
    return get_language() or "ru"


def day_words(day: date | None, today: date) -> str:
    """A day, without its year where that is the present one."""
    if day is None:
        return "–"
    return short_label(day, "day", language(), today.year)


def number_of_days(days: int) -> str:
    """A number of days in words, without a sign."""
    return ngettext("%(number)s day", "%(number)s days", days) % {"number": number(days)}


COLUMNS = (
    "code",
    "status",
    "due",
    "due_precision",
    "forecast",
    "forecast_precision",
    "effective_on",
    "assessed_on",
    "predecessors",
)
UP = """
WITH RECURSIVE up AS (
    SELECT held.* FROM unnest(%(codes)s::text[]) AS asked(code), LATERAL ({held}) AS held WHERE {then}
    UNION
    SELECT held.* FROM up, unnest(up.predecessors) AS asked(code), LATERAL ({held}) AS held WHERE {then} AND (
        up.code = ANY(%(codes)s) OR NOT (up.status = ANY(%(ended)s) OR up.due < %(day)s AND NOT up.status = ANY(%(unknown)s)))
)
SELECT {columns} FROM up
"""
"""Up from the milestones of a page, as far as ``held_up_by`` looks: past neither what is finished nor what blocks. Each is one probe of
an index, whatever number of milestones there is."""
NOW = "SELECT {columns} FROM {table} WHERE code = asked.code AND last IS NULL", "TRUE"
THEN = (
    "SELECT {columns}, last FROM {table} WHERE code = asked.code AND first <= %(position)s ORDER BY first DESC LIMIT 1",
    "(held.last IS NULL OR held.last > %(position)s)",
)
ENDED = sorted({status for status in Status if status.said.blocks} | FINISHED_STATUSES)


def plan_above(codes: Iterable[str], moment: Moment) -> dict[str, Planned]:
    """These milestones and what they wait for, at that moment. One query, whatever their number."""
    held, then = THEN if moment.past else NOW
    columns = ", ".join(COLUMNS)
    sql = UP.format(held=held.format(columns=columns, table=MilestoneVersion._meta.db_table), then=then, columns=columns)
    values: dict[str, Any] = {
        "codes": list(codes),
        "position": moment.position,
        "day": moment.day,
        "ended": ENDED,
        "unknown": sorted(UNKNOWN_STATUSES),
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return {
            code: Planned(Status(status), due, due_precision, forecast, forecast_precision, since, assessed_on, tuple(predecessors))
            for code, status, due, due_precision, forecast, forecast_precision, since, assessed_on, predecessors in cursor.fetchall()
        }


def causes_of(milestones: Iterable[Any], moment: Moment) -> dict[str, Cause]:
    """By code, why each of these milestones stands as it does; those that nothing holds up are left out. One query, none for none."""
    return causes_by_code(((milestone.code, milestone.status) for milestone in milestones), moment)


def causes_by_code(standing: Iterable[tuple[str, str]], moment: Moment) -> dict[str, Cause]:
    """The same of codes, each with its status."""
    codes = [code for code, status in standing if status not in FINISHED_STATUSES]
    if not codes:
        return {}
    plan = plan_above(codes, moment)
    return {code: cause for code in codes if (cause := cause_of(code, plan, moment.day))}

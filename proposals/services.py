"""Writes of the source side. Each runs inside an open change of the record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from accounts.models import EVERYTHING
from accounts.permissions import insist
from accounts.roles import Role
from common.days import day_of
from common.refusals import NotAllowed, Problem, Refused
from proposals.models import ContextEvent, Indicator, IndicatorValue, Organisation, Passage, Proposal, Report, Risk, RiskAssessment, Source
from record.writing import put

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from decimal import Decimal

    from accounts.models import User
    from common.dates import PlannedDate
    from record.models import Event, Recorded
    from record.services import Change
    from record.writing import Links

KINDS: dict[type[Recorded], str] = {
    Report: "report",
    Passage: "passage",
    Source: "source",
    Organisation: "organisation",
    Proposal: "proposal",
    Risk: "risk",
    Indicator: "indicator",
    ContextEvent: "context_event",
}
"""What a thing is called in the types of events: ``proposal.changed``."""

HIGHEST = 5


def announce_thing(change: Change, thing: Recorded, kind: str, verb: str, fields: Sequence[str] = ()) -> Event:
    """Write the event that a thing was added, changed or removed; the data names it and the fields, never their texts."""
    report = thing if isinstance(thing, Report) else getattr(thing, "report", None)
    data: dict[str, object] = {"code": thing.version_code}
    if fields:
        data["fields"] = sorted(fields)
    return change.announce(
        f"{kind}.{verb}",
        report=report.code if report else "",
        proposal=thing.code if isinstance(thing, Proposal) else "",
        data=data,
    )


def keep_thing(change: Change, thing: Recorded, *, added: bool, fields: Sequence[str] = ()) -> Event:
    """Put the saved state of a thing of the source side on the record."""
    change.keep([thing])
    return announce_thing(change, thing, KINDS[type(thing)], "added" if added else "changed", fields)


def write_thing(
    change: Change, thing: Recorded, *, values: Mapping[str, object], links: Links | None = None, checked: bool = False
) -> Event | None:
    """Add a thing, or change what differs; ``None`` where nothing does. See ``record.writing.put``.

    Whether a report needs review is decided by ``switch_review`` alone; here it raises ``TypeError``.
    """
    if "needs_review" in values:
        raise TypeError("whether a report needs review is decided by switch_review")
    added = thing.pk is None
    fields = put(change, thing, values, links, checked=checked)
    return keep_thing(change, thing, added=added, fields=fields) if added or fields else None


def remove_thing(change: Change, thing: Recorded) -> Event:
    """Remove a thing that nothing refers to. Raises ``StillReferred`` or ``ProtectedError`` when something does.

    The row goes first: what refuses must do so before the change has taken anything into account.
    """
    if referring := referring_to(thing):
        raise StillReferred(", ".join(map(str, referring)))
    thing.delete()
    change.drop([thing])
    return announce_thing(change, thing, KINDS[type(thing)], "removed")


def switch_review(change: Change, report: Report, *, needed: bool, by: User) -> Event | None:
    """Decide whether what is found about a report is published by somebody else than its author; ``None`` where it is so already.

    An administrator's act. It counts for what is begun after it: what was begun, edited or handed in while review was
    needed keeps that (``milestones.permissions.needs_review``).
    """
    insist(by.may(Role.ADMINISTRATOR), text=_("Only an administrator decides whether a report needs review."))
    report.refresh_from_db()
    if report.needs_review == needed:
        return None
    report.needs_review = needed
    report.save(update_fields=["needs_review"])
    change.keep([report])
    return change.announce("report.review_switched", report=report.code, data={"code": report.code, "needed": needed})


def assess_risk(
    change: Change, risk: Risk, *, likelihood: int, impact: int, by: User, assessed_on: date | None = None, note: str = ""
) -> RiskAssessment:
    """Say how likely and how grave a risk is, each from 1 to 5; the newest saying is the one that stands."""
    _insist_on_remit(by, risk)
    on = assessed_on or day_of(change.now)
    problems = [
        Problem(name, "out_of_range", _("Give a number from 1 to 5."))
        for name, value in (("likelihood", likelihood), ("impact", impact))
        if not 1 <= value <= HIGHEST
    ]
    if on > day_of(change.now):
        problems.append(Problem("assessed_on", "in_future", _("That day has not come yet.")))
    if problems:
        raise Refused(*problems)
    said = RiskAssessment(risk=risk, likelihood=likelihood, impact=impact, assessed_on=on, note=note, by=by.actor, position=change.position)
    said.seal()
    said.save(force_insert=True)
    risk.likelihood, risk.impact, risk.assessed_on = likelihood, impact, on
    risk.save(update_fields=["likelihood", "impact", "assessed_on"])
    change.keep([risk])
    change.announce(
        "risk.assessed",
        report=risk.report.code,
        data={"code": risk.code, "likelihood": likelihood, "impact": impact, "assessed_on": on, "digest": said.digest},
    )
    return said


def record_value(  # noqa: PLR0913 - what is said of an indicator
    change: Change,
    indicator: Indicator,
    *,
    measured: PlannedDate,
    value: Decimal,
    by: User,
    qualifier: str = "",
    source_title: str = "",
    source_address: str = "",
    note: str = "",
) -> IndicatorValue:
    """Record what an indicator was on a date, and where that is from. A wrong value is followed by a right one."""
    _insist_on_remit(by, indicator)
    if measured.first_day > day_of(change.now):
        raise Refused(Problem("measured", "in_future", _("That day has not come yet.")))
    if not source_title.strip() and not source_address:
        raise Refused(Problem("source_title", "source_missing", _("Say where the value is from.")))
    said = IndicatorValue(
        indicator=indicator,
        value=value,
        qualifier=qualifier,
        source_title=source_title,
        source_address=source_address,
        note=note,
        by=by.actor,
        position=change.position,
    )
    said.measured_date = measured
    said.full_clean()
    said.seal()
    said.save(force_insert=True)
    change.announce(
        "indicator.measured",
        report=indicator.report.code,
        data={"code": indicator.code, "measured": str(measured), "digest": said.digest},
    )
    return said


def _insist_on_remit(by: User, thing: Risk | Indicator) -> None:
    """Editors, and analysts whose remit holds a proposal that the thing bears on."""
    if by.may(Role.EDITOR):
        return
    codes = set(thing.proposals.values_list("code", flat=True))
    if not by.may(Role.ANALYST) or not ({EVERYTHING} | codes) & set(by.remit):
        raise NotAllowed(Problem("", "not_allowed", _("This is outside of your remit.")))


class StillReferred(Exception):
    """Something else cites the thing; taking it away would change that other thing silently."""


def referring_to(thing: Recorded) -> list[Recorded]:
    """What names a thing in a list of its own: a proposal its passages, a risk its proposals."""
    referring: list[Recorded] = []
    for relation in thing._meta.related_objects:
        if relation.many_to_many and (name := relation.get_accessor_name()):
            referring += getattr(thing, name).all()
    return referring

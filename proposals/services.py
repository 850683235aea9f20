"""Writes of the source side. Each runs inside an open change of the record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from proposals.models import ContextEvent, Indicator, Organisation, Passage, Proposal, Report, Risk, Source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from record.models import Event, Recorded
    from record.services import Change

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


def announce_thing(change: Change, thing: Recorded, kind: str, verb: str, fields: Sequence[str] = ()) -> Event:
    """Write the event that a thing was added, changed or removed; the data names it and the fields, never their texts."""
    report = thing if isinstance(thing, Report) else getattr(thing, "report", None)
    data: dict[str, Any] = {"code": thing.version_code}
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


def remove_thing(change: Change, thing: Recorded) -> Event:
    """Remove a thing that nothing refers to. Raises ``StillReferred`` or ``ProtectedError`` when something does.

    The row goes first: what refuses must do so before the change has taken anything into account.
    """
    if referring := referring_to(thing):
        raise StillReferred(", ".join(map(str, referring)))
    thing.delete()
    change.drop([thing])
    return announce_thing(change, thing, KINDS[type(thing)], "removed")


class StillReferred(Exception):
    """Something else cites the thing; taking it away would change that other thing silently."""


def referring_to(thing: Recorded) -> list[Recorded]:
    """What names a thing in a list of its own: a proposal its passages, a risk its proposals."""
    found: list[Recorded] = []
    for relation in thing._meta.related_objects:
        if relation.many_to_many and (name := relation.get_accessor_name()):
            found += getattr(thing, name).all()
    return found

"""Is the record what it was? Walks the chain and holds versions and present state against it."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, transaction

from record import clock
from record.chain import event_digest, hash_of, row_digest
from record.guard import check_guard
from record.models import Event, Sealed, Statement
from record.services import lock_record, text_of
from record.versions import content_of, state_of, version_models

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from record.models import VersionRow

CHUNK = 2000
CHECKS: list[Callable[[], Iterator[str]]] = []
"""What the apps above add: rows of theirs that must agree with the events (``record.verify.also``)."""


def also(look: Callable[[], Iterator[str]]) -> Callable[[], Iterator[str]]:
    """Have ``verify_record`` run ``look`` too."""
    CHECKS.append(look)
    return look


def verify_record() -> list[str]:
    """A sentence for each thing that is wrong; nothing for a sound record.

    Holds the record lock while it reads, so that what it reads belongs together.
    """
    with transaction.atomic():
        lock_record()
        return list(_faults())


def _faults() -> Iterator[str]:
    for message in check_guard(databases=[DEFAULT_DB_ALIAS]):
        yield message.msg
    withdrawals = withdrawn_rows()
    opened: dict[int, list[str]] = defaultdict(list)
    closed: dict[int, list[str]] = defaultdict(list)
    for model in version_models():
        for row in model._default_manager.order_by("pk").iterator(CHUNK):
            opened[row.first].append(row.digest)
            if row.last is not None:
                closed[row.last].append(row.digest)
            yield from _row_faults(row, withdrawals)
        yield from _state_faults(model)
    yield from _chain_faults(opened, closed, withdrawals)
    for statements in statement_models():
        yield from _statement_faults(statements, withdrawals)
    for look in CHECKS:
        yield from look()
    if said := clock.fault_now():
        yield said


Withdrawals = dict[int, set[str]]


def withdrawn_rows() -> Withdrawals:
    """By position of a withdrawal, the rows that it names."""
    withdrawals = Event.objects.filter(type="record.withheld").values_list("position", "data")
    return {position: set(data.get("rows", ())) for position, data in withdrawals}


def withdrawal_fault(row: VersionRow | Sealed | Event, withdrawals: Withdrawals) -> Iterator[str]:
    """A row that was emptied must be named by the withdrawal that it refers to."""
    if row.withheld is None:
        return
    if row.withheld not in withdrawals:
        yield f"{row.record_key}: withheld by position {row.withheld}, which is no withdrawal"
    elif row.record_key not in withdrawals[row.withheld]:
        yield f"{row.record_key}: withheld by position {row.withheld}, which does not name it"


def statement_models() -> Iterator[type[Statement]]:
    return (model for model in apps.get_models() if issubclass(model, Statement))


def _statement_faults(model: type[Statement], withdrawals: Withdrawals) -> Iterator[str]:
    """Each statement stands beside the event that carries its digest; neither is there without the other."""
    events = Event.objects.filter(type=model.event_type, withheld=None).values_list("position", "data")
    said = {position: data["digest"] for position, data in events.iterator(CHUNK) if "digest" in data}
    withheld = set(Event.objects.filter(type=model.event_type, withheld__isnull=False).values_list("position", flat=True))
    statements: Any = model._default_manager.select_related(*model.sealed_with)
    for row in statements.exclude(position=None).prefetch_related(*model.sealed_of_many).order_by("pk").iterator(CHUNK):
        position = row.position
        yield from withdrawal_fault(row, withdrawals)
        if said.pop(position, row.digest if position in withheld else "") != row.digest:
            yield f"{row.record_key}: no event at position {position} carries its digest"
        elif row.digest and not row.is_intact():
            yield f"{row.record_key}: the content is not what was recorded"
    for position in sorted(said):
        yield f"position {position}: what {model.event_type} announced is missing"


def _row_faults(row: VersionRow, withdrawals: Withdrawals) -> Iterator[str]:
    yield from withdrawal_fault(row, withdrawals)
    if row.withheld is None and row_digest(row.salt, content_of(row)) != row.digest:
        yield f"{row._meta.db_table} {row.code} at {row.first}: the content is not what was recorded"


def _state_faults(model: type[VersionRow]) -> Iterator[str]:
    current = {row.code: row for row in model._default_manager.filter(last__isnull=True)}
    things = list(model.of._default_manager.all())
    for thing, state in zip(things, state_of(things), strict=True):
        row = current.pop(thing.version_code, None)
        if row is None:
            yield f"{model.of._meta.db_table} {thing.version_code}: has no current version"
        elif row.withheld is None and content_of(row) != state:
            wrong = ", ".join(sorted(name for name, value in content_of(row).items() if value != state[name]))
            yield f"{model.of._meta.db_table} {thing.version_code}: differs from its current version in {wrong}"
    for code in current:
        yield f"{model._meta.db_table} {code}: a current version of a thing that is not there"


def _chain_faults(opened: dict[int, list[str]], closed: dict[int, list[str]], withdrawals: Withdrawals) -> Iterator[str]:
    previous, expected, latest = "", 1, datetime.min.replace(tzinfo=UTC)
    for event in Event.objects.order_by("position").iterator(CHUNK):
        place = f"position {event.position}"
        if event.position != expected:
            yield f"{place}: expected {expected}, so events are missing"
        if event.previous != previous or hash_of(event.text) != event.hash or text_of(event) != event.text:
            yield f"{place}: the chain is broken"
        rows = {"opened": opened.pop(event.position, []), "closed": closed.pop(event.position, [])}
        yield from withdrawal_fault(event, withdrawals)
        if event.withheld is None and event_digest(event.salt, actor=event.actor, data=event.data, **rows) != event.digest:
            yield f"{place}: the facts or the versions of this event are not what was recorded"
        if event.occurred_at < latest and event.type != clock.CORRECTED:
            yield f"{place}: dated before the event before it"
        previous, expected, latest = event.hash, event.position + 1, event.occurred_at
    for position in sorted(opened | closed):
        yield f"position {position}: versions were written without an event"

"""Is the record what it was? Walks the chain and holds versions and present state against it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from django.db import DEFAULT_DB_ALIAS, transaction

from record.chain import event_digest, hash_of, row_digest
from record.guard import check_guard
from record.models import Event
from record.services import lock_record, text_of
from record.versions import content_of, state_of, version_models

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from record.models import VersionRow

CHUNK = 2000
CHECKS: list[Callable[[], Iterator[str]]] = []
"""What the rooms above add: rows of theirs that must agree with the events (``record.verify.also``)."""


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
    withdrawals = set(Event.objects.filter(type="record.withheld").values_list("position", flat=True))
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
    for look in CHECKS:
        yield from look()


def _row_faults(row: VersionRow, withdrawals: set[int]) -> Iterator[str]:
    if row.withheld is not None and row.withheld not in withdrawals:
        yield f"{row._meta.db_table} {row.code} at {row.first}: withheld by position {row.withheld}, which is no withdrawal"
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


def _chain_faults(opened: dict[int, list[str]], closed: dict[int, list[str]], withdrawals: set[int]) -> Iterator[str]:
    previous, expected = "", 1
    for event in Event.objects.order_by("position").iterator(CHUNK):
        place = f"position {event.position}"
        if event.position != expected:
            yield f"{place}: expected {expected}, so events are missing"
        if event.previous != previous or hash_of(event.text) != event.hash or text_of(event) != event.text:
            yield f"{place}: the chain is broken"
        rows = {"opened": opened.pop(event.position, []), "closed": closed.pop(event.position, [])}
        if event.withheld is not None:
            if event.withheld not in withdrawals:
                yield f"{place}: withheld by position {event.withheld}, which is no withdrawal"
        elif event_digest(event.salt, actor=event.actor, data=event.data, **rows) != event.digest:
            yield f"{place}: the facts or the versions of this event are not what was recorded"
        previous, expected = event.hash, event.position + 1
    for position in sorted(opened | closed):
        yield f"position {position}: versions were written without an event"

"""Is the record what it was? Walks the chain and holds versions, statements and present state against it.

It reads one snapshot, without a lock and in pieces: who writes meanwhile is not held up, and its memory does not grow with the record.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial, reduce
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connection, transaction
from django.db.models import Q, prefetch_related_objects

from record import clock
from record.chain import event_digest, hash_of, row_digest
from record.covering import COVERED, covers
from record.guard import check_guard
from record.models import Event, Installation, Statement
from record.services import text_of
from record.versions import content_of, state_of, version_models
from record.withheld import together, withheld_faults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from record.models import Recorded, VersionRow

CHUNK = 1000
TOLD = 20_000
CHECKS: list[Callable[[], Iterator[str]]] = []
"""What the apps above add: rows of theirs that must agree with the events (``record.verify.also``)."""
AFTERWARDS: list[Callable[[], Iterator[str]]] = []
"""Those that look at more than the database: of a file that was withdrawn meanwhile the snapshot would not know."""


class UnknownHead(ValueError):
    """No event has the hash from which on the record was to be verified."""


def also(look: Callable[[], Iterator[str]]) -> Callable[[], Iterator[str]]:
    """Have ``verify_record`` run ``look`` too."""
    CHECKS.append(look)
    return look


def afterwards(look: Callable[[], Iterator[str]]) -> Callable[[], Iterator[str]]:
    """The same, once the snapshot is left."""
    AFTERWARDS.append(look)
    return look


def verify_record(*, since: str = "", progress: Callable[[int, int], object] | None = None) -> list[str]:
    """A sentence for each thing that is wrong; nothing for a sound record.

    ``since``: a head that an earlier run printed; events, versions and statements are then read from there on, everything else
    whole. Raises ``UnknownHead``. ``progress`` is told every now and then how many versions of how many have been read.
    """
    with _one_snapshot():
        faults: list[str] = []
        for look in (*_looks(_position_of(since), progress or (lambda _done, _all: None)), *CHECKS):
            faults += _readable(look)
    for look in AFTERWARDS:
        faults += _readable(look)
    return faults


def _readable(look: Callable[[], Iterator[str]]) -> Iterator[str]:
    """Its faults; that it cannot make sense of what it finds is one, too."""
    try:
        yield from look()
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        yield f"what the record holds cannot be read: {error!r}"


@contextmanager
def _one_snapshot() -> Iterator[None]:
    """All that is read belongs together. Within somebody else's transaction it is that one's business."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _position_of(head: str) -> int:
    if not head:
        return 0
    position = Event.objects.filter(hash=head).values_list("position", flat=True).first()
    if position is None:
        raise UnknownHead(head)
    return position


def _looks(since: int, progress: Callable[[int, int], object]) -> Iterator[Callable[[], Iterator[str]]]:
    yield lambda: (message.msg for message in check_guard(databases=[DEFAULT_DB_ALIAS]))
    yield _installation_faults
    yield partial(_version_faults, since, progress)
    yield from (partial(_state_faults, model) for model in version_models())
    yield partial(_chain_faults, since)
    yield from (partial(_statement_faults, model, since) for model in statement_models())
    yield _unsealed_faults
    yield partial(withheld_faults, since)
    yield lambda: (said for said in [clock.fault_now()] if said)


def _version_faults(since: int, progress: Callable[[int, int], object]) -> Iterator[str]:
    touched = Q(withheld=None) & (Q(first__gt=since) | Q(last__gt=since))
    total = sum(model._default_manager.filter(touched).count() for model in version_models())
    rows = (row for model in version_models() for row in _stored(model, touched))
    for done, row in enumerate(rows, 1):
        if row_digest(row.salt, content_of(row)) != row.digest:
            yield f"{row._meta.db_table} {row.code} at {row.first}: the content is not what was recorded"
        if done % TOLD == 0:
            progress(done, total)


def _stored(model: type[VersionRow], which: Q) -> Iterator[VersionRow]:
    rows = model._default_manager.filter(which).defer(*(field.name for field in model._meta.concrete_fields if field.generated))
    yield from rows.order_by("pk").iterator(CHUNK)


def _installation_faults() -> Iterator[str]:
    """What this database is, stands in the first event that says it."""
    said = Event.objects.filter(data__has_key="installation").order_by("position").values_list("data__installation", flat=True).first()
    for installation in Installation.objects.all():
        if said is None:
            yield "the installation is in no event; manage.py migrate puts it on the record"
        elif said != installation.facts():
            yield "the installation is not what was recorded"
        return
    if said is not None:
        yield "the installation is missing"


def statement_models() -> Iterator[type[Statement]]:
    return (model for model in apps.get_models() if issubclass(model, Statement))


def _state_faults(model: type[VersionRow]) -> Iterator[str]:
    """The things as they are now, a piece at a time, each against its current version."""
    seen = set[str]()
    things: list[Recorded] = []
    for thing in model.of._default_manager.order_by("pk").iterator(CHUNK):
        things.append(thing)
        if len(things) == CHUNK:
            yield from _piece_faults(model, things, seen)
            things = []
    yield from _piece_faults(model, things, seen)
    current = model._default_manager.filter(last__isnull=True)
    for code in current.values_list("code", flat=True).iterator(CHUNK):
        if code not in seen:
            yield f"{model._meta.db_table} {code}: a current version of a thing that is not there"


def _piece_faults(model: type[VersionRow], things: Sequence[Recorded], seen: set[str]) -> Iterator[str]:
    prefetch_related_objects(list(things), *model.of.version_prefetch)
    codes = [thing.version_code for thing in things]
    seen.update(codes)
    current = model._default_manager.filter(last__isnull=True).by_code(codes)
    for code, state in zip(codes, state_of(things), strict=True):
        row, thing = current.get(code), f"{model.of._meta.db_table} {code}"
        if row is None:
            yield f"{thing}: has no current version"
        elif row.withheld is None and (wrong := sorted(name for name, value in content_of(row).items() if value != state[name])):
            yield f"{thing}: differs from its current version in {', '.join(wrong)}"


def _digests(end: str, since: int) -> Iterator[tuple[int, list[str]]]:
    """The digests of all versions that begin (``first``) or end (``last``) at a position, in the order of positions."""
    one, *others = (
        model._default_manager.filter(**{f"{end}__gt": since}).order_by().values_list(end, "digest") for model in version_models()
    )
    rows = reduce(lambda all_, more: all_.union(more, all=True), others, one).order_by(end)
    for position, pairs in groupby(rows.iterator(CHUNK), key=itemgetter(0)):
        yield position, [digest for _position, digest in pairs]


class _Walk:
    """What stands at positions, taken in their order along with the events."""

    def __init__(self, steps: Iterator[tuple[int, list[str]]]) -> None:
        self.steps, self.next = steps, next(steps, None)
        self.without: set[int] = set()
        """Positions that no event had."""

    def at(self, position: int | None) -> list[str]:
        """The digests there; what was passed over belongs to no event. ``None`` is beyond the last."""
        while self.next is not None and (position is None or self.next[0] < position):
            self.without.add(self.next[0])
            self.next = next(self.steps, None)
        if self.next is None or self.next[0] != position:
            return []
        digests, self.next = self.next[1], next(self.steps, None)
        return digests


def _chain_faults(since: int) -> Iterator[str]:
    previous, expected, latest = "", since + 1, datetime.min.replace(tzinfo=UTC)
    if since:
        previous, latest = Event.objects.values_list("hash", "occurred_at").get(position=since)
    opened, closed = _Walk(_digests("first", since)), _Walk(_digests("last", since))
    for event in Event.objects.filter(position__gt=since).order_by("position").iterator(CHUNK):
        place = f"position {event.position}"
        if event.position != expected:
            yield f"{place}: expected {expected}, so events are missing"
        if event.previous != previous or hash_of(event.text) != event.hash or text_of(event) != event.text:
            yield f"{place}: the chain is broken"
        rows = {"opened": opened.at(event.position), "closed": closed.at(event.position)}
        if event.withheld is None and event_digest(event.salt, actor=event.actor, data=event.data, **rows) != event.digest:
            yield f"{place}: the facts or the versions of this event are not what was recorded"
        if event.occurred_at < latest and event.type != clock.CORRECTED:
            yield f"{place}: dated before the event before it"
        previous, expected, latest = event.hash, event.position + 1, event.occurred_at
    opened.at(None), closed.at(None)
    for position in sorted(opened.without | closed.without):
        yield f"position {position}: versions were written without an event"


def _statement_faults(model: type[Statement], since: int) -> Iterator[str]:
    """Each statement stands beside the event that carries its digest; neither is there without the other."""
    events = Event.objects.filter(type=model.event_type, position__gt=since).filter(Q(data__has_key="digest") | Q(withheld__isnull=False))
    digests = events.order_by("position").values_list("position", "data__digest").iterator(CHUNK)
    said = _Walk((position, [digest or ""]) for position, digest in digests)
    manager: Any = model._default_manager
    rows = manager.filter(position__gt=since).exclude(digest="").select_related(*model.sealed_with)
    for row in rows.prefetch_related(*model.sealed_of_many).order_by("position", "pk").iterator(CHUNK):
        if not {"", row.digest}.intersection(said.at(row.position)):  # an event that was withdrawn says none
            yield f"{row.record_key}: no event at position {row.position} carries its digest"
        elif not row.is_intact():
            yield f"{row.record_key}: the content is not what was recorded"
    said.at(None)
    for position in sorted(said.without):
        yield f"position {position}: what {model.event_type} announced is missing"


def unsealed() -> str:
    """One digest for the statements from before statements were sealed; empty when there are none."""
    rows: list[Any] = []
    for model in statement_models():
        manager: Any = model._default_manager
        rows += manager.filter(digest="").exclude(position=None).order_by("pk")
    return together({row.record_key: row_digest("", row.content()) for row in rows}) if rows else ""


@covers("unsealed")
def statements_that_nothing_covers() -> str:
    return "" if Event.objects.filter(type=COVERED, data__has_key="unsealed").exists() else unsealed()


def _unsealed_faults() -> Iterator[str]:
    said = Event.objects.filter(type=COVERED, data__has_key="unsealed").order_by("position").values_list("data__unsealed", flat=True)
    if (said.first() or "") != unsealed():
        yield "statements without a seal are there that no event covers, or they are not what they were"

"""The one way in: every public change is a ``Change`` under the record's locks.

Use::

    with open_change(by="…", of=[(Milestone, pk)]) as change:
        …read, decide, write rows…
        change.amend(milestone, ["due"])
        change.announce("plan.changed", milestone="SM-03", data={…})

``announce`` seals one position: the version rows kept since the last one belong to it.
Nothing is in the record until the transaction commits.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils import timezone
from uuid_utils.compat import uuid7

from record import clock
from record.chain import event_digest, event_text, hash_of, plain, row_digest
from record.locks import Place, keys_of, lock_all, lock_record, lock_things
from record.models import Event, Installation
from record.statements import copy_of, insert_of, update_of
from record.versions import content_fields, content_of, state_of, version_model

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from django.db.models import Model

    from record.holding import Hold
    from record.locks import Head, Key, Named
    from record.models import Recorded, VersionRow
    from record.statements import Statement

announced: list[Callable[[], object]] = []
"""What is called after each commit that wrote events. Apps above add to it when they start; nothing may rest on its being called:
the log itself is the truth, and this only spares them the waiting."""
BATCH = 1000


class UnsealedChange(RuntimeError):
    """Version rows were kept and no event announced them: a mistake in a service."""


class NotHeld(RuntimeError):
    """A thing is written that the change did not name when it was opened: a mistake in whoever opened it."""


class Change:
    """One transaction's writing to the record; made by ``open_change`` only. ``by`` is the public name of who acts.

    ``now`` is the moment that it writes, and may become a little later when it comes to its place in the record.
    """

    def __init__(self, *, by: str, now: datetime | None = None, held: Collection[Key] | None = None) -> None:
        self.now = now or timezone.now()
        self.by = by
        self.written = 0
        """How many events it has announced."""
        self.undo: list[Callable[[], object]] = []
        """What to take back outside of the database when the change does not come to its end: files that were written."""
        self._held = held
        self._holds: list[Hold] = []
        self._record: Hold | None = None
        self._place: Place | None = None
        self._depth = _savepoints()
        self._position, self._previous = 0, ""
        self._opened: list[str] = []
        self._closed: list[str] = []
        self._later: list[Statement] = []
        self._before: dict[Recorded, VersionRow] = {}

    def begin(self, place: Place) -> None:
        """Take the locks of what is touched."""
        self._place, self._depth = place, _savepoints()
        head, hold = lock_all() if self._held is None else lock_things(self._held)
        self._holds.append(hold)
        self._insist_on_clocks(head)
        self.now = max(self.now, head.occurred_at or self.now)
        if self._held is None:
            self.follow(head, hold)

    def end(self) -> None:
        """The transaction is over: rolled back, if the locks do not know it."""
        for hold in self._holds:
            hold.end()

    @property
    def position(self) -> int:
        """That of the next event. From being asked for it on, everybody else who writes waits: ask as late as can be."""
        if self._record is None:
            self.come_in()
        return self._position

    def come_in(self) -> None:
        """Take the record's lock, and with it the next position and moment. What others wait for is done before."""
        if _savepoints() != self._depth:
            raise UnsealedChange("the lock of the record would end with a savepoint")
        head, hold = lock_record()
        self._holds.append(hold)
        self._insist_on_clocks(head)
        self.follow(head, hold)

    def _insist_on_clocks(self, head: Head) -> None:
        clock.insist(now=self.now, database=head.clock, newest=head.occurred_at)

    def follow(self, head: Head, hold: Hold) -> None:
        """Go on behind the newest event, whose lock is held."""
        if self._place:
            self._place.leave()
        self._record, self._position, self._previous = hold, head.position + 1, head.hash
        self.now = max(self.now, head.occurred_at or self.now)

    def insist_held(self, things: Sequence[Recorded]) -> None:
        """Raise ``NotHeld`` unless the change named these, or touches anything."""
        if self._held is not None and not set(keys_of((type(thing), thing.pk) for thing in things)) <= set(self._held):
            raise NotHeld(", ".join(thing.version_code for thing in things))

    def insist_alone(self) -> None:
        """Raise ``NotHeld`` unless nobody else writes anything meanwhile: for rules over many things."""
        if self._held is not None:
            raise NotHeld("everything")

    def keep(self, things: Sequence[Recorded]) -> None:
        """Write the present state of things of one model as their versions from this position on.

        Call it after the rows and links are saved. It stamps ``version``, ``position`` and
        ``updated_at`` on the things too. A thing may be kept once a position: a second time before
        its event is announced raises ``UnsealedChange``.
        """
        if not things:
            return
        self.insist_held(things)
        model = type(things[0])
        versions = version_model(model)
        self._close(versions, [thing.version_code for thing in things])
        # Read back: what the database holds is what is recorded, whatever the caller's objects still say.
        saved = model._default_manager.in_bulk([thing.pk for thing in things])
        for stored in saved.values():
            stored.version += 1 if stored.position else 0
            stored.position, stored.updated_at = self.position, self.now
        self._stamp(model, list(saved.values()))
        for thing in things:
            thing.version, thing.position, thing.updated_at = saved[thing.pk].version, self.position, self.now
        opened = []
        for state in state_of(list(saved.values())):
            row = versions(**state, first=self.position, salt=secrets.token_hex(16))
            row.digest = row_digest(row.salt, content_of(row))
            opened.append(row)
        versions._default_manager.bulk_create(opened, batch_size=BATCH)
        self._opened += [row.digest for row in opened]

    def prepare(self, thing: Recorded) -> None:
        """Read the open version that ``amend`` will end; better done before the position is asked for."""
        self.insist_held([thing])
        versions = version_model(type(thing))
        names = ", ".join(f'"{name}"' for name in ("id", "first", "digest", *content_fields(versions)))
        reading = f'SELECT {names} FROM "{versions._meta.db_table}" WHERE code = %s AND last IS NULL'  # noqa: S608 - names of our own
        for before in versions._default_manager.raw(reading, [thing.version_code]):
            self._before[thing] = before

    def amend(self, thing: Recorded, fields: Sequence[str], links: Mapping[str, object] | None = None) -> None:
        """``keep`` for one thing of which only these columns have just been set; they are saved with the next event.

        The rest of the new version is taken from the open one instead of being read together anew. ``links`` are columns of the
        version that stand for relations.
        """
        if thing not in self._before:
            self.prepare(thing)
        before = self._before.pop(thing)
        model, versions, position = type(thing), type(before), self.position
        if before.first == position:
            raise UnsealedChange("a thing was kept twice before its event was announced")
        thing.version, thing.position, thing.updated_at = before.version + 1, position, self.now
        self.save_later(thing, [*fields, "version", "position", "updated_at"])
        said = set(content_fields(versions)) & {attname(model, name) for name in fields}
        new = {name: getattr(thing, name) for name in said} | dict(links or {}) | {"version": thing.version, "updated_at": self.now}
        salt = secrets.token_hex(16)
        digest = row_digest(salt, content_of(before) | new)
        before.last = position
        self.save_later(before, ["last"])
        self._later.append(copy_of(before, new | {"first": position, "last": None, "salt": salt, "digest": digest}))
        self._closed.append(before.digest)
        self._opened.append(digest)

    def save_later(self, row: Model, fields: Iterable[str]) -> None:
        """Save these columns together with the next event, in one message: what needs the position, and holds up nobody for long."""
        self._later.append(update_of(row, fields))

    def _stamp(self, model: type[Recorded], things: Sequence[Recorded]) -> None:
        """One UPDATE for each version number: ``bulk_update`` would make a CASE of every row."""
        keys: dict[int, list[int]] = defaultdict(list)
        for thing in things:
            keys[thing.version].append(thing.pk)
        for version, pks in keys.items():
            model._default_manager.filter(pk__in=pks).update(version=version, position=self.position, updated_at=self.now)

    def drop(self, things: Sequence[Recorded]) -> None:
        """End the versions of things of one model that are being removed; the caller deletes the rows."""
        if things:
            self.insist_alone()
            self._close(version_model(type(things[0])), [thing.version_code for thing in things])

    def _close(self, versions: type[VersionRow], codes: list[str]) -> None:
        still_open = versions._default_manager.filter(code__in=codes, last__isnull=True)
        digests = list(still_open.filter(first__lt=self.position).values_list("digest", flat=True))
        if still_open.filter(first=self.position).exists():
            raise UnsealedChange("a thing was kept twice before its event was announced")
        if digests:
            still_open.update(last=self.position)
            self._closed += digests

    def announce(
        self,
        kind: str,
        *,
        report: str = "",
        proposal: str = "",
        milestone: str = "",
        actor: str | None = None,
        data: dict[str, object] | None = None,
    ) -> Event:
        """Write the event of this position and go on to the next. ``data`` holds public facts and codes only."""
        salt, actor, data = secrets.token_hex(16), self.by if actor is None else actor, plain(data or {})
        position = self.position
        assert self._record is not None
        event = Event(
            position=position,
            uid=uuid7(),
            type=kind,
            occurred_at=self.now,
            report=report,
            proposal=proposal,
            milestone=milestone,
            actor=actor,
            data=data,
            salt=salt,
            digest=event_digest(salt, actor=actor, data=data, opened=self._opened, closed=self._closed),
            previous=self._previous,
        )
        event.text = text_of(event)
        event.hash = hash_of(event.text)
        self._later.append(insert_of(event))
        self._send()
        self._record.events[kind] += 1
        self.written += 1
        self._position, self._previous = position + 1, event.hash
        self._opened, self._closed = [], []
        return event

    def _send(self) -> None:
        """One message for all that was left for the end."""
        with connection.cursor() as cursor:
            cursor.execute(";".join(sql for sql, _values in self._later), [value for _sql, values in self._later for value in values])
        self._later = []

    def seal(self) -> None:
        if self._opened or self._closed or self._later:
            raise UnsealedChange("version rows were written and no event announced them")


def attname(model: type[Recorded], name: str) -> str:
    return str(getattr(model._meta.get_field(name), "attname", name))


def text_of(event: Event) -> str:
    """The text that this event's hash has to cover."""
    return event_text(
        position=event.position,
        uid=event.uid,
        type=event.type,
        occurred_at=event.occurred_at,
        report=event.report,
        proposal=event.proposal,
        milestone=event.milestone,
        digest=event.digest,
        previous=event.previous,
    )


def _savepoints() -> list[str]:
    return [name for name in connection.savepoint_ids if name]


@contextmanager
def open_change(*, by: str = "", now: datetime | None = None, of: Iterable[Named] | None = None) -> Iterator[Change]:
    """A transaction that holds the locks of what it touches: ``of`` those things, or of everything.

    With ``of``, the lock of the record is taken when the change asks for its ``position``; others read, decide and write beside
    it until then. Raises ``ClockRunsAhead``.
    """
    change = Change(by=by, now=now, held=None if of is None else keys_of(of))
    try:
        with Place() as place, transaction.atomic():
            change.begin(place)
            yield change
            change.seal()
            if change.written:
                for tell in announced:
                    transaction.on_commit(tell, robust=True)
    except BaseException:
        for step in change.undo:
            step()
        raise
    finally:
        if not connection.in_atomic_block:
            change.end()


@transaction.atomic
def correct_clock() -> Event | None:
    """Say in the record that its newest events carry a time that has not come, and go on at the database's; None where none does."""
    head, hold = lock_all()
    if head.occurred_at is None or head.occurred_at <= head.clock:
        return None
    ahead = Event.objects.filter(occurred_at__gt=head.clock)
    first = ahead.order_by("position").values_list("position", flat=True)[0]
    change = Change(by="")
    change.follow(head, hold)
    change.now = head.clock
    return change.announce(clock.CORRECTED, data={"first": first, "last": head.position, "until": head.occurred_at})


def begin_installation(*, now: datetime, time_zone: str, sample: bool = False) -> Installation:
    """Say once what this database is; a later call returns what was said first."""
    return Installation.objects.get_or_create(id=1, defaults={"begun_at": now, "time_zone": time_zone, "sample": sample})[0]

"""Deliveries on their way out: claimed by a conditional UPDATE, sent outside of any transaction, and noted.

Threads only talk to receivers; the database is talked to by the one that runs the pump. A receiver has few of them, one that fails
only one, and all that fail together at most half: whoever is slow or dead waits for itself. A claim that its worker did not live to
end runs out, and the delivery goes again under the same id.
"""

from __future__ import annotations

import logging
import time
from collections import Counter, deque
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

import orjson
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from common import metrics
from common.fetching import NotFetched, send
from notifications.models import Attempt, Delivery, Webhook
from notifications.webhooks.fanning import behind, fan_out
from notifications.webhooks.registering import secrets_of, switch_off
from notifications.webhooks.signing import headers
from record.api.changes import event_item
from record.installation import is_sample
from record.models import Event

if TYPE_CHECKING:
    from collections.abc import Iterator

logger = logging.getLogger(__name__)

LOCK = 0x77686F6F6B73
"""The number of the lock that a running pump holds."""
THREADS = 64
HALF, MOST_OF_ONE = THREADS // 2, THREADS * 3 // 4
"""Of the threads, for all webhooks that fail, and for those of one account."""
SLOTS = 4
"""Deliveries to one webhook at the same time; one where the last one failed."""
BUDGET = 20.0
"""Seconds after which a pump begins nothing new, so that other tasks have their turn."""
LOOK_EVERY = 0.25
REFILL = 100
GONE = 410
PAUSES = [timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800, 43200)]
"""Before each further attempt, over a day in all; after the last the delivery stands listed as failed."""
PATIENCE = timedelta(days=5)
"""Without a success after a failure; then the webhook is switched off."""
KEPT = timedelta(days=60)


def claim_time() -> timedelta:
    """Longer than a sending can take."""
    return timedelta(seconds=2 * settings.WEBHOOK_SECONDS)


@dataclass(frozen=True)
class Outcome:
    """What became of one attempt: a status, or why there is none."""

    at: datetime
    duration_ms: int
    status: int | None = None
    error: str = ""

    @property
    def good(self) -> bool:
        return self.status is not None and HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


@dataclass(frozen=True)
class Parcel:
    """All that a thread needs to send one delivery."""

    delivery: int
    webhook: int
    address: str
    message_id: str
    body: bytes
    secrets: tuple[str, ...]


def pump(*, budget: float | None = None) -> int | None:
    """Write what is to be told and send what is due, until nothing is left or the time is over.

    Returns the number of attempts; ``None`` where another worker is at it, which looks again at its end.
    """
    with only_one() as mine:
        return Pump(BUDGET if budget is None else budget).run() if mine else None


@contextmanager
def only_one() -> Iterator[bool]:
    """Whether this is the only pump, until the end of the block: slow receivers hold one worker, not all. Ends with the connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


class Pump:
    def __init__(self, budget: float) -> None:
        self.until = time.monotonic() + budget
        self.flying: dict[Future[Outcome], Parcel] = {}
        self.waiting: dict[int, deque[int]] = {}
        self.failing: set[int] = set()
        self.owners: dict[int, int] = {}
        self.made = 0
        self.looked = 0.0

    def run(self) -> int:
        with ThreadPoolExecutor(THREADS, thread_name_prefix="webhook") as pool:
            while True:
                if time.monotonic() < self.until:
                    self.look()
                    self.fill(pool)
                if not self.flying:
                    return self.made
                done, _rest = wait(self.flying, timeout=LOOK_EVERY, return_when=FIRST_COMPLETED)
                for future in done:
                    self.end(self.flying.pop(future), future)

    def look(self) -> None:
        """Read on in the log, and see what is due; not more often than a few times a second."""
        if time.monotonic() - self.looked < LOOK_EVERY and self.looked:
            return
        self.looked = time.monotonic()
        now = timezone.now()
        for pk in behind():
            fan_out(pk, now=now)
        flying = {parcel.delivery for parcel in self.flying.values()}
        due = Delivery.objects.filter(due_at(now), webhook=OuterRef("pk"))
        hooks = Webhook.objects.filter(Exists(due), active=True, owner__is_active=True).order_by("pk")
        self.failing = set()
        for pk, owner, failing_since in hooks.values_list("pk", "owner", "failing_since"):
            self.owners[pk] = owner
            if failing_since:
                self.failing.add(pk)
            if not self.waiting.get(pk):
                pending = Delivery.objects.filter(due_at(now), webhook=pk).order_by("next_attempt_at", "id")
                self.waiting[pk] = deque(delivery for delivery in pending.values_list("pk", flat=True)[:REFILL] if delivery not in flying)

    def fill(self, pool: ThreadPoolExecutor) -> None:
        """Give each webhook its slots, in turn, so that none with much to send takes all, nor those of one account."""
        busy = Counter(parcel.webhook for parcel in self.flying.values())
        taken = Counter(self.owners[parcel.webhook] for parcel in self.flying.values())
        failing = sum(number for pk, number in busy.items() if pk in self.failing)
        for _turn in range(SLOTS):
            for pk, queue in list(self.waiting.items()):
                slots, owner = 1 if pk in self.failing else SLOTS, self.owners[pk]
                full = len(self.flying) >= THREADS or taken[owner] >= MOST_OF_ONE or (pk in self.failing and failing >= HALF)
                if not queue or full or busy[pk] >= slots:
                    continue
                if parcel := claim(queue.popleft(), now=timezone.now()):
                    self.flying[pool.submit(carry, parcel)] = parcel
                    busy[pk] += 1
                    taken[owner] += 1
                    self.waiting[pk] = self.waiting.pop(pk)  # behind those that had less
                    failing += pk in self.failing

    def end(self, parcel: Parcel, future: Future[Outcome]) -> None:
        outcome = future.result()
        note(parcel, outcome)
        self.made += 1
        if outcome.good:
            self.failing.discard(parcel.webhook)
        else:
            self.failing.add(parcel.webhook)


def due_at(now: datetime) -> Q:
    """Deliveries that wait for nothing and are held by nobody."""
    return Q(state="pending", next_attempt_at__lte=now) & (Q(claimed_until=None) | Q(claimed_until__lt=now))


def claim(pk: int, *, now: datetime) -> Parcel | None:
    """Take one delivery; ``None`` where somebody else has it, or it is not due any more."""
    if not Delivery.objects.filter(due_at(now), pk=pk).update(claimed_until=now + claim_time(), tried=F("tried") + 1):
        return None
    delivery = Delivery.objects.select_related("webhook").filter(pk=pk).first()
    if delivery is None:  # removed meanwhile
        return None
    webhook = delivery.webhook
    message_id, body = letter_of(delivery)
    return Parcel(delivery.pk, webhook.pk, webhook.address, message_id, body, tuple(secrets_of(webhook, now)))


def letter_of(delivery: Delivery) -> tuple[str, bytes]:
    """The id, which is that of ``/changes/``, and the body. An event is told as it stands now, without what was withdrawn since."""
    sample = {"sample": True} if is_sample() else {}
    event = Event.objects.filter(position=delivery.position).first() if delivery.position else None
    if event is None:
        said: dict[str, object] = {"type": delivery.type, "timestamp": delivery.created_at, "data": {"id": delivery.uid}} | sample
        return str(delivery.uid), orjson.dumps(said, option=orjson.OPT_UTC_Z)
    said = {"type": event.type, "timestamp": event.occurred_at, "data": event_item(event)} | sample
    return str(event.uid), orjson.dumps(said, option=orjson.OPT_UTC_Z)


def carry(parcel: Parcel) -> Outcome:
    """Send it; in a thread of its own, without the database."""
    at, began = timezone.now(), time.monotonic()
    signed = headers(parcel.secrets, message_id=parcel.message_id, at=at, body=parcel.body)
    status, error = None, ""
    try:
        status = send(parcel.address, body=parcel.body, headers=signed, seconds=settings.WEBHOOK_SECONDS)
    except NotFetched as refused:
        error = refused.code
    except Exception:
        logger.exception("a webhook could not be sent to")
        error = "failure"
    return Outcome(at, int((time.monotonic() - began) * 1000), status, error)


def note(parcel: Parcel, outcome: Outcome) -> None:
    """Write down what came of an attempt. What was sent again or switched off meanwhile is left as it was made then."""
    now = timezone.now()
    with transaction.atomic():
        webhook = Webhook.objects.select_for_update().filter(pk=parcel.webhook).first()
        delivery = Delivery.objects.filter(pk=parcel.delivery).first()
        if webhook is None or delivery is None:  # removed meanwhile
            return
        Attempt.objects.create(
            delivery=delivery, at=outcome.at, duration_ms=outcome.duration_ms, status=outcome.status, error=outcome.error
        )
        metrics.deliveries.labels("told" if outcome.good else "failed").inc()
        if outcome.good:
            Delivery.objects.filter(pk=delivery.pk).update(state="delivered", delivered_at=now, claimed_until=None)
            Webhook.objects.filter(pk=webhook.pk).update(last_success_at=now, failing_since=None)
        else:
            _note_failure(webhook, delivery, outcome, now=now)


def _note_failure(webhook: Webhook, delivery: Delivery, outcome: Outcome, *, now: datetime) -> None:
    """Let the next attempt wait longer than this one did; give up after the last; switch off what is gone, or fails for days."""
    if delivery.tried > len(PAUSES):
        values: dict[str, object] = {"state": "failed", "claimed_until": None}
    else:
        values = {"next_attempt_at": now + PAUSES[max(delivery.tried, 1) - 1], "claimed_until": None}
    Delivery.objects.filter(pk=delivery.pk, state="pending").update(**values)
    since = webhook.failing_since or now
    if webhook.failing_since is None:
        Webhook.objects.filter(pk=webhook.pk).update(failing_since=now)
    if outcome.status == GONE:
        switch_off(webhook, "gone", now=now)
    elif since <= now - PATIENCE:
        switch_off(webhook, "failing", now=now)


def anything_due(now: datetime) -> bool:
    hooks = Webhook.objects.filter(active=True, owner__is_active=True)
    return bool(behind()) or hooks.filter(Exists(Delivery.objects.filter(due_at(now), webhook=OuterRef("pk")))).exists()


def forget(now: datetime) -> int:
    """Delete old deliveries with their attempts; what still waits stays."""
    return Delivery.objects.filter(created_at__lt=now - KEPT).exclude(state="pending").delete()[0]

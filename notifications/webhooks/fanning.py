"""From the record to deliveries: each webhook reads the log from where it is, as any reader of ``/changes/`` does.

Deliveries and the position that they reach are one transaction. Whoever is killed leaves either both or none, and the log
has no gaps, so no event is passed over; the constraint on webhook and position keeps it from being written twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Subquery

from common.waking import wake
from notifications.models import Delivery, Webhook
from record.models import Event

if TYPE_CHECKING:
    from datetime import datetime

CHUNK = 1000
EXPIRES = 15
"""Seconds after which the clock wakes the webhooks by itself: what nobody took up by then means nothing any more."""


def behind() -> list[int]:
    """Webhooks that have not read to the end of the log. One query."""
    head = Event.objects.order_by("-position").values("position")[:1]
    webhooks = Webhook.objects.filter(active=True, owner__is_active=True, position__lt=Subquery(head))
    return list(webhooks.order_by("position").values_list("pk", flat=True))


def fan_out(pk: int, *, now: datetime) -> int:
    """Write the deliveries of the next events for one webhook; returns how many events were read. 0 also where another worker does it."""
    with transaction.atomic():
        webhook = Webhook.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk, active=True).first()
        if webhook is None:
            return 0
        events = list(Event.objects.filter(position__gt=webhook.position).order_by("position").values_list("position", "type")[:CHUNK])
        if not events:
            return 0
        wanted = [(position, kind) for position, kind in events if not webhook.events or kind in webhook.events]
        Delivery.objects.bulk_create(
            [Delivery(webhook=webhook, position=position, type=kind, created_at=now, next_attempt_at=now) for position, kind in wanted],
            ignore_conflicts=True,
        )
        Webhook.objects.filter(pk=pk).update(position=events[-1][0])
    return len(events)


def deliver_soon() -> None:
    """Have a worker look once the transaction is committed. One of many messages is enough."""
    wake("notifications.tasks.deliver_webhooks", expires=EXPIRES)


def tell_webhooks() -> None:
    """After a commit that wrote events: have a worker look at once, if anybody is to be told."""
    if Webhook.objects.filter(active=True).exists():
        deliver_soon()

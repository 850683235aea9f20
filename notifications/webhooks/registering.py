"""Webhooks of one's own: made, changed, switched on and off, removed; and what somebody asks to be sent again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TypedDict

from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from common.edits import changed_fields
from common.fetching import NotFetched, check_address
from common.refusals import Refused
from milestones.event_words import EVENT_WORDS
from notifications.following import absolute_url
from notifications.models import Delivery, Webhook
from notifications.outbox import Letter, post
from notifications.webhooks.fanning import deliver_soon, fan_out
from notifications.webhooks.signing import new_secret
from record.models import Event

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime


MOST = 20
"""Webhooks of one account."""
MOST_TESTS = 10
"""Of one webhook that wait at the same time."""
OVERLAP = timedelta(days=1)
TEST = "webhook.test"


class WebhookValues(TypedDict, total=False):
    """What an owner sets of a webhook; what is not named stays as it is."""

    name: str
    address: str
    events: list[str]
    active: bool


class WebhookRefused(Refused):
    """The webhook cannot be so; the problems say why."""


def check_webhook(values: WebhookValues) -> None:
    """Raise ``WebhookRefused`` for an address that may not be asked, or a type of event that there is not.

    Call it outside of any transaction: the name of the address is looked up.
    """
    if unknown := sorted(set(values.get("events", ())) - set(EVENT_WORDS)):
        raise WebhookRefused.because("unknown_event", _("There is no such type of event: %(type)s.") % {"type": unknown[0][:64]}, "events")
    if "address" in values:
        try:
            check_address(values["address"])
        except NotFetched as error:
            raise WebhookRefused.because(error.code, str(error), "address") from error


def add_webhook(*, owner: User, name: str, address: str, events: list[str] | None = None, now: datetime | None = None) -> Webhook:
    """Register an address. It is told of what happens from now on; its ``secret`` is to be shown this once."""
    now = now or timezone.now()
    _insist_on_room(owner)
    check_webhook({"address": address, "events": events or []})
    with transaction.atomic():
        User.objects.select_for_update().get(pk=owner.pk)  # one by one, so that the limit holds
        _insist_on_room(owner)
        return Webhook.objects.create(
            owner=owner,
            name=name.strip(),
            address=address,
            events=sorted(set(events or [])),
            secret=new_secret(),
            position=Event.objects.position(),
            created_at=now,
            changed_at=now,
        )


def _insist_on_room(owner: User) -> None:
    if owner.webhooks.count() >= MOST:
        raise WebhookRefused.because("too_many", _("An account has at most %(most)d webhooks.") % {"most": MOST})


def change_webhook(
    webhook: Webhook, values: WebhookValues, *, now: datetime | None = None, check: Callable[[Webhook], None] | None = None
) -> Webhook:
    """Change name, address or types; ``active`` switches it. Switched on again it is told of what happens from then on.

    ``check`` is asked of the row as it then stands, held for the change, and may raise.
    """
    now = now or timezone.now()
    active = values.get("active", webhook.active)
    fields: dict[str, object] = {name: value for name, value in values.items() if name in {"name", "address"}}
    if "events" in values:
        fields["events"] = sorted(set(values["events"]))
    with transaction.atomic():
        row = Webhook.objects.select_for_update().get(pk=webhook.pk)
        if check:
            check(row)
        row.version += 1
        edited = [*changed_fields(row, fields), *(["active"] if active != row.active else [])]
        row.note_edits(edited, by=row.owner.actor, at=now)
        if active and not row.active:
            fields |= {"active": True, "off_reason": "", "failing_since": None, "position": Event.objects.position()}
        elif row.active and not active:
            _switch_off(row, "owner", now=now)
        Webhook.objects.filter(pk=row.pk).update(**fields, changed_at=now, version=row.version, edits=row.edits)
    webhook.refresh_from_db()
    return webhook


def rotate_secret(webhook: Webhook, *, now: datetime | None = None) -> Webhook:
    """Give it a new secret, to be shown this once; for a day everything is signed with both."""
    now = now or timezone.now()
    with transaction.atomic():
        row = Webhook.objects.select_for_update().get(pk=webhook.pk)
        row.previous_secret, row.previous_until = row.secret, now + OVERLAP
        row.secret, row.changed_at, row.version = new_secret(), now, row.version + 1
        row.note_edits(["secret"], by=row.owner.actor, at=now)
        row.save(update_fields=["previous_secret", "previous_until", "secret", "changed_at", "version", "edits"])
    return row


def secrets_of(webhook: Webhook, now: datetime) -> list[str]:
    """What a body is signed with now."""
    older = webhook.previous_secret and webhook.previous_until and webhook.previous_until > now
    return [webhook.secret, webhook.previous_secret] if older else [webhook.secret]


def switch_off(webhook: Webhook, reason: str, *, now: datetime) -> bool:
    """Send nothing any more, give up what waits, and write to the owner. Whether it was on. Call it inside a transaction."""
    row = Webhook.objects.select_for_update().get(pk=webhook.pk)
    if not row.active:
        return False
    _switch_off(row, reason, now=now)
    row.version += 1
    row.note_edits(["active"], by="", at=now)
    Webhook.objects.filter(pk=row.pk).update(changed_at=now, version=row.version, edits=row.edits)
    if row.owner.email:
        with translation.override(row.owner.language):
            context = {"webhook": row, "reason": reason, "place": absolute_url("integrations:webhook", str(row.uid))}
            subject = render_to_string("notifications/mail/webhook_off_subject.txt", context).strip()
            body = render_to_string("notifications/mail/webhook_off.txt", context)
        post(f"webhook-off:{row.uid}:{row.version}", Letter(row.owner.email, subject, body), now=now)
    return True


def _switch_off(row: Webhook, reason: str, *, now: datetime) -> None:
    """What happened until now stands listed as failed, also what was not read from the log yet."""
    while fan_out(row.pk, now=now):
        pass
    Webhook.objects.filter(pk=row.pk).update(active=False, off_reason=reason)
    row.deliveries.filter(state="pending").update(state="failed", claimed_until=None)


def _insist_active(webhook: Webhook) -> None:
    if not Webhook.objects.filter(pk=webhook.pk, active=True).exists():
        raise WebhookRefused.because("switched_off", _("The webhook is switched off. Switch it on first."))


def send_again(delivery: Delivery, *, now: datetime | None = None) -> Delivery:
    """Put a delivery at the beginning again, whatever became of it. Raises ``WebhookRefused`` while the webhook is off."""
    now = now or timezone.now()
    _insist_active(delivery.webhook)
    Delivery.objects.filter(pk=delivery.pk).update(state="pending", tried=0, claimed_until=None, next_attempt_at=now, delivered_at=None)
    deliver_soon()
    delivery.refresh_from_db()
    return delivery


def send_test(webhook: Webhook, *, now: datetime | None = None) -> Delivery:
    """Write a delivery that is about no event, so that somebody can see their receiver work."""
    now = now or timezone.now()
    _insist_active(webhook)
    if webhook.deliveries.filter(type=TEST, state="pending").count() >= MOST_TESTS:
        raise WebhookRefused.because("too_many", _("%(most)d tests wait to be sent already.") % {"most": MOST_TESTS})
    delivery = Delivery.objects.create(webhook=webhook, type=TEST, next_attempt_at=now, created_at=now)
    deliver_soon()
    return delivery

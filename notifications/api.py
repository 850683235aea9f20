"""Webhooks and their deliveries over the API: the owner's own, and nobody else's."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, ClassVar

from django.db import transaction
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers as s
from rest_framework.response import Response
from rest_framework.reverse import reverse

from accounts.idempotency import idempotent
from common.api.inputs import Address, Choice, Input, NothingInput, OneLine, YesNo
from common.api.problems import UnknownParameter
from common.api.schema import documented, documented_many, documented_one
from common.api.shapes import Shape, shape_fields
from common.api.views import Answer
from milestones.api.shapes import EVENT_TYPES
from milestones.event_words import EVENT_WORDS
from notifications.models import DELIVERY_STATES, ERRORS, OFF_REASONS, Attempt, Delivery, Webhook
from notifications.webhooks.registering import (
    TEST,
    WebhookValues,
    add_webhook,
    change_webhook,
    check_webhook,
    rotate_secret,
    send_again,
    send_test,
)
from record.api import AccountListView, AccountView
from record.api.writing import insist_on_version, validated

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from accounts.authentication import AccountRequest

STATES = [state for state, _label in DELIVERY_STATES]


class WebhookShape(Shape):
    id = s.UUIDField()
    name = s.CharField()
    address = s.URLField()
    events = s.ListField(child=s.ChoiceField(choices=EVENT_TYPES), help_text="Types of events; none is all.")
    active = s.BooleanField()
    off_reason = s.ChoiceField(choices=OFF_REASONS, allow_null=True)
    created_at = s.DateTimeField()
    last_success_at = s.DateTimeField(allow_null=True)
    failing_since = s.DateTimeField(allow_null=True)
    previous_secret_until = s.DateTimeField(allow_null=True, help_text="Until then each body is signed with the secret before, too.")
    position = s.IntegerField(help_text="Up to where of the record deliveries were written.")
    version = s.IntegerField()
    url = s.URLField()


class NewWebhookShape(WebhookShape):
    secret = s.CharField(allow_null=True, help_text="Shown this once: what each body is signed with.")


class WebhookInput(Input):
    name = OneLine(max_length=100)
    address = Address(max_length=2000)
    events = s.ListField(child=Choice(choices=EVENT_TYPES), max_length=len(EVENT_WORDS), required=False)
    active = YesNo(required=False)


class AttemptShape(Shape):
    at = s.DateTimeField()
    duration_ms = s.IntegerField()
    status = s.IntegerField(allow_null=True)
    error = s.ChoiceField(choices=ERRORS, allow_null=True)


class DeliveryShape(Shape):
    id = s.UUIDField()
    type = s.ChoiceField(choices=[*EVENT_TYPES, (TEST, "a test")])
    cursor = s.CharField(allow_null=True, help_text="Of the event in /changes/; a test has none.")
    state = s.ChoiceField(choices=DELIVERY_STATES)
    created_at = s.DateTimeField()
    delivered_at = s.DateTimeField(allow_null=True)
    next_attempt_at = s.DateTimeField(allow_null=True)
    attempts = AttemptShape(many=True)


def webhook_item(webhook: Webhook, base: str) -> dict[str, object]:
    return {
        "id": webhook.uid,
        "name": webhook.name,
        "address": webhook.address,
        "events": webhook.events,
        "active": webhook.active,
        "off_reason": webhook.off_reason or None,
        "created_at": webhook.created_at,
        "last_success_at": webhook.last_success_at,
        "failing_since": webhook.failing_since,
        "previous_secret_until": webhook.previous_until,
        "position": webhook.position,
        "version": webhook.version,
        "url": f"{base}{webhook.uid}/",
    }


def delivery_item(delivery: Delivery) -> dict[str, object]:
    """Expects the attempts prefetched."""
    return {
        "id": delivery.uid,
        "type": delivery.type,
        "cursor": str(delivery.position) if delivery.position else None,
        "state": delivery.state,
        "created_at": delivery.created_at,
        "delivered_at": delivery.delivered_at,
        "next_attempt_at": delivery.next_attempt_at if delivery.state == "pending" else None,
        "attempts": [
            {"at": attempt.at, "duration_ms": attempt.duration_ms, "status": attempt.status, "error": attempt.error or None}
            for attempt in delivery.attempts.all()
        ],
    }


class OwnWebhooks(AccountView):
    """Every token of the owner reads them; what sends events elsewhere, or shows a secret, has a scope. Somebody else's are not there."""

    scopes: ClassVar[dict[str, str]] = {"GET": "read"} | dict.fromkeys(("POST", "PATCH", "DELETE"), "webhooks")

    def find(self, request: AccountRequest, uid: UUID, *, held: bool = False) -> Webhook:
        webhooks = Webhook.objects.select_for_update() if held else Webhook.objects.all()
        return get_object_or_404(webhooks, owner=request.user, uid=uid)

    def insist_on_version(self, request: AccountRequest, webhook: Webhook) -> None:
        insist_on_version(request, webhook.version, webhook.edited_since)

    def answer(self, request: AccountRequest, webhook: Webhook, *, status: int = 200, secret: bool = False) -> Answer:
        self.look_again()
        item = webhook_item(webhook, reverse("api:webhooks", request=request))
        answer = Answer(item | ({"secret": webhook.secret} if secret else {}), status=status)
        answer.version, answer.secrets = webhook.version, ("secret",) if secret else ()
        if status == HTTPStatus.CREATED:
            answer.headers["Location"] = str(item["url"])
        return answer


@documented_many(WebhookShape, tag="webhooks", name="webhooks", takes=WebhookInput, one=NewWebhookShape)
class WebhookList(OwnWebhooks, AccountListView):
    """The reader's own webhooks."""

    default_ordering = ("-created_at", "-id")
    orderings: ClassVar[dict[str, str]] = {"created_at": "created_at", "name": "name"}
    field_names = shape_fields(WebhookShape)

    def get(self, request: AccountRequest) -> Response:
        base = reverse("api:webhooks", request=request)
        webhooks = self.filtered(Webhook.objects.filter(owner=request.user))
        return self.page_of(webhooks, lambda page: [webhook_item(webhook, base) for webhook in page])

    @idempotent
    def post(self, request: AccountRequest) -> Response:
        """Register an address. The secret, with which each body is signed, is in this answer and in no other."""
        sent = validated(WebhookInput, request)
        made = add_webhook(owner=request.user, name=sent["name"], address=sent["address"], events=sent.get("events"))
        if sent.get("active") is False:
            made = change_webhook(made, {"active": False})
        return self.answer(request, made, status=201, secret=True)


@documented_one(WebhookShape, tag="webhooks", name="webhooks", takes=WebhookInput)
class WebhookDetail(OwnWebhooks):
    """One webhook of one's own. Switched off it is told nothing; what happened meanwhile is read from ``/changes/``."""

    def get(self, request: AccountRequest, uid: UUID) -> Response:
        webhook = self.find(request, uid)
        return self.one(webhook_item(webhook, reverse("api:webhooks", request=request)), version=webhook.version)

    def patch(self, request: AccountRequest, uid: UUID) -> Response:
        webhook = self.find(request, uid)
        self.insist_on_version(request, webhook)
        values: WebhookValues = validated(WebhookInput, request, partial=True)
        check_webhook(values)
        return self.answer(request, change_webhook(webhook, values, check=lambda row: self.insist_on_version(request, row)))

    def delete(self, request: AccountRequest, uid: UUID) -> Response:
        """Remove it with its deliveries."""
        with transaction.atomic():
            webhook = self.find(request, uid, held=True)
            self.insist_on_version(request, webhook)
            webhook.delete()
        return Response(status=204)


@documented(
    get=None,
    tags=["webhooks"],
    post={"request": None, "responses": {200: NewWebhookShape}, "operation_id": "webhooks_rotate"},
)
class WebhookRotate(OwnWebhooks):
    """A new secret, in this answer and in no other; for a day each body is signed with the one before, too."""

    @idempotent
    def post(self, request: AccountRequest, uid: UUID) -> Response:
        validated(NothingInput, request)
        return self.answer(request, rotate_secret(self.find(request, uid)), secret=True)


@documented(
    get=None,
    tags=["webhooks"],
    post={"request": None, "responses": {202: DeliveryShape}, "operation_id": "webhooks_test"},
)
class WebhookTest(OwnWebhooks):
    """Have a test sent, which is about no event."""

    @idempotent
    def post(self, request: AccountRequest, uid: UUID) -> Response:
        validated(NothingInput, request)
        return Response(delivery_item(send_test(self.find(request, uid))), status=202)


def with_attempts(deliveries: QuerySet[Delivery]) -> QuerySet[Delivery]:
    return deliveries.prefetch_related(Prefetch("attempts", Attempt.objects.order_by("at", "id")))


@documented(
    responses=DeliveryShape(many=True),
    tags=["webhooks"],
    operation_id="webhooks_deliveries",
    parameters=[OpenApiParameter("state", str, enum=STATES, description="Only these.")],
)
class WebhookDeliveries(OwnWebhooks, AccountListView):
    """What was sent to a webhook or waits to be, the newest first, each with every attempt."""

    default_ordering = ("-created_at", "-id")
    orderings: ClassVar[dict[str, str]] = {"created_at": "created_at"}
    parameters = frozenset({"state"})
    field_names = shape_fields(DeliveryShape)

    def get(self, request: AccountRequest, uid: UUID) -> Response:
        deliveries = Delivery.objects.filter(webhook=self.find(request, uid))
        if (state := request.query_params.get("state")) is not None:
            if state not in STATES:
                raise UnknownParameter({"state": [_("Write one of: %(known)s.") % {"known": ", ".join(STATES)}]}, code="unknown_value")
            deliveries = deliveries.filter(state=state)
        return self.page_of(with_attempts(self.filtered(deliveries)), lambda page: list(map(delivery_item, page)))


@documented(
    get=None,
    tags=["webhooks"],
    post={"request": None, "responses": {202: DeliveryShape}, "operation_id": "webhooks_retry"},
)
class DeliveryRetry(OwnWebhooks):
    """Have a delivery sent again now, whatever became of it; its id stays the same."""

    @idempotent
    def post(self, request: AccountRequest, uid: UUID, delivery: UUID) -> Response:
        validated(NothingInput, request)
        row = get_object_or_404(Delivery, webhook=self.find(request, uid), uid=delivery)
        send_again(row)
        return Response(delivery_item(with_attempts(Delivery.objects.filter(pk=row.pk)).get()), status=202)

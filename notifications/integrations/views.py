"""Pages of what people connect. Anybody who signs in has them; each sees their own alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.models import Token
from accounts.roles import Role
from accounts.sign_ins import is_verified
from accounts.tokens import make_token, revoke_token
from common.refusals import Refused
from milestones.event_words import EVENT_WORDS
from notifications.integrations.forms import TokenForm, WebhookForm
from notifications.models import Attempt, Delivery, Webhook
from notifications.webhooks.registering import (
    WebhookValues,
    add_webhook,
    change_webhook,
    check_webhook,
    rotate_secret,
    send_again,
    send_test,
)
from record.desk import desk_page, done, tell, uuid_or_404

if TYPE_CHECKING:
    from uuid import UUID

    from django import forms
    from django.http import HttpResponse

    from record.desk import DeskRequest

LISTED = 25


def say(form: forms.Form, refused: Refused) -> None:
    """What a service refuses stands beside the field, with everything that was typed kept."""
    for problem in refused.problems:
        form.add_error(problem.pointer if problem.pointer in form.fields else None, problem.text)


@desk_page("GET", "POST", role=Role.STAKEHOLDER)
def index(request: DeskRequest) -> HttpResponse:
    """Tokens and webhooks; a new token is shown by the answer to the form that made it, and never again."""
    if request.POST.get("action") == "revoke":
        return _revoke(request)
    form = TokenForm(request.POST if request.method == "POST" else None, user=request.user)
    made = text = None
    status = 200
    if form.is_bound:
        made, text = _make(request, form)
        status = 200 if made else 400
        form = TokenForm(user=request.user) if made else form
    context = {
        "form": form,
        "made": made,
        "text": text,
        "tokens": Token.objects.filter(user=request.user).order_by("revoked_at", "-created_at", "-pk")[:100],
        "webhooks": Webhook.objects.filter(owner=request.user),
    }
    return render(request, "integrations/index.html", context, status=status)


def _make(request: DeskRequest, form: TokenForm) -> tuple[Token | None, str]:
    if not form.is_valid():
        return None, ""
    try:
        return make_token(user=request.user, verified=is_verified(request), **form.cleaned_data)
    except Refused as refused:
        say(form, refused)
        return None, ""


def _revoke(request: DeskRequest) -> HttpResponse:
    token = Token.objects.filter(user=request.user, uid=uuid_or_404(request.POST.get("token", ""))).first()
    if token is None:
        raise Http404
    if revoke_token(token):
        done(request, _("The token “%(name)s” is revoked.") % {"name": token.name})
    return redirect("integrations:index")


@desk_page("GET", "POST", role=Role.STAKEHOLDER)
def add(request: DeskRequest) -> HttpResponse:
    form = WebhookForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            made = add_webhook(owner=request.user, **form.cleaned_data)
        except Refused as refused:
            say(form, refused)
        else:
            return _show(request, made, secret=made.secret)
    return render(request, "integrations/webhook_add.html", {"form": form}, status=400 if form.is_bound else 200)


def own_or_404(request: DeskRequest, uid: UUID) -> Webhook:
    webhook = Webhook.objects.filter(owner=request.user, uid=uid).first()
    if webhook is None:
        raise Http404
    return webhook


@desk_page("GET", "POST", role=Role.STAKEHOLDER)
def webhook(request: DeskRequest, uid: UUID) -> HttpResponse:
    own = own_or_404(request, uid)
    if request.method != "POST":
        return _show(request, own)
    action = request.POST.get("action", "")
    if action == "change":
        return _change(request, own)
    try:
        return _act(request, own, action)
    except Refused as refused:
        tell(request, refused)
        return redirect("integrations:webhook", own.uid)


def _change(request: DeskRequest, webhook: Webhook) -> HttpResponse:
    form = WebhookForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        values = WebhookValues(name=said["name"], address=said["address"], events=said["events"])
        try:
            check_webhook(values)
            change_webhook(webhook, values)
        except Refused as refused:
            say(form, refused)
        else:
            done(request, _("Saved."))
            return redirect("integrations:webhook", webhook.uid)
    return _show(request, webhook, form=form)


def _act(request: DeskRequest, webhook: Webhook, action: str) -> HttpResponse:
    match action:
        case "rotate":
            return _show(request, webhook, secret=rotate_secret(webhook).secret)
        case "on" | "off":
            change_webhook(webhook, {"active": action == "on"})
            done(request, _("The webhook is switched on.") if action == "on" else _("The webhook is switched off."))
        case "test":
            send_test(webhook)
            done(request, _("A test is on its way. Look at this page again in a moment."))
        case "again":
            send_again(_delivery_or_404(request, webhook))
            done(request, _("It is sent again. Look at this page again in a moment."))
        case "remove":
            webhook.delete()
            done(request, _("The webhook is removed."))
            return redirect("integrations:index")
        case _:
            raise Refused.because("action", _("This page does not know that action."))
    return redirect("integrations:webhook", webhook.uid)


def _delivery_or_404(request: DeskRequest, webhook: Webhook) -> Delivery:
    delivery = webhook.deliveries.select_related("webhook").filter(uid=uuid_or_404(request.POST.get("delivery", ""))).first()
    if delivery is None:
        raise Http404
    return delivery


def _show(request: DeskRequest, webhook: Webhook, *, form: WebhookForm | None = None, secret: str = "") -> HttpResponse:
    """``secret`` is shown by the answer to the form that made it, and never again."""
    webhook.refresh_from_db()
    deliveries = webhook.deliveries.prefetch_related(Prefetch("attempts", Attempt.objects.order_by("at", "id")))
    page = Paginator(deliveries.order_by("-created_at", "-id"), LISTED).get_page(request.GET.get("page"))
    initial: dict[str, object] = {"name": webhook.name, "address": webhook.address, "events": webhook.events}
    context = {
        "webhook": webhook,
        "form": form or WebhookForm(initial=initial),
        "secret": secret,
        "page": page,
        "words": EVENT_WORDS,
    }
    return render(request, "integrations/webhook.html", context, status=400 if form else 200)

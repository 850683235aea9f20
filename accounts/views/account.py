"""One's own account: second factors, sessions, and the password."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import factors, sign_ins
from accounts.factors import FactorRefused
from accounts.forms import PasswordChangeForm, PasswordResetForm
from accounts.signing_in import recognise
from accounts.views.door import fresh
from common.limits import within_limit

if TYPE_CHECKING:
    from django.contrib.auth.forms import PasswordChangeForm as DjangoPasswordChangeForm
    from django.contrib.auth.forms import PasswordResetForm as DjangoPasswordResetForm
    from django.contrib.auth.forms import SetPasswordForm
    from django.http import HttpRequest, HttpResponse

    from accounts.models import User


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
def account(request: Any) -> HttpResponse:
    if request.method == "POST":
        return act(request)
    user, now = request.user, timezone.now()
    before = request.session.get(sign_ins.BEFORE)
    context = {
        "factors": user.factors.order_by("created_at"),
        "codes_left": user.recovery_codes.count(),
        "required": factors.is_required(user),
        "sessions": sign_ins.listed(user, now),
        "this": request.sign_in,
        "before": datetime.fromisoformat(before) if before else None,
        "sso": settings.OIDC_NAME if user.identities.filter(issuer=settings.OIDC_ISSUER).exists() else "",
        "has_password": user.has_usable_password(),
    }
    return render(request, "accounts/account.html", context)


def act(request: Any) -> HttpResponse:
    """Ending sessions takes nothing but a session; the rest, a fresh one."""
    user, action = request.user, request.POST.get("action", "")
    if action == "end":
        if not sign_ins.end(user, uuid_or_404(request.POST.get("session", ""))):
            raise Http404
        messages.success(request, _("The session is ended."))
    elif action == "end_others":
        sign_ins.end_all(user, but=request.sign_in)
        messages.success(request, _("All other sessions are ended."))
    else:
        return guarded(request, user, action)
    return redirect("accounts:account")


@fresh
def guarded(request: HttpRequest, user: User, action: str) -> HttpResponse:
    if action == "codes" and user.factors.exists():
        return render(request, "accounts/recovery_codes.html", {"codes": factors.new_codes(user), "to": reverse_lazy("accounts:account")})
    factor = user.factors.filter(uid=uuid_or_404(request.POST.get("factor", ""))).first()
    if action != "remove" or factor is None:
        raise Http404
    try:
        factors.remove(user, factor, now=timezone.now())
    except FactorRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("“%(name)s” is removed.") % {"name": factor.name})
    return redirect("accounts:account")


def uuid_or_404(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404 from error


class PasswordResetView(views.PasswordResetView):
    template_name = "accounts/password_reset.html"
    form_class = PasswordResetForm
    success_url = reverse_lazy("accounts:password_reset_done")

    def form_valid(self, form: DjangoPasswordResetForm) -> HttpResponse:
        if within_limit(self.request, "password-reset"):
            return super().form_valid(form)
        form.add_error(None, _("Too many requests came from your address. Please try again later; nothing was lost."))
        answer = self.form_invalid(form)
        answer.status_code = 429
        return answer


class PasswordChangeView(views.PasswordChangeView):
    """All other sessions end; this one holds."""

    form_class = PasswordChangeForm
    template_name = "accounts/password_change.html"
    success_url = reverse_lazy("accounts:password_set_done")

    def form_valid(self, form: DjangoPasswordChangeForm) -> HttpResponse:
        answer = super().form_valid(form)
        request: Any = self.request
        sign_ins.end_all(request.user, but=request.sign_in)
        return answer


class PasswordResetConfirmView(views.PasswordResetConfirmView):
    """Sets a password and signs nobody in: at the next sign-in the second factor is asked as ever. All sessions end.

    Who has the mailbox is no stranger: the browser is let in with the new password, however many others try.
    """

    template_name = "accounts/password_set.html"
    success_url = reverse_lazy("accounts:password_set_done")

    def form_valid(self, form: SetPasswordForm[User]) -> HttpResponse:
        sign_ins.end_all(form.user)
        recognise(self.request, form.user)
        return super().form_valid(form)

"""Signing in: password, second factor, and setting one up; and the admin's way to the same door."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

import segno
from django.conf import settings
from django.contrib.auth import views
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import factors, totp
from accounts.agents import described
from accounts.forms import AppForm, CodeForm, PasskeyForm
from accounts.sign_ins import admit, enter, entering, home_of, is_fresh, verify
from common.late import Late

if TYPE_CHECKING:
    from collections.abc import Callable

    from django import forms
    from django.contrib.auth.forms import AuthenticationForm
    from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

    from accounts import passkeys
    from accounts.models import User
    from accounts.sign_ins import Entering
    from common.refusals import Refused
else:
    passkeys = Late("accounts.passkeys")

APP_SECRET = "app_secret"  # noqa: S105 - where the session keeps it
PASSKEY_STATE = "passkey_state"


class LoginView(views.LoginView):
    """Whoever is signed in is sent on, unless they are asked to show ``again`` that it is them."""

    template_name = "accounts/login.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.redirect_authenticated_user = "again" not in request.GET
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        sso = settings.OIDC_NAME if settings.OIDC_ISSUER else ""
        again = "again" in self.request.GET
        asked = urlencode({"next": self.get_redirect_url()} | ({"again": 1} if again else {}))
        return super().get_context_data(**kwargs) | {"sso": sso, "again": again, "asked": asked}

    def get_default_redirect_url(self) -> str:
        return home_of(cast("User", self.request.user))

    def form_valid(self, form: AuthenticationForm) -> HttpResponseRedirect:
        user = form.get_user()
        return cast("HttpResponseRedirect", admit(self.request, user, to=self.get_redirect_url() or home_of(user)))


def admin_login(request: HttpRequest) -> HttpResponse:
    """The admin has no door of its own. Who is signed in and sent here lacks the right."""
    if request.user.is_authenticated:
        raise PermissionDenied
    return redirect_to_login(request.GET.get("next") or reverse("admin:index"))


def fresh(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For what guards the account: whoever signed in longer ago shows again that it is them."""

    @wraps(view)
    def page(request: Any, *args: object, **kwargs: object) -> HttpResponse:
        if request.user.is_authenticated and not is_fresh(request):
            return redirect(f"{reverse('accounts:login')}?again=1&next={reverse('accounts:account')}")
        return view(request, *args, **kwargs)

    return page


def say(form: forms.Form, refused: Refused) -> None:
    for problem in refused.problems:
        form.add_error(problem.pointer if problem.pointer in form.fields else None, problem.text)


@never_cache
@require_http_methods(["GET", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """The code of an app, a recovery code, or a passkey, from whoever has shown the first factor."""
    who = entering(request)
    if who is None:
        return redirect("accounts:login")
    own = list(who.user.factors.filter(kind="passkey"))
    answer = request.POST.get("passkey", "")
    form = CodeForm(request.POST if request.method == "POST" and not answer else None)
    passkey = PasskeyForm(request.POST if answer else None, named=False)
    if request.method == "POST" and _proved(request, who, form, passkey):
        return enter(request, who.user, to=who.to, verified=True)
    options, request.session[PASSKEY_STATE] = passkeys.ask_to_prove(own) if own else ("", None)
    context = {"form": form, "passkey": passkey, "options": options, "has_app": who.user.factors.filter(kind="app").exists()}
    return render(request, "accounts/second_factor.html", context, status=400 if request.method == "POST" else 200)


def _proved(request: HttpRequest, who: Entering, form: CodeForm, passkey: PasskeyForm) -> bool:
    bound: forms.Form = passkey if passkey.is_bound else form
    state = request.session.pop(PASSKEY_STATE, None)
    if not bound.is_valid():
        return False
    try:
        if bound is form:
            factors.prove_code(who.user, form.cleaned_data["code"], now=timezone.now())
        else:
            factors.prove_passkey(who.user, state=state, answer=passkey.cleaned_data["passkey"], now=timezone.now())
    except factors.FactorRefused as refused:
        say(bound, refused)
        return False
    return True


@never_cache
@require_http_methods(["GET", "POST"])
@fresh
def set_up(request: HttpRequest) -> HttpResponse:
    """An app or a passkey for one's own account; and for whoever enters, owes a second factor and has none yet, before all else."""
    who = None if request.user.is_authenticated else entering(request)
    if who and who.user.factors.exists():
        return redirect("accounts:second_factor")
    if who is None and not request.user.is_authenticated:
        return redirect_to_login(reverse("accounts:set_up"))
    user = who.user if who else cast("User", request.user)
    action = request.POST.get("action", "")
    app = AppForm(request.POST if action == "app" else None, initial={"name": _("App")}, prefix="app")
    name = described(request.headers.get("User-Agent", ""))
    passkey = PasskeyForm(request.POST if action == "passkey" else None, initial={"name": name}, prefix="key")
    codes = _added(request, user, app, passkey)
    if codes is not None:
        return _come_in(request, who, codes)
    secret = bytes.fromhex(request.session.setdefault(APP_SECRET, totp.new_secret().hex()))
    uri = totp.uri(secret, account=user.username, issuer="Roadmap")
    options, request.session[PASSKEY_STATE] = passkeys.ask_to_make(user, user.factors.filter(kind="passkey"))
    context = {
        "app": app,
        "passkey": passkey,
        "options": options,
        "secret": totp.written(secret),
        "dots": segno.make(uri, error="m").svg_data_uri(scale=5, border=3, light="#fff", xmldecl=False),
        "must": who is not None,
    }
    return render(request, "accounts/set_up.html", context, status=400 if action else 200)


def _added(request: HttpRequest, user: User, app: AppForm, passkey: PasskeyForm) -> list[str] | None:
    """The new recovery codes, if any, where a factor was added; ``None`` where none was."""
    bound: forms.Form = app if app.is_bound else passkey
    if not bound.is_valid():
        return None
    said, now = bound.cleaned_data, timezone.now()
    state = request.session.pop(PASSKEY_STATE, None)
    try:
        if bound is app:
            secret = bytes.fromhex(request.session.get(APP_SECRET, ""))
            added = factors.add_app(user, name=said["name"], secret=secret, code=said["code"], now=now)
        else:
            added = factors.add_passkey(user, name=said["name"], state=state, answer=said["passkey"], now=now)
    except factors.FactorRefused as refused:
        say(bound, refused)
        return None
    request.session.pop(APP_SECRET, None)
    return added


def _come_in(request: HttpRequest, who: Entering | None, codes: list[str]) -> HttpResponse:
    """Whoever entered is in now; the recovery codes are in this answer and nowhere else."""
    entered = enter(request, who.user, to=who.to, verified=True) if who else None
    if entered is None:
        verify(request)
    if not codes:
        return entered or redirect("accounts:account")
    to = who.to if who else reverse("accounts:account")
    page = render(request, "accounts/recovery_codes.html", {"codes": codes, "to": to})
    if entered:
        page.cookies.update(entered.cookies)
    return page

"""There and back: single sign-on at the provider that the operator has chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.sign_ins import admit, home_of
from common.late import Late
from common.passing import TryLater

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from accounts import sso
else:
    sso = Late("accounts.sso")  # Authlib: only who has a provider needs it

TO = "sso_to"


@never_cache
@require_GET
def go(request: HttpRequest) -> HttpResponse:
    if not settings.OIDC_ISSUER:
        raise Http404
    asked = request.GET.get("next", "")
    own = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    request.session[TO] = asked if own else ""
    try:
        return sso.ask(request, again="again" in request.GET)
    except sso.SsoFailed as error:
        raise TryLater from error


@never_cache
@require_GET
def back(request: HttpRequest) -> HttpResponse:
    if not settings.OIDC_ISSUER:
        raise Http404
    try:
        claims = sso.claims_of(request)
        user = sso.account_of(claims, now=timezone.now())
    except sso.SsoFailed:
        return render(request, "accounts/sso_refused.html", {"failed": True}, status=400)
    except sso.NoAccount:
        return render(request, "accounts/sso_refused.html", status=403)
    to = request.session.pop(TO, "") or home_of(user)
    return admit(request, user, to=to, verified=sso.has_second_factor(claims), shown_at=sso.shown_at(claims))

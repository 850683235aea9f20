"""Who may try a password: asked by django-axes for every way of signing in, before anything is hashed.

Strangers are counted by neighbourhood, by name and neighbourhood, and by name. So that none of these keeps out whom the name belongs
to, a browser in which they signed in before, or set a password by mail, is no stranger: it has a cookie that says so and is counted for
itself.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_client_username
from django.conf import settings
from django.core import signing

from accounts.models import User
from common.limits import region, within, within_limit

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

logger = logging.getLogger(__name__)

COOKIE = "known"
KNOWN_FOR = 180 * 24 * 3600
"""Seconds since the last time that somebody signed in."""
SPAN = 15 * 60
EVERYWHERE = 10
"""How many times ``LOGIN_FAILURE_LIMIT`` strangers from everywhere together may try one name in an hour."""


class Handler(AxesDatabaseHandler):
    def is_allowed(self, request: HttpRequest, credentials: dict[str, str] | None = None) -> bool:
        name, most = get_client_username(request, credentials) or "", settings.AXES_FAILURE_LIMIT
        request.known = _is_known(request, name) and within(f"sign-in:browser:{request.COOKIES[COOKIE]}", most, SPAN)  # type: ignore[attr-defined]
        if request.known:  # type: ignore[attr-defined]
            return True
        return (
            within_limit(request, "sign-in", settings.SIGN_IN_RATE)
            and super().is_allowed(request, credentials)
            and within(f"sign-in:name:{name}", most * EVERYWHERE, 3600)
        )

    def get_failures(self, request: HttpRequest, credentials: dict[str, str] | None = None) -> int:
        return 0 if getattr(request, "known", False) else int(super().get_failures(request, credentials))

    def user_logged_in(self, sender: object, request: HttpRequest, user: User, **more: object) -> None:
        super().user_logged_in(sender, request, user, **more)
        logger.info("account %d signed in from %s", user.pk, region(request))
        recognise(request, user)


def recognise(request: HttpRequest, user: User) -> None:
    """Let the answer to this request tell the browser that it is known for this account."""
    request.recognised = user  # type: ignore[attr-defined]


def _is_known(request: HttpRequest, name: str) -> bool:
    try:
        pk = signing.loads(request.COOKIES.get(COOKIE, ""), salt=COOKIE, max_age=KNOWN_FOR)
    except signing.BadSignature:
        return False
    return User.objects.filter(pk=pk, username=name).exists()


class KnownBrowserMiddleware:
    """Sets the cookie once somebody has signed in, or has set a password by the link of a mail."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        user = getattr(request, "recognised", None)
        if user is not None:
            value = signing.dumps(user.pk, salt=COOKIE)
            response.set_cookie(COOKIE, value, max_age=KNOWN_FOR, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax")
        return response

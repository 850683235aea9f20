"""Whose session it is, if it still holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.contrib.auth import get_user
from django.contrib.auth.middleware import AuthenticationMiddleware as DjangoAuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from accounts.sign_ins import holding

if TYPE_CHECKING:
    from django.http import HttpRequest

    from accounts.models import User


class AuthenticationMiddleware(DjangoAuthenticationMiddleware):
    """Django's, but a session that its owner ended, or that lacks the second factor which is asked by now, is nobody's."""

    def process_request(self, request: HttpRequest) -> None:
        request.user = cast("User", SimpleLazyObject(lambda: signed_in(request)))


def signed_in(request: HttpRequest) -> User | AnonymousUser:
    user = get_user(request)
    if isinstance(user, AnonymousUser):
        return user
    sign_in = holding(user, request.session, now=timezone.now())
    if sign_in is None:
        request.session.flush()
        return AnonymousUser()
    request.sign_in = sign_in  # type: ignore[attr-defined]
    return user

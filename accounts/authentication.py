"""Who asks the API: by a token (``Authorization: Bearer rmt_…``) or by the browser's session. 401 says how."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from typing_extensions import override

from accounts.factors import is_required
from accounts.models import Factor, Token
from common.limits import region

if TYPE_CHECKING:
    from accounts.models import User

REALM = 'Bearer realm="api"'
USE_NOTED_EVERY = timedelta(minutes=5)


class AccountRequest(Request):
    """What a view is asked with that nobody reaches without an account."""

    user: User
    auth: Token | None


class Bearer(BaseAuthentication):
    """A token that is unknown, revoked or expired is refused, not ignored: the program should hear of it."""

    def authenticate(self, request: Request) -> tuple[User, Token] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != b"bearer":
            return None
        text = words[1].decode("latin-1") if len(words) == len(("scheme", "token")) else ""
        now = timezone.now()
        alive = Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=now))
        tokens = Token.objects.select_related("user").annotate(asks_factor=Exists(Factor.objects.filter(user=OuterRef("user"))))
        token = tokens.filter(alive, digest=Token.digest_of(text), user__is_active=True).first()
        if token is None or not (token.verified or not (token.asks_factor or is_required(token.user))):
            raise AuthenticationFailed(_("The token is unknown, revoked or expired."))
        place = region(request)
        if token.last_used_at is None or now - token.last_used_at > USE_NOTED_EVERY or place != token.last_used_from:
            Token.objects.filter(pk=token.pk).update(last_used_at=now, last_used_from=place)
        return token.user, token

    @override
    def authenticate_header(self, request: Request) -> str:
        return REALM


class Session(SessionAuthentication):
    """The browser's session, with CSRF; unlike DRF's it answers 401 where nobody is signed in."""

    @override
    def authenticate_header(self, request: Request) -> str:
        return REALM

"""How many requests a minute: for each neighbourhood without an account, each token, and each account signed in by session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.throttling import AnonRateThrottle, UserRateThrottle
from typing_extensions import override

from accounts.models import Token
from common.limits import neighbourhoods, within_all

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView


class NeighbourhoodRateThrottle(AnonRateThrottle):
    """Who has no account is counted by neighbourhood, as forms and signing in are."""

    @override
    def get_ident(self, request: Request) -> str:
        return neighbourhoods(request)[0].first

    @override
    def allow_request(self, request: Request, view: APIView) -> bool:
        if not super().allow_request(request, view):
            return False
        return self.rate is None or request.user.is_authenticated or within_all(neighbourhoods(request)[1:], "api", self.rate)


class TokenRateThrottle(UserRateThrottle):
    """Two programs of one person do not take each other's requests away. Who has no account is counted by neighbourhood elsewhere."""

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        if not request.user.is_authenticated:
            return None
        if isinstance(request.auth, Token):
            return self.cache_format % {"scope": self.scope, "ident": f"token-{request.auth.pk}"}
        return super().get_cache_key(request, view)

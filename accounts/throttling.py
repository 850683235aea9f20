"""How many requests a minute: for each address without an account, each token, and each account signed in by session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.throttling import UserRateThrottle

from accounts.models import Token

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView


class TokenRateThrottle(UserRateThrottle):
    """Two programs of one person do not take each other's requests away. Who has no account is counted by address elsewhere."""

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        if not request.user.is_authenticated:
            return None
        if isinstance(request.auth, Token):
            return self.cache_format % {"scope": self.scope, "ident": f"token-{request.auth.pk}"}
        return super().get_cache_key(request, view)

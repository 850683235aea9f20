"""Who may do what, whichever app it is about: asked by services, and for the scopes of tokens by the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.utils.translation import gettext as _
from rest_framework.permissions import SAFE_METHODS, BasePermission

from accounts.models import Token
from accounts.roles import Role
from common.refusals import NotAllowed, Problem

if TYPE_CHECKING:
    from django.http import HttpRequest
    from rest_framework.request import Request
    from rest_framework.views import APIView

    from accounts.models import User


def user_of(request: HttpRequest | Request) -> User:
    """Who asks, where only somebody who has signed in gets to."""
    return cast("User", request.user)


def insist(allowed: bool, code: str = "not_allowed", text: str = "") -> None:  # noqa: FBT001 - the question itself
    """Raise ``NotAllowed`` unless it is allowed."""
    if not allowed:
        raise NotAllowed(Problem("", code, text or _("Your account may not do this.")))


def insist_on_editor(user: User) -> None:
    insist(user.may(Role.EDITOR), text=_("Only an editor may do this."))


def insist_on_scope(request: Request, scope: str) -> None:
    """Raise ``NotAllowed`` when the token of a request, if it has one, lacks this scope."""
    allowed = not isinstance(request.auth, Token) or request.auth.allows(scope)
    insist(allowed, "scope_missing", _("This token lacks the scope “%(scope)s”.") % {"scope": scope})


class Scoped(BasePermission):
    """Reading is for everybody. What the view's ``scopes`` names a scope for needs an account, and of a token that scope.

    Whether the account's own role allows it is asked by the service that does it.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        method = "GET" if request.method == "HEAD" else request.method
        needed = getattr(view, "scopes", {}).get(method)
        if needed is None:  # a method that writes and names no scope is closed; one that the view does not have is told so
            return method in SAFE_METHODS or not hasattr(view, str(method).lower())
        if not request.user.is_authenticated:
            return False
        if isinstance(request.auth, Token) and not request.auth.allows(needed):
            self.message = _("This token lacks the scope “%(scope)s”.") % {"scope": needed}
            return False
        return True

"""API tokens: made, shown once, revoked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import SCOPE_CHOICES, Token, User
from accounts.roles import Role
from common.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

MOST = 50
"""Tokens of one account that are alive at the same time."""
MOST_DAYS = 3650
LEAST_ROLE = {
    "read": Role.STAKEHOLDER,
    "assess": Role.ANALYST,
    "review": Role.EDITOR,
    "plan": Role.ANALYST,
    "webhooks": Role.STAKEHOLDER,
    "admin": Role.ADMINISTRATOR,
}
"""Who can have a token with that scope. An analyst's ``plan`` moves the dates of the milestones that are theirs."""


class TokenRefused(Refused):
    """No such token can be made; the problems say why."""


def scopes_for(user: User) -> list[str]:
    """The scopes that this account's tokens may have."""
    return [scope for scope, _label in SCOPE_CHOICES if user.may(LEAST_ROLE[scope])]


def make_token(
    *,
    user: User,
    name: str,
    scopes: Sequence[str],
    days: int | None = None,
    by: Token | None = None,
    verified: bool = False,
    now: datetime | None = None,
) -> tuple[Token, str]:
    """Make a token and give it with its text, which nobody can read again. Raises ``TokenRefused``.

    ``days`` from now it ends, without them never. ``by`` is the token that asks for it, which can do all; what it makes ends with it.
    ``verified`` says that a second factor was shown: without, the token holds only as long as none is asked of the account.
    """
    now = now or timezone.now()
    if not name.strip():
        raise TokenRefused.because("name_missing", _("Give the token a name."), "name")
    beyond = sorted(set(scopes) - set(scopes_for(user)))
    if not scopes or beyond:
        text = _("Your account may not give the scope “%(scope)s”.") % {"scope": beyond[0]} if beyond else _("Choose at least one scope.")
        raise TokenRefused.because("scope_beyond_role" if beyond else "scope_missing", text, "scopes")
    if days is not None and not 1 <= days <= MOST_DAYS:
        raise TokenRefused.because("out_of_range", _("Write a whole number from 1 to %(most)d.") % {"most": MOST_DAYS}, "days")
    ends = now + timedelta(days=days) if days else None
    if by and by.expires_at and (ends is None or ends > by.expires_at):
        ends = by.expires_at
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)  # one by one, so that the limit holds
        if alive(user, now).count() >= MOST:
            raise TokenRefused.because("too_many", _("An account has at most %(most)d tokens; revoke one first.") % {"most": MOST})
        text = Token.new_text()
        ordered = [scope for scope, _label in SCOPE_CHOICES if scope in scopes]
        token = Token.objects.create(
            user=user,
            name=name.strip(),
            scopes=ordered,
            digest=Token.digest_of(text),
            created_at=now,
            expires_at=ends,
            verified=by.verified if by else verified,
        )
    return token, text


def alive(user: User, now: datetime) -> QuerySet[Token]:
    """The tokens of an account that still sign in."""
    return Token.objects.filter(Q(expires_at=None) | Q(expires_at__gt=now), user=user, revoked_at=None)


def revoke_token(token: Token, *, now: datetime | None = None) -> bool:
    """End a token at once. Whether it was alive; it stays listed."""
    return bool(Token.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now or timezone.now()))

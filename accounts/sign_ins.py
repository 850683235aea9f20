"""The one door: who has shown enough to come in, the sessions that they have, and the browsers that they are known in.

Somebody who has shown a password and owes a second factor is not signed in. They are *entering*: the session names them for ten
minutes, and nothing but the pages of the second factor looks at that.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import auth
from django.db import transaction
from django.db.models import Exists
from django.shortcuts import redirect, resolve_url
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.agents import described
from accounts.factors import is_needed, is_required
from accounts.models import Device, Factor, SignIn, User
from accounts.notices import Notice, tell
from accounts.roles import Role
from common.limits import client_ip

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

ENTERING = "entering"
SIGN_IN = "sign_in"
BEFORE = "signed_in_before"
SHOWN = "shown_at"
"""When whoever has this session last showed that it is them: not every single sign-on does."""
PATIENCE = timedelta(minutes=10)
FRESH = timedelta(minutes=15)
"""For so long after signing in, what guards the account may be changed."""
SEEN_NOTED_EVERY = timedelta(minutes=5)
DEVICE_COOKIE = "device"
DEVICE_KEPT = timedelta(days=400)
BACKEND = "django.contrib.auth.backends.ModelBackend"


def home_of(user: User) -> str:
    """Where somebody is after signing in who was on the way to nowhere else: whoever has a desk works there."""
    return resolve_url(settings.DESK_URL if user.may(Role.ANALYST) else settings.LOGIN_REDIRECT_URL)


@dataclass(frozen=True)
class Entering:
    user: User
    to: str


def admit(request: HttpRequest, user: User, *, to: str, verified: bool = False, shown_at: datetime | None = None) -> HttpResponse:
    """Let somebody in whose password or single sign-on was right: at once, or by way of the second factor that they owe.

    ``shown_at`` is when they proved it; without it just now.
    """
    if verified or not is_needed(user):
        return enter(request, user, to=to, verified=verified, shown_at=shown_at)
    request.session.cycle_key()
    until = (timezone.now() + PATIENCE).timestamp()
    request.session[ENTERING] = {"user": user.pk, "hash": user.get_session_auth_hash(), "to": to, "until": until}
    return redirect("accounts:second_factor" if user.factors.exists() else "accounts:set_up")


def entering(request: HttpRequest) -> Entering | None:
    """Who has shown the first factor in this session and owes the second; nobody once the password is another."""
    said = request.session.get(ENTERING)
    if not said or said["until"] < timezone.now().timestamp():
        return None
    user = User.objects.filter(pk=said["user"], is_active=True).first()
    if user is None or not constant_time_compare(said["hash"], user.get_session_auth_hash()):
        return None
    return Entering(user, said["to"])


@transaction.atomic
def enter(request: HttpRequest, user: User, *, to: str, verified: bool, shown_at: datetime | None = None) -> HttpResponse:
    """Begin the session, and write to the owner if this browser is new."""
    now = timezone.now()
    before = user.last_login
    auth.login(request, user, backend=BACKEND)
    request.session.pop(ENTERING, None)
    request.session[BEFORE] = before.isoformat() if before else ""
    if shown_at:
        request.session[SHOWN] = shown_at.timestamp()
    if verified:
        verify(request)
    cookie = _know(request, user, now)
    response = redirect(to)
    response.set_cookie(DEVICE_COOKIE, cookie, max_age=DEVICE_KEPT, path="/accounts/", secure=settings.HTTPS, httponly=True, samesite="Lax")
    return response


def _know(request: HttpRequest, user: User, now: datetime) -> str:
    """The browser's cookie. The row is written once, and with it the mail."""
    cookie = request.COOKIES.get(DEVICE_COOKIE, "")[:100] or secrets.token_urlsafe(32)
    digest = hashlib.sha256(cookie.encode()).hexdigest()
    if not Device.objects.filter(user=user, digest=digest).update(seen_at=now):
        Device.objects.create(user=user, digest=digest, seen_at=now)
        tell(user, Notice.NEW_DEVICE, now=now, agent=_agent(request), ip=_ip(request))
    return cookie


def _agent(request: HttpRequest) -> str:
    return described(request.headers.get("User-Agent", ""))


def _ip(request: HttpRequest) -> str:
    return client_ip(request)[:45]


def begin(request: HttpRequest, user: User, **_signal: object) -> None:
    """Write down a session that begins: by Django's signal, so that none begins unseen, whoever calls ``login``."""
    end(user, request.session.get(SIGN_IN))
    now = timezone.now()
    row = SignIn.objects.create(user=user, agent=_agent(request), ip=_ip(request), began_at=now, seen_at=now)
    request.session[SIGN_IN], request.session[SHOWN] = str(row.uid), now.timestamp()


def is_fresh(request: HttpRequest) -> bool:
    """Whether whoever asks has shown lately that it is them."""
    return timezone.now().timestamp() - float(request.session.get(SHOWN, 0)) <= FRESH.total_seconds()


def over(request: HttpRequest, user: User | None, **_signal: object) -> None:
    if user:
        end(user, request.session.get(SIGN_IN))


def verify(request: HttpRequest) -> None:
    """This session has shown a second factor."""
    SignIn.objects.filter(uid=request.session[SIGN_IN]).update(verified=True)


def is_verified(request: object) -> bool:
    """Whether whoever asks by a session has shown a second factor in it."""
    sign_in = getattr(request, "sign_in", None)
    return bool(sign_in and sign_in.verified)


def holding(user: User, session: Any, *, now: datetime) -> SignIn | None:
    """The sign-in of a session if it still holds: it was not ended, and has shown what is asked of this account by now."""
    uid = session.get(SIGN_IN)
    if not uid:
        return None
    has_factor = Exists(Factor.objects.filter(user=user))
    row = SignIn.objects.filter(uid=uid, user=user).annotate(has_factor=has_factor).first()
    if row is None or not (row.verified or not (row.has_factor or is_required(user))):
        return None
    if now - row.seen_at > SEEN_NOTED_EVERY:
        SignIn.objects.filter(pk=row.pk).update(seen_at=now)
    return row


def listed(user: User, now: datetime) -> list[SignIn]:
    """The sessions that may still be alive, the one seen last first."""
    return list(user.sign_ins.filter(seen_at__gt=_oldest(now)).order_by("-seen_at", "-pk"))


def end(user: User, uid: str | UUID | None) -> bool:
    """End one session of somebody, at its next request."""
    return bool(uid and user.sign_ins.filter(uid=uid).delete()[0])


def end_all(user: User, *, but: SignIn | None = None) -> int:
    rows = user.sign_ins.exclude(pk=but.pk) if but else user.sign_ins.all()
    return rows.delete()[0]


def forget(now: datetime) -> None:
    """Delete the rows of sessions that have run out, and browsers that have not been seen for long."""
    SignIn.objects.filter(seen_at__lte=_oldest(now)).delete()
    Device.objects.filter(seen_at__lte=now - DEVICE_KEPT).delete()


def _oldest(now: datetime) -> datetime:
    return now - timedelta(seconds=settings.SESSION_COOKIE_AGE)

"""Second factors: set up, proved at sign-in, taken away; and the codes that stand in for one that is lost."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import totp
from accounts.models import Factor, RecoveryCode, User
from accounts.notices import Notice, tell
from common.late import Late
from common.refusals import Refused

if TYPE_CHECKING:
    from datetime import datetime

    from accounts import passkeys
    from accounts.passkeys import State
else:
    passkeys = Late("accounts.passkeys")  # fido2: only who has a passkey needs it

MOST = 10
"""Factors of one account."""
CODES = 10
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Of recovery codes: none that is taken for another."""
CODE_LETTERS = 24
"""Of five bits each: so many that nobody finds one out by its hash."""
FREE_TRIES = 5
FIRST_PAUSE = timedelta(minutes=15)
LONGEST_PAUSE = timedelta(days=1)


class FactorRefused(Refused):
    """The factor was not set up, proved or removed; the problem says why."""


def is_required(user: User) -> bool:
    """Whether the operator wants a second factor of this role."""
    return user.role in settings.SECOND_FACTOR_ROLES


def is_needed(user: User) -> bool:
    """Whether a password alone signs nobody in: the role needs a second factor, or the account has one."""
    return is_required(user) or user.factors.exists()


def _locked(user: User) -> User:
    """The account, one at a time: of two who type the same code at once the second comes too late."""
    return User.objects.select_for_update().get(pk=user.pk)


@transaction.atomic
def add_app(user: User, *, name: str, secret: bytes, code: str, now: datetime) -> list[str]:
    """Keep an authenticator app that shows the right code. The recovery codes, where this is the first factor. Raises ``FactorRefused``."""
    span = totp.span_of(secret, _digits(code), seconds=now.timestamp(), after=0)
    if span is None:
        raise FactorRefused.because("wrong_code", _("That is not the code which the app shows now."), "code")
    return _add(user, Factor(kind="app", name=name, secret=secret, counter=span), now)


@transaction.atomic
def add_passkey(user: User, *, name: str, state: State, answer: str, now: datetime) -> list[str]:
    """Keep a passkey that a browser has made. As ``add_app``."""
    try:
        kept = passkeys.made(state, answer)
    except passkeys.WrongPasskey as error:
        raise FactorRefused.because("wrong_passkey", _("The browser made no passkey. Try it again.")) from error
    return _add(user, Factor(kind="passkey", name=name, secret=kept), now)


def _add(user: User, factor: Factor, now: datetime) -> list[str]:
    user = _locked(user)
    had = user.factors.count()
    if had >= MOST:
        raise FactorRefused.because("too_many", _("An account has at most %(most)d of them; remove one first.") % {"most": MOST})
    factor.user, factor.created_at = user, now
    factor.save()
    tell(user, Notice.FACTOR_ADDED, now=now)
    return [] if had else new_codes(user)


@transaction.atomic
def new_codes(user: User) -> list[str]:
    """Ten recovery codes, which nobody can read again; those of before hold no more."""
    user = _locked(user)
    codes = ["".join(secrets.choice(LETTERS) for _letter in range(CODE_LETTERS)) for _number in range(CODES)]
    user.recovery_codes.all().delete()
    RecoveryCode.objects.bulk_create([RecoveryCode(user=user, digest=_digest(code)) for code in codes])
    return ["-".join(code[at : at + 4] for at in range(0, len(code), 4)) for code in codes]


def remove(user: User, factor: Factor, *, now: datetime) -> None:
    """Take a factor away, but never the last one of a role that needs one. Raises ``FactorRefused``."""
    with transaction.atomic():
        user = _locked(user)
        last = not user.factors.exclude(pk=factor.pk).exists()
        if last and is_required(user):
            raise FactorRefused.because("last_factor", _("Your role needs a second factor: add another before you remove this one."))
        factor.delete()
        if last:
            user.recovery_codes.all().delete()
        tell(user, Notice.FACTOR_REMOVED, now=now)


@transaction.atomic
def remove_all(user: User, *, now: datetime) -> bool:
    """For somebody who has lost everything, by whoever knows that it is them: the next sign-in is by password alone, or sets one up."""
    user = _locked(user)
    if not user.factors.all().delete()[0]:
        return False
    user.recovery_codes.all().delete()
    User.objects.filter(pk=user.pk).update(wrong_codes=0)
    tell(user, Notice.FACTOR_REMOVED, now=now)
    return True


def prove_code(user: User, typed: str, *, now: datetime) -> None:
    """Take the code of an app or a recovery code, each once. Raises ``FactorRefused``.

    After five wrong codes of an app in a row there is a pause, twice as long after each further one, up to a day: only who knows the
    password comes this far, and a passkey or a recovery code, which nobody guesses, is taken all the same.
    """
    with transaction.atomic():
        user = _locked(user)
        code = _digits(typed)
        right = _prove_app(user, code, now) if code.isdigit() else _prove_recovery(user, code, now)
        changed = {"wrong_codes": 0} if right else {"wrong_codes": min(user.wrong_codes + 1, 1000), "wrong_code_at": now}
        if right or code.isdigit():
            User.objects.filter(pk=user.pk).update(**changed)
    if not right:
        raise FactorRefused.because("wrong_code", _("That is not a code which is valid now. Each one is taken once."), "code")


def _prove_app(user: User, code: str, now: datetime) -> bool:
    if user.wrong_codes >= FREE_TRIES and user.wrong_code_at:
        pause = min(FIRST_PAUSE * 2 ** min(user.wrong_codes - FREE_TRIES, 10), LONGEST_PAUSE)
        if now < user.wrong_code_at + pause:
            text = _("Too many wrong codes. Use a passkey or a recovery code, or wait.")
            raise FactorRefused.because("too_many_codes", text, "code")
    for app in user.factors.filter(kind="app"):
        span = totp.span_of(bytes(app.secret), code, seconds=now.timestamp(), after=app.counter)
        if span is not None:
            app.counter, app.last_used_at = span, now
            app.save(update_fields=["counter", "last_used_at"])
            return True
    return False


def _prove_recovery(user: User, code: str, now: datetime) -> bool:
    used = bool(user.recovery_codes.filter(digest=_digest(code)).delete()[0])
    if used:
        tell(user, Notice.RECOVERY_USED, now=now)
    return used


def prove_passkey(user: User, *, state: State, answer: str, now: datetime) -> None:
    """Take what a browser says for one of the account's passkeys. Raises ``FactorRefused``."""
    with transaction.atomic():
        user = _locked(user)
        own = list(user.factors.filter(kind="passkey"))
        try:
            credential, counter = passkeys.proved(state, own, answer)
        except passkeys.WrongPasskey as error:
            raise FactorRefused.because("wrong_passkey", _("That passkey is none of this account. Try it again.")) from error
        factor = next(one for one in own if bytes(one.secret) == credential)
        if (counter or factor.counter) and counter <= factor.counter:
            raise FactorRefused.because("copied_passkey", _("This passkey was copied: it is not taken. Remove it from your account."))
        factor.counter, factor.last_used_at = counter, now
        factor.save(update_fields=["counter", "last_used_at"])
        User.objects.filter(pk=user.pk).update(wrong_codes=0)


def _digits(typed: str) -> str:
    """Without what people put between the groups."""
    return "".join(typed.split()).replace("-", "").upper()


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()

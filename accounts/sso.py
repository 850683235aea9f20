"""Single sign-on by OpenID Connect: the code flow with PKCE, state and nonce is Authlib's; whose account it is, is decided here."""

from __future__ import annotations

import logging
import re
import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.django_client import OAuth
from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from joserfc.errors import JoseError
from requests import RequestException

from accounts.models import Identity, User
from accounts.roles import ORDER, Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest, HttpResponse

logger = logging.getLogger(__name__)

SECONDS = 5
LONGEST_SAID = 300
LONGEST_SUBJECT = 255
LEEWAY = 60
"""Seconds that the two clocks may differ."""
SIGNATURES = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]
"""None that is made with a secret we share, and none at all neither."""
Claims = dict[str, Any]


class SsoFailed(Exception):
    """The provider did not answer, or not with what proves who it is."""


class NoAccount(Exception):
    """The provider knows them, and no account here is theirs."""


@lru_cache(maxsize=1)
def _client(issuer: str, client_id: str, secret: str) -> Any:
    """The provider's description and keys are fetched once, and the keys again when it signs by a new one."""
    client = OAuth().register(
        "sso",
        client_id=client_id,
        client_secret=secret,
        server_metadata_url=f"{issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid email profile", "code_challenge_method": "S256", "default_timeout": SECONDS},
    )
    described = client.load_server_metadata()
    if described.get("issuer") != issuer:
        raise ValueError(f"the provider calls itself {described.get('issuer')!r}")
    described["id_token_signing_alg_values_supported"] = SIGNATURES
    return client


def client() -> Any:
    return _client(settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET)


def ask(request: HttpRequest, *, again: bool) -> HttpResponse:
    """Send the browser to the provider; ``again`` wants the person there, not a session. Raises ``SsoFailed``."""
    back = f"{settings.SITE_URL}{reverse('accounts:sso_back')}"
    try:
        answer: HttpResponse = client().authorize_redirect(request, back, **({"prompt": "login", "max_age": 0} if again else {}))
    except (AuthlibBaseError, RequestException, ValueError, RuntimeError) as error:
        raise _failed(error) from error
    return answer


def claims_of(request: HttpRequest) -> Claims:
    """What the provider says, signed, of whoever comes back from it. Raises ``SsoFailed``."""
    right = {"iss": {"essential": True, "value": settings.OIDC_ISSUER}, "aud": {"essential": True, "value": settings.OIDC_CLIENT_ID}}
    try:
        token = client().authorize_access_token(request, claims_options=right, leeway=LEEWAY)
        claims = dict(token["userinfo"])
    except (AuthlibBaseError, JoseError, RequestException, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise _failed(error) from error
    return claims


def _failed(error: Exception) -> SsoFailed:
    # In one line, whatever stands in it: a part may come from an address that anybody can open.
    logger.warning("single sign-on failed: %s: %r", type(error).__name__, str(error)[:LONGEST_SAID])
    return SsoFailed()


def has_second_factor(claims: Claims) -> bool:
    """Whether the provider has asked for one, as far as the operator believes it (``OIDC_MFA``)."""
    said = claims.get("amr")
    return settings.OIDC_MFA == "always" or (settings.OIDC_MFA == "amr" and isinstance(said, list) and "mfa" in said)


def shown_at(claims: Claims) -> datetime:
    """When the provider saw the person; long ago where it does not say: a session there proves nobody's presence."""
    said = claims.get("auth_time")
    if not isinstance(said, int) or isinstance(said, bool) or not 0 < said <= time.time() + LEEWAY:
        said = 0
    return datetime.fromtimestamp(said, UTC)


@transaction.atomic
def account_of(claims: Claims, *, now: datetime) -> User:
    """The account of whoever the provider names, with the role that it gives them. Raises ``NoAccount``.

    Known by the provider's number of them. The first time by an e-mail address, but one that the provider has verified; or by a new
    account, where the operator lets it make some. Nobody can bring an address of their own choice and get another's account.
    """
    issuer, subject = settings.OIDC_ISSUER, str(claims["sub"])
    if not 0 < len(subject) <= LONGEST_SUBJECT:
        raise NoAccount
    known = Identity.objects.select_related("user").filter(issuer=issuer, subject=subject).first()
    user = known.user if known else _first_time(claims, issuer)
    if not user.is_active:
        raise NoAccount
    if known is None:
        Identity.objects.create(user=user, issuer=issuer, subject=subject, created_at=now)
    role = role_of(claims)
    if role and user.role != role:
        user.role = role
        user.save(update_fields=["role"])
    return user


def _first_time(claims: Claims, issuer: str) -> User:
    email = str(claims.get("email") or "") if claims.get("email_verified") is True else ""
    if not email.isascii():  # to a database, some letters of other alphabets are ASCII ones in another case
        email = ""
    holder = User.objects.filter(email__iexact=email).first() if email else None
    if holder:
        if holder.identities.filter(issuer=issuer).exists():
            raise NoAccount
        return holder
    if not settings.OIDC_NEW_ACCOUNTS:
        raise NoAccount
    language = str(claims.get("locale") or "")[:2]
    user = User(username=_free_name(str(claims.get("preferred_username") or "")), email=email)
    if language in dict(settings.LANGUAGES):
        user.language = language
    user.set_unusable_password()
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:  # somebody took the name or the address meanwhile
        raise NoAccount from error
    return user


def _free_name(wanted: str) -> str:
    name = re.sub(r"[^\w.@+-]", "", wanted)[:140] or "sso"
    taken = set(User.objects.filter(username__startswith=name).values_list("username", flat=True))
    return next(one for one in (name, *(f"{name}-{number}" for number in range(2, len(taken) + 3))) if one not in taken)


def role_of(claims: Claims) -> str:
    """The highest role that a claim's values stand for; the lowest of all if none does, empty where the operator maps none."""
    if not settings.OIDC_ROLES:
        return ""
    said: Any = claims
    for part in settings.OIDC_ROLES_CLAIM.split("."):
        said = said.get(part) if isinstance(said, dict) else None
    return highest(settings.OIDC_ROLES, [said] if isinstance(said, str) else said if isinstance(said, list) else [])


def highest(table: Mapping[str, str], values: list[object]) -> str:
    roles = [table[value] for value in values if isinstance(value, str) and value in table]
    return max(roles, key=lambda role: ORDER.index(Role(role)), default=Role.STAKEHOLDER.value)

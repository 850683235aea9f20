"""Passkeys (WebAuthn): what the browser is asked, and whether its answer is one. The state between the two is used once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from accounts.models import Factor, User

State = dict[str, Any]


class WrongPasskey(Exception):
    """The browser's answer does not prove what was asked."""


def _server() -> Fido2Server:
    """Answers are taken from pages of ``SITE_URL`` and from nowhere else."""
    site = urlsplit(settings.SITE_URL)
    origin = f"{site.scheme}://{site.netloc}"
    rp = PublicKeyCredentialRpEntity(name="Roadmap tracker", id=site.hostname or "")
    return Fido2Server(rp, verify_origin=lambda said: said == origin)


def _credentials(factors: Iterable[Factor]) -> list[AttestedCredentialData]:
    return [AttestedCredentialData(bytes(factor.secret)) for factor in factors]


def ask_to_make(user: User, factors: Iterable[Factor]) -> tuple[str, State]:
    """What a browser needs to make a passkey that is none of ``factors``, as JSON; and the state to read its answer by."""
    entity = PublicKeyCredentialUserEntity(name=user.username, id=str(user.pk).encode(), display_name=str(user))
    options, state = _server().register_begin(
        entity,
        _credentials(factors),
        resident_key_requirement=ResidentKeyRequirement.DISCOURAGED,
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return json.dumps(dict(options)["publicKey"]), state


def made(state: State, answer: str) -> bytes:
    """What is kept of a new passkey: its name and public key. Raises ``WrongPasskey``."""
    try:
        data = _server().register_complete(state, json.loads(answer))
        return bytes(data.credential_data or b"")
    except Exception as error:  # whatever a stranger's bytes break in the parsers
        raise WrongPasskey from error


def ask_to_prove(factors: Iterable[Factor]) -> tuple[str, State]:
    """What a browser needs to prove one of these, as JSON; and the state to read its answer by."""
    options, state = _server().authenticate_begin(_credentials(factors), UserVerificationRequirement.PREFERRED)
    return json.dumps(dict(options)["publicKey"]), state


def proved(state: State, factors: Iterable[Factor], answer: str) -> tuple[bytes, int]:
    """Which of them was proved, by what is kept of it, and the signatures that it has counted. Raises ``WrongPasskey``."""
    try:
        response = AuthenticationResponse.from_dict(json.loads(answer))
        credential = _server().authenticate_complete(state, _credentials(factors), response)
        return bytes(credential), response.response.authenticator_data.counter
    except Exception as error:  # as above
        raise WrongPasskey from error

"""System checks of the settings: a wrong variable is named with a hint, and production refuses to start unsafe."""

from __future__ import annotations

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from record.log.notes import NotSigned, read_signer
from record.log.witnesses import witnesses
from roadmap.telemetry import PACKAGES, is_missing

MINIMUM_SECRET = 50


def check_settings(**_options: object) -> list[checks.CheckMessage]:
    """``roadmap.E001`` to ``E008`` and ``W001``; docs/settings.md lists them."""
    messages: list[checks.CheckMessage] = [
        checks.Error(fault.problem, hint=fault.hint, obj=fault.variable, id="roadmap.E001") for fault in settings.SETTINGS_FAULTS
    ]
    messages += _check_log()
    messages += [
        checks.Error(
            f"{variable} is set and its packages are not installed",
            hint="Install requirements-observe.txt, or unset it.",
            id="roadmap.E008",
        )
        for variable, package in PACKAGES.items()
        if getattr(settings, variable) and is_missing(package)
    ]
    if settings.ENVIRONMENT != "production":
        return messages
    if settings.SECRET_KEY == settings.DEFAULT_SECRET or len(settings.SECRET_KEY) < MINIMUM_SECRET:
        messages.append(
            checks.Error(
                f"SECRET_KEY is the default one or shorter than {MINIMUM_SECRET} characters",
                hint="Set SECRET_KEY to a long random text, for example from `openssl rand -base64 48`.",
                id="roadmap.E002",
            )
        )
    if settings.DEBUG:
        messages.append(checks.Error("DEBUG is on in production", hint="Unset DEBUG, or set ENVIRONMENT=local.", id="roadmap.E003"))
    if not settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS:
        messages.append(
            checks.Error(
                "ALLOWED_HOSTS names no host, or any host",
                hint="Set ALLOWED_HOSTS to the names under which people reach the application.",
                id="roadmap.E004",
            )
        )
    if not settings.HTTPS:
        messages.append(
            checks.Error("HTTPS is off in production", hint="Unset HTTPS; put a proxy with a certificate in front.", id="roadmap.E005")
        )
    if settings.OIDC_ISSUER and not (
        settings.OIDC_CLIENT_ID and settings.OIDC_CLIENT_SECRET and settings.OIDC_ISSUER.startswith("https://")
    ):
        messages.append(
            checks.Error(
                "OIDC_ISSUER is not an https address, or OIDC_CLIENT_ID or OIDC_CLIENT_SECRET is missing",
                hint="Write the issuer as the provider writes it, and the client that you registered there; or unset OIDC_ISSUER.",
                id="roadmap.E006",
            )
        )
    if not settings.REDIS_URL:
        messages.append(
            checks.Warning(
                "REDIS_URL is not set: each web process limits requests for itself",
                hint="Set REDIS_URL, so that limits and caches are shared.",
                id="roadmap.W001",
            )
        )
    return messages


def _check_log() -> list[checks.CheckMessage]:
    """Nothing of a key is repeated: messages stand in logs."""
    try:
        for text in settings.CHECKPOINT_KEYS:
            read_signer(text)
        witnesses()
    except NotSigned as error:
        hint = "Write what `manage.py make_checkpoint_key` printed first, and of each witness its key, a space and its address."
        return [checks.Error(f"CHECKPOINT_KEYS or WITNESSES cannot be read: {error}", hint=hint, id="roadmap.E007")]
    return []


def refuse_unsafe_start() -> None:
    """Raise ``ImproperlyConfigured`` with every error of the settings: servers and workers run no checks of their own."""
    errors = [message for message in check_settings() if message.is_serious()]
    if errors:
        raise ImproperlyConfigured("\n".join(f"{error.id}: {error.msg}. {error.hint}" for error in errors))

"""System checks of the settings: a wrong variable is named with a hint, and production refuses to start unsafe."""

from __future__ import annotations

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured

MINIMUM_SECRET = 50


def check_settings(**_options: object) -> list[checks.CheckMessage]:
    """``roadmap.E001`` to ``E005`` and ``W001``; docs/settings.md lists them."""
    messages: list[checks.CheckMessage] = [
        checks.Error(fault.problem, hint=fault.hint, obj=fault.variable, id="roadmap.E001") for fault in settings.SETTINGS_FAULTS
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
    if not settings.REDIS_URL:
        messages.append(
            checks.Warning(
                "REDIS_URL is not set: each web process limits requests for itself",
                hint="Set REDIS_URL, so that limits and caches are shared.",
                id="roadmap.W001",
            )
        )
    return messages


def refuse_unsafe_start() -> None:
    """Raise ``ImproperlyConfigured`` with every error of the settings: servers and workers run no checks of their own."""
    errors = [message for message in check_settings() if message.is_serious()]
    if errors:
        raise ImproperlyConfigured("\n".join(f"{error.id}: {error.msg}. {error.hint}" for error in errors))

"""Failures that pass: the database waits, restarts, is full or was asked for too long. They are answered 503, to be tried again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils.log import log_response

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

RETRY_AFTER = 5
"""Seconds after which it makes sense to try again."""
READ_ONLY = "25006"  # psycopg2 calls it an internal error


class TryLater(Exception):
    """The site will not do it now. A text says why; without one somebody else holds what this needs, and waiting longer would keep
    others waiting, too."""


def reason_of(error: BaseException) -> str:
    """What whoever asked may be told of it; empty for what the database says, which is nobody's affair."""
    return str(error) if isinstance(error, TryLater) else ""


def note(error: BaseException, request: HttpRequest, response: HttpResponse) -> None:
    """A line in the log, a warning: Django would call every answer of 500 and above an error."""
    text = " ".join(str(error).split()) or type(error).__name__
    log_response("%s %s: %s", request.method, request.path, text, response=response, request=request, level="warning")


def is_passing(error: BaseException | None) -> bool:
    """Whether the same request may well succeed a moment later, though nobody changes a line of it."""
    if isinstance(error, (TryLater, OperationalError, InterfaceError)):
        return True
    return getattr(getattr(error, "__cause__", None), "pgcode", None) == READ_ONLY


def limit_waiting(*, statements: bool) -> None:
    """Have this process's connections give up rather than wait without end; call it before the first one is made.

    ``statements`` also bounds how long one statement may run: for requests, not for work in the background.
    """
    limits = {"lock_timeout": settings.LOCK_TIMEOUT, "idle_in_transaction_session_timeout": settings.IDLE_TRANSACTION_TIMEOUT}
    limits |= {"statement_timeout": settings.STATEMENT_TIMEOUT} if statements else {}
    settings.DATABASES["default"]["OPTIONS"]["options"] += "".join(f" -c {name}={seconds}s" for name, seconds in limits.items())

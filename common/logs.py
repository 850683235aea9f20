"""What a line of the log looks like, in every process alike: text for people or JSON for programs, always UTC, and nothing secret.

gunicorn reads it before Django is there, so it needs the standard library alone.
"""

from __future__ import annotations

import json
import logging
import re
import time
from datetime import UTC, datetime
from typing import Any

from typing_extensions import override

from common import request_ids

SECRET = re.compile(
    r"""(?P<before>
        /follow/(?:confirm|leave)/                      # who has the rest of these addresses confirms, leaves,
        | /accounts/password/set/[^/\s]+/               # or sets a password
        | [?&](?:code|state|token|key)=                 # what a provider sends somebody back with
        | \bBearer\s
        | ://[^/@:\s]*:(?=[^/@\s]+@)                    # a password in an address
    )[^/?&@\s"'<>]+""",
    re.VERBOSE,
)


def without_secrets(text: str) -> str:
    """The same, but for what would let in whoever reads it."""
    return SECRET.sub(lambda found: f"{found['before']}…", text)


class Line(logging.Formatter):
    """One line of text; what is known of a record besides its message stands behind it."""

    converter = staticmethod(time.gmtime)
    default_msec_format = "%s.%03dZ"

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    @override
    def formatMessage(self, record: logging.LogRecord) -> str:
        known = "".join(f" {name}={value}" for name, value in facts_of(record).items())
        return super().formatMessage(record) + known

    @override
    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))


class Json(logging.Formatter):
    """One JSON object on one line, its traceback inside."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, Any] = {
            "time": f"{datetime.fromtimestamp(record.created, UTC):%Y-%m-%dT%H:%M:%S.%f}Z",
            "level": record.levelname,
            "logger": record.name,
            "message": without_secrets(record.getMessage()),
            "process": record.process,
        }
        if record.exc_info and record.exc_info[0]:
            said["exception"] = without_secrets(self.formatException(record.exc_info))
        if record.stack_info:
            said["stack"] = without_secrets(record.stack_info)
        facts = {name: without_secrets(value) if isinstance(value, str) else value for name, value in facts_of(record).items()}
        return json.dumps(said | facts, ensure_ascii=False, default=str)


def facts_of(record: logging.LogRecord) -> dict[str, Any]:
    """What was logged along with the message, as ``extra={"facts": {…}}``, and the request that it belongs to."""
    facts: dict[str, Any] = dict(getattr(record, "facts", {}))
    if request := request_ids.current():
        facts["request_id"] = request
    return facts


def configuration(form: str, level: str) -> dict[str, Any]:
    """For ``logging.config``: everything to the console, where whatever runs the process collects it."""
    through: dict[str, Any] = {"handlers": [], "propagate": True}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"console": {"()": f"common.logs.{form.capitalize()}"}},
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": "console"},
            "nowhere": {"class": "logging.NullHandler"},  # with none at all, Python writes plain lines
        },
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django": through,  # its own handlers would say things twice
            "django.security.DisallowedHost": {"handlers": ["nowhere"], "propagate": False},
            "axes": {"level": "WARNING"},
            "gunicorn.error": through,
            "gunicorn.access": through,
        },
    }

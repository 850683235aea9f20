"""What the web server runs."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.urls import reverse
from prometheus_client import make_wsgi_app

from common.charsets import without_strange_signs
from common.passing import limit_waiting
from roadmap.checks import refuse_unsafe_start
from roadmap.server import is_for_watchers
from roadmap.telemetry import report

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

report("web")
django = get_wsgi_application()
refuse_unsafe_start()
reverse("dashboard")  # loads every view: not with the first request, and once for all processes that are made of this one
limit_waiting(statements=True)
logging.captureWarnings(True)  # noqa: FBT003 - the name of the argument is not ours


def figures_alone() -> WSGIApplication:
    """What answers at the port of the watchers."""
    from operations.views import all_figures  # noqa: PLC0415 - Django has to be set up

    return make_wsgi_app(all_figures())


figures = figures_alone()


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Django's, but for what it must not see; at the port of the watchers, figures and nothing else."""
    if is_for_watchers(environ["SERVER_PORT"]):
        close_old_connections()  # as Django does before a request
        return figures(environ, start_response)
    without_strange_signs(environ)
    return django(environ, start_response)

"""What the web server runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.wsgi import get_wsgi_application

from common.passing import limit_waiting
from roadmap.checks import refuse_unsafe_start

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

django = get_wsgi_application()
refuse_unsafe_start()
limit_waiting(statements=True)


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Django's. Parameters of a Content-Type in the form of RFC 2231, which it fails over, say nothing that is read here."""
    content_type = environ.get("CONTENT_TYPE", "")
    if "*" in content_type:
        environ["CONTENT_TYPE"] = content_type.partition(";")[0]
    return django(environ, start_response)

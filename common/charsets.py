"""In which signs a request may be written: taken out of it before Django sees it, which reads the address by them before any middleware."""

from __future__ import annotations

import re
from typing import Any

CHARSET = re.compile(r""";\s*charset\s*=\s*["']?([^"';\s]*)""", re.IGNORECASE)
CHARSETS = frozenset({"", "utf-8", "utf8", "us-ascii", "ascii"})
"""Python knows a hundred more; some of them take minutes for a few kilobytes."""
STRANGE = "roadmap.strange_charset"
"""Where the name of another charset stands for ``common.bodies``, which refuses it."""


def without_strange_signs(environ: dict[str, Any]) -> None:
    """Take out of a Content-Type what Django must not see, since it reads the address by it before any middleware.

    That is another charset than ``CHARSETS``, which ``BodyMiddleware`` then refuses, and parameters in the form of RFC 2231, which
    Django fails over and which say nothing that is read here.
    """
    content_type = environ.get("CONTENT_TYPE", "")
    told = CHARSET.search(content_type)
    if told and told[1].lower() not in CHARSETS:
        environ[STRANGE] = told[1]
    if "*" in content_type or STRANGE in environ:
        environ["CONTENT_TYPE"] = content_type.partition(";")[0]

"""Whether a page of ours made a browser ask, or one of another site."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.http import HttpRequest

OWN = frozenset({"same-origin", "none"})
"""What browsers say of a request that our own page or the reader made."""


def is_foreign(request: HttpRequest) -> bool:
    """Whether a page of another site made the browser send this. Programs that say nothing of it are driven by nobody else."""
    if site := request.headers.get("Sec-Fetch-Site"):
        return site not in OWN
    origin = request.headers.get("Origin")
    return bool(origin) and origin != f"{request.scheme}://{request.get_host()}"

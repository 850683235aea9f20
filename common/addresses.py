"""Whose address a request comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The address as the outermost of our own proxies saw it.

    Each proxy adds the address it was called from at the end of ``X-Forwarded-For``; with
    ``PROXY_COUNT`` of ours, the entry that far from the end is the last that nobody outside can
    write. Without a proxy the header is not believed at all.
    """
    remote = str(request.META.get("REMOTE_ADDR", ""))
    forwarded = [part.strip() for part in str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",") if part.strip()]
    count = settings.PROXY_COUNT
    return forwarded[-min(count, len(forwarded))] if count and forwarded else remote

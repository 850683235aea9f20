"""How often one IP address may send a form that needs no account."""

from __future__ import annotations

import time
from ipaddress import IPv4Address, ip_address, ip_network
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.cache import cache

if TYPE_CHECKING:
    from django.http import HttpRequest

SPANS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def client_ip(request: HttpRequest) -> str:
    """The IP address as the outermost of our own proxies saw it.

    Each proxy adds the address it was called from at the end of ``X-Forwarded-For``; with
    ``PROXY_COUNT`` of ours, the entry that far from the end is the last that nobody outside can
    write. Without a proxy the header is not believed at all.
    """
    remote = str(request.META.get("REMOTE_ADDR", ""))
    forwarded = [part.strip() for part in str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",") if part.strip()]
    count = settings.PROXY_COUNT
    return forwarded[-min(count, len(forwarded))] if count and forwarded else remote


def _network(text: str) -> str:
    """What one customer has: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        ip = ip_address(text)
    except ValueError:
        return text
    return str(ip) if isinstance(ip, IPv4Address) else str(ip_network((ip, 64), strict=False))


def within_limit(request: HttpRequest, form: str) -> bool:
    """Count one sending of ``form`` from where the request comes; whether it is still within ``FORM_RATE``.

    Counted by whole spans of the clock, in the cache: several web processes without Redis count each for itself.
    """
    most, span = settings.FORM_RATE.split("/")
    seconds = SPANS[span[0]]
    key = f"limit:{form}:{_network(client_ip(request))}:{int(time.time()) // seconds}"
    cache.add(key, 0, seconds)
    try:
        return bool(cache.incr(key) <= int(most))
    except ValueError:  # its span ended just now
        return True

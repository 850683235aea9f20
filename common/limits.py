"""How often one address may send a form that needs no account."""

from __future__ import annotations

import time
from ipaddress import IPv4Address, ip_address, ip_network
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.cache import cache

from common.addresses import client_address

if TYPE_CHECKING:
    from django.http import HttpRequest

SPANS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def _neighbourhood(address: str) -> str:
    """What one customer has: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    return str(ip) if isinstance(ip, IPv4Address) else str(ip_network((ip, 64), strict=False))


def within_limit(request: HttpRequest, form: str) -> bool:
    """Count one sending of ``form`` from where the request comes; whether it is still within ``FORM_RATE``.

    Counted by whole spans of the clock, in the cache: several web processes without Redis count each for itself.
    """
    most, span = settings.FORM_RATE.split("/")
    seconds = SPANS[span[0]]
    key = f"limit:{form}:{_neighbourhood(client_address(request))}:{int(time.time()) // seconds}"
    cache.add(key, 0, seconds)
    try:
        return bool(cache.incr(key) <= int(most))
    except ValueError:  # its span ended just now
        return True

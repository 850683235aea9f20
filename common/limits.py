"""How often one neighbourhood may do something: what sends forms, signs in or asks the API is counted here, by one function."""

from __future__ import annotations

import hashlib
import time
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings
from django.core.cache import cache

if TYPE_CHECKING:
    from django.http import HttpRequest
    from rest_framework.request import Request

SPANS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
SHARE = 16
"""How many times as much as one customer a whole site (an IPv6 /48) may: it is 65,536 customers by address, and hardly ever by people."""
REGION = {4: 24, 6: 48}


class Neighbourhood(NamedTuple):
    """Addresses that count as one sender, by the first of them, and how many times the rate they have."""

    first: str
    size: int
    share: int


def client_ip(request: HttpRequest | Request) -> str:
    """The IP address as the outermost of our own proxies saw it.

    Each proxy adds the address it was called from at the end of ``X-Forwarded-For``; with
    ``PROXY_COUNT`` of ours, the entry that far from the end is the last that nobody outside can
    write. Without a proxy the header is not believed at all.
    """
    remote = str(request.META.get("REMOTE_ADDR", ""))
    forwarded = [part.strip() for part in str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",") if part.strip()]
    count = settings.PROXY_COUNT
    return forwarded[-min(count, len(forwarded))] if count and forwarded else remote


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """An IPv4 address that is written as one of IPv6 is that of IPv4."""
    try:
        ip = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (ip.ipv4_mapped or ip) if isinstance(ip, IPv6Address) else ip


def neighbourhoods(request: HttpRequest | Request) -> list[Neighbourhood]:
    """Who counts as one sender, the narrowest first: an IPv4 address; of IPv6 a /64, which one customer has, and the /48 around it."""
    text = client_ip(request)
    ip = _address(text)
    if ip is None:
        return [Neighbourhood(text, 0, 1)]
    sizes = [(32, 1)] if ip.version == 4 else [(64, 1), (48, SHARE)]  # noqa: PLR2004 - the version of the protocol
    return [Neighbourhood(str(ip_network((ip, size), strict=False).network_address), size, share) for size, share in sizes]


def neighbourhood(request: HttpRequest | Request) -> str | None:
    """The narrowest neighbourhood by its first address, as django-axes keeps it; ``None`` where there is no address."""
    narrowest = neighbourhoods(request)[0]
    return narrowest.first if narrowest.size else None


def region(request: HttpRequest | Request) -> str:
    """From where somebody asks, as much as tells whether it is a place one knows: an IPv4 /24 or an IPv6 /48. Empty without an address."""
    ip = _address(client_ip(request))
    return str(ip_network((ip, REGION[ip.version]), strict=False)) if ip else ""


def within(name: str, most: int, seconds: int) -> bool:
    """Count one for ``name``; whether it is among the first ``most`` of this span.

    Counted by whole spans of the clock, in the cache: several web processes without Redis count each for itself.
    """
    digest = hashlib.sha256(name.encode()).hexdigest()[:32]  # names are typed by strangers
    key = f"limit:{digest}:{int(time.time()) // seconds}"
    cache.add(key, 0, seconds)
    try:
        return bool(cache.incr(key) <= most)
    except ValueError:  # its span ended just now
        return True


def within_limit(request: HttpRequest | Request, what: str, rate: str = "") -> bool:
    """Count one of ``what`` from where the request comes; whether that is still within ``rate``, by default ``FORM_RATE``.

    What a narrow neighbourhood sends beyond its own rate is not counted for the wide one: nobody closes it to the others alone.
    """
    return within_all(neighbourhoods(request), what, rate or settings.FORM_RATE)


def within_all(places: list[Neighbourhood], what: str, rate: str) -> bool:
    most, span = rate.split("/")
    return all(within(f"{what}:{place.first}/{place.size}", int(most) * place.share, SPANS[span[0]]) for place in places)

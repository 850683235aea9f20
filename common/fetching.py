"""Asking an address that somebody named, without letting the name lead into our own network.

The name is resolved once; every address that it has must be public; the connection goes to the very address
that was looked at, so an answer that changes between looking and connecting changes nothing. Each redirect
is looked at again. No cookie, no credentials; size and time are bounded.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from urllib.parse import SplitResult

PORTS = frozenset({80, 443, 8080, 8443})
MOST_REDIRECTS = 5
MOST_BYTES = 1024 * 1024
SECONDS = 10
CONNECT_SECONDS = 5
PIECE = 16384
MOVED = frozenset({301, 302, 303, 307, 308})
LONGEST = 2000
SPECIAL = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24", "2620:4f:8000::/48", "3fff::/20")))
"""Ranges of the registries of special addresses that this Python may still take for public ones."""
SAFE = "/%:@!$&'()*+,;=~?"


class NotFetched(Exception):
    """The address was not asked, or did not answer; the text says why."""

    def __init__(self, code: str, text: str) -> None:
        self.code = code
        super().__init__(text)


@dataclass(frozen=True)
class Fetched:
    """What an address answered; ``body`` is at most ``MOST_BYTES`` of it."""

    address: str
    status: int
    headers: Mapping[str, str]
    body: bytes


def is_public(text: str) -> bool:
    """Whether an IP address is one of the public internet, whatever other address it wraps."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is None and address in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    if any(address in network for network in SPECIAL):
        return False
    site_local = isinstance(address, ipaddress.IPv6Address) and address.is_site_local
    return address.is_global and not address.is_multicast and not address.is_reserved and not site_local


def is_allowed(text: str) -> bool:
    """Public, or in a range that the operator allows."""
    address = ipaddress.ip_address(text.partition("%")[0])
    return any(address in ipaddress.ip_network(network) for network in settings.FETCH_ALLOWED_NETWORKS) or is_public(text)


def resolve(host: str, port: int, seconds: float = SECONDS) -> list[str]:
    """The addresses of a host, all of them allowed. Raises ``NotFetched``."""
    addresses = _look_up(host, port, seconds)
    if not addresses or not all(is_allowed(address) for address in addresses):
        raise NotFetched("not_public", _("The address does not lead to the public internet."))
    if port not in PORTS and not all(_by_exception(address) for address in addresses):
        raise NotFetched("port", _("Addresses with this port are not asked."))
    return addresses


def _look_up(host: str, port: int, seconds: float) -> list[str]:
    """What the name servers say. The system's call knows no limit of time, so nobody waits for it longer than that."""
    said: SimpleQueue[list[str] | Exception] = SimpleQueue()

    def ask() -> None:
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            said.put(list(dict.fromkeys(str(answer[4][0]) for answer in answers)))
        except (OSError, UnicodeError) as error:
            said.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = said.get(timeout=max(seconds, 0))
    except Empty:
        raise NotFetched("too_slow", _("The address took too long to answer.")) from None
    if isinstance(answer, Exception):
        raise NotFetched("unknown_host", _("There is no such host: %(host)s.") % {"host": host[:100]}) from answer
    return answer


def _by_exception(text: str) -> bool:
    return not is_public(text)


def fetch(address: str, *, method: str = "GET", seconds: float = SECONDS) -> Fetched:
    """Ask an address, following at most five redirects, within ``seconds`` in all. Raises ``NotFetched``."""
    deadline = time.monotonic() + seconds
    for _turn in range(MOST_REDIRECTS + 1):
        answer = _ask(_split(address), Asked(method), deadline)
        target = answer.headers.get("location")
        if answer.status not in MOVED or not target:
            return answer
        address = urljoin(address, _as_text(target))
    raise NotFetched("redirects", _("The address leads on and on."))


def send(address: str, *, body: bytes, headers: Mapping[str, str], seconds: float = SECONDS) -> int:
    """POST to an address and give the status of its answer, of which nothing more is read. A redirect is an answer like any other.

    Raises ``NotFetched``, also where the answer does not begin within ``seconds``.
    """
    return _ask(_split(address), Asked("POST", body, headers, most_bytes=0), time.monotonic() + seconds).status


def post(address: str, *, body: bytes, headers: Mapping[str, str], seconds: float = SECONDS) -> Fetched:
    """POST to an address that the operator has set, wherever it leads, and read the answer. Raises ``NotFetched``."""
    return _ask(_split(address), Asked("POST", body, headers, look_up=_look_up), time.monotonic() + seconds)


def check_address(address: str) -> None:
    """Raise ``NotFetched`` where an address could not be asked now: its form, its name, or where that leads."""
    parts = _split(address)
    host, port = _host_and_port(parts)
    resolve(host, port)


def _as_text(target: str) -> str:
    """A redirect's address, which some servers send in plain UTF-8."""
    with suppress(UnicodeError):
        return target.encode("latin-1").decode("utf-8")
    return target


def _split(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        port = parts.port
        host = (parts.hostname or "").encode("idna")
    except (ValueError, UnicodeError) as error:
        raise NotFetched("not_an_address", _("This is not a web address.")) from error
    plain = address.isprintable() and " " not in address and len(address) <= LONGEST
    if parts.scheme not in {"http", "https"} or not host or parts.username or parts.password or port == 0 or not plain:
        raise NotFetched("not_an_address", _("This is not a web address."))
    return parts


@dataclass(frozen=True)
class Asked:
    """What is sent, and how much of the answer is read."""

    method: str
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    most_bytes: int = MOST_BYTES
    look_up: Callable[[str, int, float], list[str]] = resolve
    """What says where the host is: an address of the operator's own may lead anywhere."""


def _host_and_port(parts: SplitResult) -> tuple[str, int]:
    return (parts.hostname or "").encode("idna").decode(), parts.port or (443 if parts.scheme == "https" else 80)


def _ask(parts: SplitResult, asked: Asked, deadline: float) -> Fetched:
    host, port = _host_and_port(parts)
    connection = _connection(parts.scheme, host, asked.look_up(host, port, deadline - time.monotonic())[0], port)
    watch: threading.Timer | None = None
    try:
        if deadline > time.monotonic():
            connection.connect()
        left = deadline - time.monotonic()
        if left <= 0 or connection.sock is None:
            raise NotFetched("too_slow", _("The address took too long to answer."))
        connection.timeout = left  # connecting has a limit of its own; the answer has all that is left
        # The socket itself: the connection lets go of it as soon as an answer begins that has no announced end.
        watch = threading.Timer(left, _cut, [connection.sock])
        watch.daemon = True
        watch.start()
        path = quote(parts.path or "/", safe=SAFE) + (f"?{quote(parts.query, safe=SAFE)}" if parts.query else "")
        headers = _headers(host, parts.port) | dict(asked.headers)
        connection.request(asked.method, path, body=asked.body, headers=headers, preload_content=False)
        response = connection.getresponse()
        body = bytearray()
        while len(body) < asked.most_bytes and (piece := response.read1(PIECE)):
            body += piece
        if time.monotonic() >= deadline:  # cut off, which looks like an end
            raise NotFetched("too_slow", _("The address took too long to answer."))
        said = {name.lower(): value for name, value in response.headers.items()}
        return Fetched(parts.geturl(), response.status, said, bytes(body[: asked.most_bytes]))
    except (OSError, HTTPError, HTTPException, ValueError) as error:
        if time.monotonic() >= deadline:
            raise NotFetched("too_slow", _("The address took too long to answer.")) from error
        raise NotFetched("no_answer", _("The address does not answer.")) from error
    finally:
        if watch:
            watch.cancel()
        connection.close()


def _headers(host: str, port: int | None) -> dict[str, str]:
    shown = f"[{host}]" if ":" in host else host
    return {
        "Host": f"{shown}:{port}" if port else shown,
        "User-Agent": f"RoadmapTracker/{settings.VERSION}",
        "Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.5",
        "Accept-Encoding": "identity",
    }


def _connection(scheme: str, host: str, address: str, port: int) -> HTTPConnection:
    """To the address that was looked at; the certificate must still be that of the host."""
    if scheme == "http":
        return HTTPConnection(address, port, timeout=CONNECT_SECONDS)
    return HTTPSConnection(
        address, port, timeout=CONNECT_SECONDS, server_hostname=host, assert_hostname=host, ssl_context=ssl.create_default_context()
    )


def _cut(connected: socket.socket) -> None:
    """End a conversation that has gone on for too long, wherever it is; what waits for it then fails at once."""
    with suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)

"""What reads connections in each of gunicorn's processes: waitress, whose one loop takes in whole requests, however slowly they come.

A thread is given a request when all of it is there, so those who send a byte now and then hold a socket and nothing else. Bodies
are kept in memory, never on the disk, and all of a process together are bounded. What needs no thread is answered by the
loop itself: refusals, and that the process answers.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from gunicorn.workers.base import Worker
from typing_extensions import override
from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

HEAD_SECONDS = 15
"""In which the head of a request has to be there, and a body begun."""
SLOWEST = 32 * 1024
"""Bytes of a body that have to come in a second, all in all."""
LINGER_SECONDS = 5
"""For which what still comes is thrown away after the last answer: who is closed on while sending gets a reset, not the answer."""
QUIET_SECONDS = 10
"""After which a connection is closed on which nothing is asked, or nothing taken of an answer."""
LONGEST_HEAD = 32 * 1024
MOST_CONNECTIONS = 500
"""Of a process: above, who has been sending, reading or quiet for longest makes room."""
MOST_HELD = 4
"""Times the largest body: so much is held in memory of all of them; above, who has been sending for longest makes room."""
MOST_UNREAD = 128 * 1024 * 1024
"""Bytes of answers of a process that nobody has taken yet; above, who has been reading for longest makes room."""
AROUND = 64 * 1024
"""What a form writes around a file; bodies no longer than that make no room."""
AT_ONCE = frozenset({"/healthz"})
"""Answered in the loop, where no body comes with it: it asks nobody and takes a millisecond."""
STEP = 0.5


class Parser(HTTPRequestParser):
    """One request on its way in."""

    held: ClassVar[int] = 0
    """Bytes of all the bodies that this process holds."""
    adj: Any

    def __init__(self, adj: Adjustments) -> None:
        super().__init__(adj)
        self.began = time.monotonic()
        self.mine = 0

    @override
    def received(self, data: bytes) -> int:
        taken: int = super().received(data)
        Parser.held += self.body_bytes_received - self.mine
        self.mine = self.body_bytes_received
        return taken

    @override
    def parse_header(self, header_plus: bytes) -> None:
        """Who shows no account sends no file, and who says twice where a request ends is not understood one way or the other."""
        super().parse_header(header_plus)
        if "TRANSFER_ENCODING" in self.headers or (self.chunked and "CONTENT_LENGTH" in self.headers):
            raise ParsingError("The length of the body is not clear")
        if "AUTHORIZATION" not in self.headers and settings.SESSION_COOKIE_NAME not in self.headers.get("COOKIE", ""):
            self.adj = self.adj.of_strangers

    def is_late(self, now: float) -> bool:
        length = self.content_length or self.body_bytes_received
        return bool(now - self.began > HEAD_SECONDS + length / SLOWEST)

    @override
    def close(self) -> None:
        Parser.held -= self.mine
        self.mine = 0
        super().close()


class Channel(HTTPChannel):
    """A connection. ``at_once``: its first request is answered by the loop, when the lock on its requests is free.

    ``since``: when it came, or its last request was begun with. ``waits``: since when a thread waits again and again for it to take
    what is made for it; ``handed``: how much that was.
    """

    parser_class = Parser
    request: Any
    close_when_flushed: bool
    at_once = False
    answered = 0.0
    """When its last answer had been sent; from then on nothing is read but to be thrown away."""
    waits, handed = 0.0, 0
    total_outbufs_len: int
    requests: list[Any]

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.since = time.monotonic()

    @override
    def service(self) -> None:
        self.waits, self.handed, self.since = 0.0, 0, time.monotonic()
        super().service()

    @override
    def write_soon(self, data: Any) -> int:
        if self.total_outbufs_len > self.adj.outbuf_high_watermark:  # nothing more is made until it has been taken
            self.waits = self.waits or time.monotonic()
        written: int = super().write_soon(data)
        self.handed += written if self.waits else 0
        return written

    def is_late(self, now: float) -> bool:
        """Whether it holds a thread by reading too slowly, sends too slowly, or has had the time to read its last answer."""
        if self.requests:
            holds = self.waits and self.total_outbufs_len > self.adj.outbuf_high_watermark
            return bool(holds and now - self.waits > QUIET_SECONDS + self.handed / SLOWEST)
        sends = self.request is not None and self.request.is_late(now)
        return bool(sends or (self.answered and now - self.answered > LINGER_SECONDS))

    @property
    def begun(self) -> float:
        """Since when it does what it does."""
        return float(self.request.began) if self.request else self.since

    @override
    def received(self, data: bytes) -> bool:
        taken: Any = super().received(data)
        while self.at_once:
            self.at_once = False
            self.service()
        while Parser.held > MOST_HELD * self.adj.largest and self.server.makes_room():
            pass
        return bool(taken)

    @override
    def handle_write(self) -> None:
        last, self.close_when_flushed = self.close_when_flushed, False
        super().handle_write()
        if last and self.connected and not self.total_outbufs_len:
            self.answered = time.monotonic()
            with suppress(OSError):
                self.socket.shutdown(socket.SHUT_WR)
        elif last:
            self.close_when_flushed = True

    @override
    def readable(self) -> bool:
        return bool(self.answered or super().readable())

    @override
    def handle_read(self) -> None:
        if self.answered:
            with suppress(OSError):
                self.recv(self.adj.recv_bytes)
        elif self.has_come():
            super().handle_read()

    def has_come(self) -> bool:
        """Nothing has where the event was that of a connection with the same number, which was closed in this very turn of the loop."""
        with suppress(ConnectionError):
            try:
                self.socket.recv(1, socket.MSG_PEEK)
            except BlockingIOError:
                return False
        return True

    @override
    def handle_close(self) -> None:
        if self.request is not None:
            self.request.close()
            self.request = None
        super().handle_close()


class Server(TcpWSGIServer):
    channel_class = Channel
    asked = 0

    @override
    def add_task(self, task: Channel) -> None:
        self.asked += 1
        request = task.requests[0]
        in_loop = threading.current_thread() is threading.main_thread()  # else a thread goes on to the next of several requests
        if in_loop and (request.error or (request.body_rcv is None and request.path in AT_ONCE)):
            task.at_once = True
        else:
            super().add_task(task)

    @override
    def handle_accept(self) -> None:
        super().handle_accept()
        if len(self.active_channels) > MOST_CONNECTIONS:  # afterwards: the new one would get the number of the old one, and its events
            self.close_longest(lambda _channel: True)

    def makes_room(self) -> bool:
        """Of bodies; False when nobody sends any."""
        return self.close_longest(lambda channel: channel.request is not None and channel.request.mine > AROUND)

    def close_longest(self, which: Callable[[Channel], bool]) -> bool:
        """Close the connection of these that does what it does for longest, but for those whose request a thread has or will have."""
        found = [channel for channel in self.active_channels.values() if not channel.requests and which(channel)]
        if found:
            min(found, key=lambda channel: channel.begun).handle_close()
        return bool(found)

    @override
    def maintenance(self, now: float) -> None:
        super().maintenance(now)
        present = time.monotonic()
        for channel in list(self.active_channels.values()):
            if channel.is_late(present) or (channel.will_close and not channel.requests):
                channel.handle_close()  # at once: waitress waits until more can be sent, which whoever reads nothing puts off for ever
        while sum(channel.total_outbufs_len for channel in self.active_channels.values()) > MOST_UNREAD:
            if not self.close_longest(lambda channel: channel.total_outbufs_len > 0):
                break

    @property
    def is_busy(self) -> bool:
        return any(channel.requests or channel.total_outbufs_len for channel in self.active_channels.values())


def is_for_watchers(port: object) -> bool:
    """Whether this is the port of ``METRICS_BIND``."""
    return bool(settings.METRICS_BIND) and str(port) == settings.METRICS_BIND.rpartition(":")[2]


class ReadingWorker(Worker):
    """gunicorn starts, watches and ends the processes; ``threads`` of each answer what its loop has taken in."""

    @override
    def run(self) -> None:
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # it says of each request that waits that it does
        dispatcher, watching = ThreadedTaskDispatcher(), ThreadedTaskDispatcher()
        dispatcher.set_thread_count(self.cfg.threads)
        watching.set_thread_count(1)  # whoever watches is answered also while all others wait
        channels: dict[int, Any] = {}
        application = logged(self.wsgi, self.log.access_log.info) if self.cfg.accesslog else self.wsgi
        servers = [
            self.server(listener, self.wsgi, watching, channels)
            if is_for_watchers(listener.sock.getsockname()[1])
            else self.server(listener, application, dispatcher, channels)
            for listener in self.sockets
        ]
        while self.alive and os.getppid() == self.ppid and sum(server.asked for server in servers) < self.max_requests:
            self.turn(channels, STEP)
        for server in servers:
            server.del_channel(channels)
        until = time.monotonic() + self.cfg.graceful_timeout
        while any(server.is_busy for server in servers) and time.monotonic() < until:
            self.turn(channels, STEP / 10)
        for one in (dispatcher, watching):
            one.shutdown(timeout=1)

    def turn(self, channels: dict[int, Any], seconds: float) -> None:
        self.notify()
        wasyncore.loop(timeout=seconds, use_poll=True, map=channels, count=1)

    def server(self, listener: Any, application: WSGIApplication, dispatcher: ThreadedTaskDispatcher, channels: dict[int, Any]) -> Server:
        sock = listener.sock
        sock.setblocking(False)  # noqa: FBT003 - the name of the argument is not ours
        where = (sock.family, sock.type, sock.proto, sock.getsockname())
        return Server(application, channels, _sock=sock, dispatcher=dispatcher, adj=limits(), bind_socket=False, sockinfo=where)


def limits() -> Adjustments:
    """What is taken of whom; ``of_strangers`` are those who show no account."""
    plain = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    largest = plain + settings.MAX_EVIDENCE_BYTES + AROUND
    both = [
        Adjustments(
            max_request_body_size=most + 1,  # that many are too many
            max_request_header_size=LONGEST_HEAD,
            inbuf_overflow=largest + 1,  # above it waitress would write to the disk
            recv_bytes=64 * 1024,
            channel_timeout=QUIET_SECONDS,
            cleanup_interval=1,
            connection_limit=2 * MOST_CONNECTIONS,
            asyncore_use_poll=True,
            clear_untrusted_proxy_headers=False,  # which of them are believed, the settings say
            ident="",
        )
        for most in (largest, plain)
    ]
    adj: Adjustments
    adj, adj.of_strangers = both
    adj.largest = adj.of_strangers.largest = largest
    return adj


def logged(application: WSGIApplication, say: Callable[..., None]) -> WSGIApplication:
    """The same, with a line for each answer."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        began = time.monotonic()

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            query = f"?{environ['QUERY_STRING']}" if environ.get("QUERY_STRING") else ""
            line = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}{query}"
            milliseconds = round((time.monotonic() - began) * 1000)
            say("%s %r %s", environ.get("REMOTE_ADDR", ""), line, status.partition(" ")[0], extra={"facts": {"ms": milliseconds}})
            return start_response(status, headers, *error)

        return application(environ, start)

    return answer

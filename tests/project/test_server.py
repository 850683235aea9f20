"""The server itself, as ``make run`` and the image start it, attacked without a proxy before it."""

import contextlib
import http.client
import os
import socket
import sys
import threading
import time

import pytest

from roadmap import server as limits
from tests.deployment.compose import ROOT
from tests.deployment.site import free_port
from tools import processes

MEGABYTE = 1024 * 1024
THREADS = 2
SOCKETS = 24


@pytest.fixture(scope="module")
def held(tmp_path_factory):
    return tmp_path_factory.mktemp("server") / "held"


@pytest.fixture(scope="module")
def port(held):
    number = free_port()
    env = os.environ | {
        "PORT": str(number),
        "BIND": "",
        "WEB_THREADS": str(THREADS),
        "WEB_CONCURRENCY": "1",
        "HELD": str(held),
        "ACCESS_LOG": "1",
    }
    command = [sys.executable, "-W", "ignore", "-m", "gunicorn", "--config", "roadmap/gunicorn.py", "tests.project.asked:application"]
    with (held.parent / "log").open("wb") as log:
        process = processes.spawn(command, env=env, cwd=ROOT, output=log)
        try:
            assert processes.wait_until(lambda: answers(number), 60), (held.parent / "log").read_text()
            yield number
        finally:
            processes.end([process], grace=10)
    assert process.returncode == 0
    assert "'GET /there' 200" in (held.parent / "log").read_text()


def answers(port):
    with contextlib.suppress(OSError):
        return ask(port, "/there").startswith("200 /there")
    return False


def ask(port, path="/", method="GET", body=None, seconds=20, **headers):
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)) as connection:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return f"{answer.status} {answer.read().decode()}"


@contextlib.contextmanager
def dripping(port, begin, drop):
    """Sockets that send a byte each, again and again."""
    sockets = [socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(SOCKETS)]
    for one in sockets:
        one.sendall(begin)
    ended = threading.Event()

    def drip():
        while not ended.wait(0.05):
            for one in sockets:
                with contextlib.suppress(OSError):
                    one.sendall(drop)

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield sockets
    finally:
        ended.set()
        thread.join()
        for one in sockets:
            one.close()


HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\nCookie: sessionid=x\r\n"
SLOW = {
    "heads": (b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", b"a"),
    "nothing": (b"", b""),
    "bodies": (HEAD + b"Content-Length: 1000\r\n\r\na", b"a"),
    "chunks": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
    "answers that nobody reads": (b"GET /there HTTP/1.1\r\nHost: localhost\r\n\r\n", b""),
}


@pytest.mark.parametrize("kind", SLOW)
def test_slow_connections_hold_nobody(port, kind):
    """Twenty-four stopped it, health check and all, when each held a thread."""
    with dripping(port, *SLOW[kind]):
        time.sleep(0.3)  # so that each has been read from
        for path in ("/there", "/healthz", "/there"):
            assert ask(port, path).startswith(f"200 {path}")


def test_the_process_answers_that_it_does_while_every_thread_is_taken(port, held):
    held.touch()
    waiting = [threading.Thread(target=ask, args=(port, "/wait")) for _ in range(THREADS + 1)]
    try:
        for one in waiting:
            one.start()
        time.sleep(0.3)
        assert ask(port, "/healthz").startswith("200")
        with pytest.raises(TimeoutError):
            ask(port, "/there", seconds=0.5)
    finally:
        held.unlink()
        for one in waiting:
            one.join()


@pytest.mark.parametrize(
    ("size", "headers", "status"),
    [
        (4 * MEGABYTE, {}, 200),
        (6 * MEGABYTE, {}, 413),
        (24 * MEGABYTE, {"Authorization": "Bearer x"}, 200),
        (24 * MEGABYTE, {"Cookie": "sessionid=x"}, 200),
        (26 * MEGABYTE, {"Cookie": "sessionid=x"}, 413),
        (300 * MEGABYTE, {"Cookie": "sessionid=x"}, 413),
    ],
)
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_is_taken_up_to_its_limit_and_never_to_the_disk(port, size, headers, status, chunked):
    """By what it says, before any of it is read, and without a length by what has come."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        lines = [f"{name}: {value}" for name, value in headers.items()]
        lines += ["Transfer-Encoding: chunked"] if chunked else [f"Content-Length: {size}"]
        connection.sendall(("\r\n".join(["POST /x HTTP/1.1", "Host: localhost", *lines]) + "\r\n\r\n").encode())
        piece = b"a" * MEGABYTE
        with contextlib.suppress(OSError):  # cut off
            for _ in range(0, size if status == 200 or chunked else 0, MEGABYTE):
                connection.sendall(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
            if chunked:
                connection.sendall(b"0\r\n\r\n")
        with contextlib.suppress(ConnectionResetError):
            answer = connection.recv(1000).decode()
            while status == 200 and "/x" not in answer:
                answer += connection.recv(1000).decode()
            assert answer.startswith(f"HTTP/1.1 {status} ")
            if status == 200:
                assert f"/x {size} " in answer
    assert ask(port, "/there").startswith("200")


def test_all_bodies_that_are_held_together_are_bounded(port):
    """Sixteen that send 10 of 25 MB and then a byte now and then: who began first makes room, and others are served."""
    begin = HEAD + b"Content-Length: %d\r\n\r\n" % (25 * MEGABYTE)
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5)) for _ in range(16)]
        for one in sockets:
            one.sendall(begin + b"a" * 10 * MEGABYTE)
        assert ask(port, "/x", "POST", b"a" * MEGABYTE).startswith("200 /x 1048576")
        most = limits.MOST_HELD * limits.limits().largest // (10 * MEGABYTE)
        assert sum(is_open(one) for one in sockets) <= most
        assert not is_open(sockets[0])
        assert is_open(sockets[-1])


@pytest.mark.parametrize("kind", ["heads", "nothing", "answers that nobody reads"])
def test_however_many_hold_a_connection_others_get_one(port, kind):
    """Half as many again as the process holds, none of which asks for anything more."""
    with contextlib.ExitStack() as stack:
        for _ in range(60):
            one = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
            one.sendall(SLOW[kind][0].replace(b"/there", b"/large/9"))
        for path in ("/there", "/healthz"):
            assert ask(port, path, seconds=60).startswith(f"200 {path}")


def reader(stack, port, megabytes):
    """Somebody who has asked for so much and reads nothing of it yet."""
    one = stack.enter_context(socket.socket())
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    one.settimeout(20)
    one.connect(("127.0.0.1", port))
    one.sendall(b"GET /large/%d HTTP/1.0\r\nHost: localhost\r\n\r\n" % megabytes)
    return one


def taken(one):
    """Bytes that still come, until the connection is closed."""
    with contextlib.suppress(ConnectionResetError):
        return sum(map(len, iter(lambda: one.recv(MEGABYTE), b"")))
    return 0


@pytest.mark.long
def test_who_does_not_take_a_long_answer_holds_no_thread(port):
    with contextlib.ExitStack() as stack:
        for _ in range(THREADS):
            reader(stack, port, 64)
        assert ask(port, "/there", seconds=60).startswith("200 /there")


@pytest.mark.long
def test_who_takes_nothing_of_an_answer_is_closed_on_and_who_takes_it_gets_all(port):
    with contextlib.ExitStack() as stack:
        idle, busy = reader(stack, port, 12), reader(stack, port, 40)
        assert taken(busy) > 40 * MEGABYTE
        time.sleep(13)
        assert taken(idle) < 12 * MEGABYTE


def test_all_answers_that_wait_to_be_read_together_are_bounded(port):
    """Who began to read first makes room."""
    with contextlib.ExitStack() as stack:
        readers = []
        for _ in range(10):
            readers.append(reader(stack, port, 12))
            ask(port, "/there")
        time.sleep(4)  # it is looked at once a second
        assert [taken(one) > 12 * MEGABYTE for one in (readers[0], readers[-1])] == [False, True]


@pytest.mark.parametrize(
    ("second", "answer"),
    [(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close", b"/healthz 0"), (b"GET /x HTTP/1.1\r\n:", b"400")],
)
def test_what_is_asked_behind_another_request_is_answered(port, second, answer):
    """Nobody took up the second one, and its connection was held for good: with a thousand of them there were none left."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as one:
        one.sendall(b"GET /there HTTP/1.1\r\nHost: localhost\r\n\r\n" + second + b"\r\n\r\n")
        said = b"".join(iter(lambda: one.recv(65536), b""))
    assert answer in said.partition(b"/there 0")[2]


@pytest.mark.parametrize(
    "head",
    [b"HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked", b"HTTP/1.0\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive"],
)
def test_where_a_request_ends_is_said_once(port, head):
    """Else a proxy could see one request where the server sees two."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as one:
        one.sendall(b"POST /x " + head + b"\r\nHost: localhost\r\n\r\n0\r\n\r\nGET /there HTTP/1.1\r\nHost: localhost\r\n\r\n")
        said = b"".join(iter(lambda: one.recv(65536), b""))
    assert b"400 Bad Request" in said
    assert b"/there" not in said


def is_open(connection):
    connection.setblocking(False)
    try:
        return bool(connection.recv(1))
    except BlockingIOError:
        return True
    except OSError:
        return False


def test_the_proxy_is_not_overheard(port):
    assert ask(port, "/x", X_Forwarded_Proto="https").endswith(" https")


@pytest.mark.parametrize(
    ("length", "came", "seconds", "late"),
    [
        (0, 0, 14, False),
        (0, 0, 16, True),
        (MEGABYTE, 0, 40, False),
        (MEGABYTE, 0, 60, True),
        (0, 100, 16, True),
        (0, MEGABYTE, 40, False),
    ],
)
def test_a_request_has_a_time_for_its_head_and_one_by_its_length(length, came, seconds, late):
    one = limits.Parser(None)
    one.content_length, one.body_bytes_received = length, came
    assert one.is_late(one.began + seconds) == late


@pytest.mark.parametrize("headers", [{"Content-Length": str(300 * MEGABYTE)}, {"Transfer-Encoding": "chunked"}])
def test_who_is_refused_while_sending_gets_the_answer(port, headers):
    """A proxy, or a program that sends all before it reads: a reset in the middle would say nothing of why."""
    head = "".join(f"{name}: {value}\r\n" for name, value in {"Host": "localhost", **headers}.items())
    piece = b"a" * MEGABYTE if "Content-Length" in headers else b"100000\r\n" + b"a" * MEGABYTE + b"\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=20) as sender:
        sender.sendall(f"POST / HTTP/1.1\r\n{head}\r\n".encode())
        for _ in range(60):
            sender.sendall(piece)
        sender.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: sender.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 413 ")

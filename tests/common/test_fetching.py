"""Asking addresses that people type: public ones only, looked at again after each redirect, bounded in size and time."""

import contextlib
import socket
import ssl
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from common.fetching import MOST_BYTES, NotFetched, fetch, is_public
from milestones.evidence.looking import look_at, read_page
from tests.machine import needs

PAGE = (
    '<html lang="kk-KZ"><head><meta charset="utf-8"><title>Plain\n title</title><meta property="og:title" content="A &lt;b&gt; title">'
    '<meta property="article:published_time" content="2026-03-05T10:00:00Z"><meta property="og:site_name" content="Sample"></head></html>'
)


class Receiver(BaseHTTPRequestHandler):
    seen: list = []

    def do_GET(self):
        Receiver.seen.append((self.command, self.path, dict(self.headers)))
        getattr(self, f"at_{self.path.strip('/').split('/')[0] or 'page'}", self.at_page)()

    def say(self, status=200, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(body)

    def at_page(self):
        self.say(body=PAGE.encode(), Content_Type="text/html")

    def at_russian(self):
        self.say(
            body="<title>Заголовок</title><time datetime='2025-01-02'>".encode("cp1251"), Content_Type="text/html; charset=windows-1251"
        )

    def at_pdf(self):
        self.say(body=b"%PDF-1.7", Content_Type="application/pdf")

    def at_moved(self):
        self.say(302, Location="/page")

    def at_loop(self):
        self.say(302, Location="/loop")

    def at_inside(self):
        self.say(302, Location="http://169.254.169.254/latest/meta-data/")

    def at_file(self):
        self.say(302, Location="file:///etc/passwd")

    def at_large(self):
        self.send_response(200)
        self.end_headers()
        with contextlib.suppress(OSError):
            for _ in range(64):
                self.wfile.write(b"x" * 65536)

    def at_slow(self):
        self.send_response(200)
        self.end_headers()
        with contextlib.suppress(OSError):
            for _ in range(100):
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.2)

    def at_gone(self):
        self.say(404)

    def log_message(self, *args):
        pass


@pytest.fixture
def receiver(settings):
    settings.FETCH_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    Receiver.seen.clear()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """Of sample.example, signed by itself, with its key."""
    needs("openssl")
    path = tmp_path_factory.mktemp("certificate") / "sample.example.pem"
    asked = "req -x509 -newkey rsa:2048 -nodes -days 36500 -subj /CN=sample.example -addext subjectAltName=DNS:sample.example"
    subprocess.run(["openssl", *asked.split(), "-keyout", path, "-out", path.with_suffix(".crt")], check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + path.with_suffix(".crt").read_bytes())
    return path


@pytest.fixture
def secure_receiver(settings, monkeypatch, certificate):
    """The same by HTTPS; whatever is called ….example leads there."""
    settings.FETCH_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_asked: None  # whoever does not trust it hangs up
    plain = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *args, **more: plain("127.0.0.1", *args, **more))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    Receiver.seen.clear()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_certificate_is_that_of_the_name_and_of_somebody_who_is_trusted(secure_receiver, certificate, monkeypatch):
    def asked(host):
        try:
            return fetch(f"https://{host}:{secure_receiver}/page").status
        except NotFetched as error:
            return error.code

    assert asked("sample.example") == "no_answer", "nobody vouches for it"
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert [asked(host) for host in ("sample.example", "another.example", "127.0.0.1")] == [200, "no_answer", "no_answer"]
    assert [headers["Host"] for _method, _path, headers in Receiver.seen] == [f"sample.example:{secure_receiver}"]


def test_a_page_proposes_its_title_day_and_publisher(receiver):
    found = look_at(f"{receiver}/page?x=1#part")
    assert (found.title, found.published_on, found.publisher, found.language) == ("A <b> title", "2026-03-05", "Sample", "kk")
    assert Receiver.seen[0][1] == "/page?x=1"
    assert "Cookie" not in Receiver.seen[0][2]
    assert "Authorization" not in Receiver.seen[0][2]


def test_other_alphabets_and_what_is_no_page(receiver):
    assert look_at(f"{receiver}/russian").title == "Заголовок"
    assert look_at(f"{receiver}/russian").published_on == "2025-01-02"
    assert look_at(f"{receiver}/pdf").title == ""


def test_redirects_are_followed_and_looked_at_again(receiver):
    assert fetch(f"{receiver}/moved").address.endswith("/page")
    for path, code in (("/loop", "redirects"), ("/inside", "not_public"), ("/file", "not_an_address")):
        with pytest.raises(NotFetched) as error:
            fetch(f"{receiver}{path}")
        assert error.value.code == code


def test_size_and_time_are_bounded(receiver):
    assert len(fetch(f"{receiver}/large").body) == MOST_BYTES
    begin = time.monotonic()
    with pytest.raises(NotFetched) as error:
        fetch(f"{receiver}/slow", seconds=1)
    assert error.value.code == "too_slow"
    assert time.monotonic() - begin < 5


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1/", "http://localhost/", "http://[::1]/", "http://10.0.0.1/", "http://192.168.1.1/", "http://169.254.169.254/", "http://0.0.0.0/",
     "http://[::ffff:127.0.0.1]/", "http://[::ffff:10.0.0.1]/", "http://2130706433/", "http://0x7f000001/", "http://127.1/", "http://[fe80::1]/",
     "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/", "http://224.0.0.1/", "http://255.255.255.255/", "http://100.64.0.1/"],
)  # fmt: skip
def test_our_own_network_is_never_asked(address):
    with pytest.raises(NotFetched) as error:
        fetch(address)
    assert error.value.code in {"not_public", "unknown_host"}


@pytest.mark.parametrize(
    "address",
    ["ftp://example.org/", "file:///etc/passwd", "javascript:alert(1)", "http://", "http:///x", "//example.org", "http://user:secret@example.org/",
     "http://exa mple.org/", "http://example.org:99999/", "http://example.org:0/", "http://exam\nple.org/", "http://a" + "b" * 3000, "", "http://[::1", "http://\u202e.org",
     "http://user@example.org/", "http://:secret@example.org/", "http://example.org/" + "a" * 2000],
)  # fmt: skip
def test_what_is_no_address_is_refused(address):
    with pytest.raises(NotFetched) as error:
        fetch(address)
    assert error.value.code == "not_an_address", "before anybody is asked where it leads"


def test_a_strange_port_is_not_asked(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: [(2, 1, 6, "", ("93.184.216.34", 25))])
    with pytest.raises(NotFetched) as error:
        fetch("http://example.org:25/")
    assert error.value.code == "port"


def test_the_connection_goes_to_the_address_that_was_looked_at(receiver, monkeypatch):
    """A name that answers otherwise the second time changes nothing: it is asked once."""
    answers = iter([[(2, 1, 6, "", ("127.0.0.1", 0))], [(2, 1, 6, "", ("10.0.0.1", 0))]])
    asked = []
    plain = socket.getaddrinfo

    def lookup(host, *args, **kwargs):
        if host == "sample.example":
            asked.append(host)
            return next(answers)
        return plain(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    port = receiver.rpartition(":")[2]
    assert fetch(f"http://sample.example:{port}/page").status == 200
    assert asked == ["sample.example"]
    assert Receiver.seen[0][2]["Host"] == f"sample.example:{port}"


def test_name_servers_that_say_nothing_hold_nobody_up(monkeypatch):
    answers = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: [answers.wait(30)][1:])
    with pytest.raises(NotFetched) as told:
        fetch("http://silent.example/", seconds=0.2)
    assert (told.value.code, answers.is_set()) == ("too_slow", False)
    answers.set()


def test_one_private_address_among_public_ones_is_enough_to_refuse(monkeypatch):
    both = [(2, 1, 6, "", ("93.184.216.34", 80)), (2, 1, 6, "", ("10.0.0.1", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: both)
    with pytest.raises(NotFetched) as error:
        fetch("http://example.org/")
    assert error.value.code == "not_public"


def test_an_unusual_port_is_asked_only_where_every_address_is_an_exception(monkeypatch, settings):
    settings.FETCH_ALLOWED_NETWORKS = ["10.0.0.0/8"]
    both = [(2, 1, 6, "", ("93.184.216.34", 9999)), (2, 1, 6, "", ("10.0.0.1", 9999))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: both)
    with pytest.raises(NotFetched) as error:
        fetch("http://example.org:9999/")
    assert error.value.code == "port"


def test_public_addresses_are_told_from_others():
    assert all(is_public(one) for one in ("93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34"))
    assert not any(
        is_public(one)
        for one in (
            "127.0.0.1",
            "::1",
            "fec0::1",
            "fe80::1%eth0",
            "fc00::1",
            "::",
            "2001:0:7f00:1::",
            "2001:0:5db8:d822::f5ff:fffe",
            "2002:a00:1::",
            "192.0.0.192",
            "192.88.99.1",
            "2620:4f:8000::1",
            "3fff::1",
            "4000::1",
            "240.0.0.1",
        )
    )


@pytest.mark.parametrize(
    "body", [b"", b"\x00\xff" * 100, b"<title>" + b"x" * 100_000, b"<" * 100_000, b'<meta charset="nonsense"><title>T</title>']
)
def test_any_page_is_read_to_its_end(body):
    from common.fetching import Fetched

    found = read_page(Fetched("http://a", 200, {"content-type": "text/html"}, body))
    assert len(found.title) <= 500


def test_letters_of_any_alphabet_are_sent_as_the_web_wants_them(receiver):
    assert fetch(f"{receiver}/wiki/Казахстан?q=ё").status == 200
    assert Receiver.seen[-1][1] == "/wiki/%D0%9A%D0%B0%D0%B7%D0%B0%D1%85%D1%81%D1%82%D0%B0%D0%BD?q=%D1%91"
    fetch(f"{receiver}/a%20b?c=%2F")
    assert Receiver.seen[-1][1] == "/a%20b?c=%2F"


@pytest.mark.parametrize("charset", ["idna", "undefined", "nonsense", "utf-16"])
def test_a_charset_that_is_none_is_no_fault_of_ours(charset):
    from common.fetching import Fetched

    assert read_page(Fetched("http://a", 200, {"content-type": f"text/html; charset={charset}"}, b"<title>T</title>")) is not None

"""What a request carries is refused by what it says of itself, and nothing of a stranger's lands on the disk."""

import tempfile
from io import BytesIO

import pytest
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.test import Client
from django.urls import reverse

from accounts.tokens import make_token
from common.charsets import without_strange_signs
from tests.people import person

MEGABYTE = 1024 * 1024
pytestmark = pytest.mark.django_db


class NotRead:
    """A body that says how long it is, and that nobody may look into."""

    def __init__(self, length):
        self.length = length

    def read(self, *_size):
        raise AssertionError("it was read")

    readline = read


def send(path, length, *, content_type="multipart/form-data; boundary=x", body=None, **headers):
    """A POST of so many bytes, as a server hands it on."""
    client = headers.pop("client", None) or Client(enforce_csrf_checks=True)
    environ = {"wsgi.input": body or NotRead(length), "CONTENT_LENGTH": str(length), "CONTENT_TYPE": content_type}
    without_strange_signs(environ)  # as the server's application does
    return client.generic("POST", path, **environ, **headers)


@pytest.fixture
def written(monkeypatch):
    """Names of the files that Django begins to write."""
    names = []
    begin = TemporaryFileUploadHandler.new_file

    def new_file(self, *args, **more):
        names.append(args)
        return begin(self, *args, **more)

    monkeypatch.setattr(TemporaryFileUploadHandler, "new_file", new_file)
    return names


FORMS = ["follow", "report_error", "ask_export", "accounts:login", "accounts:password_reset", "desk:files"]


def with_a_file(size):
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\n'
    return head + b"a" * size + b"\r\n--x--\r\n"


@pytest.mark.parametrize("name", FORMS)
def test_300_megabytes_for_a_form_are_refused_unread(rk2030, name):
    answer = send(reverse(name), 300 * MEGABYTE)
    assert answer.status_code == 413
    assert "5" in answer.content.decode()


@pytest.mark.parametrize("name", FORMS)
def test_no_file_of_a_stranger_is_kept_anywhere(rk2030, name, written, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # of this test alone: others write into the machine's
    body = with_a_file(4 * MEGABYTE)  # above what Django keeps in memory
    answer = send(reverse(name), len(body), body=BytesIO(body))
    assert answer.status_code in {200, 302, 400, 403, 404}
    assert (written, list(tmp_path.iterdir())) == ([], [])


def test_who_has_signed_in_sends_files_where_there_is_a_place_for_them_and_nowhere_else(rk2030, written):
    client = Client()
    client.force_login(person("editor"))
    body = with_a_file(4 * MEGABYTE)
    send(reverse("follow"), len(body), body=BytesIO(body), client=client)
    assert written == []
    answer = send(reverse("desk:files"), len(body), body=BytesIO(body), client=client)
    assert len(written) == 1
    assert answer.status_code == 400  # a table has at most 2 MB
    assert send(reverse("desk:files"), 300 * MEGABYTE, client=client).status_code == 413
    assert send(reverse("follow"), 6 * MEGABYTE, client=client).status_code == 413


def test_the_api_reads_a_file_of_no_unknown_program(rk2030, written):
    body = with_a_file(4 * MEGABYTE)
    path = "/api/v1/evidence/"
    for auth in ({}, {"HTTP_AUTHORIZATION": "Bearer rmt_nonsense"}):
        assert send(path, len(body), **auth).status_code == 401
    answer = send(path, 300 * MEGABYTE)
    assert (answer.status_code, answer.json()["type"]) == (413, "/api/v1/problems/too-large/")
    _token, text = make_token(user=person("analyst"), name="T", scopes=["assess"])
    assert send(path, len(body), body=BytesIO(body), HTTP_AUTHORIZATION=f"Bearer {text}").status_code == 400  # no title
    assert len(written) == 1


@pytest.mark.parametrize("charset", ["punycode", "idna", "utf-7", "rot13", "unicode_escape", "hz"])
def test_signs_that_take_minutes_are_not_read(rk2030, charset):
    """``punycode`` took 40 seconds for 40 kB, and every thread could be given some."""
    body = b"email=" + b"%E9" * 100_000
    kind = f"application/x-www-form-urlencoded; charset={charset}"
    for path in (reverse("follow"), reverse("accounts:login")):
        assert send(path, len(body), content_type=kind).status_code == 415
    answer = send("/api/v1/milestones/", len(body), content_type=f"application/json; charset={charset}")
    assert (answer.status_code, answer.json()["type"]) == (415, "/api/v1/problems/unsupported-media-type/")
    environ = {"CONTENT_TYPE": kind}
    without_strange_signs(environ)
    assert Client().get("/milestones/?" + "q=" + "-" * 3000, **environ).status_code == 415


@pytest.mark.parametrize("charset", ["", "; charset=utf-8", '; charset="UTF-8"'])
def test_utf_8_is_read(rk2030, charset):
    answer = send(reverse("follow"), 7, content_type=f"application/x-www-form-urlencoded{charset}", body=BytesIO(b"email=a"))
    assert answer.status_code == 403  # no token of the form

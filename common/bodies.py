"""What a request carries: looked at by what it says of itself, before anything reads it.

Django parses a form for its token against forgery before any view has a say, and writes the files of a multipart one to
the disk while it does. So the first middleware says who may send how much, and files are kept for nobody but those who
have signed in, at the few views that take any. How slowly a body may come, and how long one without a length may be, is
the server's (``roadmap/server.py``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.shortcuts import render
from django.utils.translation import gettext as _
from rest_framework.parsers import MultiPartParser
from typing_extensions import override

from common.api.problems import PROBLEMS, problem_response
from common.charsets import STRANGE

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

View = TypeVar("View", bound="Callable[..., HttpResponse]")

AROUND = 64 * 1024
"""What a form writes around a file."""
MEGABYTE = 1024 * 1024


def takes_files(view: View) -> View:
    """Mark a view of those who have signed in whose form has files."""
    view.takes_files = True  # type: ignore[attr-defined]
    return view


class NoFiles(FileUploadHandler):
    """Passes over each file of a form: it is read to its end and kept nowhere."""

    @override
    def new_file(self, *_args: object, **_more: object) -> NoReturn:
        raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:  # noqa: ARG002 - Django's signature
        return None

    def file_complete(self, file_size: int) -> None:  # noqa: ARG002 - Django's signature
        return None


class BodyMiddleware:
    """The first of all: refuses a body that is too long or in strange signs, and keeps files from whoever may send none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, _args: object, _kwargs: object) -> HttpResponse | None:
        if STRANGE in request.META:
            return refusal(request, "unsupported-media-type", _("Texts are read in UTF-8."))
        files = may_send_files(request, view)
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE + (settings.MAX_EVIDENCE_BYTES + AROUND if files else 0)
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isascii() and length.isdigit() and int(length) > most:
            return refusal(request, "too-large", _("At most %(most)d MB are taken here.") % {"most": most // MEGABYTE})
        if not files:
            request.upload_handlers = [NoFiles(request)]
        return None


def may_send_files(request: HttpRequest, view: Any) -> bool:
    """At these views alone, and signed in; of a token the API finds out before it reads."""
    if MultiPartParser in getattr(getattr(view, "cls", None), "parser_classes", ()):
        return "Authorization" in request.headers or request.user.is_authenticated
    return getattr(view, "takes_files", False) and request.user.is_authenticated


def refusal(request: HttpRequest, kind: str, text: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        return problem_response(kind, text)
    status, title = PROBLEMS[kind]
    return render(request, "errors/error.html", {"title": title, "text": text, "status": status}, status=status)

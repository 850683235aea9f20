"""Which files are taken as evidence: by name, by size, and by what they begin with."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404
from django.utils.translation import gettext as _

from common.archives import NotTaken, opened
from common.refusals import Problem, Refused
from common.sheets import MEDIA_TYPES
from common.text import line

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from django.core.files.uploadedfile import UploadedFile
    from django.http import HttpRequest

MEGABYTE = 1024 * 1024
HEAD = 512


def _begins(*beginnings: bytes) -> Callable[[UploadedFile[Any], bytes], bool]:
    return lambda _file, head: head.startswith(beginnings)


def _is_text(_file: UploadedFile[Any], head: bytes) -> bool:
    return b"\x00" not in head


def _is_office(part: str) -> Callable[[UploadedFile[Any], bytes], bool]:
    def check(file: UploadedFile[Any], head: bytes) -> bool:
        if not head.startswith(b"PK"):
            return False
        try:
            with opened(file) as archive:
                return any(name.startswith(part) for name in archive.namelist())
        except NotTaken:
            return False
        finally:
            file.seek(0)

    return check


TYPES: dict[str, tuple[str, Callable[[UploadedFile[Any], bytes], bool]]] = {
    ".pdf": ("application/pdf", _begins(b"%PDF-")),
    ".png": ("image/png", _begins(b"\x89PNG\r\n\x1a\n")),
    ".jpg": ("image/jpeg", _begins(b"\xff\xd8\xff")),
    ".jpeg": ("image/jpeg", _begins(b"\xff\xd8\xff")),
    ".txt": ("text/plain; charset=utf-8", _is_text),
    ".csv": (MEDIA_TYPES["csv"], _is_text),
    ".docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", _is_office("word/")),
    ".xlsx": (MEDIA_TYPES["xlsx"], _is_office("xl/")),
}
"""By the ending of the name: the media type that it is served as, and whether the content is that. Nothing that a browser would run."""


class FileRefused(Refused):
    """The file is not taken; the text says what would be."""


def examine(file: Any) -> str:
    """Look at a file once, before any lock is taken: its SHA-256. Raises ``FileRefused``, as often as it is asked."""
    if not hasattr(file, "verdict"):
        try:
            check_file(file)
        except FileRefused as refused:
            file.verdict = refused
        else:
            content = hashlib.sha256()
            for chunk in file.chunks():
                content.update(chunk)
            file.seek(0)
            file.verdict = content.hexdigest()
    if isinstance(file.verdict, FileRefused):
        raise file.verdict
    return str(file.verdict)


def examine_all(request: HttpRequest) -> None:
    """The files of a form; what is refused is said when the form is checked."""
    for file in request.FILES.dict().values():
        with suppress(FileRefused):
            examine(file)


def check_file(file: UploadedFile[Any]) -> None:
    """Raise ``FileRefused`` unless it is of a known type, is what its name says, and is not too large."""
    ending = PurePath(file.name or "").suffix.lower()
    if ending not in TYPES:
        known = ", ".join(TYPES)
        raise FileRefused(Problem("file", "file_type", _("Files of this kind are not taken. Taken: %(known)s.") % {"known": known}))
    try:
        line(file.name or "")
    except ValidationError as error:
        raise FileRefused(Problem("file", "file_name", error.messages[0])) from error
    if not file.size:
        raise FileRefused(Problem("file", "file_empty", _("The file is empty.")))
    if file.size > settings.MAX_EVIDENCE_BYTES:
        most = settings.MAX_EVIDENCE_BYTES // MEGABYTE
        raise FileRefused(Problem("file", "file_size", _("The file is larger than %(most)d MB.") % {"most": most}))
    file.seek(0)
    head = file.read(HEAD)
    file.seek(0)
    if not TYPES[ending][1](file, head):
        raise FileRefused(Problem("file", "file_content", _("The content is not what the name says: %(ending)s.") % {"ending": ending}))


def media_type(name: str) -> str:
    return TYPES.get(PurePath(name).suffix.lower(), ("application/octet-stream", _is_text))[0]


def file_of(visible: Any, uid: UUID) -> FileResponse:
    """The file of one among these pieces of evidence, to be kept by nobody on the way."""
    piece = visible.exclude(file="").filter(uid=uid).first()
    if piece is None or not piece.file.storage.exists(piece.file.name):
        raise Http404
    response = FileResponse(piece.file.open("rb"), as_attachment=True, filename=piece.file_name, content_type=media_type(piece.file_name))
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response

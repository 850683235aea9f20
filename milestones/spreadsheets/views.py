"""Assessments and plan dates out to a spreadsheet, and in again: first dry, then in earnest."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from common.bodies import takes_files
from common.refusals import Refused
from common.sheets import MEDIA_TYPES
from milestones.spreadsheets.importing import KINDS, export_table, import_file
from milestones.spreadsheets.tables import BOOKS, MOST_BYTES, TEXTS
from record.desk import desk_page, tell
from record.installation import named
from record.moments import MOST_DIGITS

if TYPE_CHECKING:
    from record.desk import DeskRequest

ANSWER = "answer-"
"""What the names of fields begin with that answer a question about a file."""


@takes_files
@desk_page("GET", "POST")
def files(request: DeskRequest) -> HttpResponse:
    """A file that has been read is carried along by the page, with the answers to what it was asked, until it is recorded."""
    context: dict[str, Any] = {"accepted": ",".join(f".{ending}" for ending in (*TEXTS, *BOOKS))}
    status = 200
    if request.method == "POST":
        try:
            name, content = _uploaded(request)
            kind = request.POST.get("kind", "")
            if kind not in KINDS:
                raise Refused.because("kind", _("Choose what the file holds."))
            dry = request.POST.get("step") != "import"
            submit, seen = request.POST.get("submit") == "1", request.POST.get("position", "")
            answers = {key.removeprefix(ANSWER): str(value) for key, value in request.POST.items() if key.startswith(ANSWER)}
            how = {"submit": submit, "dry": dry, "seen": int(seen) if seen.isdecimal() and len(seen) <= MOST_DIGITS else None}
            outcome = import_file(name, content, kind=kind, user=request.user, answers=answers, **how)
            status = 400 if outcome.errors else 409 if outcome.questions and not dry else 200
            asked = {question.key for question in outcome.questions}
            carried = {f"{ANSWER}{key}": value for key, value in answers.items() if key not in asked}
            context |= {"outcome": outcome, "kind": kind, "name": name, "submit": submit, "carried": carried, "answer": ANSWER}
            if (dry or outcome.questions) and not outcome.errors:
                context["content"] = base64.b64encode(content).decode()
        except Refused as refused:
            tell(request, refused)
            status = 400
    return render(request, "desk/files.html", context, status=status)


def _uploaded(request: DeskRequest) -> tuple[str, bytes]:
    """The file of the form, or the one that a dry run has just read and the page gave back."""
    if file := request.FILES.get("file"):
        if (file.size or 0) > MOST_BYTES:
            raise Refused.because("file_size", _("The file is larger than 2 MB."))
        return str(file.name), file.read()
    name, content = request.POST.get("name", ""), request.POST.get("content", "")
    if not name or not content:
        raise Refused.because("file_missing", _("Choose a file."))
    try:
        return name, base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused.because("file_content", _("The file did not arrive whole; choose it again.")) from error


@desk_page("GET")
def export(request: DeskRequest, kind: str, ending: str) -> HttpResponse:
    if kind not in KINDS or ending not in MEDIA_TYPES:
        raise Http404
    content = export_table(kind=kind, user=request.user, ending=ending, position=request.present.position)
    response = HttpResponse(content, content_type=MEDIA_TYPES[ending])
    response["Content-Disposition"] = (
        f'attachment; filename="{named(f"{kind}-{request.present.day.isoformat()}-position-{request.present.position}")}.{ending}"'
    )
    return response

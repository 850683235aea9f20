"""Files: what there is, the small ones at once, and the page that shows how far a long one is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from common.limits import within_limit
from common.origins import is_foreign
from exports.compare import contents_of as compared_contents
from exports.files import begun
from exports.formats import FORMATS
from exports.making import AT_ONCE, BadFilters, ask_for, chosen, contents_of, filters_of, is_gone, is_withdrawn, withdraw_file
from exports.models import Export
from pages.compare import Comparison
from pages.ends import read_ends
from proposals.addresses import asked
from proposals.filters import report_asked
from record.moments import BadMoment, BeforeRecord, read_moment
from record.pages import no_moment, public_page

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from exports.formats import Contents, Format
    from record.moments import Moment
    from record.pages import PublicRequest


@public_page
def exports(request: PublicRequest) -> HttpResponse:
    """What can be taken along, of the moment that is looked at."""
    offered = [format_ for format_ in FORMATS.values() if format_.whole]
    context = {
        "formats": [format_ for format_ in offered if format_.is_possible()],
        "impossible": [format_ for format_ in offered if not format_.is_possible()],
        "report": report_asked(request),
    }
    return render(request, "exports.html", context)


@never_cache
@require_http_methods(["GET", "HEAD"])
def milestones_file(request: HttpRequest, ending: str) -> HttpResponseBase:
    """Just the view of the address, at once; a workbook of more than ``AT_ONCE`` milestones is made by a worker."""
    form = FORMATS.get(ending)
    if form is None or form.view is None:
        raise Http404
    try:
        moment = read_moment(request.GET).settled()
        contents = contents_of(filters_of(asked(request)), moment)
    except (BadMoment, BeforeRecord) as none:
        return no_moment(request, none)
    except BadFilters:
        return redirect(f"/milestones/?{asked(request).urlencode()}")  # the page says what was not understood
    if form.by_worker and contents.rows.count() > AT_ONCE:
        return _from_a_worker(request, ending, contents)
    return _sent(form, form.view(contents, lambda _parts: None), _name(moment))


@never_cache
@require_http_methods(["GET", "HEAD"])
def compare_file(request: HttpRequest, ending: str) -> HttpResponseBase:
    """All that is not the same at the two moments of the address, at once."""
    form = FORMATS.get(ending)
    if form is None or form.view is None or not form.compares:
        raise Http404
    try:
        earlier, later, report = read_ends(asked(request), read_moment(request.GET))
    except (BadMoment, BeforeRecord) as none:
        return no_moment(request, none)
    compared = Comparison(earlier.settled(), later.settled(), report)
    name = f"roadmap-{compared.earlier.moment.position}-{compared.later.moment.position}"
    return _sent(form, form.view(compared_contents(compared), lambda _parts: None), name)


def _sent(form: Format, pieces: Iterable[bytes], name: str) -> HttpResponseBase:
    response = form.named(StreamingHttpResponse(begun(pieces)), name)
    response["X-Robots-Tag"] = "noindex"
    return response


def _from_a_worker(request: HttpRequest, ending: str, contents: Contents) -> HttpResponse:
    """Leads to the page of the file; who comes from another site, to the page of milestones, from which they ask for it themselves."""
    if is_foreign(request):
        return redirect(f"/milestones/?{asked(request).urlencode()}")
    if not within_limit(request, "export"):
        return _too_many(request)
    return redirect("export", ask_for(ending, contents.query, contents.moment).uid)


def _name(moment: Moment) -> str:
    return f"roadmap-{moment.day.isoformat()}-{moment.position}"


def _too_many(request: HttpRequest) -> HttpResponse:
    text = _("Too many files were asked for from your address. Please try again later.")
    return render(request, "errors/error.html", {"title": _("Too many requests"), "text": text, "status": 429}, status=429)


@csrf_exempt  # it stands on pages that are kept for all, so it has no token: who made the browser ask is seen by its headers
@never_cache
@require_http_methods(["POST"])
def ask_export(request: HttpRequest) -> HttpResponseBase:
    """Ask for a whole file; the same asked for again is the same file."""
    form = FORMATS.get(request.POST.get("kind", ""))
    if form is None or form.whole is None or not form.is_possible():
        raise Http404
    if is_foreign(request):
        raise PermissionDenied
    if not within_limit(request, "export"):
        return _too_many(request)
    try:
        moment, query = read_moment(request.POST), filters_of(request.POST)
        chosen(query, moment)
        return redirect("export", ask_for(form.ending, query, moment).uid)
    except (BadMoment, BadFilters):
        return redirect("exports")
    except BeforeRecord as before:
        return no_moment(request, before)


@never_cache
@require_safe
def export(request: HttpRequest, uid: UUID) -> HttpResponse:
    """How far the file is; the page looks again by itself, without script."""
    asked = get_object_or_404(Export, uid=uid)
    if asked.state == "done" and (is_withdrawn(asked) or is_gone(asked)):
        withdraw_file(asked)
        asked.refresh_from_db()
    response = render(request, "export.html", {"export": asked, "format": FORMATS[asked.kind]})
    if asked.state in {"waiting", "running"}:
        response["Refresh"] = "3"
    return response


@never_cache
@require_safe
def export_file(request: HttpRequest, uid: UUID) -> HttpResponseBase:
    made = get_object_or_404(Export, uid=uid, state="done")
    if is_withdrawn(made) or is_gone(made):
        withdraw_file(made)
        text = _("Something that it held was withdrawn from the record since. Ask for the file anew.")
        return render(request, "errors/error.html", {"title": _("This file is no more"), "text": text, "status": 410}, status=410)
    name = f"roadmap-{made.day.isoformat()}-{made.position}-{made.language}"
    return FORMATS[made.kind].named(FileResponse(made.file.open("rb")), name)

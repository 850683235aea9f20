"""Files: what there is, the small ones at once, and the page that shows how far a long one is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from common.limits import within_limit
from exports import files, printed
from exports.making import (
    AT_ONCE,
    ENDINGS,
    BadFilters,
    about,
    about_rows,
    ask_for,
    chosen,
    filters_of,
    is_gone,
    is_withdrawn,
    one_table,
    tables_of,
    withdraw_file,
)
from exports.models import KINDS, Export
from notifications.calendar import calendar_of
from pages.provenance import provenance_of
from record.moments import BadMoment, BeforeRecord, read_moment
from record.pages import public_page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from milestones.querysets import MilestoneVersionQuerySet
    from record.moments import Moment
    from record.pages import PublicRequest


@public_page
def exports(request: PublicRequest) -> HttpResponse:
    """What can be taken along, of the moment that is looked at."""
    query = filters_of(request.GET)
    context = {
        "query": query,
        "kinds": [(kind, word) for kind, word in KINDS if kind != "pdf" or printed.is_possible()],
        "printable": printed.is_possible(),
    }
    return render(request, "exports.html", context)


def settled(moment: Moment) -> Moment:
    """The same moment read by its position: what is streamed must not change while the record moves on."""
    return replace(moment, past=True)


@never_cache
@require_http_methods(["GET", "HEAD"])
def milestones_file(request: HttpRequest, ending: str) -> HttpResponseBase:  # noqa: PLR0911 - one answer for each case
    """Just the view of the address, at once; a workbook of more than ``AT_ONCE`` milestones is made by a worker."""
    if ending not in {"csv", "json", "xlsx", "ics"}:
        raise Http404
    try:
        moment = settled(read_moment(request.GET))
        query = filters_of(request.GET)
        rows = chosen(query, moment)
    except BadMoment as bad:
        return render(request, "errors/no_moment.html", {"text": str(bad)}, status=400)
    except BeforeRecord as before:
        return render(request, "errors/no_moment.html", {"begins": before.begins, "before": True}, status=404)
    except BadFilters:
        return redirect(f"/milestones/?{request.GET.urlencode()}")  # the page says what was not understood
    if ending == "ics":
        return _calendar(request, rows, moment)
    if ending == "xlsx" and rows.count() > AT_ONCE:
        if not within_limit(request, "export"):
            return _too_many(request)
        return redirect("export", ask_for(ending, query, moment).uid)
    return _at_once(ending, query, moment)


def _at_once(ending: str, query: str, moment: Moment) -> HttpResponseBase:
    content: Iterator[bytes]
    if ending == "csv":
        content = (line.encode() for line in files.csv_file(one_table(query, moment), about(moment, query)))
    elif ending == "json":
        content = files.json_file([one_table(query, moment)], about(moment, query))
    else:
        content = files.xlsx_file(tables_of(query, moment), about_rows(moment, query))
    return _named(StreamingHttpResponse(files.begun(content)), ending, moment)


def _named(response: HttpResponseBase, ending: str, moment: Moment) -> HttpResponseBase:
    response["Content-Type"] = ENDINGS[ending]
    response["Content-Disposition"] = f'attachment; filename="roadmap-{moment.day.isoformat()}-{moment.position}.{ending}"'
    response["X-Robots-Tag"] = "noindex"
    return response


def _calendar(request: HttpRequest, rows: MilestoneVersionQuerySet, moment: Moment) -> HttpResponse:
    content = calendar_of(
        rows,
        moment,
        name=_("Roadmap tracker"),
        address=lambda code: request.build_absolute_uri(f"/milestones/{code}/"),
        said=provenance_of(moment, request),
    )
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="milestones-{moment.position}.ics"'
    return response


def _too_many(request: HttpRequest) -> HttpResponse:
    text = _("Too many files were asked for from your address. Please try again later.")
    return render(request, "errors/error.html", {"title": _("Too many requests"), "text": text, "status": 429}, status=429)


@csrf_exempt  # it changes nothing of anybody's, and stands on pages that are kept for all
@never_cache
@require_http_methods(["POST"])
def ask_export(request: HttpRequest) -> HttpResponseBase:
    """Ask for a whole file; the same asked for again is the same file."""
    kind = request.POST.get("kind", "")
    if kind not in dict(KINDS) or (kind == "pdf" and not printed.is_possible()):
        raise Http404
    if not within_limit(request, "export"):
        return _too_many(request)
    try:
        moment, query = read_moment(request.POST), filters_of(request.POST)
        chosen(query, moment)
    except (BadMoment, BadFilters):
        return redirect("exports")
    except BeforeRecord as before:
        return render(request, "errors/no_moment.html", {"begins": before.begins, "before": True}, status=404)
    return redirect("export", ask_for(kind, query, moment).uid)


@never_cache
@require_safe
def export(request: HttpRequest, uid: UUID) -> HttpResponse:
    """How far the file is; the page looks again by itself, without script."""
    asked = get_object_or_404(Export, uid=uid)
    if asked.state == "done" and (is_withdrawn(asked) or is_gone(asked)):
        withdraw_file(asked)
        asked.refresh_from_db()
    response = render(request, "export.html", {"export": asked})
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
    response = FileResponse(made.file.open("rb"))
    response["Content-Type"] = ENDINGS[made.kind]
    response["Content-Disposition"] = f'attachment; filename="roadmap-{made.day.isoformat()}-{made.position}-{made.language}.{made.kind}"'
    return response

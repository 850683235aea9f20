"""The timeline as a page and as a file; the address is the view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import F
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common.sheets import csv_text
from milestones.filters import MilestoneFilterSet
from milestones.models import Baseline, MilestoneVersion
from milestones.views import address, filters_shown
from pages.drawing import draw_timeline
from pages.provenance import provenance_of
from pages.timeline import GROUPS, ZOOMS, View, ViewForm, timeline
from pages.views.charts import attached, drawing
from proposals.addresses import asked
from record.pages import public_page

if TYPE_CHECKING:
    from record.pages import PublicRequest


def asked_for(request: PublicRequest) -> tuple[ViewForm, MilestoneFilterSet]:
    """How to draw, and which milestones."""
    milestones = MilestoneVersion.objects.as_of(request.moment).with_health(request.moment).with_freshness(request.moment.day)
    return ViewForm(request.GET), MilestoneFilterSet(asked(request), queryset=milestones, request=request)


@public_page
def timeline_page(request: PublicRequest) -> HttpResponse:
    form, filters = asked_for(request)
    shown = filters_shown(request, filters, *form.fields)
    shown["errors"] += [(form.fields[name].label or name, list(errors)) for name, errors in form.errors.items()]
    view = View.of(form) if form.is_valid() else View()
    query = request.GET
    line = None if shown["errors"] else timeline(filters.qs, request.moment, view)
    for group in line.groups if line else ():
        group.address = address(query, open=group.toggle or None)
    slipped = query.get("slipped") == "true"
    of_them = Baseline.objects.as_of(request.moment)
    if filters.is_valid() and (reports := filters.form.cleaned_data["report"]):
        of_them = of_them.filter(report__code__in=reports)
    frozen = dict.fromkeys(of_them.order_by("position").values_list("name", flat=True))
    baselines = [(_("the first plan"), address(query, against=None), not view.against)]
    baselines += [(name, address(query, against=f"baseline:{name}"), view.against == f"baseline:{name}") for name in frozen]
    context = shown | {
        "baselines": baselines,
        "against_word": next((word for word, _there, current in baselines if current), view.against),
        "kept_all": [(name, value) for name, values in query.lists() if name != "against" for value in values],
        "line": line,
        "view": view,
        "zooms": [(word, address(query, zoom=None if value == "fit" else value), view.zoom == value) for value, word in ZOOMS],
        "groups": [
            (word, address(query, group=None if value == "proposal" else value, open=None), view.group == value) for value, word in GROUPS
        ],
        "as_table": address(query, view=None if view.table else "table"),
        "open_all": address(query, open="*"),
        "close_all": address(query, open=None),
        "slipped_only": address(query, slipped=None if slipped else "true"),
        "slipped": slipped,
        "kept": {name: query[name] for name in ("zoom", "group", "view", "open", "against") if query.get(name)},
        "query": query,
        "healths": ("on_track", "at_risk", "late", "unknown", "done", "closed"),
    }
    return render(request, "timeline.html", context, status=400 if shown["errors"] else 200)


HEAD = (
    "code", "proposal", "lead", "title", "baseline_due", "baseline_due_precision", "due", "due_precision", "forecast",
    "forecast_precision", "completed_on", "slippage_days", "status", "health", "series", "edition", "host", "actual_host", "predecessors",
)  # fmt: skip


@public_page
def timeline_file(request: PublicRequest, ending: str) -> HttpResponse:
    """Just the view of the address, as a drawing or as rows."""
    if ending not in {"svg", "png", "csv"}:
        raise Http404
    form, filters = asked_for(request)
    if not (form.is_valid() and filters.is_valid()):
        return HttpResponse(status=400)
    said = provenance_of(request.moment)
    if ending == "csv":  # all of the view, drawn or not
        columns = [f"title_{get_language() or 'ru'}" if name == "title" else name for name in HEAD]
        rows = filters.qs.order_by("proposal", F("due").asc(nulls_last=True), "code").values_list(*columns)
        response = HttpResponse(csv_text([list(HEAD), *map(list, rows)], said=said), content_type="text/csv; charset=utf-8")
    else:
        line = timeline(filters.qs, request.moment, View.of(form))
        response = drawing(draw_timeline(line, said), ending)
    return attached(response, f"timeline-{request.moment.position}.{ending}")

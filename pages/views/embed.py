"""What pages of other sites show in a frame: a chart, a milestone, the timeline. Any site may; no cookie is read or set."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING

from csp.constants import NONE, SELF
from csp.decorators import csp_replace
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.views.decorators.clickjacking import xframe_options_exempt

from pages.drawing import draw_timeline
from pages.provenance import provenance_of
from pages.sharing.cards import card_named
from pages.timeline import View, timeline
from pages.views.charts import chart_named
from pages.views.timeline import asked_for
from record.pages import public_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http.response import HttpResponseBase

    from record.pages import PublicRequest


def framed(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponseBase]:
    """A public page with a frame policy of its own: any site may show it, and it may do nothing but look as it does."""
    page = public_page(view)

    @xframe_options_exempt
    @csp_replace({"frame-ancestors": ["*"], "script-src": [NONE], "connect-src": [NONE], "form-action": [NONE], "img-src": [SELF]})
    @wraps(page)
    def frame(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        try:
            return page(request, *args, **kwargs)
        except Http404:
            return render(request, "embed/missing.html", status=404)

    return frame


@framed
def milestone(request: PublicRequest, code: str) -> HttpResponse:
    return render(request, "embed/milestone.html", {"card": card_named(f"milestone-{code}", request.moment)})


@framed
def chart(request: PublicRequest, name: str) -> HttpResponse:
    drawn = chart_named(name, request.moment)
    if drawn is None:
        raise Http404
    return render(
        request, "embed/chart.html", {"chart": drawn, "body": f"charts/{drawn.template}.svg", "said": provenance_of(request.moment)}
    )


@framed
def timeline_frame(request: PublicRequest) -> HttpResponse:
    """Just the view of the address, as the page has it."""
    form, filters = asked_for(request)
    if not (form.is_valid() and filters.is_valid()):
        return render(request, "embed/missing.html", status=400)
    drawing = draw_timeline(timeline(filters.qs, request.moment, View.of(form)), provenance_of(request.moment))
    return render(request, "embed/timeline.html", {"drawing": mark_safe(drawing), "query": request.GET.urlencode()})  # noqa: S308 - a template made it

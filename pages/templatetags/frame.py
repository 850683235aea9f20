"""Tags of the frame: the day looked at, the report looked at, the language; every template may use them without loading them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django import template
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from common.addresses import address_of
from common.dates import quarter_of
from common.days import today
from pages.frame import OF_REPORTS, frame_of
from pages.templatetags.roadmap import to

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

    from record.pages import PublicRequest

register = template.Library()


def elsewhen(request: HttpRequest, day: date | None = None, *, position: int | None = None) -> str:
    """The present address as of another day or position, or of today; it keeps what else it says."""
    query = request.GET.copy()
    for name in ("at", "as_of", "page"):
        query.pop(name, None)
    if day:
        query["as_of"] = day.isoformat()
    if position:
        query["at"] = str(position)
    return request.path + (f"?{query.urlencode()}" if query else "")


@register.simple_tag(takes_context=True)
def present(context: template.Context) -> str:
    return elsewhen(context["request"])


@register.simple_tag(takes_context=True)
def as_of(context: template.Context) -> SafeString:
    """The control that leads to the same page as of another day, keeping what else the address says: made once, row and menu have it."""
    frame = frame_of(context["request"])
    if not frame.days:
        frame.days = render_to_string("includes/as_of.html", _days(context["request"]))
    return frame.days


def _days(request: PublicRequest) -> dict[str, object]:
    now = today()
    kept = [(name, value) for name, values in request.GET.lists() if name not in {"at", "as_of", "page"} for value in values]
    round_ = frame_of(request).last_round
    days = [(_("The last round: %(name)s") % {"name": round_.name}, elsewhen(request, position=round_.position))] if round_ else []
    days.append((_("End of the last quarter"), elsewhen(request, quarter_of(now) - timedelta(days=1))))
    days.append((_("A year ago"), elsewhen(request, now - timedelta(days=365))))
    compare = address_of("compare") + (f"?{urlencode({'from': request.moment.day.isoformat()})}" if request.moment.past else "")
    found = {"path": request.path, "moment": request.moment, "kept": kept, "present": elsewhen(request), "today": now}
    return found | {"days": days, "compare": compare}


@register.simple_tag(takes_context=True)
def reports_to_choose(context: template.Context) -> dict[str, object]:
    """Where there are several reports: which is ``shown``; title, address and whether it is that, of each and of all. Else nothing."""
    frame, here = frame_of(context["request"]), str(context["here"])
    if len(frame.reports) < 2:  # noqa: PLR2004 - several
        return {}
    page = here if here in OF_REPORTS else "dashboard"
    rows = [(str(_("All reports")), _of_report(context, page, ""), not frame.report)]
    rows += [(f"{one.code} {one.title}", _of_report(context, page, one.code), one.code == frame.report) for one in frame.reports]
    return {"shown": frame.report or _("All reports"), "rows": rows}


@register.simple_tag(takes_context=True)
def section(context: template.Context, name: str) -> str:
    """The address of a section of the header: of the report that is looked at, where it can be narrowed to one."""
    return _of_report(context, name, frame_of(context["request"]).report if "moment" in context["request"].__dict__ else "")


def _of_report(context: template.Context, name: str, report: str) -> str:
    if name in {"dashboard", "report_dashboard"}:
        return to(context, "report_dashboard", report) if report else to(context, "dashboard")
    return to(context, name, report=report if name in OF_REPORTS else "")


@register.simple_tag(takes_context=True)
def with_language(context: template.Context, code: str) -> str:
    """The present address in another language."""
    query = context["request"].GET.copy()
    query["lang"] = code
    return f"{context['request'].path}?{query.urlencode()}"

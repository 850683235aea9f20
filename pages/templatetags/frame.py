"""Tags of the frame: the day looked at, the report looked at, the language; every template may use them without loading them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.translation import gettext as _

from common.dates import quarter_of
from common.days import today
from pages.frame import OF_ONE, frame_of
from pages.templatetags.roadmap import to
from proposals.addresses import address_of, is_of_reports, report_of

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

    from record.pages import PublicRequest

register = template.Library()

OF_A_REPORT = {"report_dashboard", "proposals:report_detail"}
"""The pages whose address holds the code of a report."""


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
        frame.days = render_to_string("includes/as_of.html", _days(context["request"], _report(context)))
    return frame.days


def _days(request: PublicRequest, report: str) -> dict[str, object]:
    now = today()
    kept = [(name, value) for name, values in request.GET.lists() if name not in {"at", "as_of", "page"} for value in values]
    round_ = frame_of(request).last_round(report)
    days = [(_("The last round: %(name)s") % {"name": round_.name}, elsewhen(request, position=round_.position))] if round_ else []
    days.append((_("End of the last quarter"), elsewhen(request, quarter_of(now) - timedelta(days=1))))
    days.append((_("A year ago"), elsewhen(request, now - timedelta(days=365))))
    compare = address_of("compare", report) + (f"?{urlencode({'from': request.moment.day.isoformat()})}" if request.moment.past else "")
    found = {"path": request.path, "moment": request.moment, "kept": kept, "present": elsewhen(request), "today": now}
    return found | {"days": days, "compare": compare}


@register.simple_tag(takes_context=True)
def reports_to_choose(context: template.Context) -> dict[str, object]:
    """Where there are several reports: which is ``shown``; title, address and whether it is that, of each and of all. Else nothing."""
    frame, here = frame_of(context["request"]), str(context["here"])
    if len(frame.reports) < 2:  # noqa: PLR2004 - several
        return {}
    page, report = here if is_of_reports(here) else "dashboard", _report(context)
    rows = [(str(_("All reports")), _of_report(context, page, ""), not report)]
    rows += [(f"{one.code} {one.title}", _of_report(context, page, one.code), one.code == report) for one in frame.reports]
    return {"shown": report or _("All reports"), "rows": rows}


def _report(context: template.Context) -> str:
    """The code of the report that is looked at, as the address says or, of several, by what the page is of; empty where it is all of
    them."""
    request, here = context["request"], str(context.get("here", ""))
    report = report_of(request)
    if "moment" not in request.__dict__:
        return report
    codes = {one.code for one in frame_of(request).reports}
    if report or len(codes) < 2:  # noqa: PLR2004 - several
        return report if report in codes else ""
    if here in OF_ONE:
        return getattr(context.get(OF_ONE[here]), "report", "")
    return request.resolver_match.kwargs["code"] if here in OF_A_REPORT else ""


@register.simple_tag(takes_context=True)
def section(context: template.Context, name: str) -> str:
    """The address of a section of the header: of the report that is looked at, where it can be narrowed to one."""
    return _of_report(context, name, _report(context))


@register.simple_tag(takes_context=True)
def report_crumb(context: template.Context, code: str) -> SafeString:
    """On the page of a thing: the report that it is of, by its title, as the link to where that stands."""
    title = next((report.title for report in frame_of(context["request"]).reports if report.code == code), code)
    return format_html('<a href="{}">{}</a>', to(context, "report_dashboard", code), title)


@register.simple_tag(takes_context=True)
def of_report(context: template.Context, name: str, **names: str) -> str:
    """The address without a moment, as of a feed, a file or the action of a form: of the report that is looked at."""
    return address_of(name, _report(context), **names)


def _of_report(context: template.Context, name: str, report: str) -> str:
    if name in {"dashboard", "report_dashboard"}:
        return to(context, "report_dashboard", report) if report else to(context, "dashboard")
    return to(context, name, report=report)


@register.simple_tag(takes_context=True)
def with_language(context: template.Context, code: str) -> str:
    """The present address in another language."""
    query = context["request"].GET.copy()
    query["lang"] = code
    return f"{context['request'].path}?{query.urlencode()}"

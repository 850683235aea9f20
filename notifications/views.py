"""Pages and feeds for readers who follow: asking, confirming, leaving, Atom and calendars."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from common.limits import within_limit
from milestones.models import MilestoneVersion
from notifications.atom import feed_of
from notifications.calendar import calendar_of
from notifications.following import NotValid, confirm, leave, scope_title, sign_up, to_confirm, within_scope
from notifications.forms import FollowForm
from notifications.models import Follower
from proposals.addresses import asked, report_of
from proposals.filters import report_asked
from proposals.models import OrganisationVersion, ProposalVersion, ReportVersion
from record.installation import named
from record.models import Event
from record.pages import public_page, version_or_404

if TYPE_CHECKING:
    from django.http import HttpRequest

    from record.pages import PublicRequest

REFRESH = timedelta(hours=12)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def follow(request: HttpRequest) -> HttpResponse:
    """Ask to be told by mail, and the addresses of feeds and calendars. The answer is the same whoever asks for whatever address."""
    query = asked(request)
    if (report := report_of(request)) and not ReportVersion.objects.current().filter(code=report).exists():
        raise Http404
    wanted = next((f"{scope}:{query[scope]}" for scope in ("proposal", "owner", "report") if scope in query), "")
    form = FollowForm(request.POST if request.method == "POST" else None, initial={"scope": wanted})
    status = 200
    if request.method == "POST":
        if form.is_valid() and not form.cleaned_data["website"]:
            if not within_limit(request, "follow"):
                form.add_error(None, _("Too many requests came from your address. Please try again later; nothing was lost."))
                status = 429
            else:
                said = form.cleaned_data
                sign_up(
                    email=said["email"],
                    scope=said["scope"][0],
                    code=said["scope"][1],
                    frequency=said["frequency"],
                    language=get_language() or "ru",
                    now=timezone.now(),
                )
                return redirect("follow_asked")
        elif form.is_valid():
            return redirect("follow_asked")
        else:
            status = 400
    scope, code = form.initial["scope"].partition(":")[::2] if form.initial["scope"] in form.scopes else ("", "")
    context = {"form": form, "scope": scope, "code": code, "whole": form.whole}
    return render(request, "notifications/follow.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD"])
def follow_asked(request: HttpRequest) -> HttpResponse:
    return render(request, "notifications/asked.html")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def follow_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """A button, so that a program that only looks at links confirms nothing."""
    try:
        follower = confirm(token, now=timezone.now()) if request.method == "POST" else to_confirm(token)
    except NotValid:
        return render(request, "notifications/not_valid.html", status=404)
    done = follower.confirmed_at is not None
    return render(request, "notifications/confirm.html", {"follower": follower, "scope": scope_title(follower), "done": done})


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unfollow(request: HttpRequest, key: str) -> HttpResponse:
    """A page with a button; a mail program posts here by itself (RFC 8058), without cookies. Leaving twice is leaving once."""
    if request.method == "POST":
        leave(key)
        return render(request, "notifications/left.html")
    follower = Follower.objects.filter(key=key).first()
    if follower is None:
        return render(request, "notifications/left.html")
    return render(request, "notifications/leave.html", {"scope": scope_title(follower)})


def _scoped(request: PublicRequest, scope: str, code: str, report: str) -> str:
    """What the feed is of, in words. Raises ``Http404``."""
    if scope == "proposal":
        return f"{code} {version_or_404(ProposalVersion, request.moment, code).title}"
    title = str(version_or_404(ReportVersion, request.moment, report).title) if report else ""
    if scope == "owner":
        return " · ".join(filter(None, [str(version_or_404(OrganisationVersion, request.moment, code).name), title]))
    return title or _("Roadmap tracker")


@public_page
def atom(request: PublicRequest, scope: str = "roadmap", code: str = "") -> HttpResponse:
    report = report_asked(request)
    title = _scoped(request, scope, code, report)
    events = within_scope(Event.objects.all(), scope, code, request.moment)
    page = {"proposal": f"/proposals/{code}/", "owner": f"/organisations/{code}/"}.get(scope, "/")
    if scope == "roadmap" and report:
        page = f"/reports/{report}/overview/"
    content = feed_of(
        within_scope(events, "report", report) if report else events,
        request.moment,
        title=title,
        link=request.build_absolute_uri(page),
        this=request.build_absolute_uri(),
        guid=request.build_absolute_uri(request.path),
        absolute=request.build_absolute_uri,
    )
    return HttpResponse(content, content_type="application/atom+xml; charset=utf-8")


@public_page
def calendar(request: PublicRequest, scope: str = "roadmap", code: str = "") -> HttpResponse:
    report = report_asked(request)
    name = _scoped(request, scope, code, report)
    milestones = MilestoneVersion.objects.as_of(request.moment).of_report(report)
    if scope == "proposal":
        milestones = milestones.filter(proposal=code)
    elif scope == "owner":
        milestones = milestones.owned_by(code)
    said = (
        _("Roadmap tracker")
        + f" · {request.moment.day.isoformat()} · "
        + _("position %(position)d") % {"position": request.moment.position}
    )
    content = calendar_of(
        milestones,
        request.moment,
        name=name,
        address=lambda code_: request.build_absolute_uri(f"/milestones/{code_}/"),
        said=said,
        refresh=REFRESH,
    )
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'inline; filename="{named("-".join(filter(None, [code, report])) or "roadmap")}.ics"'
    return response

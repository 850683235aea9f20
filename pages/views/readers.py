"""What readers leave: errors they report, and views they keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from common.forms import OneLineField, TextField
from common.limits import within_limit
from common.refusals import Refused
from milestones.models import ErrorReport, SavedView
from milestones.models.readers import LONGEST_QUERY, REPORT_STATES
from milestones.readers import close_error_report, report_error
from notifications.following import absolute_url
from notifications.outbox import Letter, post
from record.desk import desk_page, done, tell
from record.models import Event

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from record.desk import DeskRequest

MOST_VIEWS = 50


class ErrorForm(forms.Form):
    """``website`` is seen by programs only, which fill it in."""

    page = OneLineField(max_length=500, required=False, widget=forms.HiddenInput)
    text = TextField(label=_("What is wrong, and how do you know?"), max_length=4000, widget=forms.Textarea(attrs={"rows": 6}))
    email = forms.EmailField(
        label=_("E-mail address, if you want to be told what became of it"), required=False, max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )  # fmt: skip
    website = OneLineField(
        label=_("Leave this empty"), required=False, widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"})
    )

    def clean_page(self) -> str:
        """A path of this site, and nothing else."""
        path = str(self.cleaned_data["page"])
        return path if path.startswith("/") and path.isprintable() and url_has_allowed_host_and_scheme(path, allowed_hosts=None) else "/"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report_error_page(request: HttpRequest) -> HttpResponse:
    form = ErrorForm(request.POST if request.method == "POST" else None, initial={"page": request.GET.get("page", "/")[:500]})
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            said = form.cleaned_data
            if said["website"]:
                return redirect("dashboard")
            if within_limit(request, "error"):
                try:
                    report = report_error(
                        path=said["page"], position=Event.objects.position(), text=said["text"], email=said["email"],
                        language=get_language() or "ru",
                    )  # fmt: skip
                except Refused as refused:
                    form.add_error(None, str(refused))
                else:
                    return redirect("error_report", report.uid)
            else:
                status = 429
                form.add_error(None, _("Too many requests came from your address. Please try again later; nothing was lost."))
    page = form.data.get("page", "/") if form.is_bound else form.initial["page"]
    return render(request, "readers/report_error.html", {"form": form, "page": page}, status=status)


@never_cache
@require_safe
def error_report(request: HttpRequest, uid: UUID) -> HttpResponse:
    """What became of it; its address is known to whoever sent it and to the analysts."""
    return render(request, "readers/error_report.html", {"report": get_object_or_404(ErrorReport, uid=uid)})


class CloseForm(forms.Form):
    state = forms.ChoiceField(label=_("What became of it"), choices=[pair for pair in REPORT_STATES if pair[0] != "new"])
    answer = TextField(label=_("Answer"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))


@desk_page("GET", "POST")
def close_error(request: DeskRequest, uid: UUID) -> HttpResponse:
    """Answer a reader's report and close it; whoever left an address is told by mail."""
    report = get_object_or_404(ErrorReport.objects.select_related("closed_by"), uid=uid)
    form = CloseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                email = close_error_report(report, **form.cleaned_data, by=request.user)
                if email:
                    post(f"error:{report.uid}", _closed_letter(report, email), now=timezone.now())
        except Refused as refused:
            tell(request, refused)
        else:
            done(request, str(_("The report is closed.")))
            return redirect("desk:queue")
    return render(request, "readers/close_error.html", {"report": report, "form": form}, status=400 if form.errors else 200)


def _closed_letter(report: ErrorReport, email: str) -> Letter:
    with translation.override(report.language):
        context = {
            "page": settings.SITE_URL + report.path,
            "text": report.text,
            "state": report.get_state_display().capitalize(),
            "answer": report.answer,
            "address": absolute_url("error_report", str(report.uid)),
        }
        subject = render_to_string("notifications/mail/error_closed_subject.txt", context).strip()
        body = render_to_string("notifications/mail/error_closed.txt", context)
    return Letter(email, subject, body, {"Auto-Submitted": "auto-replied"})


# Views that somebody keeps


def _name_of(text: str) -> str:
    """The name of a view as it is kept; empty where it is none."""
    try:
        return str(OneLineField(required=False).clean(text))[:100]
    except ValidationError:
        return ""


@never_cache
def saved_views(request: HttpRequest) -> HttpResponse:
    """Keep the present view of the table under a name, or let one go."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not request.user.is_authenticated:
        return redirect("accounts:login")
    own, query = SavedView.objects.filter(user=request.user), request.POST.get("query", "")[:LONGEST_QUERY]
    if request.POST.get("delete"):
        own.filter(pk=int(text) if (text := request.POST["delete"]).isascii() and text.isdigit() and len(text) < 18 else 0).delete()  # noqa: PLR2004 - digits of a key
    elif (name := _name_of(request.POST.get("name", ""))) and "\x00" not in query:
        if own.count() >= MOST_VIEWS:
            messages.error(request, _("You keep 50 views already. Let one go first."))
        else:
            try:
                with transaction.atomic():
                    SavedView.objects.create(user=request.user, name=name, query=query)
                messages.success(request, _("The view is kept."))
            except IntegrityError:
                messages.error(request, _("You keep a view of that name already."))
    else:
        messages.error(request, _("Give the view a name."))
    return redirect(f"/milestones/?{query}" if query else "/milestones/")

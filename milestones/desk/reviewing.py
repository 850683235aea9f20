"""Deciding about what was submitted: one by one, or a round of many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.roles import Role
from common.days import today
from common.refusals import Refused
from milestones.assessments.services import fresh
from milestones.desk.access import assessment_or_404
from milestones.desk.forms import CommentForm, RoundForm
from milestones.models import Assessment, Round
from milestones.permissions import may_edit, may_publish
from milestones.services import open_round, problems_of, publish_assessment, publish_round, return_assessment, stage, unstage
from record.desk import chosen, desk_page, done, nothing_chosen, tell, uuid_or_404
from record.services import open_change

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from record.desk import DeskRequest

COMPARED = ("status", "effective_on", "completed_on", "confidence", "forecast", "actual_host", "summary")


def differences(assessment: Assessment) -> list[dict[str, object]]:
    """What stands and what is proposed, field by field."""
    milestone, current = assessment.milestone, assessment.milestone.current
    rows = []
    for name in COMPARED:
        before = getattr(current, name) if current else None
        if name == "status":
            before = milestone.status
        elif name == "forecast":
            before = milestone.forecast_date
        after = assessment.forecast_date if name == "forecast" else getattr(assessment, name)
        if before or after:
            rows.append({"name": name, "before": before, "after": after, "changed": (before or None) != (after or None)})
    return rows


@desk_page("GET", "POST")
def assessment(request: DeskRequest, uid: UUID) -> HttpResponse:
    """One assessment: what it changes, on what evidence, and the decision."""
    update = assessment_or_404(request, uid)
    comment = CommentForm(request.POST or None)
    if request.method == "POST":
        try:
            _decide(request, update)
            return redirect("desk:queue")
        except Refused as refused:
            tell(request, refused)
    update = fresh(update)
    context = {
        "assessment": update,
        "milestone": update.milestone,
        "differences": differences(update),
        "problems": problems_of(update, day=today()) if update.state != "published" else [],
        "comment": comment,
        "rounds": Round.objects.filter(position=None),
        "may_publish": update.state == "submitted" and may_publish(request.user, update),
        "may_edit": update.state in {"draft", "returned"} and may_edit(request.user, update),
        "may_withdraw": update.state == "published" and update.withheld is None and request.user.may(Role.EDITOR),
    }
    return render(request, "desk/assessment.html", context, status=400 if request.method == "POST" else 200)


def _decide(request: DeskRequest, update: Assessment) -> None:
    action, by = request.POST.get("action"), request.user
    with open_change(by=by.actor) as change:
        if action == "publish":
            publish_assessment(change, update, by=by)
            done(request, _("Published."))
        elif action == "return":
            form = CommentForm(request.POST)
            if not form.is_valid():
                raise Refused.because("comment", " ".join(str(text) for text in form.errors["comment"]))
            return_assessment(change, update, by=by, comment=form.cleaned_data["comment"])
            done(request, _("Returned to its author."))
        elif action == "stage":
            round_ = get_object_or_404(Round, uid=uuid_or_404(request.POST.get("round", "")))
            stage(change, round_, [update], by=by)
            done(request, _("Staged in “%(name)s”.") % {"name": round_.name})
        else:
            raise Refused.because("unknown_action", _("Choose what to do."))


@desk_page("GET", "POST", role=Role.EDITOR)
def rounds(request: DeskRequest) -> HttpResponse:
    form = RoundForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with open_change(by=request.user.actor) as change:
            made = open_round(change, name=form.cleaned_data["name"], by=request.user)
        return redirect("desk:round", made.uid)
    context = {"rounds": Round.objects.select_related("opened_by"), "form": form}
    return render(request, "desk/rounds.html", context, status=400 if form.is_bound else 200)


@desk_page("GET", "POST", role=Role.EDITOR)
def round_detail(request: DeskRequest, uid: UUID) -> HttpResponse:
    """What is staged, what could be, and the publication of all of it."""
    round_ = get_object_or_404(Round, uid=uid)
    if request.method == "POST":
        try:
            return _act_on_round(request, round_)
        except Refused as refused:
            tell(request, refused)
    waiting = Assessment.objects.for_desk().filter(state="submitted", round=None)
    context = {
        "round": round_,
        "staged": Assessment.objects.for_desk().filter(round=round_),
        "waiting": [update for update in waiting if may_publish(request.user, update)] if round_.position is None else [],
    }
    return render(request, "desk/round.html", context, status=400 if request.method == "POST" else 200)


def _act_on_round(request: DeskRequest, round_: Round) -> HttpResponse:
    action = request.POST.get("action")
    with open_change(by=request.user.actor) as change:
        if action == "publish":
            event = publish_round(change, round_, by=request.user)
            done(request, _("The round is published, at position %(position)d of the record.") % {"position": event.position})
            return redirect("desk:round", round_.uid)
        picked = list(Assessment.objects.filter(uid__in=chosen(request)))
        if not picked:
            nothing_chosen(request)
        elif action == "stage":
            stage(change, round_, picked, by=request.user)
        elif action == "unstage":
            unstage(change, round_, picked, by=request.user)
    return redirect("desk:round", round_.uid)

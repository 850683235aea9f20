"""Deciding about what was submitted: one by one, or a round of many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.roles import Role
from common.days import today
from common.fields import new_uid
from common.refusals import Refused
from milestones.assessments.reading import fresh
from milestones.assessments.translations import with_translations
from milestones.desk.access import assessment_or_404
from milestones.desk.differences import before, differences
from milestones.desk.forms import CommentForm, RoundForm, TranslationForm
from milestones.models import Assessment, Milestone, MilestoneVersion, PlanChange, Round
from milestones.permissions import may_assess, may_edit, may_publish
from milestones.rules import Standing, health
from milestones.services import (
    open_round,
    problems_of,
    publish_assessment,
    publish_round,
    return_assessment,
    stage,
    take_back_assessment,
    translate,
    unstage,
)
from milestones.standing_words import standing_words
from milestones.statuses import Status
from proposals.choices import LANGUAGES
from record.desk import at_fields, chosen, desk_page, done, nothing_chosen, tell, uuid_or_404
from record.services import open_change

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from accounts.models import User
    from record.desk import DeskRequest
    from record.moments import Moment

WAITING_SHOWN = 30


@desk_page("GET", "POST")
def assessment(request: DeskRequest, uid: UUID) -> HttpResponse:
    """One assessment: what would prove it, what it changes, on what evidence, and the decision; then the next that waits."""
    update = assessment_or_404(request, uid)
    comment = CommentForm(request.POST if request.POST.get("action") == "return" else None)
    waiting = waiting_for(request.user)
    if request.method == "POST":
        try:
            _decide(request, update)
            following = next_of(waiting, update)
            if request.POST.get("action") == "translate":
                return redirect("desk:assessment", update.uid)
            return redirect("desk:assessment", following.uid) if following else redirect("desk:queue")
        except Refused as refused:
            tell(request, at_fields(comment, refused))
    update = fresh(update)
    published = update.state == "published"
    context = {
        "assessment": update,
        "milestone": update.milestone,
        "differences": differences(update),
        "stood_word": _("Stood before") if published else _("Stands now"),
        "proposed_word": _("As published") if published else _("Proposed"),
        "problems": [] if published else problems_of(update, day=today()),
        "comment": comment,
        "rounds": Round.objects.filter(position=None),
        "waiting": waiting[:WAITING_SHOWN],
        "waiting_more": max(0, len(waiting) - WAITING_SHOWN),
        "following": next_of(waiting, update),
        "may_publish": update.state == "submitted" and may_publish(request.user, update),
        "may_edit": update.state in {"draft", "returned"} and may_edit(request.user, update),
        "may_take_back": update.state == "submitted" and update.author_id == request.user.pk,
        "may_withdraw": published and update.withheld is None and request.user.may(Role.EDITOR),
        "translations": _translations(request, update) if published and update.withheld is None else [],
        "may_translate": may_assess(request.user, update.milestone),
    } | _standing(update, request.present)
    return render(request, "desk/assessment.html", context, status=400 if request.method == "POST" else 200)


def _translations(request: DeskRequest, update: Assessment) -> list[TranslationForm]:
    """For each language but its own."""
    [finding] = with_translations([update], request.present)
    posted = request.POST if request.method == "POST" else None
    return [
        TranslationForm(language, str(word), finding.translated.get(language), posted)
        for language, word in LANGUAGES
        if language != finding.language
    ]


def waiting_for(user: User) -> list[Assessment]:
    """What somebody may decide about, the longest waiting first."""
    if not user.may(Role.EDITOR):
        return []
    return [one for one in Assessment.objects.for_desk().filter(state="submitted") if may_publish(user, one)]


def next_of(waiting: list[Assessment], decided: Assessment) -> Assessment | None:
    """The one that comes after it, or the first; ``None`` when nothing else waits."""
    others = [one for one in waiting if one.pk != decided.pk]
    place = next((place for place, one in enumerate(waiting) if one.pk == decided.pk), 0)
    return others[place % len(others)] if others else None


def _standing(update: Assessment, moment: Moment) -> dict[str, object]:
    """How its milestone stands today, and what its health would be with the finding."""
    milestones = MilestoneVersion.objects.as_of(moment).with_health(moment)
    version = milestones.filter(code=update.milestone.code).first()
    if version is None:
        return {}
    moves = list(PlanChange.objects.filter(milestone__code=version.code))
    then = version.health
    if update.state != "published":
        waited_for = milestones.filter(code__in=version.predecessors)
        forecast = update.forecast_date.date if update.forecast_date else version.forecast
        then = health(
            Standing(Status(update.status or version.status), version.due, forecast),
            moment.day,
            [Standing(Status(one.status), one.due, one.forecast) for one in waited_for],
        )
    return {
        "version": version,
        "standing": standing_words(version, moves, moment.day),
        "day": moment.day,
        "health_then": then,
        "waits": milestones.successors_of(version.code).order_by("due", "code"),
    }


def _insist_on_what_was_seen(request: DeskRequest, update: Assessment) -> None:
    """Its author may have taken it back and changed it since the page was opened: then the decision is about something else."""
    seen = request.POST.get("seen")
    if seen and seen != str(fresh(update).version):
        raise Refused.because("stale", _("It was changed since you opened this page. Look at it again."))


def _decide(request: DeskRequest, update: Assessment) -> None:
    action, by = request.POST.get("action"), request.user
    with open_change(by=by.actor, of=None if action == "stage" else [(Milestone, update.milestone_id)]) as change:
        _insist_on_what_was_seen(request, update)
        if action == "publish":
            publish_assessment(change, update, by=by)
            done(request, _("Published."))
        elif action == "return":
            said = CommentForm(request.POST)
            if not said.is_valid():
                raise Refused  # the form says why, at its field
            return_assessment(change, update, by=by, comment=said.cleaned_data["comment"])
            done(request, _("Returned to its author."))
        elif action == "take_back":
            take_back_assessment(change, update, by=by)
            done(request, _("Taken back: it is a draft again."))
        elif action == "stage":
            round_ = get_object_or_404(Round, uid=uuid_or_404(request.POST.get("round", "")))
            stage(change, round_, [update], by=by)
            done(request, _("Staged in “%(name)s”.") % {"name": round_.name})
        elif action == "translate":
            form = next((form for form in _translations(request, update) if form.is_bound), None)
            if form is None or not form.is_valid():
                raise Refused  # the field says why
            translate(change, update, language=form.language, summary=form.cleaned_data["summary"], by=by)
            done(request, _("The translation is published."))
        else:
            raise Refused.because("unknown_action", _("Choose what to do."))


@desk_page("GET", "POST", role=Role.EDITOR)
def rounds(request: DeskRequest) -> HttpResponse:
    form = RoundForm(request.POST if request.method == "POST" else None, initial={"uid": new_uid()})
    if request.method == "POST" and form.is_valid():
        with open_change(by=request.user.actor) as change:
            made = open_round(change, name=form.cleaned_data["name"], by=request.user, uid=form.cleaned_data["uid"])
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
    staged = list(Assessment.objects.for_desk().filter(round=round_))
    context = {
        "round": round_,
        "staged": staged,
        "stood": before(staged),
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

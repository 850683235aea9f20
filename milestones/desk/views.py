"""The queue, dates and evidence: the rest of the desk."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from common.dates import PlannedDate, Precision
from common.refusals import Refused
from milestones.desk.access import milestone_or_404
from milestones.desk.forms import ArchiveForm, MoveForm
from milestones.desk.queue import in_remit, queue_of
from milestones.evidence.links import check_link
from milestones.models import Batch, Evidence, Milestone, MilestoneVersion, PlanChange
from milestones.permissions import may_move
from milestones.plan.schedule import pushed_by_move
from milestones.plan.steps import steps_at
from milestones.services import move_date, set_archive_address
from proposals.models import ReportVersion
from record.desk import desk_page, done, tell
from record.search import matching
from record.services import open_change

if TYPE_CHECKING:
    from uuid import UUID

    from milestones.plan.schedule import Pushed
    from record.desk import DeskRequest

MOST_FOUND = 100


@desk_page("GET")
def queue(request: DeskRequest) -> HttpResponse:
    """What waits, of all reports or of the one of ``?report=``."""
    query, report = request.GET.get("q", "").strip()[:200], request.GET.get("report", "")
    reports = list(ReportVersion.objects.current().order_by("code").defer("search"))
    if report and report not in {one.code for one in reports}:
        raise Http404
    matches = []
    if query:
        of_it = in_remit(request.user, request.present).of_report(report)
        matches = list(matching(of_it, query).order_by("code")[:MOST_FOUND])
    context = {
        "groups": queue_of(request.user, request.present, report),
        "batches": Batch.objects.filter(taken_back_at=None, made_by=request.user).order_by("-made_at")[:3],
        "reports": reports if len(reports) > 1 else [],
        "report": report,
    }
    return render(request, "desk/queue.html", context | {"query": query, "found": matches})


# Dates


@desk_page("GET", "POST")
def dates(request: DeskRequest, code: str) -> HttpResponse:
    """Move the dates of a milestone, each with its reason."""
    milestone = milestone_or_404(request, code)
    if not may_move(request.user, milestone):
        raise Http404
    if request.method != "POST":
        form = MoveForm(initial={"due_date": proposed_due(request) or milestone.due_date, "forecast_date": milestone.forecast_date})
        return _show_dates(request, milestone, form)
    with open_change(by=request.user.actor, of=[(Milestone, milestone.pk)]) as change:
        milestone = milestone_or_404(request, code)
        form = MoveForm(request.POST, initial={"due_date": milestone.due_date, "forecast_date": milestone.forecast_date})
        if not form.is_valid():
            return _show_dates(request, milestone, form, status=409 if form.conflicts else 400)
        pushes = would_push(request, milestone, form)
        if pushes and request.POST.get("seen") != seen_of(pushes):
            return _show_dates(request, milestone, form, pushes=pushes)
        said = {"category": form.cleaned_data["reason"], "note": form.cleaned_data["reason_note"], "by": request.user}
        try:
            moved = [
                event
                for name in ("due", "forecast")
                if (event := move_date(change, milestone, field=name, to=form.cleaned_data[f"{name}_date"], **said))
            ]
        except Refused as refused:
            transaction.set_rollback(True)  # both dates move, or none
            for problem in refused.problems:
                form.add_error(problem.pointer if problem.pointer in form.fields else None, problem.text)
            return _show_dates(request, milestone, form, status=400)
    done(request, _("The date is moved and the move is on the record.") if moved else _("Nothing was changed."))
    return redirect("desk:record", code)


def proposed_due(request: DeskRequest) -> PlannedDate | None:
    """The day that somebody comes with who tried a move out on the timeline: ``?due=2027-06-30&precision=quarter``."""
    try:
        return PlannedDate(date.fromisoformat(request.GET.get("due", "")), Precision(request.GET.get("precision", "day")))
    except ValueError:
        return None


def would_push(request: DeskRequest, milestone: Milestone, form: MoveForm) -> list[Pushed]:
    """Whom the move of the due date would make impossible; nobody when it is not moved."""
    to = form.cleaned_data["due_date"]
    return [] if to == milestone.due_date else pushed_by_move(steps_at(request.present), milestone.code, to.date if to else None)


def seen_of(pushes: list[Pushed]) -> str:
    """What was shown: whoever saw something else is shown again."""
    return ",".join(f"{push.code}:{push.days}" for push in pushes)


def _show_dates(
    request: DeskRequest, milestone: Milestone, form: MoveForm, *, status: int = 200, pushes: list[Pushed] | None = None
) -> HttpResponse:
    moves = PlanChange.objects.as_of(request.present).filter(milestone=milestone).order_by("-position")
    shown = pushes or []
    titles = MilestoneVersion.objects.current().defer("search").by_code({push.code for push in shown})
    context = {"milestone": milestone, "form": form, "moves": moves, "pushes": shown, "seen": seen_of(shown), "titles": titles}
    return render(request, "desk/dates.html", context, status=status)


# Evidence


@desk_page("GET", "POST")
def evidence(request: DeskRequest, uid: UUID) -> HttpResponse:
    """One piece of evidence: where a copy is kept, and whether it still answers."""
    piece = Evidence.objects.visible_to(request.user).filter(uid=uid).first()
    if piece is None:
        raise Http404
    form = ArchiveForm(
        request.POST if request.POST.get("action") == "archive" else None, initial={"archive_address": piece.archive_address}
    )
    if request.method == "POST":
        try:
            if _act_on_evidence(request, piece, form):
                return redirect("desk:evidence", uid)
        except Refused as refused:
            tell(request, refused)
    citations = piece.citations.select_related("assessment__milestone").filter(assessment__state="published")
    context = {"evidence": piece, "form": form, "citations": citations}
    return render(request, "desk/evidence.html", context, status=400 if request.method == "POST" else 200)


def _act_on_evidence(request: DeskRequest, piece: Evidence, form: ArchiveForm) -> bool:
    action, by = request.POST.get("action"), request.user
    if action == "check":
        alive = check_link(piece.pk)
        done(request, _("The address answers.") if alive else _("The address does not answer."))
        return True
    with open_change(by=by.actor) as change:
        if action == "archive" and form.is_valid():
            set_archive_address(change, piece, by=by, address=form.cleaned_data["archive_address"])
            done(request, _("The archive address is kept."))
            return True
    return False

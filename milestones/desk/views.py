"""The queue, many at once, dates, evidence, and files: the rest of the desk."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from common.fields import new_uid
from common.refusals import Problem, Refused
from common.sheets import MEDIA_TYPES
from milestones.desk.access import milestone_or_404
from milestones.desk.forms import ArchiveForm, BatchForm, MoveForm
from milestones.desk.queue import in_remit, queue_of
from milestones.evidence.links import check_link
from milestones.models import Batch, Evidence, Milestone, MilestoneVersion, PlanChange
from milestones.permissions import may_move, may_take_back
from milestones.plan.schedule import pushed_by_move
from milestones.plan.steps import steps_at
from milestones.services import (
    Item,
    add_evidence,
    apply_batch,
    move_date,
    set_archive_address,
    take_back_batch,
)
from milestones.spreadsheets.importing import KINDS, export_table, import_table
from milestones.spreadsheets.tables import MOST_BYTES, read_table
from record.desk import desk_page, done, nothing_chosen, tell
from record.search import matching
from record.services import open_change

if TYPE_CHECKING:
    from uuid import UUID

    from milestones.assessments.services import Cite
    from milestones.plan.schedule import Pushed
    from record.desk import DeskRequest

MOST_FOUND = 100


@desk_page("GET")
def queue(request: DeskRequest) -> HttpResponse:
    query = request.GET.get("q", "").strip()[:200]
    matches = []
    if query:
        matches = list(matching(in_remit(request.user, request.present), query).order_by("code")[:MOST_FOUND])
    groups = queue_of(request.user, request.present)
    batches = Batch.objects.filter(taken_back_at=None, made_by=request.user).order_by("-made_at")[:3]
    return render(request, "desk/queue.html", {"groups": groups, "query": query, "found": matches, "batches": batches})


# Many at once


def _milestones(request: DeskRequest) -> list[Milestone]:
    codes = [code for code in dict.fromkeys(request.POST.getlist("code")) if "\x00" not in code][:500]
    milestones = Milestone.objects.assessable_by(request.user).filter(code__in=codes)
    return list(milestones.select_related("proposal__report", "current", "series").order_by("code"))


@desk_page("GET", "POST")
def batch(request: DeskRequest) -> HttpResponse:
    """Choose in the queue, say what was found, look at what it would do, record all of it at once."""
    if request.method != "POST":
        return redirect("desk:queue")
    milestones = _milestones(request)
    if not milestones:
        nothing_chosen(request)
        return redirect("desk:queue")
    step = request.POST.get("step", "")
    form = BatchForm(request.POST if step else None, initial={"act": "confirm", "effective_on": request.present.day, "uid": new_uid()})
    preview: list[dict[str, Any]] = []
    problems: tuple[Problem, ...] = ()
    if form.is_bound and form.is_valid():
        if twice := Batch.objects.filter(uid=form.cleaned_data["uid"], made_by=request.user).first():
            return redirect("desk:batch_detail", twice.uid)
        try:
            made, preview = _record(request, form, milestones, keep=step == "record")
            if step == "record":
                done(request, _("Recorded. The whole batch can be taken back."))
                return redirect("desk:batch_detail", made.uid)
        except Refused as refused:
            problems = refused.problems
    context = {"form": form, "milestones": milestones, "preview": preview, "problems": problems}
    return render(request, "desk/batch.html", context, status=400 if problems or (form.is_bound and form.errors) else 200)


def _record(request: DeskRequest, form: BatchForm, chosen: list[Milestone], *, keep: bool) -> tuple[Batch, list[dict[str, Any]]]:
    """Record the batch; without ``keep`` only to see what it would do, and then nothing stays."""
    values = form.values()
    with open_change(by=request.user.actor) as change:
        cites: tuple[Cite, ...] = ()
        if values is not None and form.cleaned_data["address"]:
            evidence = {"address": form.cleaned_data["address"], "title": form.cleaned_data["title"], "kind": "other"}
            cites = ((add_evidence(change, by=request.user, values=evidence), "supports"),)
        made = apply_batch(change, [Item(milestone, values, cites) for milestone in chosen], by=request.user, uid=form.cleaned_data["uid"])
        preview = [
            {"milestone": recorded.milestone, "before": recorded.milestone.status, "after": recorded.status, "summary": recorded.summary}
            for recorded in made.assessments.select_related("milestone").order_by("milestone__code")
        ]
        if not keep:
            transaction.set_rollback(True)
    return made, preview


@desk_page("GET", "POST")
def batch_detail(request: DeskRequest, uid: UUID) -> HttpResponse:
    applied = get_object_or_404(Batch.objects.select_related("made_by"), uid=uid)
    if not may_take_back(request.user, applied):
        raise Http404
    if request.method == "POST":
        try:
            with open_change(by=request.user.actor) as change:
                outcome = take_back_batch(change, applied, by=request.user)
            text = _("Taken back: %(deleted)d deleted, %(corrected)d corrected.") % {
                "deleted": outcome.deleted,
                "corrected": outcome.corrected,
            }
            done(request, text)
            if outcome.overtaken:
                done(request, _("Left as they are, since something newer stands: %(codes)s.") % {"codes": ", ".join(outcome.overtaken)})
        except Refused as refused:
            tell(request, refused)
        return redirect("desk:batch_detail", uid)
    assessments = applied.assessments.select_related("milestone").order_by("milestone__code")
    return render(request, "desk/batch_detail.html", {"batch": applied, "assessments": assessments})


# Dates


@desk_page("GET", "POST")
def dates(request: DeskRequest, code: str) -> HttpResponse:
    """Move the dates of a milestone, each with its reason."""
    milestone = milestone_or_404(request, code)
    if not may_move(request.user, milestone):
        raise Http404
    if request.method != "POST":
        form = MoveForm(initial={"due_date": milestone.due_date, "forecast_date": milestone.forecast_date})
        return _show_dates(request, milestone, form)
    with open_change(by=request.user.actor) as change:
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


# Files


@desk_page("GET", "POST")
def files(request: DeskRequest) -> HttpResponse:
    """Assessments and plan dates out to a spreadsheet, and in again: first dry, then in earnest."""
    context: dict[str, Any] = {"kinds": KINDS, "endings": tuple(MEDIA_TYPES), "most": MOST_BYTES}
    status = 200
    if request.method == "POST":
        try:
            name, content = _uploaded(request)
            kind = request.POST.get("kind", "")
            if kind not in KINDS:
                raise Refused.because("kind", _("Choose what the file holds."))
            dry = request.POST.get("step") != "import"
            submit = request.POST.get("submit") == "1"
            outcome = import_table(read_table(name, content), kind=kind, user=request.user, submit=submit, dry=dry)
            status = 400 if outcome.errors else 200
            context |= {"outcome": outcome, "kind": kind, "name": name, "submit": submit}
            if dry and not outcome.errors:
                context["content"] = base64.b64encode(content).decode()
        except Refused as refused:
            tell(request, refused)
            status = 400
    return render(request, "desk/files.html", context, status=status)


def _uploaded(request: DeskRequest) -> tuple[str, bytes]:
    """The file of the form, or the one that a dry run has just read and the page gave back."""
    if file := request.FILES.get("file"):
        if (file.size or 0) > MOST_BYTES:
            raise Refused.because("file_size", _("The file is larger than 2 MB."))
        return str(file.name), file.read()
    name, content = request.POST.get("name", ""), request.POST.get("content", "")
    if not name or not content:
        raise Refused.because("file_missing", _("Choose a file."))
    try:
        return name, base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused.because("file_content", _("The file did not arrive whole; choose it again.")) from error


@desk_page("GET")
def export(request: DeskRequest, kind: str, ending: str) -> HttpResponse:
    if kind not in KINDS or ending not in MEDIA_TYPES:
        raise Http404
    response = HttpResponse(export_table(kind=kind, user=request.user, ending=ending), content_type=MEDIA_TYPES[ending])
    response["Content-Disposition"] = (
        f'attachment; filename="{kind}-{request.present.day.isoformat()}-position-{request.present.position}.{ending}"'
    )
    return response

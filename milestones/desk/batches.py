"""Many at once: chosen in the queue, looked at, recorded by one act, taken back as one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from common.edits import changed_fields
from common.fields import new_uid
from common.refusals import Refused
from milestones.desk.forms import BatchForm, page_language
from milestones.models import Batch, Milestone
from milestones.permissions import may_take_back
from milestones.services import Item, add_evidence, apply_batch, take_back_batch
from record.desk import desk_page, done, nothing_chosen, tell
from record.services import open_change

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from milestones.assessments.services import Cite
    from record.desk import DeskRequest


def _milestones(request: DeskRequest) -> list[Milestone]:
    chosen = (request.POST if request.method == "POST" else request.GET).getlist("code")
    codes = [code for code in dict.fromkeys(chosen) if "\x00" not in code][:500]
    milestones = Milestone.objects.assessable_by(request.user).filter(code__in=codes)
    return list(milestones.select_related("proposal__report", "current", "series").order_by("code"))


@desk_page("GET", "POST")
def batch(request: DeskRequest) -> HttpResponse:
    """Choose in the queue, say what was found, look at what it would do, record all of it at once."""
    milestones = _milestones(request)
    if not milestones:
        nothing_chosen(request)
        return redirect("desk:queue")
    step = request.POST.get("step", "")
    initial = {"act": "confirm", "effective_on": request.present.day, "language": page_language(), "uid": new_uid()}
    form = BatchForm(request.POST if step else None, initial=initial)
    preview: list[dict[str, Any]] = []
    problems: list[str] = []
    twice = None
    if form.is_bound and form.is_valid():
        twice = Batch.objects.filter(uid=form.cleaned_data["uid"], made_by=request.user).first()
        if twice and _says_the_same(twice, form, milestones):
            return redirect("desk:batch_detail", twice.uid)
    if form.is_bound and form.is_valid() and not twice:
        try:
            made, preview = _record(request, form, milestones, keep=step == "record")
            if step == "record":
                done(request, _("Recorded. The whole batch can be taken back."))
                return redirect("desk:batch_detail", made.uid)
        except Refused as refused:
            problems = _at_fields(form, milestones, refused)
    context = {"form": form, "milestones": milestones, "preview": preview, "problems": problems, "twice": twice}
    return render(request, "desk/batch.html", context, status=409 if twice else 400 if problems or form.errors else 200)


def _says_the_same(applied: Batch, form: BatchForm, milestones: list[Milestone]) -> bool:
    """The form came twice, unchanged: what was recorded is what it says."""
    assessments = list(applied.assessments.select_related("milestone").prefetch_related("citations__evidence"))
    if {one.milestone_id for one in assessments} != {one.pk for one in milestones}:
        return False
    values = form.values()
    if values is None:
        return all(one.confirms_id for one in assessments)
    address = form.cleaned_data["address"]
    cited = {(citation.evidence.address, citation.evidence.title) for one in assessments for citation in one.citations.all()}
    same = cited == ({(address, form.cleaned_data["title"])} if address else set())
    return same and not any(one.confirms_id or changed_fields(one, values) for one in assessments)


FIELDS = {"evidence": "address", "forecast": "summary"}
"""Of what a batch has no field of its own for, the field that it shows it at."""


def _at_fields(form: BatchForm, milestones: list[Milestone], refused: Refused) -> list[str]:
    """Put each problem at its field, once for all milestones that have it; what is about none is given back.

    The pointers of a batch are the place of the milestone and the name of the field, their texts begin with its code.
    """
    met: dict[tuple[str, str], list[str]] = {}
    for problem in refused.problems:
        place, _slash, name = problem.pointer.partition("/")
        code = milestones[int(place)].code if place.isdigit() else ""
        met.setdefault((FIELDS.get(name, name), problem.text.removeprefix(f"{code}: ")), []).append(code)
    elsewhere = []
    values = form.values()
    for (name, text), codes in met.items():
        said = text if len(codes) == len(milestones) or not codes[0] else f"{', '.join(codes)}: {text}"
        if name in form.fields and values is not None:
            form.add_error(name, said)
        else:
            elsewhere.append(said)
    return elsewhere


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
                left = _("Left as they are, since something newer stands or what stood before was withdrawn: %(codes)s.")
                done(request, left % {"codes": ", ".join(outcome.overtaken)})
        except Refused as refused:
            tell(request, refused)
        return redirect("desk:batch_detail", uid)
    assessments = applied.assessments.select_related("milestone").order_by("milestone__code")
    return render(request, "desk/batch_detail.html", {"batch": applied, "assessments": assessments})

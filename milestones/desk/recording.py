"""Recording an assessment: one form beside the milestone, saved while it is typed, sent when it is complete."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.http import Http404, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from common.bodies import takes_files
from common.days import today
from common.edits import changed_fields
from common.fetching import NotFetched
from common.fields import new_uid
from common.forms import as_typed
from common.refusals import Problem, Refused
from milestones import statuses
from milestones.assessments.reading import fresh
from milestones.desk.access import milestone_or_404
from milestones.desk.forms import MOST_ROWS, BaseEvidenceFormSet, EvidenceForm, EvidenceFormSet, FindingForm, LookForm, initial_of
from milestones.desk.queue import next_code
from milestones.evidence.files import examine_all
from milestones.evidence.looking import look_at
from milestones.models import Assessment, Evidence, Milestone, MilestoneVersion
from milestones.permissions import may_edit, may_publish, needs_review
from milestones.querysets import OPEN_STATES
from milestones.services import (
    add_evidence,
    confirm_assessment,
    delete_draft,
    draft_assessment,
    edit_draft,
    milestone_of,
    problems_of,
    publish_assessment,
    replace_evidence,
    submit_assessment,
    take_back_assessment,
)
from record.desk import desk_page, done, tell, uuid_or_404
from record.services import open_change

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from django.http import HttpResponse, QueryDict

    from milestones.assessments.services import Cite
    from record.desk import DeskRequest
    from record.services import Change


LOOK_SECONDS = 10


@dataclass
class Sheet:
    """The form and its rows of evidence, bound or not, with the draft that they belong to."""

    milestone: Milestone
    draft: Assessment | None
    uid: UUID
    form: FindingForm
    rows: BaseEvidenceFormSet

    def is_valid(self) -> bool:
        return all([self.form.is_valid(), self.rows.is_valid()])

    @property
    def conflicts(self) -> bool:
        """Somebody else was here; also where another assessment was published meanwhile."""
        codes = [error.code for errors in self.form.errors.as_data().values() for error in errors]
        return "changed_meanwhile" in codes or self.rows.conflicts or any(row.conflicts for row in self.rows.forms)

    @property
    def waits(self) -> bool:
        """It is in review already: what is typed would take the place of what an editor is about to decide."""
        return self.draft is not None and self.draft.state == "submitted"

    @property
    def is_published(self) -> bool:
        return self.draft is not None and self.draft.state == "published"

    def says_the_same(self, request: DeskRequest) -> bool:
        """The form came twice: what it says is what is in review, or was published, word for word."""
        draft = self.draft
        if draft is None or draft.state in OPEN_STATES or not self.is_valid():
            return False
        values = self.form.values()
        same = bool(values.pop("corrects")) == (draft.corrects_id is not None) and not changed_fields(draft, values)
        reused = {_uid(uid) for uid in request.POST.getlist("reuse")}
        return same and reused <= set(self.rows.known) and all(self.rows.holds(row) for row in self.rows.forms)


def sheet_of(request: DeskRequest, milestone: Milestone, *, anew: bool = False) -> Sheet:
    """Bound to what was sent, if anything was. Read it under the lock: what it compares with must not change meanwhile.

    ``anew`` leaves what the form was about aside: what was typed becomes a finding of its own.
    """
    sent: QueryDict | None = request.POST if request.method == "POST" else None
    uid = None if anew else _uid((sent or request.GET).get("draft", ""))
    draft = _draft(request, milestone, uid)
    if sent and anew:  # evidence that others rest on by now is cited as it stands here
        sent = own = sent.copy()
        for name in [name for name in own if name.startswith("e-") and name.endswith("-uid")]:
            own[name] = ""
    initial = initial_of(draft, milestone)
    form = FindingForm(sent, milestone=milestone, initial=initial)
    rows = EvidenceFormSet(sent, request.FILES if sent else None, prefix="e", draft=draft, form_kwargs={"auto_id": "id_%s"})
    return Sheet(milestone, draft, draft.uid if draft else uid or new_uid(), form, rows)


def _uid(text: str) -> UUID | None:
    return uuid_or_404(text) if text else None


def _draft(request: DeskRequest, milestone: Milestone, uid: UUID | None) -> Assessment | None:
    if uid and (named := Assessment.objects.filter(uid=uid).first()):
        named = fresh(named)
        if named.milestone_id != milestone.pk or not may_edit(request.user, named):
            raise Http404
        return named
    draft: Assessment | None = Assessment.objects.open_for(request.user, milestone)
    draft = draft or Assessment.objects.waiting_of(request.user, milestone)
    return fresh(draft) if draft else None


@takes_files
@desk_page("GET", "POST")
def record(request: DeskRequest, code: str) -> HttpResponse:
    milestone = milestone_or_404(request, code)
    if request.method != "POST":
        sheet = sheet_of(request, milestone)
        if sheet.is_published or (sheet.waits and sheet.draft.author_id != request.user.pk):  # type: ignore[union-attr]
            return redirect("desk:assessment", sheet.uid)
        return _show(request, sheet)
    action = request.POST.get("action", "save")
    return _show(request, _with_proposals(request, milestone)) if action == "look" else _save(request, code, action)


def _save(request: DeskRequest, code: str, action: str) -> HttpResponse:
    """Keep what was typed, and then do what was asked with it."""
    sheet: Sheet | None = None
    examine_all(request)
    try:
        with open_change(by=request.user.actor, of=milestone_of(code)) as change:
            milestone = milestone_or_404(request, code)
            sheet = sheet_of(request, milestone)
            if sheet.says_the_same(request):
                done(request, _("It was submitted already; the form came twice."))
                return redirect("desk:queue")
            asks = sheet.is_published or (sheet.waits and request.POST.get("seen") != str(sheet.draft.version))  # type: ignore[union-attr]
            overtaken = sheet.is_published
            if overtaken:
                sheet = sheet_of(request, milestone, anew=True)
            if not sheet.is_valid() or asks:
                return _show(request, sheet, status=409 if sheet.conflicts or asks else 400, overtaken=overtaken)
            if sheet.draft and sheet.waits:
                sheet.draft = take_back_assessment(change, sheet.draft, by=request.user)
            sheet.draft = _store(change, sheet, request)
    except Refused as refused:
        if sheet is None:
            raise
        tell(request, refused)
        return _show(request, sheet, status=400)
    return _go_on(request, sheet, action)


def _store(change: Change, sheet: Sheet, request: DeskRequest) -> Assessment:
    values, cites = sheet.form.values(), _cites(change, sheet, request)
    if sheet.draft:
        return edit_draft(change, sheet.draft, by=request.user, values=values, evidence=cites)
    return draft_assessment(change, sheet.milestone, by=request.user, values=values, evidence=cites, uid=sheet.uid)


def _cites(change: Change, sheet: Sheet, request: DeskRequest) -> list[Cite]:
    """What the draft cites after this: what it cited, less what was removed, and what was typed or taken over."""
    known = sheet.rows.known.values()
    Evidence.objects.hold(citation.evidence_id for citation in known)
    cites = {citation.evidence.uid: (citation.evidence, citation.stance) for citation in known}
    for row in sheet.rows.forms:
        cleaned = row.cleaned_data
        uid = cleaned.get("uid")
        if uid and cleaned.get("remove"):
            cites.pop(uid, None)
        elif row.is_filled(cleaned):
            evidence = _evidence(change, row, cites, request, sheet.draft)
            cites[evidence.uid] = (evidence, cleaned["stance"])
    current = sheet.milestone.current
    if current and (reused := request.POST.getlist("reuse")):
        for citation in current.citations.filter(evidence__uid__in=[uid for uid in map(_uid, reused) if uid]).select_related("evidence"):
            cites.setdefault(citation.evidence.uid, (citation.evidence, citation.stance))
    return list(cites.values())


def _evidence(change: Change, row: EvidenceForm, cites: dict[UUID, Cite], request: DeskRequest, draft: Assessment | None) -> Evidence:
    """What a row has become. A piece that others rest on is left to them, and the draft gets one of its own."""
    uid, file, values = row.cleaned_data.get("uid"), row.cleaned_data.get("file"), row.values()
    known = cites[uid][0] if uid in cites else None
    if known is None and not file:  # the same form twice
        same = (values["address"], values["title"])
        known = next((piece for piece, _stance in cites.values() if (piece.address, piece.title) == same), None)
    if known is None:
        return add_evidence(change, by=request.user, values=values, file=file)
    if draft is None or not (file or any(getattr(known, name) != value for name, value in values.items())):
        return known
    cites.pop(known.uid, None)
    return replace_evidence(change, known, by=request.user, values=values, file=file, of=draft)


def _go_on(request: DeskRequest, sheet: Sheet, action: str) -> HttpResponse:
    """The draft is kept. What may be refused comes now, in a change of its own: what was typed is not lost with it."""
    draft = sheet.draft
    assert draft is not None
    if action in {"submit", "next", "publish"}:
        try:
            with open_change(by=request.user.actor, of=[(Milestone, draft.milestone_id)]) as change:
                draft = submit_assessment(change, draft, by=request.user)
                if action == "publish":
                    publish_assessment(change, draft, by=request.user)
        except Refused as refused:
            fresh_sheet = _unbound(sheet)
            return _show(request, fresh_sheet, problems=refused.problems, status=400)
        done(request, _("Published.") if action == "publish" else _("Submitted; an editor decides."))
        code = next_code(request.user, request.present, sheet.milestone.code) if action == "next" else None
        return redirect("desk:record", code) if code else redirect("desk:queue")
    done(request, _("The draft is saved."))
    return redirect(f"{reverse('desk:record', args=[sheet.milestone.code])}?draft={draft.uid}")


def _unbound(sheet: Sheet) -> Sheet:
    draft = fresh(sheet.draft) if sheet.draft else None
    form = FindingForm(milestone=sheet.milestone, initial=initial_of(draft, sheet.milestone))
    return Sheet(sheet.milestone, draft, sheet.uid, form, EvidenceFormSet(prefix="e", draft=draft, form_kwargs={"auto_id": "id_%s"}))


def _with_proposals(request: DeskRequest, milestone: Milestone) -> Sheet:
    """Without script: what was typed comes back, with title and day proposed for each address that has none."""
    data = request.POST.copy()
    until = time.monotonic() + LOOK_SECONDS
    for number in range(MOST_ROWS):
        address = data.get(f"e-{number}-address", "").strip()
        if address and not data.get(f"e-{number}-title", "").strip() and time.monotonic() < until:
            try:
                for name, value in _proposed(address).items():
                    data[f"e-{number}-{name}"] = data.get(f"e-{number}-{name}") or value
            except NotFetched:
                continue
    request.POST = data  # type: ignore[assignment]
    return sheet_of(request, milestone)


def kept_as(request: DeskRequest, sheet: Sheet) -> str:
    """The name by which a device keeps what is typed into this form: one's own finding of a milestone, or somebody else's draft."""
    own = sheet.draft is None or sheet.draft.author_id == request.user.pk
    return sheet.milestone.code if own else f"{sheet.milestone.code}:{sheet.uid}"


POINTED = {"forecast": "forecast_date"}


def _show(
    request: DeskRequest, sheet: Sheet, *, problems: Iterable[Problem] | None = None, status: int = 200, overtaken: bool = False
) -> HttpResponse:
    """``overtaken``: what the form was about was published, and what was typed is to become a finding of its own."""
    milestone = sheet.milestone
    refused = problems is not None
    if problems is None:
        problems = problems_of(fresh(sheet.draft), day=today()) if sheet.draft and not sheet.form.is_bound else []
    by_field: dict[str, list[str]] = {}
    for problem in problems:
        by_field.setdefault(POINTED.get(problem.pointer, problem.pointer), []).append(problem.text)
    shown = {*sheet.form.fields, "evidence"}
    milestones = MilestoneVersion.objects.as_of(request.present).with_health(request.present)
    context = {
        "sheet": sheet,
        "form": sheet.form,
        "rows": sheet.rows,
        "milestone": milestones.get(code=milestone.code),
        "current": milestone.current,
        "current_citations": milestone.current.citations.select_related("evidence") if milestone.current else [],
        "assessments": Assessment.objects.published(request.present).for_reading().filter(milestone=milestone)[:5],
        "problems": by_field,
        "elsewhere": [text for name, texts in by_field.items() if name not in shown for text in texts],
        "overtaken": overtaken,
        "refused": refused,
        "kept": kept_as(request, sheet),
        "needs": statuses.STATUS_NEEDS,
        "may_publish": not (milestone.proposal.report.needs_review or (sheet.draft and sheet.draft.needs_review)),
        "conflicts": sheet.form.is_bound and sheet.conflicts,
        "next": next_code(request.user, request.present, milestone.code),
    }
    return render(request, "desk/record.html", context, status=status)


@takes_files
@desk_page("POST", json=True)
def autosave(request: DeskRequest, code: str) -> HttpResponse:
    """Keep what is typed, as JSON: when, what is still needed, and which evidence the rows have become.

    A form half filled is no mistake of the browser's: 200, and "saved" says no. Somebody else's change is a 409.
    """
    examine_all(request)
    try:
        with open_change(by=request.user.actor, of=milestone_of(code)) as change:
            sheet = sheet_of(request, milestone_or_404(request, code))
            if sheet.waits or sheet.is_published:
                text = _("It is submitted: what you type is kept on this device until you submit it again.")
                return JsonResponse({"saved": False, "text": text}, status=409)
            if not sheet.is_valid():
                conflict = sheet.conflicts
                text = _("Not saved: somebody else changed the same field. Save by hand to see both.") if conflict else _("Not saved yet.")
                errors = {name: list(texts) for name, texts in sheet.form.errors.items()}
                return JsonResponse({"saved": False, "text": text, "errors": errors}, status=409 if conflict else 200)
            draft = _store(change, sheet, request)
            draft = fresh(draft)
    except Refused as refused:
        return JsonResponse({"saved": False, "text": str(refused)})
    by_address = {(citation.evidence.address, citation.evidence.title): str(citation.evidence.uid) for citation in draft.citations.all()}
    rows = {
        row.prefix: by_address.get((row.cleaned_data["address"], row.cleaned_data["title"]))
        for row in sheet.rows.forms
        if row.is_filled(row.cleaned_data)
    }
    problems = [
        {"field": POINTED.get(problem.pointer, problem.pointer), "text": problem.text} for problem in problems_of(draft, day=today())
    ]
    return JsonResponse({"saved": True, "text": _("Draft saved."), "draft": str(draft.uid), "rows": rows, "problems": problems})


@desk_page("POST")
def discard(request: DeskRequest, code: str) -> HttpResponse:
    milestone = milestone_or_404(request, code)
    with open_change(by=request.user.actor, of=[(Milestone, milestone.pk)]) as change:
        draft = _draft(request, milestone, _uid(request.POST.get("draft", "")))
        if draft is not None:
            try:
                delete_draft(change, draft, by=request.user)
                done(request, _("The draft is deleted."))
            except Refused as refused:
                tell(request, refused)
    return redirect("desk:queue")


@desk_page("POST")
def confirm(request: DeskRequest, code: str) -> HttpResponse:
    """No change, still accurate: one click, and the next milestone of the queue."""
    milestone = milestone_or_404(request, code)
    try:
        with open_change(by=request.user.actor, of=[(Milestone, milestone.pk)]) as change:
            confirmation = confirm_assessment(change, milestone, by=request.user)
            if not needs_review(confirmation) and may_publish(request.user, confirmation):
                publish_assessment(change, confirmation, by=request.user)
        done(request, _("Confirmed: %(code)s.") % {"code": milestone.code})
    except Refused as refused:
        tell(request, refused)
    following = next_code(request.user, request.present, milestone.code) if "next" in request.POST else None
    return redirect("desk:record", following) if following else redirect("desk:queue")


def _proposed(address: str) -> dict[str, str]:
    """What the page at an address says of itself, as the form shows it. Raises ``NotFetched``."""
    found = look_at(address)
    return found.as_dict() | {"published_on": as_typed(date.fromisoformat(found.published_on)) if found.published_on else ""}


@desk_page("POST", json=True)
def look(request: DeskRequest) -> HttpResponse:
    """Title, day and publisher that an address proposes of itself, as JSON."""
    form = LookForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"text": " ".join(map(str, form.errors["address"]))}, status=400)
    try:
        return JsonResponse(_proposed(form.cleaned_data["address"]))
    except NotFetched as error:
        return JsonResponse({"text": str(error)}, status=422)

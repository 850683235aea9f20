"""What stands in the files, and what a changed row does: it calls the service that the pages call."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, ClassVar

from django.utils.translation import gettext as _

from common.dates import NotAPlannedDate, PlannedDate
from common.forms import one_line
from common.refusals import Refused
from milestones import choices, statuses
from milestones.desk.forms import EvidenceForm
from milestones.models import Citation, Evidence, Milestone
from milestones.permissions import may_move
from milestones.services import add_evidence, draft_assessment, move_date, submit_assessment
from proposals.choices import LANGUAGES

if TYPE_CHECKING:
    from accounts.models import User
    from milestones.assessments.services import Cite
    from milestones.models import Batch
    from milestones.querysets import MilestoneQuerySet
    from record.services import Change

    Row = dict[str, str]


class Sheet:
    """A row a milestone, found by its code. What of a row differs from what the export would write now is a change."""

    kept: ClassVar[tuple[str, ...]]
    """The columns that are compared."""
    beside: ClassVar[tuple[str, ...]] = ()
    """Columns that only say more about a change."""

    def __init__(self, user: User) -> None:
        self.user = user

    @property
    def columns(self) -> tuple[str, ...]:
        return ("milestone", "title", *self.kept, *self.beside)

    def milestones(self) -> MilestoneQuerySet:
        """Those that the user may change."""
        milestones = Milestone.objects.assessable_by(self.user).select_related("proposal__report", "current", "series", "analyst")
        return milestones.prefetch_related("current__citations__evidence").order_by("code")

    def row_now(self, milestone: Milestone) -> Row:
        """Subclasses: what the export writes of a milestone, by column."""
        raise NotImplementedError

    def write(self, change: Change, milestone: Milestone, row: Row) -> None:
        """Subclasses: hand what a changed row says to the service."""
        raise NotImplementedError

    def rows(self) -> list[list[str]]:
        """All that the export writes."""
        rows = []
        for milestone in self.milestones():
            cells = {"milestone": milestone.code, "title": str(milestone.title)} | self.row_now(milestone)
            rows.append([cells.get(name, "") for name in self.columns])
        return rows

    def changed(self, milestone: Milestone, row: Row) -> Row:
        now = self.row_now(milestone)
        return {name: row[name] for name in self.kept if name in row and row[name] != now.get(name, "")}


class PlanSheet(Sheet):
    """Plan dates: a changed one is moved, with its reason."""

    kept, beside = ("due", "forecast"), ("reason", "reason_note")

    def row_now(self, milestone: Milestone) -> Row:
        return {"due": str(milestone.due_date or ""), "forecast": str(milestone.forecast_date or "")}

    def write(self, change: Change, milestone: Milestone, row: Row) -> None:
        reason = row.get("reason", "")
        if reason == "file" or (reason and reason not in dict(choices.REASON_CATEGORIES)):
            raise _unknown("reason", reason, [value for value, _label in choices.REASON_CATEGORIES if value != "file"])
        for field, text in self.changed(milestone, row).items():
            to = _planned(field, text)
            move_date(change, milestone, field=field, to=to, category=reason, note=row.get("reason_note", ""), by=self.user)

    def milestones(self) -> MilestoneQuerySet:
        return super().milestones() if may_move(self.user, Milestone()) else super().milestones().filter(analyst=self.user)


class AssessmentSheet(Sheet):
    """Assessments: a changed row is a new one, drafted or submitted, all of a file in one batch."""

    kept = (
        "status", "effective_on", "completed_on", "confidence", "forecast", "actual_host", "summary", "language", "evidence",
        "internal_note", "reason",
    )  # fmt: skip

    def __init__(self, user: User, *, batch: Batch | None = None, submit: bool = False) -> None:
        super().__init__(user)
        self.batch, self.submit = batch, submit

    def row_now(self, milestone: Milestone) -> Row:
        current = milestone.current if milestone.current and milestone.current.withheld is None else None
        if current is None:
            return {"status": milestone.status, "forecast": str(milestone.forecast_date or "")}
        return {
            "status": current.status,
            "effective_on": str(current.effective_on or ""),
            "completed_on": str(current.completed_on or ""),
            "confidence": current.confidence,
            "forecast": str(milestone.forecast_date or ""),
            "actual_host": current.actual_host,
            "summary": current.summary,
            "language": current.language,
            "evidence": "\n".join(evidence_line(citation) for citation in current.citations.all() if citation.evidence.withheld is None),
        }

    def write(self, change: Change, milestone: Milestone, row: Row) -> None:
        cells = dict.fromkeys(self.kept, "") | self.row_now(milestone) | {name: row[name] for name in self.kept if name in row}
        values = {
            "status": _word("status", cells["status"], [value for value, _label in statuses.FOUND_CHOICES]),
            "effective_on": _day("effective_on", cells["effective_on"]),
            "completed_on": _day("completed_on", cells["completed_on"]),
            "confidence": _word("confidence", cells["confidence"], ["", *dict(choices.CONFIDENCES)]),
            "forecast_date": _planned("forecast", cells["forecast"]),
            "actual_host": _word("actual_host", cells["actual_host"], ["", *dict(choices.HOSTS)]),
            "summary": _short("summary", one_line(cells["summary"]), 500),
            "language": _word("language", cells["language"] or "ru", list(dict(LANGUAGES))),
            "internal_note": _short("internal_note", cells["internal_note"], 10000),
            "reason": _short("reason", cells["reason"], 2000),
        }
        evidence = self._evidence(change, milestone, cells["evidence"])
        draft = draft_assessment(change, milestone, by=self.user, values=values, evidence=evidence, batch=self.batch)
        if self.submit:
            submit_assessment(change, draft, by=self.user)

    def _evidence(self, change: Change, milestone: Milestone, text: str) -> list[Cite]:
        current = milestone.current
        known = {evidence_line(citation): (citation.evidence, citation.stance) for citation in current.citations.all()} if current else {}
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        return [known.get(line) or _evidence_of(change, milestone, line, self.user) for line in lines]


def evidence_line(citation: Citation) -> str:
    """A piece of evidence as a line of a cell: ``title | address``, with ``≠`` before it when it contradicts."""
    evidence = citation.evidence
    sign = "≠ " if citation.stance == "contradicts" else ""
    return f"{sign}{' '.join(evidence.title.split())} | {evidence.address or f'file:{evidence.uid}'}"


def _evidence_of(change: Change, milestone: Milestone, line: str, user: User) -> Cite:
    """A line as evidence. What the milestone ever rested on stays the piece that it was, confidential or not."""
    stance = "contradicts" if line.startswith("≠") else "supports"
    title, _bar, address = (part.strip() for part in line.lstrip("≠ ").rpartition("|"))
    there = Evidence.objects.filter(citations__assessment__milestone=milestone, withheld=None).distinct()
    for piece in there:
        if address in {piece.address, f"file:{piece.uid}"}:
            return piece, stance
    form = EvidenceForm({"address": address, "title": title or address[:500]})
    if not form.is_valid():
        text = "; ".join(str(text) for texts in form.errors.values() for text in texts)
        raise Refused.because("evidence", f"{address[:100]}: {text}", "evidence")
    try:
        return add_evidence(change, by=user, values=form.values()), stance
    except Refused as refused:
        raise Refused(*(replace(problem, pointer="evidence") for problem in refused.problems)) from refused


def _unknown(name: str, value: str, known: list[str]) -> Refused:
    text = _("%(value)s is not known. Known: %(known)s.") % {"value": value[:50] or "–", "known": ", ".join(word for word in known if word)}
    return Refused.because("unknown_value", text, name)


def _word(name: str, value: str, known: list[str]) -> str:
    if value not in known:
        raise _unknown(name, value, known)
    return value


def _short(name: str, text: str, most: int) -> str:
    if len(text) > most:
        raise Refused.because("too_long", _("At most %(most)d characters.") % {"most": most}, name)
    return text


def _day(name: str, text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Refused.because("not_a_day", _("Write a day as 2027-06-30."), name) from error


def _planned(name: str, text: str) -> PlannedDate | None:
    try:
        return PlannedDate.parse(text) if text else None
    except NotAPlannedDate as error:
        raise Refused.because("not_a_date", _("Write 2030, 2027-Q2, 2027-06 or 2027-06-30."), name) from error

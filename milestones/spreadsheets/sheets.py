"""What stands in the files, and what a changed row does: it calls the service that the pages call."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from common.dates import NotAPlannedDate, PlannedDate
from common.fields import all_languages
from common.refusals import Refused
from common.text import joined, lines
from milestones import choices, statuses
from milestones.desk.forms import MOST_ROWS, EvidenceForm
from milestones.models import Assessment, Citation, Evidence, Milestone, MilestoneVersion
from milestones.permissions import may_move
from milestones.querysets import OPEN_STATES
from milestones.services import add_evidence, draft_assessment, move_date, submit_assessment
from milestones.spreadsheets.kinds import Day, Evidences, Kind, Planned, Text, Word
from proposals.choices import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from accounts.models import User
    from milestones.assessments.services import Cite
    from milestones.models import Batch
    from milestones.querysets import MilestoneQuerySet
    from record.models import Sealed
    from record.services import Change

    Cells = dict[str, str]


@dataclass(frozen=True)
class State:
    """What the export writes of a milestone at a position."""

    version: int
    title: str
    titles: frozenset[str]
    """Empty where they were withdrawn."""
    cells: Cells
    gone: bool = False
    """Some of it was withdrawn after that position and cannot be read any more."""

    def mark(self, code: str, cells: Cells) -> str:
        """Stands in the row: the version, and a digest by which a row that nobody touched is known even when nothing can be read again."""
        said = json.dumps([code, *(cells.get(name, "") for name in sorted(self.cells))], ensure_ascii=False)
        return f"v{self.version}-{hashlib.sha256(said.encode()).hexdigest()[:8]}"


class Sheet:
    """A row a milestone, found by its code. What of a row differs from what it was made from is a change."""

    kept: ClassVar[dict[str, Kind]]
    """The columns that are compared."""
    beside: ClassVar[tuple[str, ...]] = ()
    """Columns that only say more about a change."""

    def __init__(self, user: User) -> None:
        self.user = user

    @classmethod
    def columns(cls) -> tuple[str, ...]:
        return ("milestone", "title", *cls.kept, *cls.beside, *MADE_FROM)

    def milestones(self) -> MilestoneQuerySet:
        """Those that the user may change."""
        milestones = Milestone.objects.assessable_by(self.user).select_related("proposal__report", "current", "series", "analyst")
        return milestones.prefetch_related("current__citations__evidence").order_by("code")

    def states(self, codes: Iterable[str], position: int | None) -> dict[str, State]:
        """By code, as the record stood at ``position``; ``None`` is now."""
        versions: dict[str, MilestoneVersion] = MilestoneVersion.objects.at(position).defer("search").by_code(codes)
        found = self.assessments_of(versions.values())
        return {code: self.state(version, found.get(version.assessment), position) for code, version in versions.items()}

    def assessments_of(self, _versions: Iterable[MilestoneVersion]) -> dict[object, Assessment]:
        return {}

    def state(self, version: MilestoneVersion, assessment: Assessment | None, position: int | None) -> State:
        """Subclasses: what the export writes of a milestone, by column."""
        raise NotImplementedError

    def write(self, change: Change, milestone: Milestone, *, cells: Cells, changed: Cells, beside: Cells) -> bool:
        """Subclasses: hand what a row says to the service. False when the very same waits already."""
        raise NotImplementedError

    def rows(self, position: int) -> list[list[str]]:
        """All that the export writes: the record at that position."""
        states = self.states(self.milestones().prefetch_related(None).values_list("code", flat=True), position)
        rows = []
        for code, state in sorted(states.items()):
            made_from = {"version": state.mark(code, state.cells), "position": str(position)}
            cells = {"milestone": code, "title": state.title} | state.cells | made_from
            rows.append([cells.get(name, "") for name in self.columns()])
        return rows


MADE_FROM = ("version", "position")


def titles_of(version: MilestoneVersion) -> frozenset[str]:
    """In each language; none where they were withdrawn."""
    return frozenset() if version.withheld else frozenset(all_languages(version, "title").values())


class PlanSheet(Sheet):
    """Plan dates: a changed one is moved, with its reason."""

    kept: ClassVar[dict[str, Kind]] = {"due": Planned(), "forecast": Planned()}
    beside = ("reason", "reason_note")

    def state(self, version: MilestoneVersion, assessment: Assessment | None, position: int | None) -> State:  # noqa: ARG002 - dates are never withdrawn
        cells = {"due": str(version.due_date or ""), "forecast": str(version.forecast_date or "")}
        return State(version.version, str(version.title), titles_of(version), cells)

    def write(self, change: Change, milestone: Milestone, *, cells: Cells, changed: Cells, beside: Cells) -> bool:  # noqa: ARG002 - only what changed is moved
        known = [value for value, _label in choices.REASON_CATEGORIES if value != "file"]
        reason = Word(choices.REASON_CATEGORIES).coded(beside.get("reason", ""))
        if reason and reason not in known:
            raise _unknown("reason", reason, known)
        for field, text in changed.items():
            to = _planned(field, text)
            note = _short("reason_note", beside.get("reason_note", ""), 2000)
            move_date(change, milestone, field=field, to=to, category=reason, note=note, by=self.user)
        return True

    def milestones(self) -> MilestoneQuerySet:
        return super().milestones() if may_move(self.user, Milestone()) else super().milestones().filter(analyst=self.user)


class AssessmentSheet(Sheet):
    """Assessments: a changed row is a new one, drafted or submitted, all of a file in one batch."""

    kept: ClassVar[dict[str, Kind]] = {
        "status": Word(statuses.FOUND_CHOICES),
        "effective_on": Day(),
        "completed_on": Day(),
        "confidence": Word(choices.CONFIDENCES),
        "forecast": Planned(),
        "actual_host": Word(choices.HOSTS),
        "summary": Text(),
        "language": Word(LANGUAGES),
        "evidence": Evidences(),
    }
    beside = ("internal_note", "reason")

    def __init__(self, user: User, *, batch: Batch | None = None, submit: bool = False) -> None:
        super().__init__(user)
        self.batch, self.submit = batch, submit

    def assessments_of(self, versions: Iterable[MilestoneVersion]) -> dict[object, Assessment]:
        asked = Assessment.objects.prefetch_related("citations__evidence")
        return dict(asked.in_bulk([version.assessment for version in versions if version.assessment], field_name="uid"))

    def state(self, version: MilestoneVersion, assessment: Assessment | None, position: int | None) -> State:
        def stood(row: Sealed) -> bool:
            return row.withheld is None or (position is not None and row.withheld > position)

        cells = {"status": version.status, "forecast": str(version.forecast_date or "")}
        said = (version.version, str(version.title), titles_of(version))
        if assessment is None or not stood(assessment):
            return State(*said, dict.fromkeys(self.kept, "") | cells)
        cites = [citation for citation in assessment.citations.all() if stood(citation.evidence)]
        gone = assessment.withheld is not None or any(citation.evidence.withheld is not None for citation in cites)
        return State(*said, cells_of(assessment, cites) | cells, gone)

    def write(self, change: Change, milestone: Milestone, *, cells: Cells, changed: Cells, beside: Cells) -> bool:  # noqa: ARG002 - a finding is whole
        values: dict[str, object] = {
            "status": _word("status", cells["status"], [value for value, _label in statuses.FOUND_CHOICES]),
            "effective_on": _day("effective_on", cells["effective_on"]),
            "completed_on": _day("completed_on", cells["completed_on"]),
            "confidence": _word("confidence", cells["confidence"], ["", *dict(choices.CONFIDENCES)]),
            "forecast_date": _planned("forecast", cells["forecast"]),
            "actual_host": _word("actual_host", cells["actual_host"], ["", *dict(choices.HOSTS)]),
            "summary": _short("summary", joined(cells["summary"]), 500),
            "language": _word("language", cells["language"] or "ru", list(dict(LANGUAGES))),
            "internal_note": _short("internal_note", beside.get("internal_note", ""), 10000),
            "reason": _short("reason", beside.get("reason", ""), 2000),
        }
        if self._waits(milestone, values, cells["evidence"]):
            return False
        evidence = self._evidence(change, milestone, cells["evidence"])
        draft = draft_assessment(change, milestone, by=self.user, values=values, evidence=evidence, batch=self.batch)
        if self.submit:
            submit_assessment(change, draft, by=self.user)
        return True

    def _waits(self, milestone: Milestone, values: dict[str, object], evidence: str) -> bool:
        """Whether somebody has said the same already: the file came twice."""
        own = Assessment.objects.filter(milestone=milestone, author=self.user, state__in=["submitted"] if self.submit else OPEN_STATES)
        if not values["effective_on"]:
            values = {name: value for name, value in values.items() if name != "effective_on"}  # submitting sets the day
        for one in own.prefetch_related("citations__evidence"):
            if all(getattr(one, name) == value for name, value in values.items()):
                cited = "\n".join(evidence_line(citation) for citation in one.citations.all())
                if Evidences().same(cited, evidence):
                    return True
        return False

    def _evidence(self, change: Change, milestone: Milestone, text: str) -> list[Cite]:
        current = milestone.current
        known = {evidence_line(citation): (citation.evidence, citation.stance) for citation in current.citations.all()} if current else {}
        lines = Evidences.lines(text)
        if len(lines) > MOST_ROWS:
            raise Refused.because("too_long", _("At most %(most)d of them.") % {"most": MOST_ROWS}, "evidence")
        return [known.get(line) or _evidence_of(change, milestone, line, self.user) for line in lines]


def cells_of(assessment: Assessment, cites: Iterable[Citation]) -> Cells:
    return {
        "status": assessment.status,
        "effective_on": str(assessment.effective_on or ""),
        "completed_on": str(assessment.completed_on or ""),
        "confidence": assessment.confidence,
        "actual_host": assessment.actual_host,
        "summary": assessment.summary,
        "language": assessment.language,
        "evidence": "\n".join(evidence_line(citation) for citation in cites),
    }


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


def _short(name: str, said: str, most: int) -> str:
    try:
        text = lines(said)
    except ValidationError as error:
        raise Refused.because(str(error.code), error.messages[0], name) from error
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

"""What stands in the files, and what a changed row does: it calls the service that the pages call."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from import_export import fields, resources
from typing_extensions import override

from common.dates import NotAPlannedDate, PlannedDate
from common.forms import one_line
from common.refusals import Refused
from milestones import choices, statuses
from milestones.desk.forms import EvidenceForm
from milestones.models import Evidence, Milestone
from milestones.permissions import may_move
from milestones.services import add_evidence, draft_assessment, move_date, submit_assessment
from proposals.choices import LANGUAGES

if TYPE_CHECKING:
    from accounts.models import User
    from milestones.models import Batch
    from milestones.services.assessing import Cite
    from record.services import Change


class MilestoneResource(resources.ModelResource):
    """A row a milestone, found by its code; an unchanged row is passed over.

    ``columns`` are compared with what the export would write now, so that loading what was exported changes nothing.
    """

    columns: ClassVar[tuple[str, ...]] = ()

    code = fields.Field(attribute="code", column_name="milestone")
    title = fields.Field(column_name="title", readonly=True)

    class Meta:
        model = Milestone
        import_id_fields = ("code",)
        skip_diff = True
        skip_unchanged = False
        report_skipped = True
        use_transactions = False  # the caller's change is the transaction
        store_row_values = True

    def __init__(self, *, user: User) -> None:
        super().__init__()
        self.user = user

    def get_queryset(self) -> Any:
        rows = Milestone.objects.assessable_by(self.user).select_related("proposal__report", "current", "series", "analyst")
        return rows.prefetch_related("current__citations__evidence").order_by("code")

    def row_now(self, milestone: Milestone) -> dict[str, str]:
        """Subclasses: what the export writes of a milestone, by column."""
        raise NotImplementedError

    def export_field(self, field: Any, instance: Any, **_kwargs: Any) -> str:
        if field.column_name == "milestone":
            return str(instance.code)
        if field.column_name == "title":
            return str(instance.title)
        return self.row_now(instance)[field.column_name]

    def before_import(self, dataset: Any, **_kwargs: Any) -> None:
        """Headings first: one that nobody knows would be lost in silence."""
        known = {field.column_name for field in self.fields.values()}
        if unknown := sorted(set(dataset.headers) - known):
            raise ValidationError(
                _("There is no column “%(name)s”. Known: %(known)s.") % {"name": unknown[0][:50], "known": ", ".join(sorted(known))}
            )
        if "milestone" not in dataset.headers:
            raise ValidationError(_("The column “milestone” is missing."))
        codes = [code for code in dataset["milestone"] if code]
        if twice := sorted({code for code in codes if codes.count(code) > 1}):
            raise ValidationError(_("%(code)s stands in more than one row.") % {"code": twice[0][:50]})

    @override
    def get_instance(self, instance_loader: Any, row: Any) -> Any:
        return self.get_queryset().filter(code=row["milestone"]).first()

    def init_instance(self, row: Any = None) -> Any:
        raise ValidationError(
            {"milestone": _("There is no milestone “%(code)s” that you may change.") % {"code": (row or {}).get("milestone", "")[:50]}}
        )

    def import_instance(self, instance: Any, row: Any, **_kwargs: Any) -> None:
        """Nothing is written onto the milestone itself: ``save_instance`` calls the service."""

    @override
    def validate_instance(self, instance: Any, import_validation_errors: Any = None, validate_unique: bool = True) -> None:
        """The services ask the rules."""

    def changed(self, instance: Milestone, row: Any) -> dict[str, str]:
        now = self.row_now(instance)
        return {name: row[name] for name in self.columns if name in row and row[name] != now.get(name, "")}

    @override
    def skip_row(self, instance: Any, original: Any, row: Any, import_validation_errors: Any = None) -> bool:
        return not self.changed(instance, row)

    @override
    def save_instance(self, instance: Any, is_create: bool, row: Any, **kwargs: Any) -> None:
        try:
            with transaction.atomic():
                self.write(kwargs["change"], instance, row)
        except Refused as refused:
            found: dict[str, list[str]] = {}
            for problem in refused.problems:
                found.setdefault(problem.pointer or "__all__", []).append(problem.text)
            raise ValidationError(found) from refused

    def save_m2m(self, instance: Any, row: Any, **_kwargs: Any) -> None:
        """Written by the service."""

    def write(self, change: Change, milestone: Milestone, row: Any) -> None:
        """Subclasses: hand what the row says to the service."""
        raise NotImplementedError


def column(name: str) -> Any:
    return fields.Field(column_name=name)


class PlanResource(MilestoneResource):
    """Plan dates: a changed one is moved, with its reason."""

    columns = ("due", "forecast")

    due = column("due")
    forecast = column("forecast")
    reason = column("reason")
    reason_note = column("reason_note")

    class Meta(MilestoneResource.Meta):
        fields = export_order = ("code", "title", "due", "forecast", "reason", "reason_note")

    def row_now(self, milestone: Milestone) -> dict[str, str]:
        return {"due": str(milestone.due_date or ""), "forecast": str(milestone.forecast_date or ""), "reason": "", "reason_note": ""}

    def write(self, change: Change, milestone: Milestone, row: Any) -> None:
        reason = row.get("reason", "")
        if reason == "file" or (reason and reason not in dict(choices.REASON_CATEGORIES)):
            raise _unknown("reason", reason, [value for value, _label in choices.REASON_CATEGORIES if value != "file"])
        for field, text in self.changed(milestone, row).items():
            to = _planned(field, text)
            move_date(change, milestone, field=field, to=to, category=reason, note=row.get("reason_note", ""), by=self.user)

    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        return rows if may_move_any(self.user) else rows.filter(analyst=self.user)


def may_move_any(user: User) -> bool:
    return may_move(user, Milestone())


COLUMNS = (
    "status", "effective_on", "completed_on", "confidence", "forecast", "actual_host", "summary", "language", "evidence", "internal_note",
    "reason",
)  # fmt: skip


class AssessmentResource(MilestoneResource):
    """Assessments: a changed row is a new one, drafted or submitted, all of a file in one batch."""

    columns = COLUMNS

    status = column("status")
    effective_on = column("effective_on")
    completed_on = column("completed_on")
    confidence = column("confidence")
    forecast = column("forecast")
    actual_host = column("actual_host")
    summary = column("summary")
    language = column("language")
    evidence = column("evidence")
    internal_note = column("internal_note")
    reason = column("reason")

    class Meta(MilestoneResource.Meta):
        fields = export_order = ("code", "title", *COLUMNS)

    def __init__(self, *, user: User, batch: Batch | None = None, submit: bool = False) -> None:
        super().__init__(user=user)
        self.batch, self.submit = batch, submit

    def row_now(self, milestone: Milestone) -> dict[str, str]:
        current = milestone.current if milestone.current and milestone.current.withheld is None else None
        empty = dict.fromkeys(self.columns, "")
        if current is None:
            return empty | {"status": milestone.status, "forecast": str(milestone.forecast_date or "")}
        return empty | {
            "status": current.status,
            "effective_on": str(current.effective_on or ""),
            "completed_on": str(current.completed_on or ""),
            "confidence": current.confidence,
            "forecast": str(milestone.forecast_date or ""),
            "actual_host": current.actual_host,
            "summary": current.summary,
            "language": current.language,
            "evidence": "\n".join(evidence_line(one) for one in current.citations.all() if one.evidence.withheld is None),
        }

    def write(self, change: Change, milestone: Milestone, row: Any) -> None:
        now = self.row_now(milestone)
        cells = now | {name: row[name] for name in self.columns if name in row}
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
        known = {evidence_line(one): (one.evidence, one.stance) for one in current.citations.all()} if current else {}
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        return [known.get(line) or _evidence_of(change, milestone, line, self.user) for line in lines]


def evidence_line(citation: Any) -> str:
    """A piece of evidence as a line of a cell: ``title | address``, with ``≠`` before it when it contradicts."""
    evidence = citation.evidence
    sign = "≠ " if citation.stance == "contradicts" else ""
    return f"{sign}{' '.join(evidence.title.split())} | {evidence.address or f'file:{evidence.uid}'}"


def _evidence_of(change: Change, milestone: Milestone, line: str, user: User) -> Cite:
    """A line as evidence. What the milestone ever rested on stays the piece that it was, confidential or not."""
    stance = "contradicts" if line.startswith("≠") else "supports"
    title, _bar, address = (part.strip() for part in line.lstrip("≠ ").rpartition("|"))
    there = Evidence.objects.filter(citations__assessment__milestone=milestone, withheld=None).distinct()
    for one in there:
        if address in {one.address, f"file:{one.uid}"}:
            return one, stance
    form = EvidenceForm({"address": address, "title": title or address[:500]})
    if not form.is_valid():
        text = "; ".join(str(text) for texts in form.errors.values() for text in texts)
        raise Refused.because("evidence", f"{address[:100]}: {text}", "evidence")
    return add_evidence(change, by=user, values=form.values()), stance


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

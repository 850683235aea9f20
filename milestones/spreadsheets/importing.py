"""A file goes in whole or not at all; dry, it only says what it would do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from common.refusals import Refused
from milestones.models import Batch
from milestones.spreadsheets.csv_files import OLDER, CharsetUnknown
from milestones.spreadsheets.merging import Merge, Question, code_of
from milestones.spreadsheets.sheets import AssessmentSheet, PlanSheet
from milestones.spreadsheets.tables import Fault, read_table, write_table
from record.services import open_change

if TYPE_CHECKING:
    from collections.abc import Mapping

    from accounts.models import User
    from milestones.models import Milestone
    from milestones.spreadsheets.merging import Changed, Merged
    from milestones.spreadsheets.sheets import Sheet
    from milestones.spreadsheets.tables import Row, Table
    from record.services import Change

KINDS: dict[str, type[Sheet]] = {"assessments": AssessmentSheet, "plan": PlanSheet}
KNOWN = frozenset(name for sheet in KINDS.values() for name in sheet.columns())
"""All headings that a file can have."""


@dataclass
class Outcome:
    """What a file did, or would do."""

    dry: bool
    position: int = 0
    """The record that somebody looked at, for rows that do not say what they were made from."""
    changed: list[str] = field(default_factory=list)
    changes: list[Changed] = field(default_factory=list)
    unchanged: int = 0
    notes: list[Fault] = field(default_factory=list)
    """What was typed and has no effect."""
    errors: list[Fault] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    """While one of them is open nothing is written."""
    batch: Batch | None = None


def import_file(name: str, content: bytes, *, kind: str, user: User, answers: Mapping[str, str], **how: bool | int | None) -> Outcome:
    """Read a file and record what it changes. ``how`` as in ``import_table``. Raises ``TableRefused``."""
    try:
        table = read_table(name, content, known=KNOWN, answers=answers)
    except CharsetUnknown as unknown:
        text = _(
            "The file is not saved as Unicode. Which of these reads right? Letters that its characters do not have, the Kazakh ones, stand "
            "in it as question marks: cells with such letters are best not changed in it."
        )
        options = [(charset, f"{OLDER[charset]}: {sample}") for charset, sample in unknown.samples.items()]
        return Outcome(dry=True, questions=[Question("charset", text, options)])
    return import_table(table, kind=kind, user=user, answers=answers, **how)  # type: ignore[arg-type]


def import_table(
    table: Table,
    *,
    kind: str,
    user: User,
    submit: bool = False,
    dry: bool = False,
    answers: Mapping[str, str] | None = None,
    seen: int | None = None,
) -> Outcome:
    """Record what the rows change. With any error or open question nothing is written; each names its row and column.

    Rows that do not say what they were made from are compared with ``seen``, the position at which somebody looked at them; else with now.
    """
    outcome = Outcome(dry)
    with open_change(by=user.actor) as change:
        head = change.position - 1
        outcome.position = seen if seen and seen <= head else head
        batch = Batch.objects.create(made_at=change.now, made_by=user) if kind == "assessments" else None
        sheet: Sheet = AssessmentSheet(user, batch=batch, submit=submit) if batch else PlanSheet(user)
        outcome.errors = problems_of(table, sheet)
        if not outcome.errors:
            merge = Merge(table, sheet, answers or {}, head=head, seen=outcome.position)
            milestones = {milestone.code: milestone for milestone in sheet.milestones().filter(code__in=merge.now)}
            for row in table.rows:
                _take(outcome, row, merge=merge, milestone=milestones.get(code_of(row)), change=change)
        if dry or outcome.errors or outcome.questions or not outcome.changed:
            transaction.set_rollback(True)
        else:
            outcome.batch = batch
    return outcome


def problems_of(table: Table, sheet: Sheet) -> list[Fault]:
    """What is wrong with the shape, the headings, and with what names the rows: a column that nobody knows would be lost in silence."""
    faults = list(table.faults)
    unknown = [name for name in table.headings if name not in sheet.columns()]
    if unknown and set(unknown) <= KNOWN:
        text = _("This is a file of another kind: choose above what it holds. There is no column “%(name)s” here.")
        return [table.fault_of_heading(text % {"name": unknown[0]}, unknown[0])]
    known = ", ".join(name for name in sheet.columns() if name not in table.headings)
    for name in unknown:
        text = _("There is no column “%(name)s”. Those that could be meant: %(known)s.") % {"name": name[:50], "known": known}
        faults.append(table.fault_of_heading(text, name))
    if "milestone" not in table.headings:
        return faults if unknown else [*faults, table.fault_of_heading(_("The column “milestone” is missing."))]
    return faults + _named_twice(table)


def _named_twice(table: Table) -> list[Fault]:
    first: dict[str, int] = {}
    faults = []
    for row in table.rows:
        code = code_of(row)
        if code and first.setdefault(code, row.number) != row.number:
            text = _("%(code)s stands in row %(row)d already.") % {"code": code[:50], "row": first[code]}
            faults.append(table.fault(text, row, "milestone"))
    return faults


def _take(outcome: Outcome, row: Row, *, merge: Merge, milestone: Milestone | None, change: Change) -> None:
    code, table = code_of(row), merge.table
    if milestone is None:
        text = (
            _("There is no milestone “%(code)s” that you may change.") if code else _("The row does not say which milestone it is about.")
        )
        outcome.errors.append(table.fault(text % {"code": code[:50]} if code else text, row, "milestone"))
        return
    merged = merge.row(row)
    outcome.errors += merged.faults
    outcome.questions += merged.questions
    if merged.faults or merged.questions or not _written(outcome, row, merged, merge=merge, milestone=milestone, change=change):
        return
    outcome.changed.append(code)
    outcome.changes += merged.changes


def _written(outcome: Outcome, row: Row, merged: Merged, *, merge: Merge, milestone: Milestone, change: Change) -> bool:
    beside = {name: row.cells[name].text for name in merge.sheet.beside if name in row.cells and row.cells[name].text}
    if not merged.changes:
        outcome.unchanged += 1
        text = _("This says more about a change, and nothing else is changed in the row.")
        outcome.notes += [merge.table.fault(text, row, name) for name in beside]
        return False
    try:
        with transaction.atomic():
            if merge.sheet.write(change, milestone, cells=merged.cells, changed=merged.changed, beside=beside):
                return True
    except Refused as refused:
        outcome.errors += [merge.table.fault(problem.text, row, problem.pointer) for problem in refused.problems]
        return False
    outcome.unchanged += 1
    return False


def export_table(*, kind: str, user: User, ending: str, position: int) -> bytes:
    """The state at a position in the shape that ``import_table`` takes."""
    sheet = KINDS[kind](user)
    return write_table(sheet.columns(), sheet.rows(position), title=kind, ending=ending)

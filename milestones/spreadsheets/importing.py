"""A file goes in whole or not at all; dry, it only says what it would do."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from common.refusals import Refused
from milestones.models import Batch
from milestones.spreadsheets.sheets import AssessmentSheet, PlanSheet
from milestones.spreadsheets.tables import write_table
from record.services import open_change

if TYPE_CHECKING:
    from accounts.models import User
    from milestones.models import Milestone
    from milestones.spreadsheets.sheets import Row, Sheet
    from milestones.spreadsheets.tables import Table
    from record.services import Change

KINDS = ("assessments", "plan")


@dataclass
class RowError:
    row: int
    """As the spreadsheet counts: the headings are row 1."""
    column: str
    text: str


@dataclass
class Outcome:
    """What a file did, or would do."""

    dry: bool
    changed: list[str] = field(default_factory=list)
    unchanged: int = 0
    errors: list[RowError] = field(default_factory=list)
    batch: Batch | None = None


def import_table(table: Table, *, kind: str, user: User, submit: bool = False, dry: bool = False) -> Outcome:
    """Record what the rows change. With any error nothing is written; the errors name row and column."""
    outcome = Outcome(dry)
    with open_change(by=user.actor) as change:
        batch = Batch.objects.create(made_at=change.now, made_by=user) if kind == "assessments" else None
        sheet: Sheet = AssessmentSheet(user, batch=batch, submit=submit) if batch else PlanSheet(user)
        if wrong := problem_of(table, sheet):
            outcome.errors.append(RowError(1, "", wrong))
        else:
            milestones = {milestone.code: milestone for milestone in sheet.milestones().filter(code__in=table.cells("milestone"))}
            for number, row in enumerate(table.rows, start=2):
                _take(outcome, number, row, milestone=milestones.get(row["milestone"]), sheet=sheet, change=change)
        if dry or outcome.errors or not outcome.changed:
            transaction.set_rollback(True)
        else:
            outcome.batch = batch
    return outcome


def problem_of(table: Table, sheet: Sheet) -> str:
    """What is wrong with the headings, and with what names the rows: a column that nobody knows would be lost in silence."""
    if unknown := sorted(set(table.headings) - set(sheet.columns)):
        known = {"name": unknown[0][:50], "known": ", ".join(sorted(sheet.columns))}
        return _("There is no column “%(name)s”. Known: %(known)s.") % known
    if "milestone" not in table.headings:
        return _("The column “milestone” is missing.")
    twice = [code for code, times in Counter(filter(None, table.cells("milestone"))).items() if times > 1]
    return _("%(code)s stands in more than one row.") % {"code": min(twice)[:50]} if twice else ""


def _take(outcome: Outcome, number: int, row: Row, *, milestone: Milestone | None, sheet: Sheet, change: Change) -> None:
    if milestone is None:
        text = _("There is no milestone “%(code)s” that you may change.") % {"code": row["milestone"][:50]}
        outcome.errors.append(RowError(number, "milestone", text))
    elif not sheet.changed(milestone, row):
        outcome.unchanged += 1
    else:
        try:
            with transaction.atomic():
                sheet.write(change, milestone, row)
        except Refused as refused:
            outcome.errors += [RowError(number, problem.pointer, problem.text) for problem in refused.problems]
        else:
            outcome.changed.append(milestone.code)


def export_table(*, kind: str, user: User, ending: str) -> bytes:
    """The present state in the shape that ``import_table`` takes."""
    sheet: Sheet = AssessmentSheet(user) if kind == "assessments" else PlanSheet(user)
    return write_table(sheet.columns, sheet.rows(), title=kind, ending=ending)

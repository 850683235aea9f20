"""A file goes in whole or not at all; dry, it only says what it would do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import transaction

from milestones.exchange.resources import AssessmentResource, PlanResource
from milestones.exchange.tables import write_table
from milestones.models import Batch
from record.services import open_change

if TYPE_CHECKING:
    import tablib

    from accounts.models import User

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


def import_table(table: tablib.Dataset, *, kind: str, user: User, submit: bool = False, dry: bool = False) -> Outcome:
    """Record what the rows change. With any error nothing is written; the errors name row and column."""
    outcome = Outcome(dry)
    with open_change(by=user.actor) as change:
        batch = Batch.objects.create(made_at=change.now, made_by=user) if kind == "assessments" else None
        resource: Any = AssessmentResource(user=user, batch=batch, submit=submit) if batch else PlanResource(user=user)
        result = resource.import_data(table, dry_run=False, raise_errors=False, use_transactions=False, change=change)
        _read_result(result, outcome)
        if dry or outcome.errors or not outcome.changed:
            transaction.set_rollback(True)
        else:
            outcome.batch = batch
    return outcome


def _read_result(result: Any, outcome: Outcome) -> None:
    for error in result.base_errors:
        texts = getattr(error.error, "messages", None) or [str(error.error)]
        outcome.errors += [RowError(1, "", text) for text in texts]
    for number, row in enumerate(result.rows, start=2):
        if row.validation_error is not None:
            found = getattr(row.validation_error, "message_dict", None) or {"": row.validation_error.messages}
            for name, texts in found.items():
                outcome.errors += [RowError(number, "" if name == "__all__" else name, text) for text in texts]
        elif row.errors:
            outcome.errors += [RowError(number, "", str(one.error)) for one in row.errors]
        elif row.import_type == row.IMPORT_TYPE_SKIP:
            outcome.unchanged += 1
        else:
            outcome.changed.append(str(row.row_values["milestone"]))


def export_table(*, kind: str, user: User, ending: str) -> bytes:
    """The present state in the shape that ``import_table`` takes."""
    resource: Any = AssessmentResource(user=user) if kind == "assessments" else PlanResource(user=user)
    table = resource.export(resource.get_queryset())
    table.title = kind
    return write_table(table, ending)

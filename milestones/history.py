"""What happened to one milestone: each version with its event and what it changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from common.fields import LANGUAGE_CODES
from milestones.models import MilestoneVersion
from record.chain import plain
from record.models import Event
from record.versions import content_of

if TYPE_CHECKING:
    from collections.abc import Sequence

NOT_SHOWN = {"code", "version", "updated_at", "assessment", "order"}


def milestone_history(rows: Sequence[MilestoneVersion], language: str) -> list[dict[str, Any]]:
    """For each of these versions of one milestone: its event, and ``{field: [before, after]}``. Three queries.

    Translated texts appear once, in ``language``. The first version has no changes: it is the beginning.
    """
    if not rows:
        return []
    events = Event.objects.in_bulk([row.first for row in rows])
    before = {row.last: row for row in MilestoneVersion.objects.filter(code=rows[0].code, last__in=[row.first for row in rows])}
    return [
        {
            "position": row.first,
            "occurred_at": events[row.first].occurred_at,
            "type": events[row.first].type,
            "actor": events[row.first].actor or None,
            "version": row.version,
            "changes": changes_between(before.get(row.first), row, language),
        }
        for row in rows
    ]


def changes_between(before: MilestoneVersion | None, after: MilestoneVersion, language: str) -> dict[str, list[Any]]:
    if before is None:
        return {}
    old, new = content_of(before), content_of(after)
    changes: dict[str, list[Any]] = {}
    for column, value in new.items():
        name, _, suffix = column.rpartition("_")
        translated = suffix in LANGUAGE_CODES
        if value != old[column] and column not in NOT_SHOWN and (not translated or suffix == language):
            changes[name if translated else column] = [plain(old[column]), plain(value)]
    return changes

"""What happened to one milestone: each version with its event and what it changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milestones.models import MilestoneVersion
from record.chain import plain
from record.described import Sort, fields_of_columns, sort_of
from record.models import Event

if TYPE_CHECKING:
    from collections.abc import Sequence


def milestone_history(versions: Sequence[MilestoneVersion], language: str) -> list[dict[str, object]]:
    """For each of these versions of one milestone: its event, and ``{field: [before, after]}``. Three queries.

    Translated texts appear once, in ``language``. The first version has no changes: it is the beginning.
    """
    if not versions:
        return []
    events = Event.objects.in_bulk([version.first for version in versions])
    before = {old.last: old for old in MilestoneVersion.objects.filter(code=versions[0].code, last__in=[new.first for new in versions])}
    return [
        {
            "position": version.first,
            "occurred_at": events[version.first].occurred_at,
            "type": events[version.first].type,
            "actor": events[version.first].actor or None,
            "version": version.version,
            "changes": changes_between(before.get(version.first), version, language),
        }
        for version in versions
    ]


def changes_between(before: MilestoneVersion | None, after: MilestoneVersion, language: str) -> dict[str, list[object]]:
    if before is None:
        return {}
    changes: dict[str, list[object]] = {}
    for column, field in fields_of_columns(MilestoneVersion).items():
        old, new = getattr(before, column), getattr(after, column)
        if new == old:
            continue
        translated = sort_of(MilestoneVersion, field) is Sort.TEXT
        if not translated or column == f"{field.name}_{language}":
            changes[field.name if translated else column] = [plain(old), plain(new)]
    return changes

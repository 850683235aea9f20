"""What findings change: what stood before each and what stands with it, also once they are published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from milestones.models import Assessment, MilestoneVersion

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from common.dates import PlannedDate

COMPARED = ("status", "effective_on", "completed_on", "confidence", "forecast", "actual_host", "summary")
AFTER = {"forecast": "forecast_date"}


class Before(NamedTuple):
    status: str
    forecast: PlannedDate | None
    finding: Assessment | None
    """The one that was current."""

    def said(self, name: str) -> Any:
        if name in {"status", "forecast"}:
            return getattr(self, name)
        return getattr(self.finding, name) if self.finding else None


class Difference(NamedTuple):
    name: str
    before: Any
    after: Any

    @property
    def changed(self) -> bool:
        return (self.before or None) != (self.after or None)


def before(findings: Sequence[Assessment]) -> dict[int, Before]:
    """By primary key. Of what is published, what stood at the position before its own; all of them published by one event, or none.
    Two queries for what is published, none for what is not (``for_desk`` read it)."""
    position = findings[0].position if findings else None
    if position is None:
        return {one.pk: Before(one.milestone.status, one.milestone.forecast_date, one.milestone.current) for one in findings}
    versions = MilestoneVersion.objects.at(position - 1).by_code(one.milestone.code for one in findings)
    earlier: dict[UUID | None, Assessment] = {
        one.uid: one for one in Assessment.objects.filter(uid__in=[version.assessment for version in versions.values()])
    }
    return {one.pk: _of_version(versions.get(one.milestone.code), earlier) for one in findings}


def _of_version(version: MilestoneVersion | None, earlier: dict[UUID | None, Assessment]) -> Before:
    if version is None:
        return Before("not_assessed", None, None)
    return Before(version.status, version.forecast_date, earlier.get(version.assessment))


def differences(finding: Assessment) -> list[Difference]:
    """Field by field, as far as there is anything to say."""
    stood = before([finding])[finding.pk]
    rows = [Difference(name, stood.said(name), getattr(finding, AFTER.get(name, name))) for name in COMPARED]
    return [row for row in rows if row.before or row.after]

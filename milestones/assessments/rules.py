"""What an assessment needs before it may stand: pure decisions, no database, no clock, no Django.

The table of DOMAIN ("Statuses") with what each status needs. ``milestones.assessments.refusals`` puts the
refusals into words that say which rule, and what would satisfy it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from milestones.statuses import FINISHED_STATUSES, Status

if TYPE_CHECKING:
    from datetime import date

EARLIEST = 1990
"""No finding of a roadmap is older than the two countries; an earlier year is a slip of the pen."""


@dataclass(frozen=True)
class Cited:
    """A piece of evidence as the rules see it."""

    supports: bool = True
    public: bool = True


@dataclass(frozen=True)
class Finding:
    """What an assessment says."""

    status: Status | None
    summary: str = ""
    effective_on: date | None = None
    completed_on: date | None = None
    reason: str = ""
    actual_host: str = ""
    evidence: tuple[Cited, ...] = ()
    corrects_current: bool = False
    """Whether it corrects, by name, the assessment that stands now."""


@dataclass(frozen=True)
class Standing:
    """Where the milestone stands now."""

    status: Status = Status.NOT_ASSESSED
    effective_on: date | None = None
    is_edition: bool = False


@dataclass(frozen=True)
class Refusal:
    """One rule that is not met: which field it is about, and what the words need to know."""

    code: str
    pointer: str
    values: dict[str, object] = field(default_factory=dict)


def refusals(finding: Finding, standing: Standing, *, day: date) -> list[Refusal]:
    """Every rule that the finding does not meet on ``day``; empty when it may be submitted and published."""
    if finding.status is None or finding.status is Status.NOT_ASSESSED:
        return [Refusal("status_missing", "status")]
    refused = [
        *_words(finding, finding.status),
        *_days(finding, finding.status, standing, day),
        *_evidence(finding, finding.status),
    ]
    back = standing.status in FINISHED_STATUSES and finding.status is not standing.status
    if back and not finding.reason.strip():
        refused.append(Refusal("reason_missing", "reason", {"status": standing.status}))
    if finding.actual_host and not standing.is_edition:
        refused.append(Refusal("host_unexpected", "actual_host"))
    return refused


def _words(finding: Finding, status: Status) -> list[Refusal]:
    if not finding.summary.strip():
        code = "summary_missing_where" if status.said.says_where else "summary_missing"
        return [Refusal(code, "summary")]
    if len(finding.summary.splitlines()) > 1:
        return [Refusal("summary_not_one_line", "summary")]
    return []


def _days(finding: Finding, status: Status, standing: Standing, day: date) -> list[Refusal]:
    effective, completed = finding.effective_on, finding.completed_on
    refused = _day(effective, day, "effective")
    if not refused and effective and standing.effective_on and effective < standing.effective_on and not finding.corrects_current:
        refused = [Refusal("earlier_than_current", "effective_on", {"day": standing.effective_on})]
    if status.said.has_completion:
        refused += _day(completed, day, "completed")
    elif completed is not None:
        refused.append(Refusal("completed_unexpected", "completed_on", {"status": finding.status}))
    return refused


def _day(value: date | None, day: date, name: str) -> list[Refusal]:
    """A day that is needed, not in the future, and of a year that can be meant."""
    if value is None:
        return [Refusal(f"{name}_missing", f"{name}_on")]
    if value.year < EARLIEST:
        return [Refusal("too_early", f"{name}_on", {"year": EARLIEST})]
    if value > day:
        return [Refusal(f"{name}_in_future", f"{name}_on", {"day": day})]
    return []


def _evidence(finding: Finding, status: Status) -> list[Refusal]:
    if not status.said.must_be_supported:
        return []
    supporting = [cited for cited in finding.evidence if cited.supports]
    if not supporting:
        return [Refusal("evidence_missing", "evidence", {"status": finding.status})]
    if status.said.must_be_public and not any(cited.public for cited in supporting):
        return [Refusal("public_evidence_missing", "evidence", {"status": finding.status})]
    return []

"""Events about a milestone: under which report, proposal and milestone they stand in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from milestones.models import Milestone
    from record.models import Event
    from record.services import Change


def announce(change: Change, type_: str, milestone: Milestone, data: dict[str, object]) -> Event:
    proposal = milestone.proposal
    return change.announce(type_, report=proposal.report.code, proposal=proposal.code, milestone=milestone.code, data=data)

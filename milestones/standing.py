"""Where proposals stand: their health and counts, out of one grouped query over their milestones."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from milestones.models import MilestoneVersion
from milestones.rules import proposal_health
from milestones.statuses import Health

if TYPE_CHECKING:
    from collections.abc import Iterable

    from record.moments import Moment


@dataclass
class ProposalStanding:
    """How many milestones of a proposal have each health, and the proposal's own."""

    counts: Counter[str] = field(default_factory=Counter)

    @property
    def health(self) -> Health:
        return proposal_health(Health(name) for name, number in self.counts.items() if number)

    @property
    def milestones(self) -> int:
        return self.counts.total()


def proposal_standings(moment: Moment, codes: Iterable[str] | None = None) -> dict[str, ProposalStanding]:
    """By proposal code; a proposal without milestones stands as ``unknown``. One query."""
    milestones = MilestoneVersion.objects.as_of(moment).with_health(moment)
    if codes is not None:
        milestones = milestones.filter(proposal__in=list(codes))
    standings: dict[str, ProposalStanding] = defaultdict(ProposalStanding)
    for (proposal, health), number in milestones.count_by("proposal", "health").items():
        standings[proposal].counts[health] = number
    return standings

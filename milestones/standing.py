"""Where proposals stand: their health and counts, out of one grouped query over their milestones."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import Case, F, Value, When
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from milestones.causes import Cause, Kind, causes_of, number_of_days
from milestones.models import MilestoneVersion
from milestones.rules import proposal_health
from milestones.statuses import Health

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from milestones.querysets import MilestoneVersionQuerySet
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

    @property
    def done(self) -> int:
        return self.counts[Health.DONE]

    @property
    def open(self) -> int:
        return self.milestones - self.counts[Health.DONE] - self.counts[Health.CLOSED]


def proposal_standings(moment: Moment, codes: Iterable[str] | None = None) -> dict[str, ProposalStanding]:
    """By proposal code; a proposal without milestones stands as ``unknown``. One query."""
    milestones = MilestoneVersion.objects.as_of(moment).with_health(moment)
    if codes is not None:
        milestones = milestones.filter(proposal__in=list(codes))
    standings: dict[str, ProposalStanding] = defaultdict(ProposalStanding)
    for (proposal, health), number in milestones.count_by("proposal", "health").items():
        standings[proposal].counts[health] = number
    return standings


@dataclass(frozen=True)
class ProposalCause:
    """Why a proposal is late, at risk or unknown: the milestone that decides it, with its own cause, or how many nobody knows of."""

    health: Health
    milestone: MilestoneVersion | None = None
    days: int | None = None
    """Late by so many."""
    cause: Cause | None = None
    unknown: int = 0
    open: int = 0

    @property
    def word(self) -> str:
        """The health, and by how much."""
        return _("late by %(days)s") % {"days": number_of_days(self.days)} if self.days else str(self.health.said.word)

    @property
    def why(self) -> str:
        """What the title of the milestone is followed by, or all there is to say; empty where its period is simply over."""
        if self.milestone is None:
            said = {"unknown": self.unknown, "open": self.open}
            return (
                ngettext(
                    "nothing is known of %(unknown)d of %(open)d open milestone",
                    "nothing is known of %(unknown)d of %(open)d open milestones",
                    self.open,
                )
                % said
            )
        return "" if self.cause is None or self.cause.kind == Kind.OVERDUE else self.cause.text

    @property
    def text(self) -> str:
        about = f"{self.milestone.code} {self.milestone.short}" if self.milestone else ""
        return f"{self.word}: {', '.join(part for part in (about, self.why) if part)}"


def worst_of(standings: Mapping[str, ProposalStanding], moment: Moment) -> list[MilestoneVersion]:
    """Of each proposal that is late or at risk the milestone that is longest late, or else is due first among those at risk. One query."""
    troubled = [code for code, standing in standings.items() if standing.health in {Health.LATE, Health.AT_RISK}]
    if not troubled:
        return []
    versions = MilestoneVersion.objects.as_of(moment).with_health(moment)
    worst = worst_among(versions.filter(proposal__in=troubled))
    return list((versions.narrow_first(worst) if moment.past else worst).defer("search"))


def worst_among(milestones: MilestoneVersionQuerySet) -> MilestoneVersionQuerySet:
    """Of these, annotated with health, one of each proposal that has any late or at risk."""
    troubled = milestones.filter(health__in=[Health.LATE, Health.AT_RISK])
    first = Case(When(health=Health.LATE, then=Value(0)), default=Value(1))
    return troubled.order_by("proposal", first, F("due").asc(nulls_last=True), "code").distinct("proposal")


def proposal_cause(
    standing: ProposalStanding, worst: MilestoneVersion | None, causes: Mapping[str, Cause], moment: Moment
) -> ProposalCause | None:
    """``None`` where nothing is wrong and something is known."""
    if worst is not None and standing.health in {Health.LATE, Health.AT_RISK}:
        late = (moment.day - worst.due).days if standing.health == Health.LATE else None
        return ProposalCause(standing.health, worst, late, causes.get(worst.code))
    if standing.health == Health.UNKNOWN and standing.milestones:
        return ProposalCause(Health.UNKNOWN, unknown=standing.counts[Health.UNKNOWN], open=standing.open)
    return None


def proposal_causes(standings: Mapping[str, ProposalStanding], moment: Moment) -> dict[str, ProposalCause]:
    """By code, why each of these proposals stands as it does. Two queries at most."""
    worst = {milestone.proposal: milestone for milestone in worst_of(standings, moment)}
    causes = causes_of(worst.values(), moment)
    found = ((code, proposal_cause(standing, worst.get(code), causes, moment)) for code, standing in standings.items())
    return {code: cause for code, cause in found if cause}

"""A recurring commitment year by year, so that a missed edition cannot vanish."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from milestones.models import MilestoneVersion
from milestones.statuses import Status

if TYPE_CHECKING:
    from milestones.models import SeriesVersion
    from record.moments import Moment


@dataclass(frozen=True)
class Edition:
    """One year of a series; ``milestone`` is ``None`` where the plan has none for it."""

    year: int
    host: str
    actual_host: str
    milestone: MilestoneVersion | None

    @property
    def held(self) -> bool:
        return self.milestone is not None and self.milestone.status == Status.ACHIEVED

    @property
    def missed(self) -> bool:
        return self.milestone is not None and self.milestone.status == Status.DROPPED


def editions_of(series: SeriesVersion, moment: Moment) -> list[Edition]:
    """Every year from the first to the last, in order."""
    milestones = {milestone.edition: milestone for milestone in MilestoneVersion.objects.as_of(moment).filter(series=series.code)}
    editions = []
    for year in range(series.first_year, series.last_year + 1):
        milestone = milestones.get(year)
        editions.append(Edition(year, series.host_in(year), milestone.actual_host if milestone else "", milestone))
    return editions


@dataclass(frozen=True)
class SeriesStanding:
    """How a recurring commitment is kept: editions held, missed, still open; and the streak of those held."""

    held: int
    missed: int
    open: int
    streak: int
    """Held without a miss up to the newest that was decided; an edition that nobody assessed neither breaks nor extends it."""
    longest: int


def standing_of(editions: list[Edition]) -> SeriesStanding:
    """Counted over the editions in the order of their years."""
    streak = longest = 0
    for edition in editions:
        if edition.held:
            streak += 1
            longest = max(longest, streak)
        elif edition.missed:
            streak = 0
    held, missed = sum(edition.held for edition in editions), sum(edition.missed for edition in editions)
    return SeriesStanding(held, missed, len(editions) - held - missed, streak, longest)

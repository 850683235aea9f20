"""A recurring commitment year by year, so that a missed edition cannot vanish."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from milestones.models import MilestoneVersion
from milestones.rules import Status

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
    found = {row.edition: row for row in MilestoneVersion.objects.as_of(moment).filter(series=series.code)}
    editions = []
    for year in range(series.first_year, series.last_year + 1):
        milestone = found.get(year)
        editions.append(Edition(year, series.host_in(year), milestone.actual_host if milestone else "", milestone))
    return editions

"""What the header of a page knows of the record: the reports that there are, which one is looked at, the last round."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from django.utils.safestring import SafeString

from milestones.models import Round
from proposals.models import ReportVersion

if TYPE_CHECKING:
    from record.pages import PublicRequest

OF_ONE = {
    "milestones:detail": "milestone", "milestones:series_detail": "series", "proposal_detail": "proposal", "risk_detail": "risk",
    "indicator_detail": "indicator",
}  # fmt: skip
"""The pages of one thing of a report, and what its version is called in what the page is shown."""


class Frame:
    """Each part is asked of the record at its first need, by one query."""

    def __init__(self, request: PublicRequest) -> None:
        self.request = request
        self.days = SafeString()
        """The control of the day, once it is made."""
        self.rounds: dict[str, Round | None] = {}
        """What ``last_round`` has found, by report."""

    @cached_property
    def reports(self) -> list[ReportVersion]:
        return list(ReportVersion.objects.as_of(self.request.moment).order_by("code").defer("search"))

    def last_round(self, report: str) -> Round | None:
        """The newest round of assessments that was published by the moment looked at, of the report or (empty) of all."""
        if report not in self.rounds:
            rounds = Round.objects.published(self.request.moment)
            self.rounds[report] = (rounds.of_reports(report) if report else rounds).order_by("-position").first()
        return self.rounds[report]


def frame_of(request: PublicRequest) -> Frame:
    """Made once a request: the row and the menu of the header ask the same."""
    frame: Frame = request.__dict__.setdefault("frame", Frame(request))
    return frame

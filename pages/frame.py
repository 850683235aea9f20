"""What the header of a page knows of the record: the reports that there are, which one is looked at, the last round."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from milestones.models import Round
from proposals.models import ReportVersion

if TYPE_CHECKING:
    from record.pages import PublicRequest

OF_REPORTS = (
    "dashboard", "report_dashboard", "timeline", "milestones:list", "proposal_list", "changes", "compare", "slippage", "calendar",
    "risk_list", "indicator_list", "milestones:series_list", "organisation_list", "search", "exports", "follow",
)  # fmt: skip
"""The pages that can be narrowed to one report, by the names of their addresses."""
OF_ONE = {
    "milestones:detail": "milestone", "milestones:series_detail": "series", "proposal_detail": "proposal", "risk_detail": "risk",
    "indicator_detail": "indicator",
}  # fmt: skip
"""The pages of one thing of a report, and what its version is called in what the page is shown."""
BESIDE_PAGES = (
    "search_suggestions", "feed", "feed_owner", "ics", "ics_owner", "timeline_file", "milestones_file", "compare_file", "embed_timeline",
)  # fmt: skip
"""Other addresses that can be."""


class Frame:
    """Each part is asked of the record at its first need, by one query."""

    def __init__(self, request: PublicRequest) -> None:
        self.request = request
        self._rounds: dict[str, Round | None] = {}

    @cached_property
    def reports(self) -> list[ReportVersion]:
        return list(ReportVersion.objects.as_of(self.request.moment).order_by("code").defer("search"))

    @property
    def asked(self) -> str:
        """The code of the report that the address asks for; empty where it names none that there is."""
        code = self.request.GET.get("report", "")
        return code if code in {report.code for report in self.reports} else ""

    def last_round(self, report: str) -> Round | None:
        """The newest round of assessments that was published by the moment looked at, of the report or (empty) of all."""
        if report not in self._rounds:
            rounds = Round.objects.published(self.request.moment)
            self._rounds[report] = (rounds.of_reports(report) if report else rounds).order_by("-position").first()
        return self._rounds[report]


def frame_of(request: PublicRequest) -> Frame:
    """Made once a request: the row and the menu of the header ask the same."""
    frame: Frame = request.__dict__.setdefault("frame", Frame(request))
    return frame

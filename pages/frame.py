"""What the header of a page knows of the record: the reports that there are, which one is looked at, the last round."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from django.utils.safestring import SafeString

from milestones.models import Round
from proposals.models import ReportVersion

if TYPE_CHECKING:
    from record.pages import PublicRequest

OF_REPORTS = (
    "dashboard", "report_dashboard", "timeline", "milestones:list", "proposal_list", "changes", "compare", "slippage", "calendar",
    "risk_list", "indicator_list", "milestones:series_list",
)  # fmt: skip
"""The pages that can be narrowed to one report, by the names of their addresses."""


class Frame:
    """Each part is asked of the record at its first need, by one query."""

    def __init__(self, request: PublicRequest) -> None:
        self.request = request
        self.days = SafeString()
        """The control of the day, once it is made."""

    @cached_property
    def reports(self) -> list[ReportVersion]:
        return list(ReportVersion.objects.as_of(self.request.moment).order_by("code").defer("search"))

    @cached_property
    def report(self) -> str:
        """The code of the one report that is looked at; empty where it is all of them, and where there is but one."""
        match = self.request.resolver_match
        asked = match.kwargs.get("code", "") if match and match.view_name == "report_dashboard" else self.request.GET.get("report", "")
        return asked if len(self.reports) > 1 and asked in {report.code for report in self.reports} else ""

    @cached_property
    def last_round(self) -> Round | None:
        """The newest round of assessments that was published by the moment looked at."""
        return Round.objects.published(self.request.moment).order_by("-position").first()


def frame_of(request: PublicRequest) -> Frame:
    """Made once a request: the row and the menu of the header ask the same."""
    frame: Frame = request.__dict__.setdefault("frame", Frame(request))
    return frame

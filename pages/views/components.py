"""Each component of ``docs/design.md`` once, over the record that there is: for whoever changes the stylesheet, and for tests that look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import render

from milestones.dates_drawn import draw_dates
from milestones.models import Assessment, MilestoneVersion, PlanChange
from milestones.standing_words import standing_words
from pages import charts
from pages.dashboard import Dashboard
from pages.drawing import LEGEND
from pages.timeline import View, timeline
from record.pages import public_page

if TYPE_CHECKING:
    from django.http import HttpResponse

    from record.pages import PublicRequest


@public_page
def components(request: PublicRequest) -> HttpResponse:
    """Over the first flagship and the milestone of it that is due first. Raises ``Http404`` where the record is empty."""
    numbers = Dashboard(request.moment)
    flagship = next((one for one in numbers.flagships if one.stations), None)
    if flagship is None:
        raise Http404
    milestone, plan = flagship.stations[0], MilestoneVersion.objects.as_of(request.moment).with_health(request.moment)
    moves = list(PlanChange.objects.as_of(request.moment).filter(milestone__code=milestone.code).order_by("-position"))
    findings = list(Assessment.objects.published(request.moment).for_reading().filter(milestone__code=milestone.code))
    context = {
        "flagship": flagship,
        "milestone": milestone,
        "causes": numbers.causes,
        "standing": standing_words(milestone, moves, request.moment.day),
        "dates": draw_dates(milestone, moves, findings, request.moment.day),
        "chart": charts.distribution("health", numbers.by_health),
        "healths": LEGEND,
        "line": timeline(plan.filter(proposal=flagship.proposal.code), request.moment, View(open=frozenset({flagship.proposal.code}))),
    }
    return render(request, "about/components.html", context)

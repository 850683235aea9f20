"""How to read what the pages say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render

from milestones.statuses import Health, Status
from proposals.choices import STRENGTH_MEANINGS, STRENGTHS
from record.pages import public_page

if TYPE_CHECKING:
    from django.http import HttpResponse

    from record.pages import PublicRequest


DECIDED = (Health.DONE, Health.CLOSED, Health.UNKNOWN, Health.LATE, Health.AT_RISK, Health.ON_TRACK)
"""The order in which ``milestones.rules.health`` asks."""


@public_page
def methodology(request: PublicRequest) -> HttpResponse:
    context = {
        "statuses": Status.meanings().items(),
        "healths": [(value, value.said.meaning) for value in DECIDED],
        "strengths": [(label, STRENGTH_MEANINGS[value]) for value, label in STRENGTHS],
        "address": request.build_absolute_uri("/"),
    }
    return render(request, "methodology.html", context)

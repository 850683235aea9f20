"""How to read what the pages say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render

from milestones import choices
from proposals.choices import STRENGTH_MEANINGS, STRENGTHS
from record.pages import public_page

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@public_page
def methodology(request: HttpRequest) -> HttpResponse:
    context = {
        "statuses": [(value, choices.STATUS_MEANINGS[value]) for value, _label in choices.STATUS_CHOICES],  # type: ignore[index]
        "healths": [(value, choices.HEALTH_MEANINGS[value]) for value, _label in choices.HEALTH_CHOICES],  # type: ignore[index]
        "strengths": [(label, STRENGTH_MEANINGS[value]) for value, label in STRENGTHS],
        "address": request.build_absolute_uri("/"),
    }
    return render(request, "methodology.html", context)

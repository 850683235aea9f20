"""What the site says of itself: how to cite it, under which licence, what it keeps of readers, how accessible it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.shortcuts import render

from milestones.models import MilestoneVersion
from record.models import Event
from record.pages import public_page

if TYPE_CHECKING:
    from django.http import HttpResponse

    from record.pages import PublicRequest


@public_page
def about(request: PublicRequest, page: str) -> HttpResponse:
    head = Event.objects.filter(position=request.moment.position).first()
    example = MilestoneVersion.objects.as_of(request.moment).order_by("proposal", "order", "code").values_list("code", flat=True).first()
    context = {
        "site": request.build_absolute_uri("/"),
        "head": head.hash if head else "",
        "example": example or "SM-03",
        "publisher": settings.PUBLISHER,
        "contact": settings.CONTACT_EMAIL,
        "licence": settings.DATA_LICENCE,
        "licence_address": settings.DATA_LICENCE_URL,
    }
    return render(request, f"about/{page}.html", context)

"""What the site says of itself: how to cite it, under which licence, what it keeps of readers, how accessible it is, whom to tell."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from milestones.models import MilestoneVersion
from record.log.proofs import checkpoint_until
from record.models import Event
from record.pages import public_page

if TYPE_CHECKING:
    from django.http import HttpRequest

    from record.pages import PublicRequest

GOOD_FOR = timedelta(days=90)
"""For so long whoever keeps ``security.txt`` may rely on it."""


@public_page
def about(request: PublicRequest, page: str) -> HttpResponse:
    head = Event.objects.filter(position=request.moment.position).first()
    example = MilestoneVersion.objects.as_of(request.moment).order_by("proposal", "order", "code").values_list("code", flat=True).first()
    context = {
        "site": request.build_absolute_uri("/"),
        "head": head.hash if head else "",
        "checkpoint": checkpoint_until(request.moment.position) if page == "cite" else None,
        "example": example or "SM-03",
        "publisher": settings.PUBLISHER,
        "contact": settings.CONTACT_EMAIL,
        "security_contact": settings.SECURITY_CONTACT,
        "licence": settings.DATA_LICENCE,
        "licence_address": settings.DATA_LICENCE_URL,
    }
    return render(request, f"about/{page}.html", context)


def security_txt(_request: HttpRequest) -> HttpResponse:
    """Whom to tell of a security problem (RFC 9116). Not there as long as nobody is named."""
    if not settings.SECURITY_CONTACT:
        raise Http404
    expires = datetime.combine(timezone.now().astimezone(UTC).date() + GOOD_FOR, time(tzinfo=UTC))
    lines = [f"Contact: {settings.SECURITY_CONTACT}", f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}", "Preferred-Languages: ru, en, kk"]
    if settings.SITE_URL.startswith("https://"):  # the RFC knows no other
        lines += [f"Canonical: {settings.SITE_URL}/.well-known/security.txt", f"Policy: {settings.SITE_URL}{reverse('about_security')}"]
    return HttpResponse("\n".join([*lines, ""]), content_type="text/plain; charset=utf-8")

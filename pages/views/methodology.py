"""How to read what the pages say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render

from pages.glossary import GLOSSARY
from proposals.choices import STRENGTH_MEANINGS, STRENGTHS
from record.pages import public_page

if TYPE_CHECKING:
    from django.http import HttpResponse

    from record.pages import PublicRequest


@public_page
def methodology(request: PublicRequest) -> HttpResponse:
    context = {
        "glossary": GLOSSARY,
        "strengths": [(label, STRENGTH_MEANINGS[value]) for value, label in STRENGTHS],
        "address": request.build_absolute_uri("/"),
    }
    return render(request, "methodology.html", context)

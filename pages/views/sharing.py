"""Pictures for links, citations as files, oEmbed, and the map of the site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from common.passing import note
from pages.drawing import draw_card
from pages.sharing.cards import card_named
from pages.sharing.citing import FORMATS, cited
from pages.sharing.embedding import said_of
from pages.sharing.listed import MOST, listed
from pages.views.charts import drawing
from record.installation import is_sample, named
from record.pages import public_page

if TYPE_CHECKING:
    from record.pages import PublicRequest

MOST_DIGITS = 5


@public_page
def card(request: PublicRequest, name: str, ending: str) -> HttpResponse:
    """The picture of a link, as PNG, or the drawing that it is made of."""
    if ending not in {"png", "svg"}:
        raise Http404
    return drawing(draw_card(card_named(name, request.moment), request.moment), ending, sharp=1)


@public_page
def cite(request: PublicRequest, name: str, ending: str) -> HttpResponse:
    if ending not in FORMATS:
        raise Http404
    form, citation = FORMATS[ending], cited(card_named(name, request.moment), request.moment, sample=is_sample())
    response = HttpResponse(form.write(citation), content_type=form.media_type)
    response["Content-Disposition"] = f'attachment; filename="{named(citation.key)}.{ending}"'
    return response


@public_page
def oembed(request: PublicRequest) -> HttpResponse:
    """https://oembed.com: what to show of an address, for programs that put links into pages."""
    if request.GET.get("format", "json") != "json":
        refused = HttpResponse(_("Only JSON is answered."), status=501, content_type="text/plain; charset=utf-8")
        note(NotImplementedError("oEmbed as something other than JSON"), request, refused)
        return refused
    url = request.GET.get("url", "")
    if not url:
        return HttpResponse(_("Name an address of this site: ?url=…"), status=400, content_type="text/plain; charset=utf-8")
    most = (_number(request, "maxwidth"), _number(request, "maxheight"))
    return JsonResponse(said_of(url, {settings.SITE_URL, request.build_absolute_uri("/").rstrip("/")}, most=most))


def _number(request: PublicRequest, name: str) -> int:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) <= MOST_DIGITS else 10**MOST_DIGITS


@public_page
def sitemap(request: PublicRequest) -> HttpResponse:
    """https://www.sitemaps.org: each public page, in each language."""
    context = {"pages": list(listed(request.moment))[:MOST], "site": settings.SITE_URL, "languages": settings.LANGUAGES}
    return render(request, "sitemap.xml", context, content_type="application/xml; charset=utf-8")

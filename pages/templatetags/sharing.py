"""Tags for taking pages elsewhere; every template may use them without loading them."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast
from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language

from pages.frame import frame_of as header_of
from pages.sharing.cards import Card, card_shown, overview_card
from pages.sharing.citing import FORMATS, Citation, as_bibtex, as_text, cited
from pages.sharing.embedding import Frame, frame_of
from pages.sharing.listed import is_listed
from proposals.addresses import PARAMETER, address_of, is_of_reports, report_of
from record.log.proofs import newest_checkpoint

if TYPE_CHECKING:
    from django.http import HttpRequest

    from record.pages import PublicRequest

register = template.Library()

LOCALES = {"ru": "ru_RU", "en": "en_GB", "kk": "kk_KZ"}


def _card(context: template.Context) -> Card | None:
    """Of the page that is being shown, if it has one: not of what borrows its template."""
    return card_shown(str(context.get("here")), cast("dict[str, object]", context.flatten()))


def _cited(context: template.Context, card: Card, site: str) -> Citation:
    return cited(card, context["request"].moment, sample=context["is_sample"](), site=site)


def _exact(request: HttpRequest, **more: str) -> str:
    """The parameters that an address needs to show this page again: of the past also which."""
    moment = getattr(request, "moment", None)
    past = {"at": str(moment.position), "as_of": moment.day.isoformat()} if moment and moment.past else {}
    return urlencode(more | past)


def _canonical(request: HttpRequest, here: str) -> str:
    """The one address of this page: of the one report that there is, where it could be of one and says the same for all."""
    if report_of(request) or not is_of_reports(here) or not hasattr(request, "moment"):
        return request.path
    reports = header_of(cast("PublicRequest", request)).reports
    return address_of(here, reports[0].code) if len(reports) == 1 else request.path


@register.inclusion_tag("includes/card.html", takes_context=True)
def card(context: template.Context) -> dict[str, object]:
    """In the head of a page: its one address, and what a link to it shows. Nothing where it is no public page."""
    request, here = context["request"], str(context.get("here"))
    if not is_listed(here):
        return {}
    language = get_language() or "ru"
    asked, shown = _exact(request, lang=language), _card(context)
    page = f"{settings.SITE_URL}{_canonical(request, here)}?{asked}"
    return {
        "page": page,
        "card": shown,
        "picture": f"{settings.SITE_URL}{reverse('card', args=[shown.name if shown else 'overview', 'png'])}?{asked}",
        "oembed": f"{settings.SITE_URL}{reverse('oembed')}?{urlencode({'url': page})}" if shown else "",
        "citation": _cited(context, shown, settings.SITE_URL) if shown else None,
        "locale": LOCALES[language],
        "locales": [locale for code, locale in LOCALES.items() if code != language],
        "language": language,
    }


@register.inclusion_tag("includes/share.html", takes_context=True)
def share(context: template.Context, *, opened: bool = False) -> dict[str, object]:
    """At the end of a page: how to cite it, and what goes into pages of other sites."""
    request, shown = context["request"], _card(context)
    if shown is None:
        return {}
    citation = _cited(context, shown, request.build_absolute_uri("/"))
    asked = urlencode({"at": request.moment.position, "as_of": request.moment.day.isoformat()}) if request.moment.position else ""
    framed = _exact(request, lang=get_language() or "ru", **({PARAMETER: report} if (report := report_of(request)) else {}))
    return {
        "opened": opened,
        "citation": citation,
        "text": as_text(citation).removesuffix(citation.address),
        "files": [
            (form.word, f"{reverse('cite', args=[shown.name, ending])}?{asked}") for ending, form in FORMATS.items() if ending != "txt"
        ],
        "picture": f"{reverse('card', args=[shown.name, 'png'])}?{_exact(request)}".rstrip("?"),
        "proof": f"{shown.proof}?{asked}" if shown.proof and newest_checkpoint() else "",
        "frame": frame_of(shown.embed, shown.title, framed) if shown.embed else None,
    }


@register.simple_tag(takes_context=True)
def bibtex(context: template.Context) -> str:
    """The whole site, as a file of references has it."""
    return as_bibtex(_cited(context, overview_card("", [], {}), context["request"].build_absolute_uri("/")))


@register.simple_tag(takes_context=True)
def chart_frame(context: template.Context, name: str, title: str) -> Frame:
    """What goes into a page of another site to show this chart."""
    return frame_of(reverse("embed_chart", args=[name]), title, _exact(context["request"], lang=get_language() or "ru"))

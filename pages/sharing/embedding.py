"""Frames that pages of other sites show: their addresses, the line of HTML to copy, and what oEmbed says of an address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, QueryDict
from django.urls import resolve, reverse
from django.utils.html import format_html
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from pages.drawing import CARD
from pages.sharing.cards import KINDS, card_named
from pages.views.charts import chart_named
from proposals.addresses import PARAMETER
from record.installation import marked
from record.moments import BadMoment, BeforeRecord, read_moment

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

    from record.moments import Moment

WIDTH = 640
HEIGHTS = {"embed_milestone": 280, "embed_chart": 480, "embed_timeline": 560}
FRAMED = {"chart": "chart", "embed_chart": "chart", "embed_milestone": "milestone", "embed_timeline": "timeline"} | KINDS
"""What an address that is asked about is of, by the name of its view."""
AGE = 3600


@dataclass(frozen=True)
class Frame:
    address: str
    title: str
    height: int
    width: int = WIDTH

    @property
    def html(self) -> SafeString:
        return format_html(
            '<iframe src="{}" title="{}" width="{}" height="{}" loading="lazy" style="border:0;max-width:100%"></iframe>',
            self.address,
            self.title,
            self.width,
            self.height,
        )


def frame_of(path: str, title: str, asked: str) -> Frame:
    """``asked`` are the parameters of the address."""
    return Frame(settings.SITE_URL + path + (f"?{asked}" if asked else ""), title, HEIGHTS[str(resolve(path).url_name)])


def said_of(url: str, sites: set[str], *, most: tuple[int, int]) -> dict[str, object]:
    """What oEmbed answers of an address of ours, which may name a moment and a language; ``most`` is how wide and tall it may be.

    Raises ``Http404`` for what is not on one of these sites, is not there, or has nothing to show elsewhere.
    """
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise Http404 from error
    if f"{parts.scheme}://{parts.netloc}" not in sites:
        raise Http404
    match, query = resolve(parts.path), QueryDict(parts.query, mutable=True)
    kind = FRAMED.get(match.view_name)
    if kind is None:
        raise Http404
    try:
        moment = read_moment(query)
    except (BadMoment, BeforeRecord) as error:
        raise Http404 from error
    language = query.get("lang", "")
    with override(language if language in dict(settings.LANGUAGES) else get_language()):
        title, path, picture = _shown(kind, match.kwargs, moment)
        title = marked(title)
    asked = query.urlencode()
    said: dict[str, object] = {
        "version": "1.0",
        "type": "link",
        "title": title,
        "provider_name": _("Roadmap tracker"),
        "provider_url": f"{settings.SITE_URL}/",
        "cache_age": AGE,
    }
    if picture:
        said |= {"thumbnail_url": f"{settings.SITE_URL}{picture}{'?' if asked else ''}{asked}"}
        said |= {"thumbnail_width": CARD[0], "thumbnail_height": CARD[1]}
    if path:
        query.update({PARAMETER: match.kwargs[PARAMETER]} if PARAMETER in match.kwargs else {})
        frame = frame_of(path, title, query.urlencode())
        fitting = Frame(frame.address, frame.title, min(frame.height, most[1]), min(frame.width, most[0]))
        said |= {"type": "rich", "html": fitting.html, "width": fitting.width, "height": fitting.height}
    return said


def _shown(kind: str, names: dict[str, str], moment: Moment) -> tuple[str, str, str]:
    """Title, address of its frame and of its picture, both empty where there is none. Raises ``Http404``."""
    if kind == "chart":
        if (drawn := chart_named(names["name"], moment)) is None:
            raise Http404
        return drawn.title, reverse("embed_chart", args=[names["name"]]), ""
    card = card_named("-".join([kind, *names.values()]), moment)
    return card.title, card.embed, reverse("card", args=[card.name, "png"])

"""A citation of a page, with the position that it showed: as text, BibTeX, RIS and CSL-JSON."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import orjson
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common.dates import label
from common.xml import legal

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from pages.sharing.cards import Card
    from record.moments import Moment

TEX = str.maketrans(
    {sign: f"\\{sign}" for sign in "$&#%_"}
    | {"\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}"}
    | {"{": r"\textbraceleft{}", "}": r"\textbraceright{}"}  # BibTeX counts braces, those behind a backslash too
)


@dataclass(frozen=True)
class Citation:
    """``address`` shows the page again as it was, for ever."""

    key: str
    title: str
    address: str
    day: date
    position: int
    publisher: str
    language: str
    sample: bool = False

    @property
    def container(self) -> str:
        return _("Roadmap tracker")

    @property
    def note(self) -> str:
        position = _("position %(position)d") % {"position": self.position}
        return f"{_('Sample data')}, {position}" if self.sample else position


def cited(card: Card, moment: Moment, *, sample: bool, site: str = "") -> Citation:
    """What to cite of that page; ``site`` is what addresses begin with. A demonstration says in title and note that it is one."""
    title = f"[{_('Sample data')}] {card.title}" if sample else card.title
    address = (site or settings.SITE_URL).rstrip("/") + card.page
    if moment.position:
        address += f"?{urlencode({'at': moment.position, 'as_of': moment.day.isoformat()})}"
    key = re.sub(r"[^A-Za-z0-9-]", "-", f"roadmap-{card.name}-{moment.position}")
    return Citation(key, _line(title), address, moment.day, moment.position, _line(settings.PUBLISHER), get_language() or "ru", sample)


def _line(text: str) -> str:
    """On one line and printable: a line break would begin a field of its own in a file of citations."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in legal(text)).split())


def as_text(one: Citation) -> str:
    parts = [one.publisher, one.container, label(one.day, "day", one.language), one.note]
    return f"{one.title}. {', '.join(filter(None, parts))}. {one.address}"


def as_bibtex(one: Citation) -> str:
    """For BibTeX and biblatex: each reads the fields that it knows. Without a publisher the site is named as the author."""
    author = (one.publisher or one.container).translate(TEX)
    fields = {
        "author": f"{{{author}}}",  # in braces of its own: an organisation has no first name
        "title": f"{{{one.title.translate(TEX)}}}",
        "howpublished": one.container.translate(TEX),
        "year": f"{one.day.year}",
        "date": one.day.isoformat(),
        "version": f"{one.position}",
        "note": one.note.translate(TEX),
        "url": one.address,
        "langid": {"ru": "russian", "en": "english", "kk": "kazakh"}[one.language],
    }
    return "\n".join([f"@misc{{{one.key},", *(f"  {name} = {{{value}}}," for name, value in fields.items()), "}", ""])


def as_ris(one: Citation) -> str:
    """Each field is one line, and lines end as the format has them."""
    fields = [
        ("TY", "ELEC"),
        ("ID", one.key),
        ("AU", f"{one.publisher or one.container},"),  # the comma says that it is one name
        ("TI", one.title),
        ("T2", one.container),
        ("PB", one.publisher),
        ("PY", f"{one.day.year}"),
        ("DA", f"{one.day:%Y/%m/%d}/"),
        ("ET", one.note),
        ("LA", one.language),
        ("UR", one.address),
        ("ER", ""),
    ]
    return "".join(f"{tag}  - {value}\r\n" for tag, value in fields if value or tag == "ER")


def as_csl(one: Citation) -> str:
    item = {
        "id": one.key,
        "type": "webpage",
        "title": one.title,
        "author": [{"literal": one.publisher or one.container}],
        "container-title": one.container,
        "publisher": one.publisher,
        "issued": {"date-parts": [[one.day.year, one.day.month, one.day.day]]},
        "version": f"{one.position}",
        "note": one.note,
        "language": one.language,
        "URL": one.address,
    }
    return orjson.dumps([{name: value for name, value in item.items() if value}], option=orjson.OPT_INDENT_2).decode() + "\n"


@dataclass(frozen=True)
class Format:
    word: str
    media_type: str
    write: Callable[[Citation], str]


FORMATS = {
    "txt": Format("text", "text/plain; charset=utf-8", lambda one: as_text(one) + "\n"),
    "bib": Format("BibTeX", "application/x-bibtex; charset=utf-8", as_bibtex),
    "ris": Format("RIS", "application/x-research-info-systems; charset=utf-8", as_ris),
    "json": Format("CSL-JSON", "application/vnd.citationstyles.csl+json", as_csl),
}
"""By the ending of the file."""

"""What a web page says of itself: its title, its day, who publishes it. Proposals for whoever types evidence, never facts."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import date
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from common.fetching import fetch

if TYPE_CHECKING:
    from collections.abc import Callable

    from common.fetching import Fetched

TITLES = ("og:title", "twitter:title", "dc.title", "citation_title")
DAYS = (
    "article:published_time", "datepublished", "date", "dc.date", "dc.date.issued", "dcterms.created", "citation_publication_date",
    "pubdate", "og:published_time",
)  # fmt: skip
PUBLISHERS = ("og:site_name", "dc.publisher", "citation_publisher", "application-name")
DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
LONGEST = {"title": 500, "publisher": 300}


@dataclass(frozen=True)
class Proposal:
    """What may stand in the form; empty where the page says nothing."""

    title: str = ""
    publisher: str = ""
    language: str = ""
    published_on: str = ""

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


class _Head(HTMLParser):
    """Collects the few things that we look for; whatever the page is, it ends."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.meta: dict[str, str] = {}
        self.title = ""
        self.language = ""
        self.time = ""
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "meta":
            name = (values.get("property") or values.get("name") or values.get("itemprop") or "").lower()
            self.meta.setdefault(name, values.get("content", ""))
        elif tag == "html":
            self.language = values.get("lang", "")
        elif tag == "time" and not self.time:
            self.time = values.get("datetime", "")
        self._in_title = tag == "title" and not self.title

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data


def look_at(address: str) -> Proposal:
    """Ask an address and propose what its page says. Raises ``common.fetching.NotFetched``."""
    return read_page(fetch(address))


def read_page(answer: Fetched) -> Proposal:
    if "html" not in answer.headers.get("content-type", "html"):
        return Proposal()
    head = _Head()
    head.feed(_text(answer))
    first = _first(head.meta)
    return Proposal(
        title=_one_line(first(TITLES) or head.title, "title"),
        publisher=_one_line(first(PUBLISHERS), "publisher"),
        language=head.language.split("-")[0].lower()[:8] if head.language.isascii() else "",
        published_on=_day(first(DAYS) or head.time),
    )


def _first(meta: dict[str, str]) -> Callable[[tuple[str, ...]], str]:
    return lambda names: next((meta[name] for name in names if meta.get(name, "").strip()), "")


def _text(answer: Fetched) -> str:
    charset = CHARSET.search(answer.headers.get("content-type", "").encode("latin-1", "replace")) or CHARSET.search(answer.body[:4096])
    try:
        return answer.body.decode(charset[1].decode() if charset else "utf-8", "replace")
    except (LookupError, UnicodeError):
        return answer.body.decode("utf-8", "replace")


def _one_line(text: str, name: str) -> str:
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(shown.split())[: LONGEST[name]]


def _day(text: str) -> str:
    """A day of the past as ``YYYY-MM-DD``, or nothing."""
    matched = DAY.match(text.strip())
    try:
        return date(*map(int, matched.groups())).isoformat() if matched else ""
    except ValueError:
        return ""

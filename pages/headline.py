"""The roadmap in one sentence: for the first page, link previews and print."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from milestones.standing_words import span
from milestones.statuses import Health, Status

if TYPE_CHECKING:
    from pages.dashboard import Dashboard

LEADS_TO: dict[str, dict[str, str]] = {
    "all": {},
    "late": {"health": Health.LATE},
    "achieved": {"status": Status.ACHIEVED},
    "not_assessed": {"status": Status.NOT_ASSESSED},
    "moved": {"slipped": "true"},
}
"""What a piece of the sentence counts, and the filters of the list that shows just that."""


@dataclass(frozen=True)
class Part:
    """A piece of the sentence; ``of`` is what it counts (``LEADS_TO``), empty for what only joins."""

    text: str
    of: str = ""


def sentence(numbers: Dashboard) -> list[Part]:
    """The roadmap in one sentence, in pieces that can be links; what is zero is left out, but never what nobody has looked at."""
    achieved, late, unknown = numbers.by_status[Status.ACHIEVED], numbers.by_health[Health.LATE], numbers.by_status[Status.NOT_ASSESSED]
    total = {"late": late, "all": numbers.total}
    pieces = [
        ("late", ngettext("[%(late)d of %(all)d milestone late]", "[%(late)d of %(all)d milestones late]", numbers.total) % total)
        if late
        else (
            "all",
            ngettext("none of [%(all)d milestone] known to be late", "none of [%(all)d milestones] known to be late", numbers.total)
            % total,
        )
    ]
    if achieved:
        pieces.append(("achieved", ngettext("[%(n)d achieved]", "[%(n)d achieved]", achieved) % {"n": achieved}))
    pieces.append(("not_assessed", ngettext("[%(n)d not yet assessed]", "[%(n)d not yet assessed]", unknown) % {"n": unknown}))
    parts = [part for number, piece in enumerate(pieces) for part in ((Part(", "),) if number else ()) + tuple(linked(*piece))]
    if moved := numbers.moved.number:
        parts += [Part("; "), *linked("moved", ngettext("[%(n)d due date moved]", "[%(n)d due dates moved]", moved) % {"n": moved})]
        if numbers.moved.median:
            by = _(", by %(span)s at the median") if numbers.moved.median > 0 else _(", %(span)s earlier at the median")
            parts.append(Part(by % {"span": span(numbers.moved.median)}))
    first, *others = parts
    return [Part(first.text[:1].upper() + first.text[1:], first.of), *others, Part(".")]


def linked(of: str, text: str) -> list[Part]:
    """``[14 late] of all``: the bracketed piece counts something."""
    before, _bracket, rest = text.partition("[")
    inside, _bracket, after = rest.partition("]")
    return [part for part in (Part(before), Part(inside, of), Part(after)) if part.text]


def headline(numbers: Dashboard) -> str:
    """The sentence as plain text."""
    return "".join(part.text for part in sentence(numbers))


def way_to_the_horizon(numbers: Dashboard) -> str:
    """What the burn-up chart shows today, in numbers that add up."""
    reached, ahead = numbers.reached, numbers.total - numbers.reached.total()
    words = {
        Status.ACHIEVED: _("%(n)d achieved"),
        "late": _("%(n)d late"),
        Status.DROPPED: _("%(n)d dropped"),
        Status.NO_EVIDENCE: _("%(n)d without evidence"),
        Status.NOT_ASSESSED: _("%(n)d not assessed"),
    }
    parts = ", ".join(word % {"n": reached[key]} for key, word in words.items() if reached[key])
    over = ngettext(
        "For %(n)d milestone the planned period is over: %(parts)s.",
        "For %(n)d milestones the planned period is over: %(parts)s.",
        reached.total(),
    ) % {"n": reached.total(), "parts": parts or "–"}
    unknown = numbers.by_status[Status.NOT_ASSESSED] - reached[Status.NOT_ASSESSED]
    still = ngettext(
        "Of the %(n)d still to come, %(unknown)d are not yet assessed.",
        "Of the %(n)d still to come, %(unknown)d are not yet assessed.",
        ahead,
    )
    return f"{over} {still % {'n': ahead, 'unknown': unknown}}"

"""A comparison in words: one sentence, and why a health changed by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, ngettext_lazy

from pages.templatetags.dates import day

if TYPE_CHECKING:
    from pages.compare import Comparison, Look, Number, Row

MONTH = 30.44
PARTS = {
    "late": ngettext_lazy("%(n)d became late", "%(n)d became late", "n"),
    "achieved": ngettext_lazy("%(n)d was achieved", "%(n)d were achieved", "n"),
    "moved": ngettext_lazy("%(n)d due date moved", "%(n)d due dates moved", "n"),
    "looked_at": ngettext_lazy("%(n)d was looked at for the first time", "%(n)d were looked at for the first time", "n"),
    "otherwise": ngettext_lazy("%(n)d changed otherwise", "%(n)d changed otherwise", "n"),
    "added": ngettext_lazy("%(n)d was added", "%(n)d were added", "n"),
    "removed": ngettext_lazy("%(n)d was removed", "%(n)d were removed", "n"),
}


def apart(shortest: int, longest: int) -> str:
    """``6 months``, ``6 to 15 months``; in days below a month."""
    in_months = shortest >= round(MONTH)
    first, last = (round(shortest / MONTH), round(longest / MONTH)) if in_months else (shortest, longest)
    if in_months:
        one = ngettext("%(n)d month", "%(n)d months", last)
        several = ngettext("%(first)d to %(n)d month", "%(first)d to %(n)d months", last)
    else:
        one = ngettext("%(n)d day", "%(n)d days", last)
        several = ngettext("%(first)d to %(n)d day", "%(first)d to %(n)d days", last)
    return (one if first == last else several) % {"first": first, "n": last}


def _part(kind: str, number: Number) -> str:
    said = str(PARTS[kind] % {"n": number.milestones})
    if kind != "moved" or number.shortest is None or number.longest is None or number.shortest <= 0:
        return said  # also of moves some of which were to an earlier day
    far = _("by %(apart)s") % {"apart": apart(number.shortest, number.longest)}
    return f"{said} ({far})"


@dataclass(frozen=True)
class Sentence:
    """``lead: parts.`` and what follows; each part has the kind that it counts, so that a page can lead there."""

    lead: str
    parts: list[tuple[str, str]]
    more: list[str]

    def __str__(self) -> str:
        parts = ", ".join(text for _kind, text in self.parts)
        return " ".join([f"{self.lead}: {parts}." if parts else f"{self.lead}.", *self.more])


def sentence(compared: Comparison, look: Look) -> Sentence:
    """The comparison in one sentence; what is zero is left out."""
    if compared.is_same:
        return Sentence(_("Both moments are one and the same, so nothing changed between them"), [], [])
    names = _names(compared)
    numbers = {kind: number for kind, number in look.numbers.items() if kind != "confirmed"}
    more = []
    if look.changed:
        said = ngettext(
            "Between %(from)s and %(to)s, %(n)d of %(all)d milestones changed",
            "Between %(from)s and %(to)s, %(n)d of %(all)d milestones changed",
            look.changed,
        )
        lead = said % (names | {"n": look.changed, "all": look.total})
    else:
        lead = _("Between %(from)s and %(to)s, no milestone changed") % names
    if sum(number.milestones for number in numbers.values()) > look.changed:
        more.append(_("A milestone to which several of these happened is counted under each."))
    if alone := look.number("late").by_itself:
        more.append(ngettext("%(n)d became late by the calendar alone.", "%(n)d became late by the calendar alone.", alone) % {"n": alone})
    if again := look.number("confirmed").milestones:
        said = ngettext("%(n)d was looked at again with the same finding.", "%(n)d were looked at again with the same finding.", again)
        more.append(said % {"n": again})
    return Sentence(lead, [(kind, _part(kind, number)) for kind, number in numbers.items()], more)


def _names(compared: Comparison) -> dict[str, str]:
    """The days; within one day the positions, too."""
    ends = {"from": compared.earlier.moment, "to": compared.later.moment}
    if ends["from"].day != ends["to"].day:
        return {name: day(end.day) for name, end in ends.items()}
    return {name: _("%(day)s (position %(position)d)") % {"day": day(end.day), "position": end.position} for name, end in ends.items()}


def by_itself(row: Row) -> str:
    """Why a health changed though nothing was said of the milestone; empty where something was."""
    match row.by_itself:
        case "over":
            return _("the period ended on %(day)s") % {"day": day(row.shown.due)}
        case "soon":
            return _("it is due within 90 days")
        case "waits":
            return _("what it waits for changed")
    return ""

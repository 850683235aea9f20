"""What the words of the pages mean, once: Methodology prints it, and what stands beside the words opens it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from milestones.statuses import Health, Status

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

DECIDED = (Health.DONE, Health.CLOSED, Health.UNKNOWN, Health.LATE, Health.AT_RISK, Health.ON_TRACK)
"""The order in which ``milestones.rules.health`` asks."""


@dataclass(frozen=True)
class Term:
    """``mark``: the value whose mark stands before the word; empty for a word alone."""

    word: StrOrPromise
    meaning: StrOrPromise
    mark: str = ""


@dataclass(frozen=True)
class Group:
    """``anchor``: where Methodology has it."""

    title: StrOrPromise
    anchor: str
    terms: tuple[Term, ...]


GLOSSARY = {
    "status": Group(_("Status"), "status", tuple(Term(one.said.word, one.said.meaning, one.value) for one in Status)),
    "health": Group(
        _("Health"),
        "health",
        (
            *(Term(one.said.word, one.said.meaning, one.value) for one in DECIDED),
            Term(_("period over"), _("Its period is over and nobody has assessed it: work for analysts, not a failure.")),
        ),
    ),
    "dates": Group(
        _("Dates"),
        "dates",
        (
            Term(_("First plan"), _("The due date of the first baseline: the plan as it was loaded. It never changes.")),
            Term(_("Due"), _("The last day of the period that the plan of today gives.")),
            Term(_("Forecast"), _("When the last assessment expects it. It moves no date.")),
            Term(_("Slippage"), _("Days from the last day of the first plan to that of today’s. Moving the plan makes nobody on time.")),
            Term(_("assumed"), _("Our assumption, until the parties agree in public.")),
        ),
    ),
}

"""Status, health and freshness: each value is one row of one table, with its words, how it is drawn and what it means for the rules.

A new status is a row here, and a drawing in ``templates/includes/marks.svg``. All else follows: rules and their SQL, forms, filters,
API, pages, colours and files.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Said:
    """What is said of a value, and with which ink it is drawn (``INKS`` in ``pages.charts``, ``.ink-…`` in the stylesheet)."""

    word: StrOrPromise
    meaning: StrOrPromise
    ink: str


class Coded(StrEnum):
    """Codes that carry their words. As text each is its code."""

    said: Said

    def __new__(cls, code: str, said: Any = None) -> Self:  # each row has it; the type checker takes looking one up for a call of this
        member = str.__new__(cls, code)
        member._value_ = code
        member.said = said
        return member

    @classmethod
    def choices(cls) -> list[tuple[str, StrOrPromise]]:
        """Code and word of each, as Django's fields take them."""
        return [(member.value, member.said.word) for member in cls]

    @classmethod
    def meanings(cls) -> dict[str, StrOrPromise]:
        return {member.value: member.said.meaning for member in cls}


class Health(Coded):
    """How a milestone stands against its plan on a day; worked out, never typed. The worst first."""

    LATE = (
        "late",
        Said(
            pgettext_lazy("health", "late"),
            _("The planned period is over and the milestone is not achieved."),
            "late",
        ),
    )
    AT_RISK = (
        "at_risk",
        Said(
            pgettext_lazy("health", "at risk"),
            _(
                "The forecast lies after the due date, or something it waits for is late, suspended or dropped, "
                "or it is due within 90 days and not in progress, or it is suspended."
            ),
            "risk",
        ),
    )
    UNKNOWN = (
        "unknown",
        Said(
            pgettext_lazy("health", "unknown"),
            _("Not assessed, or no evidence found. This is never counted as failure."),
            "unknown",
        ),
    )
    ON_TRACK = (
        "on_track",
        Said(
            pgettext_lazy("health", "on track"),
            _("Nothing known stands in the way of the due date."),
            "progress",
        ),
    )
    DONE = "done", Said(pgettext_lazy("health", "done"), _("Achieved."), "done")
    CLOSED = "closed", Said(pgettext_lazy("health", "closed"), _("Dropped."), "closed")


class Freshness(Coded):
    """How old the newest published assessment is."""

    FRESH = "fresh", Said(pgettext_lazy("freshness", "assessed within 180 days"), "", "progress")
    STALE = "stale", Said(pgettext_lazy("freshness", "assessed over 180 days ago"), "", "risk")
    NEVER = "never", Said(pgettext_lazy("freshness", "never assessed"), "", "unknown")


@dataclass(frozen=True)
class StatusSaid(Said):
    """A status: besides its words, what it needs and what it means.

    ``health`` is what it decides by itself, whatever the dates; None where they count. ``blocks``: what waits for it is at risk.
    ``halted``: it is at risk itself. ``under_way``: it is no risk that it is due soon.
    """

    needs: StrOrPromise = ""
    """In words, before it can be sent; empty for what nobody can find."""
    health: Health | None = None
    blocks: bool = False
    halted: bool = False
    under_way: bool = False
    must_be_supported: bool = False
    must_be_public: bool = False
    """Of what supports it, something must be for everybody to read."""
    has_completion: bool = False
    """It has a day on which it was completed, and no other status has."""
    says_where: bool = False
    """Its summary says where one looked."""


class Status(Coded):
    """What the newest published assessment found (DOMAIN, "Statuses")."""

    said: StatusSaid

    NOT_ASSESSED = (
        "not_assessed",
        StatusSaid(
            pgettext_lazy("status", "not yet assessed"),
            _("Nobody has looked yet. It says nothing about the milestone."),
            "unknown",
            health=Health.UNKNOWN,
        ),
    )
    NO_EVIDENCE = (
        "no_evidence",
        StatusSaid(
            pgettext_lazy("status", "no evidence found"),
            _("Somebody looked and found nothing either way."),
            "nothing",
            needs=_("A summary that says where you looked."),
            health=Health.UNKNOWN,
            says_where=True,
        ),
    )
    NOT_STARTED = (
        "not_started",
        StatusSaid(
            pgettext_lazy("status", "not started"),
            _("There is evidence that it has not begun."),
            "waiting",
            needs=_("A summary; evidence where there is some."),
        ),
    )
    AGREED = (
        "agreed",
        StatusSaid(
            pgettext_lazy("status", "agreed"),
            _("The parties have committed to it in public."),
            "committed",
            needs=_("A summary, and evidence that supports it."),
            must_be_supported=True,
        ),
    )
    IN_PROGRESS = (
        "in_progress",
        StatusSaid(
            pgettext_lazy("status", "in progress"),
            _("Work is visibly under way."),
            "progress",
            needs=_("A summary, and evidence that supports it."),
            under_way=True,
            must_be_supported=True,
        ),
    )
    ACHIEVED = (
        "achieved",
        StatusSaid(
            pgettext_lazy("status", "achieved"),
            _("The completion criterion is met, and public evidence shows it."),
            "done",
            needs=_("A summary, public evidence that supports it, and the day of completion."),
            health=Health.DONE,
            must_be_supported=True,
            must_be_public=True,
            has_completion=True,
        ),
    )
    SUSPENDED = (
        "suspended",
        StatusSaid(
            pgettext_lazy("status", "suspended"),
            _("Stopped; it may resume."),
            "risk",
            needs=_("A summary."),
            blocks=True,
            halted=True,
        ),
    )
    DROPPED = (
        "dropped",
        StatusSaid(
            pgettext_lazy("status", "dropped"),
            _("Given up, or missed for good."),
            "closed",
            needs=_("A summary."),
            health=Health.CLOSED,
            blocks=True,
        ),
    )


UNKNOWN_STATUSES = frozenset(status for status in Status if status.said.health is Health.UNKNOWN)
FINISHED_STATUSES = frozenset(status for status in Status if status.said.health in {Health.DONE, Health.CLOSED})
COMPLETED_STATUSES = frozenset(status for status in Status if status.said.has_completion)
FOUND_CHOICES = [(status.value, status.said.word) for status in Status if status.said.needs]
"""What an assessment can find; the others are there before anybody has looked."""
STATUS_NEEDS = [(status.value, status.said.needs) for status in Status if status.said.needs]
# Django's fields, the API's enumerations and the templates take lists.
STATUS_CHOICES, HEALTH_CHOICES, FRESHNESS_CHOICES = Status.choices(), Health.choices(), Freshness.choices()

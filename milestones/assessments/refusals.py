"""The words of refusals: which rule, and what would satisfy it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from common.dates import label
from common.refusals import Problem, Refused
from milestones import statuses

if TYPE_CHECKING:
    from milestones.assessments.rules import Refusal

TEXTS = {
    "status_missing": _("Choose what was found."),
    "summary_missing": _("Say in one line what was found."),
    "summary_missing_where": _("“No evidence found” needs a summary that says where you looked."),
    "summary_not_one_line": _("Write the summary on one line; longer thoughts fit into the internal note."),
    "effective_missing": _("Give the day from which this is true."),
    "effective_in_future": _("This cannot have become true after today, %(day)s. Give today or an earlier day."),
    "earlier_than_current": _(
        "The current assessment is effective on %(day)s. Give that day or a later one, or say that this corrects it."
    ),
    "completed_missing": _("“Achieved” needs the day on which it was completed."),
    "completed_in_future": _("It cannot have been completed after today, %(day)s."),
    "completed_unexpected": _("Only “achieved” has a day of completion; leave it empty for “%(status)s”."),
    "evidence_missing": _("“%(status)s” needs evidence: add at least one address or file that supports it."),
    "public_evidence_missing": _("“%(status)s” needs evidence that everybody can read: add one that supports it and is not confidential."),
    "too_early": _("The year must not be before %(year)s."),
    "reason_missing": _("It goes back from “%(status)s”: give the reason."),
    "host_unexpected": _("Only an edition of a series has a host: leave it empty."),
}


class TransitionRefused(Refused):
    """The assessment cannot go that way; the problems say which rules are not met."""


def problem(refusal: Refusal) -> Problem:
    """A refusal in the reader's language."""
    return Problem(
        refusal.pointer, refusal.code, str(TEXTS[refusal.code]) % {name: _shown(value) for name, value in refusal.values.items()}
    )


def _shown(value: object) -> str:
    if isinstance(value, date):
        return label(value, "day", get_language() or "ru")
    return str(dict(statuses.STATUS_CHOICES).get(str(value), value))

"""What an event of the record says, in words: for pages, mail and feeds alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from common.dates import NotAPlannedDate, PlannedDate
from milestones import choices, statuses
from proposals.choices import LANGUAGES

if TYPE_CHECKING:
    from record.models import Event

EVENT_WORDS = {
    "roadmap.loaded": _("The roadmap was loaded"),
    "plan.changed": _("A date was moved"),
    "milestone.added": _("A milestone was added"),
    "milestone.changed": _("A milestone was changed"),
    "milestone.removed": _("A milestone was removed"),
    "series.added": _("A series was added"),
    "series.changed": _("A series was changed"),
    "series.removed": _("A series was removed"),
    "proposal.added": _("A proposal was added"),
    "proposal.changed": _("A proposal was changed"),
    "proposal.removed": _("A proposal was removed"),
    "report.added": _("A report was added"),
    "report.changed": _("A report was changed"),
    "report.removed": _("A report was removed"),
    "report.review_switched": _("The review of a report was switched"),
    "passage.added": _("A passage was added"),
    "passage.changed": _("A passage was changed"),
    "passage.removed": _("A passage was removed"),
    "source.added": _("A source was added"),
    "source.changed": _("A source was changed"),
    "source.removed": _("A source was removed"),
    "organisation.added": _("An organisation was added"),
    "organisation.changed": _("An organisation was changed"),
    "organisation.removed": _("An organisation was removed"),
    "risk.added": _("A risk was added"),
    "risk.changed": _("A risk was changed"),
    "risk.removed": _("A risk was removed"),
    "indicator.added": _("An indicator was added"),
    "indicator.changed": _("An indicator was changed"),
    "indicator.removed": _("An indicator was removed"),
    "context_event.added": _("A context event was added"),
    "context_event.changed": _("A context event was changed"),
    "context_event.removed": _("A context event was removed"),
    "assessment.published": _("An assessment was published"),
    "assessment.translated": _("An assessment was translated"),
    "milestones.assigned": _("Milestones were given to an analyst"),
    "round.published": _("A round of assessments was published"),
    "baseline.set": _("A baseline was set"),
    "risk.assessed": _("A risk was assessed"),
    "indicator.measured": _("An indicator was measured"),
    "record.withheld": _("Something was withdrawn"),
    "record.covered": _("Earlier entries were sealed"),
    "clock.corrected": _("A clock that ran ahead was put right"),
}


RETOLD = ("assessment.translated",)
"""Types that tell nothing new of the plan: the overview and mails to followers pass them over."""
STATUS_WORDS = dict(statuses.STATUS_CHOICES)
REASON_WORDS = dict(choices.REASON_CATEGORIES)
LANGUAGE_WORDS = dict(LANGUAGES)
FIELD_WORDS = dict(choices.MOVED_DATES)
ALONE = _("published without review")
REVIEW_WORDS = {
    True: _("from here on somebody else than its author publishes a finding"),
    False: _("from here on a finding may be published without review"),
}


def event_title(event: Event) -> str:
    """What kind of thing happened, and to what."""
    about = event.milestone or event.proposal or event.data.get("code") or event.report
    word = str(EVENT_WORDS.get(event.type, event.type))
    return f"{word}: {about}" if about else word


def event_detail(event: Event) -> str:  # noqa: PLR0911 - one for each type
    """What exactly, in one line without markup; empty where the title says it all, or where it was withdrawn."""
    data = event.data
    match event.type:
        case "plan.changed" if "field" in data:
            moved = f"{FIELD_WORDS.get(data['field'], data['field'])}: {_said(data.get('from'))} → {_said(data.get('to'))}"
            reason = REASON_WORDS.get(data.get("category", ""))
            return f"{moved} ({reason})" if reason else moved
        case "assessment.published" if "status" in data:
            before, after = data.get("from"), data["status"]
            word = STATUS_WORDS.get(after, after)
            said = str(word) if before in (None, after) else f"{STATUS_WORDS.get(before, before)} → {word}"
            return f"{said} · {ALONE}" if data.get("reviewed") is False else said
        case "assessment.translated" if "language" in data:
            return str(LANGUAGE_WORDS.get(data["language"], data["language"]))
        case "report.review_switched" if "needed" in data:
            return str(REVIEW_WORDS[data["needed"]])
        case "risk.assessed" if "likelihood" in data:
            return f"{data['likelihood']} × {data['impact']} = {data['likelihood'] * data['impact']}"
        case "round.published" | "baseline.set":
            return str(data.get("name", ""))
        case "milestones.assigned":
            return ", ".join(data.get("milestones", []))
    return ""


def _said(text: str | None) -> str:
    """A planned date as events hold it (``2027-Q2``), in the reader's language."""
    if not text:
        return str(_("no date"))
    try:
        return PlannedDate.parse(text).label(get_language() or "ru")
    except NotAPlannedDate:
        return text

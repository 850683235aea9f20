"""What an event of the record says, in words: for pages, mail and feeds alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from common.dates import NotAPlannedDate, PlannedDate
from milestones import choices

if TYPE_CHECKING:
    from record.models import Event

EVENT_WORDS = {
    "roadmap.loaded": _lazy("The roadmap was loaded"),
    "plan.changed": _lazy("A date was moved"),
    "milestone.added": _lazy("A milestone was added"),
    "milestone.changed": _lazy("A milestone was described anew"),
    "milestone.removed": _lazy("A milestone was removed"),
    "series.added": _lazy("A series was added"),
    "series.changed": _lazy("A series was changed"),
    "series.removed": _lazy("A series was removed"),
    "proposal.added": _lazy("A proposal was added"),
    "proposal.changed": _lazy("A proposal was described anew"),
    "proposal.removed": _lazy("A proposal was removed"),
    "report.added": _lazy("A report was added"),
    "report.changed": _lazy("A report was described anew"),
    "report.removed": _lazy("A report was removed"),
    "passage.added": _lazy("A passage was added"),
    "passage.changed": _lazy("A passage was described anew"),
    "passage.removed": _lazy("A passage was removed"),
    "source.added": _lazy("A source was added"),
    "source.changed": _lazy("A source was described anew"),
    "source.removed": _lazy("A source was removed"),
    "organisation.added": _lazy("An organisation was added"),
    "organisation.changed": _lazy("An organisation was described anew"),
    "organisation.removed": _lazy("An organisation was removed"),
    "risk.added": _lazy("A risk was added"),
    "risk.changed": _lazy("A risk was described anew"),
    "risk.removed": _lazy("A risk was removed"),
    "indicator.added": _lazy("An indicator was added"),
    "indicator.changed": _lazy("An indicator was described anew"),
    "indicator.removed": _lazy("An indicator was removed"),
    "context_event.added": _lazy("A context event was added"),
    "context_event.changed": _lazy("A context event was described anew"),
    "context_event.removed": _lazy("A context event was removed"),
    "assessment.published": _lazy("An assessment was published"),
    "milestones.assigned": _lazy("Milestones were given to an analyst"),
    "round.published": _lazy("A round of assessments was published"),
    "baseline.set": _lazy("A baseline was set"),
    "risk.assessed": _lazy("A risk was assessed"),
    "indicator.measured": _lazy("An indicator was measured"),
    "record.withheld": _lazy("Something was withdrawn"),
}


STATUS_WORDS = dict(choices.STATUS_CHOICES)
REASON_WORDS = dict(choices.REASON_CATEGORIES)
FIELD_WORDS = dict(choices.MOVED_DATES)


def event_title(event: Event) -> str:
    """What kind of thing happened, and to what."""
    about = event.milestone or event.proposal or event.data.get("code") or event.report
    word = str(EVENT_WORDS.get(event.type, event.type))
    return f"{word}: {about}" if about else word


def event_detail(event: Event) -> str:  # noqa: PLR0911 - one answer for each type
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
            return str(word) if before in (None, after) else f"{STATUS_WORDS.get(before, before)} → {word}"
        case "risk.assessed" if "likelihood" in data:
            return f"{data['likelihood']} × {data['impact']} = {data['likelihood'] * data['impact']}"
        case "round.published" | "baseline.set":
            return str(data.get("name", ""))
        case "indicator.measured" if "value" in data:
            return str(data["value"])
        case "milestones.assigned":
            return ", ".join(data.get("milestones", []))
    return ""


def _said(text: str | None) -> str:
    """A planned date as events hold it (``2027-Q2``), in the reader's language."""
    if not text:
        return _("no date")
    try:
        return PlannedDate.parse(text).label(get_language() or "ru")
    except NotAPlannedDate:
        return text

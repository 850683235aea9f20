"""Assessments and their milestones as services read them: under the locks of an open change, with all that the rules ask about."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from django.db.models import Prefetch, Q
from django.utils.translation import gettext as _

from milestones.assessments.refusals import TransitionRefused
from milestones.models import Assessment, Citation, Milestone
from milestones.querysets import ACTOR, AssessmentQuerySet

if TYPE_CHECKING:
    from uuid import UUID

    from record.locks import Named
    from record.services import Change

STANDING = (
    "current", "status", "confidence", "effective_on", "completed_on", "assessed_on", "evidence_count", "actual_host",
    "forecast", "forecast_precision",
)  # fmt: skip
"""What a milestone says of where it stands; set by what is published."""

ASKED = {
    "milestone": (*STANDING, "code", "version", "position", "series", "proposal", "analyst"),
    "milestone__proposal": ("code",),
    "milestone__proposal__report": ("code", "needs_review"),
    "author": ACTOR,
}
"""What the rules, the record and the answers ask of what an assessment belongs to: a fraction of those rows."""


def milestone_of(code: str = "", *, finding: UUID | None = None) -> list[Named]:
    """The milestone of that code or finding, as ``open_change(of=…)`` takes it; nothing where there is none."""
    which = Q(assessments__uid=finding) if finding else Q(code=code.replace("\x00", ""))
    return [(Milestone, pk) for pk in Milestone.objects.filter(which).values_list("pk", flat=True)]


def read_in(change: Change, assessments: AssessmentQuerySet) -> Assessment | None:
    """The one of these, out of ``for_rules()``, as it stands under the lock of its milestone.

    Services of that change go on with it without reading it anew, until the next event is announced. So within one
    position nobody may have it twice, nor keep it over a savepoint that was taken back.
    """
    assessment: Assessment | None = assessments.first()
    if assessment is not None:
        change.insist_held([assessment.milestone])
        assessment.read_in = (change, change.written)
    return assessment


@cache
def for_rules() -> AssessmentQuerySet:
    """Assessments with all that the rules ask about."""
    own = [field.attname for field in Assessment._meta.concrete_fields]
    asked = [f"{path}__{name}" for path, names in ASKED.items() for name in names]
    cited = Prefetch("citations", Citation.objects.select_related("evidence"))
    assessments = Assessment.objects.select_related("milestone__proposal__report", "author").only(*own, *asked)
    return assessments.prefetch_related(cited).order_by("pk")


def fresh(assessment: Assessment, change: Change | None = None) -> Assessment:
    """As the database holds it now, with all that the rules ask about; in an open change it is read once a position."""
    if change is not None and assessment.read_in == (change, change.written):
        return assessment
    assessments = for_rules().filter(pk=assessment.pk)
    latest = assessments.first() if change is None else read_in(change, assessments)
    if latest is None:
        raise TransitionRefused.because("gone", _("It was deleted meanwhile."))
    return latest

"""The words of findings in the reader's language: who translated them is kept, and the original stays the record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from accounts.permissions import insist
from common.refusals import Problem, Refused
from milestones.announcing import announce
from milestones.models import Assessment, Translation
from milestones.permissions import may_assess
from proposals.choices import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from accounts.models import User
    from record.moments import Moment
    from record.services import Change


def translate(change: Change, assessment: Assessment, *, language: str, summary: str, by: User) -> Translation:
    """Say a published finding's summary in another language.

    Raises ``NotAllowed`` for who may not assess its milestone, ``Refused`` where it is not published, withdrawn, or in that
    language already, and for an empty text or the one that stands.
    """
    now = Assessment.objects.select_related("milestone__proposal__report").get(pk=assessment.pk)
    insist(may_assess(by, now.milestone))
    if now.state != "published" or now.withheld is not None:
        raise Refused.because("not_published", _("Only what is published and not withdrawn is translated."))
    if language not in dict(LANGUAGES) or language == now.language:
        raise Refused(Problem("language", "unknown_value", _("Choose another language than its own.")))
    if not summary.strip():
        raise Refused(Problem("summary", "required", _("Write the translation.")))
    made = Translation(assessment=now, language=language, summary=summary, by=by.actor, translated_at=change.now)
    made.full_clean(exclude=["position"])
    standing = now.translations.filter(language=language, withheld=None).order_by("-position").first()
    if standing and standing.summary == made.summary:
        raise Refused(Problem("summary", "unchanged", _("That is what stands already.")))
    made.position, made.translated_at = change.position, change.now
    made.seal()
    made.save(force_insert=True)
    announce(change, Translation.event_type, now.milestone, {"assessment": str(now.uid), "language": language, "digest": made.digest})
    return made


def with_translations(assessments: Iterable[Assessment], moment: Moment) -> list[Assessment]:
    """The same, each with its translations as of that moment; confirmations have those of the words they repeat. One query."""
    found = list(assessments)
    standing: dict[tuple[int, str, str], dict[str, Translation]] = {}
    rows = Translation.objects.as_of(moment).filter(withheld=None, assessment__milestone__in={one.milestone_id for one in found})
    for row in rows.select_related("assessment").order_by("position"):
        standing.setdefault(_words(row.assessment), {})[row.language] = row
    for one in found:
        one.translated = standing.get(_words(one), {})
    return found


def _words(assessment: Assessment) -> tuple[int, str, str]:
    return assessment.milestone_id, assessment.language, assessment.summary

"""What must hold of a milestone as a whole, whichever way it is written: asked by the forms of the admin and by the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from common.fields import LANGUAGE_CODES
from common.refusals import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milestones.models import Series
    from proposals.models import Proposal


def problems_of_edition(proposal: Proposal | None, series: Series | None, edition: int | None, actual_host: str) -> Iterator[Problem]:
    """A series and an edition go together, within its years and its proposal; only an edition has a host."""
    if series is None and actual_host:
        yield Problem("actual_host", "edition", _("Only an edition of a series has a host."))
    if series and proposal and series.proposal_id != proposal.pk:
        yield Problem("series", "edition", _("The series belongs to another proposal."))
    if series and edition and not series.first_year <= edition <= series.last_year:
        yield Problem("edition", "edition", _("The edition lies outside the years of the series."))
    if (series is None) != (edition is None):
        yield Problem("edition", "edition", _("A series and an edition go together."))


def problems_of_criterion(texts: dict[str, str]) -> Iterator[Problem]:
    """Every language says what would prove it; ``texts`` by language."""
    for language in LANGUAGE_CODES:
        if not texts.get(language, "").strip():
            yield Problem(f"criterion_{language}", "required", _("Say in this language what would prove it."))

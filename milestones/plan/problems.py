"""What must hold of a thing of the plan as a whole, whichever way it is written: asked by the services, and by forms beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from common.fields import LANGUAGE_CODES
from common.refusals import Problem
from milestones.models.versions import MOST_PREDECESSORS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from milestones.models import Milestone, Series
    from proposals.models import Organisation, Proposal
    from record.writing import Links

MOST_NAMED = 30


def problems_of(milestone: Milestone, links: Links) -> Iterator[Problem]:
    """``links`` are the lists that are given with it; those that are not stay as they are."""
    yield from problems_of_edition(milestone.proposal, milestone.series, milestone.edition, milestone.actual_host)
    yield from problems_of_criterion({language: getattr(milestone, f"criterion_{language}") for language in LANGUAGE_CODES})
    yield from problems_of_owners(_leads(milestone, links), links.get("support", ()))
    yield from problems_of_predecessors(milestone, links.get("predecessors", ()))


def _leads(milestone: Milestone, links: Links) -> Sequence[Organisation]:
    """Who leads afterwards: those that are given, or those that do and are not given another role."""
    if "lead" in links or milestone.pk is None:
        return links.get("lead", ())
    owners = milestone.owners.filter(role="lead").exclude(organisation__in=links.get("support", ()))
    return [owner.organisation for owner in owners.select_related("organisation")]


def problems_of_owners(lead: Collection[Organisation], support: Collection[Organisation]) -> Iterator[Problem]:
    """Somebody has to act first, and nobody both leads and supports."""
    if not lead:
        yield Problem("lead", "lead_missing", _("Name at least one organisation that leads."))
    if both := {organisation.code for organisation in lead} & {organisation.code for organisation in support}:
        yield Problem("support", "twice", _("An organisation either leads or supports: %(codes)s.") % {"codes": ", ".join(sorted(both))})


def problems_of_predecessors(milestone: Milestone, predecessors: Sequence[Milestone]) -> Iterator[Problem]:
    """Circles through others are refused where the milestone is kept, which sees the whole graph."""
    if len(predecessors) > MOST_PREDECESSORS:
        yield Problem("predecessors", "too_long", _("At most %(most)d of them.") % {"most": MOST_PREDECESSORS})
    if milestone.pk and any(predecessor.pk == milestone.pk for predecessor in predecessors):
        yield Problem("predecessors", "cycle", _("A milestone cannot wait for itself."))


def problems_of_series(series: Series, _links: object = None) -> Iterator[Problem]:
    """The editions that are there lie within its years."""
    if series.pk and series.first_year and series.last_year:
        outside = series.editions.exclude(edition__range=(series.first_year, series.last_year))
        if codes := ", ".join(outside.values_list("code", flat=True)[:MOST_NAMED]):
            yield Problem("last_year", "edition", _("These editions would lie outside: %(codes)s") % {"codes": codes})


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

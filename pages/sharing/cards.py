"""What a page says in a link to it: its title, one sentence, its state. For the head of the page, its picture and its frame alike.

A card is made of what the page has read anyway; ``card_named`` reads the same for pictures, frames and citations.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from common.dates import label
from milestones.models import MilestoneVersion
from milestones.reading import milestone_or_404
from milestones.standing import proposal_standings
from milestones.statuses import HEALTH_CHOICES, STATUS_CHOICES, Health
from pages.dashboard import Dashboard
from pages.headline import headline
from pages.templatetags.dates import days
from proposals.addresses import address_of, report_of
from proposals.models import OrganisationVersion, ProposalVersion, ReportVersion
from record.pages import version_or_404

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from milestones.standing import ProposalStanding
    from record.moments import Moment

HEALTH_WORDS, STATUS_WORDS = dict(HEALTH_CHOICES), dict(STATUS_CHOICES)


@dataclass(frozen=True)
class Card:
    """``name`` is its part of addresses (``overview``, ``milestone-SM-03``), ``page`` the address that it is of."""

    name: str
    page: str
    title: str
    sentence: str
    health: str = ""
    """Of a milestone or a proposal."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """How many milestones have each health, where it is of several."""
    embed: str = ""
    """The address of what goes into a frame, where there is one."""
    proof: str = ""
    """The address of what shows offline that it was recorded so, where there is one."""


def overview_card(numbers_said: str, reports: Sequence[ReportVersion], counts: Mapping[str, int]) -> Card:
    """Of the first page. The title is that of the one report, or of the site where there are several."""
    title = reports[0].title if len(reports) == 1 else _("Roadmap tracker")
    return Card("overview", reverse("dashboard"), title, numbers_said, counts=counts)


def report_card(numbers_said: str, report: ReportVersion, counts: Mapping[str, int]) -> Card:
    return Card(f"report-{report.code}", reverse("report_dashboard", args=[report.code]), report.title, numbers_said, counts=counts)


def timeline_card(counts: Mapping[str, int] | None = None, *, report: str = "") -> Card:
    said = _("When each step is due, which dates were moved, and what waits for what.")
    name, page = f"timeline-{report}".removesuffix("-"), address_of("timeline", report)
    return Card(name, page, _("Timeline"), said, counts=counts or {}, embed=reverse("embed_timeline"))


def milestone_card(milestone: Any) -> Card:
    """Of a version that carries its health, as ``with_health`` adds it."""
    due = label(milestone.due, milestone.due_precision, get_language() or "ru") if milestone.due else _("no date")
    said = [str(STATUS_WORDS[milestone.status]), str(HEALTH_WORDS[milestone.health]), f"{_('Due')}: {due}"]
    if milestone.slippage_days:
        said.append(f"{_('Slippage')}: {days(milestone.slippage_days)}")
    code = milestone.code
    return Card(
        f"milestone-{code}",
        reverse("milestones:detail", args=[code]),
        f"{code} {milestone.title}".strip(),
        " · ".join(said),
        milestone.health,
        embed=reverse("embed_milestone", args=[code]),
        proof=reverse("api:milestone-proof", args=[code]),
    )


def proposal_card(proposal: ProposalVersion, standing: ProposalStanding) -> Card:
    page, title = reverse("proposal_detail", args=[proposal.code]), f"{proposal.code} {proposal.title}".strip()
    return Card(f"proposal-{proposal.code}", page, title, _counted(standing.counts), standing.health, standing.counts)


def organisation_card(organisation: OrganisationVersion, milestones: Iterable[Any]) -> Card:
    """With the milestones that it leads or supports, each with its health."""
    page, counts = reverse("organisation_detail", args=[organisation.code]), Counter(milestone.health for milestone in milestones)
    return Card(f"organisation-{organisation.code}", page, organisation.name, _counted(counts), counts=counts)


def _counted(counts: Mapping[str, int]) -> str:
    """``9 milestones · late: 2 · unknown: 7``"""
    total = sum(counts.values())
    said = [ngettext("%(number)s milestone", "%(number)s milestones", total) % {"number": total}]
    return " · ".join([*said, *(f"{HEALTH_WORDS[health]}: {counts[health]}" for health in Health if counts.get(health))])


def card_named(name: str, moment: Moment) -> Card:
    """The card of that name at a moment. Raises ``Http404``."""
    if name in WHOLE:
        return WHOLE[name](moment)
    kind, _sign, code = name.partition("-")
    if kind not in OF_ONE or not code:
        raise Http404
    return OF_ONE[kind](moment, code)


def _overview(moment: Moment) -> Card:
    numbers = Dashboard(moment)
    return overview_card(headline(numbers), list(ReportVersion.objects.as_of(moment).order_by("code")), numbers.by_health)


def _report(moment: Moment, code: str) -> Card:
    numbers = Dashboard(moment, report=code)
    return report_card(headline(numbers), version_or_404(ReportVersion, moment, code), numbers.by_health)


def _timeline(moment: Moment, code: str) -> Card:
    report = version_or_404(ReportVersion, moment, code).code
    return timeline_card(Dashboard(moment, report=report).by_health, report=report)


def _milestone(moment: Moment, code: str) -> Card:
    return milestone_card(milestone_or_404(moment, code))


def _proposal(moment: Moment, code: str) -> Card:
    return proposal_card(version_or_404(ProposalVersion, moment, code), proposal_standings(moment, [code])[code])


def _organisation(moment: Moment, code: str) -> Card:
    organisation = version_or_404(OrganisationVersion, moment, code)
    return organisation_card(organisation, MilestoneVersion.objects.as_of(moment).with_health(moment).owned_by(code))


WHOLE: dict[str, Callable[[Moment], Card]] = {"overview": _overview, "timeline": lambda moment: timeline_card(Dashboard(moment).by_health)}
OF_ONE: dict[str, Callable[[Moment, str], Card]] = {
    "report": _report,
    "timeline": _timeline,
    "milestone": _milestone,
    "proposal": _proposal,
    "organisation": _organisation,
}


KINDS = {
    "dashboard": "overview",
    "timeline": "timeline",
    "report_dashboard": "report",
    "milestones:detail": "milestone",
    "proposal_detail": "proposal",
    "organisation_detail": "organisation",
}
"""Names of the pages that have a card."""


OF_SHOWN: dict[str, Callable[[Mapping[str, Any]], Card]] = {
    "overview": lambda shown: overview_card(shown["headline"], shown["reports"], {}),
    "report": lambda shown: report_card(shown["headline"], shown["reports"][0], {}),
    "timeline": lambda shown: timeline_card(report=report_of(shown["request"])),
    "milestone": lambda shown: milestone_card(shown["milestone"]),
    "proposal": lambda shown: proposal_card(shown["proposal"], shown["standing"]),
    "organisation": lambda shown: organisation_card(
        shown["organisation"], {one.code: one for one in (*shown["leads"], *shown["supports"])}.values()
    ),
}


def card_shown(page: str, shown: Mapping[str, Any]) -> Card | None:
    """The card of the page of that name, out of what its template is shown: no query. ``None`` for pages without one."""
    return OF_SHOWN[KINDS[page]](shown) if page in KINDS else None

"""How far the plan itself has moved, whom lateness pushes, and which dates contradict each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _

from milestones.causes import number_of_days
from milestones.choices import REASON_CATEGORIES
from milestones.models import MilestoneVersion
from milestones.plan.schedule import (
    contradictions,
    pushed,
    slippage_by_owner,
    slippage_by_proposal,
    slippage_by_reason,
    slippage_total,
)
from milestones.plan.steps import moves_at, slips_at, steps_at
from pages import charts
from proposals.filters import report_asked
from proposals.models import OrganisationVersion, ProposalVersion, ReportVersion
from record.pages import public_page, version_or_404

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpResponse

    from milestones.plan.schedule import Slippage
    from record.moments import Moment
    from record.pages import PublicRequest

SHOWN = 100
IN_A_CHART = 30


def _worst_first(slips: dict[str, Slippage]) -> list[tuple[str, Slippage]]:
    return sorted(slips.items(), key=lambda pair: (-pair[1].days, pair[0]))


def slippage_chart(moment: Moment, name: str) -> charts.Chart:
    """By how many days the plan moved, by ``proposal``, ``owner`` or ``reason``, as bars; ``owner-RK2030`` of one report.

    Raises ``Http404`` for anything else.
    """
    of, _sign, report = name.partition("-")
    if report:
        version_or_404(ReportVersion, moment, report)
    words: Mapping[str, object]
    match of:
        case "proposal":
            title, slips = _("Slippage by proposal"), slippage_by_proposal(slips_at(moment, report))
            words = {code: f"{code} {row.short}" for code, row in ProposalVersion.objects.as_of(moment).by_code(slips).items()}
        case "owner":
            title, slips = _("Slippage by lead"), slippage_by_owner(slips_at(moment, report))
            words = {code: row.short_name or row.name for code, row in OrganisationVersion.objects.as_of(moment).by_code(slips).items()}
        case "reason":
            title, slips, words = _("Slippage by reason of the move"), slippage_by_reason(moves_at(moment, report)), dict(REASON_CATEGORIES)
        case _:
            raise Http404
    worst = [(code, one) for code, one in _worst_first(slips) if one.days][:IN_A_CHART]
    rows = [[str(words.get(code, code)), one.days, one.milestones] for code, one in worst]
    head = [title, _("Days"), _("Milestones")]
    return charts.bars(f"slippage-{name}", title, head, rows, [number_of_days(one.days) for _code, one in worst])


@public_page
def slippage(request: PublicRequest) -> HttpResponse:
    moment = request.moment
    report = report_asked(request)
    steps, slips = steps_at(moment, report), slips_at(moment, report)
    late, wrong = pushed(steps, moment.day), contradictions(steps)
    shown = {push.code for push in late[:SHOWN]} | {push.because for push in late[:SHOWN]}
    shown |= {clash.code for clash in wrong[:SHOWN]} | {clash.predecessor for clash in wrong[:SHOWN]}
    by_owner = _worst_first(slippage_by_owner(slips))[:SHOWN]
    by_proposal = _worst_first(slippage_by_proposal(slips))[:SHOWN]
    titles = MilestoneVersion.objects.as_of(moment).defer("search")
    context = {
        "report": report,
        "charts": {of: f"slippage-{of}-{report}".removesuffix("-") for of in ("proposal", "owner", "reason")},
        "total": slippage_total(slips),
        "by_owner": by_owner,
        "by_proposal": by_proposal,
        "by_reason": _worst_first(slippage_by_reason(moves_at(moment, report))),
        "pushed": late[:SHOWN],
        "pushed_more": max(0, len(late) - SHOWN),
        "contradictions": wrong[:SHOWN],
        "contradictions_more": max(0, len(wrong) - SHOWN),
        "titles": titles.by_code(shown),
        "owners": OrganisationVersion.objects.as_of(moment).defer("search").by_code([code for code, _total in by_owner]),
        "proposals": ProposalVersion.objects.as_of(moment).defer("search").by_code([code for code, _total in by_proposal]),
    }
    return render(request, "slippage.html", context)

"""How far the plan itself has moved, whom lateness pushes, and which dates contradict each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render

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
from proposals.models import OrganisationVersion, ProposalVersion
from record.pages import public_page

if TYPE_CHECKING:
    from django.http import HttpResponse

    from milestones.plan.schedule import Slippage
    from record.pages import PublicRequest

SHOWN = 100


def _worst_first(slips: dict[str, Slippage]) -> list[tuple[str, Slippage]]:
    return sorted(slips.items(), key=lambda pair: (-pair[1].days, pair[0]))


@public_page
def slippage(request: PublicRequest) -> HttpResponse:
    moment = request.moment
    steps, slips = steps_at(moment), slips_at(moment)
    late, wrong = pushed(steps, moment.day), contradictions(steps)
    shown = {push.code for push in late[:SHOWN]} | {push.because for push in late[:SHOWN]}
    shown |= {clash.code for clash in wrong[:SHOWN]} | {clash.predecessor for clash in wrong[:SHOWN]}
    by_owner = _worst_first(slippage_by_owner(slips))[:SHOWN]
    by_proposal = _worst_first(slippage_by_proposal(slips))[:SHOWN]
    titles = MilestoneVersion.objects.as_of(moment).defer("search")
    context = {
        "total": slippage_total(slips),
        "by_owner": by_owner,
        "by_proposal": by_proposal,
        "by_reason": _worst_first(slippage_by_reason(moves_at(moment))),
        "pushed": late[:SHOWN],
        "pushed_more": max(0, len(late) - SHOWN),
        "contradictions": wrong[:SHOWN],
        "contradictions_more": max(0, len(wrong) - SHOWN),
        "titles": titles.by_code(shown),
        "owners": OrganisationVersion.objects.as_of(moment).defer("search").by_code([code for code, _total in by_owner]),
        "proposals": ProposalVersion.objects.as_of(moment).defer("search").by_code([code for code, _total in by_proposal]),
    }
    return render(request, "slippage.html", context)

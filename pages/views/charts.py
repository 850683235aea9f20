"""Each chart as a file: the drawing as SVG, its numbers as CSV. Both say which moment of the record they show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _

from common.sheets import csv_text
from milestones.standing import proposal_standings
from pages import charts
from pages.dashboard import Dashboard
from pages.drawing import draw_chart
from pages.provenance import provenance_of
from proposals.models import IndicatorValue, IndicatorVersion, ProposalVersion, ReportVersion, RiskAssessment, RiskVersion
from record.pages import public_page, version_or_404

if TYPE_CHECKING:
    from record.moments import Moment
    from record.pages import PublicRequest


def chart_named(name: str, moment: Moment) -> charts.Chart | None:
    """The chart of that name (``status``, ``burn-up``, ``burn-up-RK2030``, ``indicator-CODE`` …) at a moment. Raises ``Http404``."""
    kind, _sign, code = name.replace("burn-up", "burn_up", 1).partition("-")
    make = {"indicator": _indicator, "risk": _risk, "proposal": _proposal}.get(kind)
    if make is not None:
        return make(moment, code)
    if name == "risks":
        return charts.risk_matrix(list(RiskVersion.objects.as_of(moment).order_by("order", "code")))
    if kind not in {"burn_up", *charts.PARTS} or name.startswith("burn_up"):
        raise Http404
    if code:
        version_or_404(ReportVersion, moment, code)
    numbers = Dashboard(moment, report=code)
    if kind == "burn_up":
        return charts.burn_up(numbers.burn_up, numbers.achieved, moment.day, name=name)
    return charts.distribution(kind, getattr(numbers, f"by_{kind}"), name=name)


def _indicator(moment: Moment, code: str) -> charts.Chart | None:
    values = list(IndicatorValue.objects.as_of(moment).filter(indicator__code=code, withheld=None).order_by("measured", "position"))
    return charts.indicator_chart(version_or_404(IndicatorVersion, moment, code), values, moment.day)


def _risk(moment: Moment, code: str) -> charts.Chart | None:
    assessments = list(RiskAssessment.objects.as_of(moment).filter(risk__code=code))
    return charts.risk_history(version_or_404(RiskVersion, moment, code), assessments, moment.day)


def _proposal(moment: Moment, code: str) -> charts.Chart:
    proposal = version_or_404(ProposalVersion, moment, code)
    counts = proposal_standings(moment, [code])[code].counts
    return charts.distribution("health", counts, name=f"proposal-{code}", title=f"{code} {proposal.title}: {_('Health of its milestones')}")


@public_page
def chart(request: PublicRequest, name: str, ending: str) -> HttpResponse:
    drawn = chart_named(name, request.moment) if ending in {"svg", "csv"} else None
    if drawn is None:
        raise Http404
    said = provenance_of(request.moment)
    if ending == "csv":
        content, kind = csv_text([list(drawn.head), *drawn.rows], said=said), "text/csv; charset=utf-8"
    else:
        content, kind = draw_chart(drawn, said), "image/svg+xml; charset=utf-8"
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}-{request.moment.position}.{ending}"'
    return response

"""Each chart as a file: the drawing as SVG and PNG, its numbers as CSV. All say which moment of the record they show."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _

from common.pictures import SHARP, TooLarge, png_of
from common.sheets import csv_text
from milestones.standing import proposal_standings
from pages import charts
from pages.dashboard import Dashboard
from pages.drawing import draw_chart
from pages.provenance import provenance_of
from pages.views.slippage import slippage_chart
from proposals.models import IndicatorValue, IndicatorVersion, ProposalVersion, ReportVersion, RiskAssessment, RiskVersion
from record.installation import named
from record.pages import public_page, version_or_404

if TYPE_CHECKING:
    from record.moments import Moment
    from record.pages import PublicRequest


def chart_named(name: str, moment: Moment) -> charts.Chart | None:
    """The chart of that name (``status``, ``burn-up``, ``burn-up-RK2030``, ``indicator-CODE`` …) at a moment. Raises ``Http404``."""
    kind, _sign, code = name.replace("burn-up", "burn_up", 1).partition("-")
    make = {"indicator": _indicator, "risk": _risk, "proposal": _proposal, "slippage": slippage_chart}.get(kind)
    if make is not None:
        return make(moment, code)
    if kind == "risks":
        if code:
            version_or_404(ReportVersion, moment, code)
        return charts.risk_matrix(list(RiskVersion.objects.as_of(moment).of_report(code).order_by("order", "code")), name=name)
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


def drawing(drawn: str, ending: str, *, sharp: int = SHARP) -> HttpResponse:
    """As ``svg`` or as ``png``; what is too large for a picture is refused in words."""
    if ending == "svg":
        return HttpResponse(drawn, content_type="image/svg+xml; charset=utf-8")
    try:
        return HttpResponse(png_of(drawn, sharp=sharp), content_type="image/png")
    except TooLarge as large:
        return HttpResponse(str(large), status=400, content_type="text/plain; charset=utf-8")


def attached(response: HttpResponse, name: str) -> HttpResponse:
    """To be saved under that name, unless it says what is wrong."""
    if response.status_code == HTTPStatus.OK:
        stem, dot, ending = name.rpartition(".")
        response["Content-Disposition"] = f'attachment; filename="{named(stem)}{dot}{ending}"'
    return response


@public_page
def chart(request: PublicRequest, name: str, ending: str) -> HttpResponse:
    drawn = chart_named(name, request.moment) if ending in {"svg", "png", "csv"} else None
    if drawn is None:
        raise Http404
    said = provenance_of(request.moment)
    if ending == "csv":
        response = HttpResponse(csv_text([list(drawn.head), *drawn.rows], said=said), content_type="text/csv; charset=utf-8")
    else:
        response = drawing(draw_chart(drawn, said), ending)
    return attached(response, f"{name}-{request.moment.position}.{ending}")

"""What was said of risks and indicators, as the API shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.api.values import number, planned

if TYPE_CHECKING:
    from proposals.models import IndicatorValue, RiskAssessment


def risk_assessment_item(row: RiskAssessment) -> dict[str, object]:
    return {
        "risk": row.risk.code,
        "likelihood": row.likelihood,
        "impact": row.impact,
        "score": row.likelihood * row.impact,
        "assessed_on": row.assessed_on,
        "note": row.note,
        "by": row.by or None,
        "position": row.position,
    }


def indicator_value_item(row: IndicatorValue, language: str) -> dict[str, object]:
    return {
        "indicator": row.indicator.code,
        "date": planned(row.measured, row.measured_precision, language),
        "value": number(row.value),
        "qualifier": row.qualifier,
        "source_title": row.source_title,
        "source_url": row.source_address or None,
        "note": row.note,
        "by": row.by or None,
        "position": row.position,
    }

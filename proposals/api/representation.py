"""What was said of risks and indicators, as the API shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.api.values import number, planned

if TYPE_CHECKING:
    from proposals.models import IndicatorValue, RiskAssessment


def risk_assessment_item(assessment: RiskAssessment) -> dict[str, object]:
    return {
        "risk": assessment.risk.code,
        "likelihood": assessment.likelihood,
        "impact": assessment.impact,
        "score": assessment.likelihood * assessment.impact,
        "assessed_on": assessment.assessed_on,
        "note": assessment.note,
        "by": assessment.by or None,
        "position": assessment.position,
    }


def indicator_value_item(value: IndicatorValue, language: str) -> dict[str, object]:
    return {
        "indicator": value.indicator.code,
        "date": planned(value.measured, value.measured_precision, language),
        "value": number(value.value),
        "qualifier": value.qualifier,
        "source_title": value.source_title,
        "source_url": value.source_address or None,
        "note": value.note,
        "by": value.by or None,
        "position": value.position,
    }

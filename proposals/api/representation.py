"""Version rows of the source side as the API shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from common.api.values import i18n, number, planned, text_in

if TYPE_CHECKING:
    from proposals.models import (
        ContextEventVersion,
        IndicatorValue,
        IndicatorVersion,
        OrganisationVersion,
        PassageVersion,
        ProposalVersion,
        ReportVersion,
        RiskAssessment,
        RiskVersion,
        SourceVersion,
    )
    from record.models import VersionRow


def _tail(row: VersionRow, base: str) -> dict[str, Any]:
    return {"version": row.version, "position": row.first, "updated_at": row.updated_at, "url": f"{base}{row.code}/"}


def report_item(row: ReportVersion, language: str, base: str) -> dict[str, Any]:
    return {
        "code": row.code,
        "title": text_in(row, "title", language),
        "publisher": text_in(row, "publisher", language),
        "published_on": row.published_on,
        "language": row.language,
        "address": row.address or None,
        "horizon": planned(row.horizon, row.horizon_precision, language),
        **_tail(row, base),
    }


def report_detail(
    row: ReportVersion, language: str, base: str, *, passages: list[PassageVersion], sources: list[SourceVersion]
) -> dict[str, Any]:
    return report_item(row, language, base) | {
        "summary": text_in(row, "summary", language),
        **i18n(row, "title", "summary", "publisher"),
        "passages": [{"number": one.number, "summary": text_in(one, "summary", language), **i18n(one, "summary")} for one in passages],
        "sources": [
            {
                "number": one.number,
                "title": one.title,
                "publisher": one.publisher,
                "published_on": planned(one.published, one.published_precision, language),
                "address": one.address or None,
                "passages": one.passages,
            }
            for one in sources
        ],
    }


def organisation_item(row: OrganisationVersion, language: str, base: str) -> dict[str, Any]:
    return {
        "code": row.code,
        "name": text_in(row, "name", language),
        "short_name": text_in(row, "short_name", language),
        "side": row.side,
        "kind": row.kind,
        "planned": row.planned,
        "passages": row.passages,
        **_tail(row, base),
    }


def organisation_detail(row: OrganisationVersion, language: str, base: str) -> dict[str, Any]:
    return organisation_item(row, language, base) | i18n(row, "name", "short_name")


def proposal_item(row: ProposalVersion, language: str, base: str) -> dict[str, Any]:
    return {
        "code": row.code,
        "title": text_in(row, "title", language),
        "report": row.report,
        "kind": row.kind,
        "strength": row.strength,
        "flagship": row.flagship,
        "lead": row.lead,
        "passages": row.passages,
        "diagnosis": row.diagnosis,
        **_tail(row, base),
    }


def proposal_detail(row: ProposalVersion, language: str, base: str) -> dict[str, Any]:
    return proposal_item(row, language, base) | {"summary": text_in(row, "summary", language), **i18n(row, "title", "summary")}


def risk_item(row: RiskVersion, language: str, base: str) -> dict[str, Any]:
    return {
        "code": row.code,
        "title": text_in(row, "title", language),
        "report": row.report,
        "passages": row.passages,
        "proposals": row.proposals,
        "likelihood": row.likelihood,
        "impact": row.impact,
        "score": row.score,
        "assessed_on": row.assessed_on,
        **_tail(row, base),
    }


def risk_detail(row: RiskVersion, language: str, base: str) -> dict[str, Any]:
    return risk_item(row, language, base) | {
        "description": text_in(row, "description", language),
        **i18n(row, "title", "description"),
    }


def risk_assessment_item(row: RiskAssessment) -> dict[str, Any]:
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


def indicator_item(row: IndicatorVersion, language: str, base: str) -> dict[str, Any]:
    baseline = {
        "value": number(row.baseline_value),
        "qualifier": row.baseline_qualifier,
        "date": planned(row.baseline, row.baseline_precision, language),
        "passage": row.baseline_passage or None,
        "according_to": text_in(row, "according_to", language) or None,
        "note": text_in(row, "note", language) or None,
    }
    target = {
        "value": number(row.target_value),
        "qualifier": row.target_qualifier,
        "date": planned(row.target, row.target_precision, language),
    }
    return {
        "code": row.code,
        "title": text_in(row, "title", language),
        "report": row.report,
        "basis": row.basis,
        "unit": text_in(row, "unit", language),
        "better": row.better,
        "proposals": row.proposals,
        "baseline": baseline if any(baseline.values()) else None,
        "target": target if row.target_value is not None else None,
        **_tail(row, base),
    }


def indicator_detail(row: IndicatorVersion, language: str, base: str) -> dict[str, Any]:
    return indicator_item(row, language, base) | {
        "description": text_in(row, "description", language),
        **i18n(row, "title", "description", "unit"),
    }


def indicator_value_item(row: IndicatorValue, language: str) -> dict[str, Any]:
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


def context_event_item(row: ContextEventVersion, language: str, base: str) -> dict[str, Any]:
    return {
        "code": row.code,
        "title": text_in(row, "title", language),
        "report": row.report,
        "starts": planned(row.starts, row.starts_precision, language),
        "ends": planned(row.ends, row.ends_precision, language),
        "passages": row.passages,
        "sources": row.sources,
        **_tail(row, base),
    }


def context_event_detail(row: ContextEventVersion, language: str, base: str) -> dict[str, Any]:
    return context_event_item(row, language, base) | {
        "description": text_in(row, "description", language),
        **i18n(row, "title", "description"),
    }

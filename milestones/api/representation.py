"""Version rows as the API shows them. Lists are read by ``.values()``: building model objects costs more than the SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from common.api.values import i18n, planned, text_in
from common.fields import WITHHELD

if TYPE_CHECKING:
    from collections.abc import Iterable

    from milestones.models import Assessment, Evidence, MilestoneVersion, PlanChange, SeriesVersion
    from milestones.series import Edition

MILESTONE_COLUMNS = (
    "code", "report", "proposal", "series", "edition", "host", "basis", "lead", "support", "lead_assumed", "analyst",
    "baseline_due", "baseline_due_precision", "due", "due_precision", "forecast", "forecast_precision", "completed_on",
    "slippage_days", "status", "health", "overdue", "confidence", "assessed_on", "stale", "evidence_count", "version",
    "first", "updated_at", "withheld",
)  # fmt: skip
MILESTONE_FIELDS = (
    "code", "title", "report", "proposal", "series", "edition", "host", "basis", "lead", "support", "lead_assumed", "analyst",
    "baseline_due", "due", "forecast", "completed_on", "slippage_days", "status", "health", "overdue", "confidence",
    "assessed_on", "stale", "evidence_count", "version", "position", "updated_at", "url",
)  # fmt: skip


def milestone_columns(language: str) -> tuple[str, ...]:
    return (*MILESTONE_COLUMNS, f"title_{language}")


def milestone_item(row: dict[str, Any], language: str, base: str) -> dict[str, Any]:
    """A milestone in a list (API.md, "Shapes"); ``base`` is the address of the list."""
    return {
        "code": row["code"],
        "title": row[f"title_{language}"] or (str(WITHHELD) if row["withheld"] else ""),
        "report": row["report"],
        "proposal": row["proposal"],
        "series": row["series"] or None,
        "edition": row["edition"],
        "host": row["host"] or None,
        "basis": row["basis"],
        "lead": row["lead"],
        "support": row["support"],
        "lead_assumed": row["lead_assumed"],
        "analyst": row["analyst"] or None,
        "baseline_due": planned(row["baseline_due"], row["baseline_due_precision"], language),
        "due": planned(row["due"], row["due_precision"], language),
        "forecast": planned(row["forecast"], row["forecast_precision"], language),
        "completed_on": row["completed_on"],
        "slippage_days": row["slippage_days"],
        "status": row["status"],
        "health": row["health"],
        "overdue": row["overdue"],
        "confidence": row["confidence"] or None,
        "assessed_on": row["assessed_on"],
        "stale": row["stale"],
        "evidence_count": row["evidence_count"],
        "version": row["version"],
        "position": row["first"],
        "updated_at": row["updated_at"],
        "url": f"{base}{row['code']}/",
    }


def milestone_detail(
    milestone: MilestoneVersion, *, language: str, base: str, successors: list[str], latest: dict[str, Any] | None
) -> dict[str, Any]:
    values = {name: getattr(milestone, name) for name in milestone_columns(language)}
    return milestone_item(values, language, base) | {
        "stage": milestone.stage,
        "actual_host": milestone.actual_host or None,
        "effective_on": milestone.effective_on,
        "description": text_in(milestone, "description", language),
        "criterion": text_in(milestone, "criterion", language),
        **i18n(milestone, "title", "description", "criterion"),
        "passages": milestone.passages,
        "predecessors": milestone.predecessors,
        "successors": successors,
        "latest_update": latest,
    }


def update_item(assessment: Assessment, *, language: str, base: str) -> dict[str, Any]:
    """A published assessment: its public side. One that is on its way: all of it, for those who may see it."""
    published = assessment.state == "published"
    citations = public_citations(assessment) if published else assessment.citations.all()
    return {
        "id": assessment.uid,
        "milestone": assessment.milestone.code,
        "state": assessment.state,
        "status": assessment.status or None,
        "confidence": assessment.confidence or None,
        "effective_on": assessment.effective_on,
        "completed_on": assessment.completed_on,
        "forecast": planned(assessment.forecast, assessment.forecast_precision, language),
        "summary": assessment.summary,
        "language": assessment.language,
        "reason": assessment.reason or None,
        "corrects": assessment.corrects.uid if assessment.corrects else None,
        "confirms": assessment.confirms.uid if assessment.confirms else None,
        "author": assessment.public_author if published else assessment.author.actor,
        "reviewer": assessment.public_reviewer or None,
        "published_at": assessment.published_at,
        "withheld": assessment.withheld,
        "position": assessment.position,
        "evidence": [evidence_item(citation.evidence, base) | {"stance": citation.stance} for citation in citations],
        "internal_note": None if published else assessment.internal_note,
        "return_comment": None if published else assessment.return_comment or None,
        "version": assessment.version,
        "url": f"{base}{assessment.uid}/",
    }


def public_citations(assessment: Assessment) -> Iterable[Any]:
    """What of an assessment's evidence everybody may see; expects the citations prefetched."""
    return [
        citation for citation in assessment.citations.all() if not citation.evidence.confidential and citation.evidence.withheld is None
    ]


def evidence_item(evidence: Evidence, updates: str) -> dict[str, Any]:
    """``updates`` is the address of the list of updates, beside which that of evidence stands."""
    file = f"{updates.removesuffix('updates/')}evidence/{evidence.uid}/file/"
    return {
        "id": evidence.uid,
        "url": evidence.address or None,
        "title": evidence.title,
        "publisher": evidence.publisher,
        "kind": evidence.kind,
        "language": evidence.language or None,
        "published_on": evidence.published_on,
        "accessed_on": evidence.accessed_on,
        "archive_url": evidence.archive_address or None,
        "content_hash": evidence.content_hash or None,
        "link_state": evidence.link_state,
        "confidential": evidence.confidential,
        "file": file if evidence.file else None,
        "file_name": evidence.file_name or None,
        "cited": evidence.cited,
        "version": evidence.version,
    }


def plan_change_item(moved: PlanChange, *, language: str) -> dict[str, Any]:
    return {
        "milestone": moved.milestone.code,
        "field": moved.field,
        "from": planned(moved.before, moved.before_precision, language),
        "to": planned(moved.after, moved.after_precision, language),
        "category": moved.category,
        "note": moved.note,
        "by": moved.public_by or None,
        "changed_at": moved.changed_at,
        "position": moved.position,
    }


def series_item(row: SeriesVersion, language: str, base: str) -> dict[str, Any]:
    return {
        "code": row.code,
        "title": text_in(row, "title", language),
        "report": row.report,
        "proposal": row.proposal,
        "first_year": row.first_year,
        "last_year": row.last_year,
        "rotation": row.rotation,
        "version": row.version,
        "position": row.first,
        "updated_at": row.updated_at,
        "url": f"{base}{row.code}/",
    }


def series_detail(row: SeriesVersion, language: str, base: str, *, editions: list[Edition]) -> dict[str, Any]:
    shown = [
        {
            "year": one.year,
            "host": one.host or None,
            "actual_host": one.actual_host or None,
            "milestone": one.milestone.code if one.milestone else None,
            "status": one.milestone.status if one.milestone else None,
        }
        for one in editions
    ]
    return series_item(row, language, base) | {**i18n(row, "title"), "editions": shown}


def baseline_item(row: Any) -> dict[str, Any]:
    """``row`` is a ``Baseline`` with ``milestones`` counted."""
    return {
        "report": row.report.code,
        "name": row.name,
        "set_at": row.set_at,
        "position": row.position,
        "milestones": row.milestones,
    }


def round_item(row: Any) -> dict[str, Any]:
    """``row`` is a ``Round`` with ``updates`` counted."""
    return {
        "id": row.uid,
        "name": row.name,
        "published_at": row.published_at,
        "position": row.position,
        "updates": row.updates,
    }

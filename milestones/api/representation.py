"""What was said of milestones, as the API shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from common.api.values import planned

if TYPE_CHECKING:
    from collections.abc import Iterable

    from milestones.causes import Cause
    from milestones.models import Assessment, Citation, Evidence, PlanChange, Translation
    from milestones.series.editions import Edition
    from milestones.standing import ProposalCause


def update_item(assessment: Assessment, *, language: str, base: str) -> dict[str, object]:
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
        "translations": [translation_item(one) for _language, one in sorted(assessment.translated.items())],
        "reason": assessment.reason or None,
        "corrects": assessment.corrects.uid if assessment.corrects else None,
        "confirms": assessment.confirms.uid if assessment.confirms else None,
        "author": assessment.public_author if published else assessment.author.actor,
        "reviewer": (assessment.public_reviewer or None) if assessment.reviewed else None,
        "reviewed": assessment.reviewed if published else None,
        "published_at": assessment.published_at,
        "withheld": assessment.withheld,
        "position": assessment.position,
        "evidence": [evidence_item(citation.evidence, base) | {"stance": citation.stance} for citation in citations],
        "internal_note": None if published else assessment.internal_note,
        "return_comment": None if published else assessment.return_comment or None,
        "version": assessment.version,
        "url": f"{base}{assessment.uid}/",
    }


def translation_item(translation: Translation) -> dict[str, object]:
    return {name: getattr(translation, name) for name in ("language", "summary", "by", "translated_at", "position")}


def public_citations(assessment: Assessment) -> Iterable[Citation]:
    """What of an assessment's evidence everybody may see; expects the citations prefetched."""
    return [
        citation for citation in assessment.citations.all() if not citation.evidence.confidential and citation.evidence.withheld is None
    ]


def evidence_item(evidence: Evidence, updates: str) -> dict[str, object]:
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


def plan_change_item(moved: PlanChange, *, language: str) -> dict[str, object]:
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


def edition_item(edition: Edition) -> dict[str, object]:
    return {
        "year": edition.year,
        "host": edition.host or None,
        "actual_host": edition.actual_host or None,
        "milestone": edition.milestone.code if edition.milestone else None,
        "status": edition.milestone.status if edition.milestone else None,
    }


def baseline_item(baseline: Any) -> dict[str, object]:
    """``row`` is a ``Baseline`` with ``milestones`` counted."""
    return {
        "report": baseline.report.code,
        "name": baseline.name,
        "set_at": baseline.set_at,
        "position": baseline.position,
        "milestones": baseline.milestones,
    }


def round_item(round_: Any) -> dict[str, object]:
    """``row`` is a ``Round`` with ``updates`` counted."""
    return {
        "id": round_.uid,
        "name": round_.name,
        "published_at": round_.published_at,
        "position": round_.position,
        "updates": round_.updates,
    }


def cause_item(cause: Cause | None) -> dict[str, object] | None:
    if cause is None:
        return None
    return {"kind": cause.kind, "milestone": cause.milestone or None, "days": cause.days, "chain": list(cause.chain), "text": cause.text}


def proposal_cause_item(cause: ProposalCause | None) -> dict[str, object] | None:
    if cause is None:
        return None
    chain = cause.cause.chain if cause.cause else ()
    return {
        "kind": cause.health,
        "milestone": cause.milestone.code if cause.milestone else None,
        "days": cause.days,
        "chain": list(chain),
        "text": cause.text,
    }

"""How the keys of a roadmap file become columns and link tables."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from common.dates import PlannedDate
from milestones.models import Dependency, Milestone, MilestoneOwner
from proposals.models import ContextEvent, Indicator, Organisation, Proposal, ProposalLead, Risk, Source

if TYPE_CHECKING:
    from django.db.models import Model

    from roadmap_file.shape import Item


def columns_of(name: str) -> set[str]:
    """The columns that a key of the file stands for: itself, its languages, its precision."""
    return {name, *(f"{name}_{language}" for language in ("ru", "en", "kk")), f"{name}_precision"}


def texts(item: Item, *names: str) -> dict[str, str]:
    return {f"{name}_{language}": text for name in names for language, text in (item[name] or {}).items()}


def when(written: str | None) -> PlannedDate | None:
    return PlannedDate.parse(written) if written else None


def planned(name: str, written: str | None) -> dict[str, Any]:
    value = when(written)
    return {name: value.date if value else None, f"{name}_precision": value.precision.value if value else ""}


def report_fields(item: Item) -> dict[str, Any]:
    return {
        **texts(item, "title", "summary", "publisher"),
        "published_on": date.fromisoformat(item["published_on"]),
        "language": item["language"],
        "address": item["address"],
        **planned("horizon", item["horizon"]),
    }


def passage_fields(item: Item) -> dict[str, Any]:
    return {"number": item["number"], **texts(item, "summary")}


def source_fields(item: Item) -> dict[str, Any]:
    return {
        **{name: item[name] for name in ("number", "title", "publisher", "address")},
        **planned("published", item["published_on"]),
    }


def organisation_fields(item: Item) -> dict[str, Any]:
    return {**{name: item[name] for name in ("code", "side", "kind", "planned")}, **texts(item, "name", "short_name")}


def proposal_fields(item: Item) -> dict[str, Any]:
    return {**{name: item[name] for name in ("code", "kind", "strength", "flagship")}, **texts(item, "title", "summary")}


def risk_fields(item: Item) -> dict[str, Any]:
    return {"code": item["code"], **texts(item, "title", "description")}


def indicator_fields(item: Item) -> dict[str, Any]:
    baseline, target = item["baseline"] or {}, item["target"] or {}
    empty = {"ru": "", "en": "", "kk": ""}
    said = {"according_to": baseline.get("according_to") or empty, "note": baseline.get("note") or empty}
    return {
        **{name: item[name] for name in ("code", "basis", "better")},
        **texts(item, "title", "description", "unit"),
        **texts(said, "according_to", "note"),
        "baseline_value": baseline.get("value"),
        "baseline_qualifier": baseline.get("qualifier", ""),
        **planned("baseline", baseline.get("date")),
        "target_value": target.get("value"),
        "target_qualifier": target.get("qualifier", ""),
        **planned("target", target.get("date")),
    }


def context_event_fields(item: Item) -> dict[str, Any]:
    return {
        "code": item["code"],
        **texts(item, "title", "description"),
        **planned("starts", item["starts"]),
        **planned("ends", item["ends"]),
    }


def series_fields(item: Item) -> dict[str, Any]:
    return {
        "code": item["code"],
        **texts(item, "title"),
        "first_year": item["starts"],
        "last_year": item["ends"],
        "rotation": item["rotation"],
    }


def milestone_fields(item: Item) -> dict[str, Any]:
    return {
        **{name: item[name] for name in ("code", "stage", "basis", "edition")},
        **texts(item, "title", "description", "criterion"),
        **planned("due", item["due"]),
        "lead_assumed": item["basis"] == "planning",
    }


FIELDS = {
    "passages": passage_fields,
    "sources": source_fields,
    "organisations": organisation_fields,
    "proposals": proposal_fields,
    "risks": risk_fields,
    "indicators": indicator_fields,
    "context_events": context_event_fields,
    "series": series_fields,
    "milestones": milestone_fields,
}
COLUMNS = {
    ("sources", "published_on"): {"published", "published_precision"},
    ("indicators", "baseline"): {
        "baseline_value",
        "baseline_qualifier",
        "baseline",
        "baseline_precision",
        "baseline_passage",
        *(f"{name}_{language}" for name in ("according_to", "note") for language in ("ru", "en", "kk")),
    },
    ("indicators", "target"): {"target_value", "target_qualifier", "target", "target_precision"},
    ("series", "starts"): {"first_year"},
    ("series", "ends"): {"last_year"},
    ("milestones", "series"): {"series", "host"},
    ("milestones", "edition"): {"edition", "host"},
    ("milestones", "basis"): {"basis", "lead_assumed"},
}
"""The columns that a key stands for, where ``columns_of`` would guess wrong."""

Link = tuple[type["Model"], str, str, str, dict[str, Any]]
LINKS: dict[str, dict[str, Link]] = {
    "sources": {"passages": (Source.passages.through, "source", "passage", "passages", {})},
    "organisations": {"passages": (Organisation.passages.through, "organisation", "passage", "passages", {})},
    "proposals": {
        "lead": (ProposalLead, "proposal", "organisation", "organisations", {}),
        "passages": (Proposal.passages.through, "proposal", "passage", "passages", {}),
        "diagnosis": (Proposal.diagnosis.through, "proposal", "passage", "passages", {}),
    },
    "risks": {
        "passages": (Risk.passages.through, "risk", "passage", "passages", {}),
        "proposals": (Risk.proposals.through, "risk", "proposal", "proposals", {}),
    },
    "indicators": {"proposals": (Indicator.proposals.through, "indicator", "proposal", "proposals", {})},
    "context_events": {
        "passages": (ContextEvent.passages.through, "contextevent", "passage", "passages", {}),
        "sources": (ContextEvent.sources.through, "contextevent", "source", "sources", {}),
    },
    "milestones": {
        "lead": (MilestoneOwner, "milestone", "organisation", "organisations", {"role": "lead"}),
        "support": (MilestoneOwner, "milestone", "organisation", "organisations", {"role": "support"}),
        "passages": (Milestone.passages.through, "milestone", "passage", "passages", {}),
        "predecessors": (Dependency, "milestone", "predecessor", "milestones", {}),
    },
}
"""Key of the file → link table, its column to the thing, its column to the target, the target's kind, fixed columns."""

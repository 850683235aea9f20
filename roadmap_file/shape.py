"""One shape for file and database: lists of items by key, every key present, dates as the file writes them.

A load compares three such shapes (the file as it was loaded last, the file now, the database)
and an export writes one, so that what is exported loads back to the same.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from common.dates import PlannedDate
from common.fields import all_languages
from milestones.models import Milestone, Series
from proposals.models import Organisation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.db.models import QuerySet

    from proposals.models import Report

Item = dict[str, Any]
Shape = dict[str, dict[str, Item]]

KEYS = {"passages": "number", "sources": "number"}
"""What names an item of a list; ``code`` where nothing else is said."""

EMPTY_TEXT = {"ru": "", "en": "", "kk": ""}
DEFAULTS: dict[str, Item] = {
    "report": {"summary": EMPTY_TEXT, "address": ""},
    "passages": {},
    "sources": {"publisher": "", "published_on": None, "address": "", "passages": []},
    "organisations": {"short_name": EMPTY_TEXT, "planned": False, "passages": []},
    "proposals": {"flagship": False, "summary": EMPTY_TEXT, "lead": [], "diagnosis": []},
    "risks": {"description": EMPTY_TEXT, "proposals": []},
    "indicators": {"description": EMPTY_TEXT, "better": "none", "proposals": [], "baseline": None, "target": None},
    "context_events": {"description": EMPTY_TEXT, "ends": None, "passages": [], "sources": []},
    "series": {"rotation": []},
    "milestones": {
        "description": EMPTY_TEXT,
        "due": None,
        "support": [],
        "passages": [],
        "predecessors": [],
        "series": None,
        "edition": None,
    },
}
MEASURE = {"value": None, "qualifier": "", "date": None, "passage": None, "according_to": None, "note": None}
TARGET = {"value": None, "qualifier": "", "date": None}
LISTS = tuple(kind for kind in DEFAULTS if kind != "report")
DATES = {"published_on", "horizon", "starts", "ends", "due", "date"}
UNORDERED = {"passages", "diagnosis", "proposals", "predecessors", "sources"}


def shape_of_file(data: dict[str, Any]) -> Shape:
    """The shape of a checked file."""
    shape: Shape = {"report": {"": _complete("report", data["report"])}}
    for kind in LISTS:
        key = KEYS.get(kind, "code")
        shape[kind] = {str(item[key]): _complete(kind, item) for item in data.get(kind, [])}
    return shape


def _complete(kind: str, item: Item) -> Item:
    whole = deepcopy(DEFAULTS[kind]) | {name: _plain(name, value, kind) for name, value in item.items()}
    if kind == "indicators":
        for name, defaults in (("baseline", MEASURE), ("target", TARGET)):
            if whole[name] is not None:
                whole[name] = defaults | {inner: _plain(inner, value, kind) for inner, value in whole[name].items()}
                whole[name]["value"] = _number(whole[name]["value"])
    return whole


def _plain(name: str, value: Any, kind: str) -> Any:
    if name in DATES and value is not None and not (kind == "series" and isinstance(value, int)):
        return str(PlannedDate.parse(str(value)))
    if name in UNORDERED and isinstance(value, list):
        return sorted(value, key=_natural)
    return value


def _natural(value: Any) -> tuple[int, ...] | tuple[str]:
    if isinstance(value, int):
        return (value,)
    parts = str(value).split(".")
    return tuple(map(int, parts)) if all(part.isdigit() for part in parts) else (str(value),)


def _number(value: Any) -> int | float | None:
    if value is None:
        return None
    return int(value) if float(value).is_integer() else float(value)


# From the database


def _when(value: PlannedDate | None) -> str | None:
    return str(value) if value else None


def _codes(things: Any) -> list[str]:
    return sorted(thing.code for thing in things.all())


def _numbers(passages: Any) -> list[str]:
    return sorted((passage.number for passage in passages.all()), key=_natural)


def _texts(thing: Any, *names: str) -> Item:
    return {name: all_languages(thing, name) for name in names}


def _report(report: Any) -> Item:
    return {
        "code": report.code,
        **_texts(report, "title", "summary", "publisher"),
        "published_on": report.published_on.isoformat(),
        "language": report.language,
        "address": report.address,
        "horizon": _when(report.horizon_date),
    }


def _passage(passage: Any) -> Item:
    return {"number": passage.number, **_texts(passage, "summary")}


def _source(source: Any) -> Item:
    return {
        "number": source.number,
        "title": source.title,
        "publisher": source.publisher,
        "published_on": _when(source.published_date),
        "address": source.address,
        "passages": _numbers(source.passages),
    }


def _organisation(organisation: Any) -> Item:
    return {
        "code": organisation.code,
        "side": organisation.side,
        "kind": organisation.kind,
        **_texts(organisation, "name", "short_name"),
        "planned": organisation.planned,
        "passages": _numbers(organisation.passages),
    }


def _proposal(proposal: Any) -> Item:
    return {
        "code": proposal.code,
        "kind": proposal.kind,
        "strength": proposal.strength,
        "flagship": proposal.flagship,
        **_texts(proposal, "title", "summary"),
        "lead": [link.organisation.code for link in proposal.leads.all()],
        "passages": _numbers(proposal.passages),
        "diagnosis": _numbers(proposal.diagnosis),
    }


def _risk(risk: Any) -> Item:
    return {
        "code": risk.code,
        **_texts(risk, "title", "description"),
        "passages": _numbers(risk.passages),
        "proposals": _codes(risk.proposals),
    }


def _text_or_none(thing: Any, name: str) -> dict[str, str] | None:
    texts = all_languages(thing, name)
    return texts if any(texts.values()) else None


def _indicator(indicator: Any) -> Item:
    baseline: Item = {
        "value": _number(indicator.baseline_value),
        "qualifier": indicator.baseline_qualifier,
        "date": _when(indicator.baseline_date),
        "passage": indicator.baseline_passage.number if indicator.baseline_passage else None,
        "according_to": _text_or_none(indicator, "according_to"),
        "note": _text_or_none(indicator, "note"),
    }
    target: Item = {
        "value": _number(indicator.target_value),
        "qualifier": indicator.target_qualifier,
        "date": _when(indicator.target_date),
    }
    return {
        "code": indicator.code,
        "basis": indicator.basis,
        **_texts(indicator, "title", "description", "unit"),
        "better": indicator.better,
        "proposals": _codes(indicator.proposals),
        "baseline": None if baseline == MEASURE else baseline,
        "target": None if target == TARGET else target,
    }


def _context_event(event: Any) -> Item:
    return {
        "code": event.code,
        **_texts(event, "title", "description"),
        "starts": _when(event.starts_date),
        "ends": _when(event.ends_date),
        "passages": _numbers(event.passages),
        "sources": sorted(source.number for source in event.sources.all()),
    }


def _series(series: Any) -> Item:
    return {
        "code": series.code,
        "proposal": series.proposal.code,
        **_texts(series, "title"),
        "starts": series.first_year,
        "ends": series.last_year,
        "rotation": list(series.rotation),
    }


def _milestone(milestone: Any) -> Item:
    owners = list(milestone.owners.all())
    return {
        "code": milestone.code,
        "proposal": milestone.proposal.code,
        "stage": milestone.stage,
        **_texts(milestone, "title", "description", "criterion"),
        "basis": milestone.basis,
        "due": _when(milestone.due_date),
        "lead": [owner.organisation.code for owner in owners if owner.role == "lead"],
        "support": [owner.organisation.code for owner in owners if owner.role == "support"],
        "passages": _numbers(milestone.passages),
        "predecessors": sorted(link.predecessor.code for link in milestone.waits_for.all()),
        "series": milestone.series.code if milestone.series else None,
        "edition": milestone.edition,
    }


def organisations_of(report: Report) -> QuerySet[Organisation]:
    """Those that the report's file describes, and those made by hand that it needs."""
    needed = Q(ownerships__milestone__proposal__report=report) | Q(led_proposals__report=report)
    return Organisation.objects.filter(Q(report=report) | Q(report=None) & needed).distinct()


def shape_of_report(report: Report) -> Shape:
    """The shape of what the database holds of a report, in a constant number of queries."""

    def items(things: Iterable[Any], form: Callable[[Any], Item], key: str = "code") -> dict[str, Item]:
        return {str(item[key]): item for item in map(form, things)}

    return {
        "report": {"": _report(report)},
        "passages": items(report.passages.order_by("order"), _passage, "number"),
        "sources": items(report.sources.order_by("number").prefetch_related("passages"), _source, "number"),
        "organisations": items(organisations_of(report).order_by("order", "code").prefetch_related("passages"), _organisation),
        "proposals": items(
            report.proposals.order_by("order", "code").prefetch_related("leads__organisation", "passages", "diagnosis"), _proposal
        ),
        "risks": items(report.risks.order_by("order", "code").prefetch_related("passages", "proposals"), _risk),
        "indicators": items(
            report.indicators.order_by("order", "code").select_related("baseline_passage").prefetch_related("proposals"),
            _indicator,
        ),
        "context_events": items(report.context_events.order_by("starts", "code").prefetch_related("passages", "sources"), _context_event),
        "series": items(Series.objects.filter(proposal__report=report).select_related("proposal").order_by("code"), _series),
        "milestones": items(
            Milestone.objects.filter(proposal__report=report)
            .select_related("proposal", "series")
            .prefetch_related("owners__organisation", "passages", "waits_for__predecessor")
            .order_by("proposal__order", "order", "code"),
            _milestone,
        ),
    }

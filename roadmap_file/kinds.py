"""The lists of a roadmap file: which things they hold, what names one, and how its lists become link tables."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import TYPE_CHECKING, Any

from django.db.models import ForeignKey

from milestones.models import MilestoneOwner, MilestoneVersion, SeriesVersion
from proposals.models import (
    ContextEventVersion,
    IndicatorVersion,
    OrganisationVersion,
    PassageVersion,
    ProposalVersion,
    ReportVersion,
    RiskVersion,
    SourceVersion,
)
from record.described import FILED, Field, Sort, columns_of, fields_in, sort_of

if TYPE_CHECKING:
    from django.db.models import Model

    from record.models import Recorded, VersionRow

REPORT = "report"
LISTS: dict[str, type[VersionRow]] = {
    "passages": PassageVersion,
    "sources": SourceVersion,
    "organisations": OrganisationVersion,
    "proposals": ProposalVersion,
    "risks": RiskVersion,
    "indicators": IndicatorVersion,
    "context_events": ContextEventVersion,
    "series": SeriesVersion,
    "milestones": MilestoneVersion,
}
"""In the order in which they are written: what is referred to comes first."""
KINDS: dict[str, type[VersionRow]] = {REPORT: ReportVersion, **LISTS}
ORDERS = {"sources": ("number",), "context_events": ("starts", "code"), "series": ("code",)}
"""The order of an exported list, where it is not that of the report."""


@dataclasses.dataclass(frozen=True)
class Link:
    """The rows of ``through`` that a list of a thing stands for; ``target`` is the list that its codes point into."""

    through: type[Model]
    near: str
    far: str
    target: str
    fixed: dict[str, object] = dataclasses.field(default_factory=dict)

    @property
    def is_ordered(self) -> bool:
        return hasattr(self.through, "order")


def fields_of(kind: str) -> tuple[Field, ...]:
    return fields_in(KINDS[kind], FILED)


def sort(kind: str, field: Field) -> Sort:
    return sort_of(KINDS[kind], field)


def model_of(kind: str) -> type[Recorded]:
    return KINDS[kind].of


def key_of(kind: str) -> str:
    """What names an item of a list."""
    return "number" if kind in {"passages", "sources"} else "code"


@cache
def targets() -> dict[type[Model], str]:
    return {versions.of: kind for kind, versions in KINDS.items()}


@cache
def links_of(kind: str) -> dict[str, Link]:
    """By the key of the file."""
    model, links = model_of(kind), {}
    relations: dict[str, Any] = {many.name: many for many in model._meta.many_to_many}
    for field in fields_of(kind):
        if relation := relations.get(field.source):
            near, far = relation.m2m_field_name(), relation.m2m_reverse_field_name()
            links[field.key] = Link(relation.remote_field.through, near, far, targets()[relation.related_model])
        elif kind == "milestones" and field.key in {"lead", "support"}:
            links[field.key] = Link(MilestoneOwner, "milestone", "organisation", "organisations", {"role": field.key})
    return links


@cache
def references_of(kind: str) -> dict[str, str]:
    """The columns that hold one other thing, and the lists that its code points into."""
    columns = model_of(kind)._meta.concrete_fields
    return {key.name: targets()[key.related_model] for key in columns if isinstance(key, ForeignKey) and key.related_model in targets()}


def columns_for(kind: str, key: str) -> set[str]:
    """The columns of a thing that change with a key of the file."""
    (field,) = (field for field in fields_of(kind) if field.key == key)
    return set(columns_of(KINDS[kind], field))

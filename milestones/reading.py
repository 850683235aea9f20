"""Single milestones and their neighbours as they stand, with health, by statements that are compiled once a day.

Django takes longer to put such a statement together than PostgreSQL to answer it, and of the present it is the same for every
milestone but for a code.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Value
from django.http import Http404

from milestones.models import MilestoneVersion
from milestones.querysets import Any_
from record.moments import Moment

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from milestones.querysets import MilestoneVersionQuerySet

GIVEN = "\x00"
"""Stands in a compiled statement for what is asked: no text of PostgreSQL holds it."""
SHAPES = 16


def milestone_or_404(moment: Moment, code: str) -> Any:
    """One milestone by its code, with ``health``, ``overdue``, ``stale`` and the codes of its ``successors``."""
    for milestone in _read(_one, code.replace("\x00", ""), moment):
        return milestone
    raise Http404


def waits_for(milestone: Any, moment: Moment) -> list[MilestoneVersion]:
    """What a milestone waits for, the earliest due first. No query for nothing."""
    return _read(_among, milestone.predecessors, moment) if milestone.predecessors else []


def waited_for_by(milestone: Any, moment: Moment) -> list[MilestoneVersion]:
    """What waits for a milestone of ``milestone_or_404``, the earliest due first. No query for nothing."""
    return _read(_among, milestone.successors, moment) if milestone.successors else []


def _one(milestones: MilestoneVersionQuerySet, code: object) -> Any:
    after = milestones.order_by("code").filter(predecessors__contains=[OuterRef("code")])
    return milestones.filter(code=code).annotate(successors=ArraySubquery(after.values("code")))


def _among(milestones: MilestoneVersionQuerySet, codes: object) -> Any:
    return milestones.filter(Any_(F("code"), Value(codes))).order_by("due", "code")


def _standing(shape: Callable[..., Any], given: object, moment: Moment) -> Any:
    return shape(MilestoneVersion.objects.as_of(moment).defer("search"), given).with_health(moment)


@lru_cache(maxsize=SHAPES)
def _compiled(shape: Callable[..., Any], day: date) -> tuple[str, tuple[Any, ...]]:
    statement, values = _standing(shape, GIVEN, Moment(day=day)).query.sql_with_params()
    return statement, values


def _read(shape: Callable[..., Any], given: object, moment: Moment) -> list[Any]:
    if moment.past:
        return list(_standing(shape, given, moment))
    statement, values = _compiled(shape, moment.day)
    return list(MilestoneVersion.objects.raw(statement, [given if value == GIVEN else value for value in values]))

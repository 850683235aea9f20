"""Every read of milestones: the version rows, with health for a day worked out by the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When

from milestones.rules import (
    BLOCKING_STATUSES,
    FINISHED_STATUSES,
    SOON,
    STALE_AFTER,
    UNKNOWN_STATUSES,
    Freshness,
    Health,
    Status,
)
from record.querysets import VersionQuerySet

if TYPE_CHECKING:
    from datetime import date


UNKNOWN = sorted(UNKNOWN_STATUSES)
FINISHED = sorted(FINISHED_STATUSES)
BLOCKING = sorted(BLOCKING_STATUSES)


class AssessmentQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        """What of the assessments somebody may read: everybody the published, which nothing withholds.

        Work in review is for the desk, which comes with its own reads.
        """
        del user  # the public side is the same for all
        return self.filter(state="published", withheld__isnull=True)

    def for_reading(self) -> Self:
        """With all that a page or an answer shows of them, in a constant number of queries."""
        return self.select_related("milestone", "corrects", "confirms").prefetch_related("citations__evidence").order_by("-position", "-id")


class EvidenceQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        """Public evidence that a published assessment cites."""
        del user  # the public side is the same for all
        return self.filter(confidential=False, withheld__isnull=True, cited=True)


class Any_(models.Func):  # noqa: N801 - named for the SQL it is
    """SQL ``= ANY (array)`` as a boolean: whether a value stands in an array column."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY ("
    output_field = models.BooleanField()
    arity = 2


class MilestoneVersionQuerySet(VersionQuerySet[Any]):
    """Milestones as they stood at one position; call ``at`` or ``current`` first."""

    def with_health(self, day: date, position: int | None = None) -> Self:
        """Annotate ``health``, ``overdue`` and ``stale`` for ``day`` (``milestones.rules.health``, as one expression).

        ``position`` must be the one given to ``at``: the predecessors are read as of it too.
        """
        before = (
            self.model.objects.at(position)
            .order_by()
            .filter(Any_(F("code"), OuterRef("predecessors")))
            .filter(Q(status__in=BLOCKING) | Q(due__lt=day) & ~Q(status__in=[*UNKNOWN, *FINISHED]))
        )
        past = Q(due__lt=day)
        health = Case(
            When(status=Status.ACHIEVED, then=Value(Health.DONE.value)),
            When(status=Status.DROPPED, then=Value(Health.CLOSED.value)),
            When(status__in=UNKNOWN, then=Value(Health.UNKNOWN.value)),
            When(past, then=Value(Health.LATE.value)),
            When(
                Q(forecast__gt=F("due"))
                | Q(due__lte=day + SOON) & ~Q(status=Status.IN_PROGRESS)
                | Q(status=Status.SUSPENDED)
                | Q(Exists(before)),
                then=Value(Health.AT_RISK.value),
            ),
            default=Value(Health.ON_TRACK.value),
            output_field=models.CharField(),
        )
        return self.annotate(
            health=health,
            overdue=Case(
                When(past & ~Q(status__in=FINISHED), then=Value(value=True)),
                default=Value(value=False),
                output_field=models.BooleanField(),
            ),
            stale=models.ExpressionWrapper(
                Q(assessed_on__isnull=True) | Q(assessed_on__lt=day - STALE_AFTER), output_field=models.BooleanField()
            ),
        )

    def owned_by(self, *organisations: str) -> Self:
        """Those that one of these organisations leads or supports."""
        return self.filter(Q(lead__overlap=list(organisations)) | Q(support__overlap=list(organisations)))

    def with_freshness(self, day: date) -> Self:
        """Annotate ``freshness`` (``milestones.rules.freshness``)."""
        return self.annotate(
            freshness=Case(
                When(assessed_on__isnull=True, then=Value(Freshness.NEVER.value)),
                When(assessed_on__lt=day - STALE_AFTER, then=Value(Freshness.STALE.value)),
                default=Value(Freshness.FRESH.value),
                output_field=models.CharField(),
            )
        )

    def successors_of(self, code: str) -> Self:
        return self.filter(predecessors__contains=[code])

    def count_by(self, *fields: str) -> dict[Any, int]:
        """How many rows have each value (or each tuple of values) of these fields."""
        rows = self.order_by().values_list(*fields).annotate(rows=models.Count("*")).values_list(*fields, "rows")
        return {(row[0] if len(fields) == 1 else row[:-1]): row[-1] for row in rows}

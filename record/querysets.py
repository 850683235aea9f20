"""Reading the record: what is current, what was current at a position, and the events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.contrib.postgres.fields import BigIntegerRangeField
from django.db import models

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from record.models import Event
    from record.moments import Moment

Row = TypeVar("Row", bound=models.Model, covariant=True)


class Span(models.Func):
    """The positions in which a version was current, as a range that a GiST index can hold."""

    function = "int8range"
    output_field = BigIntegerRangeField()


class VersionQuerySet(models.QuerySet[Row]):
    """Version rows of one kind of thing. Every public read goes through here, today's too."""

    def at(self, position: int | None) -> Self:
        """As the record stood at ``position``; ``None`` is now.

        Both forms are served by an index of their own: the partial one over open spans, and
        GiST over the spans, whose cost does not grow with the depth of the history.
        """
        if position is None:
            return self.filter(last__isnull=True)
        return self.alias(span=Span("first", "last")).filter(span__contains=position)

    def current(self) -> Self:
        return self.at(None)

    def as_of(self, moment: Moment) -> Self:
        """As a page or an answer about that moment reads it."""
        return self.at(moment.position if moment.past else None)

    def of_report(self, report: str) -> Self:
        """Only those of one report, for versions that say theirs; all of them where it is empty."""
        return self.filter(report=report) if report else self

    def narrow_first(self, versions: Self) -> Self:
        """``versions`` of self (sliced, or distinct) found by what a narrow index holds, and only then read whole."""
        return self.filter(pk__in=versions.values("pk"))

    def until(self, moment: Moment) -> Self:
        """Every state that had been by then, not only the one that stood."""
        return self.filter(first__lte=moment.position) if moment.past else self.all()

    def by_code(self, codes: Iterable[str]) -> dict[str, Row]:
        """The rows with these codes, keyed by code."""
        return {row.code: row for row in self.filter(code__in=list(codes))}  # type: ignore[attr-defined]


class PositionedQuerySet(models.QuerySet[Row]):
    """Rows that were written at one position each and never change: they are there from then on, as stubs where
    their texts were withdrawn since."""

    def as_of(self, moment: Moment) -> Self:
        return self.filter(position__lte=moment.position) if moment.past else self.all()


class InstallationQuerySet(models.QuerySet[Any]):
    def touch(self) -> None:
        """Have pages made anew although the record has not moved."""
        self.update(touched=models.F("touched") + 1)


class EventQuerySet(PositionedQuerySet["Event"]):
    def head(self) -> Event | None:
        """The newest event, or ``None`` in an empty record."""
        return self.order_by("-position").first()

    def position(self) -> int:
        """The newest position; 0 in an empty record. One index look-up: every cached page asks it."""
        return self.order_by("-position").values_list("position", flat=True).first() or 0

    def dates_of(self, positions: Collection[int]) -> dict[int, datetime]:
        """When these positions were written; no query for none."""
        if not positions:
            return {}
        return dict(self.filter(position__in=positions).values_list("position", "occurred_at"))

    def withdrawals(self) -> int:
        """The position of the newest withdrawal, 0 before the first: what was read of the past is good until then."""
        newest = self.filter(type="record.withheld").order_by("-position")
        return newest.values_list("position", flat=True).first() or 0

    def position_at(self, moment: datetime) -> int:
        """The position that the record had reached at ``moment``; 0 before its first event."""
        newest = self.filter(occurred_at__lte=moment).order_by("-position")
        return newest.values_list("position", flat=True).first() or 0

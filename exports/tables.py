"""What the tables of a file hold: for each its columns with their types, and its rows, read a piece at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Case, Value, When
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from milestones.models import Assessment, Citation, MilestoneVersion, PlanChange
from proposals.models import SourceVersion
from record.described import Sort, heading, sort_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from milestones.querysets import MilestoneVersionQuerySet
    from record.moments import Moment

CHUNK = 500


@dataclass(frozen=True)
class Table:
    """``heads`` are for people, ``names`` for programs; ``widths`` in characters; ``rows`` reads anew each time it is called."""

    name: str
    title: Any
    columns: tuple[tuple[str, Any, int], ...]
    rows: Callable[[], Iterator[list[Any]]]

    @property
    def names(self) -> list[str]:
        return [name for name, _head, _width in self.columns]

    def only(self, names: set[str]) -> Table:
        """The same rows with these columns alone."""
        places = [place for place, name in enumerate(self.names) if name in names]
        columns = tuple(self.columns[place] for place in places)
        return Table(self.name, self.title, columns, lambda: ([row[place] for place in places] for row in self.rows()))

    def of_a_sample(self) -> Table:
        """The same rows, each with a last cell that says that it is of a demonstration."""
        columns = (*self.columns, ("sample", _("Sample data"), 12))
        return Table(self.name, self.title, columns, lambda: ([*row, True] for row in self.rows()))

    @property
    def heads(self) -> list[str]:
        return [str(head) for _name, head, _width in self.columns]


PRECISION = (_("precision"), 9)
MILESTONE_TAIL = (("version", _("Version"), 8), ("first", _("Position"), 8), ("updated_at", _("Changed"), 20))
RENAMED = {"first": "position"}


def milestone_columns() -> Iterator[tuple[str, Any, int]]:
    """The columns of the version in the sheet, the head of each, and how wide it is."""
    for field in MilestoneVersion.described:
        if field.width:
            yield field.source, heading(MilestoneVersion, field), field.width
            if sort_of(MilestoneVersion, field) is Sort.PLANNED:
                yield f"{field.source}_precision", *PRECISION
    yield from MILESTONE_TAIL


def milestones_table(milestones: MilestoneVersionQuerySet, *, ordered: bool = False) -> Table:
    """Of these versions of milestones, annotated with health; words of codes stay codes, which programs and filters can use.

    ``ordered`` rows stay in their order; others are put into that of the report.
    """
    language, columns = get_language() or "ru", tuple(milestone_columns())
    texts = {field.name for field in MilestoneVersion.described if sort_of(MilestoneVersion, field) is Sort.TEXT}
    names = [f"{name}_{language}" if name in texts else name for name, _head, _width in columns]
    listed = (milestones if ordered else milestones.order_by("report", "proposal", "order", "code")).values_list(*names)
    said = tuple((RENAMED.get(name, name), head, width) for name, head, width in columns)
    return Table("milestones", _("Milestones"), said, lambda: map(list, listed.iterator(CHUNK)))


ASSESSMENTS = (
    ("id", _("Identifier"), 38), ("milestone", _("Milestone"), 10), ("status", _("Status"), 16), ("confidence", _("Confidence"), 10),
    ("effective_on", _("Effective on"), 12), ("completed_on", _("Completed on"), 12), ("summary", _("Summary"), 70),
    ("language", _("Language"), 8), ("corrects", _("Corrects"), 38), ("confirms", _("Confirms"), 38), ("author", _("Author"), 24),
    ("reviewer", _("Approved by"), 24), ("published_at", _("Published"), 20), ("position", _("Position"), 8),
    ("withheld", _("Withdrawn"), 9), ("reviewed", _("Reviewed"), 9),
)  # fmt: skip


REVIEWER = Case(When(reviewed=True, then="public_reviewer"), default=Value(""))


def assessments_table(moment: Moment, of: Any = None) -> Table:
    """All that were published, or those ``of`` some milestones (their codes)."""
    assessments = Assessment.objects.published(moment)
    rows = (
        (assessments if of is None else assessments.filter(milestone__code__in=of))
        .order_by("position")
        .values_list(
            "uid", "milestone__code", "status", "confidence", "effective_on", "completed_on", "summary", "language", "corrects__uid",
            "confirms__uid", "public_author", REVIEWER, "published_at", "position", "withheld", "reviewed",
        )
    )  # fmt: skip

    def read() -> Iterator[list[Any]]:
        for row in rows.iterator(CHUNK):
            yield [str(row[0]), *row[1:8], *(str(uid) if uid else None for uid in row[8:10]), *row[10:14], row[14] is not None, row[15]]

    return Table("assessments", _("Assessments"), ASSESSMENTS, read)


EVIDENCE = (
    ("id", _("Identifier"), 38), ("assessment", _("Assessment"), 38), ("milestone", _("Milestone"), 10),
    ("stance", _("Points which way"), 12),
    ("title", _("Title"), 60), ("publisher", _("Publisher"), 30), ("kind", _("Kind"), 10), ("language", _("Language"), 8),
    ("published_on", _("Published"), 12), ("accessed_on", _("Read on"), 12), ("address", _("Address"), 60),
    ("archive", _("Archived copy"), 60),
    ("sha256", _("SHA-256"), 66),
)  # fmt: skip


def evidence_table(moment: Moment, of: Any = None) -> Table:
    """One row for each citation of public evidence by a published assessment."""
    said = Assessment.objects.published(moment)
    said = said if of is None else said.filter(milestone__code__in=of)
    rows = (
        Citation.objects.filter(assessment__in=said, evidence__confidential=False, evidence__withheld=None)
        .order_by("assessment__position", "id")
        .values_list(
            "evidence__uid", "assessment__uid", "assessment__milestone__code", "stance", "evidence__title", "evidence__publisher",
            "evidence__kind", "evidence__language", "evidence__published_on", "evidence__accessed_on", "evidence__address",
            "evidence__archive_address", "evidence__content_hash",
        )
    )  # fmt: skip
    return Table("evidence", _("Evidence"), EVIDENCE, lambda: ([str(row[0]), str(row[1]), *row[2:]] for row in rows.iterator(CHUNK)))


PLAN_CHANGES = (
    ("milestone", _("Milestone"), 10), ("date", _("Date"), 10), ("from", _("From"), 12), ("from_precision", _("precision"), 9),
    ("to", _("To"), 12), ("to_precision", _("precision"), 9), ("category", _("Reason"), 14), ("note", _("Note"), 60), ("by", _("By"), 24),
    ("changed_at", _("Changed"), 20), ("position", _("Position"), 8), ("withheld", _("Withdrawn"), 9),
)  # fmt: skip


def plan_changes_table(moment: Moment, of: Any = None) -> Table:
    changes = PlanChange.objects.as_of(moment)
    rows = (
        (changes if of is None else changes.filter(milestone__code__in=of))
        .order_by("position", "id")
        .values_list(
            "milestone__code", "field", "before", "before_precision", "after", "after_precision", "category", "note", "public_by",
            "changed_at", "position", "withheld",
        )
    )  # fmt: skip
    return Table(
        "plan_changes", _("Plan changes"), PLAN_CHANGES, lambda: ([*row[:11], row[11] is not None] for row in rows.iterator(CHUNK))
    )


SOURCES = (
    ("report", _("Report"), 10), ("number", _("Number"), 8), ("title", _("Title"), 70), ("publisher", _("Publisher"), 40),
    ("published", _("Published"), 12), ("published_precision", _("precision"), 9), ("address", _("Address"), 60),
)  # fmt: skip


def sources_table(moment: Moment, of: Any = None) -> Table:
    """Of all reports, or ``of`` some (their codes)."""
    sources = SourceVersion.objects.as_of(moment)
    sources = (sources if of is None else sources.filter(report__in=of)).order_by("report", "number")
    columns = ("report", "number", "title", "publisher", "published", "published_precision", "address")
    return Table("sources", _("Sources of reports"), SOURCES, lambda: map(list, sources.values_list(*columns).iterator(CHUNK)))


def other_tables(milestones: MilestoneVersionQuerySet, moment: Moment, *, whole: bool) -> list[Table]:
    """A table for each other kind of thing; where only some milestones are chosen, what belongs to them."""
    of, reports = (None, None) if whole else (milestones.order_by().values("code"), milestones.order_by().values("report"))
    return [assessments_table(moment, of), evidence_table(moment, of), plan_changes_table(moment, of), sources_table(moment, reports)]

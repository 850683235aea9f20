"""Recurring commitments: a series is added, and rolled on to further years, an edition each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from common.dates import FIRST_YEAR, LAST_YEAR, PlannedDate
from milestones.models import Milestone, MilestoneVersion, Series
from milestones.permissions import insist_on_editor
from milestones.plan.problems import problems_of_series
from milestones.plan.services import PlanRefused, write_milestone
from record.described import In, Sort, columns_of, fields_in, sort_of
from record.writing import put

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from accounts.models import User
    from proposals.models import Proposal
    from record.models import Event
    from record.services import Change

MOST_YEARS = 30


def keep_series(change: Change, series: Series, *, added: bool, fields: Sequence[str] = ()) -> Event:
    """Put a series on the record, and its editions whose planned host follows from the rotation."""
    change.keep([series])
    editions = list(series.editions.select_related("series", "proposal__report"))
    moved = [edition for edition in editions if edition.host != series.host_in(edition.edition or 0)]
    for edition in moved:
        edition.series = series
        edition.work_out()
    Milestone.objects.bulk_update(moved, ["host"])
    change.keep(moved)
    return change.announce(
        f"series.{'added' if added else 'changed'}",
        report=series.proposal.report.code,
        proposal=series.proposal.code,
        data={"code": series.code, **({"fields": sorted(fields)} if fields else {})},
    )


def write_series(change: Change, series: Series, *, values: Mapping[str, object], checked: bool = False) -> None:
    """Add a series, or change what differs. Raises ``Refused`` while an edition lies outside its years."""
    added = series.pk is None
    fields = put(change, series, values, problems=problems_of_series, checked=checked)
    if added or fields:
        keep_series(change, series, added=added, fields=fields)


def remove_series(change: Change, series: Series) -> Event:
    """Remove a series without editions. Raises ``ProtectedError`` while it has any."""
    series.delete()
    change.drop([series])
    return change.announce("series.removed", report=series.proposal.report.code, proposal=series.proposal.code, data={"code": series.code})


def add_series(  # noqa: PLR0913 - the facts of a series
    change: Change, proposal: Proposal, *, code: str, title: dict[str, str], first_year: int, last_year: int, rotation: list[str], by: User
) -> Series:
    """Begin a recurring commitment; its editions are milestones of their own."""
    insist_on_editor(by)
    if not FIRST_YEAR <= first_year <= last_year <= LAST_YEAR:
        raise PlanRefused(_("The last year must not be before the first; both between 1900 and 2200."), "last_year")
    series = Series(code=code, proposal=proposal)
    texts = {f"title_{language}": text for language, text in title.items()}
    write_series(change, series, values={"first_year": first_year, "last_year": last_year, "rotation": rotation, **texts})
    return series


def roll_series(change: Change, series: Series, *, until: int, by: User) -> list[Milestone]:
    """Add the editions that are missing up to the year ``until``, each like the newest one before it.

    Texts, owners, analyst and the place of the due date in the year are taken over; years named in texts move
    along. Returns what was added. Raises ``PlanRefused`` for a year that cannot be, or a series without an edition to go by.
    """
    insist_on_editor(by)
    if not series.first_year <= until <= min(LAST_YEAR, series.last_year + MOST_YEARS):
        raise PlanRefused(_("Give a year from %(first)d on, at most 30 beyond the present end.") % {"first": series.first_year}, "until")
    pattern = series.editions.prefetch_related("owners__organisation", "passages").order_by("-edition").first()
    if pattern is None:
        raise PlanRefused(_("Add the first edition by hand: the others are made like it."), "until")
    there = set(series.editions.values_list("edition", flat=True))
    if until > series.last_year:
        write_series(change, series, values={"last_year": until})
    return [_add_edition(change, series, pattern, year) for year in range(series.first_year, until + 1) if year not in there]


def _add_edition(change: Change, series: Series, pattern: Milestone, year: int) -> Milestone:
    shift = year - (pattern.edition or year)
    due = pattern.due_date
    edition = Milestone(code=_next_code(series), proposal=series.proposal, order=max(0, pattern.order + shift))
    owners = list(pattern.owners.all())
    write_milestone(
        change,
        edition,
        values={
            "series": series,
            "edition": year,
            "due_date": PlannedDate(_same_day(due.date, due.date.year + shift), due.precision) if due else None,
            **_copied(pattern, year),
        },
        links={
            **{role: [owner.organisation for owner in owners if owner.role == role] for role in ("lead", "support")},
            "passages": list(pattern.passages.all()),
        },
    )
    return edition


def _same_day(day: date, year: int) -> date:
    try:
        return day.replace(year=year)
    except ValueError:  # 29 February
        return day.replace(year=year, day=28)


def _copied(pattern: Milestone, year: int) -> dict[str, object]:
    """What a further edition begins with; in its texts the pattern's own year is replaced where it is named."""
    columns = {field.name for field in Milestone._meta.concrete_fields}
    copied: dict[str, object] = {}
    for field in fields_in(MilestoneVersion, In.COPIED):
        text = sort_of(MilestoneVersion, field) is Sort.TEXT
        for name in columns.intersection(columns_of(MilestoneVersion, field)):
            value = getattr(pattern, name)
            copied[name] = re.sub(rf"(?<!\d){pattern.edition}(?!\d)", str(year), value) if text else value
    return copied


def _next_code(series: Series) -> str:
    """The next free number behind the proposal's code."""
    proposal = series.proposal.code
    taken = [int(matched[1]) for code in Milestone.objects.filter(code__startswith=f"{proposal}-").values_list("code", flat=True)
             if (matched := re.fullmatch(rf"{re.escape(proposal)}-(\d+)", code))]  # fmt: skip
    return f"{proposal}-{max(taken, default=0) + 1:02}"

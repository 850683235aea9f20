"""The columns of the table of milestones: which there are, which were asked for, and how it is sorted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import QueryDict
    from django.utils.functional import Promise


class Column(NamedTuple):
    name: str
    title: Promise
    width: str
    """Class of its ``<col>``."""
    by: str = ""
    """What it sorts by; empty where it does not sort."""
    usual: bool = True
    """Whether it stands there when nothing is asked for."""


class Heading(NamedTuple):
    column: Column
    sort: str
    """The address that sorts by it; empty where it does not sort."""
    order: str
    """``ascending``, ``descending`` or empty: what ``aria-sort`` says."""


FIXED = (
    Column("code", gettext_lazy("Code"), "w-5", "code"),
    Column("title", gettext_lazy("Milestone"), "w-14"),
)
COLUMNS = (
    Column("proposal", gettext_lazy("Proposal"), "w-7", usual=False),
    Column("status", gettext_lazy("Status"), "w-11", "status"),
    Column("health", gettext_lazy("Health"), "w-9", "health"),
    Column("freshness", gettext_lazy("Freshness"), "w-9", usual=False),
    Column("baseline", gettext_lazy("First plan"), "w-9", usual=False),
    Column("due", gettext_lazy("Due"), "w-9", "due"),
    Column("forecast", gettext_lazy("Forecast"), "w-9", usual=False),
    Column("slippage", gettext_lazy("Slippage"), "w-7", "slippage_days"),
    Column("lead", gettext_lazy("Lead"), "w-10"),
    Column("support", gettext_lazy("Support"), "w-10", usual=False),
    Column("assessed", gettext_lazy("Assessed"), "w-8", "assessed_on"),
)
SORTS = {column.by for column in (*FIXED, *COLUMNS) if column.by}


class Listed:
    """What ``?columns=`` asks for: names by comma or as boxes of a form; the usual ones if nothing is asked."""

    def __init__(self, query: QueryDict) -> None:
        asked = {word.strip() for text in query.getlist("columns") for word in text.split(",") if word.strip()}
        strange = sorted(asked - {column.name for column in COLUMNS})
        self.errors = [(name[:100], [_("There is no such column here.")]) for name in strange]
        self.columns = [column for column in COLUMNS if (column.name in asked if asked else column.usual)]
        self.names = [column.name for column in self.columns]
        self.choices = [(column.name, column.title, column in self.columns) for column in COLUMNS]

    def headings(self, order: str, address: Callable[[str], str]) -> list[Heading]:
        """In the table's order; ``address`` leads to the view sorted by what it is given."""
        headings = []
        for column in (*FIXED, *self.columns):
            state = {column.by: "ascending", f"-{column.by}": "descending"}.get(order, "") if column.by else ""
            by = f"-{column.by}" if state == "ascending" else column.by
            headings.append(Heading(column, address(by) if by else "", state))
        return headings

    @staticmethod
    def ordering(order: str) -> list[Any]:
        """By what is asked for, the code at last; by due date where that is not sorted by."""
        column = order.removeprefix("-")
        if column not in SORTS:
            return [F("due").asc(nulls_last=True), "code"]
        by = F(column).desc(nulls_last=True) if order.startswith("-") else F(column).asc(nulls_last=True)
        return [by, "code"]

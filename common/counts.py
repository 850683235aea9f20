"""The number of rows behind a list, counted once for each state of the record.

Counting is the one part of a list whose cost grows with the roadmap: a page reads fifty rows of any number.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, TypeVar

from django.conf import settings
from django.core.cache import cache
from django.core.paginator import Page, Paginator
from django.db.models import Count, Model, Window
from django.utils.functional import cached_property

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet
    from django.http import QueryDict

Row = TypeVar("Row", bound=Model)

KEPT = 24 * 3600


def count_key(of: str, query: QueryDict, filters: Iterable[str], *, moment: object) -> str:
    """Names the number of the rows ``of`` at ``moment`` that these filters leave; page, order and language do not change it."""
    chosen = [(name, query.getlist(name)) for name in sorted(filters) if name in query]
    return "count:" + hashlib.sha256(repr((settings.VERSION, of, moment, chosen)).encode()).hexdigest()[:32]


class KeptCount(Paginator[Row]):
    """A paginator that keeps the number of rows under ``key``, which must name all that it depends on.

    ``narrow``: the keys of a page are found first, in the same pass as the number of all rows, by what an index over the past
    holds; only then the rows themselves are read.
    """

    def __init__(self, rows: QuerySet[Row], per_page: int, *, key: str, narrow: bool = False) -> None:
        super().__init__(rows, per_page)
        self.rows, self.key, self.narrow = rows, key, narrow

    def page(self, number: int | str) -> Page[Row]:
        if not self.narrow:
            return super().page(number)
        begin = (max(int(number), 1) - 1) * self.per_page
        keys = list(self.rows.annotate(rows_in_all=Window(Count("*"))).values_list("pk", "rows_in_all")[begin : begin + self.per_page])
        if keys:
            self.count = keys[0][1]
            cache.set(self.key, self.count, KEPT)
        number = self.validate_number(number)
        return Page(self.rows.filter(pk__in=[key for key, _all in keys]), number, self)

    @cached_property
    def count(self) -> int:
        kept: int | None = cache.get(self.key)
        if kept is None:
            kept = super().count
            cache.set(self.key, kept, KEPT)
        return kept

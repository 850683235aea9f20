"""The number of rows behind a list, counted once for each state of the record.

Counting is the one part of a list whose cost grows with the roadmap: a page reads fifty rows of any number.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.cache import cache
from django.core.paginator import Paginator
from django.utils.functional import cached_property

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import QueryDict

KEPT = 24 * 3600


def count_key(of: str, query: QueryDict, filters: Iterable[str], *, moment: Any) -> str:
    """Names the number of the rows ``of`` at ``moment`` that these filters leave; page, order and language do not change it."""
    chosen = [(name, query.getlist(name)) for name in sorted(filters) if name in query]
    return "count:" + hashlib.sha256(repr((settings.VERSION, of, moment, chosen)).encode()).hexdigest()[:32]


class KeptCount(Paginator[Any]):
    """A paginator that keeps the number of rows under ``key``, which must name all that it depends on.

    ``narrow``: the rows of a page are found by their keys first, which an index over the past holds, and only then read whole.
    """

    def __init__(self, rows: Any, per_page: int, *, key: str, narrow: bool = False) -> None:
        super().__init__(rows, per_page)
        self.key, self.narrow = key, narrow

    def _get_page(self, rows: Any, number: int, paginator: Any) -> Any:
        every: Any = self.object_list
        found = every.filter(pk__in=rows.values("pk")) if self.narrow else rows
        return super()._get_page(found, number, paginator)  # type: ignore[misc]

    @cached_property
    def count(self) -> int:
        kept: int | None = cache.get(self.key)
        if kept is None:
            kept = super().count
            cache.set(self.key, kept, KEPT)
        return kept

"""What every admin of the site has in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin

if TYPE_CHECKING:
    from django.http import HttpRequest

COMPARISONS = frozenset({"", "exact", "id__exact", "isnull", "gte", "lt"})
"""What the links of Django's filters ask for."""


class ListedLookups(admin.ModelAdmin[Any]):
    """A list is narrowed by its own filters alone. Django would take any column, and so tell, a letter at a time, what it does not show."""

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:  # noqa: ARG002 - Django's signature
        name, _sign, comparison = lookup.partition("__")
        return name in self.list_filter and comparison in COMPARISONS

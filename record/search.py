"""Full-text search over version rows: Russian and English stemmed, Kazakh as written, codes by their beginning."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db.models import Q, QuerySet


def matching(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """The rows whose texts hold all the words, in one of the languages, or whose code begins with the text."""
    words = text.replace("\x00", " ").strip()
    if not words:
        return rows
    query = SearchQuery(words, config="russian", search_type="websearch")
    for config in ("english", "simple"):
        query = query | SearchQuery(words, config=config, search_type="websearch")
    return rows.filter(Q(search=query) | Q(code__istartswith=words))

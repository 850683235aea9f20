"""Full-text search over version rows: Russian and English stemmed, Kazakh as written, beginnings of words, codes, slips of the pen.

Words are first looked for as they are and as beginnings. Only when nothing holds them all are they put right: each that no
row knows is replaced by the nearest words that rows do know. There is no trigram index, since the embedded PostgreSQL has
none; the words of the rows are listed by ``ts_stat`` and compared here.
"""

from __future__ import annotations

import operator
import re
import unicodedata
from functools import reduce
from typing import TYPE_CHECKING, TypeVar

from django.contrib.postgres.search import SearchQuery, SearchQueryCombinable, SearchVector
from django.core.cache import cache
from django.db import connection
from django.db.models import Expression, Func, Max, Q, QuerySet, TextField
from django.db.models.functions import Greatest
from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

if TYPE_CHECKING:
    from collections.abc import Iterable

    from record.models import VersionRow

Rows = TypeVar("Rows", bound="QuerySet[VersionRow]")

CONFIGS = ("russian", "english", "simple")
CODE = re.compile(r"[A-Z0-9:.-]+")
"""What a code can begin with, in capitals."""
WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
MOST_WORDS = 12
NEAREST = 3
SHORT, LONG = 4, 8
"""A word of fewer letters than the first is never put right; from the second on two slips are let pass, before it one."""
LEXICON_KEPT = 3600


class Plain(Func):
    """A text as it is searched: quotation marks, dashes and the like as spaces, letters composed, ё as е (``record_plain`` in SQL).

    Where a database knows only ASCII letters (LC_CTYPE "C"), PostgreSQL takes every other sign for a letter: without this, a word
    in « » would be another word.
    """

    function = "record_plain"
    output_field = TextField()


def words_in(text: str) -> list[str]:
    """The words of a query, at most a dozen, without whatever has a meaning in a query of PostgreSQL; spelt as ``Plain`` does."""
    plain = unicodedata.normalize("NFC", text.replace("\x00", " ")).lower().replace("ё", "е").replace("\u00ad", "")
    return WORD.findall(plain)[:MOST_WORDS]


def code_in(text: str) -> str:
    """What codes may begin with, if the text can be that; empty otherwise."""
    code = text.strip().upper()
    return code if CODE.fullmatch(code) else ""


def padded(code: str) -> str:
    """``SM-3`` as codes are mostly written: ``SM-03``; empty where that is no code with one figure."""
    letters, _dash, figure = code.rpartition("-")
    return f"{letters}-0{figure}" if letters and len(figure) == 1 and figure.isdigit() else ""


def query_for(words: Iterable[Iterable[str]]) -> SearchQueryCombinable:
    """Rows that hold, for each of ``words``, one of its spellings or a word that begins with it; in one of the languages.

    Each language leaves out its own small words, so the languages are asked one by one.
    """
    parts = [" | ".join(f"'{spelling}':*" for spelling in spellings) for spellings in words]
    text = " & ".join(f"({part})" for part in parts)
    query: SearchQueryCombinable = SearchQuery(text, config=CONFIGS[0], search_type="raw")
    for config in CONFIGS[1:]:
        query = query | SearchQuery(text, config=config, search_type="raw")
    return query


def matching(versions: Rows, text: str) -> Rows:
    """The rows whose ``search`` holds all the words or whose code begins with the text; where there are none, the nearest."""
    words = words_in(text)
    if not words:
        return versions if not text.replace("\x00", " ").strip() else versions.none()
    exact = holding(versions, query_for([word] for word in words), code_in(text))
    if exact.exists():
        return exact
    spellings = corrected(words, versions.model)
    return versions.filter(search=query_for(spellings)) if spellings else exact


def holding(versions: Rows, query: SearchQueryCombinable, code: str) -> Rows:
    """The rows that ``query`` finds or whose code begins so.

    Each is looked up by an index of its own: asked for with OR, PostgreSQL would read the words of every row.
    """
    worded, coded = versions.filter(search=query), versions.filter(code__startswith=code)
    if full := padded(code):
        coded = versions.filter(Q(code__startswith=code) | Q(code=full))
    if not code or not coded.exists():
        return worded
    return versions.filter(pk__in=coded.order_by().values("pk").union(worded.order_by().values("pk")))


def corrected(words: list[str], *models: type[VersionRow]) -> list[list[str]]:
    """For each word its spellings among the words that these models' rows know; empty where one of them has none."""
    lexicon = [word for model in models for word in lexicon_of(model)]
    known = set(lexicon)
    spellings = []
    for word in words:
        stems = {word, *stems_of(word)}
        if stems & known or any(term.startswith(word) for term in known):
            spellings.append([word])
            continue
        near = [
            (distance, term)
            for stem in stems
            if (slips := slips_in(stem))
            for term, distance, _place in extract(stem, lexicon, scorer=OSA.distance, score_cutoff=slips, limit=NEAREST)
        ]
        if not near:
            return []
        best = min(near)[0]
        spellings.append(sorted({term for distance, term in near if distance == best})[:NEAREST])
    return spellings


def slips_in(stem: str) -> int:
    """How many slips of the pen a word may hold: what is short, and what has figures in it, is never put right."""
    if len(stem) < SHORT or any(sign.isdigit() for sign in stem):
        return 0
    return 1 if len(stem) < LONG else 2


def stems_of(word: str) -> list[str]:
    """As the stemmers of both languages leave it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT array(SELECT lexeme FROM unnest(to_tsvector('russian', %s)) "
            "UNION SELECT lexeme FROM unnest(to_tsvector('english', %s)))",
            [word, word],
        )
        return list(cursor.fetchone()[0])


def lexicon_of(model: type[VersionRow]) -> list[str]:
    """All words that the newest rows of a model hold; made anew at most once an hour and whenever one of them changes."""
    table = model._meta.db_table
    newest = model.objects.aggregate(newest=Greatest(Max("first"), Max("last")))["newest"]
    key = f"lexicon:{table}:{newest}"
    words: list[str] | None = cache.get(key)
    if words is None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT word FROM ts_stat(%s)", [f'SELECT search FROM "{table}" WHERE last IS NULL'])  # noqa: S608 - our own table
            words = [word for (word,) in cursor.fetchall()]
        cache.set(key, words, LEXICON_KEPT)
    return words


def vector_of(*columns: str) -> Expression:
    """Words of texts that are written in one language, whichever: for columns without a language of their own."""
    return summed(SearchVector(*map(Plain, columns), config=config) for config in CONFIGS)


def summed(vectors: Iterable[SearchVector]) -> Expression:
    return reduce(operator.add, vectors)

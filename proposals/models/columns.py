"""Columns that several models of the source side share, and links as codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models

from record.search import CONFIGS, Plain, summed

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from proposals.models.proposal import Proposal
    from proposals.models.report import Passage

NUMBER_LENGTH = 8


def codes_field(name: StrOrPromise) -> ArrayField[list[str], list[str]]:
    return ArrayField(models.CharField(max_length=64), verbose_name=name, default=list, blank=True)


def search_field(*names: str) -> models.GeneratedField:
    """Words of all three languages, kept by the database: Russian and English stemmed, Kazakh as written."""
    vector = summed(
        SearchVector(*(Plain(f"{name}_{language}") for name in names), config=config)
        for language, config in zip(("ru", "en", "kk"), CONFIGS, strict=True)
    )
    return models.GeneratedField(expression=vector, output_field=SearchVectorField(), db_persist=True)


def codes(proposals: models.Manager[Proposal]) -> list[str]:
    """Codes of proposals, sorted; the relation should be prefetched."""
    return sorted(proposal.code for proposal in proposals.all())


def numbers(passages: models.Manager[Passage]) -> list[str]:
    """Numbers of passages in the order of their parts: 4.2 before 4.10."""
    return sorted((passage.number for passage in passages.all()), key=lambda number: [int(part) for part in number.split(".")])


def references(passages: models.Manager[Passage]) -> list[str]:
    """Passages named with their report, for things that belong to no report."""
    return sorted(f"{passage.report.code}:{passage.number}" for passage in passages.all())

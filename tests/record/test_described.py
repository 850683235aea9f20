"""Every column that a version holds is described, and what is described is there."""

import pytest
from django.utils import translation

from common.dates import Precision
from milestones.models import MilestoneVersion
from pages.templatetags.roadmap import was
from record.described import In, Sort, choices_of, column_of, fields_of_columns, sort_of, words_emptied, words_of
from record.versions import content_fields, version_models

UNSAID = {"version", "updated_at", "order", "assessment"}
"""Columns that stand in every answer or in none."""


@pytest.mark.parametrize("rows", version_models(), ids=lambda rows: rows.__name__)
def test_every_column_of_a_version_is_described(rows) -> None:
    undescribed = set(content_fields(rows)) - set(fields_of_columns(rows)) - UNSAID
    assert undescribed - ({"code"} if rows.__name__ in {"PassageVersion", "SourceVersion"} else set()) == set()


@pytest.mark.parametrize("rows", version_models(), ids=lambda rows: rows.__name__)
def test_every_field_has_a_sort_and_words(rows) -> None:
    words = words_of(rows)
    for field in rows.described:
        assert sort_of(rows, field) in Sort
        if not field.worked_out and not field.parts and sort_of(rows, field) is not Sort.TEXT:
            assert str(words[field.source])
    assert all(choices_of(rows).values())


@pytest.mark.parametrize("rows", version_models(), ids=lambda rows: rows.__name__)
def test_a_withdrawal_empties_every_text(rows) -> None:
    emptied = set(words_emptied(rows))
    texts = {name for name in content_fields(rows) if name.endswith(("_ru", "_en", "_kk"))}
    assert texts <= emptied
    private = {field.source for field in rows.described if field.where & In.PRIVATE}
    assert emptied == texts | private
    assert all(
        column_of(rows, field).get_internal_type() in {"CharField", "TextField"} for field in rows.described if field.where & In.PRIVATE
    )


@pytest.mark.parametrize("language", ["ru", "kk"])
def test_histories_speak_the_language_of_the_reader(language) -> None:
    """Every column has a word, and every value of a choice."""
    with translation.override(language):
        words = [str(word) for word in words_of(MilestoneVersion).values()]
        words += [str(word) for values in choices_of(MilestoneVersion).values() for word in values.values()]
        words += [was(precision.value, "due_precision") for precision in Precision]
    assert [word for word in words if word.isascii()] == []

"""Drawings as pictures: letters of all three languages, lines that fit, and words where no picture can be made."""

from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import pictures
from common.pictures import NoFont, TooLarge, lines, png_of
from tests.machine import needs
from tests.png import size_of


@pytest.fixture(autouse=True)
def _font():
    needs("font")


@contextmanager
def without_fonts(monkeypatch, folder):
    """A machine that has none."""
    with monkeypatch.context() as patch:
        patch.setattr(pictures, "FOLDERS", (folder, folder / "missing"))
        pictures.font.cache_clear()
        yield
    pictures.font.cache_clear()


def drawing(text, width=200, height=60, bold=False):
    weight = ' font-weight="700"' if bold else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="Noto Sans, Liberation Sans, DejaVu Sans">'
        f'<rect width="100%" height="100%" fill="#fff"/><text x="5" y="40" font-size="40"{weight}>{text}</text></svg>'
    )


def test_a_picture_is_as_many_times_as_sharp():
    assert size_of(png_of(drawing("A"), sharp=1)) == (200, 60)
    assert size_of(png_of(drawing("A"))) == (400, 120)


@pytest.mark.parametrize("letter", "AzЖщЁәғқңөұүһіӘҒҚҢӨҰҮҺІ")
def test_each_letter_of_the_three_languages_is_drawn_in_the_weight_that_is_asked_for(letter):
    drawn, unknown = png_of(drawing(letter)), png_of(drawing("\U0010fffd"))
    assert drawn not in {unknown, png_of(drawing(" "))}
    assert png_of(drawing(letter, bold=True)) != drawn


def test_a_drawing_that_is_too_large_is_refused_in_words():
    with pytest.raises(TooLarge) as refused:
        png_of(drawing("A", width=1160, height=50_000))
    assert str(refused.value)


def test_a_machine_without_fonts_is_told_at_once(monkeypatch, tmp_path):
    with without_fonts(monkeypatch, tmp_path):
        for make in (lambda: png_of(drawing("A")), lambda: lines("A", size=10, width=100, most=1)):
            with pytest.raises(NoFont, match="DejaVu Sans"):
                make()


def test_lines_hold_all_words_and_end_with_an_ellipsis_where_there_is_no_room():
    text = "Механизм совместной работы двух стран"
    assert " ".join(lines(text, size=40, width=500, most=9)) == text
    (only,) = lines(text, size=40, width=500, most=1)
    assert only.endswith("…")
    assert text.startswith(only[:-1])


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=80), st.booleans())
def test_no_line_is_wider_than_its_place(text, bold):
    measure = pictures._widths(pictures.font()[bold])
    broken = lines(text, size=20, width=120, most=3, bold=bold)
    assert len(broken) <= 3
    assert all(measure(line) * 20 <= 120 for line in broken if len(line) > 1)

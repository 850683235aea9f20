"""docs/design.md against the stylesheet, the marks and the templates."""

from __future__ import annotations

import re
from itertools import product

import pytest

from milestones import statuses
from pages.charts import HATCHED, INKS
from tests.docs.test_guides import ROOT, page, rows, section, table, words

GUIDE = page("docs/design.md")
CSS = page("static/css/roadmap.css")
SCROLLING = "chart_more.html"
"""The tables beside charts, which scroll in a box of their own."""
TEMPLATES = sorted(
    path
    for path in ROOT.glob("templates/**/*.html")
    if "<table" in path.read_text(encoding="utf-8") and path.parent.name != "print" and path.name != SCROLLING
)
GROUNDS = ("--paper", "--surface", "--tint")
TEXTS = ("--ink", "--quiet", "--accent", "--late")
READABLE = 4.5
STATES = {
    "status": [value for value, _word in statuses.STATUS_CHOICES],
    "health": [value for value, _word in statuses.HEALTH_CHOICES],
    "freshness": [value for value, _word in statuses.FRESHNESS_CHOICES],
}


def properties() -> dict[str, str]:
    """The custom properties of the stylesheet's root."""
    (root,) = re.findall(r"^:root \{\n(.*?)^\}", CSS, re.MULTILINE | re.DOTALL)
    return dict(re.findall(r"(--[\w-]+): (.*);", root))


def pairs() -> dict[str, tuple[str, str]]:
    """The colours: light and dark."""
    found = {name: re.fullmatch(r"light-dark\((#\w{6}), (#\w{6})\)", value) for name, value in properties().items()}
    return {name: (match[1], match[2]) for name, match in found.items() if match}


def colour_of(state: statuses.Coded) -> str:
    """The token that the stylesheet gives to the mark of a state: that of its ink, or the colour of a mark without one."""
    named = dict(re.findall(r"^\.ink-(\w+) \{ --ink: var\((--\w+)\);", CSS, re.MULTILINE))
    (default,) = re.findall(r"^\.mark \{.* color: var\(--ink, var\((--\w+)\)\); \}$", CSS, re.MULTILINE)
    return str(named.get(state.said.ink, default))


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def test_sizes_and_distances_are_those_of_the_stylesheet() -> None:
    named = {name: cells[0].strip("`") for part in ("Type", "Space") for name, cells in table(section(GUIDE, part)).items()}
    assert named == {name: value for name, value in properties().items() if name not in pairs()}


def test_the_palette_is_that_of_the_stylesheet() -> None:
    named = {name: (cells[0].strip("`"), cells[1].strip("`")) for name, cells in table(section(GUIDE, "Palette")).items()}
    assert named == pairs()


@pytest.mark.parametrize(("ink", "ground"), [*product(TEXTS, GROUNDS), ("--accent-ink", "--accent")])
def test_text_can_be_read_on_its_ground_in_both_schemes(ink, ground) -> None:
    for scheme in (0, 1):
        assert contrast(pairs()[ink][scheme], pairs()[ground][scheme]) >= READABLE


def test_every_state_has_its_row_and_no_other_has() -> None:
    named = [(row[0], row[1].strip("`")) for row in rows(section(GUIDE, "Status marks"))]
    assert sorted(named) == sorted((of, value) for of, values in STATES.items() for value in values)


@pytest.mark.parametrize(
    ("of", "value", "colour"), [(row[0], row[1].strip("`"), row[3].strip("`")) for row in rows(section(GUIDE, "Status marks"))]
)
def test_a_mark_has_a_shape_and_the_colour_that_the_page_says(of, value, colour) -> None:
    assert f'<symbol id="mark-{value}"' in page("templates/includes/marks.svg")
    kinds = {"status": statuses.Status, "health": statuses.Health, "freshness": statuses.Freshness}
    assert colour_of(kinds[of](value)) == colour


def test_every_ink_is_in_the_stylesheet_and_in_the_palette_of_drawings() -> None:
    inks = {one.said.ink for kind in (statuses.Status, statuses.Health, statuses.Freshness) for one in kind}
    assert inks == set(INKS)
    assert inks - {HATCHED} == set(re.findall(r"^\.ink-(\w+) \{", CSS, re.MULTILINE))


def test_the_widths_that_it_names_are_those_of_the_stylesheet() -> None:
    named = {word for word in words(section(GUIDE, "Phone")) if word.endswith("rem")}
    assert named == set(re.findall(r"@media \((?:min|max)-width: ([\d.]+rem)\)", CSS))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_table_becomes_cards_and_every_cell_says_its_column(path) -> None:
    text = path.read_text(encoding="utf-8")
    kinds = re.findall(r"<table([^>]*)>(\s*<colgroup>)?", text)
    assert set(kinds) <= {(' class="rows"', "")} | {kind for kind in kinds if kind[0] == ' class="rows set"' and kind[1]}
    cells = re.findall(r"<td([^>]*)>", text)
    assert [cell for cell in cells if "data-label=" not in cell and 'class="title"' not in cell and "colspan=" not in cell] == []


def test_every_width_of_a_set_column_is_one_of_the_stylesheet() -> None:
    asked = {width for path in TEMPLATES for width in re.findall(r'<col class="([\w-]+)">', path.read_text(encoding="utf-8"))}
    assert asked == set(re.findall(r"\.(w-\d+) \{", CSS))


def test_a_table_that_scrolls_can_be_reached_by_the_keyboard() -> None:
    assert 'role="region" tabindex="0" aria-label=' in page(f"templates/includes/{SCROLLING}")


def test_nothing_of_the_stylesheet_comes_from_another_host() -> None:
    assert re.findall(r"@import|url\([\"']?https?:", CSS) == []

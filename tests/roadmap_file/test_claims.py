"""``docs/claims.md``: every claim of the file RK2030 is held against its passage, and every passage of the report against the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from roadmap_file.kinds import LISTS
from roadmap_file.reading import read

PAGE = Path(__file__).parents[2] / "docs" / "claims.md"
PARAGRAPHS = {0: 1, 1: 4, 2: 5, 3: 6, 4: 4, 5: 5}
"""How many each section of the report has."""
VERDICTS = {"said", "in part", "ours"}
NONE = "–"


def rows_under(heading: str) -> list[list[str]]:
    _, _, part = PAGE.read_text(encoding="utf-8").partition(f"\n## {heading}\n")
    lines = [line for line in part.partition("\n## ")[0].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


HEADINGS = {
    "Proposals": ("proposals",),
    "Risks": ("risks",),
    "Indicators": ("indicators",),
    "Outside calendar and series": ("context_events", "series"),
    "Milestones": ("milestones",),
    "Organisations": ("organisations",),
    "Sources": ("sources",),
}


@pytest.fixture(scope="module")
def data(rk2030_text):
    return read(rk2030_text).data


def claim_of(item) -> str:
    name = item.get("title", item.get("name"))
    strength = f": {item['strength']}" if "strength" in item else ""
    return f"`{item.get('code', item.get('number'))}` {name['en'] if isinstance(name, dict) else name}{strength}"


def cited_by(item) -> list[str]:
    baseline = (item.get("baseline") or {}).get("passage")
    return [*item.get("passages", []), *item.get("diagnosis", []), *([baseline] if baseline else [])]


def test_every_list_of_the_file_has_its_table():
    assert {kind for kinds in HEADINGS.values() for kind in kinds} == set(LISTS) - {"passages"}


@pytest.mark.parametrize("heading", HEADINGS)
def test_every_claim_has_its_row_with_the_passages_that_it_cites(data, heading):
    expected = [[claim_of(item), ", ".join(cited_by(item)) or NONE] for kind in HEADINGS[heading] for item in data[kind]]
    rows = rows_under(heading)
    assert [row[:2] for row in rows] == expected
    assert {row[2] for row in rows} <= VERDICTS
    assert all(len(row) == 4 and row[3] for row in rows)


def test_what_the_report_says_is_marked_so_in_the_file_and_nothing_else_is(data):
    ours = {row[0] for heading in HEADINGS for row in rows_under(heading) if row[2] == "ours"}
    for kind in ("milestones", "indicators"):
        for item in data[kind]:
            assert (claim_of(item) in ours) == (item["basis"] == "planning"), item["code"]
    for item in data["proposals"]:
        assert (claim_of(item) in ours) == (item["strength"] == "inferred"), item["code"]
    for item in data["organisations"]:
        assert (claim_of(item) in ours) == (not item["passages"]), item["code"]


def test_owners_are_the_reports_only_where_it_names_them_in_that_passage(data):
    named = {item["code"]: set(item["passages"]) for item in data["organisations"]}
    said = [item for kind in ("proposals", "milestones") for item in data[kind] if not item.get("lead_assumed", True)]
    assert {item["code"] for item in said} == {"CB", "CB-02", "CB-03", "EM-04"}
    for item in said:
        assert item.get("basis", "report") == "report", item["code"]
        assert all(named[code] & set(item["passages"]) for code in item["lead"]), item["code"]


def test_every_paragraph_of_the_report_is_in_the_file_and_accounted_for(data):
    numbers = [f"{section}.{paragraph}" for section, last in PARAGRAPHS.items() for paragraph in range(1, last + 1)]
    assert [item["number"] for item in data["passages"]] == numbers
    rows = rows_under("Passages")
    assert [row[0] for row in rows] == numbers
    assert all(len(row) == 3 and all(row) for row in rows)


def test_a_passage_that_nothing_cites_says_why(data):
    cited = {number for kinds in HEADINGS.values() for kind in kinds for item in data[kind] for number in cited_by(item)}
    left_out = {row[0]: row[2] for row in rows_under("Passages")}
    unused = [item["number"] for item in data["passages"] if item["number"] not in cited]
    assert unused == ["0.1", "5.1"]
    assert all(left_out[number] != "nothing" for number in unused)


def test_a_passage_is_cited_only_where_it_is_there(data):
    numbers = {item["number"] for item in data["passages"]}
    assert {number for kinds in HEADINGS.values() for kind in kinds for item in data[kind] for number in cited_by(item)} <= numbers

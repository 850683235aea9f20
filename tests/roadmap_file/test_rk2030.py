"""The soundness of the data that ships: the roadmap of the report RK2030."""

import re
from collections import Counter, defaultdict

import pytest

from common.dates import PlannedDate
from milestones.rules import find_cycle
from roadmap_file.checking import check
from roadmap_file.loading import load
from roadmap_file.reading import read
from roadmap_file.shape import shape_of_file
from roadmap_file.writing import export

PROPOSALS = {
    "SM": ("institution", "asked", ["4.2"]),
    "AF": ("event", "asked", ["4.2"]),
    "SE": ("appointment", "asked", ["4.3"]),
    "TT": ("exchange", "asked", ["4.4"]),
    "RP": ("research", "expected", ["4.4"]),
    "CB": ("institution", "asked", ["4.3"]),
    "EM": ("capacity", "asked", ["4.3"]),
    "SC": ("cooperation", "asked", ["4.3"]),
    "IC": ("coordination", "asked", ["4.3"]),
    "MC": ("communication", "asked", ["4.4"]),
    "ED": ("education", "noted", ["4.4"]),
    "LT": ("education", "noted", ["4.4"]),
    "HY": ("people", "noted", ["4.4"]),
    "DI": ("institution", "asked", ["4.1"]),
    "NF": ("cooperation", "expected", ["4.1"]),
    "SP": ("programme", "expected", ["4.1"]),
    "CS": ("research", "inferred", ["2.5", "3.5", "3.6"]),
    "FV": ("vision", "expected", ["5.5"]),
}


@pytest.fixture(scope="module")
def data(rk2030_text):
    return read(rk2030_text).data


def texts_of(value, path=""):
    if isinstance(value, dict):
        if {"ru", "en", "kk"} & set(value):
            yield path, value
        else:
            for key, inner in value.items():
                yield from texts_of(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from texts_of(inner, f"{path}[{index}]")


@pytest.mark.django_db
def test_it_has_no_fault(rk2030_text):
    check(rk2030_text)


def test_the_proposals_are_those_of_the_report(data):
    assert {item["code"]: (item["kind"], item["strength"], item["passages"]) for item in data["proposals"]} == PROPOSALS
    assert [item["code"] for item in data["proposals"] if item.get("flagship")] == ["SM", "AF", "SE", "TT"]


def test_every_list_is_complete(data):
    assert len(data["risks"]) == 22
    assert len(data["context_events"]) == 8
    assert len(data["sources"]) == 11
    assert sum(item["basis"] == "planning" for item in data["indicators"]) >= 6
    assert sum(item["basis"] == "report" for item in data["indicators"]) >= 15
    assert 115 <= len(data["milestones"]) <= 130


def test_every_proposal_has_five_to_ten_milestones(data):
    counts = Counter(item["proposal"] for item in data["milestones"])
    assert {code: number for code, number in counts.items() if not 5 <= number <= 10} == {}
    assert set(counts) == set(PROPOSALS)


def test_every_text_stands_in_three_languages_and_they_differ(data):
    found = list(texts_of(data))
    assert len(found) > 600
    for path, texts in found:
        assert list(texts) == ["ru", "en", "kk"], path
        assert all(text.strip() == text and text for text in texts.values()), path
        if not path.endswith(".unit"):
            assert texts["en"] not in {texts["ru"], texts["kk"]}, path


def test_every_milestone_and_proposal_has_a_short_title_that_no_other_of_its_proposal_has(data):
    said = defaultdict(list)
    for item in [*data["proposals"], *data["milestones"]]:
        for language, text in item["short_title"].items():
            assert 0 < len(text) <= 32, text
            assert not text.endswith((".", "…")), text
            assert item["code"] not in text.split(), text
            said[item.get("proposal", "proposals"), language].append(text)
    assert len(said) == 3 * (len(PROPOSALS) + 1)
    assert {place: texts for place, texts in said.items() if len(set(texts)) < len(texts)} == {}


def test_short_titles_of_editions_and_no_others_name_a_year(data):
    for item in data["milestones"]:
        for text in item["short_title"].values():
            assert re.findall(r"\d{4}", text) == ([str(item["edition"])] if "edition" in item else []), text


def test_kazakh_texts_are_kazakh(data):
    """A text copied from the Russian would hold none of the letters that only Kazakh has."""
    letters = set("әғқңөұүһіӘҒҚҢӨҰҮҺІ")
    long = [(path, texts["kk"]) for path, texts in texts_of(data) if len(texts["kk"]) > 25]
    assert [path for path, text in long if not letters & set(text)] == []


def test_the_forum_alternates_its_hosts_year_by_year(data):
    editions = {item["edition"]: item for item in data["milestones"] if item.get("series") == "AF-FORUM"}
    assert sorted(editions) == list(range(2024, 2031))
    hosts = ["RU-PA" if "RU-PA" in editions[year]["lead"] else "KZ-PA" for year in sorted(editions)]
    assert hosts == ["RU-PA", "KZ-PA"] * 3 + ["RU-PA"]
    assert all(str(editions[year]["due"]) == str(year) for year in editions)


def test_the_founding_decision_stands_before_every_edition(data):
    items = {item["code"]: item for item in data["milestones"]}
    assert items["AF-00"]["basis"] == "report"
    assert all("AF-00" in items[f"AF-0{number}"]["predecessors"] for number in range(1, 8))


def test_nothing_is_due_before_what_it_waits_for_and_nothing_waits_in_a_circle(data):
    due = {item["code"]: PlannedDate.parse(str(item["due"])).date for item in data["milestones"]}
    for item in data["milestones"]:
        for code in item.get("predecessors", []):
            assert due[code] <= due[item["code"]], (code, item["code"])
    assert find_cycle({item["code"]: item.get("predecessors", []) for item in data["milestones"]}) == []


def test_every_milestone_has_owners_a_passage_and_a_proof(data):
    for item in data["milestones"]:
        assert item["lead"], item["code"]
        assert item["passages"], item["code"]
        assert item["criterion"]["en"].endswith("."), item["code"]


def test_both_sides_own_milestones_of_every_joint_proposal(data):
    side = {item["code"]: item["side"] for item in data["organisations"]}
    sides = defaultdict(set)
    for item in data["milestones"]:
        sides[item["proposal"]] |= {side[code] for code in [*item["lead"], *item.get("support", [])]}
    one_sided = {code for code, found in sides.items() if not {"RU", "KZ"} <= found}
    assert one_sided == set()


def test_the_two_institutes_of_one_abbreviation_are_kept_apart(data):
    names = {item["code"]: item["name"]["en"] for item in data["organisations"]}
    assert names["RU-CASPIAN"] != names["KZ-KAZISS"]
    assert not any("KISI" in code or "КИСИ" in code for code in names)


@pytest.mark.django_db
def test_it_loads_and_exports_to_the_same(rk2030_text, now):
    from proposals.models import Report

    load(rk2030_text, now=now)
    text = export(Report.objects.get())
    assert shape_of_file(read(text).data) == shape_of_file(read(rk2030_text).data)
    assert load(text, now=now).differences == []

import pytest

from roadmap_file.checking import check
from roadmap_file.loading import load
from roadmap_file.reading import BadFile
from tests.factories import as_file, milestone, roadmap, texts

pytestmark = pytest.mark.django_db


def faults(text: str) -> list[str]:
    with pytest.raises(BadFile) as caught:
        check(text)
    return [str(fault) for fault in caught.value.faults]


def broken(**changes):
    return as_file(roadmap(milestone("PR-01", **changes)))


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ({"due": "2023-Q3"}, "milestones PR-01, due", "2023-Q3 is before 2023-10-12"),
        ({"due": 12.5}, "milestones PR-01, due", "12.5 does not fit"),
        ({"due": True}, "milestones PR-01, due", "does not fit"),
        ({"series": "PR-S", "edition": 2023}, "milestones PR-01, edition", "2023 is no year of PR-S, which runs from 2024 to 2026"),
        ({"series": "NO-S", "edition": 2025}, "milestones PR-01, series", "NO-S is not among the series"),
        ({"series": "PR-S", "edition": None}, "milestones PR-01", "write both or neither"),
        ({"proposal": "NO"}, "milestones PR-01, proposal", "NO is not among the proposals"),
    ],
)
def test_each_fault_is_named_with_its_place(changes, path, words):
    (found,) = faults(broken(**changes))
    assert f" {path}: " in found
    assert words in found


def test_a_fault_names_the_line_it_stands_on():
    text = broken(due="2031")
    line = next(number for number, content in enumerate(text.splitlines(), 1) if "due: '2031'" in content)
    assert faults(text) == [f"line {line}: milestones PR-01, due: 2031 is after 2030, the report's horizon: write an earlier one"]


def test_all_faults_are_named_at_once_in_the_order_of_lines():
    found = faults(as_file(roadmap(milestone("PR-01", proposal="NO"), milestone("PR-01", lead=["RU-NO"]))))
    assert len(found) == 3
    assert [int(one.split()[1].rstrip(":")) for one in found] == sorted(int(one.split()[1].rstrip(":")) for one in found)


def test_a_milestone_due_before_what_it_waits_for_is_refused():
    (found,) = faults(as_file(roadmap(milestone("PR-01", due="2028"), milestone("PR-02", due="2027-Q2", predecessors=["PR-01"]))))
    assert "it waits for PR-01, which is due 2028, but is due 2027-Q2 itself" in found
    for day, period in (("2027-12-31", "2027"), ("2027", "2027-12-31"), ("2027-Q4", "2027-12")):
        check(as_file(roadmap(milestone("PR-01", due=period), milestone("PR-02", due=day, predecessors=["PR-01"]))))


def test_a_circle_over_several_milestones_is_named_whole():
    items = [
        milestone("PR-01", predecessors=["PR-03"]),
        milestone("PR-02", predecessors=["PR-01"]),
        milestone("PR-03", predecessors=["PR-02"]),
    ]
    (found,) = faults(as_file(roadmap(*items)))
    assert "PR-01 → PR-03 → PR-02 → PR-01" in found


def test_an_edition_may_stand_once():
    items = [milestone(code, series="PR-S", edition=2025) for code in ("PR-01", "PR-02")]
    (found,) = faults(as_file(roadmap(*items)))
    assert "PR-S has an edition 2025 on line" in found
    check(as_file(roadmap(*(milestone(f"PR-{year}", series="PR-S", edition=year) for year in (2024, 2025, 2026)))))


def test_a_context_event_ends_after_it_starts():
    event = {"code": "CE-ONE", "title": texts("Event"), "starts": 2030, "ends": 2029}
    (found,) = faults(as_file(roadmap(context_events=[event])))
    assert "2029 is before 2030, when it starts" in found


def test_a_code_of_another_report_is_refused(now):
    load(as_file(roadmap(milestone("PR-01"))), now=now)
    other = roadmap(milestone("PR-01"))
    other["report"]["code"] = "OTHER"
    found = faults(as_file(other))
    assert any("milestones PR-01, code: PR-01 belongs to report TEST" in one for one in found)
    assert any("organisations RU-ONE, code: RU-ONE belongs to report TEST" in one for one in found)


def test_another_report_may_name_organisations_that_are_there(now):
    load(as_file(roadmap(milestone("PR-01"))), now=now)
    other = roadmap(milestone("QR-01", proposal="QR"), organisations=[], risks=[], indicators=[], context_events=[], series=[])
    other["report"]["code"] = "OTHER"
    other["proposals"][0]["code"] = "QR"
    assert load(as_file(other), now=now).first


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("a: [", "not YAML"),
        ("a: &x 1\nb: *x", "anchors"),
        ("a: !!python/object:os.system 1", "tags"),
        ("a: 1\n---\nb: 2", "more than one document"),
        ("a: " + "[" * 50 + "]" * 50, "nested deeper"),
        ("? [a]\n: 1", "write a word and a colon"),
        ("a: \x00", "control character"),
        ('a: "x\\0y"', "NUL character"),
        ('a: "x', "quotes are opened and not closed"),
        ('a: "x\\d"', "a backslash stands within double quotes"),
        ("a: [1", "a bracket [ is opened and not closed"),
        ("a: {b: 1", "a bracket { is opened and not closed"),
        ("a: @x", "begins the text"),
        ("a:\n  b: 1\n c: 2", "look at its indent"),
        ("a\nb: 1", "a colon stands where none can"),
        ("- 1", "format: 1, then report"),
        ("just text", "format: 1, then report"),
        ("a: 1\na: 2", "the key stands on line 1 already"),
        ("format: 2", "write 1"),
    ],
)
def test_what_is_not_the_plain_yaml_of_the_format_is_refused(text, words):
    assert any(words in one for one in faults(text))


def test_a_bomb_is_refused_before_it_unfolds():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    assert "anchors" in faults("\n".join(lines))[0]

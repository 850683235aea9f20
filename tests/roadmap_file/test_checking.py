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
        ({"proposal": "NO"}, "milestones[0].proposal", "NO is not among the proposals"),
        ({"lead": ["RU-NO"]}, "milestones[0].lead[0]", "RU-NO is not among the organisations"),
        ({"passages": ["9.9"]}, "milestones[0].passages[0]", "9.9 is not among the passages"),
        ({"predecessors": ["PR-77"]}, "milestones[0].predecessors[0]", "PR-77 is not among the milestones"),
        ({"predecessors": ["PR-01"]}, "milestones[0].predecessors", "in a circle: PR-01 → PR-01"),
        ({"due": "2031-Q1"}, "milestones[0].due", "2031-Q1 lies outside 2023-10-12 to 2030"),
        ({"due": "2023-Q3"}, "milestones[0].due", "lies outside"),
        ({"due": "2027-02-30"}, "milestones[0].due", "is not a date"),
        ({"due": "soon"}, "milestones[0].due", "does not fit; write 2030, 2027-Q2, 2027-06 or 2027-06-30"),
        ({"due": 12.5}, "milestones[0].due", "does not fit"),
        ({"due": True}, "milestones[0].due", "does not fit"),
        ({"title": {"ru": "Один", "en": "One"}}, "milestones[0].title", "is missing: kk"),
        ({"title": {"ru": "Один", "en": "One", "kk": " "}}, "milestones[0].title.kk", "does not match"),
        ({"title": "Один"}, "milestones[0].title", "is not of type 'object'"),
        ({"stage": "somewhere"}, "milestones[0].stage", "is not one of"),
        ({"stagee": "founding"}, "milestones[0]", "has unknown keys: stagee"),
        ({"support": ["RU-ONE"]}, "milestones[0].support", "RU-ONE leads and supports"),
        ({"lead": []}, "milestones[0].lead", "should be non-empty"),
        ({"code": "pr-01"}, "milestones[0].code", "does not match"),
        ({"series": "PR-S", "edition": 2023}, "milestones[0].edition", "2023 lies outside PR-S (2024 to 2026)"),
        ({"series": "PR-S", "edition": 2027}, "milestones[0].edition", "2027 lies outside PR-S (2024 to 2026)"),
        ({"series": "NO-S", "edition": 2025}, "milestones[0].series", "NO-S is not among the series"),
        ({"series": "PR-S"}, "milestones[0]", "dependency"),
    ],
)
def test_each_fault_is_named_with_its_path(changes, path, words):
    (found,) = faults(broken(**changes))
    assert f" {path}: " in found
    assert words in found


def test_a_fault_names_the_line_it_stands_on():
    text = broken(due="2031")
    line = next(number for number, content in enumerate(text.splitlines(), 1) if "due: '2031'" in content)
    assert faults(text) == [f"line {line}: milestones[0].due: 2031 lies outside 2023-10-12 to 2030"]


def test_all_faults_are_named_at_once_in_the_order_of_lines():
    found = faults(as_file(roadmap(milestone("PR-01", proposal="NO"), milestone("PR-01", lead=["RU-NO"]))))
    assert len(found) == 3
    assert [int(one.split()[1].rstrip(":")) for one in found] == sorted(int(one.split()[1].rstrip(":")) for one in found)


def test_a_milestone_due_before_what_it_waits_for_is_refused():
    (found,) = faults(as_file(roadmap(milestone("PR-01", due="2028"), milestone("PR-02", due="2027-Q2", predecessors=["PR-01"]))))
    assert "is due 2027-Q2, before PR-01 which it waits for (2028)" in found
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
    assert "PR-S has an edition 2025 twice" in found
    check(as_file(roadmap(*(milestone(f"PR-{year}", series="PR-S", edition=year) for year in (2024, 2025, 2026)))))


def test_a_context_event_ends_after_it_starts():
    event = {"code": "CE-ONE", "title": texts("Event"), "starts": 2030, "ends": 2029}
    (found,) = faults(as_file(roadmap(context_events=[event])))
    assert "ends before it starts" in found


def test_a_code_of_another_report_is_refused(now):
    load(as_file(roadmap(milestone("PR-01"))), now=now)
    other = roadmap(milestone("PR-01"))
    other["report"]["code"] = "OTHER"
    found = faults(as_file(other))
    assert any("milestones[0].code: PR-01 is taken by report TEST" in one for one in found)
    assert any("organisations[0].code: RU-ONE is taken by report TEST" in one for one in found)


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
        ("? [a]\n: 1", "a key must be a word"),
        ("a: \x00", "not YAML"),
        ('a: "x\\0y"', "NUL character"),
        ("- 1", "is not of type 'object'"),
        ("just text", "is not of type 'object'"),
        ("a: 1\na: 2", "stands here twice"),
        ("format: 2", "1 was expected"),
    ],
)
def test_what_is_not_the_plain_yaml_of_the_format_is_refused(text, words):
    assert any(words in one for one in faults(text))


def test_a_bomb_is_refused_before_it_unfolds():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    assert "anchors" in faults("\n".join(lines))[0]

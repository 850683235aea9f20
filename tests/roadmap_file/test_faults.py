"""What is said of a fault: each once, where it stands, and what to write instead."""

import re

import pytest

from roadmap_file.checking import check
from roadmap_file.loading import load
from roadmap_file.reading import BadFile, read
from tests.factories import as_file
from tests.roadmap_file.faults import FAULTS, FILE, broken

pytestmark = pytest.mark.django_db
FOREIGN = re.compile(
    r"\bNone\b|\bTrue\b|\bFalse\b|'|\\|\^|\{\d|\(\?|\bschema\b|\btype\b|does not match|non-empty|\bdict\b|was expected|required|instance|0\]"
)
"""Words of Python, of JSON Schema and of regular expressions."""
JUNK = [None, True, 1.5, -1, "", " ", "x y", [], ["x"], [[1]], {}, {"x": None}]


def said(text: str) -> list[str]:
    try:
        check(text)
    except BadFile as bad:
        return [str(fault) for fault in bad.faults]
    return []


def test_the_file_itself_has_no_fault():
    assert said(FILE) == []


@pytest.mark.parametrize(("old", "new", "words"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS])
def test_a_fault_is_said_once_and_in_words(old, new, words):
    assert said(broken(old, new)) == words


def test_no_words_of_the_machinery_are_in_any_of_them():
    words = "\n".join(line for row in FAULTS for line in row[3])
    assert FOREIGN.findall(words.replace("anybody's", "").replace("report's", "")) == []
    assert max(map(len, words.splitlines())) < 300


def places(value, path=()):
    yield path
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*path, key))


def put(data, path, value):
    if not path:
        return value
    made = data.copy()
    made[path[0]] = put(data[path[0]], path[1:], value)
    return made


@pytest.mark.long
@pytest.mark.parametrize("junk", JUNK, ids=repr)
def test_whatever_stands_anywhere_is_named_once_and_in_words(junk, monkeypatch):
    """Each place of the file in turn; what is asked of the database is not what this looks at."""
    monkeypatch.setattr("roadmap_file.checking._Checker.check_taken", lambda _checker: None)
    data = read(FILE).data
    for path in places(data):
        lines = said(as_file(put(data, path, junk)))
        assert len(lines) == len(set(lines))
        assert FOREIGN.findall("\n".join(lines).replace("anybody's", "").replace("report's", "")) == [], (path, lines)
        for line in lines:
            assert line.startswith("line ")


def test_faults_of_many_languages_are_counted_once_each():
    """A title that lacks two languages was named twice."""
    assert len(said(re.sub(r"\{ru: [^,]*, en: ([^,]*), kk: [^}]*\}", r"{en: \1}", FILE))) == FILE.count("{ru:")


def test_what_is_malformed_does_not_hide_what_is_wrong_elsewhere():
    lines = said(
        FILE.replace("due: 2026-Q2", "due: 2026-Q5").replace("edition: 2027", "edition: 2029").replace("proposals: [PR]", "proposals: [QR]")
    )
    assert [line.split(": ")[1] for line in lines] == ["risks R-01, proposals", "milestones PR-01, due", "milestones PR-02, edition"]


def test_a_code_of_another_report_is_told_from_an_organisation_that_both_name(now):
    load(FILE, now=now)
    lines = said(FILE.replace("code: TEST", "code: OTHER"))
    assert (
        "line 16: organisations EX-RU, code: EX-RU belongs to report TEST: to name the same organisation, take it out of this list and write EX-RU where it leads or supports"
        in lines
    )
    assert (
        "line 19: proposals PR, code: PR belongs to report TEST: write a code of your own, such as OTHER-PR, here and wherever it is named"
        in lines
    )
    assert len(lines) == 9
    shared = re.sub(r"organisations:\n.*\n.*\n", "", FILE.replace("code: TEST", "code: OTHER"))
    for own in ("PR-01", "PR-02", "PR-S", "PR", "R-01", "IND-01", "CE-01"):
        shared = re.sub(rf"(?<=[ \[]){own}(?=[\],\n])", f"OTHER-{own}", shared)
    assert said(shared) == []

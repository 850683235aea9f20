"""Three shapes in, what is to be done out: only what the file itself changed, and only where the database still says what the file said."""

import pytest

from roadmap_file.comparing import Difference, Verb, compare

ADD, CHANGE, REMOVE, KEEP = Verb.ADD, Verb.CHANGE, Verb.REMOVE, Verb.KEEP
BY_HAND, REMOVED = "was changed by hand", "was removed by hand"
OLD, NEW, OTHER = {"side": "RU", "kind": "a"}, {"side": "KZ", "kind": "a"}, {"side": "INT", "kind": "a"}


def differences(before, wanted, present, kind="organisations"):
    """Each is read anew, as files and databases are: what is equal is not the same object."""
    shapes = [{} if item is None else {kind: {"X": {name: [value] for name, value in item.items()}}} for item in (before, wanted, present)]
    return compare(*shapes)


def one(verb, *fields, why=""):
    return [Difference(verb, "organisations", "X", fields, why)]


@pytest.mark.parametrize(
    ("before", "wanted", "present", "found"),
    [
        # in the file for the first time
        (None, NEW, None, one(ADD)),
        (None, NEW, NEW, []),
        (None, NEW, OLD, one(KEEP, "side", why=BY_HAND)),
        # unchanged in the file: whatever people did stays
        (OLD, OLD, OLD, []),
        (OLD, OLD, OTHER, []),
        (OLD, OLD, None, []),
        # changed in the file
        (OLD, NEW, OLD, one(CHANGE, "side")),
        (OLD, {"side": "RU", "kind": "b"}, OLD, one(CHANGE, "kind")),
        (OLD, NEW, NEW, []),
        (OLD, NEW, OTHER, one(KEEP, "side", why=BY_HAND)),
        (OLD, NEW, None, one(KEEP, why=REMOVED)),
        (OLD, {"side": "KZ", "kind": "b"}, OLD, one(CHANGE, "side", "kind")),
        (OLD, {"side": "KZ", "kind": "b"}, OTHER, [*one(CHANGE, "kind"), *one(KEEP, "side", why=BY_HAND)]),
        # gone from the file
        (OLD, None, OLD, one(REMOVE)),
        (OLD, None, OTHER, one(REMOVE)),
        (OLD, None, None, []),
        # never in the file
        (None, None, OLD, []),
        # a column that the database or the file before did not have yet
        ({"kind": "a"}, NEW, {"kind": "a"}, one(CHANGE, "side")),
    ],
)
def test_each_thing_is_added_changed_removed_or_left_as_people_made_it(before, wanted, present, found):
    assert differences(before, wanted, present) == found


def test_kinds_come_in_the_order_in_which_they_are_written_and_their_removals_behind_them():
    base = {"organisations": {"GONE": OLD}, "passages": {"1.1": {"summary": "A"}}}
    new = {"milestones": {"M": {}}, "organisations": {"O": OLD}, "passages": {"1.1": {"summary": "B"}}}
    now = {"organisations": {"GONE": OLD}, "passages": {"1.1": {"summary": "A"}}}
    assert compare(base, new, now) == [
        Difference(CHANGE, "passages", "1.1", ("summary",)),
        Difference(ADD, "organisations", "O"),
        Difference(REMOVE, "organisations", "GONE"),
        Difference(ADD, "milestones", "M"),
    ]


@pytest.mark.parametrize(
    ("difference", "text"),
    [
        (Difference(ADD, "milestones", "M"), "add    milestones M"),
        (Difference(CHANGE, "milestones", "M", ("due", "title")), "change milestones M: due, title"),
        (Difference(REMOVE, "milestones", "M"), "remove milestones M"),
        (Difference(KEEP, "milestones", "M", ("due",), BY_HAND), "keep   milestones M: due (was changed by hand)"),
        (Difference(KEEP, "milestones", "M", why=REMOVED), "keep   milestones M (was removed by hand)"),
        (Difference(CHANGE, "report", "", ("summary",)), "change report: summary"),
    ],
)
def test_a_difference_is_one_line(difference, text):
    assert str(difference) == text


def test_a_difference_is_a_value():
    one = Difference(ADD, "milestones", "M")
    with pytest.raises(AttributeError):
        one.key = "N"
    assert {one, Difference(ADD, "milestones", "M")} == {one}


@pytest.mark.parametrize(
    ("field", "old", "new", "said"),
    [
        ("due", "2026-Q2", "2027", "due 2026-Q2 → 2027"),
        ("due", None, "2027", "due nothing → 2027"),
        ("lead", ["A"], ["A", "B"], "lead [A] → [A, B]"),
        ("lead", ["A"], [], "lead [A] → nothing"),
        ("planned", False, True, "planned false → true"),
        ("title", {"en": "Old words", "kk": "Ескі"}, {"en": "New words", "kk": "Ескі"}, "title.en “Old words” → “New words”"),
        ("title", {"en": "A", "kk": "B"}, {"en": "C", "kk": "D"}, "title.en A → C, title.kk B → D"),
        ("baseline", {"value": 1, "date": None}, {"value": 2, "date": None}, "baseline.value 1 → 2"),
        ("baseline", None, {"value": 2}, "baseline.value nothing → 2"),
        ("summary", "word " * 30, "short", "summary “word word word word word word word word…” → short"),
    ],
)
def test_a_change_says_from_what_to_what(field, old, new, said):
    shapes = [{"milestones": {"M": {field: value}}} for value in (old, new, old)]
    (found,) = compare(*shapes)
    assert str(found) == f"change milestones M: {said}"


def test_what_was_changed_by_hand_says_what_stays_and_what_does_not():
    shapes = [{"milestones": {"M": {"due": value}}} for value in ("2026", "2027", "2029-Q1")]
    assert list(map(str, compare(*shapes))) == ["keep   milestones M: due stays 2029-Q1, not 2027 (was changed by hand)"]


def test_a_code_that_was_changed_is_told_from_one_that_is_gone():
    item = {"title": {"en": "The same"}}
    before, wanted = {"milestones": {"M": item, "N": {"title": {"en": "Gone"}}}}, {"milestones": {"O": item}}
    assert list(map(str, compare(before, wanted, before))) == [
        "add    milestones O",
        "remove milestones M (O has its text now: with another code it is another thing)",
        "remove milestones N",
    ]

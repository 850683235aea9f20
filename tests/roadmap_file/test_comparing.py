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
    ],
)
def test_a_difference_is_one_line(difference, text):
    assert str(difference) == text


def test_a_difference_is_a_value():
    one = Difference(ADD, "milestones", "M")
    with pytest.raises(AttributeError):
        one.key = "N"
    assert {one, Difference(ADD, "milestones", "M")} == {one}

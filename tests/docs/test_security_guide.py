"""docs/security.md: every requirement has its row, and the numbers are those of the code."""

from __future__ import annotations

import pytest
from django.conf import settings

from accounts import passwords, signing_in
from common import limits
from notifications import following
from tests.docs.test_guides import flat, page, rows, section

GUIDE = page("docs/security.md")
LISTED = rows(section(GUIDE, "OWASP ASVS 5.0, level 2"))
STATES = {"held", "partly", "not held", "operator", "none"}
SECTIONS = {
    1: [2, 9, 11, 3, 2], 2: [3, 3, 4, 1], 4: [3, 1, 2, 4], 5: [1, 3, 2, 3], 7: [3, 4, 2, 5, 2, 2], 9: [3, 4], 10: [2, 2, 4, 11, 5, 2, 3],
    11: [2, 3, 3, 4, 1, 1], 12: [3, 2, 4], 13: [1, 5, 2, 5], 14: [2, 4, 3], 15: [3, 3, 7], 16: [1, 5, 4, 3, 3],
}  # fmt: skip
"""How many requirements of levels 1 and 2 the sections of a chapter have, where those come first and no section has none."""
OTHERS = {
    *(f"3.{number}" for number in ("2.1", "2.2", "3.1", "3.2", "3.3", "3.4", "7.1", "7.2")),
    *(f"3.4.{number}" for number in range(1, 7)),
    *(f"3.5.{number}" for number in range(1, 6)),
    *(f"6.{part}.{number}" for part, most in ((1, 3), (2, 12), (3, 4), (4, 4), (5, 5), (6, 3), (8, 4)) for number in range(1, most + 1)),
    *("8.1.1", "8.1.2", "8.2.1", "8.2.2", "8.2.3", "8.3.1", "8.4.1"),
    *("17.1.1", "17.2.1", "17.2.2", "17.2.3", "17.2.4", "17.3.1", "17.3.2"),
}


def test_every_requirement_of_level_two_has_one_row_and_no_other_has() -> None:
    numbers = [row[0] for row in LISTED]
    counted = {
        f"{chapter}.{part}.{number}"
        for chapter, parts in SECTIONS.items()
        for part, most in enumerate(parts, start=1)
        for number in range(1, most + 1)
    }
    assert len(numbers) == len(set(numbers))
    assert set(numbers) == counted | OTHERS


def test_each_says_whether_it_is_held_and_where() -> None:
    assert {row[1] for row in LISTED} == STATES
    assert [row for row in LISTED if len(row) != 3 or not row[2]] == []


@pytest.mark.parametrize(
    "said",
    [
        f"{passwords.MOST} characters",
        f"good for {signing_in.KNOWN_FOR // 86400} days",
        f"some wait for {'two' if passwords.PLACE_SECONDS == 2 else '?'} seconds",
        f"{'ten' if signing_in.EVERYWHERE == 10 else '?'} times `LOGIN_FAILURE_LIMIT` an hour",
        f"{'five' if following.MOST_A_DAY == 5 else '?'} mails a day to one mailbox",
        f"which may {limits.SHARE} times as much",
        f"IPv4 /{limits.REGION[4]} or IPv6 /{limits.REGION[6]}",
        f"A hash takes {passwords.Argon2.memory_cost // 1024} MiB",
        f"Sessions end {'two weeks' if settings.SESSION_COOKIE_AGE == 14 * 86400 else '?'} after signing in",
    ],
)
def test_the_numbers_are_those_of_the_code(said) -> None:
    assert said in flat(GUIDE)

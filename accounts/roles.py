"""What each kind of user may do; pure decisions, no queries."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """Each role may do what the ones before it may."""

    STAKEHOLDER = "stakeholder"
    ANALYST = "analyst"
    EDITOR = "editor"
    ADMINISTRATOR = "administrator"


ORDER = tuple(Role)


def at_least(role: str, needed: Role) -> bool:
    """Whether ``role`` may do what ``needed`` may; an unknown role may nothing."""
    return role in set(ORDER) and ORDER.index(Role(role)) >= ORDER.index(needed)

"""When a rule forbids what somebody asked for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One rule that is not met: the field it is about (empty: the whole), a code for programs, a text for people."""

    pointer: str
    code: str
    text: str

    def below(self, place: str) -> Problem:
        """The same problem, of a part of something larger."""
        return Problem(f"{place}/{self.pointer}".rstrip("/"), self.code, self.text)


class Refused(Exception):
    """A rule forbids it and nothing was written. ``problems`` say which rules, and what would satisfy them."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__("; ".join(problem.text for problem in problems))

    @classmethod
    def because(cls, code: str, text: str, pointer: str = "") -> Refused:
        return cls(Problem(pointer, code, text))


class NotAllowed(Refused):
    """Who asks may not do this; whether they may see it is another question."""

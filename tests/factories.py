"""Small roadmaps for tests, made through the loader, so that they are as real as any."""

from __future__ import annotations

from typing import Any

import yaml


def texts(word: str) -> dict[str, str]:
    return {"ru": f"{word} по-русски", "en": f"{word} in English", "kk": f"{word} қазақша"}


def milestone(code: str, /, **changes: Any) -> dict[str, Any]:
    return {
        "code": code,
        "proposal": "PR",
        "stage": "founding",
        "title": texts(f"Step {code}"),
        "criterion": texts("Proof"),
        "basis": "planning",
        "due": "2027-Q2",
        "lead": ["RU-ONE"],
        "support": ["KZ-ONE"],
        "passages": ["1.1"],
    } | changes


def roadmap(*milestones: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A report ``TEST`` with one proposal ``PR``, two organisations, one risk, one indicator, one series, one event."""
    return {
        "format": 1,
        "report": {
            "code": "TEST",
            "title": texts("Report"),
            "publisher": texts("Publisher"),
            "published_on": "2023-10-12",
            "language": "ru",
            "horizon": 2030,
        },
        "passages": [{"number": "1.1", "summary": texts("First")}, {"number": "1.10", "summary": texts("Tenth")}],
        "sources": [{"number": 1, "title": "A note", "published_on": "2022", "passages": ["1.1"]}],
        "organisations": [
            {"code": "RU-ONE", "side": "RU", "kind": "ministry", "name": texts("Ministry")},
            {"code": "KZ-ONE", "side": "KZ", "kind": "ministry", "name": texts("Other ministry")},
        ],
        "proposals": [
            {
                "code": "PR",
                "kind": "institution",
                "strength": "asked",
                "flagship": True,
                "title": texts("Proposal"),
                "summary": texts("What it is"),
                "lead": ["RU-ONE"],
                "passages": ["1.1"],
            }
        ],
        "risks": [{"code": "R-ONE", "title": texts("Risk"), "passages": ["1.10"], "proposals": ["PR"]}],
        "indicators": [
            {
                "code": "IND-ONE",
                "basis": "report",
                "title": texts("Length"),
                "unit": texts("km"),
                "proposals": ["PR"],
                "baseline": {"value": 7500, "qualifier": ">", "passage": "1.1"},
            }
        ],
        "context_events": [{"code": "CE-ONE", "title": texts("Election"), "starts": 2029, "ends": 2030, "sources": [1]}],
        "series": [{"code": "PR-S", "proposal": "PR", "title": texts("Series"), "starts": 2024, "ends": 2026, "rotation": ["RU", "KZ"]}],
        "milestones": list(milestones),
    } | changes


def as_file(data: dict[str, Any]) -> str:
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=1000)


MARK = "Zqother"
"""Stands in each text of ``another``."""


def another(due: str = "2039") -> str:
    """A second report, ``OTHER``, as a file: to 2040, with a name of everything that would show where it does not belong."""
    step = milestone(
        "ZQ-01", proposal="ZQ", title=texts(f"{MARK} step"), due=due, lead=["ZQ-BODY"], support=[], stage="founding", passages=["1.1"]
    )
    made = roadmap(step)
    made["report"] |= {"code": "OTHER", "title": texts(f"{MARK} report"), "horizon": 2040}
    made["organisations"] = [{"code": "ZQ-BODY", "side": "RU", "kind": "ministry", "name": texts(f"{MARK} body")}]
    made["proposals"][0] |= {"code": "ZQ", "title": texts(f"{MARK} proposal"), "lead": ["ZQ-BODY"]}
    made["risks"][0] |= {"code": "R-ZQ", "title": texts(f"{MARK} risk"), "proposals": ["ZQ"]}
    made["indicators"][0] |= {"code": "IND-ZQ", "title": texts(f"{MARK} length"), "proposals": ["ZQ"]}
    made["context_events"][0] |= {"code": "CE-ZQ", "title": texts(f"{MARK} election"), "starts": 2029, "ends": 2039}
    made["series"][0] |= {"code": "ZQ-S", "proposal": "ZQ", "title": texts(f"{MARK} series")}
    return as_file(made)

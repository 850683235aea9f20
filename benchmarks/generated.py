"""A roadmap file of any size, made of the texts and organisations of the real one.

Sentences of the real file in three languages have the lengths and the words that cost the full-text
columns and the parser what real work would. The same size gives the same file, so that runs compare, and
a larger one begins with the smaller.
"""

from __future__ import annotations

import json
import random
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roadmap_file.reading import read

if TYPE_CHECKING:
    from collections.abc import Iterator

REPORT = "BENCH"
PER_PROPOSAL = 20
SEED = 2030
FIRST_YEAR, LAST_YEAR = 2024, 2030
UNDATED = 0.03
FURTHER_PREDECESSOR = 0.35  # one out of another proposal, beside the one before in its own
SUPPORTED = 0.6
REAL = Path(__file__).parent.parent / "roadmap_file" / "data" / "RK2030.yaml"
ORGANISATION_KEYS = ("code", "side", "kind", "name", "short_name")


@cache
def real() -> dict[str, Any]:
    """The data of RK2030, whose texts are used again."""
    data: dict[str, Any] = read(REAL.read_text(encoding="utf-8")).data
    return data


def roadmap_file(milestones: int) -> str:
    """The YAML of a roadmap of that many milestones, twenty a proposal, as a person would lay it out: about 2.2 kB each."""
    source, rng = real(), random.Random(SEED)
    proposals = [f"P{number:03d}" for number in range(1, -(-milestones // PER_PROPOSAL) + 1)]
    parts = {
        "report": {**source["report"], "code": REPORT, "published_on": f"{FIRST_YEAR}-01-15", "horizon": LAST_YEAR},
        "passages": [{name: one[name] for name in ("number", "summary")} for one in source["passages"]],
        "organisations": [{name: one[name] for name in ORGANISATION_KEYS if name in one} for one in source["organisations"]],
        "proposals": [proposal(code, index) for index, code in enumerate(proposals)],
        "risks": [{**one, "proposals": proposals[:3]} for one in source["risks"]],
        "milestones": list(plan(proposals, milestones, rng)),
    }
    return "format: 1\n" + "".join(block(name, value) for name, value in parts.items())


def proposal(code: str, index: int) -> dict[str, Any]:
    like = real()["proposals"][index % len(real()["proposals"])]
    title = {language: f"{text} ({code})" for language, text in like["title"].items()}
    return {**like, "code": code, "title": title, "flagship": index < 4}


def plan(proposals: list[str], milestones: int, rng: random.Random) -> Iterator[dict[str, Any]]:
    """The milestones in the order of their dates within each proposal, so that none is due before one that it waits for."""
    quarters: dict[int, list[str]] = {}
    for number in range(milestones):
        index, place = divmod(number, PER_PROPOSAL)
        quarter = place * ((LAST_YEAR - FIRST_YEAR + 1) * 4 - 1) // PER_PROPOSAL + rng.randint(0, 1)
        code = f"{proposals[index]}-{place + 1:02d}"
        waits_for = [f"{proposals[index]}-{place:02d}"] if place else []
        earlier = quarters.get(quarter - 2, [])
        if earlier and rng.random() < FURTHER_PREDECESSOR:
            waits_for = sorted({*waits_for, rng.choice(earlier)})
        quarters.setdefault(quarter, []).append(code)
        yield milestone(code, proposals[index], quarter, waits_for, rng)


def milestone(code: str, of: str, quarter: int, waits_for: list[str], rng: random.Random) -> dict[str, Any]:
    like = rng.choice(real()["milestones"])
    owners = rng.sample([one["code"] for one in real()["organisations"]], 4)
    leads = rng.randint(1, 2)
    item = {
        "code": code,
        "proposal": of,
        "stage": like["stage"],
        "title": {language: f"{text} ({code})"[:300] for language, text in like["title"].items()},
        "description": like["description"],
        "criterion": like["criterion"],
        "basis": like["basis"],
        "due": due(quarter, rng),
        "lead": owners[:leads],
        "support": owners[leads:] if rng.random() < SUPPORTED else [],
        "passages": like["passages"],
        "predecessors": waits_for,
    }
    return {name: value for name, value in item.items() if value is not None}


def due(quarter: int, rng: random.Random) -> str | None:
    """The end of a quarter, said as the quarter, as its last month or as its last day; a few have no date."""
    if rng.random() < UNDATED:
        return None
    year, of_year = FIRST_YEAR + quarter // 4, quarter % 4 + 1
    last_day = {1: "03-31", 2: "06-30", 3: "09-30", 4: "12-31"}[of_year]
    return rng.choice([f"{year}-Q{of_year}", f"{year}-Q{of_year}", f"{year}-{of_year * 3:02d}", f"{year}-{last_day}"])


# Laying it out: the dumper of PyYAML takes a minute for what a few lines of joining do in a second.


def block(name: str, value: Any, indent: str = "") -> str:
    if isinstance(value, dict):
        return f"{indent}{name}:\n" + "".join(block(key, inner, indent + "  ") for key, inner in value.items())
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return f"{indent}{name}:\n" + "".join(item(one, indent + "  ") for one in value)
    return f"{indent}{name}: {json.dumps(value, ensure_ascii=False)}\n"


def item(value: dict[str, Any], indent: str) -> str:
    lines = "".join(block(key, inner, indent + "  ") for key, inner in value.items())
    return f"{indent}- {lines[len(indent) + 2 :]}"

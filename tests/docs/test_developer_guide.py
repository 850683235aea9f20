"""docs/developer.md: its example changes the record as it says, and what it lists is what there is."""

from __future__ import annotations

import re
import tomllib

from milestones.models import Milestone, MilestoneVersion
from record.models import Event
from record.verify import verify_record
from tests.docs.test_guides import ROOT, blocks, flat, page, section, table

GUIDE = page("docs/developer.md")


def test_the_example_of_a_change_writes_a_version_and_an_event(rk2030) -> None:
    (example,) = [block.text for block in blocks(GUIDE) if block.language == "python"]
    exec(compile(example, "docs/developer.md", "exec"), {})
    milestone = Milestone.objects.get(code="SM-03")
    assert (milestone.version, milestone.position) == (2, 2)
    assert MilestoneVersion.objects.current().get(code="SM-03").criterion_en == milestone.criterion_en
    assert MilestoneVersion.objects.at(1).get(code="SM-03").criterion_en != milestone.criterion_en
    event = Event.objects.head()
    assert (event.type, event.actor, event.data) == ("milestone.changed", "A. Editor", {"fields": ["criterion"]})
    assert list(verify_record()) == []


def test_the_apps_are_those_that_there_are_in_the_order_that_is_checked() -> None:
    contracts = tomllib.loads(page("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    (layers,) = [one["layers"] for one in contracts if one["type"] == "layers"]
    (tree,) = [block.text for block in blocks(section(GUIDE, "The layout")) if block.language == "text"]
    apps = re.findall(r"^([\w-]+)/", tree, re.MULTILINE)
    assert apps[: len(layers)] == layers
    assert " → ".join(layers) in flat(section(GUIDE, "The layout"))
    named = set(re.findall(r"([\w-]+)/(?=\s)", tree))
    assert [name for name in named if not (ROOT / name).is_dir()] == []
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert packages <= named


def test_the_checks_that_it_lists_are_those_of_make_check() -> None:
    from tools.check import checks

    named = [word for row in table_cells(section(GUIDE, "make check")) for word in row]
    assert sorted(named) == sorted(check.name for check in checks())


def table_cells(text: str) -> list[list[str]]:
    return [[part.strip().strip("`") for part in first.split(",")] for first in table(text)]

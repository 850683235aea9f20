"""What holds for every page: links lead somewhere, what is named exists. The other tests here read pages by these functions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
OF_OTHERS = {"operator.md"}  # names files of the machine that it installs on; tests/deployment reads it
READERS = ("stakeholder", "analyst", "external-tools", "operator", "developer")
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Block:
    """A fenced example: its language and its text, without the indentation of the list that it stands in."""

    language: str
    text: str


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def section(text: str, heading: str) -> str:
    """What stands below a heading, up to the next one of the same or a higher level."""
    found = re.search(rf"^(#+) {re.escape(heading)}$", text, re.MULTILINE)
    assert found, f"no heading {heading!r}"
    end = re.compile(rf"^#{{1,{len(found[1])}}} ", re.MULTILINE).search(text, found.end())
    return text[found.end() : end.start() if end else len(text)]


def blocks(text: str) -> list[Block]:
    return [
        Block(match[2], "".join(line.removeprefix(match[1]) for line in match[3].splitlines(keepends=True)))
        for match in FENCE.finditer(text)
    ]


def prose(text: str) -> str:
    return FENCE.sub("", text)


def rows(text: str) -> list[list[str]]:
    """The rows of all tables in a text, heads left out."""
    found: list[list[str]] = []
    lines = [line.strip() for line in prose(text).splitlines()]
    for above, line in zip(["", *lines], lines, strict=False):
        if not line.startswith("|"):
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if all(re.fullmatch(r":?-+:?", cell) for cell in cells):
            assert above.startswith("|"), "a table without a head"
            found.pop()
        else:
            found.append(cells)
    return found


def table(text: str) -> dict[str, list[str]]:
    """Rows by their first cell, backticks taken off; the same first cell twice is a mistake of the page."""
    found = {row[0].strip("`"): row[1:] for row in rows(text)}
    assert len(found) == len(rows(text)), "a row stands there twice"
    return found


def flat(text: str) -> str:
    """A text without its line breaks, so that a sentence is found wherever the line ends."""
    return " ".join(text.split())


def words(cell: str) -> list[str]:
    """What a cell or a text names in backticks."""
    return re.findall(r"`([^`\n]+)`", cell)


def anchors(text: str) -> set[str]:
    found: set[str] = set()
    for heading in re.findall(r"^#+ (.*)$", prose(text), re.MULTILINE):
        anchor = re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-")
        count = 0
        while (numbered := f"{anchor}-{count}" if count else anchor) in found:
            count += 1
        found.add(numbered)
    return found


def links(path: Path) -> list[str]:
    return [target for target in LINK.findall(prose(path.read_text(encoding="utf-8"))) if "://" not in target]


def leads_nowhere(path: Path, target: str) -> bool:
    name, _, anchor = target.partition("#")
    found = (path.parent / name).resolve() if name else path
    if not found.is_file():
        return True
    return bool(anchor) and anchor not in anchors(found.read_text(encoding="utf-8"))


def picture() -> str:
    """The address of the picture in the README; its test is below, apart from the other links."""
    (found,) = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", page("README.md"))
    return str(found)


def named_paths(text: str) -> set[str]:
    """Names in backticks that begin with something that stands at the top of the project."""
    top = {path.name for path in ROOT.iterdir()} - {"var", ".venv", ".git"}
    names = {word for word in words(text) if re.fullmatch(r"[\w.-]+(/[\w.-]+)*/?", word)}
    return {name for name in names if "/" in name and name.split("/")[0] in top}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_link_leads_to_a_file_and_a_heading_that_are_there(path) -> None:
    assert [target for target in links(path) if target != picture() and leads_nowhere(path, target)] == []


def test_the_picture_in_the_readme_is_the_one_that_make_screenshot_writes() -> None:
    (written,) = re.findall(r"^PICTURE = ROOT / (.*)$", page("tools/screenshot.py"), re.MULTILINE)
    assert picture() == "/".join(re.findall(r'"([^"]+)"', written))
    assert (ROOT / picture()).read_bytes().startswith(PNG)


def test_the_readme_links_to_a_page_for_each_reader_and_every_page_is_found_from_it() -> None:
    linked = {target.partition("#")[0] for target in links(ROOT / "README.md")}
    assert {f"docs/{name}.md" for name in READERS} <= linked
    assert {path.relative_to(ROOT).as_posix() for path in PAGES} - {"README.md"} <= linked


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_make_target_that_is_named_exists(path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", page("Makefile"), re.MULTILINE))
    text = path.read_text(encoding="utf-8")
    in_examples = {name for block in blocks(text) for name in re.findall(r"^make ([\w-]+)", block.text, re.MULTILINE)}
    named = set(re.findall(r"`make ([\w-]+)[^`]*`", text)) | in_examples
    assert named <= targets


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_management_command_that_is_named_exists(path) -> None:
    named = set(re.findall(r"manage\.py ([a-z_]+)", path.read_text(encoding="utf-8")))
    assert named <= set(get_commands())


@pytest.mark.parametrize("path", [path for path in PAGES if path.name not in OF_OTHERS], ids=lambda path: path.name)
def test_every_file_of_the_project_that_is_named_exists(path) -> None:
    assert [name for name in named_paths(path.read_text(encoding="utf-8")) if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_no_page_names_a_folder_of_the_machine_it_was_written_on(path) -> None:
    assert re.findall(r"(?<![\w.])/(?:work|root|home|tmp)/\S*", path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", [path for path in PAGES if path.name not in OF_OTHERS], ids=lambda path: path.name)
def test_examples_say_in_which_language_they_are(path) -> None:
    known = {"sh", "text", "json", "python", "yaml", "diff", "powerquery", "sql"}
    assert {block.language for block in blocks(path.read_text(encoding="utf-8"))} <= known


def test_the_readme_counts_what_is_loaded(rk2030) -> None:
    from milestones.models import Milestone
    from proposals.models import Indicator, Proposal, Risk

    counted = (
        f"{Proposal.objects.count()} proposals, {Milestone.objects.count()} milestones and {Risk.objects.count()} risks",
        f"{Milestone.objects.count()} milestones, {Risk.objects.count()} risks, {Indicator.objects.count()} indicators",
    )
    assert counted[0] in flat(page("README.md"))
    assert counted[1] in flat(page("CHANGELOG.md"))


def test_the_changelog_has_one_section_for_what_is_not_released() -> None:
    assert re.findall(r"^## (.*)$", page("CHANGELOG.md"), re.MULTILINE) == ["Unreleased"]

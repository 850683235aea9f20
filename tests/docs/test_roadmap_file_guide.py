"""docs/roadmap-file.md: its example is loaded, broken, changed and loaded again; its tables are those of the JSON Schema."""

from __future__ import annotations

import json
import re
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command
from jsonschema import Draft202012Validator

from common.dates import PlannedDate
from milestones.models import Dependency, Milestone, PlanChange
from proposals.models import Report
from record.verify import verify_record
from roadmap_file.management.commands.roadmap_schema import described
from roadmap_file.reading import DEEPEST, LARGEST_FILE, read
from roadmap_file.schema import SCHEMA_FILE, schema
from tests.docs.test_guides import ROOT, blocks, flat, page, rows, section, words

if TYPE_CHECKING:
    from collections.abc import Iterator

GUIDE = page("docs/roadmap-file.md")
SCHEMA = json.loads(page("roadmap_file/schema.json"))
TABLES = {
    "The file": SCHEMA,
    "report": SCHEMA["$defs"]["report"],
    "passage": SCHEMA["$defs"]["passage_item"],
    "source": SCHEMA["$defs"]["source"],
    "organisation": SCHEMA["$defs"]["organisation"],
    "proposal": SCHEMA["$defs"]["proposal"],
    "risk": SCHEMA["$defs"]["risk"],
    "context_event": SCHEMA["$defs"]["context_event"],
    "series": SCHEMA["$defs"]["series"],
    "milestone": SCHEMA["$defs"]["milestone"],
}
OF_INDICATORS = (SCHEMA["$defs"]["indicator"], SCHEMA["$defs"]["measure"], SCHEMA["$defs"]["target"])


def of(language: str, heading: str) -> list[str]:
    return [block.text for block in blocks(section(GUIDE, heading)) if block.language == language]


def example() -> str:
    (text,) = of("yaml", "A small example")
    return text


def changes() -> list[tuple[str, str]]:
    """The lines that the page takes away, each with the one that it puts in their place."""
    (diff,) = of("diff", "What is refused")
    lines = diff.splitlines()
    assert [line[0] for line in lines] == ["-", "+"] * (len(lines) // 2)
    return [(old[1:], new[1:]) for old, new in zip(lines[::2], lines[1::2], strict=True)]


def changed(*pairs: tuple[str, str]) -> str:
    text = example()
    for old, new in pairs:
        assert text.count(f"{old}\n") == 1, old
        text = text.replace(f"{old}\n", f"{new}\n")
    return text


def keys(text: str) -> dict[str, list[str]]:
    return {row[0].strip("`"): row[1:] for row in rows(text)}


def tables_of(text: str) -> list[dict[str, list[str]]]:
    """The tables of a text, one by one."""
    return [keys(part) for part in re.split(r"\n\n(?=[^|])", text) if "| --- |" in part]


@pytest.fixture
def load(db, tmp_path, monkeypatch):
    """Load a text as ``example.yaml`` by the command, and return what it says."""
    monkeypatch.chdir(tmp_path)

    def run(text: str, **options: bool) -> str:
        (tmp_path / "example.yaml").write_text(text, encoding="utf-8")
        out = StringIO()
        call_command("load_roadmap", "example.yaml", stdout=out, **options)
        return out.getvalue()

    return run


def test_the_example_is_loaded_as_the_page_says(load) -> None:
    assert [load(example())] == of("text", "A small example")
    first, second = Milestone.objects.order_by("code")
    assert (second.series.code, second.edition, second.host) == ("EXW-YEARLY", 2027, "KZ")
    assert [(one.milestone, one.predecessor) for one in Dependency.objects.all()] == [(second, first)]
    assert first.lead_assumed
    assert list(verify_record()) == []


def test_the_example_stands_beside_the_real_roadmap(rk2030, load) -> None:
    assert [load(example())] == of("text", "A small example")


def test_a_dry_run_says_the_same_and_does_nothing(load) -> None:
    assert load(example(), dry_run=True).startswith(of("text", "A small example")[0])
    assert not Report.objects.exists()


def test_a_file_with_faults_is_refused_in_the_words_of_the_page(load) -> None:
    with pytest.raises(CommandError) as refused:
        load(changed(*changes()))
    assert [f"CommandError: {refused.value}\n"] == of("text", "What is refused")
    assert not Report.objects.exists()


def test_the_same_file_again_does_nothing_and_a_moved_date_is_a_plan_change(load) -> None:
    nothing, moved = of("text", "Loading again")
    load(example())
    assert load(example()) == nothing
    assert load(changed(("    due: 2026-Q2", "    due: 2026-Q3"))) == moved
    change = PlanChange.objects.get()
    assert (change.category, str(change.after_date), change.milestone.slippage_days) == ("file", "2026-Q3", 92)


def test_what_people_changed_is_left_alone_and_said_in_the_words_of_the_page(load) -> None:
    from milestones.services import move_date, remove_milestone
    from record.services import open_change

    said = flat(section(GUIDE, "Loading again"))
    load(example())
    with open_change() as change:
        move_date(change, Milestone.objects.get(code="EXW-01"), field="due", to=PlannedDate.parse("2026"), category="political")
        remove_milestone(change, Milestone.objects.get(code="EXW-02"))
    again = load(changed(("    due: 2026-Q2", "    due: 2026-Q3"), ("    due: 2027", "    due: 2028")))
    for why in ("was changed by hand", "was removed by hand"):
        assert f"*{why}*" in said
        assert f"({why})" in again
    dropped = example()[: example().index("milestones:")] + "milestones: []\n"
    assert "(something on the record refers to it)" in load(dropped)
    assert "*something on the record refers to it*" in said
    assert Milestone.objects.get().due_date == PlannedDate.parse("2026")


def test_an_export_loads_back_to_the_same_and_has_the_dates_of_the_file(load) -> None:
    from milestones.services import move_date
    from record.services import open_change

    load(example())
    with open_change() as change:
        move_date(change, Milestone.objects.get(code="EXW-01"), field="due", to=PlannedDate.parse("2030"), category="political")
    out = StringIO()
    call_command("export_roadmap", "EXAMPLE", stdout=out)
    assert "due: 2026-Q2" in out.getvalue()
    assert [load(out.getvalue())] == [of("text", "Loading again")[0]]


def test_the_limits_are_those_of_the_reader() -> None:
    assert f"at most {LARGEST_FILE // 1024 // 1024} MiB and {DEEPEST} levels deep" in flat(section(GUIDE, "What the file may hold"))


def test_the_lengths_of_texts_are_those_of_the_schema() -> None:
    longest = [SCHEMA["$defs"][kind]["properties"]["en"]["maxLength"] for kind in ("title", "short", "text", "short_title")]
    title, short, text, short_title = longest
    assert f"A *title* has up to {title} characters, a *short text* {short}, a *text* {text:,}." in flat(GUIDE)
    assert f"A *short title* has up to {short_title} and may be empty" in flat(GUIDE)
    assert f"up to {SCHEMA['$defs']['code']['maxLength']} characters: `SM-03`" in flat(GUIDE)


@pytest.mark.parametrize(
    ("written", "precision"), [(row[0].strip("`"), row[2]) for row in rows(section(GUIDE, "What the file may hold").split("###")[0])]
)
def test_a_planned_date_is_read_as_the_page_says(written, precision) -> None:
    assert PlannedDate.parse(written).precision == precision


@pytest.mark.parametrize("heading", TABLES)
def test_the_keys_of_a_table_are_those_of_the_schema(heading) -> None:
    assert_same(keys(section(GUIDE, heading)), TABLES[heading])


def test_the_keys_of_indicators_are_those_of_the_schema() -> None:
    found = tables_of(section(GUIDE, "indicator"))
    assert len(found) == len(OF_INDICATORS)
    for named, said in zip(found, OF_INDICATORS, strict=True):
        assert_same(named, said)


def assert_same(named: dict[str, list[str]], schema: dict) -> None:
    """Keys, which of them are needed, and every word that a key may be."""
    assert set(named) == set(schema["properties"])
    assert {key for key, cells in named.items() if cells[1] == "yes"} == set(schema["required"])
    for key, (holds, _needed) in named.items():
        allowed = [value for value in schema["properties"][key].get("enum", []) if value]
        assert set(allowed) <= set(words(holds)), key


def test_every_kind_of_list_has_its_heading() -> None:
    lists = {key: value["items"]["$ref"].rsplit("/", 1)[1] for key, value in SCHEMA["properties"].items() if "items" in value}
    assert {name.removesuffix("_item") for name in lists.values()} | {"report"} == {*TABLES, "indicator"} - {"The file"}


def test_the_committed_schema_is_the_one_that_files_are_checked_by() -> None:
    """`manage.py roadmap_schema` writes it, with what the page says of each key."""
    assert json.loads(json.dumps(described(schema(), GUIDE))) == SCHEMA


def fields_in(schema: object, path: str = "") -> Iterator[tuple[str, dict]]:
    if isinstance(schema, dict):
        for key, value in schema.get("properties", {}).items():
            yield f"{path}.{key}", value
        for key, value in schema.items():
            yield from fields_in(value, f"{path}.{key}" if key != "properties" else path)


def test_every_field_of_the_schema_is_described_for_editors() -> None:
    found = dict(fields_in(SCHEMA))
    assert len(found) > 80
    for path, said in found.items():
        assert re.fullmatch(r"[A-Z1].{5,}|In \w+", said.get("description", ""), re.DOTALL), path
        assert not {"`", "|"} & set(said["description"]), path


def test_editors_find_the_schema_where_the_page_says() -> None:
    named = re.search(r"`# yaml-language-server: \$schema=(\S+)`", section(GUIDE, "In an editor"))
    assert named
    assert (ROOT / "docs" / named[1]).resolve() == SCHEMA_FILE


def test_the_schema_judges_the_example_as_the_loader_does() -> None:
    """Editors and other programs have no more than the file of the schema."""
    judge = Draft202012Validator(SCHEMA)
    Draft202012Validator.check_schema(SCHEMA)
    assert list(judge.iter_errors(read(example()).data)) == []
    assert list(judge.iter_errors(read(changed(changes()[0])).data)) != []

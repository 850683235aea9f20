"""The office that Debian brings opens, edits and saves what the desk writes, and the desk reads it as it was meant."""

import datetime as dt
import json
import subprocess
from pathlib import Path
from threading import Timer

import pytest
from django.utils import translation

from milestones.models import Milestone
from milestones.spreadsheets.tables import TableRefused
from tests.desk.sheets import brought, faults, moves, read, taken_out, written
from tests.machine import needs
from tests.people import published

XLSX, XLS, ODS, CSV = "Calc MS Excel 2007 XML", "MS Excel 97", "calc8", "Text - txt - csv (StarCalc)"
COMMAS, SEMICOLONS = "44,34,76,1", "59,34,76,1"
"""What an office asks of a CSV file: separator, quotation mark, UTF-8, from the first line on."""


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    """An office with a profile of its own, for all of these tests: to come up takes it longer than all that they ask of it."""
    needs("libreoffice")
    command = ["/usr/bin/python3", Path(__file__).parent / "office.py", tmp_path_factory.mktemp("office") / "profile"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.stdin.close()
        try:
            assert process.wait(30) == 0
        finally:
            process.kill()


@pytest.fixture
def office(started, tmp_path):
    """Opens each file, does what is asked for, and gives back what it saved."""

    def work(*tasks):
        asked = []
        for number, (content, ending, task) in enumerate(tasks):
            source = tmp_path / f"{number}.{ending}"
            source.write_bytes(content)
            asked.append({"open": str(source), "save": str(tmp_path / f"saved-{number}"), "as": XLSX} | task)
        limit = Timer(300, started.kill)
        limit.start()
        print(json.dumps(asked), file=started.stdin, flush=True)
        said = started.stdout.readline()
        limit.cancel()
        assert said == "\n", "the office ended, and said why on its standard error"
        return [Path(task["save"]).read_bytes() for task in asked]

    return work


def test_what_it_opens_and_saves_changes_nothing(office, analyst, editor, now):
    published("PR-01", analyst, editor, now=now, summary="=1+1; “Қазақстан”", forecast_date=None)
    kinds = ("plan", "assessments")
    files = [(taken_out(kind, editor, ending), ending) for kind in kinds for ending in ("xlsx", "csv")]
    ways = ({"as": XLSX, "options": COMMAS}, {"as": CSV, "options": COMMAS}, {"as": CSV, "options": SEMICOLONS})
    tasks = [(content, ending, way) for content, ending in files for way in ways if ending == "xlsx" or way["options"] == COMMAS]
    for (content, _ending, way), saved in zip(tasks, office(*tasks), strict=True):
        kind = "plan" if content in {files[0][0], files[1][0]} else "assessments"
        outcome = brought(saved, editor, name="a.xlsx" if way["as"] == XLSX else "a.csv", kind=kind, submit=True)
        assert (faults(outcome), outcome.questions, moves(outcome), outcome.unchanged) == ([], [], [], 3)


def test_what_is_typed_into_it_is_read_as_it_was_typed(office, editor):
    typed = {
        "C2": "2029-06",
        "D2": "2029-06-01",
        "E2": "external",
        "C3": "30.06.2027",
        "E3": "внешние обстоятельства",
        "C4": "II кв. 2027",
        "E4": "clarified",
    }
    (saved,) = office((taken_out("plan", editor), "xlsx", {"type": typed}))
    outcome = brought(saved, editor)
    assert (faults(outcome), outcome.questions) == ([], [])
    assert [(cell, after) for cell, _code, _before, after in moves(outcome)] == [
        ("C2", "2029-06"),
        ("D2", "2029-06-01"),
        ("C3", "2027-06-30"),
        ("C4", "2027-Q2"),
    ]
    assert str(Milestone.objects.get(code="PR-01").due_date) == "2029-06"


def test_where_it_makes_days_of_what_is_typed_one_is_asked(office, editor):
    """Cells of a file that others made are no Texts."""
    content = written([["milestone", "due", "reason"], ["PR-01", dt.date(2028, 3, 5), "external"], ["PR-02", "", "external"]])
    saved = office((content, "xlsx", {"type": {"B2": "2029-06-01", "B3": "2028-03-06"}}))[0]
    outcome = brought(saved, editor)
    assert [[label for _value, label in question.options] for question in outcome.questions] == [["2029-06-01", "2029-06"]]
    assert moves(outcome) == [("B3", "PR-02", "2026-Q1", "2028-03-06")]


def test_hidden_rows_and_merged_cells_of_its_files(office, editor):
    content = taken_out("plan", editor)
    typed = {"C3": "2028", "E3": "external"}
    hidden, merged = office((content, "xlsx", {"type": typed, "hide": [3]}), (content, "xlsx", {"merge": ["C2:C3"]}))
    assert [change.hidden for change in brought(hidden, editor, dry=True).changes] == [True]
    assert [(cell, "C2:C3 are merged" in words) for cell, _column, words in faults(brought(merged, editor))] == [("C2", True)]


def test_what_it_locks_or_saves_otherwise_is_refused_in_words(office, editor):
    content = taken_out("plan", editor)
    locked, old, own = office((content, "xlsx", {"password": "secret"}), (content, "xlsx", {"as": XLS}), (content, "xlsx", {"as": ODS}))
    for saved, name, words in (
        (locked, "a.xlsx", "locked by a password"),
        (old, "a.xls", "a workbook of an old kind"),
        (own, "a.ods", "Choose a CSV or"),
    ):
        with pytest.raises(TableRefused, match=words):
            read(saved, name)

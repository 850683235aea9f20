"""Out to a spreadsheet and in again: dry first, errors by row, and what was exported changes nothing."""

import io
import zipfile

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation

from milestones.models import Assessment, Batch, Evidence, Milestone, PlanChange
from milestones.services import withdraw
from milestones.spreadsheets.importing import import_table
from milestones.spreadsheets.tables import harmless, text_of, write_table
from record.models import Event
from record.services import open_change
from record.verify import verify_record
from tests.desk.conftest import form_of, text
from tests.desk.sheets import edited, read, taken_out
from tests.people import person, published


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def _some_assessed(analyst, editor, now):
    published("PR-01", analyst, editor, now=now, summary="=1+1; “quoted”", confidence="low", forecast_date=None)
    Milestone.objects.filter(code="PR-02").update(analyst=analyst)


def rows_of(content, ending):
    return [{name: cell.text for name, cell in row.cells.items()} for row in read(content, f"a.{ending}").rows]


def table(kind, user, ending="csv", **changes):
    """What the export writes, with some cells changed: ``{"PR-01": {"due": "2028"}}``."""
    return edited(read(taken_out(kind, user, ending), f"a.{ending}"), {code.replace("_", "-"): cells for code, cells in changes.items()})


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
@pytest.mark.parametrize("kind", ["assessments", "plan"])
def test_loading_what_was_exported_changes_nothing(editor, kind, ending):
    events = Event.objects.count()
    outcome = import_table(table(kind, editor, ending), kind=kind, user=editor)
    assert (outcome.changed, outcome.unchanged, outcome.errors) == ([], 3, [])
    assert (Event.objects.count(), Batch.objects.count(), Evidence.objects.count()) == (events, 0, 1)


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_changed_row_is_an_assessment_of_one_batch(analyst, ending):
    changes = {
        "PR_01": {"status": "suspended", "summary": "Stopped", "effective_on": "2026-11-10"},
        "PR_02": {
            "status": "agreed",
            "summary": "Agreed",
            "effective_on": "2026-11-11",
            "evidence": "A page | https://new.example/1\n≠ Another | https://new.example/2",
        },
    }
    data = table("assessments", analyst, ending, **changes)
    dry = import_table(data, kind="assessments", user=analyst, submit=True, dry=True)
    assert (dry.changed, dry.errors, Assessment.objects.count()) == (["PR-01", "PR-02"], [], 1)
    outcome = import_table(data, kind="assessments", user=analyst, submit=True)
    assert outcome.batch.assessments.filter(state="submitted").count() == 2
    one = Assessment.objects.get(summary="Agreed")
    assert {(c.evidence.title, c.stance) for c in one.citations.all()} == {("A page", "supports"), ("Another", "contradicts")}
    kept = Assessment.objects.get(summary="Stopped")
    assert kept.evidence.get() == Assessment.objects.get(state="published").evidence.get()


def test_a_changed_date_is_moved_with_its_reason(editor, analyst):
    data = table(
        "plan",
        editor,
        PR_01={"due": "2028-Q1", "reason": "external", "reason_note": "Put off"},
        PR_02={"forecast": "2027-02", "reason": "clarified"},
    )
    outcome = import_table(data, kind="plan", user=editor)
    assert (outcome.changed, outcome.errors) == (["PR-01", "PR-02"], [])
    assert {(move.field, str(move.after_date), move.note) for move in PlanChange.objects.all()} == {
        ("due", "2028-Q1", "Put off"),
        ("forecast", "2027-02", ""),
    }
    assert verify_record() == []
    assert [row["milestone"] for row in rows_of(taken_out("plan", analyst, "csv"), "csv")] == ["PR-02"]


@pytest.mark.parametrize(
    ("kind", "changes", "column", "words"),
    [
        ("plan", {"due": "2028-Q1"}, "reason", "choose a reason"),
        ("plan", {"due": "soon", "reason": "external"}, "due", "Write 2030"),
        ("plan", {"due": "2028", "reason": "mood"}, "reason", "mood is not known"),
        ("plan", {"due": "2028", "reason": "file"}, "reason", "file is not known"),
        ("plan", {"due": "2028", "reason": "other"}, "reason_note", "which other reason"),
        ("assessments", {"status": "nonsense"}, "status", "nonsense is not known"),
        ("assessments", {"status": "not_assessed", "summary": "x"}, "status", "not_assessed is not known"),
        ("assessments", {"effective_on": "yesterday"}, "effective_on", "Write a day"),
        ("assessments", {"effective_on": "2027-01-01"}, "effective_on", "after today"),
        ("assessments", {"status": "achieved"}, "completed_on", "day on which it was completed"),
        ("assessments", {"confidence": "sure"}, "confidence", "sure is not known"),
        ("assessments", {"summary": "x" * 501}, "summary", "At most 500"),
        ("assessments", {"evidence": "T | javascript:alert(1)"}, "evidence", "javascript"),
        ("assessments", {"actual_host": "RU"}, "actual_host", "Only an edition"),
    ],
)
def test_an_error_names_its_row_and_column_and_nothing_is_written(editor, kind, changes, column, words):
    events = Event.objects.count()
    good = (
        {"due": "2029", "reason": "external"}
        if kind == "plan"
        else {"status": "suspended", "summary": "Good", "effective_on": "2026-11-01"}
    )
    outcome = import_table(table(kind, editor, PR_01=changes, PR_02=good), kind=kind, user=editor, submit=True)
    assert [(error.row, error.column) for error in outcome.errors] == [(2, column)]
    assert words in outcome.errors[0].text
    assert (Event.objects.count(), Assessment.objects.count(), Evidence.objects.count(), Batch.objects.count()) == (events, 1, 1, 0)


def test_what_is_outside_of_the_remit_is_an_error_and_not_in_the_export(editor):
    elsewhere = person("analyst", "elsewhere", remit=["OTHER"])
    assert rows_of(taken_out("assessments", elsewhere, "csv"), "csv") == []
    outcome = import_table(table("assessments", editor, PR_01={"status": "suspended"}), kind="assessments", user=elsewhere)
    assert {error.column for error in outcome.errors} == {"milestone"}
    assert len(outcome.errors) == 3


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"milestone,due,dew\nPR-01,2028,x\n", "There is no column"),
        (b"due\n2028\n", "The column “milestone” is missing"),
        (b"milestone,due\nPR-01,2028\nPR-01,2029\n", "stands in row 2 already"),
        (b"milestone,due\nNO-99,2028\n", "There is no milestone"),
    ],
)
def test_a_table_of_another_shape_is_refused(editor, content, words):
    outcome = import_table(read(content, "a.csv"), kind="plan", user=editor)
    assert words in outcome.errors[0].text


def workbook(*rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def test_dates_and_numbers_that_a_spreadsheet_made_are_read_as_typed(editor):
    import datetime as dt

    content = workbook(
        ["Milestone", "due", "reason"], ["PR-01", dt.datetime(2028, 3, 5), "external"], ["PR-02", 2029.0, "external"], [None, None, None]
    )
    outcome = import_table(read(content, "a.XLSX"), kind="plan", user=editor)
    assert outcome.errors == []
    assert {str(one.after_date) for one in PlanChange.objects.all()} == {"2028-03-05", "2029"}


def test_semicolons_and_a_mark_of_order_are_read_too(editor):
    content = "\ufeffmilestone;due;reason\r\nPR-01;2028;external\r\n".encode()
    assert import_table(read(content, "a.csv"), kind="plan", user=editor).changed == ["PR-01"]


def bomb():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (60 * 1024 * 1024))
    return content.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.pdf", b"%PDF", "Choose a CSV or an XLSX file"),
        ("a", b"x", "Choose a CSV or an XLSX file"),
        ("a.csv", b"", "empty"),
        ("a.csv", b"\n\n", "no line of headings"),
        ("a.csv", "\ufeffп".encode() + b"\xff", "not in UTF-8"),
        ("a.csv", b"a\x00b", "NUL byte"),
        ("a.csv", b"milestone,due\nPR-01,2028,more\n", "Row 2, column C: There is something in this cell, and its column has no heading"),
        ("a.csv", b'milestone,due\nPR-01,"2028\n', "Row 2: a quotation mark is not closed"),
        ("a.csv", b"x" * (2 * 1024 * 1024 + 1), "larger than 2 MB"),
        ("a.csv", b"milestone\n" + b"PR-01\n" * 2001, "more than 2000 rows"),
        ("a.xlsx", b"PK\x03\x04", "not an XLSX workbook"),
        ("a.xlsx", b"nonsense", "not an XLSX workbook"),
        ("a.xlsx", bomb(), "larger than it says"),
    ],
    ids=range(13),
)
def test_a_file_that_is_no_table_is_refused_with_a_reason(as_user, editor, name, content, reason):
    page = as_user(editor).post("/desk/files/", {"kind": "plan", "step": "dry", "file": SimpleUploadedFile(name, content)})
    assert (page.status_code, reason in text(page)) == (400, True)
    assert "notice-error" in page.content.decode()


def test_no_cell_is_run_by_a_spreadsheet(analyst):
    for word in ("=1+1", "+1", "-1", "@A1", "\tx", "\rx"):
        assert text_of(harmless(word)).strip() == word.strip()
        assert harmless(word).startswith("'")
    content = taken_out("assessments", analyst, "xlsx")
    cells = [cell for row in openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert any(str(cell.value).startswith("'=1+1") for cell in cells)
    assert b"'=1+1" in write_table(["a"], [["=1+1"]], title="a", ending="csv")


def test_the_page_shows_a_dry_run_and_records_it_after_a_look(as_user, editor):
    client = as_user(editor)
    content = b"milestone,due,reason\nPR-01,2028,external\n"
    page = client.post("/desk/files/", {"kind": "plan", "step": "dry", "file": SimpleUploadedFile("plan.csv", content)})
    assert "This would change: PR-01" in text(page)
    assert not PlanChange.objects.exists()
    done = client.post("/desk/files/", form_of(page) | {"step": "import"})
    assert "Recorded: PR-01" in text(done)
    assert str(Milestone.objects.get(code="PR-01").due_date) == "2028"


def test_the_page_names_errors_by_row(as_user, editor):
    page = as_user(editor).post("/desk/files/", {"kind": "plan", "file": SimpleUploadedFile("plan.csv", b"milestone,due\nPR-01,2028\n")})
    assert (page.status_code, "Row 2, reason: A date was moved: choose a reason." in text(page)) == (400, True)
    for bad in (
        {},
        {"kind": "plan"},
        {"kind": "plan", "name": "a.csv", "content": "%%%"},
        {"kind": "x", "name": "a.csv", "content": "YQ=="},
    ):
        assert as_user(editor).post("/desk/files/", bad).status_code == 400


def test_exports_say_of_which_day_and_position_they_are(as_user, analyst):
    answer = as_user(analyst).get("/desk/files/assessments.xlsx")
    assert answer["Content-Disposition"] == 'attachment; filename="assessments-2026-11-23-position-2.xlsx"'
    assert as_user(analyst).get("/desk/files/secrets.csv").status_code == 404
    assert as_user(analyst).get("/desk/files/plan.pdf").status_code == 404


def test_confidential_evidence_stays_confidential_whatever_its_line_says(analyst, editor, now):
    from tests.people import a_source

    secret = a_source(analyst, address="https://secret.example/1", title="Secret", confidential=True)
    published("PR-01", analyst, editor, now=now, evidence=[(secret, "supports")])
    data = table("assessments", analyst)
    published("PR-01", person("analyst", "second"), editor, now=now, summary="Newer")
    retyped = {"summary": "Mine", "evidence": "Retyped | https://secret.example/1"}
    asked = import_table(edited(data, {"PR-01": retyped}), kind="assessments", user=analyst)
    answers = {question.key: question.options[1][0] for question in asked.questions}
    outcome = import_table(edited(data, {"PR-01": retyped}), kind="assessments", user=analyst, answers=answers)
    assert (asked.changed, outcome.errors) == ([], [])
    assert secret in Assessment.objects.get(summary="Mine").evidence.all()
    assert not Evidence.objects.filter(address="https://secret.example/1", confidential=False).exists()


def test_a_sheet_that_claims_to_be_huge_is_read_no_further_than_we_take(editor):
    import re as regex

    content = workbook(["milestone", "due", "reason"], ["PR-01", "2028", "external"])
    claimed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(claimed, "w") as new:
        for name in old.namelist():
            body = old.read(name)
            if name.endswith("sheet1.xml"):
                body = regex.sub(rb'<dimension ref="[^"]+"', b'<dimension ref="A1:XFD1048576"', body)
            new.writestr(name, body)
    assert import_table(read(claimed.getvalue()), kind="plan", user=editor).changed == ["PR-01"]


def test_the_same_file_twice_leaves_one_draft(analyst):
    data = table("assessments", analyst, PR_02={"status": "suspended", "summary": "x", "effective_on": "2026-11-01"})
    assert import_table(data, kind="assessments", user=analyst).errors == []
    assert import_table(data, kind="assessments", user=analyst).unchanged == 3
    other = edited(data, {"PR-02": {"summary": "y"}})
    again = import_table(other, kind="assessments", user=analyst)
    assert "You have a draft open on it" in again.errors[0].text
    assert Assessment.objects.filter(state="draft").count() == 1


def test_what_was_withdrawn_is_neither_written_nor_cited_again(analyst, editor, now):
    from tests.people import a_source

    stays, goes = a_source(analyst, title="Stays", address="https://stays.example/"), a_source(analyst, title="Goes")
    published("PR-01", analyst, editor, now=now, evidence=[(stays, "supports"), (goes, "supports")])
    with open_change(by=editor.actor, now=now) as change:
        withdraw(change, goes, by=editor, reason="libel")
    (row,) = (row for row in rows_of(taken_out("assessments", analyst, "csv"), "csv") if row["milestone"] == "PR-01")
    assert row["evidence"] == "Stays | https://stays.example/"
    for line in (f"Goes | file:{goes.uid}", "Goes |"):
        changed = table("assessments", analyst, PR_01={"summary": "Mine", "evidence": line})
        errors = import_table(changed, kind="assessments", user=analyst).errors
        assert [(error.row, error.column) for error in errors] == [(2, "evidence")]
    with open_change(by=editor.actor, now=now) as change:
        withdraw(change, Milestone.objects.get(code="PR-01").current, by=editor, reason="libel")
    (row,) = (row for row in rows_of(taken_out("assessments", analyst, "csv"), "csv") if row["milestone"] == "PR-01")
    assert (row["status"], row["summary"], row["evidence"], row["confidence"]) == ("in_progress", "", "", "")

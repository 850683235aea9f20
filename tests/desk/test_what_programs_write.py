"""What Excel, LibreOffice and others make of a table: each either read as it is meant, asked about, or refused in words."""

import datetime as dt
import io
import zipfile

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from milestones.models import Milestone
from milestones.spreadsheets.dates import Cell, order_in, readings
from milestones.spreadsheets.tables import OLE, TableRefused
from tests.desk.conftest import form_of, text
from tests.desk.sheets import brought, faults, moves, read, saved, taken_out, written

HEAD = ["milestone", "due", "reason"]
ROW = ["PR-01", "2028", "external"]


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


def plan(*rows, ending=None, **how):
    """The outcome of a workbook, or of a CSV file."""
    content = written([HEAD, *rows]) if ending is None else "\n".join(",".join(row) for row in [HEAD, *rows]).encode()
    return content, f"a.{ending or 'xlsx'}", how


# Days and periods


@pytest.mark.parametrize(
    ("cell", "read_as"),
    [
        ("2029-06", ["2029-06"]),
        ("2029-06-01 00:00:00", ["2029-06-01"]),
        ("2029-06-01T00:00", ["2029-06-01"]),
        ("Jun-29", ["2029-06"]),
        ("июн.29", ["2029-06"]),
        ("июн 29 г.", ["2029-06"]),
        ("мау.29", ["2029-06"]),
        ("30-Jun-27", ["2027-06-30"]),
        ("30-Jun-2027", ["2027-06-30"]),
        ("30 июня 2027 г.", ["2027-06-30"]),
        ("2027 жылғы 30 маусым", ["2027-06-30"]),
        ("June 30, 2027", ["2027-06-30"]),
        ("II кв. 2027 г.", ["2027-Q2"]),
        ("2027 ж. II тоқ.", ["2027-Q2"]),
        ("30.06.27", ["2027-06-30"]),
        ("05.06.2027", ["2027-06-05"]),
        ("6/30/2027", ["2027-06-30"]),
        ("30/06/27", ["2027-06-30"]),
        ("05/06/2027", ["2027-06-05", "2027-05-06"]),
        ("2027/06/30", ["2027-06-30"]),
        ("06/2027", ["2027-06"]),
        ("06.2027", ["2027-06"]),
        ("31.02.2027", ["31.02.2027"]),
        ("29-Jun", ["29-Jun"]),
        ("47270", ["47270"]),
        ("soon", ["soon"]),
        ("", [""]),
    ],
)
def test_dates_that_are_texts(cell, read_as):
    assert readings(Cell(cell)) == read_as


def test_one_date_of_a_file_tells_the_order_of_the_others():
    cells = [Cell("6/30/2027"), Cell("05/06/2027"), Cell("")]
    assert order_in(cells) == "mdy"
    assert readings(cells[1], order_in(cells)) == ["2027-05-06"]
    assert order_in([*cells, Cell("30/06/2027")]) == ""


@pytest.mark.parametrize(
    ("day", "number_format", "due", "options"),
    [
        (dt.date(2028, 3, 5), "yyyy-mm-dd", "2028-03-05", []),
        (dt.datetime(2028, 3, 5, 12, 30), "m/d/yy h:mm", "2028-03-05", []),
        (dt.date(2029, 6, 1), "mmm-yy", "2029-06", []),
        (dt.date(2029, 6, 1), '[$-419]mmmm\\ yyyy" г.";@', "2029-06", []),
        (dt.date(2029, 1, 1), "yyyy", "2029", []),
        (dt.date(2029, 6, 1), "m/d/yyyy", "", ["2029-06-01", "2029-06"]),
        (dt.date(2029, 6, 15), "mmm-yy", "", ["2029-06-15", "2029-06"]),
    ],
)
def test_a_cell_of_which_a_program_made_a_day_is_read_by_its_format(editor, day, number_format, due, options):
    content = written([HEAD, ["PR-01", day, "external"]], formats={"B2": number_format})
    outcome = brought(content, editor)
    assert [[label for _value, label in question.options] for question in outcome.questions] == ([options] if options else [])
    assert [after for _cell, _code, _before, after in moves(outcome)] == ([due] if due else [])
    if options:
        assert moves(brought(content, editor, answers={"PR-01:due": options[1]})) == [("B2", "PR-01", "2027-Q2", options[1])]


def test_what_the_record_says_is_not_asked_about(editor):
    """A program has made days of all months of a file: they are what they were."""
    brought(written([HEAD, ["PR-01", "2029-06", "external"]]), editor)
    content = written([HEAD, ["PR-01", dt.date(2029, 6, 1), ""]], formats={"B2": "m/d/yyyy"})
    assert (brought(content, editor).questions, brought(content, editor).unchanged) == ([], 1)


def test_days_that_are_counted_from_1904(editor):
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    for row in (HEAD, ["PR-01", dt.date(2028, 3, 5), "external"]):
        book.active.append(row)
    assert moves(brought(saved(book), editor)) == [("B2", "PR-01", "2027-Q2", "2028-03-05")]


def test_cells_are_written_as_texts_the_empty_ones_too(editor):
    sheet = openpyxl.load_workbook(io.BytesIO(taken_out("plan", editor))).active
    assert {cell.number_format for row in sheet.iter_rows() for cell in row} == {"@"}
    assert sheet.max_column == 8


# Rows and columns


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_rows_have_the_program_s_own_numbers(editor, ending):
    rows = [
        ["Plan of the roadmap", "", ""],
        ["", "", ""],
        HEAD,
        ["PR-01", "soon", "external"],
        ["", "", ""],
        ["", "", ""],
        ["NO-1", "2028", ""],
    ]
    content = written(rows) if ending == "xlsx" else "\r\n".join(";".join(row) for row in rows).encode()
    found = faults(brought(content, editor, name=f"a.{ending}"))
    assert [(cell, column) for cell, column, _words in found] == [("B4", "due"), ("A7", "milestone")]
    assert "“NO-1”" in found[1][2]


def test_one_renamed_heading_is_one_error_however_many_rows(editor):
    rows = [[f"PR-{number}", "2028", "external"] for number in range(121)]
    found = faults(brought(written([["Milestone code", "due", "reason"], *rows]), editor))
    assert [(cell, column) for cell, column, _words in found] == [("A1", "milestone code")]
    assert found[0][2].startswith("There is no column “milestone code”. Those that could be meant: milestone, ")


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([HEAD, [*ROW, "more"]], [("D2", "", "its column has no heading")]),
        ([HEAD, [*ROW, "more"], ["PR-02", "", "", "more"]], [("D2", "", "its column has no heading")]),
        ([[*HEAD, "due"], [*ROW, "2029"]], [("D1", "due", "is there already, as B")]),
        ([["due"], ["2028"]], [("1", "", "The column “milestone” is missing")]),
        ([["milestone", "due", "status"], ["PR-01", "2028", "agreed"]], [("C1", "status", "This is a file of another kind")]),
        ([HEAD, ["", "2028", "external"]], [("A2", "milestone", "does not say which milestone")]),
        ([HEAD, ROW, ROW], [("A3", "milestone", "PR-01 stands in row 2 already")]),
        ([HEAD, ROW, ["Total", "", 3]], [("A3", "milestone", "There is no milestone “TOTAL”")]),
        ([HEAD, ["PR-01", 47270, "external"]], [("B2", "due", "Write 2030, 2027-Q2")]),
        ([HEAD, ["PR-01", "=TODAY()", "external"]], [("B2", "due", "does not say its result")]),
        ([HEAD, ["PR-01", "#REF!", "external"]], [("B2", "due", "an error: #REF!")]),
    ],
)
def test_what_is_wrong_with_a_table_is_named_by_its_cell(editor, rows, found):
    outcome = faults(brought(written(rows), editor))
    assert [(cell, column) for cell, column, _words in outcome] == [(cell, column) for cell, column, _words in found]
    assert all(part in words for (*_place, words), (*_where, part) in zip(outcome, found, strict=True))


def test_codes_in_small_or_cyrillic_letters_are_those_codes(editor):
    cyrillic = "\u0420R\u201302"
    assert brought(written([HEAD, ["pr-01", "2028", "external"], [cyrillic, "2029", "external"]]), editor).changed == ["PR-01", "PR-02"]


def test_words_of_pages_are_read_in_each_language(editor):
    from milestones.choices import REASON_CATEGORIES

    rows = []
    for language, code in (("ru", "PR-01"), ("kk", "PR-02")):
        with translation.override(language):
            rows.append([code, "2028", str(dict(REASON_CATEGORIES)["external"]).capitalize()])
    assert brought(written([HEAD, *rows]), editor).changed == ["PR-01", "PR-02"]


def test_merged_cells_are_refused_in_the_table_and_passed_over_above_it(editor):
    book = openpyxl.Workbook()
    for row in (["Plan of the roadmap"], HEAD, ROW, ["PR-02", "2028", "external"]):
        book.active.append(row)
    book.active.merge_cells("A1:C1")
    assert brought(saved(book), editor, dry=True).changed == ["PR-01", "PR-02"]
    book.active.merge_cells("B3:B4")
    assert [(cell, "B3:B4 are merged" in words) for cell, _column, words in faults(brought(saved(book), editor))] == [("B3", True)]


def test_hidden_rows_are_read_and_said_to_be_hidden(editor):
    book = openpyxl.Workbook()
    for row in (HEAD, ROW, ["PR-02", "2028", "external"]):
        book.active.append(row)
    book.active.auto_filter.ref = "A1:C3"
    book.active.auto_filter.add_filter_column(0, ["PR-01"])
    book.active.row_dimensions[3].hidden = True
    assert [change.hidden for change in brought(saved(book), editor).changes] == [False, True]


def test_the_sheet_with_the_table_is_read_wherever_it_is(editor):
    book = openpyxl.Workbook()
    book.active.append(["Notes of the meeting"])
    sheet = book.create_sheet("Plan 2028")
    for row in (HEAD, ["PR-01", "soon", "external"]):
        sheet.append(row)
    (error,) = brought(saved(book), editor).errors
    assert error.where == "Sheet “Plan 2028”, row 2, column B, due"
    book.copy_worksheet(sheet)
    with pytest.raises(TableRefused, match="Several sheets hold such a table: “Plan 2028”, “Plan 2028 Copy”"):
        read(saved(book))
    book["Plan 2028 Copy"].sheet_state = "hidden"
    assert len(brought(saved(book), editor).errors) == 1


# Kinds of files


def with_macros(content):
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            kind = (
                b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main",
                b"application/vnd.ms-excel.sheet.macroEnabled.main",
            )
            new.writestr(name, old.read(name).replace(*kind) if name == "[Content_Types].xml" else old.read(name))
        new.writestr("xl/vbaProject.bin", OLE + b"Sub Auto_Open()")
    return made.getvalue()


def test_a_workbook_with_macros_is_read_without_them(editor):
    assert brought(with_macros(written([HEAD, ROW])), editor, name="a.xlsm").changed == ["PR-01"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.xlsx", OLE + b"\0" * 512 + "EncryptedPackage".encode("utf-16-le"), "locked by a password"),
        ("a.xls", OLE + b"\0" * 512 + "Workbook".encode("utf-16-le"), "a workbook of an old kind"),
        ("a.ods", b"PK\x03\x04", "Choose a CSV or an XLSX file"),
        ("a.numbers", b"PK\x03\x04", "Choose a CSV or an XLSX file"),
        ("a.xlsx", b"milestone,due\nPR-01,2028\n", "not an XLSX workbook"),
        ("a.csv", b'milestone,due\nPR-01,"2028"x\n', "Row 2: a quotation mark"),
        ("a.csv", b'milestone,due\nPR-01,2028\nPR-02,"2029\n', "Row 3: a quotation mark"),
        ("a.csv", b"milestone,due\nPR-01," + b"2" * 140_000, "Row 2 has a cell of more than 131072 characters"),
    ],
)
def test_what_is_no_table_is_refused_in_words(editor, name, content, words):
    with pytest.raises(TableRefused, match=words):
        read(content, name)


def test_the_strict_kind_of_workbook_is_refused_in_words(editor):
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(written([HEAD, ROW]))) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"http://schemas.openxmlformats.org/", b"http://purl.oclc.org/ooxml/"))
    with pytest.raises(TableRefused, match="“Strict Open XML”"):
        read(made.getvalue())


LINES = "milestone{0}due{0}reason\r\nPR-01{0}2028{0}external\r\n"


@pytest.mark.parametrize(
    "content",
    [
        LINES.format(",").encode(),
        LINES.format(";").encode("utf-8-sig"),
        LINES.format("\t").encode("utf-16"),
        LINES.format("\t").replace("\r\n", "\r").encode(),
        ("sep=;\r\n" + LINES.format(";")).encode("utf-8-sig"),
        ('"sep=|"\n' + LINES.format("|")).encode(),
        ("Plan, of the roadmap, 2028\r\n\r\n" + LINES.format(";")).encode(),
        ('\ufeff\ufeff"milestone",due,reason\nPR-01,2028,external').encode(),
        b"MILESTONE , Due,reason\nPR-01,2028,external",
    ],
    ids=range(9),
)
def test_csv_of_every_program_is_read(editor, content):
    assert brought(content, editor, name="a.csv").changed == ["PR-01"]


def test_the_line_that_names_the_separator_is_not_counted(editor):
    found = brought(b"sep=;\nmilestone;due\nPR-01;soon\n", editor, name="a.csv")
    assert [cell for cell, _column, _words in faults(found)] == ["B2"]


def test_another_character_set_is_asked_about_and_letters_that_it_lacks_change_nothing(as_user, analyst, editor, now):
    from tests.people import published

    summary = "Қазақстан мен Ресей: работа идёт."
    published("PR-01", analyst, editor, now=now, summary=summary)
    lost = taken_out("assessments", editor, "csv").decode("utf-8-sig").encode("cp1251", "replace")
    assert summary.encode("cp1251", "replace") == "?аза?стан мен Ресей: работа идёт.".encode("cp1251")
    client = as_user(editor)
    page = client.post("/desk/files/", {"kind": "assessments", "step": "dry", "file": SimpleUploadedFile("a.csv", lost)})
    assert (page.status_code, "Windows-1251: " in text(page), "?аза?стан мен Ресей" in text(page)) == (200, True, True)
    read_so = client.post("/desk/files/", form_of(page) | {"answer-charset": "cp1251", "step": "dry"})
    outcome = read_so.context["outcome"]
    assert (outcome.unchanged, outcome.changes, outcome.errors) == (3, [], [])
    changed = lost.replace("работа".encode("cp1251"), "всё".encode("cp1251"))
    outcome = brought(changed, editor, name="a.csv", kind="assessments", answers={"charset": "cp1251"})
    assert [after for *_place, after in moves(outcome)] == ["?аза?стан мен Ресей: всё идёт."]


# The page


def test_the_dry_run_shows_sheet_row_column_from_and_to(as_user, editor):
    content = written([HEAD, ROW, ["PR-02", "2026-Q1", ""]], title="My plan")
    page = as_user(editor).post("/desk/files/", {"kind": "plan", "step": "dry", "file": SimpleUploadedFile("a.xlsx", content)})
    assert "PR-01 Sheet “My plan”, row 2, column B, due 2027-Q2 2028" in text(page)
    assert Milestone.objects.filter(due__year=2028).count() == 0


def test_a_question_is_answered_on_the_page_and_then_what_it_does_is_shown(as_user, editor):
    client = as_user(editor)
    content = written([HEAD, ["PR-01", dt.date(2029, 6, 1), "external"]], formats={"B2": "m/d/yyyy"})
    page = client.post("/desk/files/", {"kind": "plan", "step": "dry", "file": SimpleUploadedFile("a.xlsx", content)})
    assert "Which is meant? 2029-06-01 2029-06" in text(page)
    assert "Record it" not in text(page)
    shown = client.post("/desk/files/", form_of(page) | {"answer-PR-01:due": "2029-06", "step": "dry"})
    assert "column B, due 2027-Q2 2029-06" in text(shown)
    client.post("/desk/files/", form_of(shown) | {"step": "import"})
    assert str(Milestone.objects.get(code="PR-01").due_date) == "2029-06"

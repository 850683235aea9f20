"""Small files that cost much: refused by what they say of themselves, or read in a process that is ended; never under the record lock."""

import io
import struct
import time
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation

from common.archives import MOST_ENTRIES, NotTaken, TooMuch, opened
from milestones.desk import recording
from milestones.evidence import files
from milestones.evidence.files import FileRefused, examine
from milestones.spreadsheets import sheets, tables
from milestones.spreadsheets.tables import TableRefused
from tests.desk.conftest import form_of
from tests.desk.sheets import read

FORM = "/desk/milestones/PR-01/"
SHEET = """<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>"""


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


def archive(entries, first="word/document.xml"):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as written:
        written.writestr(first, "x")
        for number in range(entries - 1):
            written.writestr(str(number), "")
    return content.getvalue()


def claiming(content, *, entries, index):
    """The same archive with another record at its end."""
    place = content.rfind(b"PK\x05\x06")
    return content[: place + 8] + struct.pack("<HHL", entries, entries, index) + content[place + 16 :]


def larger(content, *, entries, index):
    """The same with the record of large archives before the small one, which zipfile believes instead."""
    place = content.rfind(b"PK\x05\x06")
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, entries, entries, index, 0)
    return content[:place] + record + struct.pack("<4sLQL", b"PK\x06\x07", 0, place, 1) + content[place:]


def docx(content):
    return SimpleUploadedFile("minutes.docx", content)


def test_an_archive_of_many_entries_is_refused_before_they_are_read(monkeypatch):
    """446,192 entries, 20 MB, took 6.8 seconds."""
    monkeypatch.setattr(zipfile.ZipFile, "_RealGetContents", lambda _self: pytest.fail("the list was read"))
    for content in (
        claiming(ARCHIVE, entries=65535, index=2**20),
        claiming(ARCHIVE, entries=1, index=2**21),
        larger(ARCHIVE, entries=446_192, index=len(ARCHIVE)),
    ):
        with pytest.raises(TooMuch), opened(io.BytesIO(content)):
            pass
        with pytest.raises(FileRefused, match="not what the name says"):
            examine(docx(content))


ARCHIVE = archive(3)


def test_other_archives_are_read():
    with opened(io.BytesIO(archive(MOST_ENTRIES))) as read:
        assert len(read.namelist()) == MOST_ENTRIES
    with opened(io.BytesIO(ARCHIVE[:-2] + struct.pack("<H", 5) + b"words")):
        pass
    for broken in (b"", b"PK", b"PK\x05\x06", ARCHIVE[:-5], b"x" * 100):
        with pytest.raises(NotTaken), opened(io.BytesIO(broken)):
            pass
    assert len(examine(docx(ARCHIVE))) == 64


@pytest.mark.parametrize("where", [FORM, FORM + "autosave/"])
def test_a_file_is_looked_at_before_the_record_lock_is_taken_and_once(as_user, analyst, monkeypatch, where):
    done = []

    def look(file, check=files.check_file):
        done.append("look")
        check(file)

    def take(open_change=recording.open_change, **by):
        done.append("lock")
        return open_change(**by)

    monkeypatch.setattr(files, "check_file", look)
    monkeypatch.setattr(recording, "open_change", take)
    client = as_user(analyst)
    data = form_of(client.get(FORM)) | {"e-0-title": "Minutes", "e-0-file": docx(ARCHIVE), "action": "save"}
    assert client.post(where, data).status_code in {200, 302}
    assert done == ["look", "lock"]


# Workbooks


def workbook(sheet, **more):
    """A workbook whose only sheet is written by hand."""
    import openpyxl

    made, content = io.BytesIO(), io.BytesIO()
    openpyxl.Workbook().save(made)
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            body = SHEET % sheet if name.endswith("sheet1.xml") else old.read(name)
            new.writestr(name, more.get(name, body))
    return content.getvalue()


WIDE = '<row r="1">' + '<c r="A1"><v>1</v></c>' * 1_500_000 + "</row>"


def test_a_workbook_that_keeps_its_reader_busy_is_ended(monkeypatch):
    """30 MB of cells in some ten kilobytes; nothing from outside tells it from a large table."""
    monkeypatch.setattr(tables, "SECONDS", 1)
    content = workbook(WIDE)
    assert len(content) < 200_000
    began = time.process_time()
    with pytest.raises(TableRefused, match="takes too long"):
        read(content)
    assert time.process_time() - began < 5  # of this process, which does not read it


def test_the_process_that_reads_knows_no_secret(monkeypatch):
    given = {}

    def run(_command, **options):
        given.update(options)
        raise tables.subprocess.TimeoutExpired("", 1)

    monkeypatch.setattr(tables.subprocess, "run", run)
    with pytest.raises(TableRefused):
        read(workbook("<row/>"))
    assert set(given["env"]) == {"PATH", "PYTHONUTF8"}


def test_a_cell_of_a_hundred_thousand_lines_is_no_evidence(editor):
    from milestones.models import Milestone
    from milestones.spreadsheets.importing import import_table

    line = "A | https://sample.example/a\n"
    code = Milestone.objects.values_list("code", flat=True)[0]
    rows = f'milestone,status,summary,evidence\n{code},agreed,x,"{line * 1000}"\n'
    outcome = import_table(read(rows.encode(), "a.csv"), kind="assessments", user=editor)
    assert [(error.column, str(sheets.MOST_ROWS) in error.text) for error in outcome.errors] == [("evidence", True)]

"""Files: just the view, typed and harmless cells, the moment said in each, made once in the background, and printed."""

import csv
import datetime as dt
import gc
import io
import json
import random
import re
import sys
import tempfile
import xml.etree.ElementTree as ET
import zipfile
from dataclasses import replace

import openpyxl
import pypdf
import pytest
from django.utils import translation

from common.dates import PlannedDate
from exports import files, making, printed, tasks
from exports.formats import FORMATS
from exports.models import Export
from exports.tables import Table
from milestones.models import Milestone
from milestones.services import keep_milestone, move_date, withdraw
from record.moments import now as present
from record.services import open_change
from roadmap.celery import app
from roadmap_file.loading import load
from tests.factories import another, as_file, milestone, roadmap, texts
from tests.machine import needs
from tests.people import a_source, published

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path, time_machine, now):
    settings.STORAGES = settings.STORAGES | {"default": settings.STORAGES["default"] | {"OPTIONS": {"location": str(tmp_path)}}}
    time_machine.move_to(now, tick=False)


def body(response):
    return b"".join(response.streaming_content) if response.streaming else response.content


def workbook(response):
    return openpyxl.load_workbook(io.BytesIO(body(response)))


def test_a_csv_is_just_the_view_with_its_moment_on_each_row(rk2030, client):
    response = client.get("/milestones.csv?lang=en&proposal=SM,AF&status=not_assessed")
    assert response["Content-Disposition"] == 'attachment; filename="roadmap-2026-11-23-1.csv"'
    rows = list(csv.DictReader(io.StringIO(body(response).decode("utf-8-sig"))))
    assert {row["proposal"] for row in rows} == {"SM", "AF"}
    assert len(rows) == 17
    assert {(row["record_position"], row["as_of"]) for row in rows} == {("1", "2026-11-23")}
    assert rows[0]["title"] == Milestone.objects.get(code=rows[0]["code"]).title_en


def test_a_cell_that_a_spreadsheet_would_run_is_made_safe(now, client):
    nasty = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://evil.example")']
    load(
        as_file(roadmap(*(milestone(f"PR-{n}", title=texts("x") | {"en": word.replace("\t", " ")}) for n, word in enumerate(nasty)))),
        now=now,
    )
    rows = list(csv.DictReader(io.StringIO(body(client.get("/milestones.csv?lang=en")).decode("utf-8-sig"))))
    assert all(not re.match(r"[=+\-@\t\r]", row["title"]) for row in rows)
    sheet = workbook(client.get("/milestones.xlsx?lang=en"))["Milestones"]
    assert {cell.data_type for cell in sheet["B"]} == {"s"}
    assert sheet["B2"].value.startswith("'=")


def test_a_workbook_has_typed_cells_filters_and_a_sheet_for_each_kind(rk2030, client, now, analyst, editor):
    published("SM-01", analyst, editor, now=now, status="achieved", completed_on=dt.date(2024, 6, 30))
    secret = a_source(analyst, title="A zqword", address="https://zqword.example", confidential=True)
    published("SM-02", analyst, editor, now=now, evidence=[(secret, "supports"), (a_source(analyst), "supports")])
    with open_change(now=now) as change:
        move_date(
            change, Milestone.objects.get(code="SM-03"), field="due", to=PlannedDate.parse("2027-Q1"), category="political", note="Talks"
        )
    book = workbook(client.get("/milestones.xlsx?lang=en"))
    assert book.sheetnames == ["About", "Milestones", "Assessments", "Evidence", "Plan changes", "Sources of reports"]
    assert "position 4" in str(book["About"]["B1"].value)
    sheet = book["Milestones"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref[:3]) == ("B2", "A1:")
    head = {cell.value: cell.column_letter for cell in sheet[1]}
    row = next(row[0].row for row in sheet.iter_rows(min_row=2) if row[0].value == "SM-03")
    assert sheet[f"{head['Due']}{row}"].value == dt.datetime(2027, 3, 31)
    assert sheet[f"{head['Due']}{row}"].is_date
    assert sheet[f"{head['Slippage in days']}{row}"].value == 455 - 1 + 1 or isinstance(
        sheet[f"{head['Slippage in days']}{row}"].value, int
    )
    assert book["Assessments"].max_row == 3
    assert "zqword" not in str([[cell.value for cell in row] for sheet in book for row in sheet.iter_rows()])
    assert book["Evidence"].max_row == 3
    assert [cell.value for cell in book["Plan changes"][2]][:8] == ["SM-03", "due", dt.datetime(2025, 12, 31), "quarter", dt.datetime(2027, 3, 31), "quarter", "political", "Talks"]  # fmt: skip
    assert book["Sources of reports"].max_row == 12


def test_a_json_file_is_one_document_that_says_its_moment(rk2030, client):
    found = json.loads(body(client.get("/milestones.json?lang=en&proposal=SM")))
    assert (found["about"]["position"], found["about"]["as_of"], found["about"]["sample"]) == (1, "2026-11-23", False)
    assert [one["code"] for one in found["milestones"]] == [f"SM-0{n}" for n in range(1, 9)]


def test_files_hold_what_the_record_said_at_an_earlier_position(rk2030, client, now):
    with open_change(now=now) as change:
        move_date(change, Milestone.objects.get(code="SM-03"), field="due", to=PlannedDate.parse("2029"), category="political")
    now_rows, then_rows = (
        {
            row["code"]: row["due"]
            for row in csv.DictReader(io.StringIO(body(client.get(f"/milestones.csv?lang=en{more}")).decode("utf-8-sig")))
        }
        for more in ("", "&at=1&as_of=2026-11-23")
    )
    assert (now_rows["SM-03"], then_rows["SM-03"]) == ("2029-12-31", "2025-12-31")


@pytest.mark.parametrize("ending", [ending for ending, form in FORMATS.items() if form.view])
def test_a_file_asked_for_wrongly_is_refused(rk2030, client, ending):
    assert client.get(f"/milestones.{ending}?status=nonsense").status_code == 302
    assert client.get(f"/milestones.{ending}?at=99").status_code == 400
    assert client.get(f"/milestones.{ending}?as_of=2000-01-01").status_code == 404
    assert client.get("/milestones.exe").status_code == 404
    assert client.post(f"/milestones.{ending}").status_code == 405


def ask(client, kind, **more):
    return client.post("/exports/ask/?lang=en", {"kind": kind, **more})


@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
def test_every_format_is_had_wherever_it_is_offered(rk2030, client, form):
    if form is FORMATS["pdf"]:
        needs("pango")
    api = client.get(f"/api/v1/milestones/?format={form.ending}&lang=en")
    assert api.status_code == (200 if form.api or form.ending == "json" else 400)
    if form.api:
        assert (api["Content-Type"], api["Content-Disposition"][-len(form.ending) - 1 : -1]) == (form.media_type, form.ending)
        assert body(api)
    page = client.get("/milestones/?lang=en").content.decode()
    assert (f'href="/milestones.{form.ending}?' in page) == bool(form.view)
    assert client.get(f"/milestones.{form.ending}?lang=en").status_code == (200 if form.view else 404)
    page = client.get("/exports/?lang=en").content.decode()
    assert (f'name="kind" value="{form.ending}"' in page) == bool(form.whole)
    asked = ask(client, form.ending)
    assert asked.status_code == (302 if form.whole else 404)
    if form.whole:
        assert making.make(Export.objects.get().pk)
        made = client.get(f"{asked['Location']}file/")
        assert (made["Content-Type"], bool(body(made))) == (form.media_type, True)


def test_a_long_file_is_made_by_a_worker_and_its_page_says_how_far_it_is(rk2030, client, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr("exports.views.AT_ONCE", 100)
    woken = []
    monkeypatch.setattr(app, "send_task", lambda name, args, **_options: woken.append((name, *args)))
    with django_capture_on_commit_callbacks(execute=True):
        sent = client.get("/milestones.xlsx?lang=en")
    export = Export.objects.get()
    assert sent["Location"] == f"/exports/{export.uid}/"
    waiting = client.get(f"/exports/{export.uid}/?lang=en")
    assert (waiting["Refresh"], "It waits for its turn." in waiting.content.decode()) == ("3", True)
    assert client.get(f"/exports/{export.uid}/file/").status_code == 404
    assert woken == [("exports.tasks.make_export", export.pk)]
    tasks.make_export(export.pk)
    ready = client.get(f"/exports/{export.uid}/?lang=en")
    assert "Refresh" not in ready
    assert workbook(client.get(f"/exports/{export.uid}/file/")).sheetnames[1] == "Milestones"


def test_the_same_file_asked_for_again_is_the_same_until_the_record_moves(rk2030, client, now, editor):
    first, second = ask(client, "csv"), ask(client, "csv")
    assert first["Location"] == second["Location"]
    assert ask(client, "json")["Location"] != first["Location"]
    with open_change(now=now) as change:
        move_date(change, Milestone.objects.get(code="SM-03"), field="due", to=PlannedDate.parse("2029"), category="political")
    assert ask(client, "csv")["Location"] != first["Location"]
    assert ask(client, "csv", at="1", as_of="2026-11-23")["Location"] == first["Location"], "the first was of that moment"
    assert Export.objects.count() == 3


def test_a_withdrawal_makes_earlier_files_stale(rk2030, client, now, analyst, editor):
    gone = published("SM-01", analyst, editor, now=now, summary="To go.")
    first = ask(client, "json", at="2", as_of="2026-11-23")["Location"]
    with open_change(now=now) as change:
        withdraw(change, gone, by=editor, reason="libel")
    second = ask(client, "json", at="2", as_of="2026-11-23")["Location"]
    assert first != second
    export = Export.objects.get(uid=second.split("/")[2])
    assert making.make(export.pk)
    assert "To go." not in body(client.get(f"{second}file/")).decode()


def test_a_file_is_claimed_once_and_taken_up_again_after_a_death(rk2030, now, time_machine):
    export = making.ask_for("csv", "", present())
    Export.objects.filter(pk=export.pk).update(state="running", claimed_until=now + making.CLAIM)
    assert not making.make(export.pk)
    assert making.waiting() == []
    time_machine.move_to(now + making.CLAIM + dt.timedelta(seconds=1), tick=False)
    assert making.waiting() == [export.pk]
    tasks.make_waiting_exports()
    export.refresh_from_db()
    assert (export.state, export.attempts, bool(export.file)) == ("done", 1, True)


def test_a_file_made_before_a_withdrawal_is_taken_down(rk2030, client, now, analyst, editor, tmp_path):
    gone = published("SM-01", analyst, editor, now=now, summary="To go.")
    export = making.ask_for("json", "", present())
    assert making.make(export.pk)
    assert b"To go." in body(client.get(f"/exports/{export.uid}/file/"))
    with open_change(now=now) as change:
        withdraw(change, gone, by=editor, reason="libel")
    assert client.get(f"/exports/{export.uid}/file/").status_code == 410
    assert list(tmp_path.rglob("*.json")) == []
    assert client.get(f"/exports/{export.uid}/").status_code == 200


def test_a_file_during_whose_making_something_was_withdrawn_is_never_given_out(rk2030, client, now, analyst, editor, monkeypatch):
    gone = published("SM-01", analyst, editor, now=now, summary="To go.")
    export = making.ask_for("json", "", present())
    plain = FORMATS["json"].whole

    def slow(*given):
        yield from plain(*given)
        with open_change(now=now) as change:
            withdraw(change, gone, by=editor, reason="libel")

    monkeypatch.setitem(FORMATS, "json", replace(FORMATS["json"], whole=slow))
    making.make(export.pk)
    assert client.get(f"/exports/{export.uid}/file/").status_code == 404
    assert making.ask_for("json", "", present()).pk != export.pk


def test_a_file_that_somebody_deleted_is_made_anew(rk2030, client, tmp_path):
    export = making.ask_for("csv", "", present())
    making.make(export.pk)
    for path in tmp_path.rglob("*.csv"):
        path.unlink()
    assert making.ask_for("csv", "", present()).pk != export.pk
    other = making.ask_for("json", "", present())
    making.make(other.pk)
    for path in tmp_path.rglob("*.json"):
        path.unlink()
    assert client.get(f"/exports/{other.uid}/").status_code == 200
    assert client.get(f"/exports/{other.uid}/file/").status_code == 404


def test_a_file_over_which_every_worker_dies_is_given_up(rk2030, now, time_machine):
    export = making.ask_for("csv", "", present())
    Export.objects.filter(pk=export.pk).update(state="running", attempts=making.MOST_ATTEMPTS, claimed_until=now)
    time_machine.move_to(now + dt.timedelta(seconds=1), tick=False)
    assert making.waiting() == []
    export.refresh_from_db()
    assert export.state == "failed"


def test_what_is_no_filter_makes_no_other_file_and_a_long_one_no_error(rk2030, client):
    needs("pango")
    places = {ask(client, "csv", foo=str(n), csrfmiddlewaretoken="x" * n)["Location"] for n in range(3)}
    assert len(places) == 1
    assert len({ask(client, "pdf", proposal=code)["Location"] for code in ("SM", "AF")}) == 1
    assert ask(client, "csv", q="a" * 2500)["Location"] == "/exports/"


def test_a_workbook_of_a_view_holds_what_belongs_to_it(rk2030, client, now, analyst, editor):
    published("SM-01", analyst, editor, now=now)
    published("AF-01", analyst, editor, now=now)
    book = workbook(client.get("/milestones.xlsx?lang=en&proposal=SM"))
    assert [cell.value for cell in book["Assessments"]["B"]][1:] == ["SM-01"]
    assert [cell.value for cell in book["Evidence"]["C"]][1:] == ["SM-01"]


@pytest.mark.expects_errors
def test_a_file_that_cannot_be_made_says_so_after_three_attempts(rk2030, client, monkeypatch):
    export = making.ask_for("csv", "", present())
    monkeypatch.setitem(FORMATS, "csv", replace(FORMATS["csv"], whole=lambda *_all: 1 / 0))
    assert [making.make(export.pk) for _attempt in range(4)] == [False] * 4
    export.refresh_from_db()
    assert (export.state, export.attempts) == ("failed", 3)
    assert "could not be made" in client.get(f"/exports/{export.uid}/?lang=en").content.decode()
    assert making.ask_for("csv", "", present()).pk != export.pk


def test_old_files_are_forgotten(rk2030, now, time_machine, tmp_path):
    export = making.ask_for("csv", "", present())
    making.make(export.pk)
    assert len(list(tmp_path.rglob("*.csv"))) == 1
    time_machine.move_to(now + dt.timedelta(hours=25), tick=False)
    tasks.forget_exports()
    assert not Export.objects.exists()
    assert list(tmp_path.rglob("*.csv")) == []


def test_a_whole_file_is_of_the_report_that_it_is_asked_for(rk2030, client, now):
    load(another(), now=now)
    assert 'name="report"\n            value="OTHER"' in client.get("/reports/OTHER/exports/").content.decode()
    export = Export.objects.get(uid=ask(client, "json", report="OTHER")["Location"].split("/")[2])
    making.make(export.pk)
    found = json.loads(body(client.get(f"/exports/{export.uid}/file/")))
    assert {row["code"] for row in found["milestones"]} == {"ZQ-01"}
    assert {row["report"] for row in found["sources"]} == {"OTHER"}
    assert "/reports/OTHER/overview/?" in found["about"]["said"]


def test_a_printed_report_follows_no_filter_but_that_of_one_report(rk2030, client, now):
    load(another(), now=now)
    printed_ = [ask(client, "pdf", **asked)["Location"] for asked in ({"report": "OTHER"}, {"report": "OTHER", "q": "x"}, {"q": "x"}, {})]
    assert printed_[0] == printed_[1] != printed_[2] == printed_[3]
    assert sorted(Export.objects.values_list("query", flat=True)) == ["", "report=OTHER"]
    assert ask(client, "pdf", report="OTHER,RK2030")["Location"] == "/exports/"
    assert ask(client, "csv", report="OTHER,RK2030")["Location"] != "/exports/"


@pytest.mark.parametrize("kind", ["", "exe", "xls", "ics"])
def test_a_kind_of_file_that_is_none_is_not_found(rk2030, client, kind):
    assert ask(client, kind).status_code == 404


def test_the_exports_of_one_address_are_limited(rk2030, client, settings):
    settings.FORM_RATE = "1/hour"
    assert [ask(client, "csv").status_code for _ in range(2)] == [302, 429]


@pytest.mark.parametrize("language", ["ru", "en", "kk"])
def test_the_printed_report_is_tagged_and_says_its_moment(rk2030, now, analyst, editor, language):
    needs("pango")
    published("SM-01", analyst, editor, now=now, summary="A quorum was there.")
    with translation.override(language):
        content = printed.report(present())
        headline = {"ru": "Из 121 вехи просрочено 1", "en": "1 of 121 milestones late", "kk": "121 межеден 1 меже кешігуде"}[language]
    document = pypdf.PdfReader(io.BytesIO(content))
    assert document.root_object["/MarkInfo"]["/Marked"]
    assert document.root_object["/Lang"] == language
    assert re.search(r"pdfuaid:part(>1<|=.1.)", document.root_object["/Metadata"].get_object().get_data().decode())
    assert len(document.pages) > 10
    assert len(document.outline) > 5
    pages = [re.sub(r"\s+", " ", page.extract_text()) for page in document.pages]
    assert headline in pages[0]
    since = {"ru": "изменилась 1 веха из 121", "en": "1 of 121 milestones changed", "kk": "121 меженің ішінен өзгергені – 1"}[language]
    assert since in pages[0]
    assert "at=2&as_of=2026-11-23" in pages[0].replace(" ", "")
    words = " ".join(pages)
    assert "A quorum was there." in words
    assert "SM-08" in words
    wide = [number for number, page in enumerate(document.pages) if page.mediabox.width > page.mediabox.height]
    assert len(wide) == 1
    assert all(page.extract_text().strip() for page in document.pages)


@pytest.mark.expects_errors
def test_the_printed_report_loads_nothing_from_outside(rk2030, now, monkeypatch, caplog):
    needs("pango")
    images = "".join(f'<img alt="x" src="{address}">' for address in ("http://127.0.0.1:9/x.png", "file:///etc/passwd"))
    monkeypatch.setattr(printed, "render_to_string", lambda *_all: f'<html lang="en"><title>x</title><h1>x</h1>{images}</html>')
    assert printed.report(present())
    assert caplog.text.count("disallowed protocol") == 2


def test_a_report_of_very_many_proposals_says_what_it_leaves_out(rk2030, monkeypatch, now, analyst, editor):
    monkeypatch.setattr(printed, "MOST_PROPOSALS", 5)
    published("ED-01", analyst, editor, now=now)  # is late
    with translation.override("en"):
        html = printed.report_html(present())
    assert re.findall(r'<h3 id="p-(\w+)">', html) == ["SM", "AF", "SE", "TT", "ED"]
    assert "13 proposals in which nothing is late or at risk" in html


def test_an_installation_without_the_libraries_says_that_it_cannot_print(rk2030, client, monkeypatch):
    needs("pango")
    assert printed.is_possible()
    monkeypatch.setattr(printed, "LIBRARIES", ("libnothing-of-the-kind.so.7",))
    printed.is_possible.cache_clear()
    try:
        assert "cannot print reports as PDF" in client.get("/exports/?lang=en").content.decode()
        assert ask(client, "pdf").status_code == 404
    finally:
        printed.is_possible.cache_clear()


def test_an_xlsx_is_a_sound_archive(rk2030, client):
    archive = zipfile.ZipFile(io.BytesIO(body(client.get("/milestones.xlsx"))))
    assert archive.testzip() is None


@pytest.fixture
def beside(tmp_path, monkeypatch):
    """An empty folder for what is written beside."""
    folder = tmp_path / "beside"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_a_workbook_goes_out_in_pieces_and_leaves_nothing_beside(beside):
    rows = [[number, f"{random.random()}", dt.date(2026, 11, 23)] for number in range(1, 5001)]
    table = Table("numbers", "Numbers", (("a", "A", 5), ("b", "B", 5), ("c", "C", 5)), lambda: iter(rows))
    pieces = list(files.xlsx_file([table], [("position", 1)]))
    assert len(pieces) > 1
    assert max(map(len, pieces)) <= files.PIECE
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(pieces)))["Numbers"]
    assert (sheet.max_row, sheet.auto_filter.ref, sheet["C5001"].value.date()) == (5001, "A1:C5001", dt.date(2026, 11, 23))
    assert list(beside.iterdir()) == []


def test_a_workbook_that_fails_in_the_middle_leaves_nothing_beside(beside, monkeypatch):
    unheard = []
    monkeypatch.setattr(sys, "unraisablehook", lambda told: unheard.append(str(told.exc_value)))

    def broken():
        yield [1]
        raise ValueError("in the middle")

    with pytest.raises(ValueError, match="in the middle"):
        list(files.xlsx_file([Table("numbers", "Numbers", (("a", "A", 5),), broken)], []))
    gc.collect()
    assert unheard == []
    assert list(beside.iterdir()) == []


def test_a_file_that_nobody_waits_for_any_more_is_given_up_at_once():
    given_up = []

    def endless():
        try:
            yield from iter(lambda: b"row", None)
        finally:
            given_up.append(True)

    sent = files.begun(endless())
    assert [next(sent), next(sent)] == [b"row", b"row"]
    sent.close()
    assert given_up == [True]


def test_a_day_before_a_sheet_can_count_is_in_a_workbook():
    """Days of a spreadsheet begin with 1900."""
    table = Table("days", "Days", (("day", "Day", 10),), lambda: iter([[dt.date(1856, 7, 10)]]))
    book = openpyxl.load_workbook(io.BytesIO(b"".join(files.xlsx_file([table], []))))
    assert str(book["Days"]["A2"].value).startswith("1856-07-10")


def test_what_xml_has_no_place_for_breaks_no_file(now, client):
    odd = "Line one\x0bline two \ufffe\x1f end"
    load(as_file(roadmap(milestone("PR-1"))), now=now)
    with open_change(by="Some\x0bbody", now=now) as change:
        one = Milestone.objects.get()  # as an earlier version took it in: no door lets it pass today
        one.title_ru = one.title_en = odd
        one.save()
        keep_milestone(change, one, added=False, fields=["title"])
        move_date(change, Milestone.objects.get(), field="due", to=PlannedDate.parse("2029"), category="political", note=odd)
    assert workbook(client.get("/milestones.xlsx?lang=en")).worksheets[1].max_row == 2
    feed = ET.fromstring(client.get("/feed.atom?lang=en").content)
    assert "Line one line two" in "".join(feed.itertext())
    assert "Line one" in "".join(ET.fromstring(client.get("/timeline.svg?lang=en&open=PR").content).itertext())


@pytest.mark.expects_errors
@pytest.mark.parametrize(
    ("address", "kind"), [("/api/v1/milestones/?format=xlsx", "application/problem+json"), ("/milestones.xlsx", "text/html")]
)
def test_a_workbook_that_fails_at_its_beginning_is_an_error_like_any_other(rk2030, client, monkeypatch, address, kind):
    client.raise_request_exception = False
    monkeypatch.setattr(files, "_cell", lambda *_any: 1 / 0)
    answer = client.get(address)
    assert (answer.status_code, answer["Content-Type"].partition(";")[0]) == (500, kind)


def test_a_workbook_speaks_the_language_of_who_asked_however_late_it_is_read(rk2030, client):
    answer = client.get("/milestones.xlsx?lang=kk")
    with translation.override("en"):
        book = workbook(answer)
    assert book.sheetnames[1] == "Межелер"
    assert book.worksheets[1]["A1"].value == "Код"
    assert book.worksheets[1]["B1"].value == "Меже"

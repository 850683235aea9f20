"""Everything that leaves a demonstration says that it is one, each output in its own way; nothing of a real record does."""

from __future__ import annotations

import csv
import json
import re
from io import BytesIO, StringIO
from typing import TYPE_CHECKING

import openpyxl
import pytest
from django.core import mail
from django.core.mail import send_mail
from django.utils import timezone
from icalendar import Calendar
from pypdf import PdfReader

from accounts.models import User
from exports import printed
from exports.formats import FORMATS
from exports.making import contents_of
from milestones.spreadsheets.importing import KINDS
from notifications import outbox
from notifications.models import Delivery, Mail, Webhook
from notifications.webhooks.sending import letter_of
from pages.sharing.citing import FORMATS as CITATIONS
from record.installation import forget, is_sample
from record.models import Event
from record.moments import now as newest
from tests.machine import needs
from tests.project.test_access import TABLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse

pytestmark = pytest.mark.django_db
MARK = "Sample data"
UNMARKED = {
    "search/suggestions/": "shown within a page",
    "milestones/AF-03/card/": "shown within a page",
    "sitemap.xml": "addresses alone",
    "record/checkpoint": "its form is a standard's; the first event says it",
    "record/keys": "keys alone",
    "record/proof/1": "hashes alone",
    "record/tile/entries/000.p/1": "what the record hashes; the first event says it",
    "healthz": "for the watch",
    "readyz": "for the watch",
    "robots.txt": "for robots",
}
"""What holds nothing that could be taken for a finding."""
REST = {
    path
    for path, answers in TABLE.items()
    if answers["anonymous"] == 200 and "<" not in path and path.removeprefix("reports/RK2030/") not in UNMARKED
}


def body_of(response: HttpResponse) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def of_page(text: str) -> bool:
    """The band below the header, or that of a frame."""
    return bool(re.search(rf'class="banner"[^>]*>(?:<span[^>]*>)?\s*<strong>{MARK}', text)) or f'role="note"><strong>{MARK}' in text


def of_table(text: str) -> bool:
    rows = list(csv.DictReader(StringIO(text.lstrip("\ufeff"))))
    column = bool(rows) and all(row.get("sample") == "true" for row in rows)
    return column or MARK in text.splitlines()[-1]


def of_calendar(text: str) -> bool:
    calendar = Calendar.from_ical(text)
    titles = [str(calendar["X-WR-CALNAME"]), *(str(entry["SUMMARY"]) for entry in calendar.walk("VEVENT"))]
    return len(titles) > 1 and all(title.startswith(f"[{MARK}] ") for title in titles)


def of_feed(text: str) -> bool:
    titles = re.findall(r"<title[^>]*>(.*?)</title>", text)
    return len(titles) > 1 and all(title.startswith(f"[{MARK}] ") for title in titles)


def of_workbook(content: bytes) -> bool:
    book = openpyxl.load_workbook(BytesIO(content))
    about, *sheets = book.worksheets
    said = any(MARK in str(cell) for row in about.iter_rows(values_only=True) for cell in row)
    return said and bool(sheets) and all(next(sheet.iter_rows(values_only=True))[-1] == MARK for sheet in sheets)


WAYS: dict[str, Callable[[str], bool]] = {
    "text/html": of_page,
    "text/csv": of_table,
    "text/calendar": of_calendar,
    "application/atom+xml": of_feed,
    "image/svg+xml": lambda text: "SAMPLE" in text,
    "application/x-research-info-systems": lambda text: f"TI  - [{MARK}]" in text and f"ET  - {MARK}, position" in text,
}


def is_marked(response: HttpResponse) -> bool:
    content, kind = body_of(response), response["Content-Type"].partition(";")[0]
    if kind == "image/png":
        return len(content) > 1000  # drawn from the same drawing as the SVG
    if kind.endswith("sheet"):
        return of_workbook(content)
    if kind == "application/json":
        said = json.loads(content)
        return said.get("about", said).get("sample") is True
    return WAYS[kind](content.decode())


@pytest.mark.parametrize("path", sorted(path for path in REST if not path.startswith("api/")))
def test_each_public_output_of_a_demonstration_says_so_in_its_own_way(sample, client, path):
    response = client.get(f"/{path}?lang=en")
    assert response.status_code == 200
    assert is_marked(response), path
    if response.get("Content-Disposition"):
        assert re.search(r'filename="[^"]*-sample\.\w+"', response["Content-Disposition"])


@pytest.mark.parametrize("path", sorted(path for path in TABLE if path.startswith("api/")))
def test_each_answer_of_the_api_has_the_header_and_lists_the_field(sample, client, path):
    response = client.get(f"/{path}", {"lang": "en"})
    assert response["Record-Sample"] == "true"
    if response.get("Content-Type") == "application/json" and b'"results"' in body_of(response):
        assert response.json()["sample"] is True


@pytest.mark.parametrize("query", ["", "?format=csv", "?format=xlsx", "?format=ics", "?fields=code", "?page=none"])
def test_files_and_refusals_of_the_api_say_so_too(sample, client, query):
    response = client.get(f"/api/v1/milestones/{query}", headers={"accept-language": "en"})
    assert response["Record-Sample"] == "true"
    assert response.status_code == 400 or is_marked(response)


def test_an_unchanged_answer_says_so_again(sample, client):
    first = client.get("/api/v1/risks/")
    again = client.get("/api/v1/risks/", headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again["Record-Sample"]) == (304, "true")


@pytest.mark.parametrize("ending", CITATIONS)
def test_each_form_of_a_citation_says_so_in_title_and_note(sample, client, ending):
    said = client.get(f"/cite/milestone-AF-03.{ending}?lang=en").content.decode()
    assert f"[{MARK}] " in said
    assert f"{MARK}, position" in said


@pytest.mark.parametrize("path", ["/nothing/", "/nothing.txt", "/milestones/ZZ-99/", "/api/v1/docs/"])
@pytest.mark.parametrize("lang", ["ru", "en", "kk"])
def test_error_pages_and_the_page_of_the_api_say_so(sample, client, path, lang):
    page = client.get(f"{path}?lang={lang}").content.decode()
    assert re.search(r'role="note">(<span[^>]*>)?\s*<strong>', page)
    assert {"ru": "Демонстраци", "en": MARK, "kk": "Демонстраци"}[lang] in page


@pytest.mark.parametrize("path", ["/admin/", "/admin/milestones/milestone/", "/admin/record/event/", "/admin/proposals/report/"])
def test_each_page_of_the_administration_says_so(sample, client, path):
    client.force_login(User.objects.get(username="editor"))
    page = client.get(path, headers={"accept-language": "en"}).content.decode()
    assert f'class="errornote" role="note"><strong>{MARK}.' in page
    assert re.search(rf"<title>\s*\[{MARK}\] ", page)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_the_spreadsheets_of_the_desk_say_so(sample, client, kind, ending):
    client.force_login(User.objects.get(username="editor"))
    response = client.get(f"/desk/files/{kind}.{ending}?lang=en")
    assert f"-sample.{ending}" in response["Content-Disposition"]
    if ending == "xlsx":
        (sheet,) = openpyxl.load_workbook(BytesIO(body_of(response))).worksheets
        assert sheet.title.startswith(MARK)


def test_the_pdf_says_so_in_its_title_and_on_each_page(sample):
    needs("pango")
    book = PdfReader(BytesIO(printed.report(newest())))
    assert book.metadata
    assert str(book.metadata.title).startswith("[")
    words = {"[Демонстрационные", "Демонстрационные", "Sample"}
    assert all(any(word in page.extract_text() for word in words) for page in book.pages)


def test_a_whole_file_says_so_in_each_table(sample):
    contents = contents_of("", newest())
    assert len(contents.tables) > 1
    for table in contents.tables:
        assert table.names[-1] == "sample"
        assert {row[-1] for row in table.rows()} <= {True}
    assert {form.ending for form in FORMATS.values() if form.whole} == {"csv", "xlsx", "json", "pdf"}


def test_each_mail_says_so_in_subject_and_first_line(sample, settings):
    settings.EMAIL_BACKEND = "notifications.outbox.Backend"
    outbox.post("one", outbox.Letter("a@example.org", "Confirm", "Follow the link."), now=timezone.now())
    send_mail("Reset", "Follow the link.", None, ["b@example.org"])
    assert Mail.objects.count() == 2
    for row in Mail.objects.all():
        assert row.subject.startswith("[")
        first, empty, rest = row.body.split("\n", 2)
        assert (len(first) > 50, empty, rest) == (True, "", "Follow the link.")
    assert mail.outbox == []


def test_what_a_webhook_is_sent_says_so(sample):
    webhook = Webhook(owner=User.objects.get(username="editor"), name="x", address="https://example.org/")
    event = Event.objects.head()
    for position in (event.position, None):
        delivery = Delivery(webhook=webhook, position=position, type=event.type, created_at=timezone.now())
        assert json.loads(letter_of(delivery)[1])["sample"] is True


def test_a_process_asks_the_database_once(sample, django_assert_num_queries):
    forget()
    with django_assert_num_queries(1):
        assert [is_sample() for _ in range(9)] == [True] * 9


def test_an_installation_that_begins_later_is_asked_again(db, django_assert_num_queries):
    with django_assert_num_queries(2):
        assert [is_sample(), is_sample()] == [False, False]


@pytest.mark.parametrize(
    "path",
    [
        "milestones.csv",
        "milestones.json",
        "calendar.ics",
        "feed.atom",
        "cite/proposal-AF.ris",
        "nothing/",
        "api/v1/milestones/",
        "api/v1/docs/",
    ],
)
def test_nothing_of_a_real_record_says_so(rk2030, client, path):
    response = client.get(f"/{path}?lang=en")
    content = body_of(response).decode()
    assert MARK not in content
    assert "-sample" not in response.get("Content-Disposition", "")
    assert "Record-Sample" not in response
    assert '"sample":true' not in content.replace(" ", "")

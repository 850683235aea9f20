"""Each public page: what it says, in three languages, safely, in a constant number of queries, and never stale."""

import datetime as dt
import html
import json
import re
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from milestones.models import Milestone
from milestones.services import move_date
from proposals.models import Proposal
from proposals.services import keep_thing
from record.services import open_change
from roadmap_file.loading import load
from tests.factories import as_file, milestone, roadmap
from tests.project.test_access import OF_ONE_REPORT, PUBLIC, TABLE
from tests.snapshot import load_once

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).parents[2]
QUERIES = Path(__file__).with_name("query_counts.json")
PAGES = [
    "/",
    "/milestones/",
    "/milestones/AF-03/",
    "/proposals/",
    "/proposals/AF/",
    "/organisations/",
    "/organisations/RU-PA/",
    "/risks/",
    "/risks/R01/",
    "/reports/",
    "/reports/RK2030/",
    "/reports/RK2030/overview/",
    "/timeline/",
    "/indicators/",
    "/indicators/IND-BORDER-LENGTH/",
    "/series/",
    "/series/AF-FORUM/",
    "/changes/",
    "/calendar/",
    "/slippage/",
    "/compare/",
    "/search/",
    "/exports/",
    "/about/cite/",
    "/about/licence/",
    "/about/privacy/",
    "/about/accessibility/",
    "/about/security/",
    "/about/components/",
    "/report-an-error/",
    "/follow/",
    "/follow/asked/",
    "/follow/leave/nonsense/",
    "/methodology/",
    "/api/v1/problems/",
    "/api/v1/problems/stale/",
    "/accounts/login/",
    "/accounts/password/reset/",
    "/accounts/password/reset/sent/",
    "/accounts/password/set/x/y/",
    "/accounts/password/set/done/",
]
FRAGMENTS = {"/search/suggestions/", "/milestones/AF-03/card/"}
"""What scripts ask for and put into a page."""
LISTS = [
    "/api/v1/milestones/",
    "/api/v1/proposals/",
    "/api/v1/summary/",
    "/api/v1/timeline/",
    "/api/v1/milestones/AF-03/",
    "/api/v1/compare/",
]


def test_every_public_page_is_among_these():
    public = {f"/{path}" for path in TABLE.keys() - OF_ONE_REPORT.keys() if TABLE[path] == PUBLIC and path[-1:] in {"", "/"}}
    public = {path for path in public if "<" not in path}
    elsewhere = ("/api/v1/", "/embed/")  # what stands in a frame has tests of its own
    assert {path for path in public if not path.startswith(elsewhere)} - FRAGMENTS <= set(PAGES)


@pytest.fixture(autouse=True)
def _day(time_machine, now):
    time_machine.move_to(now, tick=False)


def text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


@pytest.mark.parametrize("path", PAGES)
def test_a_page_answers_in_three_languages(rk2030, client, path):
    titles = set()
    for language in ("ru", "en", "kk"):
        response = client.get(f"{path}?lang={language}")
        assert response.status_code == 200
        html = response.content.decode()
        assert f'<html lang="{language}"' in html
        assert response["Content-Language"] == language
        titles.add(re.search(r"<title>(.*?)</title>", html, re.DOTALL)[1])
        ours = re.sub(r"<pre.*?</pre>", "", html, flags=re.DOTALL)  # a file of references has braces of its own
        assert "{%" not in ours
        assert "{{" not in ours
        assert html.count("<h1") == 1
    assert len(titles) == 3


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_strict_about_what_it_loads(rk2030, client, path):
    response = client.get(path)
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    html = response.content.decode()
    loads = re.findall(r'<(?:script|link|img|iframe)[^>]+(?:src|href)="(?:https?:)?//[^>]*>', html)
    assert [one for one in loads if not re.search(r' rel="(canonical|alternate)"', one)] == []
    assert not re.search(r"<[^>]+ style=", html)
    assert not re.search(r"<[^>]+ on\w+=", html)
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"


def test_no_link_of_any_page_is_dead(rk2030, client):
    seen, todo = set(), list(PAGES)
    while todo:
        path = todo.pop()
        base = path.split("#")[0].split("?")[0]
        base = re.sub(r"^(/c(?:ards|ite)/milestone)-.*\.", r"\1-SM-03.", base)  # one view makes all of them, and a picture takes long
        if base in seen or base.startswith(("/static/", "/admin/")):
            continue
        seen.add(base)
        response = client.get(base, {"lang": "en"})
        assert response.status_code in {200, 302}, base
        if response.streaming:
            continue
        if "html" in response["Content-Type"] and not base.startswith("/api/v1/docs"):
            todo += re.findall(r'href="(/[^"]*)"', response.content.decode())
    assert len(seen) > 200


def queries(client, path, django_assert_num_queries):
    client.get(path)
    cache.clear()
    with CaptureQueriesContext(connection) as found:
        assert client.get(path).status_code == 200
    return len(found)


def test_the_number_of_queries_is_the_one_on_file(rk2030, client, django_assert_num_queries):
    """A change of the file is a decision: regenerate it by deleting it and running this test twice."""
    found = {path: queries(client, path, django_assert_num_queries) for path in [*PAGES, *LISTS]}
    if not QUERIES.exists():
        QUERIES.write_text(json.dumps(found, indent=1) + "\n")
    assert found == json.loads(QUERIES.read_text())


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/milestones/",
        "/proposals/",
        "/proposals/PR/",
        "/organisations/",
        "/organisations/RU-ONE/",
        "/risks/",
        "/timeline/",
        "/calendar/",
        "/slippage/",
        "/search/?q=milestone",
        "/calendar.ics",
        "/milestones.csv",
        *LISTS[:4],
    ],
)
def test_the_number_of_queries_does_not_grow_with_the_roadmap(client, now, path, django_assert_num_queries):
    files = [as_file(roadmap(milestone("PR-000")))]  # the newest events are then of milestones, in the small roadmap too
    counts = []
    for size in (3, 60):
        items = [milestone(f"PR-{number:03}", predecessors=[f"PR-{number - 1:03}"] if number else []) for number in range(size)]
        files.append(as_file(roadmap(*items)))
        with transaction.atomic():
            load_once(*files, now=now)
            counts.append(queries(client, path, django_assert_num_queries))
            transaction.set_rollback(True)
        cache.clear()
    assert counts[0] == counts[1]


@pytest.mark.parametrize("path", ["/changes/", "/feed.atom", "/"])
def test_the_number_of_queries_does_not_grow_with_the_record(client, now, path, django_assert_num_queries):
    from common.dates import PlannedDate

    load(as_file(roadmap(*(milestone(f"PR-{number:03}") for number in range(20)))), now=now)
    counts = []
    for year in (2028, 2029):
        for one in Milestone.objects.order_by("code")[: 3 if year == 2028 else 20]:
            with open_change(now=now) as change:
                move_date(change, one, field="due", to=PlannedDate.parse(str(year)), category="political")
        counts.append(queries(client, path, django_assert_num_queries))
    assert counts[0] == counts[1]


def test_an_unchanged_page_costs_one_query_and_a_changed_record_makes_it_anew(rk2030, client, django_assert_num_queries):
    first = client.get("/?lang=en")
    with django_assert_num_queries(1):
        again = client.get("/?lang=en")
    assert again.content == first.content
    with django_assert_num_queries(1):
        unchanged = client.get("/?lang=en", headers={"If-None-Match": first["ETag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    proposal = Proposal.objects.get(code="SM")
    proposal.title_en = "A new title"
    proposal.save()
    with open_change() as change:
        keep_thing(change, proposal, added=False, fields=["title"])
    anew = client.get("/?lang=en", headers={"If-None-Match": first["ETag"]})
    assert "A new title" in text(anew)


def test_a_page_is_made_anew_on_the_next_day(rk2030, client, time_machine, now):
    assert "62 milestones the planned period is over" in text(client.get("/?lang=en"))
    time_machine.move_to(now + dt.timedelta(days=60))
    assert "62 milestones the planned period is over" not in text(client.get("/?lang=en"))


def test_one_readers_page_is_never_served_to_another(rk2030, client, django_user_model):
    client.get("/?lang=en")
    editor = django_user_model.objects.create_user("secret-editor", role="editor")
    client.force_login(editor)
    page = client.get("/?lang=en")
    assert "secret-editor" in page.content.decode()
    assert page["Cache-Control"] == "private, no-store"
    client.logout()
    assert "secret-editor" not in client.get("/?lang=en").content.decode()


# What the pages say


def test_the_dashboard_says_it_in_one_sentence(rk2030, client):
    response = client.get("/?lang=en")
    assert 'content="None of 121 milestones known to be late, 121 not yet assessed."' in response.content.decode()
    assert "nobody has looked yet whether any of it happened" in text(response)
    assert 'не\N{NO-BREAK SPACE}оценено\N{NO-BREAK SPACE}121."' in client.get("/?lang=ru").content.decode()
    assert '121\N{NO-BREAK SPACE}бағаланбаған."' in client.get("/?lang=kk").content.decode()


def test_the_dashboard_counts_moved_dates_and_names_what_is_late_and_why(rk2030, client, now):
    from common.dates import PlannedDate

    with open_change(now=now) as change:
        one = Milestone.objects.get(code="SM-03")
        move_date(change, one, field="due", to=PlannedDate.parse("2026-Q1"), category="political")
        one.status, one.assessed_on = "in_progress", dt.date(2026, 11, 20)
        one.save()
        change.keep([one])
        change.announce("test.assessed")
    response = client.get("/?lang=en")
    page = text(response)
    said = "1 of 121 milestones late, 120 not yet assessed; 1 due date moved, by 3 months at the median."
    assert f'content="{said}"' in response.content.decode()
    assert re.search(r"SM-03 Founding document \S.*? period over; in progress at the last look, 20.Nov 237 days", page)
    assert re.search(r"Standing Russia.Kazakhstan strategic mechanism late by 237 days: SM-03 \S", page)


@pytest.mark.parametrize(
    ("environment", "commands"),
    [
        ("local", ["make check-roadmap FILE=my.yaml", "make run REPORT=my.yaml", "make run"]),
        ("production", ["load_roadmap --dry-run - < my.yaml", "load_roadmap - < my.yaml", "exec -T web python manage.py load_sample"]),
    ],
)
def test_an_empty_installation_offers_a_file_and_the_demonstration(client, settings, environment, commands):
    settings.ENVIRONMENT = environment
    page = client.get("/?lang=en")
    assert "No report is loaded yet" in text(page)
    offers = html.unescape(page.content.decode()).partition("<main")[2]
    for offer in ("Load a file", "Try the demonstration", *commands):
        assert offer in offers
    named = re.findall(r"^(?:<code>)?make ([a-z-]+)", re.sub(r"<pre[^>]*><code>", "\n", offers), re.MULTILINE)
    assert set(named) <= set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_the_pages_of_an_empty_installation_can_be_opened(client):
    for path in ("/milestones/", "/proposals/", "/organisations/", "/risks/"):
        assert client.get(f"{path}?lang=en").status_code == 200


def test_the_table_filters_sorts_searches_and_pages_by_its_address(rk2030, client):
    page = client.get("/milestones/?lang=en&proposal=AF&status=not_assessed&ordering=-code")
    assert re.findall(r'class="code"><a href="/milestones/(AF-\d\d)/"', page.content.decode()) == [f"AF-0{n}" for n in range(8, -1, -1)]
    assert "Proposal: AF" in text(page)
    assert 'aria-sort="descending"' in page.content.decode()
    assert "Page 3 of 3" in text(client.get("/milestones/?lang=en&page=3"))
    assert "No milestone fits these filters." in text(client.get("/milestones/?lang=en&q=zzzz"))


def test_a_chip_removes_one_value_and_keeps_the_rest(rk2030, client):
    html = client.get("/milestones/?lang=en&health=late,unknown&side=RU").content.decode()
    chips = re.findall(r'class="chip" href="([^"]+)"', html)
    assert "?lang=en&amp;side=RU&amp;health=unknown" in chips


def test_a_filter_that_is_not_understood_shows_nothing_and_says_why(rk2030, client):
    page = client.get("/milestones/?lang=en&status=nonsense")
    assert page.status_code == 400
    assert "nonsense is not known" in text(page)
    assert "AF-03" not in text(page).split("not understood")[1]


@pytest.mark.parametrize("query", ["page=0", "page=x", "page=99", "page=-1", "page=" + "9" * 50])
def test_a_page_that_is_not_there_is_not_found(rk2030, client, query):
    assert client.get(f"/milestones/?{query}").status_code == 404


def test_what_was_typed_is_never_run_as_markup(rk2030, client):
    html = client.get('/milestones/?q="><script>alert(1)</script>').content.decode()
    assert "<script>alert" not in html


@pytest.mark.parametrize("path", ["/milestones/NO/", "/proposals/NO/", "/organisations/NO/", "/risks/NO/", "/reports/NO/", "/nonsense/"])
def test_what_is_not_there_is_a_page_of_its_own_in_the_readers_language(rk2030, client, path):
    response = client.get(path, headers={"Accept-Language": "kk"})
    assert response.status_code == 404
    assert '<html lang="kk"' in response.content.decode()


@pytest.mark.parametrize("path", ["/milestones/%00/", "/?q=%00", "/milestones/?q=a%00b", "/api/v1/milestones/?q=%00"])
def test_a_nul_byte_is_refused_at_the_door(rk2030, client, path):
    assert client.get(path).status_code in {400, 404}


def test_a_milestone_says_what_would_prove_it_and_how_to_cite_it(rk2030, client):
    page = text(client.get("/milestones/AF-03/?lang=en"))
    assert "Nobody has assessed this milestone yet." in page
    assert "assumed" in page
    assert "position 1. http://testserver/milestones/AF-03/" in page
    assert "Planned host Russia" in page


def test_a_moved_date_stands_in_the_ledger_and_the_history(rk2030, client, now):
    from common.dates import PlannedDate

    with open_change(by="The editors", now=now) as change:
        move_date(
            change, Milestone.objects.get(code="SM-03"), field="due", to=PlannedDate.parse("2027"), category="external", note="Elections"
        )
    page = text(client.get("/milestones/SM-03/?lang=en"))
    assert "2025 Q4 2027 outside circumstances: Elections The editors" in page
    assert "+24 months 730 days, moved once" in page
    assert "A date was moved" in page


# Languages


def test_the_choice_of_language_is_kept(rk2030, client):
    assert '<html lang="ru"' in client.get("/").content.decode()
    client.get("/?lang=kk")
    assert '<html lang="kk"' in client.get("/").content.decode()


def test_an_unknown_language_is_passed_over(rk2030, client):
    assert client.get("/?lang=xx").status_code == 200


@pytest.mark.parametrize(("header", "language"), [("kk-KZ,ru;q=0.8", "kk"), ("fr", "ru"), ("en-US", "en"), ("*", "ru"), ("en;q=0", "ru")])
def test_the_browsers_language_is_respected(rk2030, client, header, language):
    assert f'<html lang="{language}"' in client.get("/", headers={"Accept-Language": header}).content.decode()


def test_watchers_are_answered(client):
    assert client.get("/healthz").content == b"ok\n"
    assert client.get("/readyz").content == b"ready\n"
    assert client.get(reverse("robots")).status_code == 200


@pytest.mark.parametrize("method", ["post", "put", "delete", "options", "trace"])
def test_a_page_is_only_read(rk2030, client, method):
    assert getattr(client, method)("/milestones/").status_code == 405


def test_made_up_addresses_do_not_fill_the_cache(rk2030, client):
    client.get("/?lang=en")
    kept = len(cache._cache)
    for number in range(5):
        assert client.get(f"/?junk={number}").status_code == 200
    assert len(cache._cache) == kept


@pytest.mark.parametrize(
    "path",
    ["/charts/risks.csv", "/charts/status.svg", "/feed.atom", "/feed.atom?lang=en", "/calendar.ics", "/timeline.svg", "/timeline.csv", "/"],
)
def test_an_answer_that_is_kept_is_the_same_answer(rk2030, client, path):
    first, again = client.get(path), client.get(path)
    assert again.content == first.content
    for name in ("Content-Type", "Content-Disposition", "ETag"):
        assert again.get(name) == first.get(name)


@pytest.mark.parametrize(
    "path", ["/timeline.exe", "/timeline.x%22y", "/timeline.%0a", "/charts/burn-upZRK2030.svg", "/charts/burn-up%0aRK2030.svg"]
)
def test_an_ending_or_a_name_that_is_made_up_is_not_found(rk2030, client, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/", "/timeline/", "/feed.atom"])
def test_a_kept_answer_is_sent_packed_to_whom_can_unpack_it(rk2030, client, path):
    import gzip

    plain = client.get(path)
    packed = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed["Vary"]
    assert gzip.decompress(packed.content) == plain.content
    assert packed["ETag"] == f"W/{plain['ETag']}"
    assert client.get(path, headers={"Accept-Encoding": "gzip", "If-None-Match": packed["ETag"]}).status_code == 304
    assert "Content-Encoding" not in client.get(path, headers={"Accept-Encoding": "identity"})


def test_a_made_up_language_is_not_kept(rk2030, client):
    client.get("/?lang=en")
    kept = len(cache._cache)
    for number in range(5):
        assert client.get(f"/?lang=x{number}").status_code == 200
    assert len(cache._cache) == kept


def test_the_page_of_one_scheme_is_not_served_to_the_other(rk2030, client):
    client.get("/milestones/AF-03/")
    assert "https://testserver/milestones/AF-03/" in client.get("/milestones/AF-03/", secure=True).content.decode()


@pytest.mark.parametrize("path", ["/proposals/SM/", "/api/v1/proposals/SM/"])
def test_an_answer_names_the_position_that_all_of_it_belongs_to(rk2030, client, monkeypatch, path):
    """The record moves on while the answer is made, once; the answer is then made again."""
    import milestones.standing

    plain, moved = milestones.standing.proposal_standings, []

    def meanwhile(*args):
        if not moved:
            moved.append(True)
            proposal = Proposal.objects.get(code="SM")
            proposal.title_en = "Changed meanwhile"
            proposal.save()
            with open_change() as change:
                keep_thing(change, proposal, added=False, fields=["title"])
        return plain(*args)

    monkeypatch.setattr("pages.views.proposals.proposal_standings", meanwhile)
    monkeypatch.setattr("milestones.api.views.proposal_standings", meanwhile)
    response = client.get(f"{path}?lang=en")
    assert "Changed meanwhile" in response.content.decode()
    assert response.get("Record-Position", "2") == "2"

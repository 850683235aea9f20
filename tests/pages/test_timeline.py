"""The timeline: where each mark stands, what is drawn and what is counted, and that the address is the view."""

import datetime as dt
import re

import pytest

from common.dates import PlannedDate
from milestones.models import Milestone, MilestoneVersion
from milestones.services import move_date
from pages import timeline as drawing
from pages.charts import Days, ticks_to
from pages.timeline import View, timeline
from pages.timeline_shapes import drift_label
from record.moments import now as present
from record.services import open_change
from roadmap_file.loading import load
from tests.factories import as_file, milestone, roadmap
from tests.snapshot import load_once

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _day(time_machine, now):
    time_machine.move_to(now, tick=False)


def drawn(view=None, **filters):
    moment = present()
    rows = MilestoneVersion.objects.as_of(moment).with_health(moment).filter(**filters)
    return timeline(rows, moment, view or View())


def marks(found):
    return {mark.code: mark for group in found.groups for mark in group.marks}


@pytest.fixture
def plan(now):
    load_once(
        as_file(
            roadmap(
                milestone("PR-01", due="2027-Q2"),
                milestone("PR-02", due="2027-08-31", predecessors=["PR-01"]),
                milestone("PR-03", due=None),
                milestone("PR-S24", series="PR-S", edition=2024, due="2024"),
            )
        ),
        now=now,
    )


def test_the_scale_runs_from_the_first_year_of_the_plan_to_the_horizon(plan):
    found = drawn()
    assert (found.span.first, found.span.last) == (dt.date(2024, 1, 1), dt.date(2030, 12, 31))
    assert [year for year, _begin, _middle in found.span.years] == list(range(2024, 2031))
    assert found.width == 0


def test_a_period_is_a_bracket_that_ends_in_its_mark_and_a_day_has_none(plan):
    found = marks(drawn())
    quarter, day = found["PR-01"], found["PR-02"]
    span = Days(dt.date(2024, 1, 1), dt.date(2030, 12, 31))
    assert (quarter.begin, quarter.x) == (span.begin(dt.date(2027, 4, 1)), span.at(dt.date(2027, 6, 30)))
    assert (day.begin, day.x) == (None, span.at(dt.date(2027, 8, 31)))


def test_a_moved_date_leaves_a_ghost_with_its_drift(plan, now):
    with open_change(now=now) as change:
        move_date(change, Milestone.objects.get(code="PR-01"), field="due", to=PlannedDate.parse("2027-Q4"), category="political")
    mark = marks(drawn())["PR-01"]
    assert mark.ghost == Days(dt.date(2024, 1, 1), dt.date(2030, 12, 31)).at(dt.date(2027, 6, 30))
    assert mark.ghost < mark.x
    assert mark.row["slippage_days"] == 184
    assert marks(drawn(slippage_days__gt=0)).keys() == {"PR-01"}


def test_undated_ones_lie_in_a_tray_and_hosts_have_badges(plan):
    found = drawn()
    assert [mark.code for mark in found.undated] == ["PR-03"]
    assert marks(found)["PR-S24"].host == "RU"


def test_an_open_group_gives_each_milestone_a_row_and_draws_what_waits_for_what(plan, now):
    (forward,) = drawn(View(open=frozenset({"PR"}))).links
    assert not forward.backward
    with open_change(now=now) as change:
        move_date(change, Milestone.objects.get(code="PR-02"), field="due", to=PlannedDate.parse("2027-03-31"), category="political")
    closed, opened = drawn(), drawn(View(open=frozenset({"PR"})))
    assert (closed.height, opened.height) == (2.0, 8.0)
    assert closed.links == []
    (link,) = opened.links
    assert (link.predecessor, link.code, link.backward) == ("PR-01", "PR-02", True)
    assert link.x1 == marks(opened)["PR-01"].x
    assert link.y2 == marks(opened)["PR-02"].y


def test_rows_by_owner_by_side_and_by_report(plan):
    assert [(group.code, group.number) for group in drawn(View(group="owner")).groups] == [("RU-ONE", 4)]
    assert [group.code for group in drawn(View(group="side")).groups] == ["RU"]
    assert [(group.code, group.number) for group in drawn(View(group="report")).groups] == [("TEST", 4)]


def test_many_milestones_are_counted_by_year_and_drawn_where_a_row_is_open(plan, monkeypatch):
    monkeypatch.setattr(drawing, "DRAWN", 2)
    found = drawn()
    assert found.counted
    assert marks(found) == {}
    assert [(year["year"], year["number"]) for year in found.groups[0].years] == [(2024, 1), (2027, 2)]
    opened = drawn(View(open=frozenset({"PR"})))
    assert marks(opened).keys() == {"PR-01", "PR-02", "PR-S24"}
    assert opened.groups[0].years == []


def test_open_rows_beyond_the_most_are_cut_and_that_is_said(plan, client, monkeypatch):
    monkeypatch.setattr(drawing, "DRAWN_OPEN", 2)
    assert "Not all milestones of the open rows are drawn" in client.get("/timeline/?lang=en&open=*").content.decode()


def test_marks_that_would_cover_each_other_stand_above_each_other(now):
    load(as_file(roadmap(*(milestone(f"PR-{n}", due="2027-06-30") for n in range(4)))), now=now)
    heights = [mark.y for mark in drawn().groups[0].marks]
    assert len(set(heights[:3])) == 3
    assert all(0 < y < 2 for y in heights)


@pytest.mark.parametrize(
    ("days", "label"), [(None, ""), (0, ""), (20, "+20 d"), (44, "+44 d"), (45, "+1 mo"), (122, "+4 mo"), (-61, "−2 mo"), (-5, "−5 d")]
)
def test_drift_in_words(days, label):
    from django.utils import translation

    with translation.override("en"):
        assert drift_label(days) == label


@pytest.mark.parametrize(("top", "last"), [(0, 1), (1, 1), (7, 8), (25, 25), (121, 150), (10_000, 10_000)])
def test_scales_end_just_above_the_highest(top, last):
    ticks = ticks_to(top)
    assert ticks[0] == 0
    assert ticks[-1] == last
    assert 2 <= len(ticks) <= 6


def test_the_address_is_the_view(rk2030, client):
    html = client.get("/timeline/?lang=en&group=owner&zoom=quarter&open=RU-PA&status=not_assessed&slipped=false").content.decode()
    assert html.count('aria-expanded="true"') == 1
    links = [link for link in re.findall(r'href="(\?[^"]*)"', html) if "open=" in link and "zoom=quarter" in link]
    assert any(
        "status=not_assessed" in link and "group=owner" in link and re.search("open=[A-Z-]*KZ-[A-Z]+%2CRU-PA", link) for link in links
    )
    assert 'width="168em"' in html


@pytest.mark.parametrize("query", ["zoom=week", "group=colour", "view=film", "status=nonsense", "open=" + "x" * 3000])
def test_a_view_that_is_not_understood_is_said(rk2030, client, query):
    assert client.get(f"/timeline/?{query}").status_code == 400
    assert client.get(f"/timeline.svg?{query}").status_code == 400


def test_rows_are_named_by_short_titles_and_tell_the_whole_ones(now, client):
    short = {"ru": "Шаг", "en": "Short step", "kk": "Қадам"}
    data = roadmap(milestone("PR-01", short_title=short), milestone("PR-02"))
    data["proposals"][0]["short_title"] = {"ru": "Кратко", "en": "", "kk": "Қысқаша"}
    load(as_file(data), now=now)
    html = client.get("/timeline/?lang=en&open=PR").content.decode()
    assert re.findall(r'class="tl-title">([^<]+)<', html) == ["Proposal in English", "Short step", "Step PR-02 in English"]
    assert re.findall(r'data-code="PR-01" title="([^"]+)">', html) == ["Step PR-01 in English"]
    assert re.findall(r'class="tl-title">([^<]+)<', client.get("/timeline/?lang=kk").content.decode()) == ["Қысқаша"]
    assert "PR-01 Short step</text>" in client.get("/timeline.svg?lang=en&open=PR").content.decode()


def test_the_table_says_what_the_drawing_says(rk2030, client):
    drawing_, table = (client.get(f"/timeline/?lang=en&view={view}").content.decode() for view in ("chart", "table"))
    linked = set(re.findall(r'class="tl-mark"[^>]* href="/milestones/([\w-]+)/', drawing_))
    assert len(linked) == 121
    assert set(re.findall(r'class="code"><a href="/milestones/([\w-]+)/', table)) == linked


def test_files_of_the_timeline_say_their_moment_and_hold_just_the_view(rk2030, client):
    svg = client.get("/timeline.svg?lang=en&proposal=SM")
    assert svg["Content-Type"] == "image/svg+xml; charset=utf-8"
    assert "position 1" in svg.content.decode()
    rows = client.get("/timeline.csv?lang=en&proposal=SM").content.decode().splitlines()
    assert {row.split(",")[0].strip('"') for row in rows[1:9]} == {f"SM-0{n}" for n in range(1, 9)}
    assert "position 1" in rows[-1]


def test_the_file_of_rows_holds_all_of_the_view_drawn_or_not(plan, client, monkeypatch):
    monkeypatch.setattr(drawing, "DRAWN", 2)
    rows = client.get("/timeline.csv?lang=en").content.decode().splitlines()
    assert [row.split(",")[0].strip('"') for row in rows[1:5]] == ["PR-S24", "PR-01", "PR-02", "PR-03"]


def test_a_view_of_undated_ones_is_not_called_empty(plan, client):
    page = client.get("/timeline/?lang=en&q=PR-03").content.decode()
    assert "No milestone fits these filters" not in page
    assert "Without a date" in page


def test_numbers_in_drawings_have_a_point_in_every_language(rk2030, client):
    for language in ("ru", "kk"):
        html = client.get(f"/timeline/?lang={language}").content.decode()
        assert not re.search(r' (?:x|x1|x2|y|cx|width)="\d+,\d+', html)
        assert not re.search(r'="\d+,\d+%"', client.get(f"/?lang={language}").content.decode())

"""The sample record: what it covers, that it says what it is, and that it never mixes with a real one."""

import datetime as dt
import re
from collections import Counter
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from milestones.models import Assessment, Batch, Evidence, Milestone, MilestoneVersion, PlanChange, Round
from milestones.statuses import Health, Status
from proposals.models import Report, RiskAssessment
from record.models import Event, Installation
from record.moments import Moment
from record.verify import verify_record
from roadmap_file.sample import NotEmpty, load_sample
from tests.desk.conftest import text
from tests.factories import as_file, milestone, roadmap

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 23)


def test_it_covers_every_status_health_and_review_state(sample):
    rows = MilestoneVersion.objects.current().with_health(Moment(TODAY))
    assert set(rows.count_by("status")) == {status.value for status in Status}
    assert set(rows.count_by("health")) == {health.value for health in Health}
    assert set(Assessment.objects.values_list("state", flat=True)) == {"draft", "submitted", "returned", "published"}
    assert Assessment.objects.exclude(corrects=None).count() >= 3
    assert Assessment.objects.exclude(confirms=None).count() >= 3
    assert Evidence.objects.filter(confidential=True).exists()
    assert Evidence.objects.filter(link_state="dead").exists()
    assert set(PlanChange.objects.values_list("category", flat=True)) >= {"political", "dependency", "resources", "clarified"}
    assert Batch.objects.exclude(taken_back_at=None).exists()
    assert Round.objects.exclude(position=None).exists()
    assert Round.objects.filter(position=None).exists()
    assert RiskAssessment.objects.count() > 8


def test_a_forum_was_missed_and_one_was_held(sample):
    editions = {one.edition: (one.status, one.actual_host) for one in Milestone.objects.filter(series__code="AF-FORUM")}
    assert editions[2024] == ("dropped", "")
    assert editions[2025] == ("achieved", "KZ")


def test_it_is_spread_over_the_years(sample):
    years = Counter(moment.year for moment in Event.objects.values_list("occurred_at", flat=True))
    assert set(years) == {2023, 2024, 2025, 2026}
    assert min(years[year] for year in (2024, 2025, 2026)) > 20
    moments = list(Event.objects.values_list("occurred_at", flat=True))
    assert moments == sorted(moments)
    assert verify_record() == []


def test_it_says_of_itself_that_it_is_sample(sample, client):
    assert Installation.objects.get().sample
    said = {
        *Assessment.objects.exclude(status="not_assessed").values_list("summary", flat=True),
        *PlanChange.objects.values_list("note", flat=True),
        *Evidence.objects.values_list("title", flat=True),
        *Round.objects.values_list("name", flat=True),
        *User.objects.values_list("public_name", flat=True),
    }
    assert [words for words in said if not re.search(r"Sample|Пример|Мысал", words)] == []
    assert {re.sub(r"/\d+/\d+$", "", address) for address in Evidence.objects.values_list("address", flat=True)} == {
        "https://sample.example"
    }
    for path in ("/", "/milestones/SM-03/", "/?as_of=2025-01-01"):
        assert "Sample data" in text(client.get(path, headers={"Accept-Language": "en"}))
    assert client.get("/api/v1/").json()["sample"] is True
    assert client.get("/api/v1/summary/").json()["sample"] is True


def test_it_goes_only_into_a_new_database(rk2030, now):
    events = Event.objects.count()
    with pytest.raises(NotEmpty):
        load_sample()
    with pytest.raises(CommandError, match="new database"):
        call_command("load_sample")
    assert (Event.objects.count(), Installation.objects.get().sample) == (events, False)


def test_a_second_time_changes_nothing(sample):
    events = Event.objects.count()
    with pytest.raises(NotEmpty):
        load_sample()
    assert Event.objects.count() == events


@pytest.mark.parametrize(("begun", "wanted"), [(True, "0"), (False, "1")])
def test_a_start_of_the_other_kind_is_refused(db, now, monkeypatch, begun, wanted):
    Installation.objects.create(begun_at=now, time_zone="UTC", sample=begun)
    monkeypatch.setenv("SAMPLE", wanted)
    with pytest.raises(CommandError, match="for good"):
        call_command("prepare")


def test_what_waits_at_the_desk_can_be_tried(sample, client):
    client.force_login(User.objects.get(username="editor"))
    page = text(client.get("/desk/?lang=en"))
    assert "Waiting for my review" in page
    client.force_login(User.objects.get(username="analyst-2"))
    page = text(client.get("/desk/?lang=en"))
    assert "Returned to me" in page
    assert "My drafts" in page


@pytest.mark.django_db
def test_a_start_loads_the_report_that_is_named_once_or_none(tmp_path, settings, monkeypatch):
    settings.VAR_DIR = tmp_path
    monkeypatch.setenv("SAMPLE", "0")
    monkeypatch.setenv("REPORT", "none")
    call_command("prepare")
    assert not Report.objects.exists()
    file = tmp_path / "mine.yaml"
    file.write_text(as_file(roadmap(milestone("PR-01"))), encoding="utf-8")
    monkeypatch.setenv("REPORT", str(file))
    call_command("prepare")
    assert [report.code for report in Report.objects.all()] == ["TEST"]
    said = StringIO()
    call_command("prepare", stdout=said)
    assert "TEST" not in said.getvalue()
    file.write_text(as_file(roadmap(milestone("PR-01", due="2028"))), encoding="utf-8")
    call_command("prepare", stdout=said)
    assert "change milestones PR-01: due 2027-Q2 → 2028" in said.getvalue()

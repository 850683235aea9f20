import pytest
from django.db import IntegrityError, connection, transaction

from common.dates import PlannedDate
from milestones.models import Baseline, Dependency, Milestone, MilestoneOwner, MilestoneVersion, PlanChange, Series
from milestones.services import (
    PlanRefused,
    ReasonMissing,
    WasRecorded,
    WouldCircle,
    freeze_baseline,
    keep_milestone,
    keep_series,
    move_date,
    remove_milestone,
    write_milestone,
)
from proposals.models import Organisation, Proposal, Report
from record.models import Event
from record.services import open_change
from record.verify import verify_record
from tests.factories import as_file, milestone, roadmap
from tests.snapshot import load_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def one(now):
    items = [
        milestone("PR-01", due="2026-Q4"),
        milestone("PR-02", predecessors=["PR-01"]),
        milestone("PR-03", series="PR-S", edition=2025, due="2025"),
    ]
    load_once(as_file(roadmap(*items)), now=now)
    return Milestone.objects.get(code="PR-01")


def move(one, to, now, **options):
    with open_change(by="Editor", now=now) as change:
        return move_date(change, one, **{"field": "due", "to": PlannedDate.parse(to), "category": "political"} | options)


def test_a_moved_date_leaves_the_baseline_and_counts_the_slippage(one, now):
    move(one, "2027-Q1", now)
    row = MilestoneVersion.objects.current().get(code="PR-01")
    assert (str(row.baseline_due_date), str(row.due_date), row.slippage_days) == ("2026-Q4", "2027-Q1", 90)
    change = PlanChange.objects.get()
    assert (str(change.before_date), str(change.after_date), change.public_by, change.position) == ("2026-Q4", "2027-Q1", "Editor", 2)


def test_moving_to_the_same_date_is_nothing(one, now):
    assert move(one, "2026-Q4", now) is None
    assert Event.objects.count() == 1


@pytest.mark.parametrize("reason", [{"category": ""}, {"category": "other"}, {"category": "other", "note": "  "}])
def test_a_date_does_not_move_without_a_reason(one, now, reason):
    with pytest.raises(ReasonMissing):
        move(one, "2027", now, **reason)
    assert str(Milestone.objects.get(code="PR-01").due_date) == "2026-Q4"


def test_a_later_baseline_never_resets_the_slippage(one, now):
    move(one, "2027-Q1", now)
    with open_change(now=now) as change:
        freeze_baseline(change, Report.objects.get(), name="Second")
    assert Baseline.objects.get(name="Second").dates.get(milestone="PR-01").due_date == PlannedDate.parse("2027-Q1")
    move(Milestone.objects.get(code="PR-01"), "2027-Q2", now)
    row = Milestone.objects.get(code="PR-01")
    assert (str(row.baseline_due_date), row.slippage_days) == ("2026-Q4", 181)


def latecomer(now, **values):
    said = {"code": "PR-09", "title_ru": "Т", "title_en": "T", "title_kk": "Т", "stage": "founding", "basis": "planning"}
    said |= {f"criterion_{language}": "C" for language in ("ru", "en", "kk")}
    added = Milestone()
    with open_change(by="Editor", now=now) as change:
        values = said | {"proposal": Proposal.objects.get(code="PR"), **values}
        write_milestone(change, added, values=values, links={"lead": [Organisation.objects.first()]})
    return added


def test_a_milestone_added_after_the_first_baseline_has_its_own_from_that_day_on(one, now, client):
    added = latecomer(now, due_date=PlannedDate.parse("2028"))
    assert (added.baseline_due_date, added.slippage_days) == (PlannedDate.parse("2028"), 0)
    move(added, "2029", now)
    row = MilestoneVersion.objects.current().get(code="PR-09")
    assert (str(row.baseline_due_date), row.slippage_days) == ("2028", 365)
    assert "its own, since 23 November 2026" in client.get("/milestones/PR-09/?lang=en").content.decode()
    assert "its own, since" not in client.get("/milestones/PR-01/?lang=en").content.decode()
    assert verify_record() == []


def test_one_added_without_a_date_has_it_from_the_first_date_that_it_gets(one, now):
    added = latecomer(now)
    assert added.baseline_due is None
    move(added, "2028", now)
    move(added, "2027", now)
    row = MilestoneVersion.objects.current().get(code="PR-09")
    assert (str(row.baseline_due_date), row.slippage_days) == ("2028", -366)
    move(added, "2026", now, field="forecast")
    assert verify_record() == []


def test_a_baseline_name_is_taken_once(one, now):
    with pytest.raises(PlanRefused), open_change(now=now) as change:
        freeze_baseline(change, Report.objects.get(), name="Plan as loaded")


def test_a_circle_is_refused_and_named(one, now):
    with pytest.raises(WouldCircle) as caught, open_change(now=now) as change:
        Dependency.objects.create(milestone=one, predecessor=Milestone.objects.get(code="PR-02"))
        keep_milestone(change, one, added=False)
    assert caught.value.cycle[0] == caught.value.cycle[-1]
    assert not Dependency.objects.filter(milestone=one).exists()


def test_a_milestone_that_has_moved_is_not_removed(one, now):
    move(one, "2027", now)
    with pytest.raises(WasRecorded), open_change(now=now) as change:
        remove_milestone(change, one)


def test_a_new_rotation_gives_the_editions_their_hosts(one, now):
    series = Series.objects.get()
    series.rotation = ["KZ", "RU"]
    series.save()
    with open_change(now=now) as change:
        keep_series(change, series, added=False, fields=["rotation"])
    assert MilestoneVersion.objects.current().get(code="PR-03").host == "RU"
    assert list(verify_record()) == []


# What the database itself refuses

UPDATES = [
    {"due": "2027-06-29", "due_precision": "quarter"},
    {"due": "2027-05-31", "due_precision": "quarter"},
    {"due": "2027-06-30", "due_precision": "year"},
    {"due": "2027-06-29", "due_precision": "month"},
    {"due": "2027-06-30", "due_precision": ""},
    {"due": "2027-06-30", "due_precision": "week"},
    {"due": None, "due_precision": "day"},
    {"due": "1899-12-31", "due_precision": "day"},
    {"due": "2201-01-01", "due_precision": "day"},
    {"status": "achieved"},
    {"status": "in_progress"},
    {"status": "nonsense", "assessed_on": "2026-01-01"},
    {"completed_on": "2026-01-01"},
    {"edition": 2025},
    {"host": "RU"},
    {"due": "2026-12-31", "due_precision": "day", "slippage_days": None},
]


@pytest.mark.parametrize("changes", UPDATES, ids=str)
def test_the_database_refuses_what_cannot_be(one, changes):
    with pytest.raises(IntegrityError), transaction.atomic():
        Milestone.objects.filter(pk=one.pk).update(**changes)


def test_an_edition_stands_once_in_a_series(one):
    series = Series.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Milestone.objects.filter(pk=one.pk).update(series=series, edition=2025)
        connection.check_constraints()


def test_nothing_waits_for_itself_and_nobody_owns_twice(one):
    with pytest.raises(IntegrityError), transaction.atomic():
        Dependency.objects.create(milestone=one, predecessor=one)
    with pytest.raises(IntegrityError), transaction.atomic():
        MilestoneOwner.objects.create(milestone=one, organisation=Organisation.objects.get(code="RU-ONE"), role="support")


def test_a_series_ends_after_it_begins(one):
    with pytest.raises(IntegrityError), transaction.atomic():
        Series.objects.update(last_year=2000)

"""A clock that runs ahead does not write into the record; what it wrote all the same is said, and the record can go on."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone, translation

from common.dates import PlannedDate
from milestones.models import Milestone
from milestones.services import move_date
from record import clock, verify
from record.models import Event
from record.moments import read_moment
from record.services import open_change

pytestmark = pytest.mark.django_db
YEAR = timedelta(days=365)


@pytest.fixture(autouse=True)
def _real_tolerance(_clock_of_the_test, monkeypatch):
    monkeypatch.setattr(clock, "AHEAD", timedelta(minutes=5))
    with translation.override("en"):
        yield


def move(due="2029"):
    with open_change(by="Test") as change:
        move_date(change, Milestone.objects.get(code="SM-03"), field="due", to=PlannedDate.parse(due), category="external")


@pytest.fixture
def ahead(rk2030, time_machine, monkeypatch):
    """The record after a jump of a year that both clocks made: one event of a day to come; the clocks are right again."""
    really = timezone.now()
    with monkeypatch.context() as jumped:
        jumped.setattr(clock, "AHEAD", 2 * YEAR)
        time_machine.move_to(really + YEAR)
        move()
    time_machine.move_to(really)
    return really


@pytest.mark.parametrize("jump", [timedelta(minutes=6), YEAR])
def test_an_application_whose_clock_is_ahead_of_the_database_writes_nothing(rk2030, time_machine, jump):
    before = Event.objects.position()
    time_machine.move_to(timezone.now() + jump)
    with pytest.raises(clock.ClockRunsAhead, match="The clock of the application says"):
        move()
    assert Event.objects.position() == before


def test_a_few_seconds_are_no_fault(rk2030, time_machine):
    time_machine.move_to(timezone.now() + timedelta(seconds=20))
    move()


def test_after_an_event_of_a_day_to_come_nothing_is_written(ahead):
    before = Event.objects.position()
    with pytest.raises(clock.ClockRunsAhead, match="which has not come yet"):
        move("2030")
    assert Event.objects.position() == before


def test_readiness_and_verify_say_so(ahead, client):
    ready = client.get("/readyz")
    assert (ready.status_code, ready.content.decode().splitlines()[0]) == (200, "ready")
    assert "nothing is written: The newest event is dated" in ready.content.decode()
    assert [fault for fault in verify.verify_record() if "which has not come yet" in fault]


def test_a_page_and_the_api_say_why_nothing_is_written(ahead, client, editor):
    from tests.api.test_writing import Program

    program = Program(client, editor, "plan")
    seen = program("get", "milestones/SM-03/")["ETag"]
    answer = program(
        "patch", "milestones/SM-03/?lang=en", {"due": {"date": "2030-12-31"}, "reason": {"category": "external"}}, If_Match=seen
    )
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "which has not come yet" in answer.json()["detail"]


def test_the_way_out_is_an_event_and_the_record_is_sound_after_it(ahead, client, capsys):
    call_command("correct_clock")
    assert "were dated up to" in capsys.readouterr().out
    said = Event.objects.order_by("-position").first()
    assert (said.type, said.data["first"], said.data["last"]) == ("clock.corrected", said.position - 1, said.position - 1)
    assert said.occurred_at - ahead < timedelta(minutes=1)
    move("2030")
    assert verify.verify_record() == []
    assert client.get("/readyz").content == b"ready\n"
    # What was dated ahead is read by position, and by day once the record has gone on.
    assert read_moment({"at": str(said.position - 1)}).position == said.position - 1
    assert read_moment({"as_of": timezone.now().isoformat().replace("+00:00", "Z")}).position == Event.objects.position()
    assert "A clock that ran ahead was put right" in client.get("/changes/?lang=en").content.decode()


def test_all_that_is_dated_ahead_is_named_though_some_of_it_is_dated_further(rk2030, time_machine, monkeypatch):
    really = timezone.now()
    with monkeypatch.context() as jumped:
        jumped.setattr(clock, "AHEAD", 3 * YEAR)
        for years in (1, 2):
            time_machine.move_to(really + years * YEAR)
            move(str(2029 + years))
    time_machine.move_to(really)
    call_command("correct_clock")
    said = Event.objects.head()
    assert (said.data["first"], said.data["last"]) == (said.position - 2, said.position - 1)
    assert verify.verify_record() == []


def test_there_is_no_way_out_of_a_record_that_is_right(rk2030):
    before = Event.objects.position()
    with pytest.raises(CommandError, match="nothing to correct"):
        call_command("correct_clock")
    assert Event.objects.position() == before


def test_an_event_dated_before_the_one_before_it_is_found(rk2030, monkeypatch):
    """As somebody would who puts an earlier day into the record without saying so."""
    from record.models import Event as Row

    move()
    newest = Event.objects.order_by("-position").first()
    monkeypatch.setattr(clock, "CORRECTED", "nothing of the kind")
    from record.services import Change

    change = Change(by="", now=newest.occurred_at)
    change.come_in()
    change.now -= timedelta(days=400)
    change.announce("clock.corrected", data={})
    assert f"position {Row.objects.position()}: dated before the event before it" in verify.verify_record()

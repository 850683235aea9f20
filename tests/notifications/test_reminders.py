"""Reminders: to whom, of what, once, in their morning and their language; and to the editors what stays undone."""

import datetime as dt
import re

import pytest

from milestones.models import Milestone
from milestones.services import return_assessment, submit_assessment
from notifications import reminders, tasks
from notifications.models import Mail, Reminded
from record.services import open_change
from roadmap_file.loading import load
from tests.factories import as_file, milestone, roadmap
from tests.people import person, published, recorded
from tests.snapshot import load_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(now, time_machine):
    time_machine.move_to(now, tick=False)
    load_once(
        as_file(
            roadmap(
                milestone("PR-01", due="2026-12-20"), milestone("PR-02", due="2026-11-29"), milestone("PR-03", due="2026-11-20"),
                milestone("PR-04", due="2028"), milestone("PR-05", due="2026-10-01"),
            )
        ),
        now=now,
    )  # fmt: skip
    analyst = person("analyst", email="analyst@mail.example", language="en")
    editor = person("editor", email="editor@mail.example", language="ru")
    Milestone.objects.exclude(code="PR-05").update(analyst=analyst)
    return analyst, editor


def write(when, time_machine):
    time_machine.move_to(when, tick=False)
    tasks.write_reminders()
    return {mail.to: mail for mail in Mail.objects.filter(key__endswith=f":{when.date()}")}


def test_an_analyst_is_told_what_is_due_and_what_is_over(people, now, time_machine):
    mail = write(now, time_machine)["analyst@mail.example"]
    assert mail.subject == "3 things wait for you"
    due, over = mail.body.split("The period is over")
    assert "PR-01" in due
    assert "PR-02" in due
    assert "PR-03" in over
    assert re.search(r"- PR-03 .*\): not assessed; the period ended \d+ days? ago\n", over), "and why it stands so"
    assert "PR-04" not in mail.body
    assert "http://localhost:8000/desk/milestones/PR-03/" in mail.body


def test_one_mail_a_day_at_most_and_nothing_said_twice(people, now, time_machine):
    assert "analyst@mail.example" in write(now, time_machine)
    tasks.write_reminders()
    later = now + dt.timedelta(hours=3)
    recorded("PR-04", person("analyst", "other"), now=now)
    write(later, time_machine)
    assert Mail.objects.filter(to="analyst@mail.example").count() == 1
    assert "analyst@mail.example" not in write(now + dt.timedelta(days=1), time_machine), "nothing new to say"


def test_the_days_before_are_thirty_seven_and_one(people, now, time_machine):
    said = {}
    for days in range(27):
        mails = write(now + dt.timedelta(days=days), time_machine)
        if (mail := mails.get("analyst@mail.example")) and "PR-01" in mail.body:
            said[days] = "period is over" in mail.body.split("PR-01")[0]
    assert said == {0: False, 20: False, 26: False}  # 27 days before, 7 days before, 1 day before
    assert "analyst@mail.example" not in write(now + dt.timedelta(days=27), time_machine), "the day itself belongs to the period"
    assert "PR-01" in write(now + dt.timedelta(days=28), time_machine)["analyst@mail.example"].body.split("The period is over")[1]


def test_a_moved_date_is_a_new_thing_to_say(people, now, time_machine):
    from common.dates import PlannedDate
    from milestones.services import move_date

    write(now, time_machine)
    with open_change(now=now) as change:
        move_date(change, Milestone.objects.get(code="PR-02"), field="due", to=PlannedDate.parse("2026-12-01"), category="political")
    assert "PR-02" in write(now + dt.timedelta(days=1), time_machine)["analyst@mail.example"].body


def test_editors_hear_of_what_waits_for_them_and_of_what_stays_undone(people, now, time_machine):
    analyst, _editor = people
    recorded("PR-04", analyst, now=now)
    mail = write(now, time_machine)["editor@mail.example"]
    assert "PR-04" in mail.body
    assert "PR-05" in mail.body, "over for longer than the period of grace, and nobody has looked"
    assert "PR-03" not in mail.body, "over for three days only"
    assert "/desk/assessments/" in mail.body
    assert "editor@mail.example" not in write(now + dt.timedelta(days=11), time_machine), "over for two weeks, and no longer"
    later = write(now + dt.timedelta(days=12), time_machine)["editor@mail.example"]
    assert "PR-03" in later.body
    assert "PR-05" not in later.body
    assert "editor@mail.example" not in write(now + dt.timedelta(days=14), time_machine), "it waits for two weeks, and no longer"
    again = write(now + dt.timedelta(days=15), time_machine)["editor@mail.example"]
    assert "PR-04" in again.body, "it waits for over two weeks"


def test_what_somebody_looked_at_after_it_was_over_does_not_stay_undone(people, now, time_machine):
    analyst, editor = people
    for code in ("PR-02", "PR-05"):
        published(code, analyst, editor, now=now)
    body = write(now + dt.timedelta(days=21), time_machine)["editor@mail.example"].body
    assert ("PR-02" in body, "PR-05" in body) == (True, False), "the one was looked at before it was over, and not since"


def test_what_is_over_is_said_once_though_it_is_stale_too(people, now, time_machine):
    analyst, editor = people
    published("PR-03", analyst, editor, now=now)
    body = write(now + dt.timedelta(days=182), time_machine)["analyst@mail.example"].body
    assert (body.count("/desk/milestones/PR-03/"), "Assessed over" in body) == (1, False)


def test_whoever_gets_a_milestone_on_its_last_day_is_told(people, now, time_machine):
    Milestone.objects.exclude(code="PR-02").update(analyst=None)
    body = write(dt.datetime(2026, 11, 29, 9, 0, tzinfo=dt.UTC), time_machine)["analyst@mail.example"].body
    assert "PR-02" in body.split("Due soon")[1]


def test_an_own_submission_is_no_ones_own_to_review(people, now, time_machine):
    _analyst, editor = people
    recorded("PR-04", editor, now=now)
    assert "/desk/assessments/" not in write(now, time_machine)["editor@mail.example"].body


def test_what_was_returned_and_what_is_stale_is_said(people, now, time_machine):
    analyst, editor = people
    published("PR-04", analyst, editor, now=now)
    submitted = recorded("PR-01", analyst, now=now)
    with open_change(by=editor.actor, now=now) as change:
        return_assessment(change, submitted, by=editor, comment="Which page?")
    assert "Returned to you" in write(now, time_machine)["analyst@mail.example"].body
    later = now + dt.timedelta(days=1)
    time_machine.move_to(later, tick=False)
    with open_change(by=editor.actor, now=later) as change:
        return_assessment(change, submit_assessment(change, submitted, by=analyst), by=editor, comment="And since when?")
    assert "Returned to you" in write(later, time_machine)["analyst@mail.example"].body, "it came back once more"
    assert "Assessed over 180 days ago" in write(now + dt.timedelta(days=182), time_machine)["analyst@mail.example"].body


def test_a_mail_comes_in_the_morning_of_the_persons_own_zone(people, now, time_machine):
    analyst, _editor = people
    analyst.time_zone = "Asia/Almaty"
    analyst.save()
    night = now.replace(hour=1, minute=30)
    assert "analyst@mail.example" not in write(night, time_machine)
    assert Mail.objects.filter(to="analyst@mail.example").count() == 0
    assert "analyst@mail.example" in write(night.replace(hour=2, minute=15), time_machine)
    analyst.time_zone = "No/Where"
    analyst.save()
    assert reminders.local_day(analyst, night) is None


def test_who_left_or_has_no_address_gets_nothing(people, now, time_machine):
    analyst, editor = people
    analyst.is_active = False
    analyst.save()
    editor.email = ""
    editor.save()
    person("stakeholder", email="stakeholder@mail.example")
    assert write(now, time_machine) == {}
    assert not Reminded.objects.exists()


def test_nothing_to_say_is_not_said(people, now, time_machine):
    analyst, editor = people
    Milestone.objects.update(analyst=None)
    for code in ("PR-01", "PR-02", "PR-03", "PR-05"):
        published(code, analyst, editor, now=now, status="achieved", completed_on=now.date())
    assert write(now, time_machine) == {}


def test_very_many_things_are_counted(now, time_machine):
    time_machine.move_to(now, tick=False)
    load(as_file(roadmap(*(milestone(f"PR-{n:02}", due="2026-11-20") for n in range(60)))), now=now)
    Milestone.objects.update(analyst=person("analyst", email="a@mail.example"))
    mail = write(now, time_machine)["a@mail.example"]
    assert mail.subject == "60 things wait for you"
    assert "and 20 more" in mail.body

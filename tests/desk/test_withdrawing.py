"""Withdrawing from the desk: the words are shown before they go, and everything that has words can be withdrawn."""

import datetime as dt

import pytest

from common.dates import PlannedDate
from milestones.models import Assessment, Milestone, PlanChange
from milestones.services import keep_milestone, move_date
from proposals.models import Indicator, IndicatorValue, Risk, RiskAssessment
from proposals.services import assess_risk, record_value
from record.models import Event
from record.services import open_change
from record.verify import verify_record
from tests.desk.conftest import text
from tests.people import published, recorded

WORDS = "Words about somebody"


def a_move(editor, now):
    with open_change(by=editor.actor, now=now) as change:
        move_date(
            change, Milestone.objects.get(code="PR-01"), field="due", to=PlannedDate.parse("2029"), category="other", note=WORDS, by=editor
        )
    return PlanChange.objects.get()


def a_judged_risk(editor, now):
    with open_change(by=editor.actor, now=now) as change:
        return assess_risk(change, Risk.objects.get(), likelihood=2, impact=2, by=editor, note=WORDS)


def a_value(editor, now):
    with open_change(by=editor.actor, now=now) as change:
        return record_value(change, Indicator.objects.get(), measured=PlannedDate.parse("2025"), value=3, by=editor, source_title=WORDS)


@pytest.mark.parametrize(("make", "model"), [(a_move, PlanChange), (a_judged_risk, RiskAssessment), (a_value, IndicatorValue)])
def test_words_are_shown_and_then_go_for_good(as_user, editor, now, make, model):
    one = make(editor, now)
    client, address = as_user(editor), f"/desk/withdraw/{model._meta.model_name}/{one.pk}/"
    assert WORDS in text(client.get(address))
    assert client.post(address, {"reason": "personal"}).status_code == 302
    one.refresh_from_db()
    assert one.withheld == Event.objects.position()
    assert (WORDS in str(vars(one)), WORDS in text(client.get(address))) == (False, False)
    again = client.post(address, {"reason": "personal"})
    assert (again.status_code, "It was withdrawn already." in text(again)) == (400, True)
    assert verify_record() == []


def test_earlier_texts_of_a_milestone_go_and_the_present_one_stays(as_user, editor, client, now):
    milestone = Milestone.objects.get(code="PR-01")
    old = milestone.title_en
    milestone.title_en = "Put right"
    with open_change(by=editor.actor, now=now) as change:
        milestone.save(update_fields=["title_en"])
        keep_milestone(change, milestone, added=False, fields=["title_en"])
    address = f"/desk/withdraw/milestone/{milestone.pk}/"
    page = text(as_user(editor).get(address))
    assert (old in page, "Only earlier versions are emptied." in page) == (True, True)
    client.post(address, {"reason": "mistake"})
    client.logout()
    assert old not in text(client.get("/milestones/PR-01/?lang=en&at=1"))
    assert "Put right" in text(client.get("/milestones/PR-01/?lang=en"))
    assert verify_record() == []


@pytest.mark.parametrize("data", [{}, {"reason": ""}, {"reason": "boredom"}, {"reason": "libel\x00"}])
def test_without_a_reason_nothing_goes(as_user, analyst, editor, now, data):
    one = published("PR-01", analyst, editor, now=now, summary=WORDS)
    answer = as_user(editor).post(f"/desk/withdraw/assessment/{one.pk}/", data)
    assert (answer.status_code, Assessment.objects.get().summary) == (400, WORDS)


def test_what_was_never_published_is_not_shown_here(as_user, analyst, editor, now):
    one = recorded("PR-01", analyst, now=now, summary=WORDS, action="save")
    client, address = as_user(editor), f"/desk/withdraw/assessment/{one.pk}/"
    page = text(client.get(address))
    assert (WORDS in page, "There is nothing here that could be withdrawn." in page) == (False, True)
    assert client.post(address, {"reason": "libel"}).status_code == 400
    assert Assessment.objects.get().summary == WORDS


@pytest.mark.parametrize("path", ["user/1", "event/1", "assessment/999", "milestoneversion/1", "session/1"])
def test_only_what_has_words_on_the_record_can_be_withdrawn(as_user, editor, path):
    assert as_user(editor).get(f"/desk/withdraw/{path}/").status_code == 404


def test_the_admin_leads_there_one_at_a_time(as_user, editor, now):
    one = a_move(editor, now)
    with open_change(by=editor.actor, now=now + dt.timedelta(seconds=1)) as change:
        move_date(change, Milestone.objects.get(code="PR-02"), field="due", to=PlannedDate.parse("2029"), category="scope", by=editor)
    client = as_user(editor)
    chosen = {"action": "withdraw", "_selected_action": [one.pk]}
    assert client.post("/admin/milestones/planchange/", chosen)["Location"] == f"/desk/withdraw/planchange/{one.pk}/"
    both = {"action": "withdraw", "_selected_action": list(PlanChange.objects.values_list("pk", flat=True))}
    assert "Choose one at a time" in text(client.post("/admin/milestones/planchange/", both, follow=True))

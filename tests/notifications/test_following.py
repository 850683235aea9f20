"""Following without an account: asked for, confirmed, told, left; and never told twice, or of nothing."""

import datetime as dt
import re

import pytest
from django.core.cache import cache

from common.dates import PlannedDate
from milestones.models import Milestone
from milestones.services import move_date
from notifications import following, outbox, tasks
from notifications.models import Follower, Mail
from record.models import Event
from record.services import open_change
from roadmap_file.loading import load
from tests.factories import MARK, another

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _day(time_machine, now):
    time_machine.move_to(now, tick=False)


def ask(client, email="reader@mail.example", *, language="en", **data):
    cache.clear()
    return client.post(f"/follow/?lang={language}", {"email": email, "scope": "", "frequency": "daily"} | data)


def link(text, name):
    return re.search(rf"http://localhost:8000(/follow/{name}/\S+)", text)[1]


def follow(client, email="reader@mail.example", **data):
    ask(client, email, **data)
    client.post(link(Mail.objects.get(key__startswith="confirm", to=email).body, "confirm"))
    return Follower.objects.get(email=email)


def move(code, to, now):
    with open_change(by="The editor", now=now) as change:
        move_date(change, Milestone.objects.get(code=code), field="due", to=PlannedDate.parse(to), category="political")


def test_asking_confirming_and_leaving(rk2030, client, mailoutbox, now):
    assert ask(client, scope="proposal:SM")["Location"] == "/follow/asked/"
    mail = Mail.objects.get()
    assert mail.subject == "Please confirm: changes of SM Standing Russia–Kazakhstan strategic mechanism"
    confirm = link(mail.body, "confirm")
    assert "Yes, begin" in client.get(confirm).content.decode()
    assert Follower.objects.get().confirmed_at is None, "looking at the link must confirm nothing"
    assert "You follow this now" in client.post(confirm).content.decode()
    follower = Follower.objects.get()
    assert (follower.scope, follower.code, follower.position) == ("proposal", "SM", 1)
    move("SM-03", "2027-Q1", now)
    assert "You follow this now" in client.post(confirm).content.decode()
    follower.refresh_from_db()
    assert follower.position == 1, "what happened between the two is still to be told"
    leaving = f"/follow/leave/{follower.key}/"
    assert "Leave" in client.get(leaving).content.decode()
    assert Follower.objects.exists()
    assert "You have left" in client.post(leaving).content.decode()
    assert not Follower.objects.exists()
    assert "You have left" in client.post(leaving).content.decode()


def test_one_click_of_a_mail_program_leaves_without_cookies(rk2030, now):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    follower = Follower.objects.create(email="a@mail.example", created_at=now, confirmed_at=now, told_on=now.date())
    assert strict.post(f"/follow/leave/{follower.key}/", {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not Follower.objects.exists()


def test_the_answer_does_not_tell_who_follows(rk2030, client):
    follow(client, "known@mail.example")
    answers = {
        (answer.status_code, answer["Location"], answer.content)
        for answer in (ask(client, "known@mail.example"), ask(client, "new@mail.example"))
    }
    assert len(answers) == 1
    assert "You follow this already" in Mail.objects.get(key__startswith="already").subject
    ask(client, "KNOWN@mail.example")
    assert Mail.objects.filter(key__startswith="already").count() == 1
    assert Follower.objects.filter(email__iexact="known@mail.example").count() == 1


def test_asking_again_sends_at_most_one_mail_a_day(rk2030, client, time_machine, now):
    for hour in range(24):
        time_machine.move_to(now + dt.timedelta(hours=hour), tick=False)
        ask(client)
    assert Mail.objects.count() == 1
    time_machine.move_to(now + dt.timedelta(days=1), tick=False)
    ask(client, frequency="weekly", language="kk")
    assert Mail.objects.count() == 2
    assert (Follower.objects.get().frequency, Follower.objects.get().language) == ("weekly", "kk")


@pytest.mark.parametrize(
    "data",
    [
        {"email": ""}, {"email": "nonsense"}, {"email": "a@b\nBcc: x@y.example"}, {"email": "a" * 300 + "@mail.example"}, {"email": "имя@mail.example"},
        {"scope": "proposal:NO"}, {"scope": "nonsense"}, {"frequency": "hourly"}, {"email": "a\x00@mail.example"},
    ],
)  # fmt: skip
def test_what_is_no_address_or_no_choice_is_refused(rk2030, client, data):
    assert ask(client, **data).status_code == 400
    assert not Mail.objects.exists()


def test_sign_up_is_limited_and_a_program_is_passed_over(rk2030, client, settings):
    assert ask(client, website="https://spam.example").status_code == 302
    assert not Follower.objects.exists()
    settings.FORM_RATE = "1/hour"
    cache.clear()
    data = {"email": "a@mail.example", "scope": "", "frequency": "daily"}
    assert [client.post("/follow/", data).status_code for _ in range(2)] == [302, 429]


@pytest.mark.parametrize("token", ["x", "a:b:c", "." * 300, "%00"])
def test_a_link_that_is_none_of_ours_is_refused(rk2030, client, token):
    assert client.get(f"/follow/confirm/{token}/").status_code in {400, 404}
    assert client.post(f"/follow/confirm/{token}/").status_code in {400, 404}


def test_a_link_is_good_for_three_days_and_then_the_address_is_forgotten(rk2030, client, time_machine, now):
    ask(client)
    confirm = link(Mail.objects.get().body, "confirm")
    time_machine.move_to(now + dt.timedelta(days=3, seconds=1), tick=False)
    assert client.post(confirm).status_code == 404
    known = Follower.objects.create(email="known@mail.example", created_at=now, confirmed_at=now, told_on=now.date())
    tasks.forget()
    assert Follower.objects.get() == known


def test_leaving_takes_back_what_was_still_to_be_sent(rk2030, client, now, time_machine):
    follower = follow(client)
    move("SM-03", "2027-Q1", now)
    assert len(tell(now + dt.timedelta(days=1), time_machine)) == 1
    ask(client)
    outbox.post(f"digest:{follower.pk}0:9", letter("another@mail.example"), now=now)
    client.post(f"/follow/leave/{follower.key}/")
    assert [mail.to for mail in Mail.objects.all()] == ["another@mail.example"]


@pytest.mark.parametrize("query", ["proposal=a/b", "owner=a/b", "proposal=NO", "owner=%22", "proposal=" + "x" * 2000])
def test_a_page_of_following_what_is_not_there_follows_all(rk2030, client, query):
    page = client.get(f"/follow/?{query}")
    assert page.status_code == 200
    assert b"feed.atom" in page.content
    assert not re.search(rb'href="/(proposals|organisations)/[^"]+/feed.atom', page.content)


# Digests


def tell(when, time_machine):
    time_machine.move_to(when, tick=False)
    Mail.objects.filter(key__startswith="confirm").delete()
    tasks.write_digests()
    return list(Mail.objects.filter(key__startswith="digest").order_by("pk"))


def test_a_digest_says_what_changed_and_comes_once(rk2030, client, now, time_machine):
    follower = follow(client)
    assert tell(now + dt.timedelta(days=1), time_machine) == [], "never an empty one"
    move("SM-03", "2027-Q1", now + dt.timedelta(days=1, hours=2))
    move("AF-03", "2027", now + dt.timedelta(days=1, hours=2))
    (mail,) = tell(now + dt.timedelta(days=2), time_machine)
    assert mail.subject == "2 changes: the whole roadmap"
    assert "SM-03 Founding document of the strategic mechanism signed" in mail.body
    assert "- 24 November 2026: A date was moved: SM-03. due: 2025 Q4 → 2027 Q1 (political decision)" in mail.body
    assert "\n  unknown: not assessed\n  http://localhost:8000/milestones/SM-03/\n" in mail.body, "and how it stands, and why"
    assert f"http://localhost:8000/follow/leave/{follower.key}/" in mail.body
    assert mail.headers["List-Unsubscribe"] == f"<http://localhost:8000/follow/leave/{follower.key}/>"
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert len(tell(now + dt.timedelta(days=2, hours=1), time_machine)) == 1
    follower.refresh_from_db()
    assert follower.position == 3
    move("AF-03", "2028", now + dt.timedelta(days=2, hours=2))
    later = now + dt.timedelta(days=2, hours=3)
    assert len(tell(later, time_machine)) == 1, "one a day"
    assert not following.write_digest(follower.pk, now=later), "also for a worker who looked before it was written"
    assert [mail.subject.split()[0] for mail in tell(now + dt.timedelta(days=3), time_machine)] == ["2", "1"]


def test_a_digest_is_in_the_readers_language(rk2030, client, now, time_machine):
    follow(client, language="kk")
    move("SM-03", "2027-Q1", now)
    (mail,) = tell(now + dt.timedelta(days=1), time_machine)
    assert "2027 жылғы I тоқсан" in mail.body


@pytest.mark.parametrize(
    ("scope", "told"), [("proposal:SM", "SM-03"), ("owner:J-FORUM", "AF-03"), ("proposal:AF", "AF-03"), ("", "SM-03 AF-03")]
)
def test_a_follower_hears_of_what_they_follow(rk2030, client, now, time_machine, scope, told):
    follow(client, scope=scope)
    move("SM-03", "2027-Q1", now)
    move("AF-03", "2027", now)
    (mail,) = tell(now + dt.timedelta(days=1), time_machine)
    assert {code for code in ("SM-03", "AF-03") if code in mail.body} == set(told.split())


def test_who_follows_a_report_hears_of_no_other(rk2030, client, now, time_machine):
    load(another(), now=now)
    page = client.get("/reports/OTHER/follow/?lang=en").content.decode()
    assert re.search(r'value="report:OTHER" selected', page)
    assert 'href="/reports/OTHER/feed.atom?lang=en"' in page
    follow(client, scope="report:OTHER")
    move("SM-03", "2027-Q1", now)
    move("ZQ-01", "2028", now)
    (mail,) = tell(now + dt.timedelta(days=1), time_machine)
    assert mail.subject == f"1 change: OTHER {MARK} report in English"
    assert "SM-03" not in mail.body
    assert "http://localhost:8000/reports/OTHER/changes/\n" in mail.body


def test_a_digest_of_all_reports_keeps_each_by_itself(rk2030, client, now, time_machine):
    load(another(), now=now)
    follow(client)
    for code in ("SM-03", "ZQ-01", "AF-03", "ZQ-01"):
        move(code, "2028" if code != "ZQ-01" else f"203{Event.objects.position()}", now)
    (mail,) = tell(now + dt.timedelta(days=1), time_machine)
    assert mail.subject == "4 changes: all reports"
    theirs, ours = mail.body.split("\n== RK2030 ")
    assert theirs.startswith(f"== OTHER {MARK} report in English ==\n\nZQ-01 ")
    assert "SM-03" in ours
    assert "AF-03" in ours
    assert "AF-03" not in theirs
    assert "ZQ-01" not in ours


def test_who_follows_an_organisation_hears_that_it_lost_a_milestone(rk2030, client, now, time_machine):
    from milestones.models import MilestoneOwner
    from milestones.services import keep_milestone

    follow(client, scope="owner:J-FORUM")
    one = Milestone.objects.get(code="AF-03")
    MilestoneOwner.objects.filter(milestone=one, organisation__code="J-FORUM").delete()
    with open_change(now=now) as change:
        keep_milestone(change, one, added=False, fields=["support"])
    (mail,) = tell(now + dt.timedelta(days=1), time_machine)
    assert "AF-03" in mail.body
    move("AF-03", "2028", now + dt.timedelta(days=1))
    assert len(tell(now + dt.timedelta(days=2), time_machine)) == 1, "what becomes of it then is no affair of theirs"


@pytest.mark.expects_errors
def test_one_follower_for_whom_nothing_can_be_written_does_not_stop_the_others(rk2030, client, now, time_machine, monkeypatch):
    bad, good = follow(client, "bad@mail.example"), follow(client, "good@mail.example")
    move("SM-03", "2027-Q1", now)
    plain = following.write_digest
    monkeypatch.setattr(following, "write_digest", lambda pk, **more: 1 / 0 if pk == bad.pk else plain(pk, **more))
    assert [mail.to for mail in tell(now + dt.timedelta(days=1), time_machine)] == [good.email]


def test_a_weekly_digest_comes_on_mondays_and_after_a_missed_one(rk2030, client, now, time_machine):
    assert now.weekday() == 0
    follow(client, frequency="weekly")
    move("SM-03", "2027-Q1", now)
    for days in range(1, 7):
        assert tell(now + dt.timedelta(days=days), time_machine) == []
    assert len(tell(now + dt.timedelta(days=9), time_machine)) == 1, "Monday was missed, so Wednesday it is"
    move("SM-03", "2028", now + dt.timedelta(days=9))
    assert len(tell(now + dt.timedelta(days=13), time_machine)) == 1
    assert len(tell(now + dt.timedelta(days=14), time_machine)) == 2


def test_digests_wait_for_the_morning(rk2030, client, now, time_machine):
    follow(client)
    move("SM-03", "2027-Q1", now)
    early = (now + dt.timedelta(days=1)).replace(hour=6, minute=59)
    assert tell(early, time_machine) == []
    assert len(tell(early + dt.timedelta(minutes=2), time_machine)) == 1


def test_a_digest_of_very_many_changes_names_some_and_counts_the_rest(rk2030, client, now, time_machine):
    follow(client)
    for year in (2026, 2027):
        for one in Milestone.objects.order_by("code")[:50]:
            move(one.code, str(year), now)
    (mail,) = tell(now + dt.timedelta(days=1), time_machine)
    number = int(mail.subject.split()[0])
    assert number > 80
    assert mail.body.count("A date was moved") == following.LISTED
    assert f"and {number - following.LISTED} more changes" in mail.body


def test_one_whose_confirmation_is_missing_hears_nothing(rk2030, client, now, time_machine):
    ask(client)
    move("SM-03", "2027-Q1", now)
    assert tell(now + dt.timedelta(days=1), time_machine) == []


# The outbox


def letter(to="a@mail.example"):
    return outbox.Letter(to, "Subject\nBcc: x", "Body", {"X-Test": "1"})


def test_a_mail_goes_out_once_and_is_emptied(db, now, mailoutbox, time_machine):
    assert outbox.post("one", letter(), now=now)
    assert not outbox.post("one", letter("b@mail.example"), now=now)
    mail = Mail.objects.get()
    assert outbox.send(mail.pk)
    assert not outbox.send(mail.pk)
    time_machine.move_to(now + 2 * outbox.CLAIM, tick=False)
    assert not outbox.send(mail.pk), "nor when its claim has run out"
    (sent,) = mailoutbox
    assert (sent.to, sent.subject, sent.extra_headers["X-Test"]) == (["a@mail.example"], "Subject Bcc: x", "1")
    assert sent.extra_headers["Message-ID"] == mail.message_id
    mail.refresh_from_db()
    assert (mail.to, mail.body, mail.subject, mail.headers, mail.attempts) == ("", "", "", {}, 1)
    assert mail.sent_at


def test_a_mail_that_another_worker_holds_is_left_alone_until_its_claim_runs_out(db, now, mailoutbox, time_machine):
    outbox.post("one", letter(), now=now)
    Mail.objects.update(claimed_until=now + outbox.CLAIM)
    assert outbox.waiting(now) == []
    tasks.send_waiting_mail()
    assert mailoutbox == []
    time_machine.move_to(now + outbox.CLAIM + dt.timedelta(seconds=1), tick=False)
    tasks.send_waiting_mail()
    assert len(mailoutbox) == 1


def test_a_mail_that_fails_waits_longer_each_time_and_is_given_up_in_the_end(db, now, settings, time_machine, caplog):
    settings.MAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    outbox.post("one", letter(), now=now)
    moment, waits = now, []
    for _attempt in range(len(outbox.PAUSES)):
        time_machine.move_to(moment, tick=False)
        tasks.send_waiting_mail()
        mail = Mail.objects.get()
        waits.append(mail.claimed_until - moment)
        tasks.send_waiting_mail()
        assert Mail.objects.get().attempts == mail.attempts, "not before the pause is over"
        moment = mail.claimed_until + dt.timedelta(seconds=1)
    assert waits == outbox.PAUSES
    assert sum(outbox.PAUSES, dt.timedelta()) > dt.timedelta(days=1)
    assert "ConnectionRefusedError" in mail.error


@pytest.mark.expects_errors
def test_a_mail_given_up_stands_listed(db, now, settings, time_machine):
    settings.MAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    outbox.post("one", letter(), now=now)
    Mail.objects.update(attempts=len(outbox.PAUSES))
    tasks.send_waiting_mail()
    mail = Mail.objects.get()
    assert mail.failed_at
    assert (mail.to, mail.body) == ("", ""), "an address that cannot be reached is nobody's to keep"
    assert outbox.waiting(now + dt.timedelta(days=9)) == []


def test_what_was_sent_long_ago_is_forgotten_and_what_waits_is_not(db, now, mailoutbox):
    outbox.post("sent", letter(), now=now)
    outbox.post("waits", letter(), now=now)
    outbox.send(Mail.objects.get(key="sent").pk)
    outbox.forget(now + dt.timedelta(days=401))
    assert [mail.key for mail in Mail.objects.all()] == ["waits"]

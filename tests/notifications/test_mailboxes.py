"""Attacks on other people's mailboxes by what anybody may ask for, and on addresses by what a mail server answers."""

import datetime as dt
import logging
import re
import socketserver
import threading

import pytest
from django.core.cache import cache

import accounts.tasks  # noqa: F401 - so that they can be run where they are sent
from accounts.models import User
from common.mail import mailbox_of
from notifications import following, outbox, tasks
from notifications.models import Follower, Mail
from roadmap.celery import app
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _as_in_production(settings, monkeypatch, time_machine, now):
    """Mail goes through the outbox; a task runs where it is sent."""
    settings.EMAIL_BACKEND = "notifications.outbox.Backend"
    monkeypatch.setattr(app, "send_task", lambda name, args, **_options: app.tasks[name].run(*args))
    time_machine.move_to(now, tick=False)


@pytest.mark.parametrize(
    ("address", "mailbox"),
    [
        ("Victim@Mail.example", "victim@mail.example"),
        ("victim+1@mail.example", "victim@mail.example"),
        ("v.ictim+a+b@mail.example", "victim@mail.example"),
        ("victim@googlemail.com", "victim@gmail.com"),
        ("victim@sub.mail.example", "victim@sub.mail.example"),
        ('"a@b"@mail.example', '"a@b"@mail.example'),
    ],
)
def test_addresses_of_one_mailbox_are_one(address, mailbox):
    assert mailbox_of(address) == mailbox


def reset(client, address="victim@mail.example"):
    cache.clear()  # as if each came from another network
    assert client.post("/accounts/password/reset/", {"email": address}).status_code == 302


def test_a_hundred_resets_are_one_mail(client, now, time_machine):
    User.objects.create_user("victim", email="victim@mail.example", password="a long password")
    for _time in range(100):
        reset(client)
    assert Mail.objects.count() == 1
    time_machine.move_to(now + dt.timedelta(hours=1), tick=False)
    reset(client, "VICTIM@mail.example")
    assert Mail.objects.count() == 2


def test_a_reset_of_one_person_takes_nothing_from_another(client):
    for name in ("one", "two"):
        User.objects.create_user(name, email=f"{name}@mail.example", password="a long password")
        reset(client, f"{name}@mail.example")
    assert set(Mail.objects.values_list("to", flat=True)) == {"one@mail.example", "two@mail.example"}


def test_an_invitation_sent_again_and_again_is_one_mail_an_hour_and_says_so(client, now, time_machine):
    new = User.objects.create_user("new", email="new@mail.example")
    client.force_login(person("administrator"))
    client.get("/?lang=en")

    def again():
        act = {"action": "invite_again", "_selected_action": [new.pk]}
        page = client.post("/admin/accounts/user/", act, follow=True).content.decode()
        return int(re.search(r"Invitations sent: (\d)", page)[1])

    assert [again() for _time in range(3)] == [1, 0, 0]
    assert Mail.objects.count() == 1
    time_machine.move_to(now + dt.timedelta(hours=1), tick=False)
    assert again() == 1


def follow(client, email, scope=""):
    cache.clear()
    return client.post("/follow/", {"email": email, "scope": scope, "frequency": "daily"})


def test_a_hundred_sub_addresses_are_one_mailbox(rk2030, client, now, time_machine):
    """And whoever asks is told the same as ever."""
    answers = {
        (answer.status_code, answer["Location"])
        for answer in (follow(client, f"v{'.' * (number % 2)}ictim+{number}@mail.example") for number in range(100))
    }
    assert len(answers) == 1
    assert Mail.objects.count() == Follower.objects.count() == following.MOST_A_DAY
    follow(client, "somebody@mail.example")
    assert Mail.objects.filter(to="somebody@mail.example").exists()
    time_machine.move_to(now + dt.timedelta(days=1), tick=False)
    for number in range(100, 200):
        follow(client, f"victim+{number}@mail.example")
    assert Mail.objects.filter(to__startswith="v").count() == 2 * following.MOST_A_DAY


def test_nobodys_mailbox_is_flooded_by_asking_for_ever_more(rk2030, client):
    from proposals.models import Proposal

    codes = list(Proposal.objects.values_list("code", flat=True))
    assert len(codes) > following.MOST_A_DAY
    for code in codes:
        assert follow(client, "victim@mail.example", f"proposal:{code}").status_code == 302
    assert Mail.objects.filter(to="victim@mail.example").count() == following.MOST_A_DAY


def test_who_follows_much_already_is_not_written_to_about_each(rk2030, client, now):
    from proposals.models import Proposal

    for code in Proposal.objects.values_list("code", flat=True):
        Follower.objects.create(email="victim@mail.example", scope="proposal", code=code, created_at=now, confirmed_at=now)
        follow(client, "victim@mail.example", f"proposal:{code}")
    assert Mail.objects.count() == following.MOST_A_DAY


@pytest.mark.django_db(transaction=True)
def test_many_who_ask_at_once_for_one_mailbox_are_counted_one_after_the_other(now):
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connection

    def one(number):
        try:
            following.sign_up(email=f"victim+{number}@mail.example", scope="roadmap", code="", frequency="daily", language="en", now=now)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(24)))
    assert Mail.objects.count() == following.MOST_A_DAY


class Refusing(socketserver.StreamRequestHandler):
    """A mail server that says no to one command, and repeats the recipient as servers do."""

    def handle(self):
        self.say("220 mail.example")
        for line in self.rfile:
            command = line.decode().strip().upper()
            verb = next((verb for verb in ("RCPT", "MAIL", "DATA", "QUIT", "EHLO") if command.startswith(verb)), "")
            if verb == self.server.verb:
                self.say(f"{self.server.code} 5.1.1 <victim@mail.example>: Recipient address rejected: no victim@mail.example here")
            else:
                self.say("221 bye" if verb == "QUIT" else "250 ok")

    def say(self, text):
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def refusing(settings):
    servers = []

    def start(verb, code):
        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Refusing)
        server.daemon_threads = True
        server.verb, server.code = verb, code
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        settings.MAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.expects_errors
@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("code", [450, 550])
@pytest.mark.parametrize("verb", ["RCPT", "MAIL", "DATA"])
def test_what_a_mail_server_says_of_a_recipient_stands_in_no_log_and_no_list(refusing, client, now, caplog, verb, code, last):
    refusing(verb, code)
    caplog.set_level(logging.DEBUG)
    outbox.post("one", outbox.Letter("victim@mail.example", "Subject", "Body"), now=now)
    if last:
        Mail.objects.update(attempts=len(outbox.PAUSES))
    tasks.send_waiting_mail()
    mail = Mail.objects.get()
    assert str(code) in mail.error
    client.force_login(person("administrator"))
    shown = (
        client.get("/admin/notifications/mail/").content.decode()
        + client.get(f"/admin/notifications/mail/{mail.pk}/change/").content.decode()
    )
    assert "one" in shown
    for told in (mail.error, caplog.text, shown):
        assert "victim" not in told


def test_a_mailbox_that_there_is_not_is_asked_once_and_is_nobodys_alarm(refusing, now):
    refusing("RCPT", 550)
    outbox.post("one", outbox.Letter("victim@mail.example", "Subject", "Body"), now=now)
    tasks.send_waiting_mail()
    mail = Mail.objects.get()
    assert (mail.attempts, mail.to, mail.body, bool(mail.failed_at)) == (1, "", "", True)


def test_a_mailbox_that_is_only_busy_is_asked_again(refusing, now):
    refusing("RCPT", 450)
    outbox.post("one", outbox.Letter("victim@mail.example", "Subject", "Body"), now=now)
    tasks.send_waiting_mail()
    assert Mail.objects.get().failed_at is None

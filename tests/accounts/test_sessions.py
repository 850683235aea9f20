"""Sessions: listed, ended by their owner; the sign-in before this one; and a mail about a browser that is new."""

import datetime as dt
import re

import pytest
from django.test import Client
from django.utils import timezone

from accounts.agents import described
from accounts.models import Device, SignIn, User
from accounts.tasks import clear_sessions
from notifications.models import Mail
from tests.people import person

pytestmark = pytest.mark.django_db
PHRASE = "quite a long phrase"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture(autouse=True)
def clock(time_machine, now, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    time_machine.move_to(now, tick=False)
    return time_machine


@pytest.fixture
def user(db):
    user = person("analyst", "user", email="user@example.org", language="kk", time_zone="Asia/Almaty")
    user.set_password(PHRASE)
    user.save()
    return user


@pytest.fixture
def enter(user):
    """A browser in which the person signs in."""

    def come(agent=FIREFOX, ip="10.1.2.3", client=None):
        client = client or Client(headers={"User-Agent": agent}, REMOTE_ADDR=ip)
        assert client.post("/accounts/login/", {"username": "user", "password": PHRASE}).status_code == 302
        return client

    return come


def who(client):
    return client.get("/api/v1/me/").json().get("username")


def test_sessions_are_listed_and_ended_one_by_one(enter):
    here, there = enter(), enter(ip="10.9.9.9")
    page = here.get("/accounts/?lang=en").content.decode()
    assert page.count("Firefox, Linux") == 3, "two rows, and one button that names it"
    assert "10.1.2.3" in page
    assert "10.9.9.9" in page
    other = SignIn.objects.get(ip="10.9.9.9")
    assert here.post("/accounts/", {"action": "end", "session": other.uid}).status_code == 302
    assert (who(here), who(there)) == ("user", None)
    assert "10.9.9.9" not in here.get("/accounts/").content.decode()


def test_all_others_are_ended_at_once(enter):
    here, second, third = enter(), enter(), enter()
    here.post("/accounts/", {"action": "end_others"})
    assert [who(one) for one in (here, second, third)] == ["user", None, None]


def test_nobody_ends_the_session_of_somebody_else(enter):
    enter()
    stranger = Client()
    stranger.force_login(person("administrator", "stranger"))
    assert stranger.post("/accounts/", {"action": "end", "session": SignIn.objects.get(user__username="user").uid}).status_code == 404
    assert SignIn.objects.filter(user__username="user").exists()


@pytest.mark.parametrize("path", ["/accounts/logout/", "/admin/logout/"])
def test_signing_out_takes_the_session_from_the_list(enter, user, path):
    client = enter()
    if path.startswith("/admin"):
        User.objects.filter(pk=user.pk).update(role="editor", is_staff=True)
    client.post(path)
    assert not SignIn.objects.exists()


def test_changing_the_password_ends_all_others(enter):
    here, there = enter(), enter()
    said = {"old_password": PHRASE, "new_password1": "another long phrase", "new_password2": "another long phrase"}
    assert here.post("/accounts/password/change/", said).status_code == 302
    assert (who(here), who(there)) == ("user", None)
    assert SignIn.objects.count() == 1


def test_a_password_that_an_administrator_sets_ends_all(enter, user):
    client = enter()
    chief = Client()
    chief.force_login(person("administrator", "chief"))
    said = {"password1": "another long phrase", "password2": "another long phrase", "usable_password": "true"}
    assert chief.post(f"/admin/accounts/user/{user.pk}/password/", said).status_code == 302
    assert who(client) is None
    assert not SignIn.objects.filter(user=user).exists()


def test_a_stolen_cookie_is_worth_nothing_after_its_session_was_ended(enter):
    here, there = enter(), enter()
    kept = there.cookies["sessionid"].value
    here.post("/accounts/", {"action": "end_others"})
    there.get("/")
    there.cookies["sessionid"] = kept
    assert who(there) is None


def test_the_account_page_says_when_one_signed_in_before(enter, clock):
    client = enter()
    assert "last signed" not in client.get("/accounts/?lang=en").content.decode()
    client.logout()
    clock.shift(dt.timedelta(days=3))
    enter(client=client)
    page = re.sub(r"\s+", " ", client.get("/accounts/?lang=en").content.decode())
    assert "last signed in on 23 November 2026, 09:00" in page


def test_a_new_browser_is_told_of_once_in_the_persons_language_and_time(enter, settings, clock):
    settings.EMAIL_BACKEND = "notifications.outbox.Backend"
    client = enter()
    (letter,) = Mail.objects.all()
    assert letter.to == "user@example.org"
    assert re.search("[әғқңөұүһі]", letter.subject + letter.body)
    assert "Firefox, Linux" in letter.body
    assert "10.1.2.3" in letter.body
    assert "14:00" in letter.body
    for _time in range(2):
        client.post("/accounts/logout/")
        clock.shift(dt.timedelta(days=30))
        enter(client=client)
    assert Mail.objects.count() == 1
    enter()
    assert Mail.objects.count() == 2
    cookie = client.cookies["device"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/accounts/")


def test_another_persons_browser_is_new_to_this_one(enter, user):
    client = enter()
    client.post("/accounts/logout/")
    other = person("analyst", "other", email="other@example.org")
    other.set_password(PHRASE)
    other.save()
    client.post("/accounts/login/", {"username": "other", "password": PHRASE})
    assert Device.objects.filter(user=other).count() == 1


def test_a_mail_repeats_nothing_that_a_stranger_sent(enter, mailoutbox):
    enter(agent="Firefox/1 Windows https://evil.example/ <b>")
    (letter,) = mailoutbox
    assert "Firefox, Windows" in letter.body
    assert "evil" not in letter.body


def test_what_has_run_out_is_forgotten(enter, clock):
    enter()
    clock.shift(dt.timedelta(days=15))
    clear_sessions()
    assert not SignIn.objects.exists()
    assert Device.objects.exists()
    clock.shift(dt.timedelta(days=400))
    clear_sessions()
    assert not Device.objects.exists()


def test_when_a_session_was_seen_is_noted_now_and_then(enter, clock):
    client = enter()
    for minutes in (3, 3, 3):
        clock.shift(dt.timedelta(minutes=minutes))
        client.get("/desk/")
    assert SignIn.objects.get().seen_at == timezone.now() - dt.timedelta(minutes=3)


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox, Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", "Chrome, Android"),
        ("curl/8.0", ""),
    ],
)
def test_browsers_are_named_by_words_of_ours(agent, words):
    assert described(agent) == words

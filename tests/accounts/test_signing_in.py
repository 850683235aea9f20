"""Attacks on signing in: many tries, much memory, many addresses, and keeping somebody else out. Each is played as a stranger would."""

import contextlib
import resource
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth import hashers
from django.test import Client

from accounts import passwords, signing_in
from accounts.models import User
from accounts.services import set_password_url
from common.passing import TryLater

pytestmark = pytest.mark.django_db

PASSWORD = "a long password"
LOGIN = "/accounts/login/?lang=en"


@pytest.fixture
def user():
    return User.objects.create_user("user", email="user@mail.example", password=PASSWORD)


@pytest.fixture
def hashed(monkeypatch):
    """How many passwords were hashed: what costs memory and time."""
    calls, plain = [], hashers.Argon2PasswordHasher.verify
    monkeypatch.setattr(hashers.Argon2PasswordHasher, "verify", lambda self, *args: calls.append(1) or plain(self, *args))
    encode = hashers.Argon2PasswordHasher.encode
    monkeypatch.setattr(hashers.Argon2PasswordHasher, "encode", lambda self, *args: calls.append(1) or encode(self, *args))
    return calls


def try_password(client, password="wrong", name="user", **where):
    return client.post(LOGIN, {"username": name, "password": password}, **where).status_code


def enters(client, **where):
    return try_password(client, PASSWORD, **where) == 302


def v6(number, host=1):
    """An address of the ``number``-th /64 of one /48."""
    return f"2001:db8:7:{number:x}::{host:x}"


def test_one_neighbourhood_tries_so_many_names_and_nothing_more_is_hashed(user, settings, hashed):
    settings.SIGN_IN_RATE = "3/hour"
    tries = [try_password(Client(), name=f"name{number}", REMOTE_ADDR="192.0.2.1") for number in range(6)]
    assert tries == [200, 200, 200, 429, 429, 429]
    assert len(hashed) == 3
    assert enters(Client(), REMOTE_ADDR="192.0.2.2"), "the neighbour has nothing to do with it"


def test_whoever_has_a_whole_ipv6_network_is_one_stranger_and_not_as_many_as_they_like(user, settings):
    settings.SIGN_IN_RATE = "1/hour"
    settings.AXES_FAILURE_LIMIT = 1000
    assert [try_password(Client(), REMOTE_ADDR=v6(1, host)) for host in (1, 2)] == [200, 429], "a /64 is one customer"
    tries = [try_password(Client(), name=f"name{number}", REMOTE_ADDR=v6(number)) for number in range(2, 20)]
    assert tries == [200] * 15 + [429] * 3, "and a /48 sixteen of them"
    assert enters(Client(), REMOTE_ADDR="2001:db8:8::1")


def test_an_ipv4_address_written_as_ipv6_is_no_other_one(user, settings):
    settings.SIGN_IN_RATE = "1/hour"
    assert [try_password(Client(), REMOTE_ADDR=address) for address in ("192.0.2.1", "::ffff:192.0.2.1")] == [200, 429]


def test_ten_failures_close_a_name_to_a_neighbourhood_also_from_another_address_of_it(user, settings):
    settings.AXES_FAILURE_LIMIT = 3
    tries = [try_password(Client(), REMOTE_ADDR=v6(1, host)) for host in range(1, 5)]
    assert tries == [200, 200, 429, 429]
    assert not enters(Client(), REMOTE_ADDR=v6(1, 9))
    assert enters(Client(), REMOTE_ADDR=v6(2))


def test_strangers_from_everywhere_close_a_name_to_strangers_and_never_to_a_browser_that_knows_it(client, user, settings):
    settings.AXES_FAILURE_LIMIT = 1
    assert enters(client, REMOTE_ADDR="198.51.100.1")
    client.post("/accounts/logout/")
    tries = [try_password(Client(), REMOTE_ADDR=f"192.0.2.{number}") for number in range(signing_in.EVERYWHERE + 2)]
    assert tries[-1] == 429
    assert not enters(Client(), REMOTE_ADDR="203.0.113.1"), "guessed right, but too late"
    assert enters(client, REMOTE_ADDR="192.0.2.1"), "also from the very address that strangers tried from"


def test_a_browser_that_is_known_does_not_guess_without_end(client, user, settings, hashed):
    settings.AXES_FAILURE_LIMIT = 3
    assert enters(client)
    client.post("/accounts/logout/")
    hashed.clear()
    assert 429 in [try_password(client) for _time in range(8)]
    assert len(hashed) <= 2 * settings.AXES_FAILURE_LIMIT


@pytest.mark.parametrize("cookie", ["", "nonsense", "another"])
def test_no_browser_makes_itself_known(user, settings, cookie):
    settings.SIGN_IN_RATE = "1/hour"
    stranger = Client()
    if cookie == "another":
        User.objects.create_user("other", password=PASSWORD)
        assert try_password(stranger, PASSWORD, name="other", REMOTE_ADDR="198.51.100.1") == 302
        stranger.post("/accounts/logout/")
    else:
        stranger.cookies[signing_in.COOKIE] = cookie
    assert [try_password(stranger, REMOTE_ADDR="192.0.2.1") for _time in range(2)] == [200, 429]


def test_who_has_the_mailbox_comes_in_however_many_others_try(client, user, settings):
    """On a new browser, while strangers keep the name closed."""
    settings.AXES_FAILURE_LIMIT = 1
    for number in range(signing_in.EVERYWHERE + 2):
        try_password(Client(), REMOTE_ADDR=f"192.0.2.{number}")
    assert not enters(client)
    form = client.get(set_password_url(user).removeprefix(settings.SITE_URL))
    client.post(form.url, {"new_password1": "another long password", "new_password2": "another long password"})
    assert try_password(client, "another long password") == 302


def test_the_cookie_of_a_known_browser_is_for_the_server_alone(client, user, settings):
    settings.SESSION_COOKIE_SECURE = True
    enters(client)
    cookie = client.cookies[signing_in.COOKIE]
    assert (cookie["httponly"], cookie["secure"], cookie["samesite"]) == (True, True, "Lax")
    assert "user" not in cookie.value


@pytest.mark.parametrize("name", ["user", "nobody"])
def test_an_endless_password_is_wrong_before_it_is_hashed(user, hashed, name):
    assert try_password(Client(), "x" * (passwords.MOST + 1), name=name) == 200
    assert not hashed


def test_a_long_password_is_set_and_an_endless_one_is_refused_with_words(client, user):
    client.force_login(user)
    longest = ("correct horse battery staple " * 9)[: passwords.MOST]
    form = {"old_password": PASSWORD, "new_password1": longest + "x", "new_password2": longest + "x"}
    page = client.post("/accounts/password/change/?lang=en", form)
    assert f"at most {passwords.MOST} characters" in page.content.decode()
    assert client.post("/accounts/password/change/", form | {"new_password1": longest, "new_password2": longest}).status_code == 302
    user.refresh_from_db()
    assert user.check_password(longest)


def test_whoever_finds_a_browser_signed_in_does_not_guess_the_password_there(client, user, settings, hashed):
    settings.AXES_FAILURE_LIMIT = 3
    client.force_login(user)
    for number in range(6):
        client.post("/accounts/password/change/", {"old_password": f"guess {number}", "new_password1": "x", "new_password2": "x"})
    assert len(hashed) == 3


class Crowd:
    """How many hash at the same time."""

    def __init__(self):
        self.now = self.most = 0
        self.lock, self.go = threading.Lock(), threading.Event()

    def verify(self, *_args):
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        self.go.wait(5)
        with self.lock:
            self.now -= 1
        return True


def test_however_many_sign_in_at_once_two_hash_some_wait_and_the_others_are_told(user, settings, monkeypatch):
    crowd, told = Crowd(), []
    monkeypatch.setattr(hashers.Argon2PasswordHasher, "verify", crowd.verify)
    monkeypatch.setattr(passwords, "PLACE_SECONDS", 60)  # so that nobody is told but for there being too many

    def one(_number):
        try:
            return passwords.Argon2().verify(PASSWORD, user.password)
        except TryLater:
            told.append(1)
            if len(told) == 16 - (settings.WEB_THREADS - 3):
                crowd.go.set()

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(one, range(16)))
    assert crowd.most == settings.PASSWORD_HASHES
    assert answers.count(True) == settings.WEB_THREADS - 3, "two threads of a web process stay free, one more answers those who are told"


def test_sixteen_tries_at_once_take_the_memory_of_two(user, monkeypatch):
    """Hashes of 100 MiB each. What a process has once had is not measured again, so the difference is only ever too small."""
    monkeypatch.setattr(passwords.Argon2, "memory_cost", hashers.Argon2PasswordHasher.memory_cost)
    user.set_password(PASSWORD)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def one(_number):
        with contextlib.suppress(TryLater):
            return passwords.Argon2().verify(PASSWORD, user.password)

    with ThreadPoolExecutor(16) as pool:
        assert True in list(pool.map(one, range(16)))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 350 * 1024


def test_who_is_told_to_wait_is_answered_503_and_nothing_counts_as_a_failure(client, user, monkeypatch):
    from threading import BoundedSemaphore

    from axes.models import AccessAttempt

    none = BoundedSemaphore(1)
    none.acquire()
    monkeypatch.setattr(passwords, "_callers", none)
    answer = client.post(LOGIN, {"username": "user", "password": PASSWORD})
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "Too many people are signing in" in answer.content.decode()
    assert not AccessAttempt.objects.exists()


def test_resets_are_limited_by_neighbourhood(client, user, settings, mailoutbox):
    settings.FORM_RATE = "1/hour"
    asked = [client.post("/accounts/password/reset/", {"email": "user@mail.example"}).status_code for _time in range(2)]
    assert asked == [302, 429]

"""A second factor: set up, asked for at every door, and never passed round."""

import datetime as dt
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from accounts import factors, totp
from accounts.factors import FactorRefused, add_app, is_needed, new_codes, prove_code
from accounts.models import Factor, SignIn, User
from accounts.services import set_password_url
from accounts.tokens import make_token
from tests.people import person

pytestmark = pytest.mark.django_db
PHRASE = "quite a long phrase"
SECRET = b"12345678901234567890"
"""That of RFC 6238, appendix B."""


@pytest.fixture(autouse=True)
def clock(time_machine, now, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the others take their time on purpose
    time_machine.move_to(now, tick=False)
    return time_machine


def code_now(ahead=0):
    return totp.code(SECRET, int(timezone.now().timestamp() // 30) + ahead)


def somebody(role="editor", name="user", *, app=True, **fields):
    user = person(role, name, email=f"{name}@example.org", **fields)
    user.set_password(PHRASE)
    user.save()
    if app:
        Factor.objects.create(user=user, kind="app", name="App", secret=SECRET, created_at=timezone.now())
    return user


def password(client, name="user", to="/desk/"):
    return client.post(f"/accounts/login/?next={to}", {"username": name, "password": PHRASE})


def who(client):
    return client.get("/api/v1/me/").json().get("username")


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037"), (20000000000, "353130")],
)  # fmt: skip
def test_codes_are_those_of_rfc_6238(seconds, code):
    assert totp.code(SECRET, seconds // 30) == code


def test_a_code_holds_for_half_a_minute_around_now_and_once():
    at = 1_000_000_000
    spans = [totp.span_of(SECRET, totp.code(SECRET, at // 30 + step), seconds=at, after=0) is not None for step in (-2, -1, 0, 1, 2)]
    assert spans == [False, True, True, True, False]
    assert totp.span_of(SECRET, totp.code(SECRET, at // 30), seconds=at, after=at // 30) is None


def test_a_password_alone_is_not_enough(client):
    somebody()
    answer = password(client)
    assert answer.url == "/accounts/second-factor/"
    assert who(client) is None
    assert client.get("/desk/").status_code == 302
    assert client.post("/accounts/second-factor/", {"code": "000000"}).status_code == 400
    assert who(client) is None
    answer = client.post("/accounts/second-factor/", {"code": code_now()})
    assert (answer.status_code, answer.url, who(client)) == (302, "/desk/", "user")
    assert SignIn.objects.get().verified


def test_a_code_signs_in_once(client):
    somebody()
    password(client)
    client.post("/accounts/second-factor/", {"code": code_now()})
    client.logout()
    password(client)
    assert client.post("/accounts/second-factor/", {"code": code_now()}).status_code == 400
    assert client.post("/accounts/second-factor/", {"code": code_now(1)}).status_code == 302


def test_each_recovery_code_signs_in_once_and_is_told_of(client):
    user = somebody()
    codes = new_codes(user)
    assert len(set(codes)) == 10
    assert not any(code in str(list(user.recovery_codes.values())) for code in codes)
    for code in (codes[0], codes[1].lower().replace("-", " ")):
        password(client)
        assert client.post("/accounts/second-factor/", {"code": code}).status_code == 302
        client.logout()
        password(client)
        assert client.post("/accounts/second-factor/", {"code": code}).status_code == 400
    assert user.recovery_codes.count() == 8
    new_codes(user)
    with pytest.raises(FactorRefused):
        prove_code(user, codes[5], now=timezone.now())


def test_wrong_codes_make_wait_longer_and_longer_but_recovery_codes_do_not(clock):
    user = somebody()
    codes = new_codes(user)
    tries = []
    for _number in range(40):
        clock.shift(dt.timedelta(minutes=20))
        with pytest.raises(FactorRefused) as refused:
            prove_code(user, "000000", now=timezone.now())
        tries.append(refused.value.problems[0].code)
    assert tries.count("wrong_code") < 12, "thirteen hours"
    with pytest.raises(FactorRefused):
        prove_code(user, code_now(), now=timezone.now())
    prove_code(user, codes[0], now=timezone.now())
    prove_code(user, code_now(), now=timezone.now())
    with pytest.raises(FactorRefused):
        prove_code(user, "000000", now=timezone.now())
    prove_code(user, code_now(1), now=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_of_two_who_type_the_same_code_at_once_one_is_let_in():
    user = somebody()
    recovery, app, moment = new_codes(user)[0], code_now(), timezone.now()

    def attempt(code):
        try:
            prove_code(user, code, now=moment)
        except FactorRefused:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(attempt, [recovery] * 4)) == 1
        assert sum(pool.map(attempt, [app] * 4)) == 1


def test_entering_ends_after_ten_minutes_and_with_another_password(client, clock):
    user = somebody()
    password(client)
    clock.shift(dt.timedelta(minutes=11))
    assert client.post("/accounts/second-factor/", {"code": code_now()}).url == "/accounts/login/"
    password(client)
    user.set_password("another long phrase")
    user.save()
    assert client.post("/accounts/second-factor/", {"code": code_now()}).url == "/accounts/login/"
    assert who(client) is None


# Ways round it


def test_the_admin_has_no_door_of_its_own(client):
    somebody("administrator")
    answer = client.get("/admin/", follow=True)
    assert answer.request["PATH_INFO"] == "/accounts/login/"
    answer = client.post("/admin/login/?next=/admin/", {"username": "user", "password": PHRASE})
    assert answer.url == "/accounts/login/?next=/admin/"
    assert client.get("/admin/").status_code == 302
    password(client, to="/admin/")
    assert client.get("/admin/").status_code == 302
    client.post("/accounts/second-factor/", {"code": code_now()})
    assert client.get("/admin/").status_code == 200


def test_whoever_lacks_the_right_is_told_so_and_not_sent_in_circles(client):
    client.force_login(person("analyst", "user"))
    assert client.get("/admin/", follow=True).status_code == 403


def test_a_new_password_by_mail_signs_nobody_in_and_ends_sessions(client):
    user = somebody()
    other = client.__class__()
    password(other)
    other.post("/accounts/second-factor/", {"code": code_now()})
    user.refresh_from_db()
    form = client.get(set_password_url(user).removeprefix("http://localhost:8000"))
    client.post(form.url, {"new_password1": "another long phrase", "new_password2": "another long phrase"})
    assert (who(client), who(other)) == (None, None)
    assert not SignIn.objects.exists()
    answer = client.post("/accounts/login/", {"username": "user", "password": "another long phrase"})
    assert answer.url == "/accounts/second-factor/"


def test_a_password_is_no_key_to_the_api(client):
    import base64

    somebody()
    basic = base64.b64encode(f"user:{PHRASE}".encode()).decode()
    assert client.get("/api/v1/me/", headers={"Authorization": f"Basic {basic}"}).status_code == 401


def test_a_token_made_without_it_does_not_hold_where_it_is_asked(client, settings):
    user = somebody("analyst", app=False)
    token, text = make_token(user=user, name="old", scopes=["read"])

    def asked(text):
        return client.get("/api/v1/me/", headers={"Authorization": f"Bearer {text}"}).status_code

    _child, child = make_token(user=user, name="child", scopes=["read"], by=token, verified=True)
    assert (asked(text), asked(child)) == (200, 200)
    settings.SECOND_FACTOR_ROLES = ["analyst"]
    assert (asked(text), asked(child)) == (401, 401)
    settings.SECOND_FACTOR_ROLES = []
    Factor.objects.create(user=user, kind="app", name="App", secret=SECRET, created_at=timezone.now())
    assert (asked(text), asked(child)) == (401, 401)
    password(client)
    client.post("/accounts/second-factor/", {"code": code_now()})
    page = client.post("/desk/integrations/", {"action": "make", "name": "new", "scopes": ["read"], "days": "30"})
    made = re.search(r"rmt_[\w-]+", page.content.decode())[0]
    client.logout()
    assert asked(made) == 200


def test_a_session_begun_without_it_is_over_once_it_is_asked(client, settings):
    user = somebody("analyst", app=False)
    password(client)
    assert who(client) == "user"
    settings.SECOND_FACTOR_ROLES = ["analyst"]
    assert who(client) is None
    settings.SECOND_FACTOR_ROLES = []
    password(client)
    user.role = "editor"
    user.save()
    settings.SECOND_FACTOR_ROLES = ["editor"]
    assert client.get("/admin/").status_code == 302, "somebody was given a role that needs it"


def test_not_even_a_session_that_django_itself_began_passes(client):
    user = somebody("administrator")
    client.force_login(user)
    assert client.get("/admin/").status_code == 302
    assert who(client) is None


# Setting up


def secret_on(page):
    text = re.search(r'id="app-key"[^>]*value="([A-Z2-7]+)"', page.content.decode())[1]
    import base64

    return base64.b32decode(text + "=" * (-len(text) % 8))


def test_a_role_that_needs_it_sets_it_up_before_anything_else(client, settings, mailoutbox):
    settings.SECOND_FACTOR_ROLES = ["editor"]
    user = somebody(app=False)
    assert password(client).url == "/accounts/second-factor/set-up/"
    for path in ("/desk/", "/admin/", "/accounts/", "/accounts/password/change/", "/desk/integrations/"):
        assert client.get(path).status_code == 302, path
    page = client.get("/accounts/second-factor/set-up/")
    secret = secret_on(page)
    wrong = client.post("/accounts/second-factor/set-up/", {"action": "app", "app-name": "Phone", "app-code": "000000"})
    assert wrong.status_code == 400
    assert secret_on(wrong) == secret, "who mistypes does not begin anew"
    code = totp.code(secret, int(timezone.now().timestamp() // 30))
    done = client.post("/accounts/second-factor/set-up/", {"action": "app", "app-name": "Phone", "app-code": code})
    assert done.status_code == 200
    codes = re.findall(r"(?:[A-Z2-9]{4}-){5}[A-Z2-9]{4}", done.content.decode())
    assert len(codes) == 10
    assert 'href="/desk/"' in done.content.decode()
    assert client.get("/desk/").status_code == 200
    assert user.factors.get().name == "Phone"
    client.post("/accounts/logout/")
    password(client)
    assert client.post("/accounts/second-factor/", {"code": codes[3]}).url == "/desk/"
    assert [letter.to for letter in mailoutbox] == [["user@example.org"]] * 3
    assert len({letter.body.splitlines()[0] for letter in mailoutbox}) == 3, "a factor, a new browser, a recovery code"


def test_whoever_has_one_sets_up_no_other_by_the_password_alone(client):
    """The attack: the password is known, and the attacker adds a phone of their own."""
    user = somebody()
    password(client)
    assert client.get("/accounts/second-factor/set-up/").url == "/accounts/second-factor/"
    client.post("/accounts/second-factor/set-up/", {"action": "app", "app-name": "Mine", "app-code": "1"})
    assert user.factors.count() == 1


def test_the_account_page_adds_and_removes_but_never_the_last_that_is_needed(client, settings):
    user = somebody(app=False)
    password(client, to="/accounts/")
    page = client.get("/accounts/second-factor/set-up/")
    code = totp.code(secret_on(page), int(timezone.now().timestamp() // 30))
    assert client.post("/accounts/second-factor/set-up/", {"action": "app", "app-name": "Phone", "app-code": code}).status_code == 200
    assert who(client) == "user", "this session has shown it"
    assert user.recovery_codes.count() == 10
    factor = user.factors.get()
    settings.SECOND_FACTOR_ROLES = ["editor"]
    client.post("/accounts/", {"action": "remove", "factor": factor.uid})
    assert user.factors.exists()
    settings.SECOND_FACTOR_ROLES = []
    stranger = somebody("analyst", "stranger")
    assert client.post("/accounts/", {"action": "remove", "factor": stranger.factors.get().uid}).status_code == 404
    client.post("/accounts/", {"action": "remove", "factor": factor.uid})
    assert not user.factors.exists()
    assert not user.recovery_codes.exists()
    assert not is_needed(user)


@pytest.mark.parametrize("said", [{"action": "codes"}, {"action": "remove", "factor": "x"}])
def test_what_guards_the_account_is_changed_only_soon_after_signing_in(client, clock, said):
    user = somebody()
    password(client)
    client.post("/accounts/second-factor/", {"code": code_now()})
    clock.shift(dt.timedelta(minutes=16))
    assert client.post("/accounts/", said).url == "/accounts/login/?again=1&next=/accounts/"
    assert client.get("/accounts/second-factor/set-up/").url == "/accounts/login/?again=1&next=/accounts/"
    assert client.get("/accounts/login/?again=1&next=/accounts/").status_code == 200
    answer = client.post("/accounts/login/?again=1&next=/accounts/", {"username": "user", "password": PHRASE})
    assert answer.url == "/accounts/second-factor/"
    assert client.post("/accounts/second-factor/", {"code": code_now()}).url == "/accounts/"
    assert client.post("/accounts/", {"action": "codes"}).status_code == 200
    assert user.sign_ins.count() == 1, "the same session, begun anew"


def test_an_account_has_at_most_so_many(monkeypatch):
    monkeypatch.setattr(factors, "MOST", 1)
    with pytest.raises(FactorRefused):
        add_app(somebody(), name="Two", secret=SECRET, code=code_now(), now=timezone.now())


def test_an_administrator_helps_whoever_lost_everything(client):
    user = somebody("analyst", "lost")
    client.force_login(person("administrator", "chief"))
    client.post("/admin/accounts/user/", {"action": "remove_second_factors", "_selected_action": [user.pk]})
    assert not is_needed(User.objects.get(pk=user.pk))
    assert not user.recovery_codes.exists()


@pytest.mark.parametrize("answer", ["", "{}", "[]", "null", "x" * 30_000, '{"id": 1, "rawId": "x"}'])
def test_nonsense_instead_of_a_passkey_is_refused(client, answer):
    user = somebody()
    password(client)
    client.get("/accounts/second-factor/")
    assert client.post("/accounts/second-factor/", {"passkey": answer}).status_code == 400
    assert who(client) is None
    client.post("/accounts/second-factor/", {"code": code_now()})
    assert (
        client.post("/accounts/second-factor/set-up/", {"action": "passkey", "key-name": "Key", "key-passkey": answer}).status_code == 400
    )
    assert user.factors.count() == 1


def test_the_operator_helps_the_last_administrator():
    user = somebody("administrator")
    call_command("remove_second_factors", "user")
    assert not is_needed(user)
    with pytest.raises(CommandError):
        call_command("remove_second_factors", "user")

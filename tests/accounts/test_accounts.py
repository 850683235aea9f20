import datetime as dt
import re
import stat
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.permissions import Scoped
from accounts.roles import Role, at_least
from accounts.services import create_first_users, invite
from accounts.tasks import clear_sessions, send_password_resets
from roadmap.celery import app

pytestmark = pytest.mark.django_db


@pytest.fixture
def _tasks_at_once(monkeypatch):
    """A task runs where it is sent; real workers are tested with the whole of `make run` and of production."""
    monkeypatch.setattr(app, "send_task", lambda name, args, **_options: app.tasks[name].run(*args))


def test_the_first_accounts_have_random_passwords_that_only_the_owner_can_read(tmp_path):
    path = tmp_path / "var" / "credentials.txt"
    assert create_first_users(credentials=path) == path
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    found = dict(line.split() for line in path.read_text().splitlines())
    assert list(found) == ["analyst", "editor", "admin"]
    assert len(set(found.values())) == 3
    assert {name: User.objects.get(username=name).role for name in found} == {
        "analyst": "analyst", "editor": "editor", "admin": "administrator"
    }  # fmt: skip
    for name, password in found.items():
        assert User.objects.get(username=name).check_password(password)
    before = path.read_text()
    assert create_first_users(credentials=path) is None
    assert path.read_text() == before


def test_flags_follow_the_role_and_the_database_holds_them_to_it():
    user = User.objects.create_user("user", role="editor")
    assert (user.is_staff, user.is_superuser) == (True, False)
    user.role = "administrator"
    user.save(update_fields=["role"])
    user.refresh_from_db()
    assert (user.is_staff, user.is_superuser) == (True, True)
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=user.pk).update(is_superuser=False)


def test_each_role_may_what_the_ones_before_it_may():
    roles = list(Role)
    for index, role in enumerate(roles):
        assert [at_least(role, needed) for needed in roles] == [place <= index for place in range(4)]
    assert not at_least("nonsense", Role.STAKEHOLDER)


def test_a_method_that_writes_and_names_no_scope_is_closed_to_everybody():
    """Whoever adds one to a view has to say what it needs."""

    class View:
        scopes = {"POST": "plan"}
        get = post = delete = None

    def let_in(method, user):
        return Scoped().has_permission(SimpleNamespace(method=method, user=user, auth=None), View())

    methods = ("GET", "HEAD", "OPTIONS", "POST", "DELETE", "PUT")
    boss = User(username="boss", role="administrator", is_active=True)
    assert [let_in(method, AnonymousUser()) for method in methods] == [True, True, True, False, False, True]
    assert [let_in(method, boss) for method in methods] == [True, True, True, True, False, True], "the view itself says 405 to a PUT"


def test_the_record_shows_the_public_name_or_the_organisation_and_never_the_login():
    assert User(username="login", public_name="A Name", organisation="RU-ONE").actor == "A Name"
    assert User(username="login", organisation="RU-ONE").actor == "RU-ONE"
    assert User(username="login").actor == ""


def test_two_accounts_cannot_share_an_address_in_any_case():
    User.objects.create_user("one", email="A@example.org")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("two", email="a@EXAMPLE.org")
    User.objects.create_user("three")
    User.objects.create_user("four")


def test_signing_in_and_out(client):
    User.objects.create_user("user", password="a long password")
    page = client.post("/accounts/login/?lang=en", {"username": "user", "password": "wrong"})
    assert "Please enter a correct" in page.content.decode()
    assert client.post("/accounts/login/", {"username": "user", "password": "a long password", "next": "/risks/"}).url == "/risks/"
    assert client.post("/accounts/logout/").status_code == 302
    assert client.get("/accounts/logout/").status_code == 405


def test_signing_in_never_leads_to_another_site(client):
    User.objects.create_user("user", password="a long password")
    answer = client.post("/accounts/login/", {"username": "user", "password": "a long password", "next": "https://evil.example/"})
    assert answer.url == "/"


def test_too_many_failures_close_the_door_for_that_name_from_there(client, settings):
    settings.AXES_FAILURE_LIMIT = 3
    User.objects.create_user("user", password="a long password")
    codes = [client.post("/accounts/login/?lang=en", {"username": "user", "password": "wrong"}).status_code for _ in range(4)]
    assert codes[-1] == 429
    page = client.post("/accounts/login/", {"username": "user", "password": "a long password"})
    assert page.status_code == 429
    assert client.post("/accounts/login/", {"username": "other", "password": "x"}, REMOTE_ADDR="10.0.0.9").status_code == 200


@pytest.mark.usefixtures("_tasks_at_once")
def test_an_invited_person_sets_a_password_by_mail_in_their_language(client, mailoutbox, django_capture_on_commit_callbacks):
    client.force_login(User.objects.create_user("chief", role="administrator"))
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(
            "/admin/accounts/user/add/",
            {"username": "new", "email": "new@example.org", "role": "analyst", "public_name": "", "organisation": "", "language": "kk"},
        )
    assert answer.status_code == 302
    (mail,) = mailoutbox
    assert mail.to == ["new@example.org"]
    assert "new" in mail.body
    assert re.search("[әғқңөұүһі]", mail.subject + mail.body)
    path = re.search(r"http://[^/]+(/accounts/password/set/\S+)", mail.body)[1]
    client.logout()
    form = client.get(path)
    done = client.post(form.url, {"new_password1": "quite a long phrase", "new_password2": "quite a long phrase"})
    assert done.status_code == 302
    assert client.login(request=form.wsgi_request, username="new", password="quite a long phrase")
    client.logout()
    assert "password1" not in client.get(path, follow=True).content.decode()


def test_a_remit_names_what_there_is(rk2030, client):
    client.force_login(User.objects.create_user("chief", role="administrator"))
    said = {"username": "new", "email": "new@example.org", "role": "analyst", "public_name": "", "organisation": "", "language": "en"}
    page = client.post("/admin/accounts/user/add/?lang=en", said | {"remit": "RK2030,NOTHING,SM,RU-PA"}).content.decode()
    assert "There is no report, proposal or organisation “NOTHING”." in page
    assert page.count("There is no report") == 1
    assert client.post("/admin/accounts/user/add/", said | {"remit": "RK2030,SM,RU-PA"}).status_code == 302
    user = User.objects.get(username="new")
    assert user.remit == ["RK2030", "SM", "RU-PA"]
    User.objects.filter(pk=user.pk).update(remit=["GONE"])
    address = f"/admin/accounts/user/{user.pk}/change/"
    assert client.post(address, said | {"remit": "GONE,*", "is_active": "on"}).status_code == 302, "what was there before may stay"
    assert client.post(address, said | {"remit": "GONE,OTHER", "is_active": "on"}).status_code == 200
    user.refresh_from_db()
    assert user.remit == ["GONE", "*"]


@pytest.mark.usefixtures("_tasks_at_once")
def test_asking_for_a_new_password_does_not_say_who_has_an_account(client, mailoutbox):
    User.objects.create_user("user", email="user@example.org", password="a long password")
    known = client.post("/accounts/password/reset/", {"email": "USER@example.org"})
    unknown = client.post("/accounts/password/reset/", {"email": "nobody@example.org"})
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    assert [mail.to for mail in mailoutbox] == [["user@example.org"]]


def test_a_weak_password_is_refused(client):
    from accounts.services import set_password_url

    user = User.objects.create_user("user", email="user@example.org")
    form = client.get(set_password_url(user).removeprefix("http://localhost:8000"))
    page = client.post(form.url, {"new_password1": "12345678", "new_password2": "12345678"})
    assert page.status_code == 200
    user.refresh_from_db()
    assert not user.has_usable_password()


def test_no_mail_goes_to_who_has_an_account_already_or_was_switched_off(mailoutbox):
    active = User.objects.create_user("one", email="one@example.org", password="a long password")
    off = User.objects.create_user("two", email="two@example.org", is_active=False)
    invite(active)
    invite(off)
    send_password_resets([off.pk, 0])
    assert mailoutbox == []


def test_old_sessions_are_forgotten(client):
    from django.contrib.sessions.models import Session
    from django.utils import timezone

    Session.objects.create(session_key="old", session_data="", expire_date=timezone.now() - dt.timedelta(days=1))
    clear_sessions()
    assert not Session.objects.exists()


def test_passwords_are_hashed_with_argon2():
    assert User.objects.create_user("user", password="a long password").password.startswith("argon2")

"""Attacks with tokens: what one that leaked may do, and what ends it."""

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.models import Token, User
from accounts.services import set_password_url
from accounts.tokens import make_token
from notifications.models import Delivery, Webhook
from tests.people import person

pytestmark = pytest.mark.django_db

PASSWORD, NEW = "a long password", "another long password"


@pytest.fixture
def user():
    return User.objects.create_user("user", email="user@mail.example", password=PASSWORD)


def token(user, *scopes):
    return make_token(user=user, name="Test", scopes=scopes or ["read"])[1]


def status(text, path="me/", method="get", body=None, **more):
    headers = {"Authorization": f"Bearer {text}", "If-Match": '"1"'}
    sent = {} if body is None else {"data": body, "content_type": "application/json"}
    return getattr(Client(headers=headers), method)(f"/api/v1/{path}", **sent, **more).status_code


def works(text):
    return status(text) == 200


# Scopes


@pytest.fixture
def webhook(user, now):
    return Webhook.objects.create(
        owner=user, name="Mine", address="https://one.example/", secret="whsec_AAAA", created_at=now, changed_at=now
    )


WRITES = [
    ("post", "webhooks/", {"name": "Thief", "address": "https://93.184.215.14/"}),
    ("patch", "webhooks/{hook}/", {"name": "Thief"}),
    ("delete", "webhooks/{hook}/", {}),
    ("post", "webhooks/{hook}/rotate/", {}),
    ("post", "webhooks/{hook}/test/", {}),
    ("post", "webhooks/{hook}/deliveries/{delivery}/retry/", {}),
]


@pytest.mark.parametrize(("method", "path", "body"), WRITES, ids=[f"{method} {path}" for method, path, _body in WRITES])
def test_a_token_without_their_scope_looks_at_webhooks_and_does_nothing_to_them(rk2030, user, webhook, now, method, path, body):
    """Also not one with every other scope that its owner could give it."""
    delivery = Delivery.objects.create(webhook=webhook, type="webhook.test", created_at=now, next_attempt_at=now)
    path = path.format(hook=webhook.uid, delivery=delivery.uid)
    User.objects.filter(pk=user.pk).update(role="editor", is_staff=True)
    user.refresh_from_db()
    others = token(user, "read", "assess", "review", "plan")
    assert status(others, "webhooks/") == status(others, f"webhooks/{webhook.uid}/deliveries/") == 200
    before = list(Webhook.objects.values())
    assert status(others, path, method, body) == 403
    assert list(Webhook.objects.values()) == before
    assert status(token(user, "webhooks"), path, method, body) in {200, 201, 202, 204}


def test_the_table_of_writes_is_all_that_the_api_does_to_webhooks():
    from roadmap.api_urls import urlpatterns

    addresses = {
        (method, str(one.pattern).replace("<uuid:uid>", "{hook}").replace("<uuid:delivery>", "{delivery}"))
        for one in urlpatterns
        if str(one.pattern).startswith("webhooks/")
        for method in ("post", "put", "patch", "delete")
        if hasattr(one.callback.cls, method)
    }
    assert addresses == {(method, path) for method, path, _body in WRITES}


# What ends a token


def by_mail(user):
    client = Client()
    form = client.get(set_password_url(user).removeprefix("http://localhost:8000"))
    client.post(form.url, {"new_password1": NEW, "new_password2": NEW})


def by_the_administration(user):
    client = Client()
    client.force_login(person("administrator", "boss"))
    answer = client.post(f"/admin/accounts/user/{user.pk}/password/", {"password1": NEW, "password2": NEW, "usable_password": "true"})
    assert answer.status_code == 302


def by_the_operator(user):
    from unittest.mock import patch

    with patch("getpass.getpass", return_value=NEW):
        call_command("changepassword", user.username)


def by_themselves(user):
    client = Client()
    client.force_login(user)
    client.post("/accounts/password/change/", {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW})


def by_closing(user):
    client = Client()
    client.force_login(person("administrator", "boss"))
    data = {"username": "user", "email": user.email, "role": "stakeholder", "language": "ru", "remit": "", "public_name": ""}
    assert client.post(f"/admin/accounts/user/{user.pk}/change/", data).status_code == 302
    assert not User.objects.get(pk=user.pk).is_active


@pytest.mark.parametrize("way", [by_mail, by_the_administration, by_the_operator, by_themselves, by_closing])
def test_a_stolen_token_ends_with_the_password_or_the_account_by_whatever_way(client, user, way):
    stolen, others = token(user), token(person("analyst"))
    assert works(stolen)
    way(user)
    assert not works(stolen)
    if way is not by_closing:
        assert User.objects.get(pk=user.pk).check_password(NEW)
    user.refresh_from_db()
    user.is_active = True
    user.save()
    assert not works(stolen), "nor when the account is opened again"
    assert works(others)


def test_a_password_that_is_only_hashed_anew_ends_no_token(client, user, monkeypatch):
    from accounts import passwords

    text = token(user)
    monkeypatch.setattr(passwords.Argon2, "memory_cost", 128)
    before = user.password
    client.post("/accounts/login/", {"username": "user", "password": PASSWORD})
    user.refresh_from_db()
    assert user.password != before
    assert works(text)


# Who sees what


def test_an_administrator_sees_every_token_and_revokes_it_and_nobody_else_does(client, user):
    text = token(user)
    row = Token.objects.get()
    act = {"action": "revoke", "_selected_action": [row.pk]}
    client.force_login(person("editor"))
    assert client.post("/admin/accounts/token/", act).status_code == 403
    assert works(text)
    client.force_login(person("administrator"))
    page = client.get("/admin/accounts/token/").content.decode()
    assert "Test" in page
    assert row.digest not in page
    assert client.post("/admin/accounts/token/", act, follow=True).status_code == 200
    assert not works(text)


@pytest.mark.parametrize(
    ("address", "said"),
    [("192.0.2.77", "192.0.2.0/24"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"), ("::ffff:192.0.2.77", "192.0.2.0/24")],
)
def test_a_token_tells_its_owner_from_where_it_was_used_and_keeps_no_more_of_it(client, user, address, said):
    text = token(user)
    status(text, REMOTE_ADDR=address)
    row = Token.objects.get()
    assert row.last_used_from == said
    client.force_login(user)
    assert said in client.get("/desk/integrations/").content.decode()
    assert client.get(f"/api/v1/tokens/{row.uid}/").json()["last_used_from"] == said


def test_use_from_elsewhere_is_told_at_once(user):
    """And not only five minutes after the owner's own use."""
    text = token(user)
    for address in ("192.0.2.77", "203.0.113.5"):
        status(text, REMOTE_ADDR=address)
    assert Token.objects.get().last_used_from == "203.0.113.0/24"

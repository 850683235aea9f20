"""Whom to tell of a security problem: the page, and the file that programs read (RFC 9116)."""

import datetime as dt
import re

import pytest
from django.core.cache import cache

from common.environment import Environment

pytestmark = pytest.mark.django_db

FILE = "/.well-known/security.txt"
ONCE = {"Expires", "Preferred-Languages"}
URI = re.compile(r"(https://|mailto:|tel:)\S+")


@pytest.fixture(autouse=True)
def _named(settings, time_machine, now):
    settings.SECURITY_CONTACT = "mailto:security@institute.example"
    settings.SITE_URL = "https://roadmap.example"
    cache.clear()
    time_machine.move_to(now, tick=False)


def read(text):
    """As strictly as the RFC has it; raises where the file is not so."""
    fields = [re.fullmatch(r"([A-Za-z-]+): (\S.*)", line).groups() for line in text.split("\n")[:-1]]
    names = [name for name, _value in fields]
    assert text.endswith("\n")
    assert {"Contact", "Expires"} <= set(names)
    assert all(names.count(name) == 1 for name in ONCE & set(names))
    assert all(URI.fullmatch(value) for name, value in fields if name in {"Contact", "Canonical", "Policy"})
    return dict(fields)


def test_the_file_is_as_the_rfc_has_it(client, now):
    answer = client.get(FILE)
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    fields = read(answer.content.decode())
    assert fields["Contact"] == "mailto:security@institute.example"
    assert fields["Canonical"] == f"https://roadmap.example{FILE}"
    assert set(fields["Preferred-Languages"].split(", ")) == {"ru", "en", "kk"}
    expires = dt.datetime.fromisoformat(fields["Expires"])
    assert now < expires < now + dt.timedelta(days=365)


def test_its_policy_is_the_page_and_the_page_names_the_same(client):
    policy = read(client.get(FILE).content.decode())["Policy"].removeprefix("https://roadmap.example")
    for language in ("ru", "en", "kk"):
        page = client.get(policy, {"lang": language}).content.decode()
        assert 'href="mailto:security@institute.example"' in page
        assert f'href="{FILE}"' in page


def test_without_a_contact_there_is_no_file_and_the_page_says_what_to_do(client, settings):
    settings.SECURITY_CONTACT = ""
    assert client.get(FILE).status_code == 404
    page = client.get("/about/security/?lang=en").content.decode()
    assert "has not named an address yet" in page
    assert FILE not in page


def test_every_page_leads_to_it(client):
    assert 'href="/about/security/"' in client.get("/accounts/login/").content.decode()


@pytest.mark.parametrize(
    ("written", "contact"),
    [
        ("security@institute.example", "mailto:security@institute.example"),
        ("mailto:security@institute.example", "mailto:security@institute.example"),
        ("https://institute.example/security", "https://institute.example/security"),
        ("tel:+7-727-000-00-00", "tel:+7-727-000-00-00"),
        ("", ""),
    ],
)
def test_a_contact_is_written_in_whatever_way_it_can_be_reached(monkeypatch, written, contact):
    monkeypatch.setenv("SECURITY_CONTACT", written)
    environment = Environment()
    assert (environment.contact("SECURITY_CONTACT", ""), environment.faults) == (contact, [])


@pytest.mark.parametrize(
    "written", ["http://institute.example/", "ask us", "javascript:alert(1)", "a@b.example\nExpires: never", "mailto:nobody"]
)
def test_what_is_no_contact_is_named_and_not_used(monkeypatch, written):
    monkeypatch.setenv("SECURITY_CONTACT", written)
    environment = Environment()
    assert environment.contact("SECURITY_CONTACT", "") == ""
    assert [fault.variable for fault in environment.faults] == ["SECURITY_CONTACT"]

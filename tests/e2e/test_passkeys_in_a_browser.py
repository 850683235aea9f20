"""Passkeys in a real browser, by its own virtual authenticator: made, shown at the door, and refused where they are not theirs."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.axe import violations
from tests.people import person

PHRASE = "quite a long phrase"


@pytest.fixture
def account(open_page, settings, live_server):
    settings.SITE_URL = live_server.url
    user = person("editor", "editor", email="editor@example.org")
    user.set_password(PHRASE)
    user.save()
    return user


def authenticator(page):
    """A key of the browser's own; gives how to ask and to change it."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasUserVerification": True, "isUserVerified": True}
    key = session.send("WebAuthn.addVirtualAuthenticator", {"options": options | {"automaticPresenceSimulation": True}})["authenticatorId"]
    return lambda method, **more: session.send(f"WebAuthn.{method}", {"authenticatorId": key, **more})


def sign_in(page, language="en"):
    page.goto(f"/accounts/login/?next=/desk/&lang={language}")
    page.locator("#id_username").fill("editor")
    page.locator("#id_password").fill(PHRASE)
    page.locator("main button[type=submit]").click()


def test_a_passkey_is_made_where_the_role_needs_one_and_opens_the_door_from_then_on(open_page, account, settings):
    settings.SECOND_FACTOR_ROLES = ["editor"]
    page = open_page()
    key = authenticator(page)
    sign_in(page)
    expect(page).to_have_url(re.compile("/accounts/second-factor/set-up/"))
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.locator(".codes li")).to_have_count(10)
    page.get_by_role("link", name="Go on").click()
    expect(page).to_have_url(re.compile("/desk/"))
    (factor,) = account.factors.all()
    assert (factor.kind, factor.name) == ("passkey", "Chrome, Linux")

    page.locator(".account summary").click()
    page.locator(".account").get_by_role("button", name="Sign out").click()
    sign_in(page)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url(re.compile("/desk/"))
    first = account.factors.get().counter

    # A copy of the key, which has not counted what the first one signed since.
    (credential,) = key("getCredentials")["credentials"]
    page.locator(".account summary").click()
    page.locator(".account").get_by_role("button", name="Sign out").click()
    sign_in(page)
    key("removeCredential", credentialId=credential["credentialId"])
    key("addCredential", credential=credential | {"signCount": first - 1})
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("alert").first).to_contain_text("copied")
    key("clearCredentials")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.locator("[data-refused]")).to_be_visible()
    assert page.faults == ["Failed to load resource: the server responded with a status of 400 (Bad Request)"]


def test_a_passkey_made_elsewhere_opens_nothing(open_page, account, settings):
    page = open_page()
    authenticator(page)
    sign_in(page)
    page.goto("/accounts/second-factor/set-up/")
    settings.SITE_URL = "http://localhost:1"  # another site of the same name
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_role("alert").first).to_contain_text("no passkey")
    assert not account.factors.exists()


@pytest.mark.parametrize("language", ["ru", "en", "kk"])
def test_the_pages_hold_on_a_small_screen_and_axe_finds_nothing(open_page, account, language):
    page = open_page(language, width=390)
    authenticator(page)
    sign_in(page, language)
    for path in ("/accounts/second-factor/set-up/", "/accounts/"):
        page.goto(path)
        assert violations(page, language) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.faults == []

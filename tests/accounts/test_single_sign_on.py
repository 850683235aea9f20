"""Single sign-on against a provider that runs here, by the whole code flow: there, consent, back, and the token behind the scenes."""

import base64
import http.client
import json
from contextlib import closing
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import RSAKey

from accounts import sso
from accounts.models import Identity, User
from tests.accounts.provider import CLIENT, SECRET, Provider
from tests.people import person

pytestmark = pytest.mark.django_db
LONG_AGO = 1_000_000_000


@pytest.fixture(scope="module")
def running():
    with pytest.MonkeyPatch.context() as patch, Provider() as provider:
        patch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")  # the provider's own, on loopback
        yield provider


@pytest.fixture
def provider(running, settings):
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = running.issuer, CLIENT, SECRET
    settings.SITE_URL, settings.OIDC_NAME = "http://localhost:8000", "The ministry"
    running.person, running.spoil, running.signing = {"sub": "1001", "email": "user@example.org", "email_verified": True}, {}, None
    running.asked.clear()
    sso._client.cache_clear()
    return running


def at_provider(address):
    """What a browser does there: where the provider sends it back to."""
    place = urlsplit(address)
    with closing(http.client.HTTPConnection(place.netloc)) as connection:
        connection.request("GET", f"{place.path}?{place.query}")
        answer = connection.getresponse()
        assert answer.status == 302, answer.read()
        return answer.headers["Location"]


def come_back(client, address="/accounts/sso/"):
    there = client.get(address)
    assert there.status_code == 302
    place = urlsplit(at_provider(there.url))
    return client.get(f"{place.path}?{place.query}")


def who(client):
    return client.get("/api/v1/me/").json().get("username")


def test_the_whole_flow_with_state_nonce_and_pkce(client, provider):
    user = person("analyst", "user", email="User@example.org")
    assert "The ministry" in client.get("/accounts/login/").content.decode()
    answer = come_back(client, "/accounts/sso/?next=/risks/")
    assert (answer.status_code, answer.url, who(client)) == (302, "/risks/", "user")
    (asked,) = provider.asked
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert len(asked["state"]) >= 20
    assert len(asked["nonce"]) >= 20
    assert len(asked["code_challenge"]) >= 43
    assert Identity.objects.get(user=user).subject == "1001"


@pytest.mark.parametrize(
    ("spoil", "fresh"),
    [({}, True), ({"auth_time": LONG_AGO}, False), ({"auth_time": None}, False)],
    ids=str,
)
def test_a_session_at_the_provider_does_not_show_that_somebody_is_there(client, provider, spoil, fresh):
    person("analyst", "user", email="user@example.org")
    provider.spoil = spoil
    come_back(client)
    assert who(client) == "user"
    answer = client.get("/accounts/second-factor/set-up/")
    assert answer.status_code == (200 if fresh else 302)
    assert fresh or answer.url.startswith("/accounts/login/?again=1")


def test_who_is_to_show_again_that_it_is_them_is_asked_for_at_the_provider(client, provider):
    person("analyst", "user", email="user@example.org")
    come_back(client, "/accounts/sso/?again=1")
    (asked,) = provider.asked
    assert (asked["prompt"], asked["max_age"]) == ("login", "0")


def test_what_an_address_says_of_a_failure_stands_in_one_line_of_the_log(client, provider, caplog):
    client.get("/accounts/sso/back/?error=x&error_description=one%0Atwo%1b[31m")
    lines = [record.getMessage() for record in caplog.records if "single sign-on failed" in record.getMessage()]
    assert len(lines) == 1
    assert "\n" not in lines[0]
    assert "\x1b" not in lines[0]


def test_the_provider_insists_on_pkce(client, provider):
    """So that the test above shows that it was right, not that nobody looked."""
    person("analyst", "user", email="user@example.org")
    there = client.get("/accounts/sso/")
    place = urlsplit(at_provider(there.url))
    session = client.session
    (key,) = [key for key in session.keys() if key.startswith("_state_")]  # noqa: SIM118
    session[key] = session[key] | {"data": session[key]["data"] | {"code_verifier": "x" * 48}}
    session.save()
    assert client.get(f"{place.path}?{place.query}").status_code == 400
    assert who(client) is None


@pytest.mark.parametrize(
    "spoil",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another-client"},
        {"aud": "another-client", "azp": CLIENT},
        {"iss": "https://evil.example"},
        {"exp": LONG_AGO},
        {"exp": None},
        {"sub": None},
        {"at_hash": "nonsense"},
    ],
    ids=str,
)
def test_a_token_that_is_not_for_this_sign_in_is_refused(client, provider, spoil):
    person("analyst", "user", email="user@example.org")
    provider.spoil = spoil
    assert come_back(client).status_code == 400
    assert who(client) is None
    assert not Identity.objects.exists()


def test_a_token_signed_by_somebody_else_is_refused(client, provider):
    person("analyst", "user", email="user@example.org")
    provider.signing = RSAKey.generate_key(2048, {"kid": "one"})
    assert come_back(client).status_code == 400
    assert who(client) is None


@pytest.mark.parametrize("alg", ["none", "HS256"])
def test_a_token_that_is_not_signed_by_a_key_of_theirs_is_refused(client, provider, monkeypatch, alg):
    """Although the provider's own description allows both."""
    from joserfc import jwt
    from joserfc.jwk import OctKey

    def forged(claims):
        if alg == "none":
            head, body = ({"alg": "none"}, claims)
            return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (head, body)) + "."
        return jwt.encode({"alg": "HS256", "kid": "one"}, claims, OctKey.import_key(SECRET * 2))

    person("analyst", "user", email="user@example.org")
    monkeypatch.setattr(provider, "id_token", forged)
    assert come_back(client).status_code == 400
    assert who(client) is None


def test_a_state_that_this_browser_did_not_ask_with_is_refused(client, provider):
    person("analyst", "user", email="user@example.org")
    there = client.get("/accounts/sso/")
    place = urlsplit(at_provider(there.url))
    stranger = client.__class__()
    assert stranger.get(f"{place.path}?{place.query}").status_code == 400
    assert client.get(f"{place.path}?code={parse_qs(place.query)['code'][0]}&state=another").status_code == 400
    assert client.get("/accounts/sso/back/?error=access_denied").status_code == 400
    assert who(client) is None
    answer = client.get(f"{place.path}?{place.query}")
    assert (answer.status_code, who(client)) == (302, "user")
    assert client.get(f"{place.path}?{place.query}").status_code == 400, "each state is taken once"


def test_a_provider_that_calls_itself_otherwise_is_not_believed(client, provider, settings):
    settings.OIDC_ISSUER = provider.issuer + "/"
    assert client.get("/accounts/sso/").status_code == 503


def test_a_provider_that_does_not_answer_is_an_ordinary_page(client, provider, settings):
    settings.OIDC_ISSUER = "http://127.0.0.1:1"
    page = client.get("/accounts/sso/")
    assert page.status_code == 503
    assert "<h1>" in page.content.decode()


def test_without_the_setting_there_is_no_such_page(client, settings):
    settings.OIDC_ISSUER = ""
    assert [client.get(path).status_code for path in ("/accounts/sso/", "/accounts/sso/back/")] == [404, 404]


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_address_that_the_provider_has_not_verified_links_nobody(client, provider, verified):
    """The attack: an account there with the address of an administrator here."""
    person("administrator", "chief", email="user@example.org")
    provider.person["email_verified"] = verified
    known, unknown = come_back(client), None
    provider.person["email"] = "nobody@example.org"
    unknown = come_back(client)
    assert known.status_code == unknown.status_code == 403
    first, second = (answer.content.decode().split("<main")[1].split("</main")[0] for answer in (known, unknown))
    assert first == second, "nor does the answer say who has an account"
    assert who(client) is None
    assert not Identity.objects.exists()


@pytest.mark.parametrize("email", ["m\u0131ke@example.org", "mi\u212ae@example.org"])
def test_letters_that_only_a_database_takes_for_the_same_link_nobody(client, provider, email):
    person("administrator", "chief", email="mike@example.org")
    provider.person["email"] = email
    assert come_back(client).status_code == 403
    assert who(client) is None


@pytest.mark.parametrize("sub", ["", "x" * 256])
def test_a_number_that_is_none_is_refused(client, provider, sub):
    person("analyst", "user", email="user@example.org")
    provider.person["sub"] = sub
    assert come_back(client).status_code in {400, 403}
    assert not Identity.objects.exists()


def test_the_providers_number_of_somebody_outlives_their_address(client, provider):
    user = person("analyst", "user", email="user@example.org")
    come_back(client)
    client.logout()
    provider.person |= {"email": "married@example.org"}
    come_back(client)
    assert who(client) == "user"
    client.logout()
    provider.person |= {"sub": "2002", "email": "user@example.org"}
    assert come_back(client).status_code == 403, "the address was given to somebody else"
    assert Identity.objects.get().user == user


def test_an_account_that_is_switched_off_stays_outside(client, provider):
    person("analyst", "user", email="user@example.org", is_active=False)
    assert come_back(client).status_code == 403
    assert who(client) is None


def test_accounts_are_made_only_where_the_operator_lets_them(client, provider, settings):
    provider.person |= {"preferred_username": "new user!", "email": "new@example.org", "locale": "kk-KZ"}
    assert come_back(client).status_code == 403
    assert not User.objects.exists()
    person("analyst", "newuser")
    settings.OIDC_NEW_ACCOUNTS = True
    assert come_back(client).status_code == 302
    user = User.objects.get(username="newuser-2")
    assert (user.email, user.role, user.has_usable_password()) == ("new@example.org", "stakeholder", False)
    assert user.language == "kk"


def test_who_came_by_single_sign_on_gets_no_password_by_mail(client, provider, settings, monkeypatch):
    settings.OIDC_NEW_ACCOUNTS = True
    come_back(client)
    sent = []
    monkeypatch.setattr("accounts.services.send_password_resets", sent.extend)
    monkeypatch.setattr("accounts.forms.send", lambda *_task: False)
    invited = person("analyst", "invited", email="invited@example.org", password=None)
    for email in ("user@example.org", "invited@example.org"):
        client.post("/accounts/password/reset/", {"email": email})
    assert sent == [invited.pk]


@pytest.mark.parametrize(
    ("said", "role"),
    [(["staff"], "analyst"), (["staff", "board", 7], "editor"), ("board", "editor"), ([], "stakeholder"), (["others"], "stakeholder"), (None, "stakeholder")],
)  # fmt: skip
def test_the_role_follows_the_claim_at_each_sign_in_up_and_down(client, provider, settings, said, role):
    settings.OIDC_ROLES, settings.OIDC_ROLES_CLAIM = {"staff": "analyst", "board": "editor"}, "realm_access.roles"
    person("administrator", "user", email="user@example.org")
    provider.person["realm_access"] = {"roles": said}
    come_back(client)
    user = User.objects.get(username="user")
    assert (user.role, user.is_superuser) == (role, False)


def test_without_a_table_the_role_is_the_administrators_affair(client, provider):
    person("editor", "user", email="user@example.org")
    provider.person["roles"] = ["administrator"]
    come_back(client)
    assert User.objects.get(username="user").role == "editor"


@pytest.mark.parametrize(
    ("believed", "amr", "place"),
    [
        ("amr", ["pwd", "mfa"], "/desk/"),
        ("amr", ["pwd"], "/accounts/second-factor/set-up/"),
        ("amr", None, "/accounts/second-factor/set-up/"),
        ("always", None, "/desk/"),
        ("never", ["mfa"], "/accounts/second-factor/set-up/"),
    ],
)
def test_the_second_factor_of_the_provider_counts_as_far_as_the_operator_says(client, provider, settings, believed, amr, place):
    settings.SECOND_FACTOR_ROLES, settings.OIDC_MFA = ["editor"], believed
    person("editor", "user", email="user@example.org")
    if amr is not None:
        provider.person["amr"] = amr
    assert come_back(client).url == place


def test_it_leads_to_no_other_site(client, provider):
    person("analyst", "user", email="user@example.org")
    assert come_back(client, "/accounts/sso/?next=https://evil.example/").url == "/desk/"


def test_showing_again_that_it_is_you_asks_the_provider_for_you_and_not_for_its_session(client, provider):
    person("analyst", "user", email="user@example.org")
    come_back(client, "/accounts/sso/?again=1")
    assert provider.asked[-1]["prompt"] == "login"

"""What other people's programs depend on: shapes, languages, parameters, errors, caching."""

import re

import pytest
from django.urls import get_resolver
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from accounts.models import Token, User

pytestmark = pytest.mark.django_db

PLANNED = {"date", "precision", "label"}
MILESTONE = set(
    [
        "code",
        "title",
        "short_title",
        "report",
        "proposal",
        "series",
        "edition",
        "host",
        "basis",
        "lead",
        "support",
        "lead_assumed",
        "analyst",
        "baseline_due",
        "due",
        "forecast",
        "completed_on",
        "slippage_days",
        "status",
        "health",
        "overdue",
        "confidence",
        "assessed_on",
        "stale",
        "evidence_count",
        "version",
        "position",
        "updated_at",
        "url",
    ]
)
LISTS = ["reports", "proposals", "organisations", "risks", "indicators", "context-events", "series", "milestones", "updates", "evidence"]
LISTS += ["rounds", "baselines", "milestones/AF-03/updates", "milestones/AF-03/plan-changes", "milestones/AF-03/history"]
LISTS += ["risks/R01/assessments", "indicators/IND-BORDER-LENGTH/values"]
DETAILS = ["reports/RK2030", "proposals/SM", "organisations/RU-PA", "risks/R01", "indicators/IND-BORDER-LENGTH"]
DETAILS += ["context-events/CE-2022-KZ-ELECTION", "series/AF-FORUM", "milestones/AF-03"]
SINGLE = ["", "summary/", "timeline/", "compare/", "changes/"]
EVERY = [f"{path}/" for path in LISTS + DETAILS] + SINGLE


@pytest.fixture(scope="module")
def document():
    from drf_spectacular.generators import SchemaGenerator

    return SchemaGenerator().get_schema(public=True)


def test_the_example_of_the_contract_is_answered_to_the_letter(rk2030, api):
    item = api("milestones/?series=AF-FORUM&ordering=edition&lang=en").data_["results"][2]
    assert set(item) == MILESTONE
    assert item | {"title": "", "updated_at": "", "support": []} == {
        "code": "AF-03",
        "title": "",
        "short_title": "Forum 2026",
        "report": "RK2030",
        "proposal": "AF",
        "series": "AF-FORUM",
        "edition": 2026,
        "host": "RU",
        "basis": "planning",
        "lead": ["RU-PA"],
        "support": [],
        "lead_assumed": True,
        "analyst": None,
        "baseline_due": {"date": "2026-12-31", "precision": "year", "label": "2026"},
        "due": {"date": "2026-12-31", "precision": "year", "label": "2026"},
        "forecast": None,
        "completed_on": None,
        "slippage_days": 0,
        "status": "not_assessed",
        "health": "unknown",
        "overdue": False,
        "confidence": None,
        "assessed_on": None,
        "stale": True,
        "evidence_count": 0,
        "version": 1,
        "position": 1,
        "updated_at": "",
        "url": "http://testserver/api/v1/milestones/AF-03/",
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", item["updated_at"])


def test_the_document_is_valid_openapi_3_1(document):
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_the_document_is_made_without_a_complaint(capsys):
    from drf_spectacular.drainage import GENERATOR_STATS
    from drf_spectacular.generators import SchemaGenerator

    GENERATOR_STATS.reset()
    SchemaGenerator().get_schema(public=True)
    assert (GENERATOR_STATS._warn_cache, GENERATOR_STATS._error_cache) == ({}, {})


def pattern(template):
    return re.compile("^" + re.sub(r"\{[^}]+\}", "[^/]+", template) + "$")


def answer_schema(document, path, status="200"):
    exact = [template for template in document["paths"] if pattern(template).match(path)]
    template = min(exact, key=lambda one: one.count("{"))
    content = document["paths"][template]["get"]["responses"][status]["content"]
    media = "application/json"
    return {"$ref": "#/x", "x": content[media]["schema"], "components": document["components"]}, media


@pytest.mark.parametrize("path", EVERY)
def test_every_answer_is_what_the_document_says(rk2030, api, document, path):
    schema, media = answer_schema(document, f"/api/v1/{path}")
    for language in ("ru", "en", "kk"):
        response = api(f"{path}?lang={language}")
        assert (response.status_code, response["Content-Type"], response["Content-Language"]) == (200, media, language)
        errors = [f"{list(error.absolute_path)}: {error.message}" for error in Draft202012Validator(schema).iter_errors(response.data_)]
        assert errors == []


def keys_declared(schema, components):
    if "$ref" in schema:
        return keys_declared(components["schemas"][schema["$ref"].rsplit("/", 1)[1]], components)
    return set(schema.get("properties", {}))


@pytest.mark.parametrize("path", EVERY)
def test_no_answer_has_a_field_that_the_document_hides(rk2030, api, document, path):
    schema, _media = answer_schema(document, f"/api/v1/{path}")
    data = api(f"{path}?include=cause" if path in {"milestones/", "proposals/"} else path).data_
    of_a_demonstration = {"sample"} if "results" in data else set()
    assert set(data) | of_a_demonstration == keys_declared(schema["x"], document["components"])
    assert not of_a_demonstration & set(data)
    if data.get("results"):
        page = document["components"]["schemas"][schema["x"]["$ref"].rsplit("/", 1)[1]]
        assert set(data["results"][0]) == keys_declared(page["properties"]["results"]["items"], document["components"])


def test_every_endpoint_stands_in_these_tests_and_in_the_document(document):
    routes = {str(one.pattern) for one in get_resolver("roadmap.api_urls").url_patterns if getattr(one, "name", None)}
    ours = {route for route in routes if route not in {"schema/", "docs/", "problems/", "problems/<slug:kind>/"}}
    templates = {template.removeprefix("/api/v1/") for template in document["paths"]}
    assert {re.sub(r"<\w+:(\w+)>", r"{\1}", route) for route in ours} == templates - {"schema/"}
    shapes = {pattern(template) for template in templates if "get" in document["paths"][f"/api/v1/{template}"]}
    tested = [*EVERY, "me/", "tokens/", "tokens/x/", "updates/x/", "evidence/x/", "evidence/x/file/", "rounds/x/", "schema/"]
    tested += ["webhooks/", "webhooks/x/", "webhooks/x/deliveries/", "milestones/x/proof/"]
    assert [shape.pattern for shape in shapes if not any(shape.match(path) for path in tested)] == []


@pytest.mark.parametrize("path", EVERY)
def test_an_unknown_parameter_is_an_error(rk2030, api, path):
    response = api(f"{path}?foo=1")
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")
    (error,) = response.data_["errors"]
    assert (error["pointer"], error["code"]) == ("?foo", "unknown_parameter")


@pytest.mark.parametrize("path", EVERY)
def test_an_unknown_language_or_format_is_an_error(rk2030, api, path):
    for query in ("lang=de", "lang=", "format=xml"):
        assert api(f"{path}?{query}").status_code == 400


@pytest.mark.parametrize("path", [path for path in EVERY if path])
def test_a_method_that_is_not_there_is_a_problem_and_one_that_is_asks_who_comes(rk2030, client, path, document):
    template = min((one for one in document["paths"] if pattern(one).match(f"/api/v1/{path}")), key=lambda one: one.count("{"))
    for method in ("post", "put", "patch", "delete"):
        response = getattr(client, method)(f"/api/v1/{path}", "{}", content_type="application/json")
        known = method in document["paths"][template]
        assert response.status_code == (401 if known else 405)
        assert response.json()["type"].endswith("/not-authenticated/" if known else "/method-not-allowed/")


@pytest.mark.parametrize(
    "path",
    [
        "milestones/NO-01/",
        "proposals/NO/",
        "nonsense/",
        "milestones/%00/",
        "milestones/AF-03/nonsense/",
        "updates/1/",
        "milestones/" + "A" * 3000 + "/",
    ],
)
def test_what_is_not_there_is_a_problem_in_the_language_asked_for(rk2030, client, path):
    response = client.get(f"/api/v1/{path}", headers={"Accept-Language": "ru"})
    assert response.status_code in {400, 404}
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["status"] == response.status_code
    assert re.search("[а-я]", response.json()["title"])


# Languages


@pytest.mark.parametrize(
    ("header", "expected"),
    [("", "ru"), ("en-GB,en;q=0.9", "en"), ("kk", "kk"), ("de,fr", "ru"), ("de,kk;q=0.5,en;q=0.4", "kk"), ("nonsense;;q=", "ru")],
)
def test_the_language_is_negotiated_and_named(rk2030, client, header, expected):
    response = client.get("/api/v1/milestones/AF-03/", headers={"Accept-Language": header})
    assert response["Content-Language"] == expected
    assert response.json()["title"] == response.json()["title_i18n"][expected]
    assert "Accept-Language" in response["Vary"]


def test_the_parameter_wins_over_the_header(rk2030, client):
    assert client.get("/api/v1/proposals/SM/?lang=kk", headers={"Accept-Language": "en"})["Content-Language"] == "kk"


# Pages, fields, ordering


def test_pages_hold_fifty_and_lead_to_each_other(rk2030, api):
    first = api("milestones/").data_
    assert (first["count"], len(first["results"]), first["previous"]) == (121, 50, None)
    seen, url = [], "http://testserver/api/v1/milestones/?page_size=40"
    while url:
        page = api(url.removeprefix("http://testserver/api/v1/")).data_
        seen += [item["code"] for item in page["results"]]
        url = page["next"]
    assert len(seen) == len(set(seen)) == 121
    assert seen == sorted(seen)


@pytest.mark.parametrize(
    "query", ["page=0", "page=-1", "page=x", "page=1e9", "page=99999999999999", "page_size=0", "page_size=501", "page_size=x", "page="]
)
def test_a_page_that_cannot_be_is_an_error(rk2030, api, query):
    assert api(f"milestones/?{query}").status_code == 400


def test_a_page_past_the_end_is_not_found(rk2030, api):
    assert api("milestones/?page=4").status_code == 404


def test_fields_picks_fields(rk2030, api):
    assert api("milestones/?fields=code,due").data_["results"][0].keys() == {"code", "due"}
    assert api("milestones/AF-03/?fields=code,title_i18n").data_.keys() == {"code", "title_i18n"}
    assert api("milestones/?fields=code,secret").status_code == 400


def test_ordering_takes_known_names_both_ways(rk2030, api):
    down = [item["code"] for item in api("milestones/?ordering=-code").data_["results"]]
    assert down == sorted(down, reverse=True)
    assert api("milestones/?ordering=-due,code").status_code == 200
    assert api("milestones/?ordering=password").status_code == 400


# Caching


@pytest.mark.parametrize("path", EVERY)
def test_an_unchanged_answer_is_a_304_and_a_change_of_the_record_is_not(rk2030, api, path):
    from proposals.models import Proposal
    from proposals.services import keep_thing
    from record.services import open_change

    first = api(path)
    tag = first["ETag"]
    assert re.fullmatch(r'"\d+\.[0-9a-f]{24}"', tag)
    again = api(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    assert api(path, headers={"If-None-Match": '"1.0"'}).status_code == 200
    assert api(f"{path}?lang=kk", headers={"If-None-Match": tag}).status_code == 200
    with open_change() as change:
        keep_thing(change, Proposal.objects.first(), added=False)
    assert api(path, headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize("headers", [{"Accept-Language": "kk"}, {"Accept": "text/csv"}, {"Host": "localhost"}])
def test_a_tag_is_good_for_the_same_question_alone(rk2030, api, headers):
    asked = {"Accept-Language": "en", "Accept": "application/json"}
    tag = api("milestones/", headers=asked)["ETag"]
    assert api("milestones/", headers=asked | {"If-None-Match": tag}).status_code == 304
    assert api("milestones/", headers=asked | headers | {"If-None-Match": tag}).status_code == 200


def test_a_new_day_is_a_change_too(rk2030, api, now, time_machine):
    """Health is judged by the day."""
    time_machine.move_to(now, tick=False)
    tag = api("summary/")["ETag"]
    time_machine.move_to(now.replace(day=24), tick=False)
    assert api("summary/", headers={"If-None-Match": tag}).status_code == 200


def test_an_answer_says_its_position(rk2030, api):
    response = api("milestones/")
    assert (response["Record-Position"], response["Record-Final"]) == ("1", "false")


def test_what_a_signed_in_reader_sees_is_not_for_shared_caches(rk2030, client, api):
    client.force_login(User.objects.create_user("reader"))
    assert api("milestones/")["Cache-Control"] == "private, no-cache"
    assert "Cookie" in api("milestones/")["Vary"]


# Who may


def test_reading_needs_no_account_and_ones_own_data_does(rk2030, api):
    for path in ("me/", "tokens/"):
        response = api(path)
        assert (response.status_code, response["WWW-Authenticate"]) == (401, 'Bearer realm="api"')


def token_for(user, now, **options):
    text = Token.new_text()
    Token.objects.create(user=user, name="Test", scopes=["read"], digest=Token.digest_of(text), created_at=now, **options)
    return {"Authorization": f"Bearer {text}"}


def test_a_token_signs_in_and_its_use_is_noted(rk2030, api, now):
    user = User.objects.create_user("reader", role="analyst", public_name="R. Reader")
    headers = token_for(user, now)
    assert api("me/", headers=headers).data_ == {
        "username": "reader",
        "public_name": "R. Reader",
        "organisation": None,
        "role": "analyst",
        "language": "ru",
        "scopes": ["read"],
    }
    assert Token.objects.get().last_used_at is not None
    (item,) = api("tokens/", headers=headers).data_["results"]
    assert set(item) == {
        "id",
        "name",
        "scopes",
        "created_at",
        "expires_at",
        "last_used_at",
        "last_used_from",
        "revoked_at",
        "version",
        "url",
    }


def test_a_token_that_is_not_valid_is_refused_even_for_public_data(rk2030, api, now, django_user_model):
    import datetime as dt

    user = User.objects.create_user("reader")
    expired = token_for(user, now - dt.timedelta(days=20000), expires_at=now - dt.timedelta(days=10000))
    revoked = token_for(user, now, revoked_at=now)
    for headers in (expired, revoked, {"Authorization": "Bearer rmt_nonsense"}, {"Authorization": "Bearer"}):
        assert api("milestones/", headers=headers).status_code == 401
    good = token_for(user, now)
    User.objects.update(is_active=False)
    assert api("milestones/", headers=good).status_code == 401


def test_too_many_requests_are_told_when_to_come_back(rk2030, api, monkeypatch):
    from rest_framework.throttling import AnonRateThrottle

    monkeypatch.setattr(AnonRateThrottle, "THROTTLE_RATES", {"anon": "2/min"})
    codes = [api("milestones/").status_code for _ in range(3)]
    assert codes == [200, 200, 429]
    response = api("milestones/")
    assert int(response["Retry-After"]) > 0
    assert response.data_["type"].endswith("/too-many-requests/")


# The root, the summary, the timeline


def test_the_root_leads_everywhere_and_shows_the_head_of_the_chain(rk2030, api, client):
    from record.models import Event

    root = api().data_
    assert root["head"] == Event.objects.get().hash
    for name, url in root["links"].items():
        expected = {404} if name == "checkpoint" else {200, 401}  # nothing is signed in tests
        assert client.get(url).status_code in expected, url


def test_the_summary_counts_what_the_lists_count(rk2030, api):
    data = api("summary/").data_
    assert data["counts"] == {"proposals": 18, "milestones": 121, "assessed": 0}
    for name in ("status", "health", "freshness"):
        for value, number in data[f"by_{name}"].items():
            assert api(f"milestones/?{name}={value}&page_size=1").data_["count"] == number
    assert [one["code"] for one in data["flagships"]] == ["SM", "AF", "SE", "TT"]
    assert data["burn_up"][-1]["plan"] == data["burn_up"][-1]["baseline"] == 121
    assert data["burn_up"][-1]["date"] == "2030-12-31"


def test_the_timeline_holds_every_milestone_once(rk2030, api):
    data = api("timeline/").data_
    codes = [one["code"] for proposal in data["proposals"] for one in proposal["milestones"]]
    assert len(codes) == len(set(codes)) == 121
    assert data["horizon"]["date"] == "2030-12-31"
    assert len(data["context_events"]) == 8


def test_the_docs_page_and_the_problems_page_load_nothing_from_elsewhere(client):
    for path in ("docs/", "problems/", "problems/stale/"):
        html = client.get(f"/api/v1/{path}").content.decode()
        assert re.findall(r'(?:src|href)="(?:https?:)?//(?!testserver)', html) == []


def test_a_304_names_the_tag_that_fits(rk2030, api):
    tag = api("milestones/AF-03/?lang=en")["ETag"]
    again = api("milestones/AF-03/?lang=en", headers={"If-None-Match": f'"1.bogus", W/{tag}'})
    assert (again.status_code, again["ETag"]) == (304, tag)

"""Who gets what at which address: one table, walked both ways.

An address of the site that stands in no row fails the test, so that nothing is opened by accident.
"""

import re

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

pytestmark = pytest.mark.django_db

ROLES = ["anonymous", "stakeholder", "analyst", "editor", "administrator"]
PUBLIC = dict.fromkeys(ROLES, 200)
SIGNED_IN = PUBLIC | {"anonymous": 401}
EDITORS = {"anonymous": 302, "stakeholder": 302, "analyst": 302, "editor": 200, "administrator": 200}
ADMINISTRATORS = EDITORS | {"editor": 403}
MISSING = dict.fromkeys(ROLES, 404)

TABLE = {
    "": PUBLIC,
    "milestones/": PUBLIC,
    "milestones/AF-03/": PUBLIC,
    "proposals/": PUBLIC,
    "proposals/AF/": PUBLIC,
    "organisations/": PUBLIC,
    "organisations/RU-PA/": PUBLIC,
    "risks/": PUBLIC,
    "risks/R01/": PUBLIC,
    "reports/RK2030/": PUBLIC,
    "methodology/": PUBLIC,
    "healthz": PUBLIC,
    "readyz": PUBLIC,
    "robots.txt": PUBLIC,
    "favicon.ico": dict.fromkeys(ROLES, 301),
    "accounts/login/": dict.fromkeys(ROLES, 302) | {"anonymous": 200},
    "accounts/logout/": dict.fromkeys(ROLES, 405),
    "accounts/password/reset/": PUBLIC,
    "accounts/password/reset/sent/": PUBLIC,
    "accounts/password/set/x/y/": PUBLIC,
    "accounts/password/set/done/": PUBLIC,
    "accounts/password/change/": PUBLIC | {"anonymous": 302},
    "api/v1/": PUBLIC,
    "api/v1/reports/": PUBLIC,
    "api/v1/reports/RK2030/": PUBLIC,
    "api/v1/proposals/": PUBLIC,
    "api/v1/proposals/AF/": PUBLIC,
    "api/v1/organisations/": PUBLIC,
    "api/v1/organisations/RU-PA/": PUBLIC,
    "api/v1/risks/": PUBLIC,
    "api/v1/risks/R01/": PUBLIC,
    "api/v1/risks/R01/assessments/": PUBLIC,
    "api/v1/indicators/": PUBLIC,
    "api/v1/indicators/IND-BORDER-LENGTH/": PUBLIC,
    "api/v1/indicators/IND-BORDER-LENGTH/values/": PUBLIC,
    "api/v1/context-events/": PUBLIC,
    "api/v1/context-events/CE-2022-KZ-ELECTION/": PUBLIC,
    "api/v1/series/": PUBLIC,
    "api/v1/series/AF-FORUM/": PUBLIC,
    "api/v1/milestones/": PUBLIC,
    "api/v1/milestones/AF-03/": PUBLIC,
    "api/v1/milestones/AF-03/updates/": PUBLIC,
    "api/v1/milestones/AF-03/plan-changes/": PUBLIC,
    "api/v1/milestones/AF-03/history/": PUBLIC,
    "api/v1/updates/": PUBLIC,
    "api/v1/updates/0197d1e4-0000-7000-8000-000000000000/": MISSING,
    "api/v1/evidence/": PUBLIC,
    "api/v1/evidence/0197d1e4-0000-7000-8000-000000000000/": MISSING,
    "api/v1/rounds/": PUBLIC,
    "api/v1/rounds/0197d1e4-0000-7000-8000-000000000000/": MISSING,
    "api/v1/baselines/": PUBLIC,
    "api/v1/summary/": PUBLIC,
    "api/v1/timeline/": PUBLIC,
    "api/v1/me/": SIGNED_IN,
    "api/v1/tokens/": SIGNED_IN,
    "api/v1/schema/": PUBLIC,
    "api/v1/docs/": PUBLIC,
    "api/v1/problems/": PUBLIC,
    "api/v1/nonsense/": MISSING,
    "admin/": EDITORS,
    "admin/milestones/milestone/": EDITORS,
    "admin/milestones/milestone/add/": EDITORS,
    "admin/proposals/proposal/": EDITORS,
    "admin/record/event/": EDITORS,
    "admin/record/event/add/": EDITORS | {"editor": 403, "administrator": 403},
    "admin/milestones/assessment/": EDITORS,
    "admin/milestones/assessment/add/": EDITORS | {"editor": 403, "administrator": 403},
    "admin/accounts/user/": ADMINISTRATORS,
    "admin/accounts/user/add/": ADMINISTRATORS,
    "admin/accounts/token/": ADMINISTRATORS,
    "admin/axes/accesslog/": EDITORS | {"editor": 404, "administrator": 404},
}


def routes(resolver, before=""):
    for one in resolver.url_patterns:
        pattern = str(one.pattern)
        if isinstance(one, URLResolver):
            if pattern != "admin/":
                yield from routes(one, before + pattern)
        elif isinstance(one, URLPattern):
            yield before + pattern


def test_every_address_stands_in_the_table():
    for route in routes(get_resolver()):
        shape = re.compile("^" + re.sub(r"<(?:\w+:)?\w+>", "[^/]+", route) + "$")
        assert any(shape.match(path) for path in TABLE), route


@pytest.mark.parametrize("role", ROLES)
def test_every_address_answers_each_role_as_the_table_says(rk2030, client, django_user_model, role):
    if role != "anonymous":
        client.force_login(django_user_model.objects.create_user("user", role=role))
    found = {path: client.get(f"/{path}").status_code for path in TABLE}
    assert found == {path: answers[role] for path, answers in TABLE.items()}

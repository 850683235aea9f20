"""Who gets what at which address: one table, walked both ways.

An address of the site that stands in no row fails the test, so that nothing is opened by accident.
"""

import re

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.tokens import make_token
from common.pictures import font
from exports.formats import FORMATS
from exports.making import ask_for, make
from milestones.models import Assessment, Batch, Evidence, Milestone, Round
from milestones.readers import report_error
from milestones.services import Item, apply_batch, open_round
from notifications.models import Delivery, Webhook
from record.log.publishing import publish_checkpoint
from record.moments import now as current_moment
from record.services import open_change
from tests.people import finding, person, recorded
from tests.signing import begin_signing

pytestmark = pytest.mark.django_db

ROLES = ["anonymous", "stakeholder", "analyst", "editor", "administrator"]
PUBLIC = dict.fromkeys(ROLES, 200)
SIGNED_IN = PUBLIC | {"anonymous": 401}
EDITORS = {"anonymous": 302, "stakeholder": 302, "analyst": 302, "editor": 200, "administrator": 200}
ADMINISTRATORS = EDITORS | {"editor": 403}
MISSING = dict.fromkeys(ROLES, 404)
ANALYSTS = {"anonymous": 302, "stakeholder": 403, "analyst": 200, "editor": 200, "administrator": 200}
OUTSIDE = ANALYSTS | {"analyst": 404}
"""Of somebody else, or outside of an analyst's remit: not there. The analyst of this table has the remit AF."""
DESK_EDITORS = ANALYSTS | {"analyst": 403}
NO_GET = dict.fromkeys(ROLES, 405) | {"anonymous": 302, "stakeholder": 403}
THEIRS = {"anonymous": 404, "stakeholder": 404, "analyst": 404, "editor": 200, "administrator": 200}
NOBODYS = MISSING | {"anonymous": 401}
"""Of somebody else's account: not there for anybody, administrators included."""
NO_API_GET = dict.fromkeys(ROLES, 405) | {"anonymous": 401}
HOME = {"anonymous": 302} | dict.fromkeys(ROLES[1:], 200)
PICTURE = PUBLIC if font() else dict.fromkeys(ROLES, 503)
ANOTHERS = HOME | dict.fromkeys(ROLES[1:], 404)

TABLE = {
    "": PUBLIC,
    "milestones/": PUBLIC,
    "about/components/": PUBLIC,
    "milestones/AF-03/": PUBLIC,
    "proposals/": PUBLIC,
    "proposals/AF/": PUBLIC,
    "organisations/": PUBLIC,
    "organisations/RU-PA/": PUBLIC,
    "risks/": PUBLIC,
    "risks/R01/": PUBLIC,
    "reports/": PUBLIC,
    "reports/RK2030/": PUBLIC,
    "reports/RK2030/overview/": PUBLIC,
    "indicators/": PUBLIC,
    "indicators/IND-BORDER-LENGTH/": PUBLIC,
    "series/": PUBLIC,
    "series/AF-FORUM/": PUBLIC,
    "changes/": PUBLIC,
    "calendar/": PUBLIC,
    "slippage/": PUBLIC,
    "compare/": PUBLIC,
    **{f"compare.{ending}": PUBLIC if form.compares else MISSING for ending, form in FORMATS.items()},
    "search/": PUBLIC,
    "search/suggestions/": PUBLIC,
    "milestones/AF-03/card/": PUBLIC,
    "timeline/": PUBLIC,
    "timeline.svg": PUBLIC,
    "timeline.csv": PUBLIC,
    "charts/burn-up.svg": PUBLIC,
    "charts/status.csv": PUBLIC,
    "charts/nonsense.svg": MISSING,
    "timeline.png": PICTURE,
    "charts/status.png": PICTURE,
    "cards/milestone-AF-03.svg": PICTURE,
    "cards/overview.png": PICTURE,
    "cite/proposal-AF.ris": PUBLIC,
    "embed/milestones/AF-03/": PUBLIC,
    "embed/charts/burn-up/": PUBLIC,
    "embed/timeline/": PUBLIC,
    "oembed/": dict.fromkeys(ROLES, 400),
    "sitemap.xml": PUBLIC,
    **{f"milestones.{ending}": PUBLIC for ending, form in FORMATS.items() if form.view},
    "exports/": PUBLIC,
    "exports/ask/": dict.fromkeys(ROLES, 405),
    "exports/<export>/": PUBLIC,
    "exports/<export>/file/": PUBLIC,
    "about/cite/": PUBLIC,
    "about/licence/": PUBLIC,
    "about/privacy/": PUBLIC,
    "about/accessibility/": PUBLIC,
    "about/security/": PUBLIC,
    ".well-known/security.txt": MISSING,
    "report-an-error/": PUBLIC,
    "report-an-error/<report>/": PUBLIC,
    "saved-views/": dict.fromkeys(ROLES, 405),
    "follow/": PUBLIC,
    "follow/asked/": PUBLIC,
    "follow/confirm/nonsense/": MISSING,
    "follow/leave/nonsense/": PUBLIC,
    "feed.atom": PUBLIC,
    "proposals/AF/feed.atom": PUBLIC,
    "organisations/RU-PA/feed.atom": PUBLIC,
    "calendar.ics": PUBLIC,
    "proposals/AF/calendar.ics": PUBLIC,
    "organisations/RU-PA/calendar.ics": PUBLIC,
    "desk/errors/<report>/": ANALYSTS,
    "methodology/": PUBLIC,
    "record/checkpoint": PUBLIC,
    "record/keys": PUBLIC,
    "record/proof/1": PUBLIC,
    "record/consistency": dict.fromkeys(ROLES, 400),
    "record/tile/0/000": MISSING,
    "record/tile/entries/000.p/1": PUBLIC,
    "healthz": PUBLIC,
    "readyz": PUBLIC,
    "metrics": MISSING,
    "status/": ANALYSTS | {"analyst": 403, "editor": 403},
    "robots.txt": PUBLIC,
    "favicon.ico": dict.fromkeys(ROLES, 301),
    "accounts/": HOME,
    "accounts/second-factor/": dict.fromkeys(ROLES, 302),
    "accounts/second-factor/set-up/": HOME,
    "accounts/sso/": MISSING,
    "accounts/sso/back/": MISSING,
    "accounts/login/": dict.fromkeys(ROLES, 302) | {"anonymous": 200},
    "accounts/logout/": dict.fromkeys(ROLES, 405),
    "accounts/password/reset/": PUBLIC,
    "accounts/password/reset/sent/": PUBLIC,
    "accounts/password/set/x/y/": PUBLIC,
    "accounts/password/set/done/": PUBLIC,
    "accounts/password/change/": PUBLIC | {"anonymous": 302},
    "evidence/<private>/file/": THEIRS,
    "desk/": ANALYSTS,
    "desk/milestones/AF-03/": ANALYSTS,
    "desk/milestones/SM-03/": OUTSIDE,
    "desk/milestones/AF-03/autosave/": NO_GET | {"anonymous": 401},
    "desk/milestones/AF-03/discard/": NO_GET,
    "desk/milestones/AF-03/confirm/": NO_GET,
    "desk/milestones/AF-03/dates/": OUTSIDE,
    "desk/here/": SIGNED_IN,
    "desk/look/": NO_GET | {"anonymous": 401},
    "desk/assessments/<submitted>/": OUTSIDE,
    "desk/rounds/": DESK_EDITORS,
    "desk/rounds/<round>/": DESK_EDITORS,
    "desk/rounds/<round>/preview/": DESK_EDITORS | {"editor": 302, "administrator": 302},
    "desk/rounds/<round>/preview/AF-03/": DESK_EDITORS | {"editor": 302, "administrator": 302},
    "desk/batch/": ANALYSTS | {"analyst": 302, "editor": 302, "administrator": 302},
    "desk/batches/<batch>/": OUTSIDE,
    "desk/evidence/<private>/": OUTSIDE,
    "desk/withdraw/evidence/<number>/": DESK_EDITORS,
    "desk/integrations/": HOME,
    "desk/integrations/webhooks/add/": HOME,
    "desk/integrations/webhooks/<webhook>/": ANOTHERS,
    "desk/files/": ANALYSTS,
    "desk/files/assessments.csv": ANALYSTS,
    "desk/files/plan.xlsx": ANALYSTS,
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
    "api/v1/milestones/AF-03/proof/": PUBLIC,
    "api/v1/updates/": PUBLIC,
    "api/v1/updates/0197d1e4-0000-7000-8000-000000000000/": MISSING,
    "api/v1/milestones/AF-03/confirm/": dict.fromkeys(ROLES, 405),
    "api/v1/milestones/AF-03/move-preview/": dict.fromkeys(ROLES, 405),
    "api/v1/milestones/batch-updates/": dict.fromkeys(ROLES, 405),
    "api/v1/updates/<submitted>/": THEIRS,
    "api/v1/updates/<submitted>/submit/": dict.fromkeys(ROLES, 405),
    "api/v1/updates/<submitted>/publish/": dict.fromkeys(ROLES, 405),
    "api/v1/updates/<submitted>/return/": dict.fromkeys(ROLES, 405),
    "api/v1/updates/<submitted>/translations/": dict.fromkeys(ROLES, 405),
    "api/v1/evidence/": PUBLIC,
    "api/v1/evidence/<private>/": THEIRS,
    "api/v1/evidence/<private>/file/": THEIRS,
    "api/v1/rounds/<round>/": THEIRS,
    "api/v1/rounds/<round>/publish/": dict.fromkeys(ROLES, 405),
    "api/v1/changes/": PUBLIC,
    "api/v1/webhooks/": SIGNED_IN,
    "api/v1/webhooks/<webhook>/": NOBODYS,
    "api/v1/webhooks/<webhook>/deliveries/": NOBODYS,
    "api/v1/webhooks/<webhook>/deliveries/<delivery>/retry/": NO_API_GET,
    "api/v1/webhooks/<webhook>/rotate/": NO_API_GET,
    "api/v1/webhooks/<webhook>/test/": NO_API_GET,
    "api/v1/evidence/0197d1e4-0000-7000-8000-000000000000/": MISSING,
    "api/v1/rounds/": PUBLIC,
    "api/v1/rounds/0197d1e4-0000-7000-8000-000000000000/": MISSING,
    "api/v1/baselines/": PUBLIC,
    "api/v1/summary/": PUBLIC,
    "api/v1/timeline/": PUBLIC,
    "api/v1/compare/": PUBLIC,
    "api/v1/me/": SIGNED_IN,
    "api/v1/tokens/": SIGNED_IN,
    "api/v1/tokens/<token>/": NOBODYS,
    "api/v1/schema/": PUBLIC,
    "api/v1/docs/": PUBLIC,
    "api/v1/problems/": PUBLIC,
    "api/v1/problems/stale/": PUBLIC,
    "api/v1/problems/nonsense/": MISSING,
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


def shape_of(route):
    return re.compile("^" + re.sub(r"<(?:\w+:)?\w+>", "[^/]+", route) + "$")


def routes(resolver, before=""):
    for one in resolver.url_patterns:
        pattern = str(one.pattern)
        if isinstance(one, URLResolver):
            if pattern != "admin/":
                yield from routes(one, before + pattern)
        elif isinstance(one, URLPattern):
            yield before + pattern


OF_A_REPORT = "reports/<str:report>/"
OF_ONE_REPORT = {
    f"reports/RK2030/{path}": answers
    for route in routes(get_resolver())
    if route.startswith(OF_A_REPORT)
    for path, answers in TABLE.items()
    if shape_of(route.removeprefix(OF_A_REPORT)).match(path)
}
"""What is below the address of a report answers as what is of all."""
TABLE |= OF_ONE_REPORT


def test_every_address_stands_in_the_table():
    for route in routes(get_resolver()):
        assert any(shape_of(route).match(path) for path in TABLE), route


@pytest.fixture
def things(rk2030, now):
    """What the addresses of the table name: things of somebody else's, on milestones of the proposal SM; and a checkpoint."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    from milestones.services import add_evidence

    other, editor = person("analyst", "other"), person("editor", "other-editor")
    with open_change(now=now) as change:
        values = {"title": "Private", "kind": "official", "confidential": True}
        private = add_evidence(change, by=other, values=values, file=SimpleUploadedFile("a.txt", b"private"))
    submitted = recorded("SM-03", other, now=now, evidence=[(private, "supports")])
    with open_change(now=now) as change:
        round_ = open_round(change, name="Round", by=editor)
        another = Milestone.objects.select_related("proposal__report").get(code="SM-04")
        batch = apply_batch(change, [Item(another, finding(), ((private, "supports"),))], by=other)
    report = report_error(path="/", position=1, text="A mistake.", email="", language="ru")
    export = ask_for("csv", "", current_moment())
    assert make(export.pk)
    webhook = Webhook.objects.create(
        owner=other, name="Theirs", address="https://one.example/", secret="whsec_AAAA", created_at=now, changed_at=now
    )
    delivery = Delivery.objects.create(webhook=webhook, type="webhook.test", created_at=now, next_attempt_at=now, state="failed")
    publish_checkpoint(now=now)
    token, _text = make_token(user=other, name="Theirs", scopes=["read"], now=now)
    more = {"<report>": report.uid, "<export>": export.uid, "<webhook>": webhook.uid, "<delivery>": delivery.uid, "<token>": token.uid}
    return more | {
        "<private>": private.uid,
        "<number>": private.pk,
        "<submitted>": submitted.uid,
        "<round>": round_.uid,
        "<batch>": batch.uid,
    }


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    begin_signing(settings, tmp_path)
    settings.STORAGES = settings.STORAGES | {"default": settings.STORAGES["default"] | {"OPTIONS": {"location": str(tmp_path)}}}


def named(path, things):
    for word, uid in things.items():
        path = path.replace(word, str(uid))
    return f"/{path}"


def enter(client, role):
    if role != "anonymous":
        client.force_login(person(role, "user", remit=["AF"] if role == "analyst" else []))


def status_of(response):
    if response.streaming:
        b"".join(response.streaming_content)
    return response.status_code


@pytest.mark.parametrize("role", ROLES)
def test_every_address_answers_each_role_as_the_table_says(things, client, role):
    enter(client, role)
    found = {path: status_of(client.get(named(path, things))) for path in TABLE}
    assert found == {path: answers[role] for path, answers in TABLE.items()}


WRITERS = {"anonymous": 302, "stakeholder": 403, "analyst": 404, "editor": 200, "administrator": 200}
NOBODY = dict.fromkeys(ROLES, 405)
EDITORS_WRITE = {"anonymous": 302, "stakeholder": 403, "analyst": 403, "editor": 200, "administrator": 200}
API_EDITORS = {"anonymous": 401, "stakeholder": 403, "analyst": 403, "editor": 400, "administrator": 400}
API_ASKED = {"anonymous": 401} | dict.fromkeys(ROLES[1:], 400)
API_ANALYSTS = {"anonymous": 401, "stakeholder": 403, "analyst": 403}
API_THEIRS = {"anonymous": 401, "stakeholder": 404, "analyst": 404}
"""An empty body is wrong before anybody asks who may; ``tests/api/test_writing.py`` asks with bodies that are right."""
WRITES = {
    "desk/milestones/SM-03/": WRITERS | {"editor": 400, "administrator": 400},
    "desk/milestones/SM-03/autosave/": WRITERS | {"anonymous": 401, "editor": 200, "administrator": 200},  # not saved, and says so
    "desk/milestones/SM-03/discard/": WRITERS | {"editor": 302, "administrator": 302},
    "desk/milestones/SM-03/confirm/": WRITERS | {"editor": 302, "administrator": 302},
    "desk/milestones/SM-03/dates/": WRITERS | {"editor": 400, "administrator": 400},
    "desk/look/": ANALYSTS | {"anonymous": 401, "analyst": 400, "editor": 400, "administrator": 400},
    "desk/assessments/<submitted>/": WRITERS | {"editor": 400, "administrator": 400},
    "desk/rounds/": EDITORS_WRITE | {"editor": 400, "administrator": 400},
    "desk/rounds/<round>/": EDITORS_WRITE | {"editor": 302, "administrator": 302},
    "desk/batch/": ANALYSTS | {"analyst": 302, "editor": 302, "administrator": 302},
    "desk/batches/<batch>/": WRITERS | {"editor": 302, "administrator": 302},
    "desk/evidence/<private>/": WRITERS | {"editor": 400, "administrator": 400},
    "desk/withdraw/evidence/<number>/": EDITORS_WRITE | {"editor": 400, "administrator": 400},
    "desk/files/": ANALYSTS | {"analyst": 400, "editor": 400, "administrator": 400},
    "desk/errors/<report>/": ANALYSTS | {"analyst": 400, "editor": 400, "administrator": 400},
    "report-an-error/": dict.fromkeys(ROLES, 400),
    "follow/": dict.fromkeys(ROLES, 400),
    "follow/confirm/nonsense/": MISSING,
    "follow/leave/nonsense/": PUBLIC,
    "saved-views/": dict.fromkeys(ROLES, 302),
    "exports/ask/": MISSING,
    "timeline/": NOBODY,
    "milestones/": NOBODY,
    "evidence/<private>/file/": NOBODY,
    "desk/integrations/": HOME | dict.fromkeys(ROLES[1:], 400),
    "desk/integrations/webhooks/add/": HOME | dict.fromkeys(ROLES[1:], 400),
    "desk/integrations/webhooks/<webhook>/": ANOTHERS,
    **dict.fromkeys(
        [f"api/v1/{name}/" for name in ("reports", "proposals", "organisations", "risks", "indicators", "context-events", "series")],
        API_EDITORS,
    ),
    "api/v1/milestones/": API_EDITORS,
    "api/v1/baselines/": API_ASKED,
    "api/v1/rounds/": API_ASKED,
    "api/v1/milestones/SM-03/updates/": API_ASKED,
    "api/v1/milestones/batch-updates/": API_ASKED,
    "api/v1/milestones/SM-03/move-preview/": API_EDITORS,
    "api/v1/milestones/SM-03/confirm/": API_ANALYSTS | {"editor": 409, "administrator": 409},
    "api/v1/updates/<submitted>/submit/": API_THEIRS | {"editor": 409, "administrator": 409},
    "api/v1/updates/<submitted>/publish/": API_THEIRS | {"editor": 200, "administrator": 200},
    "api/v1/updates/<submitted>/return/": API_THEIRS | dict.fromkeys(ROLES[1:], 400),
    "api/v1/updates/<submitted>/translations/": API_THEIRS | dict.fromkeys(ROLES[1:], 400),
    "api/v1/rounds/<round>/publish/": API_THEIRS | {"editor": 409, "administrator": 409},
    "api/v1/evidence/": API_ASKED | {"stakeholder": 403},
    "api/v1/risks/R01/assessments/": API_ASKED,
    "api/v1/indicators/IND-BORDER-LENGTH/values/": API_ASKED,
    "api/v1/tokens/": API_ASKED,
    "api/v1/webhooks/": API_ASKED,
    "api/v1/webhooks/<webhook>/rotate/": NOBODYS,
    "api/v1/webhooks/<webhook>/test/": NOBODYS,
    "api/v1/webhooks/<webhook>/deliveries/<delivery>/retry/": NOBODYS,
}
"""What an empty POST answers: 400 and 302 let somebody in, the others do not."""


def write(client, path, things):
    if path.startswith("api/"):
        return client.post(named(path, things), "{}", content_type="application/json").status_code
    return client.post(named(path, things)).status_code


@pytest.mark.parametrize("role", ROLES)
def test_every_way_of_writing_answers_each_role_as_the_table_says(things, client, role):
    enter(client, role)
    found = {path: write(client, path, things) for path in WRITES}
    assert found == {path: answers[role] for path, answers in WRITES.items()}
    if role in {"anonymous", "stakeholder", "analyst"}:
        assert (Assessment.objects.count(), Evidence.objects.count(), Round.objects.count(), Batch.objects.count()) == (2, 1, 1, 1)


def test_whatever_takes_a_form_stands_in_the_table_of_writes(things, client):
    """Outside the desk only accounts and the admin take forms, and they have tests of their own."""
    enter(client, "administrator")
    paths = [path for path in TABLE if path.startswith("desk/")]
    found = {path for path in paths if client.post(named(path, things)).status_code != 405}
    missing = (
        {path for path in found if TABLE[path] != MISSING}
        - set(WRITES)
        - {"desk/milestones/AF-03/" + part for part in ("", "autosave/", "discard/", "confirm/", "dates/")}
    )
    assert missing == set()

"""Every form, filled in with everything that can be wrong: what it answers is words, each error stands on its page, and no Python."""

import re
from html import unescape
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Factor
from milestones.models import Evidence
from milestones.readers import report_error
from milestones.services import open_round
from notifications.webhooks.registering import add_webhook
from record.services import open_change
from tests.people import a_source, person, published, recorded

pytestmark = pytest.mark.django_db

TEMPLATES = Path(__file__).parents[2] / "templates"
# What a value says of itself when nobody wrote words for it, as it stands in HTML.
PYTHON = re.compile(
    r"\w\((?:\w+=|&#x27;|')|object at 0x|&lt;\w[\w.]* |&lt;Query|>None<|>\[|\[(?:&#x27;|&quot;|')|\{(?:&#x27;|&quot;|')|Decimal|datetime\.|"
    r"__proxy__|ValidationError|Traceback|\{\{|\{%"
)
NONSENSE = ["", " ", "x", "x" * 5000, "-1", "2026-13-45", "\u202e", "<b>", "javascript:alert(1)", "'"]
CHOSEN = {"code": ["SM-01", "CB-05"]}
STATUSES = ["no_evidence", "not_started", "agreed", "in_progress", "achieved", "suspended", "dropped", "not_assessed"]


ENTERS = {"username": "entering", "password": "a phrase of six plain words"}
"""Who has shown a password and owes a second factor."""


@pytest.fixture
def forms(rk2030, client, now, settings, tmp_path, time_machine):
    """Address and account of each page with a form that can refuse something."""
    settings.STORAGES = settings.STORAGES | {"default": settings.STORAGES["default"] | {"OPTIONS": {"location": str(tmp_path)}}}
    settings.FETCH_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    settings.FORM_RATE = "1000000/hour"
    settings.AXES_ENABLED = False
    time_machine.move_to(now, tick=False)
    analyst, editor, admin = person("analyst"), person("editor"), person("stakeholder")
    published("SM-01", analyst, editor, now=now)
    waiting = recorded("SM-02", analyst, now=now)
    with open_change(by=editor.actor, now=now) as change:
        round_ = open_round(change, name="Spring", by=editor)
    cited, loose = Evidence.objects.order_by("pk").first(), a_source(analyst, address="https://sample.example/loose")
    hook = add_webhook(owner=analyst, name="Hook", address="http://127.0.0.1:9/")
    report = report_error(path="/", position=1, text="Sample.", email="", language="en")
    from accounts.services import set_password_url

    invited = person("stakeholder", "invited", email="invited@example.org")
    invited.set_unusable_password()
    invited.save()
    entering = person("stakeholder", ENTERS["username"])
    entering.set_password(ENTERS["password"])
    entering.save()
    Factor.objects.create(user=entering, kind="app", name="App", secret=b"a secret of 20 bytes", created_at=now)
    return {
        "/desk/milestones/CB-05/": analyst,
        "/desk/milestones/SM-01/": analyst,
        "/desk/milestones/AF-03/": analyst,
        "/desk/milestones/CB-05/dates/": editor,
        "/desk/batch/": analyst,
        f"/desk/evidence/{loose.uid}/": analyst,
        f"/desk/assessments/{waiting.uid}/": editor,
        "/desk/rounds/": editor,
        f"/desk/rounds/{round_.uid}/": editor,
        f"/desk/withdraw/evidence/{cited.pk}/": editor,
        "/desk/files/": analyst,
        f"/desk/errors/{report.uid}/": editor,
        "/desk/integrations/": analyst,
        "/desk/integrations/webhooks/add/": analyst,
        f"/desk/integrations/webhooks/{hook.uid}/": analyst,
        "/follow/": None,
        "/report-an-error/": None,
        "/accounts/login/": None,
        "/accounts/password/reset/": None,
        "/accounts/password/change/": admin,
        "/accounts/second-factor/": None,
        "/accounts/second-factor/set-up/": admin,
        set_password_url(invited).removeprefix(settings.SITE_URL): None,
    }


def names_in(html):
    """Every name of a field that a browser could send."""
    return set(re.findall(r'<(?:input|select|textarea)[^>]* name="([^"]+)"', html)) - {"csrfmiddlewaretoken", "lang"}


def hidden_in(html):
    """What a browser sends unseen, which says what the form was made from."""
    tags = re.findall(r'<input[^>]* type="hidden"[^>]*>|<input type="hidden"[^>]*>', html)
    fields = [dict(re.findall(r'([\w-]+)="([^"]*)"', tag)) for tag in tags]
    return {
        one["name"]: unescape(one.get("value", "")) for one in fields if one.get("name", "csrfmiddlewaretoken") != "csrfmiddlewaretoken"
    }


def fillings(names):
    """Each field wrong in each way at once; then a good status with all else missing or wrong."""
    words = ("submit", "save", "publish", "return", "look", "move", "change", "archive", "add", "app", "passkey", "")
    actions = [{"action": one, "step": "preview"} for one in words]
    for value in NONSENSE:
        yield dict.fromkeys(names, value) | {name: "1" for name in names if name.endswith("_FORMS")}
    for status in STATUSES if "status" in names else ():
        for action in actions[:3]:
            yield dict.fromkeys(names, "") | {"status": status, "e-TOTAL_FORMS": "1", "e-INITIAL_FORMS": "0"} | action
    for action in actions:
        yield dict.fromkeys(names, "x") | {name: "2" for name in names if name.endswith("_FORMS")} | action


def shown(answer):
    return re.sub(r"<script.*?</script>|<template.*?</template>|data-options=\"[^\"]*\"", "", answer.content.decode(), flags=re.DOTALL)


def test_no_form_shows_python(forms, client):
    """``Problem(pointer='completed_on', …)`` once stood under a field, because an include saw what was meant for another."""
    wrong, answered = [], set()
    for address, user in forms.items():
        client.logout()
        if user:
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        if address == "/accounts/second-factor/":
            client.post("/accounts/login/", ENTERS)
        client.get("/methodology/?lang=en")
        page = client.post(address, CHOSEN) if address == "/desk/batch/" else client.get(address, follow=True)
        place = page.redirect_chain[-1][0] if getattr(page, "redirect_chain", ()) else address
        assert page.status_code == 200, address
        html = page.content.decode()
        for filled in fillings(names_in(html)):
            sent = filled | hidden_in(html) | (CHOSEN if address == "/desk/batch/" else {})
            answer = client.post(place, sent)
            answered |= {template.name for template in answer.templates}
            assert answer.status_code < 500
            found = PYTHON.search(shown(answer)) if "html" in answer.get("Content-Type", "") else None
            if found:
                around = shown(answer)[max(0, found.start() - 200) : found.end() + 100]
                wrong.append((address, {name: value[:20] for name, value in sent.items() if value}, unescape(around)))
    assert wrong == []
    assert forms_that_refuse() - answered == set()


def forms_that_refuse():
    """Every template of a form that shows errors, by its own text."""
    found = set()
    for path in TEMPLATES.rglob("*.html"):
        html = path.read_text(encoding="utf-8")
        if 'method="post"' in html and re.search(r'_field\.html"|includes/form\.html|_webhook_fields|\.errors|problems', html):
            found.add(str(path.relative_to(TEMPLATES)))
    return found


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("assessments", b""), ("assessments", b"PK\x03\x04nonsense"), ("assessments", b"milestone;status\nSM-01;nonsense\n"),
        ("assessments", "веха\nSM-01\n".encode("cp1251")), ("milestones", b"\x00" * 50), ("milestones", b"code,due\nSM-01,2029-Q9\n"), ("nonsense", b"x"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_refused_in_words(forms, client, kind, content):
    client.force_login(forms["/desk/files/"], backend="django.contrib.auth.backends.ModelBackend")
    for name in ("table.csv", "table.xlsx"):
        answer = client.post("/desk/files/?lang=en", {"kind": kind, "file": SimpleUploadedFile(name, content)})
        assert answer.status_code in {200, 400}
        assert not PYTHON.search(shown(answer)), PYTHON.search(shown(answer))


def test_every_include_says_what_it_passes():
    """Without ``only`` a template sees all that its includer holds, and one day something that is called alike."""
    loose = [
        f"{path.relative_to(TEMPLATES)}: {tag}"
        for path in TEMPLATES.rglob("*.*")
        for tag in re.findall(r"{%-?\s*include [^%]*%}", path.read_text(encoding="utf-8"))
        if not re.search(r" only\s*%}$", tag)
    ]
    assert loose == []

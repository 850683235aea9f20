"""A finding in the reader's language: who translated it is told, the original stays the record, and nothing stale is shown."""

import datetime as dt
import json

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.tokens import make_token
from common.refusals import NotAllowed, Refused
from milestones.models import Assessment, Milestone, Translation
from milestones.services import confirm_assessment, draft_assessment, publish_assessment, translate, withdraw
from record.models import Event
from record.services import open_change
from record.verify import verify_record
from tests.desk.conftest import text
from tests.factories import as_file, milestone, roadmap
from tests.people import finding, person, published
from tests.snapshot import load_once

pytestmark = pytest.mark.django_db

ORIGINAL, RUSSIAN, KAZAKH = "The body has met.", "Орган собрался.", "Орган жиналды."


@pytest.fixture(autouse=True)
def _roadmap(now, time_machine):
    time_machine.move_to(now, tick=False)
    load_once(as_file(roadmap(milestone("PR-01"), milestone("PR-02"))), now=now)


@pytest.fixture
def found(analyst, editor, now):
    return published("PR-01", analyst, editor, now=now, summary=ORIGINAL, language="en")


def said(assessment, by, language="ru", summary=RUSSIAN):
    with open_change(by=by.actor) as change:
        return translate(change, assessment, language=language, summary=summary, by=by)


def test_each_reader_sees_their_language_and_the_original_beside_it(found, analyst, client):
    said(found, analyst)
    assert verify_record() == []
    russian = text(client.get("/milestones/PR-01/?lang=ru"))
    assert RUSSIAN in russian
    assert "The analyst" in russian
    assert ORIGINAL in russian
    assert RUSSIAN not in text(client.get("/milestones/PR-01/?lang=en"))
    kazakh = text(client.get("/milestones/PR-01/?lang=kk"))
    assert ORIGINAL in kazakh
    assert RUSSIAN not in kazakh


@pytest.mark.parametrize(("route", "of"), [("milestones:card", ["PR-01"]), ("feed", [])])
def test_cards_and_feeds_say_it_too(found, analyst, client, route, of):
    said(found, analyst)
    assert RUSSIAN in client.get(f"{reverse(route, args=of)}?lang=ru").content.decode()


def test_the_past_does_not_know_a_later_translation_and_the_newest_is_shown(found, analyst, client):
    said(found, analyst, summary="Орган встретился.")
    said(found, analyst)
    first = Translation.objects.order_by("position").first()
    page = text(client.get("/milestones/PR-01/?lang=ru"))
    assert (RUSSIAN in page, "Орган встретился." in page) == (True, False)
    assert "Орган встретился." in text(client.get(f"/milestones/PR-01/?lang=ru&at={first.position}"))
    assert "Орган встретился." not in text(client.get(f"/milestones/PR-01/?lang=ru&at={first.position - 1}"))


def test_the_api_gives_every_language_and_takes_one(found, analyst, client):
    _token, word = make_token(user=analyst, name="Test", scopes=["assess"])
    headers = {"Authorization": f"Bearer {word}"}
    path = f"/api/v1/updates/{found.uid}/translations/"
    body = json.dumps({"language": "kk", "summary": KAZAKH})
    answer = client.post(path, body, content_type="application/json", headers=headers)
    assert answer.status_code == 200, answer.content
    told = {"language": "kk", "summary": KAZAKH, "by": "The analyst"}
    for update in (
        answer.json(),
        client.get(f"/api/v1/updates/{found.uid}/").json(),
        client.get("/api/v1/updates/").json()["results"][0],
        client.get("/api/v1/milestones/PR-01/").json()["latest_update"],
    ):
        [one] = update["translations"]
        assert told.items() <= one.items()
    assert client.post(path, body, content_type="application/json", headers=headers).status_code == 400
    assert client.post(path, body, content_type="application/json").status_code == 401


def test_the_lists_take_one_query_more_whatever_they_hold(found, analyst, editor, now, client):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            client.get("/api/v1/updates/")
        return len(asked)

    queries()  # the first one of a process asks more
    alone = queries()
    for code in ("PR-01", "PR-02"):
        said(published(code, analyst, editor, now=now, summary=f"About {code}"), analyst)
    assert queries() == alone


def test_a_confirmation_has_the_translation_of_the_words_that_it_repeats_and_a_correction_has_none(found, analyst, editor, now, client):
    said(found, analyst)
    with open_change(by=analyst.actor, now=now) as change:
        again = confirm_assessment(change, Milestone.objects.get(code="PR-01"), by=analyst)
        publish_assessment(change, again, by=editor)
    assert RUSSIAN in text(client.get("/milestones/PR-01/?lang=ru"))
    assert client.get(f"/api/v1/updates/{again.uid}/").json()["translations"]
    other = published("PR-01", analyst, editor, now=now, summary="It never met.")
    assert client.get(f"/api/v1/updates/{other.uid}/").json()["translations"] == []


def test_what_is_withdrawn_takes_its_translations_along(found, analyst, editor, client):
    said(found, analyst)
    with open_change(by=editor.actor) as change:
        withdraw(change, found, by=editor, reason="libel")
    assert set(Translation.objects.values_list("summary", "by")) == {("", "")}
    assert verify_record() == []
    with pytest.raises(Refused):
        said(found, analyst)


def test_one_that_is_wrong_is_withdrawn_alone_and_the_one_before_stands(found, analyst, editor, client):
    said(found, analyst)
    wrong = said(found, analyst, summary="Клевета.")
    with open_change(by=editor.actor) as change:
        withdraw(change, wrong, by=editor, reason="libel")
    assert RUSSIAN in text(client.get("/milestones/PR-01/?lang=ru"))
    assert verify_record() == []


@pytest.mark.parametrize(
    ("language", "summary"),
    [("en", "Its own"), ("ru", ""), ("ru", "  \u200b "), ("ru", "x" * 501), ("fr", "Oui"), ("", "x")],
)
def test_what_is_no_translation_is_refused(found, analyst, language, summary):
    before = Event.objects.position()
    with pytest.raises((Refused, ValidationError)):
        said(found, analyst, language, summary)
    assert (Event.objects.position(), Translation.objects.count()) == (before, 0)


def test_who_may_not_assess_it_translates_nothing_and_a_draft_is_not_translated(found, analyst):
    for stranger in (person("stakeholder", "reader"), person("analyst", "elsewhere", remit=["NO"])):
        with pytest.raises(NotAllowed):
            said(found, stranger)
    with open_change(by=analyst.actor) as change:
        draft = draft_assessment(change, Milestone.objects.get(code="PR-02"), by=analyst, values=finding())
    with pytest.raises(Refused):
        said(draft, analyst)


def test_the_queue_names_what_is_not_said_in_every_language_until_it_is(found, analyst, client):
    client.force_login(analyst)
    group = "Not said in every language"
    assert group in text(client.get("/desk/?lang=en"))
    said(found, analyst)
    assert group in text(client.get("/desk/?lang=en"))
    said(found, analyst, "kk", KAZAKH)
    assert group not in text(client.get("/desk/?lang=en"))


def test_at_the_desk_it_is_written_beside_the_finding_and_what_is_refused_stays_typed(found, analyst, client):
    client.force_login(analyst)
    path = f"/desk/assessments/{found.uid}/"
    assert "In other languages" in text(client.get(f"{path}?lang=en"))
    done = client.post(path, {"action": "translate", "language": "ru", "ru-summary": RUSSIAN})
    assert (done.status_code, done["Location"]) == (302, path)
    assert RUSSIAN in client.get(path).content.decode()
    again = client.post(path, {"action": "translate", "language": "en", "en-summary": "Typed in vain"})
    assert again.status_code == 400
    refused = client.post(path, {"action": "translate", "language": "kk", "kk-summary": "x" * 501})
    assert refused.status_code == 400
    assert "x" * 501 in refused.content.decode()
    assert Assessment.objects.get(pk=found.pk).summary == ORIGINAL


def test_a_comparison_names_what_happened_and_not_that_it_was_translated(found, analyst, editor, now, client, time_machine):
    time_machine.move_to(now + dt.timedelta(days=1), tick=False)
    other = published("PR-02", analyst, editor, now=now + dt.timedelta(days=1), summary=ORIGINAL)
    with open_change(by=analyst.actor, now=now + dt.timedelta(days=1)) as change:
        translate(change, other, language="ru", summary=RUSSIAN, by=analyst)
    page = text(client.get(f"/compare/?from={now.date()}&lang=en"))
    assert "An assessment was published" in page
    assert "An assessment was translated" not in page

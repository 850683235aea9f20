"""An editor alone, by every way on which findings are published: none leads round a second pair of eyes, and what had none says so."""

import datetime as dt
import io
import json
from contextlib import contextmanager

import openpyxl
import pypdf
import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.urls import reverse
from django.utils import timezone, translation

from common.refusals import NotAllowed
from exports.making import ask_for, make
from milestones.event_words import event_detail, event_title
from milestones.models import Assessment, Milestone
from milestones.services import (
    Item,
    apply_batch,
    change_evidence,
    confirm_assessment,
    edit_draft,
    publish_assessment,
    return_assessment,
    submit_assessment,
    take_back_batch,
    withdraw,
)
from proposals.models import Report
from proposals.services import switch_review, write_thing
from record.models import Event
from record.moments import now as current_moment
from record.services import open_change
from record.verify import verify_record
from roadmap_file.checking import BadFile
from roadmap_file.loading import load
from tests.admin.test_admin import form_of as admin_form_of
from tests.api.test_writing import FOUND, Program
from tests.desk.conftest import form_of, text
from tests.factories import as_file, milestone, roadmap
from tests.machine import needs
from tests.people import a_source, finding, person, published, recorded
from tests.snapshot import load_once

pytestmark = pytest.mark.django_db

MILESTONES = [*(milestone(code) for code in ("PR-01", "PR-02", "PR-03")), milestone("PR-S24", series="PR-S", edition=2024, due="2024")]
ALONE = "published without review"
HOUR = dt.timedelta(hours=1)


class Alone:
    """An editor with a browser and a token of every scope; on PR-01 waits what they have handed in, on PR-02 stands a reviewed finding."""

    def __init__(self, client, now):
        self.user, self.client = person("editor"), client
        self.other, self.boss = person("editor", "other"), person("administrator", "boss")
        self.analyst = person("analyst")
        published("PR-02", self.analyst, self.other, now=now)
        self.waiting = recorded("PR-01", self.user, now=now)
        client.force_login(self.user)
        client.get("/methodology/?lang=en")

    def program(self, *scopes):
        return Program(self.client, self.user, *(scopes or ("assess", "review", "plan")))

    @property
    def published(self):
        return Assessment.objects.filter(state="published", author=self.user)

    def switch(self, now, *, needed):
        with open_change(by=self.boss.actor, now=now) as change:
            switch_review(change, Report.objects.get(), needed=needed, by=self.boss)


@pytest.fixture
def alone(client, now, time_machine, settings, tmp_path):
    time_machine.move_to(now, tick=False)
    settings.STORAGES = settings.STORAGES | {"default": settings.STORAGES["default"] | {"OPTIONS": {"location": str(tmp_path)}}}
    load_once(as_file(roadmap(*MILESTONES)), now=now)
    return Alone(client, now)


def at(code):
    return Milestone.objects.select_related("proposal__report").get(code=code)


# What was handed in: every way on which it could be published


def page_of_review(alone):
    alone.client.post(f"/desk/assessments/{alone.waiting.uid}/", {"action": "publish"})


def form_again(alone):
    """Opened once more under its own name, as the form of a draft."""
    said = form_of(alone.client.get("/desk/milestones/PR-03/")) | {"draft": str(alone.waiting.uid), "action": "publish"}
    alone.client.post("/desk/milestones/PR-01/", said)


def round_at_the_desk(alone):
    address = alone.client.post("/desk/rounds/", {"name": "Mine"})["Location"]
    alone.client.post(address, {"action": "stage", "chosen": [str(alone.waiting.uid)]})
    alone.client.post(address, {"action": "publish"})


def by_token(alone):
    alone.program()("post", f"updates/{alone.waiting.uid}/publish/")


def round_by_token(alone):
    program = alone.program()
    made = program("post", "rounds/", {"name": "Mine", "updates": [str(alone.waiting.uid)]}).json()
    program("post", f"rounds/{made['id']}/publish/")


def returned_and_handed_in_again(alone):
    """By a program: the state is not theirs to set, and a second handing-in makes no second pair of eyes."""
    program = alone.program()
    program("post", f"updates/{alone.waiting.uid}/return/", {"comment": "Again"})
    program("patch", f"updates/{alone.waiting.uid}/", {"state": "published", "reviewed": True, "needs_review": False}, If_Match='"1.2"')
    program("post", f"updates/{alone.waiting.uid}/submit/")
    program("post", f"updates/{alone.waiting.uid}/publish/")


def administration(alone):
    said = {"state": "published", "needs_review": "", "reviewed": "on", "reviewer": str(alone.other.pk)}
    alone.client.post(reverse("admin:milestones_assessment_change", args=[alone.waiting.pk]), said)
    alone.client.post(
        reverse("admin:milestones_assessment_add"), said | {"milestone": str(at("PR-01").pk), "author": str(alone.analyst.pk)}
    )
    alone.client.post(reverse("admin:milestones_round_changelist"), {"action": "publish", "_selected_action": [str(alone.waiting.pk)]})


HANDED_IN = [
    page_of_review, form_again, round_at_the_desk, by_token, round_by_token, returned_and_handed_in_again, administration,
]  # fmt: skip


# What is found anew


def form(alone):
    said = form_of(alone.client.get("/desk/milestones/PR-03/")) | {
        "status": "in_progress", "summary": "Work goes on.", "effective_on": "2026-11-01", "language": "en",
        "e-0-address": "https://sample.example/1", "e-0-title": "A page", "e-0-kind": "official", "e-0-stance": "supports",
    }  # fmt: skip
    alone.client.post("/desk/milestones/PR-03/", said | {"action": "publish"})


def confirmation(alone):
    alone.client.post("/desk/milestones/PR-02/confirm/")


def recorded_by_token(alone):
    alone.program()("post", "milestones/PR-03/updates/", FOUND | {"action": "publish"})


def confirmed_by_token(alone):
    alone.program()("post", "milestones/PR-02/confirm/", {"action": "publish"})


def batch_by_token(alone):
    alone.program()("post", "milestones/batch-updates/", [FOUND | {"milestone": "PR-03", "action": "publish"}])


def step_by_step(alone):
    program = alone.program()
    made = program("post", "milestones/PR-03/updates/", FOUND).json()
    program("post", f"updates/{made['id']}/submit/")
    program("post", f"updates/{made['id']}/publish/")


ANEW = [form, confirmation, recorded_by_token, confirmed_by_token, batch_by_token, step_by_step]


@pytest.mark.parametrize("way", HANDED_IN + ANEW, ids=lambda way: way.__name__)
def test_an_editor_alone_publishes_nothing_while_review_is_needed(alone, way):
    way(alone)
    assert not alone.published.exists()
    assert (at("PR-01").status, at("PR-03").status, at("PR-02").current.author) == ("not_assessed", "not_assessed", alone.analyst)


@pytest.mark.parametrize("way", HANDED_IN, ids=lambda way: way.__name__)
def test_what_was_handed_in_before_review_was_switched_off_stays_under_review(alone, now, way):
    alone.switch(now, needed=False)
    way(alone)
    assert not alone.published.exists()
    with open_change(now=now) as change:
        publish_assessment(change, Assessment.objects.filter(milestone=at("PR-01")).get(), by=alone.other)
    assert alone.published.get().reviewed


@pytest.mark.parametrize("way", ANEW, ids=lambda way: way.__name__)
def test_what_is_found_after_review_was_switched_off_is_published_and_says_so(alone, now, way):
    alone.switch(now, needed=False)
    way(alone)
    assert not alone.published.get().reviewed
    assert Event.objects.latest("position").data["reviewed"] is False
    assert verify_record() == []


def test_no_finding_is_written_into_a_milestone(alone):
    """Neither by the administration of milestones nor over the API: what was found stands there because it was assessed."""
    before = Milestone.objects.values("status", "actual_host", "completed_on", "confidence", "assessed_on").get(code="PR-S24")
    found = {"status": "achieved", "actual_host": "KZ", "completed_on": "2024-06-01", "confidence": "high", "assessed_on": "2024-06-01"}
    address = reverse("admin:milestones_milestone_change", args=[at("PR-S24").pk])
    assert alone.client.post(address, admin_form_of(alone.client.get(address)) | found | {"title_en": "Renamed"}).status_code == 302
    program = alone.program()
    seen = program("get", "milestones/PR-S24/")["ETag"]
    for name, value in found.items():
        assert program("patch", "milestones/PR-S24/", {name: value}, If_Match=seen).status_code == 400, name
    assert at("PR-S24").title_en == "Renamed"
    assert Milestone.objects.values(*before).get(code="PR-S24") == before


# The switch


def change_form(client, **changes):
    address = reverse("admin:proposals_report_change", args=[Report.objects.get().pk])
    said = {name: value for name, value in (admin_form_of(client.get(address)) | changes).items() if value is not None}
    return client.post(address, said)


def admin_form(alone):
    assert change_form(alone.client, needs_review=None, title_en="Another title").status_code == 302
    assert Report.objects.get().title_en == "Another title"


def admin_list(alone):
    report = Report.objects.get()
    alone.client.post(
        reverse("admin:proposals_report_changelist"),
        {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "form-0-id": str(report.pk), "_save": "Save"},
    )


def patch(alone):
    alone.program()("patch", "reports/TEST/", {"needs_review": False}, If_Match='"1.x"')


def file(alone):
    """The loader is an operator's; but an editor may hand them a file."""
    data = roadmap(*MILESTONES)
    data["report"]["needs_review"] = False
    with pytest.raises(BadFile):
        load(as_file(data), now=timezone.now())


def sample_anew(alone):
    with pytest.raises(CommandError):
        call_command("load_sample")


def service(alone):
    with pytest.raises(NotAllowed), open_change() as change:
        switch_review(change, Report.objects.get(), needed=False, by=alone.user)


def service_of_things(alone):
    with pytest.raises(TypeError), open_change() as change:
        write_thing(change, Report.objects.get(), values={"needs_review": False})


@pytest.mark.parametrize(
    "way", [admin_form, admin_list, patch, file, sample_anew, service, service_of_things], ids=lambda way: way.__name__
)
def test_an_editor_does_not_switch_review_off(alone, way):
    way(alone)
    assert Report.objects.get().needs_review
    assert not Event.objects.filter(type="report.review_switched").exists()


@pytest.mark.parametrize(("role", "needed"), [("editor", True), ("administrator", False)])
def test_a_report_that_an_editor_adds_needs_review(alone, role, needed):
    alone.client.force_login(person(role, "adding"))
    address = reverse("admin:proposals_report_add")
    texts = {f"{name}_{language}": "Words" for name in ("title", "publisher") for language in ("ru", "en", "kk")}
    said = admin_form_of(alone.client.get(address)) | texts | {"code": "MINE", "published_on": "2026-01-01", "language": "ru"}
    said.pop("needs_review", None)
    answer = alone.client.post(address, said)
    assert answer.status_code == 302, text(answer)
    assert Report.objects.get(code="MINE").needs_review is needed
    assert alone.program()("post", "reports/", {"code": "OTHER", "needs_review": False}).status_code == 400


def test_an_administrator_switches_it_and_the_record_says_so(alone, now):
    alone.client.force_login(alone.boss)
    assert change_form(alone.client, needs_review=None).status_code == 302
    assert not Report.objects.get().needs_review
    assert change_form(alone.client, needs_review="on").status_code == 302
    assert Report.objects.get().needs_review
    said = list(Event.objects.filter(type="report.review_switched").order_by("position"))
    assert [(event.actor, event.report, event.data) for event in said] == [
        ("The boss", "TEST", {"code": "TEST", "needed": needed}) for needed in (False, True)
    ]
    words = set()
    for language in ("en", "ru", "kk"):
        with translation.override(language):
            words |= {event_title(said[0]), event_detail(said[0]), event_detail(said[1])}
        page = text(alone.client.get(f"/changes/?lang={language}"))
        with translation.override(language):
            assert event_detail(said[0]) in page
            assert event_detail(said[1]) in page
    assert len(words) == 9
    assert verify_record() == []


def test_switching_to_what_it_is_already_says_nothing(alone, now):
    before = Event.objects.count()
    alone.switch(now, needed=True)
    assert Event.objects.count() == before


# Off and on again


@contextmanager
def off(alone, now):
    alone.switch(now, needed=False)
    yield
    alone.switch(now, needed=True)


def steps(alone, now):
    """What is on its way of a finding: a draft of PR-03, handed in, published, each by the editor alone."""

    def begin():
        return recorded("PR-03", alone.user, now=now, action="draft")

    def edit(one):
        with open_change(now=now) as change:
            edit_draft(change, one, by=alone.user, values={"summary": "Edited"})

    def submit(one):
        with open_change(now=now) as change:
            submit_assessment(change, one, by=alone.user)

    def publish(one):
        with pytest.raises(NotAllowed), open_change(now=now) as change:
            publish_assessment(change, one, by=alone.user)

    return begin, edit, submit, publish


@pytest.mark.parametrize("while_on", ["begin", "edit", "submit"])
def test_a_finding_needs_review_if_any_step_of_its_way_was_while_review_was_needed(alone, now, while_on):
    begin, edit, submit, publish = steps(alone, now)
    if while_on == "begin":
        one = begin()
    else:
        with off(alone, now):
            one = begin()
        (edit if while_on == "edit" else submit)(one)
    with off(alone, now):
        if while_on != "submit":
            submit(one)
        publish(one)
        with open_change(now=now) as change:
            return_assessment(change, one, by=alone.other, comment="Again")
        edit(one)
        submit(one)
        publish(one)
    publish(one)
    one.refresh_from_db()
    assert (one.state, one.needs_review) == ("submitted", True)


def test_what_was_handed_in_without_review_needs_it_once_review_is_needed_again(alone, now):
    begin, _edit, submit, publish = steps(alone, now)
    with off(alone, now):
        one = begin()
        submit(one)
    publish(one)


def test_a_confirmation_begun_under_review_is_not_published_after_it(alone, now):
    with open_change(now=now) as change:
        one = confirm_assessment(change, at("PR-02"), by=alone.user)
    with off(alone, now), pytest.raises(NotAllowed), open_change(now=now) as change:
        publish_assessment(change, one, by=alone.user)
    with off(alone, now):
        alone.client.post("/desk/milestones/PR-02/confirm/")
        alone.program()("post", "milestones/PR-02/confirm/", {"action": "publish"})
    assert not alone.published.exists()


def test_the_form_of_a_draft_begun_under_review_offers_no_publishing(alone, now):
    recorded("PR-03", alone.user, now=now, action="draft")
    offered = 'name="action" value="publish"'
    alone.switch(now, needed=False)
    assert offered not in alone.client.get("/desk/milestones/PR-03/").content.decode()
    assert offered in alone.client.get("/desk/milestones/PR-02/").content.decode()


# Somebody else's hand


def test_who_edited_last_is_no_second_pair_of_eyes(alone, now):
    draft = recorded("PR-03", alone.analyst, now=now, action="draft")
    with open_change(now=now) as change:
        edit_draft(change, draft, by=alone.user, values={"status": "achieved", "completed_on": now.date(), "summary": "Mine"})
        submit_assessment(change, draft, by=alone.analyst)
    with pytest.raises(NotAllowed), open_change(now=now) as change:
        publish_assessment(change, draft, by=alone.user)


def test_without_review_neither_the_author_nor_the_last_editor_counts_as_one(alone, now):
    alone.switch(now, needed=False)
    for code, editor, by in (("PR-03", alone.user, alone.user), ("PR-02", alone.user, alone.analyst)):
        draft = recorded(code, alone.analyst, now=now, action="draft")
        with open_change(now=now) as change:
            edit_draft(change, draft, by=editor, values={"summary": "Edited"})
            submit_assessment(change, draft, by=editor)
            one = publish_assessment(change, draft, by=by)
        assert (one.reviewed, one.public_reviewer) == (False, "")
    assert verify_record() == []


def test_a_token_without_the_scope_of_a_reviewer_makes_no_reviewed_findings(alone, now):
    """Where no review is needed it publishes what its owner found, and nobody else's."""
    alone.switch(now, needed=False)
    theirs, own = recorded("PR-03", alone.analyst, now=now), recorded("PR-02", alone.user, now=now)
    program = alone.program("assess")
    assert program("post", f"updates/{theirs.uid}/publish/").status_code == 403
    assert program("post", f"updates/{own.uid}/publish/").json()["reviewed"] is False
    assert alone.program("assess", "review")("post", f"updates/{theirs.uid}/publish/").json()["reviewed"] is True


# Taking back


def batch_of(alone, now, code="PR-02", values=None):
    """A batch of one, handed in by the editor and published by another."""
    cites = ((a_source(alone.user), "supports"),) if values else ()
    with open_change(now=now) as change:
        batch = apply_batch(change, [Item(at(code), values, cites)], by=alone.user)
        publish_assessment(change, batch.assessments.get(), by=alone.other)
    return batch


def test_taking_back_says_that_nobody_reviewed_it(alone, now):
    batch = batch_of(alone, now, values=finding(status="suspended"))
    with open_change(now=now) as change:
        take_back_batch(change, batch, by=alone.user)
    one = at("PR-02")
    assert (one.status, one.current.reviewed, one.current.needs_review) == ("in_progress", False, False)
    assert ALONE in text(alone.client.get("/milestones/PR-02/?lang=en"))
    assert verify_record() == []


def test_what_stood_earlier_is_not_brought_back_by_withdrawing_what_stood_between(alone, now):
    """Status of long ago, corrected since: an editor who withdraws the correction and takes back a confirmation would publish it again."""
    published("PR-02", alone.analyst, alone.other, now=now, status="dropped", summary="Given up.")
    wrong = published("PR-02", alone.analyst, alone.other, now=now, status="agreed", summary="Not so.", reason="It was wrong.")
    batch = batch_of(alone, now)
    with open_change(now=now) as change:
        withdraw(change, wrong, by=alone.user, reason="mistake")
    with open_change(now=now) as change:
        outcome = take_back_batch(change, batch, by=alone.user)
    assert (outcome.corrected, outcome.overtaken, at("PR-02").status) == (0, ["PR-02"], "agreed")


# Said for ever


def whole(ending):
    with translation.override("en"):
        export = ask_for(ending, "", current_moment())
    assert make(export.pk)
    export.refresh_from_db()
    with export.file.open("rb") as made:
        return made.read()


def in_xlsx(content):
    head, *rows = openpyxl.load_workbook(io.BytesIO(content))["Assessments"].iter_rows(values_only=True)
    return {row["Milestone"]: (row["Reviewed"], row["Approved by"]) for row in (dict(zip(head, row, strict=True)) for row in rows)}


def in_json(content):
    return {row["milestone"]: (row["reviewed"], row["reviewer"]) for row in json.loads(content)["assessments"]}


@pytest.mark.parametrize(("ending", "read"), [("xlsx", in_xlsx), ("json", in_json)])
def test_files_say_for_ever_what_had_no_second_pair_of_eyes(alone, now, ending, read):
    alone.switch(now, needed=False)
    recorded("PR-01", alone.other, now=now, action="publish")
    alone.switch(now, needed=True)
    said = read(whole(ending))
    assert said["PR-02"] == (True, "The other")
    assert said["PR-01"][0] is False
    assert not said["PR-01"][1]


def test_what_is_printed_says_so_too(alone, now):
    needs("pango")
    alone.switch(now, needed=False)
    recorded("PR-01", alone.other, now=now, action="publish")
    pages = pypdf.PdfReader(io.BytesIO(whole("pdf"))).pages
    assert "\n".join(page.extract_text() for page in pages).count(ALONE) == 1


def test_page_and_answers_say_for_ever_what_had_no_second_pair_of_eyes(alone, now):
    alone.switch(now, needed=False)
    own = recorded("PR-01", alone.other, now=now, action="publish")
    alone.switch(now, needed=True)
    position = own.position
    for address in (f"/milestones/PR-01/?lang=en&at={position}", "/milestones/PR-01/?lang=en", "/changes/?lang=en"):
        assert ALONE in text(alone.client.get(address)), address
    assert ALONE not in text(alone.client.get("/milestones/PR-02/?lang=en"))
    answer = alone.client.get(f"/api/v1/updates/{own.uid}/").json()
    assert (answer["reviewed"], answer["reviewer"], answer["author"]) == (False, None, "The other")
    one = alone.client.get("/api/v1/milestones/PR-02/").json()["latest_update"]
    assert (one["reviewed"], one["reviewer"]) == (True, "The other")
    with translation.override("en"):
        assert ALONE in event_detail(Event.objects.get(position=position))
    assert verify_record() == []


# Held by the database


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"reviewed": True}, "reviewed_by_another"),
        ({"reviewed": False}, "had_its_review"),
        ({"reviewed": True, "needs_review": False}, "reviewed_by_another"),
        ({"reviewer": None, "reviewed": True}, "reviewed_by_another"),
    ],
)
def test_the_database_takes_no_finding_that_its_author_published_as_reviewed(alone, now, columns, constraint):
    said = {"state": "published", "published_at": now, "position": 99, "reviewer": alone.user} | columns
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Assessment.objects.filter(pk=alone.waiting.pk).update(**said)


@pytest.mark.django_db(transaction=True)
def test_old_rows_are_marked_by_the_migration(alone, now):
    """Published: by who published. On its way: by whether its report needed review at any time since."""
    before = recorded("PR-03", alone.other, now=now, action="draft")
    alone.switch(now + HOUR, needed=False)
    own = recorded("PR-02", alone.user, now=now + 2 * HOUR, action="publish")
    edited = recorded("PR-S24", alone.analyst, now=now + 2 * HOUR, action="draft")
    with open_change(now=now + 2 * HOUR) as change:
        edit_draft(change, edited, by=alone.user, values={"summary": "Edited"})
        submit_assessment(change, edited, by=alone.user)
        publish_assessment(change, edited, by=alone.user)
    draft = recorded("PR-03", alone.user, now=now + 2 * HOUR, action="draft")
    reviewed = Assessment.objects.get(milestone=at("PR-02"), author=alone.analyst)
    expected = {
        reviewed.pk: (True, None),
        own.pk: (False, None),
        edited.pk: (False, None),
        alone.waiting.pk: (False, True),
        before.pk: (False, True),
        draft.pk: (False, False),
    }
    for target in ("0011_add_short_titles", "0012_keep_who_reviewed"):
        executor = MigrationExecutor(connection)
        executor.migrate([("milestones", target)])
    assert {one.pk: (one.reviewed, one.needs_review) for one in Assessment.objects.all()} == expected


# A hand in it, though not the last one


def test_whose_words_stand_in_a_field_is_no_second_pair_of_eyes_though_another_edited_it_later(alone, now):
    draft = recorded("PR-03", alone.analyst, now=now, action="draft")
    with open_change(by=alone.user.actor, now=now) as change:
        edit_draft(change, draft, by=alone.user, values={"summary": "The editor's words"})
        edit_draft(change, draft, by=alone.analyst, values={"confidence": "high"})
        submit_assessment(change, draft, by=alone.analyst)
    with pytest.raises(NotAllowed), open_change(by=alone.user.actor, now=now) as change:
        publish_assessment(change, draft, by=alone.user)
    assert (
        "Publish" not in text(alone.client.get(f"/desk/assessments/{draft.uid}/?lang=en")).split("Public page")[1].split("Methodology")[0]
    )
    with open_change(by=alone.other.actor, now=now) as change:
        assert publish_assessment(change, draft, by=alone.other).reviewed


def test_words_that_were_written_over_since_are_nobodys_hand(alone, now):
    draft = recorded("PR-03", alone.analyst, now=now, action="draft")
    with open_change(by=alone.user.actor, now=now) as change:
        edit_draft(change, draft, by=alone.user, values={"summary": "The editor's words"})
        edit_draft(change, draft, by=alone.analyst, values={"summary": "The analyst's own"})
        submit_assessment(change, draft, by=alone.analyst)
        assert publish_assessment(change, draft, by=alone.user).reviewed


def test_who_put_its_evidence_right_is_no_second_pair_of_eyes(alone, now):
    source = a_source(alone.analyst)
    with open_change(by=alone.user.actor, now=now) as change:
        change_evidence(change, source, by=alone.user, values={"title": "The editor's title"})
    waiting = recorded("PR-03", alone.analyst, now=now, evidence=[(source, "supports")])
    with pytest.raises(NotAllowed), open_change(by=alone.user.actor, now=now) as change:
        publish_assessment(change, waiting, by=alone.user)


def test_where_no_review_is_asked_for_it_says_that_it_had_none(alone, now):
    alone.switch(now, needed=False)
    draft = recorded("PR-03", alone.analyst, now=now, action="draft")
    with open_change(by=alone.user.actor, now=now) as change:
        edit_draft(change, draft, by=alone.user, values={"summary": "The editor's words"})
        edit_draft(change, draft, by=alone.analyst, values={"confidence": "high"})
        submit_assessment(change, draft, by=alone.analyst)
        assert not publish_assessment(change, draft, by=alone.user).reviewed
    assert verify_record() == []

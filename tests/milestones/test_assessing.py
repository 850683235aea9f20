"""An assessment on its way from draft to publication, and everybody who may not take it there."""

import datetime as dt

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.utils import translation

from common.dates import PlannedDate
from common.refusals import NotAllowed, Refused
from milestones.models import Assessment, Evidence, Milestone, MilestoneVersion, Round
from milestones.services import (
    BatchRefused,
    EvidenceRefused,
    Item,
    RoundRefused,
    TransitionRefused,
    WithdrawalRefused,
    add_evidence,
    apply_batch,
    change_evidence,
    confirm_assessment,
    delete_draft,
    edit_draft,
    for_rules,
    move_date,
    open_round,
    publish_assessment,
    publish_round,
    read_in,
    record_assessment,
    return_assessment,
    set_archive_address,
    stage,
    submit_assessment,
    take_back_batch,
    unstage,
    withdraw,
)
from proposals.models import Report
from record.chain import salted_digest
from record.guard import lift_guard
from record.models import Event
from record.moments import Moment
from record.services import open_change
from record.verify import verify_record
from tests.factories import as_file, milestone, roadmap
from tests.people import a_source, finding, person, published, recorded
from tests.snapshot import load_once

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def _roadmap(now, time_machine, settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {"default": settings.STORAGES["default"] | {"OPTIONS": {"location": str(tmp_path)}}}
    time_machine.move_to(now, tick=False)
    load_once(
        as_file(roadmap(milestone("PR-01"), milestone("PR-02"), milestone("PR-S24", series="PR-S", edition=2024, due="2024"))), now=now
    )


def standing(code="PR-01"):
    return Milestone.objects.get(code=code)


def refused(error):
    return [problem.code for problem in error.value.problems]


def test_what_else_the_same_change_wrote_is_seen_when_an_assessment_is_published(analyst, editor, now):
    """One after the other in one change: each is published on what the one before left."""
    first = recorded("PR-01", analyst, now=now, status="suspended")
    second = recorded("PR-01", editor, now=now)
    with open_change(by="A third", now=now) as change:
        other = person("editor", "third")
        first, second = (read_in(change, for_rules().filter(pk=one.pk)) for one in (first, second))
        publish_assessment(change, first, by=other)
        move_date(change, standing(), field="forecast", to=PlannedDate.parse("2031"), category="political", by=other)
        publish_assessment(change, second, by=other)
    _submitted, moved, newest = Event.objects.order_by("-position")[:3][::-1]
    assert (moved.type, newest.data["from"], newest.data["forecast"]) == ("plan.changed", "suspended", "2031")
    assert str(standing().forecast_date) == "2031"
    assert verify_record() == []


def test_only_publishing_changes_the_milestone_and_one_event_says_so(analyst, editor, now):
    draft = recorded("PR-01", analyst, now=now, action="draft")
    with open_change(by=analyst.actor, now=now) as change:
        submit_assessment(change, draft, by=analyst)
    assert (standing().status, Event.objects.count()) == ("not_assessed", 1)
    with open_change(by=editor.actor, now=now) as change:
        publish_assessment(change, draft, by=editor)
    event = Event.objects.head()
    row = MilestoneVersion.objects.current().get(code="PR-01")
    draft.refresh_from_db()
    assert (event.type, event.milestone, event.actor, event.data["status"], event.data["from"]) == (
        "assessment.published", "PR-01", "The editor", "in_progress", "not_assessed",
    )  # fmt: skip
    assert (row.status, row.assessment, row.assessed_on, row.evidence_count) == ("in_progress", draft.uid, now.date(), 1)
    assert (draft.public_author, draft.public_reviewer, draft.position) == ("The analyst", "The editor", 2)
    assert verify_record() == []


def test_a_draft_may_lack_anything_and_names_everything_when_submitted(analyst, now):
    draft = recorded("PR-01", analyst, now=now, action="draft", evidence=[], status="achieved", summary="", effective_on=None)
    with pytest.raises(TransitionRefused) as error, open_change(now=now) as change:
        submit_assessment(change, draft, by=analyst)
    assert refused(error) == ["summary_missing", "completed_missing", "evidence_missing"]
    assert Assessment.objects.get().state == "draft"


def test_one_open_draft_per_analyst_and_milestone(analyst, now):
    first = recorded("PR-01", analyst, now=now, action="draft")
    second = recorded("PR-01", analyst, now=now, action="draft", summary="Again")
    assert (first.pk, Assessment.objects.get().summary) == (second.pk, "Again")
    with pytest.raises(IntegrityError), transaction.atomic():
        Assessment.objects.create(
            milestone=first.milestone, author=analyst, edited_by=analyst, created_at=now, updated_at=now, status="agreed"
        )


def test_four_eyes_look_at_the_author_and_at_whoever_edited_last(editor, now):
    second, third = person("editor", "second"), person("administrator", "third")
    own = recorded("PR-01", editor, now=now)
    with pytest.raises(NotAllowed) as error, open_change(now=now) as change:
        publish_assessment(change, own, by=editor)
    assert refused(error) == ["four_eyes"]
    for user in (editor, person("analyst", "reader", remit=["*"])):
        with pytest.raises(NotAllowed) as error, open_change(now=now) as change:
            return_assessment(change, own, by=user, comment="Which page?")
        assert refused(error) == ["four_eyes"]
    draft = recorded("PR-02", editor, now=now, action="draft")
    with open_change(now=now) as change:
        edit_draft(change, draft, by=second, values={"summary": "Edited"})
        submit_assessment(change, draft, by=editor)
    with pytest.raises(NotAllowed), open_change(now=now) as change:
        publish_assessment(change, draft, by=second)
    with open_change(now=now) as change:
        publish_assessment(change, draft, by=third)
    assert standing("PR-02").status == "in_progress"


def test_a_report_may_do_without_review(analyst, now):
    Report.objects.update(needs_review=False)
    assert recorded("PR-01", analyst, now=now, action="publish").state == "published"
    assert Assessment.objects.get().public_reviewer == ""


@pytest.mark.parametrize("role", ["stakeholder", "analyst"])
def test_nobody_assesses_outside_of_their_remit(role, now):
    user, friend = person(role, "user", remit=["OTHER"]), person("editor", "friend")
    with pytest.raises(NotAllowed):
        recorded("PR-01", user, now=now, evidence=[(a_source(friend), "supports")])
    assert not Assessment.objects.exists()


@pytest.mark.parametrize("remit", [["TEST"], ["PR"], ["KZ-ONE"], ["*"]])
def test_a_remit_is_reports_proposals_or_organisations(remit, now):
    assert recorded("PR-01", person("analyst", remit=remit), now=now).state == "submitted"


def test_the_assigned_analyst_assesses_without_a_remit(now):
    analyst = person("analyst", remit=[])
    Milestone.objects.filter(code="PR-01").update(analyst=analyst)
    assert recorded("PR-01", analyst, now=now).state == "submitted"


def test_somebody_elses_draft_is_not_touched(analyst, now):
    other = person("analyst", "other")
    draft = recorded("PR-01", analyst, now=now, action="draft")
    for attempt in (
        lambda change: edit_draft(change, draft, by=other, values={"summary": "Mine"}),
        lambda change: submit_assessment(change, draft, by=other),
        lambda change: delete_draft(change, draft, by=other),
        lambda change: publish_assessment(change, draft, by=other),
    ):
        with pytest.raises(NotAllowed), open_change(now=now) as change:
            attempt(change)


def test_what_is_returned_has_a_comment_and_is_edited_like_a_draft(analyst, editor, now):
    submitted = recorded("PR-01", analyst, now=now)
    with pytest.raises(TransitionRefused) as error, open_change(now=now) as change:
        return_assessment(change, submitted, by=editor, comment=" ")
    assert refused(error) == ["comment_missing"]
    with open_change(now=now) as change:
        return_assessment(change, submitted, by=editor, comment="Which page?")
    with open_change(now=now) as change:
        edit_draft(change, submitted, by=analyst, values={"summary": "Page 3"})
        submit_assessment(change, submitted, by=analyst)
        publish_assessment(change, submitted, by=editor)
    assert standing().current.summary == "Page 3"


def test_each_state_refuses_what_does_not_follow_it(analyst, editor, now):
    done = published("PR-01", analyst, editor, now=now)
    for attempt in (
        lambda change: edit_draft(change, done, by=analyst, values={"summary": "x"}),
        lambda change: submit_assessment(change, done, by=analyst),
        lambda change: return_assessment(change, done, by=editor, comment="x"),
        lambda change: publish_assessment(change, done, by=editor),
        lambda change: delete_draft(change, done, by=analyst),
    ):
        with pytest.raises(TransitionRefused), open_change(now=now) as change:
            attempt(change)
    assert Event.objects.count() == 2


def test_the_rules_are_asked_again_when_it_is_published(analyst, editor, now):
    early = recorded("PR-01", analyst, now=now, effective_on=dt.date(2026, 10, 1))
    published("PR-01", person("analyst", "second"), editor, now=now, effective_on=dt.date(2026, 11, 1))
    with pytest.raises(TransitionRefused) as error, open_change(now=now) as change:
        publish_assessment(change, early, by=editor)
    assert refused(error) == ["earlier_than_current"]


def test_a_correction_names_what_it_corrects_and_may_be_earlier(analyst, editor, now):
    wrong = published("PR-01", analyst, editor, now=now)
    right = published("PR-01", analyst, editor, now=now, status="not_started", effective_on=dt.date(2026, 1, 1), corrects=wrong)
    assert (standing().status, standing().current) == ("not_started", right)
    assert Event.objects.head().data["corrects"] == str(wrong.uid)
    assert list(Assessment.objects.published(Moment(now.date(), 2, past=True))) == [wrong]
    with pytest.raises(TransitionRefused) as error:
        recorded("PR-02", analyst, now=now, corrects=wrong)
    assert refused(error) == ["corrects_unknown"]


def test_confirming_reuses_words_and_evidence_and_goes_the_same_way(analyst, editor, now):
    first = published("PR-01", analyst, editor, now=now)
    later = now + dt.timedelta(days=200)
    with open_change(by=analyst.actor, now=later) as change:
        again = confirm_assessment(change, standing(), by=analyst)
    assert again.state == "submitted"
    with pytest.raises(TransitionRefused) as error, open_change(now=later) as change:
        confirm_assessment(change, standing(), by=analyst)
    assert refused(error) == ["confirmed_already"]
    with open_change(now=later) as change:
        publish_assessment(change, again, by=editor)
    again.refresh_from_db()
    assert (again.confirms, again.summary, list(again.evidence.all())) == (first, first.summary, list(first.evidence.all()))
    assert (standing().assessed_on, standing().effective_on) == (later.date(), first.effective_on)
    with pytest.raises(TransitionRefused), open_change(now=later) as change:
        confirm_assessment(change, standing("PR-02"), by=analyst)


def test_an_edition_says_who_really_was_host_and_a_forecast_stays_until_another_comes(analyst, editor, now):
    published("PR-S24", analyst, editor, now=now, actual_host="KZ", forecast_date=PlannedDate.parse("2027-Q1"))
    assert (standing("PR-S24").actual_host, str(standing("PR-S24").forecast_date)) == ("KZ", "2027-Q1")
    published("PR-S24", analyst, editor, now=now)
    assert str(standing("PR-S24").forecast_date) == "2027-Q1"


# Evidence


def test_cited_evidence_changes_only_in_what_is_outside_of_the_record(analyst, editor, now):
    source = a_source(analyst)
    with open_change() as change:
        change_evidence(change, source, by=analyst, values={"title": "Better"})
    published("PR-01", analyst, editor, now=now, evidence=[(source, "supports")])
    with pytest.raises(EvidenceRefused), open_change() as change:
        change_evidence(change, source, by=analyst, values={"title": "Worse"})
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Evidence.objects.update(title="Worse")
    with open_change() as change:
        set_archive_address(change, source, by=analyst, address="https://archive.example/1")
    assert (Evidence.objects.get().title, Evidence.objects.get().archive_address) == ("Better", "https://archive.example/1")
    assert verify_record() == []


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.exe", b"MZ", "file_type"),
        ("a.html", b"<script>", "file_type"),
        ("a.svg", b"<svg>", "file_type"),
        ("a.pdf", b"", "file_empty"),
        ("a.pdf", b"MZ not a pdf", "file_content"),
        ("a.docx", b"PK\x03\x04 broken", "file_content"),
        ("a.txt", b"a\x00b", "file_content"),
        ("a.pdf", b"%PDF-" + b"x" * 200, "file_size"),
        ("noending", b"x", "file_type"),
    ],
)
def test_a_file_is_what_its_name_says_or_is_not_taken(analyst, settings, name, content, code):
    settings.MAX_EVIDENCE_BYTES = 100
    with pytest.raises(Refused) as error, open_change() as change:
        add_evidence(change, by=analyst, values={"title": "T", "kind": "official"}, file=SimpleUploadedFile(name, content))
    assert refused(error) == [code]
    assert not Evidence.objects.exists()


def test_a_file_is_kept_with_its_hash(analyst):
    with open_change() as change:
        one = add_evidence(
            change, by=analyst, values={"title": "T", "kind": "official"}, file=SimpleUploadedFile("a.pdf", b"%PDF-1.7 text")
        )
    with one.file.open() as file:
        assert file.read() == b"%PDF-1.7 text"
    assert (len(one.content_hash), one.file_size, one.file_name) == (64, 13, "a.pdf")


def a_file(by, name="a.pdf"):
    with open_change(by=by.actor) as change:
        values = {"title": "T", "kind": "official"}
        return add_evidence(change, by=by, values=values, file=SimpleUploadedFile(name, b"%PDF-1.7 text"))


def test_a_file_that_is_replaced_leaves_the_disk(analyst, tmp_path, django_capture_on_commit_callbacks):
    one = a_file(analyst)
    with django_capture_on_commit_callbacks(execute=True), open_change(by=analyst.actor) as change:
        changed = change_evidence(change, one, by=analyst, values={}, file=SimpleUploadedFile("b.pdf", b"%PDF-1.7 right"))
    assert [path.read_bytes() for path in (tmp_path / "evidence").iterdir()] == [b"%PDF-1.7 right"]
    with open_change(by=analyst.actor) as change:
        change_evidence(change, changed, by=analyst, values={"title": "Another title"})
    assert len(list((tmp_path / "evidence").iterdir())) == 1


def test_a_file_that_outlived_its_withdrawal_is_noticed(analyst, editor, now, tmp_path, django_capture_on_commit_callbacks):
    one = a_file(analyst)
    published("PR-01", analyst, editor, now=now, evidence=[(one, "supports")])
    path = tmp_path / one.file.name
    with django_capture_on_commit_callbacks(execute=True), open_change(by=editor.actor, now=now) as change:
        withdraw(change, one, by=editor, reason="personal")
    assert (path.exists(), verify_record()) == (False, [])
    with pytest.raises(EvidenceRefused) as error, open_change(by=editor.actor, now=now) as change:
        set_archive_address(change, one, by=editor, address="https://archive.example/copy")
    assert (refused(error), verify_record()) == (["withheld"], [])
    path.write_bytes(b"as if the process had been killed before")
    assert verify_record() == [f"evidence {one.uid}: was withdrawn, and its file {one.file.name} is still there"]


def test_evidence_needs_an_address_or_a_file_and_a_title(analyst):
    for values, code in (
        ({"title": "T", "kind": "press"}, "address_missing"),
        ({"address": "https://a.example", "kind": "press"}, "title_missing"),
    ):
        with pytest.raises(EvidenceRefused) as error, open_change() as change:
            add_evidence(change, by=analyst, values=values)
        assert refused(error) == [code]


# Rounds and batches


def test_rounds_are_the_affair_of_editors(analyst, editor, now):
    one = recorded("PR-01", analyst, now=now)
    with open_change(now=now) as change:
        round_ = open_round(change, name="Round", by=editor)
        stage(change, round_, [one], by=editor)
    for attempt in (
        lambda change: open_round(change, name="Mine", by=analyst),
        lambda change: stage(change, round_, [one], by=analyst),
        lambda change: unstage(change, round_, [one], by=analyst),
        lambda change: publish_round(change, round_, by=analyst),
    ):
        with pytest.raises(NotAllowed), open_change(now=now) as change:
            attempt(change)
    assert list(round_.assessments.values_list("state", flat=True)) == ["submitted"]


def test_a_round_is_published_whole_or_not_at_all(analyst, editor, now):
    good, bad = recorded("PR-01", analyst, now=now), recorded("PR-02", analyst, now=now)
    with open_change(now=now) as change:
        round_ = open_round(change, name="Autumn", by=editor)
        assert stage(change, round_, [good, bad], by=editor) == 2
    Assessment.objects.filter(pk=bad.pk).update(effective_on=dt.date(2027, 1, 1))
    with pytest.raises(RoundRefused) as error, open_change(now=now) as change:
        publish_round(change, round_, by=editor)
    assert [(one.pointer, one.code) for one in error.value.problems] == [("PR-02", "effective_in_future")]
    assert (standing().status, Event.objects.count()) == ("not_assessed", 1)
    with open_change(now=now) as change:
        assert unstage(change, round_, [bad], by=editor) == 1
        publish_round(change, round_, by=editor)
    assert [event.type for event in Event.objects.all()] == ["roadmap.loaded", "assessment.published", "round.published"]
    seen = [list(Round.objects.published(Moment(now.date(), position, past=True))) for position in (2, 3)]
    assert seen == [[], [round_]], "earlier than its own position it is not there"
    with pytest.raises(TransitionRefused), open_change(now=now) as change:
        publish_round(change, round_, by=editor)
    assert verify_record() == []


def test_a_batch_is_recorded_whole_or_not_at_all(analyst, now):
    cites = ((a_source(analyst), "supports"),)
    items = [Item(standing("PR-01"), finding(), cites), Item(standing("PR-02"), finding())]
    with pytest.raises(BatchRefused) as error, open_change(now=now) as change:
        apply_batch(change, items, by=analyst)
    assert [(one.pointer, one.code) for one in error.value.problems] == [("1/evidence", "evidence_missing")]
    assert not Assessment.objects.exists()
    with open_change(now=now) as change:
        batch = apply_batch(change, [items[0], Item(standing("PR-02"), finding(), cites)], by=analyst)
    assert batch.assessments.filter(state="submitted").count() == 2


def test_a_batch_is_taken_back_whole(analyst, editor, now):
    before = published("PR-01", analyst, editor, now=now, status="agreed", forecast_date=PlannedDate.parse("2027"))
    day = now + dt.timedelta(days=5)
    cites = ((a_source(analyst), "supports"),)
    moved = finding(forecast_date=PlannedDate.parse("2029"))
    with open_change(now=day) as change:
        batch = apply_batch(
            change,
            [Item(standing("PR-01"), moved, cites), Item(standing("PR-02"), finding(), cites), Item(standing("PR-S24"), finding(), cites)],
            by=analyst,
        )
    for one in batch.assessments.filter(milestone__code__in=["PR-01", "PR-02"]):
        with open_change(now=day) as change:
            publish_assessment(change, one, by=editor)
    with pytest.raises(NotAllowed), open_change(now=day) as change:
        take_back_batch(change, batch, by=analyst)
    with open_change(by=editor.actor, now=day) as change:
        outcome = take_back_batch(change, batch, by=editor)
    assert (outcome.deleted, outcome.corrected, outcome.overtaken) == (1, 2, [])
    one = standing("PR-01")
    assert (one.status, one.assessed_on, str(one.forecast_date)) == ("agreed", now.date(), "2027")
    assert (one.current.corrects.batch, one.current.summary) == (batch, before.summary)
    assert (standing("PR-02").status, standing("PR-02").current, standing("PR-02").assessed_on) == ("not_assessed", None, None)
    with pytest.raises(TransitionRefused), open_change(now=day) as change:
        take_back_batch(change, batch, by=editor)
    assert verify_record() == []


def test_what_was_overtaken_stays_when_a_batch_is_taken_back(analyst, editor, now):
    cites = ((a_source(analyst), "supports"),)
    with open_change(now=now) as change:
        batch = apply_batch(change, [Item(standing("PR-01"), finding(), cites)], by=analyst)
        publish_assessment(change, batch.assessments.get(), by=editor)
    published("PR-01", analyst, editor, now=now, status="suspended")
    with open_change(now=now) as change:
        assert take_back_batch(change, batch, by=editor).overtaken == ["PR-01"]
    assert standing().status == "suspended"


# Withdrawal


def test_a_withdrawal_empties_the_words_and_keeps_the_chain_whole(analyst, editor, now, settings):
    source = a_source(analyst, title="Slander")
    one = published("PR-01", analyst, editor, now=now, summary="Libel", evidence=[(source, "supports")])
    with open_change(by=editor.actor, now=now) as change:
        withdraw(change, one, by=editor, reason="libel")
    with open_change(by=editor.actor, now=now) as change:
        withdraw(change, source, by=editor, reason="libel")
    one.refresh_from_db()
    assert (one.summary, one.status, one.withheld) == ("", "in_progress", 3)
    assert [stub.withheld for stub in Assessment.objects.published(Moment(now.date(), 2, past=True))] == [3]
    assert MilestoneVersion.objects.current().get(code="PR-01").evidence_count == 0
    stub = Event.objects.get(position=2)
    assert (stub.data, stub.actor, stub.withheld) == ({}, "", 3)
    everything = " ".join(str(row) for model in (Assessment, Evidence, Event) for row in model.objects.values())
    assert "Libel" not in everything
    assert "Slander" not in everything
    source.refresh_from_db()
    assert {row.salt for row in (one, source, stub)} == {""}, "with it, somebody could try out what it said"
    assert verify_record() == []
    with pytest.raises(WithdrawalRefused), open_change(now=now) as change:
        withdraw(change, one, by=editor, reason="libel")


def test_a_row_that_a_withdrawal_does_not_name_is_noticed(analyst, editor, now):
    goes, stays = (published(code, analyst, editor, now=now) for code in ("PR-01", "PR-02"))
    with open_change(by=editor.actor, now=now) as change:
        withdraw(change, goes, by=editor, reason="libel")
    emptied = Assessment.objects.filter(pk=stays.pk)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        emptied.update(**stays.emptied(), withheld=4)
    lift_guard()
    emptied.update(**stays.emptied(), withheld=4)
    assert f"{stays.record_key}: withheld by position 4, which does not name it" in verify_record()


def test_earlier_versions_of_a_text_are_withdrawn_after_it_was_put_right(editor, now):
    one = standing()
    one.description_en = "A private name"
    one.save()
    from milestones.services import keep_milestone

    with open_change(now=now) as change:
        keep_milestone(change, one, added=False)
        one.description_en = ""
        one.save()
        keep_milestone(change, one, added=False)
        withdraw(change, one, by=editor, reason="personal")
    rows = MilestoneVersion.objects.filter(code="PR-01").order_by("first")
    assert [row.description_en for row in rows] == ["", "", ""]
    assert [row.withheld for row in rows] == [4, 4, None]
    assert "private" not in str(list(MilestoneVersion.objects.values()))
    assert [bool(row.salt) for row in rows] == [False, False, True]
    with open_change(now=now) as change:
        one.description_en = "Another name"
        one.save()
        keep_milestone(change, one, added=False)
        one.description_en = ""
        one.save()
        keep_milestone(change, one, added=False)
        withdraw(change, one, by=editor, reason="personal")
    assert list(rows.values_list("withheld", flat=True)) == [4, 4, 7, 7, None], "each by the withdrawal that emptied it"
    with pytest.raises(WithdrawalRefused), open_change(now=now) as change:
        withdraw(change, one, by=editor, reason="personal")
    with translation.override("en"):
        assert rows[0].title == "[withheld]"
    assert verify_record() == []


def test_only_editors_withdraw_and_only_with_a_reason(analyst, editor, now):
    one = published("PR-01", analyst, editor, now=now)
    with pytest.raises(NotAllowed), open_change(now=now) as change:
        withdraw(change, one, by=analyst, reason="libel")
    with pytest.raises(WithdrawalRefused), open_change(now=now) as change:
        withdraw(change, one, by=editor, reason="mood")
    with pytest.raises(WithdrawalRefused), open_change(now=now) as change:
        withdraw(change, recorded("PR-02", analyst, now=now), by=editor, reason="libel")


def test_an_action_in_one_go(editor, now):
    with open_change(now=now) as change:
        assert record_assessment(change, standing(), by=editor, values=finding(), action="draft").state == "draft"


# What a hostile reader found


def confirmed(code, by, now):
    with open_change(by=by.actor, now=now) as change:
        return confirm_assessment(change, standing(code), by=by)


def test_a_confirmation_of_what_no_longer_stands_is_not_published(analyst, editor, now):
    first = published("PR-01", analyst, editor, now=now)
    waiting = confirmed("PR-01", person("analyst", "second"), now)
    published("PR-01", analyst, editor, now=now, status="not_started", corrects=first)
    with pytest.raises(TransitionRefused) as error, open_change(now=now) as change:
        publish_assessment(change, waiting, by=editor)
    assert refused(error) == ["confirms_past"]
    assert standing().status == "not_started"


def test_a_withdrawal_takes_the_copies_along_and_what_would_repeat_it(analyst, editor, now):
    first = published("PR-01", analyst, editor, now=now, summary="Libel")
    for _again in range(2):
        with open_change(now=now) as change:
            publish_assessment(change, confirmed("PR-01", analyst, now), by=editor)
    waiting = confirmed("PR-01", analyst, now)
    with open_change(now=now) as change:
        withdraw(change, first, by=editor, reason="libel")
    assert not Assessment.objects.filter(state="published", summary="Libel").exists()
    with pytest.raises(TransitionRefused), open_change(now=now) as change:
        publish_assessment(change, waiting, by=editor)
    assert verify_record() == []


def test_an_edited_confirmation_confirms_no_more(analyst, editor, now):
    published("PR-01", analyst, editor, now=now)
    confirmation = confirmed("PR-01", analyst, now)
    with open_change(now=now) as change:
        return_assessment(change, confirmation, by=editor, comment="Look again")
        edit_draft(change, confirmation, by=analyst, values={"status": "dropped"})
    confirmation.refresh_from_db()
    assert confirmation.confirms is None


def test_a_batch_that_is_taken_back_leaves_later_moves_alone(analyst, editor, now):
    from milestones.services import move_date

    published("PR-01", analyst, editor, now=now, forecast_date=PlannedDate.parse("2027"))
    with open_change(now=now) as change:
        batch = apply_batch(change, [Item(standing(), finding(), ((a_source(analyst), "supports"),))], by=analyst)
        publish_assessment(change, batch.assessments.get(), by=editor)
        move_date(change, standing(), field="forecast", to=PlannedDate.parse("2029"), category="external", by=editor)
    with open_change(now=now) as change:
        take_back_batch(change, batch, by=editor)
    assert str(standing().forecast_date) == "2029"


def forecast_moved(to, now, by, field="forecast"):
    with open_change(by=by.actor, now=now) as change:
        move_date(change, standing(), field=field, to=PlannedDate.parse(to), category="external", by=by)


def published_at(one, now, by):
    with open_change(by=by.actor, now=now) as change:
        publish_assessment(change, one, by=by)


def told_forecasts():
    """What the milestone, its version and the event of the publication say, in this order."""
    said = Event.objects.filter(type="assessment.published").latest("position").data["forecast"]
    return [str(standing().forecast_date), str(MilestoneVersion.objects.current().get(code="PR-01").forecast_date), said]


def test_a_forecast_that_was_moved_after_a_finding_was_handed_in_is_not_overwritten_by_it(analyst, editor, now):
    one = recorded("PR-01", analyst, now=now, forecast_date=PlannedDate.parse("2028"))
    forecast_moved("2029", now + HOUR, editor)
    published_at(one, now + 2 * HOUR, editor)
    assert (standing().status, told_forecasts()) == ("in_progress", ["2029"] * 3)
    assert verify_record() == []


def test_a_finding_handed_in_after_the_forecast_was_moved_gives_its_own(analyst, editor, now):
    forecast_moved("2029", now, editor)
    published_at(recorded("PR-01", analyst, now=now + HOUR, forecast_date=PlannedDate.parse("2028")), now + 2 * HOUR, editor)
    assert told_forecasts() == ["2028"] * 3
    assert verify_record() == []


def test_a_finding_handed_in_again_after_the_move_gives_its_own(analyst, editor, now):
    """It was returned meanwhile: who hands it in again has seen the move."""
    one = recorded("PR-01", analyst, now=now, forecast_date=PlannedDate.parse("2028"))
    forecast_moved("2029", now + HOUR, editor)
    with open_change(by=editor.actor, now=now + 2 * HOUR) as change:
        return_assessment(change, one, by=editor, comment="Look again")
    with open_change(by=analyst.actor, now=now + 3 * HOUR) as change:
        submit_assessment(change, one, by=analyst)
    published_at(one, now + 4 * HOUR, editor)
    assert told_forecasts() == ["2028"] * 3


def test_only_a_move_of_this_forecast_keeps_out_that_of_a_finding(analyst, editor, now):
    """Neither a moved due date nor another milestone's forecast does."""
    one = recorded("PR-01", analyst, now=now, forecast_date=PlannedDate.parse("2028"))
    forecast_moved("2029", now + HOUR, editor, field="due")
    with open_change(by=editor.actor, now=now + HOUR) as change:
        move_date(change, standing("PR-02"), field="forecast", to=PlannedDate.parse("2029"), category="external", by=editor)
    published_at(one, now + 2 * HOUR, editor)
    assert told_forecasts() == ["2028"] * 3


def test_a_forecast_moved_after_a_round_was_staged_stands_when_the_round_is_published(analyst, editor, now):
    one = recorded("PR-01", analyst, now=now, forecast_date=PlannedDate.parse("2028"))
    with open_change(by=editor.actor, now=now) as change:
        round_ = open_round(change, name="Autumn", by=editor)
        stage(change, round_, [one], by=editor)
    forecast_moved("2029", now + HOUR, editor)
    with open_change(by=editor.actor, now=now + 2 * HOUR) as change:
        publish_round(change, round_, by=editor)
    assert told_forecasts() == ["2029"] * 3


def test_returning_to_somebody_with_another_draft_says_so(analyst, editor, now):
    submitted = recorded("PR-01", analyst, now=now)
    recorded("PR-01", analyst, now=now, action="draft")
    with pytest.raises(TransitionRefused) as error, open_change(now=now) as change:
        return_assessment(change, submitted, by=editor, comment="No")
    assert refused(error) == ["draft_open"]
    with pytest.raises(BatchRefused) as error, open_change(now=now) as change:
        apply_batch(change, [Item(standing(), finding())], by=analyst, action="draft")
    assert refused(error) == ["draft_open"]


def test_what_was_deleted_meanwhile_is_told(analyst, editor, now):
    draft = recorded("PR-01", analyst, now=now, action="draft")
    with open_change(now=now) as change:
        delete_draft(change, draft, by=analyst)
    with pytest.raises(TransitionRefused) as error, open_change(now=now) as change:
        submit_assessment(change, draft, by=analyst)
    assert refused(error) == ["gone"]


def test_a_submitted_one_is_deleted_by_nobody(analyst, editor, now):
    submitted = recorded("PR-01", analyst, now=now)
    for user in (analyst, editor):
        with pytest.raises(Refused), open_change(now=now) as change:
            delete_draft(change, submitted, by=user)


def test_only_those_whose_it_is_keep_the_copy_of_evidence(analyst, editor, now):
    source = a_source(analyst)
    published("PR-01", analyst, editor, now=now, evidence=[(source, "supports")])
    with pytest.raises(NotAllowed), open_change() as change:
        set_archive_address(change, source, by=person("analyst", "elsewhere", remit=["OTHER"]), address="https://evil.example")


def test_a_page_notices_a_new_archive_address(analyst, editor, client, now):
    source = a_source(analyst)
    published("PR-01", analyst, editor, now=now, evidence=[(source, "supports")])
    first = client.get("/milestones/PR-01/")
    with open_change() as change:
        set_archive_address(change, source, by=editor, address="https://copy.example/1")
    again = client.get("/milestones/PR-01/", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, "https://copy.example/1" in again.content.decode()) == (200, True)


@pytest.mark.parametrize("content", [b"\x00", b"PK"])
def test_a_broken_archive_is_no_document(analyst, content):
    import io
    import zipfile

    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("word/a.xml", content)
    for old, new in ((b"word/a.xml", b"\xff\xfe\xffd/a.xml"), (b"PK\x01\x02\x14\x03\x14", b"PK\x01\x02\x14\x03\xc8")):
        broken = whole.getvalue().replace(old, new)
        if old == b"word/a.xml":
            broken = broken.replace(b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x00\x08")
        with pytest.raises(Refused) as error, open_change() as change:
            add_evidence(change, by=analyst, values={"title": "T", "kind": "other"}, file=SimpleUploadedFile("a.docx", broken))
        assert refused(error) == ["file_content"]


# Behind the guard


def test_what_was_published_before_reviews_were_kept_has_the_digest_that_it_had(analyst, editor, now):
    """The content as it was sealed then, written out; the same row with the new columns is sealed by more."""
    source = a_source(analyst)
    one = published("PR-01", analyst, editor, now=now, evidence=[(source, "supports")])
    source.refresh_from_db()
    content = {
        "id": str(one.uid), "milestone": "PR-01", "status": "in_progress", "confidence": "", "effective_on": "2026-11-01",
        "completed_on": None, "forecast": "", "actual_host": "", "summary": "Work goes on.", "language": "en", "internal_note": "",
        "reason": "", "corrects": None, "confirms": None, "published_at": "2026-11-23T09:00:00.000000+00:00", "position": one.position,
        "public_author": "The analyst", "public_reviewer": "The editor", "author_id": analyst.pk, "reviewer_id": editor.pk,
        "evidence": [[str(source.uid), "supports", source.digest]],
    }  # fmt: skip
    kept = content | {"edited_by_id": analyst.pk, "needs_review": True, "reviewed": True}
    assert one.digest == salted_digest(one.salt, kept)
    one.needs_review, one.digest = None, salted_digest(one.salt, content)
    assert one.is_intact()
    for needs_review in (True, False):
        one.needs_review = needs_review
        assert not one.is_intact()


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE milestones_assessment SET summary = 'Forged' WHERE state = 'published'", "the content is not what was recorded"),
        ("UPDATE milestones_assessment SET internal_note = 'Forged' WHERE state = 'published'", "the content is not what was recorded"),
        ("UPDATE milestones_assessment SET needs_review = false", "the content is not what was recorded"),
        ("UPDATE milestones_assessment SET needs_review = NULL", "the content is not what was recorded"),
        (
            "UPDATE milestones_assessment SET reviewed = false, reviewer_id = author_id, needs_review = false",
            "the content is not what was recorded",
        ),
        ("UPDATE milestones_citation SET stance = 'contradicts'", "the content is not what was recorded"),
        ("DELETE FROM milestones_citation", "the content is not what was recorded"),
        ("UPDATE milestones_evidence SET title = 'Forged', cited = false", "is not what was cited"),
        ("UPDATE milestones_evidence SET file = 'evidence/other.pdf'", "its file is not what was cited"),
        ("UPDATE milestones_assessment SET withheld = 2, summary = ''", "which is no withdrawal"),
        ("UPDATE milestones_milestone SET status = 'suspended' WHERE code = 'PR-01'", "its newest assessment"),
        ("UPDATE milestones_planchange SET note = 'Forged'", "the content is not what was recorded"),
        ("DELETE FROM milestones_planchange", "what plan.changed announced is missing"),
        ("UPDATE proposals_riskassessment SET impact = 5", "the content is not what was recorded"),
        ("DELETE FROM proposals_indicatorvalue", "what indicator.measured announced is missing"),
        ("UPDATE milestones_round SET name = 'Forged'", "no event at position"),
        ("UPDATE milestones_baselinedate SET due = '2031-12-31', due_precision = 'day'", "dates are not what was frozen"),
        (
            ("INSERT INTO proposals_riskassessment (risk_id, likelihood, impact, assessed_on, note, by, position, salt, digest) "
            "SELECT risk_id, 1, 1, assessed_on, '', '', 1, '', 'x' FROM proposals_riskassessment"),
            "no event at position 1 carries its digest",
        ),
    ],
)  # fmt: skip
def test_what_is_changed_behind_the_guard_is_refused_and_when_it_is_lifted_found(analyst, editor, now, statement, found):
    from decimal import Decimal

    from django.db import connection

    from milestones.services import move_date
    from proposals.models import Indicator, Risk
    from proposals.services import assess_risk, record_value

    with open_change() as change:
        source = add_evidence(change, by=analyst, values={"title": "T", "kind": "official"}, file=SimpleUploadedFile("a.pdf", b"%PDF-1.7"))
    one = recorded("PR-01", analyst, now=now, evidence=[(source, "supports")])
    with open_change(now=now) as change:
        round_ = open_round(change, name="Round", by=editor)
        stage(change, round_, [one], by=editor)
        publish_round(change, round_, by=editor)
        move_date(change, standing("PR-02"), field="due", to=PlannedDate.parse("2028"), category="external", note="n", by=editor)
        assess_risk(change, Risk.objects.get(), likelihood=3, impact=3, by=editor)
        record_value(change, Indicator.objects.get(), measured=PlannedDate.parse("2025"), value=Decimal(3), by=editor, source_title="S")
    assert verify_record() == []
    unguarded = ("milestones_milestone ", "milestones_round", "INSERT", "withheld")
    if not any(word in statement for word in unguarded):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    lift_guard()
    with connection.cursor() as cursor:
        cursor.execute(statement)
    assert any(found in fault for fault in verify_record()), verify_record()


@pytest.mark.parametrize(("status", "confidential", "told"), [("agreed", True, True), ("agreed", False, False), ("suspended", True, False)])
def test_a_reader_is_told_when_nothing_that_supports_a_status_is_public(analyst, editor, now, client, status, confidential, told):
    secret = a_source(analyst, title="A private letter", confidential=confidential)
    published("PR-01", analyst, editor, now=now, status=status, evidence=[(secret, "supports")])
    page = client.get("/milestones/PR-01/?lang=en").content.decode()
    assert ("The evidence that supports this is not public." in page) == told
    assert ("A private letter" in page) == (not confidential)


# What was withdrawn is for nobody to open but editors


def sees(user, model=Evidence):
    return set(model.objects.visible_to(user).values_list("pk", flat=True))


def test_withdrawn_evidence_is_opened_by_editors_only(analyst, editor, now, client):
    stays, goes = a_source(analyst), a_source(analyst, title="Slander", address="https://sample.example/two")
    published("PR-01", analyst, editor, now=now, evidence=[(stays, "supports"), (goes, "supports")])
    readers = [AnonymousUser(), person("stakeholder"), analyst, person("analyst", "second", remit=["PR"])]
    assert [sees(one) for one in readers] == [{stays.pk, goes.pk}] * 4
    with open_change(by=editor.actor, now=now) as change:
        withdraw(change, goes, by=editor, reason="libel")
    assert [sees(one) for one in readers] == [{stays.pk}] * 4
    assert sees(editor) == {stays.pk, goes.pk}
    answers = []
    for user in (analyst, editor):
        client.force_login(user)
        answers += [client.get(f"/desk/evidence/{one.uid}/").status_code for one in (stays, goes)]
    assert answers == [200, 404, 200, 200]


def test_a_withdrawn_assessment_is_opened_by_its_author_and_editors_only(analyst, editor, now, client):
    stays, goes = (published(code, analyst, editor, now=now, summary=code) for code in ("PR-01", "PR-02"))
    second = person("analyst", "second", remit=["*"])
    assert sees(second, Assessment) == {stays.pk, goes.pk}
    with open_change(by=editor.actor, now=now) as change:
        withdraw(change, goes, by=editor, reason="libel")
    assert sees(second, Assessment) == {stays.pk}
    assert sees(analyst, Assessment) == sees(editor, Assessment) == {stays.pk, goes.pk}
    client.force_login(second)
    assert [client.get(f"/desk/assessments/{one.uid}/").status_code for one in (stays, goes)] == [200, 404]

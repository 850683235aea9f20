"""A file against what it was made from and what stands now: it does what two people at two forms would have done."""

import pytest
from django.db import transaction
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.refusals import Refused
from milestones.desk.forms import FindingForm, MoveForm, initial_of
from milestones.models import Assessment, Milestone, PlanChange
from milestones.services import draft_assessment, move_date, publish_assessment, submit_assessment, withdraw
from record.services import open_change
from record.verify import verify_record
from tests.desk.conftest import form_of, text
from tests.desk.sheets import brought, edited, faults, moves, read, taken_out
from tests.people import a_source, person, published

CODES = ("PR-01", "PR-02", "PR-S24")


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def _first(analyst, editor, now):
    published("PR-01", analyst, editor, now=now, summary="Work goes on.", confidence="low")


@pytest.fixture
def colleague(db):
    return person("analyst", "colleague")


def moved(editor, code="PR-01", field="due", to="2028"):
    from common.dates import PlannedDate

    with open_change(by=editor.actor) as change:
        move_date(change, Milestone.objects.get(code=code), field=field, to=PlannedDate.parse(to), category="external", by=editor)


def typed(content, changes, name="a.xlsx"):
    """A file of the desk with some cells typed over."""
    from milestones.spreadsheets.tables import write_table

    table = edited(read(content, name), changes)
    rows = [[cell.text for cell in row.cells.values()] for row in table.rows]
    return write_table(list(table.headings), rows, title="plan", ending=name.rpartition(".")[2])


def answered(outcome, option):
    return {question.key: question.options[option][0] for question in outcome.questions}


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_an_untouched_row_says_nothing_again_whatever_was_published_since(analyst, colleague, editor, now, ending):
    """Yesterday's file submitted a superseded finding again, unannounced."""
    content = taken_out("assessments", analyst, ending)
    published("PR-01", colleague, editor, now=now, status="suspended", summary="Stopped.", confidence="high")
    moved(editor)
    outcome = brought(content, analyst, name=f"a.{ending}", kind="assessments", submit=True)
    assert (outcome.errors, outcome.questions, outcome.changed, outcome.unchanged) == ([], [], [], 3)
    assert Assessment.objects.exclude(state="published").count() == 0


def test_a_changed_cell_goes_into_what_others_published_since(analyst, colleague, editor, now):
    content = typed(taken_out("assessments", analyst), {"PR-01": {"confidence": "medium"}})
    published("PR-01", colleague, editor, now=now, status="suspended", summary="Stopped.", confidence="low")
    outcome = brought(content, analyst, kind="assessments", submit=True)
    assert moves(outcome) == [("F2", "PR-01", "low", "medium")]
    found = Assessment.objects.get(state="submitted")
    assert (found.status, found.summary, found.confidence) == ("suspended", "Stopped.", "medium")


@pytest.mark.parametrize(("option", "due"), [(0, "2028"), (1, "2029-06")])
def test_a_clash_shows_both_and_asks(editor, option, due):
    content = typed(taken_out("plan", editor), {"PR-01": {"due": "2029-06", "reason": "external"}})
    moved(editor)
    asked = brought(content, editor)
    (question,) = asked.questions
    assert [label for _value, label in question.options] == ["2028, which stands now", "2029-06, of the file"]
    assert (question.place.where, "from “2027-Q2”" in question.text) == ("Sheet “plan”, row 2, column C, due", True)
    assert (asked.changed, str(Milestone.objects.get(code="PR-01").due_date)) == ([], "2028")
    brought(content, editor, answers=answered(asked, option))
    assert str(Milestone.objects.get(code="PR-01").due_date) == due


def test_an_answer_is_about_what_was_shown(editor):
    content = typed(taken_out("plan", editor), {"PR-01": {"due": "2029-06", "reason": "external"}})
    moved(editor)
    answers = answered(brought(content, editor), 1)
    moved(editor, to="2031")
    assert [label for _value, label in brought(content, editor, answers=answers).questions[0].options] == [
        "2031, which stands now",
        "2029-06, of the file",
    ]


def test_what_both_changed_to_the_same_and_what_only_one_changed_is_no_clash(editor):
    content = typed(taken_out("plan", editor), {"PR-01": {"due": "2028", "reason": "external"}, "PR-02": {"forecast": "2029"}})
    moved(editor)
    moved(editor, "PR-02", "due", "2027")
    content = typed(content, {"PR-02": {"reason": "external"}})
    outcome = brought(content, editor)
    assert moves(outcome) == [("D3", "PR-02", "", "2029")]
    assert [(note.where, "nothing else is changed" in note.text) for note in outcome.notes] == [
        ("Sheet “plan”, row 2, column E, reason", True)
    ]
    assert [str(date) for date in Milestone.objects.values_list("code", flat=True).filter(due__year=2027, forecast__year=2029)] == ["PR-02"]


def test_evidence_that_two_people_add_stands_together(analyst, colleague, editor, now):
    before = taken_out("assessments", analyst)
    line = "A sample page | https://sample.example/one"
    content = typed(before, {"PR-01": {"evidence": f"{line}\nMine | https://mine.example/"}})
    known = Assessment.objects.get().evidence.get()
    theirs = a_source(colleague, title="Theirs", address="https://theirs.example/")
    published("PR-01", colleague, editor, now=now, evidence=[(known, "supports"), (theirs, "supports")], confidence="low")
    assert brought(content, analyst, kind="assessments").errors == []
    assert {piece.title for piece in Assessment.objects.get(state="draft").evidence.all()} == {"A sample page", "Theirs", "Mine"}


def test_what_was_withdrawn_since_is_not_said_again(analyst, editor, now):
    content = taken_out("assessments", analyst)
    with open_change(by=editor.actor, now=now) as change:
        withdraw(change, Assessment.objects.get(), by=editor, reason="libel")
    assert brought(content, analyst, kind="assessments").unchanged == 3
    outcome = brought(typed(content, {"PR-01": {"confidence": "high"}}), analyst, kind="assessments")
    assert [(row, "withdrawn since" in words) for row, _column, words in faults(outcome)] == [("2", True)]


@pytest.mark.parametrize(
    ("changes", "place", "words"),
    [
        ({"PR-01": {"version": ""}}, "G2", "both as they were written, or both empty"),
        ({"PR-01": {"position": "yesterday"}}, "H2", "both as they were written, or both empty"),
        ({"PR-01": {"version": "v7-00000000"}}, "G2", "At that position PR-01 had another version"),
        ({"PR-01": {"position": "999"}}, "G2", "At that position PR-01 had another version"),
        ({"PR-01": {"title": "Step PR-02 in English"}}, "B2", "This is not the title of PR-01"),
    ],
)
def test_a_row_that_does_not_fit_to_the_record_is_refused(editor, changes, place, words):
    """Columns that were sorted apart would move every date."""
    outcome = brought(typed(taken_out("plan", editor), changes), editor)
    assert [(cell, words in said) for cell, _column, said in faults(outcome)] == [(place, True)]


def test_titles_in_another_language_are_no_change(editor):
    with translation.override("kk"):
        content = taken_out("plan", editor)
    assert brought(content, editor).unchanged == 3


def test_a_file_without_versions_is_compared_with_what_was_looked_at(as_user, editor):
    """By hand, or by a program: what stands when the dry run is shown is what it is made from."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    content = SimpleUploadedFile("plan.csv", b"milestone,due,reason\nPR-01,2029,external\n")
    client = as_user(editor)
    page = client.post("/desk/files/", {"kind": "plan", "step": "dry", "file": content})
    moved(editor)
    asked = client.post("/desk/files/", form_of(page) | {"step": "import"})
    assert (asked.status_code, "2028, which stands now" in text(asked)) == (409, True)
    assert str(Milestone.objects.get(code="PR-01").due_date) == "2028"
    (question,) = asked.context["outcome"].questions
    answer = {f"answer-{question.key}": question.options[1][0]}
    shown = client.post("/desk/files/", form_of(asked) | answer | {"step": "dry"})
    assert "Row 2, column B, due 2028 2029" in text(shown)
    done = client.post("/desk/files/", form_of(shown) | {"step": "import"})
    assert "Recorded: PR-01" in text(done)
    assert str(Milestone.objects.get(code="PR-01").due_date) == "2029"


@pytest.mark.parametrize("submit", [True, False])
def test_the_same_file_twice_records_once(analyst, submit):
    content = typed(
        taken_out("assessments", analyst), {"PR-01": {"status": "suspended", "summary": "Stopped.", "internal_note": "By phone"}}
    )
    assert brought(content, analyst, kind="assessments", submit=submit).changed == ["PR-01"]
    again = brought(content, analyst, kind="assessments", submit=submit)
    assert (again.errors, again.changed, Assessment.objects.exclude(state="published").count()) == ([], [], 1)


# Two people, in either order


DATES = st.sampled_from(["", "2028", "2027-Q3", "2029-06", "2027-06-30", "2027-Q2"])
MOVES = st.dictionaries(st.tuples(st.sampled_from(CODES), st.sampled_from(["due", "forecast"])), DATES, max_size=4)
INSISTS = st.booleans()
"""Whether somebody who meets a clash puts their own in, or leaves the other's."""


def of_form(form, **changes):
    """What a browser sends of a form that was opened, with what was typed into it."""
    shown = {name: form[name].field.prepare_value(form[name].initial) for name in form.fields}
    seen = {f"initial-{name}": "" if value is None else str(value) for name, value in shown.items()}
    return seen | {name: "" if value is None else str(value) for name, value in (shown | changes).items()}


def sent(form_of_data, data, insists):
    """The form as it was accepted: sent again where it met a clash, with one's own or with the other's."""
    form = form_of_data(data)
    if not form.is_valid():
        assert set(form.errors) == set(form.conflicts)
        again = dict(form.data)
        if not insists:
            again |= {name: again[f"initial-{name}"] for name in form.conflicts}
        form = form_of_data(again)
        assert form.is_valid(), form.errors
    return form


def dates_of(milestone):
    return {"due_date": milestone.due_date, "forecast_date": milestone.forecast_date}


def by_forms(user, opened, changes, insists):
    for code in CODES:
        own = {f"{field}_date": to for (one, field), to in changes.items() if one == code}
        if not own:
            continue
        with open_change(by=user.actor) as change:
            milestone = Milestone.objects.get(code=code)
            initial = dates_of(milestone)
            form = sent(lambda data, now=initial: MoveForm(data, initial=now), opened[code] | own, insists)
            for field in ("due", "forecast"):
                move_date(change, milestone, field=field, to=form.cleaned_data[f"{field}_date"], category="external", by=user)


def by_file(user, content, changes, insists):
    cells = {}
    for (code, field), to in changes.items():
        cells.setdefault(code, {"reason": "external"})[field] = to
    content = typed(content, cells, "a.csv")
    asked = brought(content, user, name="a.csv", dry=True)
    outcome = brought(content, user, name="a.csv", answers=answered(asked, 1 if insists else 0))
    assert (outcome.errors, outcome.questions) == ([], [])


def plan_now():
    dates = {milestone.code: dates_of(milestone) for milestone in Milestone.objects.all()}
    written = PlanChange.objects.order_by("milestone__code", "field", "position")
    return dates, [(one.milestone.code, one.field, one.before_date, one.after_date) for one in written]


def world(*steps, result):
    """What these steps come to, or the rules that refuse one of them; afterwards nothing of them is left."""
    with transaction.atomic():
        try:
            for step in steps:
                step()
            found = result()
        except Refused as refused:
            found = [problem.code for problem in refused.problems]
        transaction.set_rollback(True)
    return found


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=MOVES, second=MOVES, insists=INSISTS, swapped=st.booleans())
def test_two_people_s_files_come_to_what_their_forms_come_to(editor, first, second, insists, swapped):
    content = taken_out("plan", editor, "csv")
    opened = {milestone.code: of_form(MoveForm(initial=dates_of(milestone)), reason="external") for milestone in Milestone.objects.all()}
    edits = [second, first] if swapped else [first, second]
    files = world(*(lambda changes=changes: by_file(editor, content, changes, insists) for changes in edits), result=plan_now)
    forms = world(*(lambda changes=changes: by_forms(editor, opened, changes, insists) for changes in edits), result=plan_now)
    assert files == forms


FINDINGS = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from(["in_progress", "suspended", "agreed"]),
        "effective_on": st.sampled_from(["2026-11-01", "2026-11-10", "2026-11-20"]),
        "confidence": st.sampled_from(["", "low", "high"]),
        "summary": st.sampled_from(["Work goes on.", "Stopped.", "Agreed by both."]),
        "forecast": st.sampled_from(["", "2028", "2029-06"]),
        "language": st.sampled_from(["ru", "en"]),
    },
)
SAID = ("status", "effective_on", "completed_on", "confidence", "forecast_date", "summary", "language")


def found_now(author):
    def result():
        latest = Assessment.objects.filter(author=author).exclude(state="published").first()
        latest = latest or Milestone.objects.get(code="PR-01").current
        return {name: getattr(latest, name) for name in SAID}

    return result


def published_by(editor, author):
    with open_change(by=editor.actor) as change:
        for waiting in Assessment.objects.filter(author=author, state="submitted"):
            publish_assessment(change, waiting, by=editor)


def finding_by_form(user, opened, changes, insists):
    own = {"forecast_date" if name == "forecast" else name: value for name, value in changes.items()}
    with open_change(by=user.actor) as change:
        milestone = Milestone.objects.select_related("proposal__report", "current").get(code="PR-01")
        with translation.override(milestone.current.language):  # a page in another begins with no words
            initial = initial_of(None, milestone)
        form = sent(lambda data: FindingForm(data, milestone=milestone, initial=initial), opened | own, insists)
        values = form.values()
        if any(values[name] != initial.get(name) for name in SAID):
            evidence = [(cited.evidence, cited.stance) for cited in milestone.current.citations.all()]
            submit_assessment(change, draft_assessment(change, milestone, by=user, values=values, evidence=evidence), by=user)


def finding_by_file(user, content, changes, insists):
    content, how = typed(content, {"PR-01": changes}, "a.csv"), {"name": "a.csv", "kind": "assessments", "submit": True}
    asked = brought(content, user, dry=True, **how)
    outcome = brought(content, user, answers=answered(asked, 1 if insists else 0), **how)
    assert outcome.questions == []
    if outcome.errors:  # the other's, which stands by now, is of a later day
        assert "effective on" in str(outcome.errors)
        raise Refused.because("earlier_than_current", "")


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=FINDINGS, second=FINDINGS, insists=INSISTS, swapped=st.booleans())
def test_two_people_s_findings_come_to_what_their_forms_come_to(analyst, colleague, editor, first, second, insists, swapped):
    """The first one's is published before the second one brings theirs."""
    content = taken_out("assessments", editor, "csv")
    milestone = Milestone.objects.select_related("proposal__report", "current").get(code="PR-01")
    with translation.override("en"):
        opened = of_form(FindingForm(milestone=milestone, initial=initial_of(None, milestone)))
    people = [(analyst, first), (colleague, second)]
    (one, ones), (other, others) = reversed(people) if swapped else people
    come_to = [
        world(
            lambda by=by, made=made: by(one, made, ones, insists),
            lambda: published_by(editor, one),
            lambda by=by, made=made: by(other, made, others, insists),
            result=found_now(other),
        )
        for by, made in ((finding_by_file, content), (finding_by_form, opened))
    ]
    assert come_to[0] == come_to[1]


def test_a_finding_of_an_earlier_day_is_refused_to_a_file_as_to_a_form(analyst, colleague, editor):
    check = test_two_people_s_findings_come_to_what_their_forms_come_to.hypothesis.inner_test
    later, earlier = {"effective_on": "2026-11-20"}, {"effective_on": "2026-11-10", "summary": "Stopped."}
    check(analyst, colleague, editor, later, earlier, insists=True, swapped=False)


def test_the_record_is_whole_after_two_files(editor):
    content = taken_out("plan", editor, "csv")
    by_file(editor, content, {("PR-01", "due"): "2028"}, insists=True)
    by_file(editor, content, {("PR-01", "due"): "2029-06", ("PR-02", "forecast"): "2028"}, insists=True)
    assert verify_record() == []
    assert PlanChange.objects.count() == 3

"""Who may do what on the tracking side: one table, and a remit means the same for one milestone and for all of them."""

import pytest

from milestones.models import Assessment, Batch, Evidence, Milestone
from milestones.permissions import may_assess, may_edit, may_move, may_publish, may_take_back, may_tend
from milestones.services import publish_assessment
from proposals.models import Report
from record.services import open_change
from tests.factories import as_file, milestone, roadmap
from tests.people import a_source, person, recorded
from tests.snapshot import load_once

pytestmark = pytest.mark.django_db

ALL = {"assess", "edit", "move", "publish", "take back", "tend"}
THEIRS = ["assigned", "author", "edited", "added", "made"]
"""What ties somebody to a milestone, to what was found on it, to its evidence and to the batch that it came with."""


@pytest.fixture(autouse=True)
def _roadmap(now, time_machine):
    time_machine.move_to(now, tick=False)
    load_once(as_file(roadmap(milestone("PR-01"), milestone("PR-02"))), now=now)


@pytest.fixture
def allowed(now):
    """What a user may do with a submitted finding on PR-01 that is theirs in these ways."""

    def ask(user, ties):
        writer = person("analyst", "writer")
        assessment = recorded("PR-01", writer, now=now, evidence=[(a_source(writer), "supports")])
        batch = Batch.objects.create(made_at=now, made_by=user if "made" in ties else writer)
        Milestone.objects.filter(code="PR-01").update(analyst=user if "assigned" in ties else None)
        own = {column: user for tie, column in (("author", "author"), ("edited", "edited_by")) if tie in ties}
        Assessment.objects.filter(pk=assessment.pk).update(**{"batch": batch} | own)
        if "added" in ties:
            Evidence.objects.update(added_by=user)
        assessment, one = Assessment.objects.get(), Milestone.objects.get(code="PR-01")
        answers = {
            "assess": may_assess(user, one),
            "edit": may_edit(user, assessment),
            "move": may_move(user, one),
            "publish": may_publish(user, assessment),
            "take back": may_take_back(user, batch),
            "tend": may_tend(user, Evidence.objects.get()),
        }
        assert Milestone.objects.assessable_by(user).filter(code="PR-01").exists() == answers["assess"]
        return {act for act, may in answers.items() if may}

    return ask


@pytest.mark.parametrize(
    ("role", "remit", "ties", "reviewed", "unreviewed"),
    [
        ("stakeholder", ["*"], THEIRS, set(), set()),
        ("stakeholder", ["PR", "RU-ONE"], THEIRS, set(), set()),
        ("analyst", [], [], set(), set()),
        ("analyst", ["OTHER"], ["author", "edited"], set(), set()),
        ("analyst", ["*"], [], {"assess", "tend"}, {"assess", "tend"}),
        ("analyst", ["PR"], [], {"assess", "tend"}, {"assess", "tend"}),
        ("analyst", ["TEST"], [], {"assess", "tend"}, {"assess", "tend"}),
        ("analyst", ["KZ-ONE"], [], {"assess", "tend"}, {"assess", "tend"}),
        ("analyst", [], ["assigned"], {"assess", "move", "tend"}, {"assess", "move", "tend"}),
        ("analyst", ["*"], ["author"], {"assess", "edit", "tend"}, {"assess", "edit", "publish", "tend"}),
        ("analyst", ["*"], ["edited"], {"assess", "tend"}, {"assess", "tend"}),
        ("analyst", [], ["added"], {"tend"}, {"tend"}),
        ("analyst", [], ["made"], {"take back"}, {"take back"}),
        ("editor", [], [], ALL, ALL),
        ("editor", [], ["author"], ALL - {"publish"}, ALL),
        ("editor", [], ["edited"], ALL - {"publish"}, ALL),
        ("administrator", [], ["author", "edited"], ALL - {"publish"}, ALL),
    ],
)
@pytest.mark.parametrize("needs_review", [True, False])
def test_each_may_what_is_theirs_and_no_more(allowed, role, remit, ties, reviewed, unreviewed, needs_review):
    Report.objects.update(needs_review=needs_review)
    assert allowed(person(role, "user", remit=remit), ties) == (reviewed if needs_review else unreviewed)


@pytest.mark.parametrize("role", ["analyst", "editor", "administrator"])
def test_an_account_that_was_switched_off_may_nothing(allowed, role):
    assert allowed(person(role, "user", remit=["*"], is_active=False), THEIRS) == set()


def reads(user):
    """Where a finding and its confidential evidence are there for somebody: over the API, at the desk."""
    found = {
        "API": Assessment.objects.readable_by(user),
        "desk": Assessment.objects.visible_to(user),
        "evidence": Evidence.objects.visible_to(user),
    }
    return {name for name, rows in found.items() if rows.exists()}


@pytest.mark.parametrize(
    ("role", "remit", "author", "before", "after"),
    [
        ("stakeholder", ["*"], True, set(), {"API"}),
        ("analyst", ["*"], False, set(), {"API", "desk", "evidence"}),
        ("analyst", ["TEST"], False, set(), {"API", "desk", "evidence"}),
        ("analyst", ["OTHER"], False, set(), {"API"}),
        ("analyst", ["OTHER"], True, {"API", "desk", "evidence"}, {"API", "desk", "evidence"}),
        ("editor", [], False, {"API", "desk", "evidence"}, {"API", "desk", "evidence"}),
    ],
)
def test_each_reads_what_is_published_and_of_the_rest_what_is_theirs(now, role, remit, author, before, after):
    writer, user = person("analyst", "writer"), person(role, "user", remit=remit)
    secret = a_source(writer, confidential=True)
    one = recorded("PR-01", writer, now=now, evidence=[(secret, "supports")])
    if author:
        Assessment.objects.update(author=user)
    assert reads(user) == before
    with open_change(now=now) as change:
        publish_assessment(change, one, by=person("editor", "publisher"))
    assert reads(user) == after

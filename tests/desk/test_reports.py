"""The desk where there are several reports: the queue is of all or of one, and a remit names a report."""

import pytest

from roadmap_file.loading import load
from tests.desk.conftest import text
from tests.factories import another
from tests.people import person, recorded

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _another(now):
    load(another(due="2025"), now=now)


def queue_for(as_user, user, query=""):
    page = as_user(user).get(f"/desk/?{query}")
    assert page.status_code == 200
    return text(page)


def test_the_queue_is_of_all_reports_or_of_one_and_each_row_says_which(as_user, now):
    analyst = person("analyst", remit=["*"])
    recorded("PR-S24", analyst, now=now, action="draft", summary="Of the first.")
    everything = queue_for(as_user, analyst)
    assert "ZQ-01" in everything
    assert "OTHER · 2025" in everything
    assert "TEST · Of the first." in everything
    ours = queue_for(as_user, analyst, "report=TEST&q=step")
    assert "PR-02" in ours
    assert "Of the first." in ours
    assert "ZQ-01" not in ours
    theirs = queue_for(as_user, analyst, "report=OTHER")
    assert "ZQ-01" in theirs
    assert "PR-" not in theirs
    assert as_user(analyst).get("/desk/?report=NOTHING").status_code == 404


def test_an_analyst_of_one_report_finds_nothing_of_another(as_user):
    user = person("analyst", remit=["OTHER"])
    assert "PR-" not in queue_for(as_user, user)
    assert "ZQ-01" in queue_for(as_user, user)
    assert [as_user(user).get(f"/desk/milestones/{code}/").status_code for code in ("ZQ-01", "PR-02")] == [200, 404]

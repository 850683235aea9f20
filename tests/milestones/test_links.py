"""Whether the addresses of evidence still answer, asked of real servers by real tasks."""

import pytest

from milestones.evidence.links import addresses_to_check, check_link
from milestones.models import Evidence
from milestones.tasks import check_evidence_links
from roadmap_file.loading import load
from tests.common.test_fetching import receiver  # noqa: F401 - the fixture
from tests.factories import as_file, milestone, roadmap
from tests.people import a_source, person, published

pytestmark = pytest.mark.django_db


@pytest.fixture
def cited(receiver, now, time_machine):  # noqa: F811 - the fixture
    load(as_file(roadmap(milestone("PR-01"))), now=now)
    analyst, editor = person("analyst"), person("editor")
    sources = [a_source(analyst, address=f"{receiver}/{path}", title=path) for path in ("page", "gone")]
    a_source(analyst, address=f"{receiver}/uncited")
    published("PR-01", analyst, editor, now=now, evidence=[(one, "supports") for one in sources])
    return sources


def test_each_address_is_noted_as_reachable_or_not(cited):
    assert set(addresses_to_check()) == {one.pk for one in cited}
    assert [check_link(one.pk) for one in cited] == [True, False]
    assert dict(Evidence.objects.filter(cited=True).values_list("title", "link_state")) == {"page": "alive", "gone": "dead"}
    assert all(one.link_checked_at for one in Evidence.objects.filter(cited=True))


def test_the_nightly_task_asks_for_one_task_an_address(cited, settings, monkeypatch):
    from milestones import tasks

    asked = []
    monkeypatch.setattr(tasks.check_evidence_link, "delay", asked.append)
    check_evidence_links()
    assert set(asked) == {one.pk for one in cited}
    for pk in asked:
        tasks.check_evidence_link(pk)
    assert Evidence.objects.filter(link_state="alive").count() == 1


def test_an_address_that_is_not_public_counts_as_not_reachable(cited, settings):
    settings.FETCH_ALLOWED_NETWORKS = []
    assert check_link(cited[0].pk) is False
    assert check_link(0) is None

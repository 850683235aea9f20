"""A small record, and an installation that signs checkpoints of it."""

import pytest

from record.log.publishing import publish_checkpoint
from tests.factories import as_file, milestone, roadmap
from tests.people import person, published
from tests.signing import begin_signing
from tests.snapshot import load_once


@pytest.fixture
def signer(settings, tmp_path):
    """The private key; the file of the newest checkpoint lies in a folder of the test's own."""
    return begin_signing(settings, tmp_path)


@pytest.fixture
def record(db, now, time_machine):
    time_machine.move_to(now, tick=False)
    load_once(as_file(roadmap(milestone("PR-01"), milestone("PR-02"))), now=now)


@pytest.fixture
def sign(signer, now):
    """Sign the record as it stands."""
    return lambda: publish_checkpoint(now=now)


@pytest.fixture
def go_on(record, now):
    """Publish one finding more: the record moves on by one event or more."""
    people = person("analyst"), person("editor")

    def one_more(code="PR-01", **values):
        return published(code, *people, now=now, **values)

    return one_more

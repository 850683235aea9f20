"""How long the record's lock is held is measured and told: in the log, and by /readyz."""

import logging
from contextlib import nullcontext

import pytest
from django.db import transaction

from common.dates import PlannedDate
from milestones.models import Milestone
from milestones.services import milestone_of, move_date
from record.holding import Hold
from record.services import open_change

pytestmark = pytest.mark.django_db(transaction=True)
ANY = 1e-9
"""Seconds that every holding takes longer than."""


def move(to="2029"):
    with open_change(by="An editor") as change:
        for code in ("SM-03", "SM-04"):
            one = Milestone.objects.select_related("proposal__report", "series").get(code=code)
            move_date(change, one, field="due", to=PlannedDate.parse(to), category="political")


def told(caplog):
    return [record.getMessage() for record in caplog.records if record.name == "record.holding" and record.levelno == logging.WARNING]


def test_a_long_hold_is_told_with_what_it_wrote(rk2030, client, settings, caplog):
    settings.LOCK_HELD_WARNING = ANY
    move()
    (line,) = told(caplog)
    assert line.startswith("the lock of the record was held for ")
    assert line.endswith(" s (2 × plan.changed)")
    assert "(2 × plan.changed), until 20" in client.get("/readyz").content.decode()


@pytest.mark.parametrize("bound", [0, 3600])
def test_what_is_not_long_is_not_told(rk2030, client, settings, caplog, bound):
    settings.LOCK_HELD_WARNING = bound
    move()
    assert (told(caplog), client.get("/readyz").content) == ([], b"ready\n")


def refused():
    with pytest.raises(ZeroDivisionError), open_change():
        raise ZeroDivisionError


def previewed():
    with open_change():
        transaction.set_rollback(True)


@pytest.mark.parametrize("act", [refused, previewed])
def test_a_hold_that_writes_nothing_is_told_too(rk2030, settings, caplog, act):
    settings.LOCK_HELD_WARNING = ANY
    act()
    (line,) = told(caplog)
    assert line.endswith(" s (no event)")


def test_a_change_within_a_longer_transaction_holds_the_lock_to_its_end(rk2030, settings, caplog):
    settings.LOCK_HELD_WARNING = ANY
    with transaction.atomic():
        move()
        assert told(caplog) == []
    assert len(told(caplog)) == 1


def test_readiness_names_the_longest_of_late(client, caplog):
    for seconds in (50, 100, 70):
        hold = Hold()
        hold._begun -= seconds
        hold.end()
    assert [line.partition("for ")[2].partition(".")[0] for line in told(caplog)] == ["50", "100", "70"]
    assert "in the last day: 100." in client.get("/readyz").content.decode()


@pytest.mark.parametrize("refused", [False, True])
def test_things_that_were_held_long_are_told_too_and_nobody_waited_for_the_record(rk2030, client, settings, caplog, refused):
    settings.LOCK_HELD_WARNING = ANY
    with pytest.raises(ZeroDivisionError) if refused else nullcontext(), open_change(of=milestone_of("SM-03")):
        assert 1 / (not refused)
    (line,) = told(caplog)
    assert line.startswith("locks of things were held for ")
    assert client.get("/readyz").content == b"ready\n"


def test_a_hold_ends_once(caplog):
    hold = Hold()
    hold.end()
    hold._begun -= 100
    hold.end()
    assert told(caplog) == []

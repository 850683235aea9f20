"""Which backups have had their time: pure, so by many examples."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from operations.backup.retention import moment_of, superseded

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = st.lists(st.integers(0, 400 * 24).map(lambda hours: f"{BEGIN + timedelta(hours=hours):%Y-%m-%dT%H-%M-%SZ}"), unique=True)


def name(day: str) -> str:
    return f"{day}T02-10-00Z"


def test_of_each_day_and_week_the_newest_stays() -> None:
    names = [name(f"2026-11-{day:02}") for day in range(1, 31)]
    gone = superseded([*names, "2026-11-30T14-00-00Z"], daily=3, weekly=4)
    # 30 November is a Monday; the weeks before it end on Sundays.
    assert set(names) - set(gone) == {name(f"2026-11-{day:02}") for day in (28, 29, 22, 15)}


def test_days_without_one_do_not_count() -> None:
    names = [name("2025-01-01"), name("2026-11-01"), name("2026-11-30")]
    assert superseded(names, daily=3, weekly=0) == []


@given(NAMES, st.integers(0, 30), st.integers(0, 60))
def test_the_newest_stays_whatever_is_asked(names: list[str], daily: int, weekly: int) -> None:
    gone = superseded(names, daily=daily, weekly=weekly)
    left = set(names) - set(gone)
    assert set(gone) <= set(names)
    assert not names or max(names) in left
    assert len(left) <= max(daily + weekly, 1) or not (daily or weekly)
    if daily or weekly:
        assert superseded(left, daily=daily, weekly=weekly) == []


@given(NAMES)
def test_nothing_goes_unless_it_is_asked(names: list[str]) -> None:
    assert superseded(names, daily=0, weekly=0) == []


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)))
def test_a_name_says_its_moment(moment: datetime) -> None:
    assert moment_of(f"{moment:%Y-%m-%dT%H-%M-%SZ}") == moment.replace(microsecond=0, tzinfo=UTC)

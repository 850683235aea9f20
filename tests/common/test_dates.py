import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.dates import NotAPlannedDate, PlannedDate, Precision, last_day

days = st.dates(dt.date(1900, 1, 1), dt.date(2200, 12, 31))
planned = st.builds(PlannedDate, days, st.sampled_from(Precision))


@pytest.mark.parametrize(
    ("text", "day", "precision"),
    [
        ("2030", dt.date(2030, 12, 31), "year"),
        ("2027-Q2", dt.date(2027, 6, 30), "quarter"),
        ("2028-02", dt.date(2028, 2, 29), "month"),
        ("2027-06-30", dt.date(2027, 6, 30), "day"),
        (" 2027-06-30 ", dt.date(2027, 6, 30), "day"),
    ],
)
def test_written_dates_are_the_last_day_of_their_period(text, day, precision):
    assert PlannedDate.parse(text) == PlannedDate(day, Precision(precision))


@pytest.mark.parametrize(
    "text", ["", "30", "2027-Q5", "2027-13", "2027-02-30", "2027/06/30", "next year", "1899", "2201", "20270630", "２０２７"]
)
def test_anything_else_is_refused(text):
    with pytest.raises(NotAPlannedDate):
        PlannedDate.parse(text)


@given(planned)
def test_a_date_reads_back_as_it_was_written(value):
    assert PlannedDate.parse(str(value)) == value


@given(days, st.sampled_from(Precision))
def test_the_last_day_is_inside_the_period_and_the_day_after_is_not(day, precision):
    value = PlannedDate(day, precision)
    assert value.first_day <= day <= value.date
    assert last_day(value.date, precision) == value.date
    after = value.date + dt.timedelta(days=1)
    assert last_day(after, precision) != value.date


@given(planned, planned)
def test_slippage_is_zero_inside_the_old_period_and_otherwise_the_days_between_the_ends(new, old):
    inside = old.first_day <= new.first_day and new.date <= old.date
    assert new.slippage(old) == (0 if inside else (new.date - old.date).days)


def test_making_a_date_more_exact_is_no_slippage():
    assert PlannedDate.parse("2027-Q1").slippage(PlannedDate.parse("2027")) == 0
    assert PlannedDate.parse("2028-Q1").slippage(PlannedDate.parse("2027")) == 91


@pytest.mark.parametrize(
    ("text", "ru", "en", "kk"),
    [
        ("2027-Q2", "II квартал 2027 г.", "2027 Q2", "2027 жылғы II тоқсан"),
        ("2030", "2030 г.", "2030", "2030 жыл"),
        ("2027-06", "июнь 2027 г.", "June 2027", "2027 жылғы маусым"),
        ("2027-06-30", "30 июня 2027 г.", "30 June 2027", "2027 жылғы 30 маусым"),
    ],
)
def test_labels_are_written_as_each_language_writes_dates(text, ru, en, kk):
    value = PlannedDate.parse(text)
    assert (value.label("ru"), value.label("en"), value.label("kk")) == (ru, en, kk)

"""Dates as people type them: each language's own writing is read again, and what is ambiguous is not guessed."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.dates import NotAPlannedDate, PlannedDate, Precision, label, short_label
from common.typed_dates import machine_days, read_planned, written

planned_dates = st.builds(PlannedDate, st.dates(date(1900, 1, 1), date(2200, 12, 31)), st.sampled_from(Precision))


@given(planned_dates, st.sampled_from(["en", "ru", "kk"]))
def test_whatever_a_page_or_a_field_writes_is_read_again(planned, language):
    day, precision = planned.date, planned.precision
    for text in (written(planned, language), label(day, precision, language), short_label(day, precision, language), str(planned)):
        assert read_planned(text) == planned, text


@pytest.mark.parametrize(
    ("text", "is_"),
    [
        ("28.11.2026", "2026-11-28"),
        (" 1. 2. 2026 ", "2026-02-01"),
        ("28 Nov 2026", "2026-11-28"),
        ("Nov 28, 2026", "2026-11-28"),
        ("28 ноября 2026 г.", "2026-11-28"),
        ("2026 ж. 28 қар.", "2026-11-28"),
        ("11.2026", None),
        ("Sept 2026", "2026-09"),
        ("Q2 2027", "2027-Q2"),
        ("II кв. 2027", "2027-Q2"),
        ("2 квартал 2027", "2027-Q2"),
        ("2027 жылғы II тоқсан", "2027-Q2"),
        ("2027 г.", "2027"),
    ],
)
def test_what_people_type(text, is_):
    if is_ is None:
        with pytest.raises(NotAPlannedDate):
            read_planned(text)
    else:
        assert str(read_planned(text)) == is_


@pytest.mark.parametrize(
    "text", ["", "1/2/2026", "31.02.2026", "13.13.2026", "28 2026 2027", "today", "28 Nov", "2 2027", "V кв. 2027", "28-11-2026"]
)
def test_what_could_mean_two_things_or_nothing_is_not_guessed(text):
    with pytest.raises(NotAPlannedDate):
        read_planned(text)


def test_a_period_in_an_address_begins_on_its_first_day_and_ends_on_its_last():
    assert machine_days({"due_after": "2027 Q2", "due_before": "II кв. 2027", "as_of": "2026-11-28", "q": "28.11.2026"}) == {
        "due_after": "2027-04-01",
        "due_before": "2027-06-30",
    }

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.dates import NotAPlannedDate, PlannedDate, Precision, label, last_day
from common.fields import PRECISION_CHOICES

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


@given(days, st.sampled_from(Precision), st.sampled_from(["ru", "en", "kk"]))
def test_every_day_of_a_period_is_called_by_the_name_of_the_period(day, precision, language):
    assert label(day, precision, language) == PlannedDate(day, precision).label(language)


MONTHS = {
    "en": "January February March April May June July August September October November December",
    "ru": "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",
    "kk": "қаңтар ақпан наурыз сәуір мамыр маусым шілде тамыз қыркүйек қазан қараша желтоқсан",
}
OF_MONTHS = "января февраля марта апреля мая июня июля августа сентября октября ноября декабря"


@pytest.mark.parametrize("month", range(1, 13))
def test_each_month_has_its_name(month):
    en, ru, kk = (MONTHS[language].split()[month - 1] for language in ("en", "ru", "kk"))
    of = OF_MONTHS.split()[month - 1]
    one, day = PlannedDate.parse(f"2027-{month:02}"), PlannedDate.parse(f"2027-{month:02}-03")
    assert [one.label("en"), one.label("ru"), one.label("kk")] == [f"{en} 2027", f"{ru} 2027 г.", f"2027 жылғы {kk}"]
    assert [day.label("en"), day.label("ru"), day.label("kk")] == [f"3 {en} 2027", f"3 {of} 2027 г.", f"2027 жылғы 3 {kk}"]


@pytest.mark.parametrize(("quarter", "roman"), [(1, "I"), (2, "II"), (3, "III"), (4, "IV")])
def test_each_quarter_has_its_number(quarter, roman):
    one = PlannedDate.parse(f"2027-Q{quarter}")
    assert (one.date.month, one.first_day) == (quarter * 3, dt.date(2027, quarter * 3 - 2, 1))
    assert [one.label("en"), one.label("ru"), one.label("kk")] == [
        f"2027 Q{quarter}",
        f"{roman} квартал 2027 г.",
        f"2027 жылғы {roman} тоқсан",
    ]


def test_the_words_that_the_database_holds_stay():
    assert [one.value for one in Precision] == ["day", "month", "quarter", "year"]
    assert [value for value, _word in PRECISION_CHOICES] == [one.value for one in Precision]


def test_years_lie_between_1900_and_2200():
    assert [str(PlannedDate.parse(year)) for year in ("1900", "2200")] == ["1900", "2200"]
    for day in (dt.date(1899, 12, 31), dt.date(2201, 1, 1)):
        with pytest.raises(NotAPlannedDate, match=r"^the year must lie between 1900 and 2200$"):
            PlannedDate(day)
    with pytest.raises(NotAPlannedDate, match=r"^write 2030, 2027-Q2, 2027-06 or 2027-06-30$"):
        PlannedDate.parse("soon")
    with pytest.raises(NotAPlannedDate, match=r"^day is out of range for month$|must be in"):
        PlannedDate.parse("2027-02-30")


def test_a_date_of_two_columns_is_a_day_where_nothing_else_is_said():
    day = dt.date(2027, 5, 3)
    assert PlannedDate.of(None, "") is None
    assert PlannedDate.of(None, "year") is None
    assert PlannedDate.of(day, "") == PlannedDate.of(day, None) == PlannedDate(day) == PlannedDate(day, Precision.DAY)
    assert PlannedDate.of(day, "quarter") == PlannedDate.parse("2027-Q2")
    assert PlannedDate(day, "year").precision is Precision.YEAR


def test_the_earlier_date_comes_first_and_of_two_on_one_day_one_is_always_first():
    dates = [PlannedDate.parse(text) for text in ("2028", "2027", "2027-Q1", "2027-12-31")]
    assert list(map(str, sorted(dates))) == ["2027-Q1", "2027-12-31", "2027", "2028"]


def test_a_date_is_a_value():
    one = PlannedDate.parse("2027")
    with pytest.raises(AttributeError):
        one.date = dt.date(2028, 1, 1)
    assert {one, PlannedDate.parse("2027")} == {one}


def test_slippage_at_the_edges_of_a_period():
    year = PlannedDate.parse("2027")
    slipped = {text: PlannedDate.parse(text).slippage(year) for text in ("2027-01-01", "2027-12-31", "2026-12-31", "2028-01-01", "2026")}
    assert slipped == {"2027-01-01": 0, "2027-12-31": 0, "2026-12-31": -365, "2028-01-01": 1, "2026": -365}

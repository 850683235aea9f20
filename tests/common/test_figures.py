"""Numbers, units and per cent as each language writes them."""

from decimal import Decimal

import pytest
from django.template import Context, Template
from django.utils.translation import override

from common import figures


def said(language, value, unit):
    with override(language):
        return figures.measure(Decimal(value), unit).replace("\N{NO-BREAK SPACE}", "_")


@pytest.mark.parametrize(
    ("language", "value", "unit", "expected"),
    [
        ("ru", "1", "лет", "1_год"),
        ("ru", "43.0000", "лет", "43_года"),
        ("ru", "50.0000", "лет", "50_лет"),
        ("ru", "1.5", "лет", "1,5_года"),
        ("en", "1", "years", "1_year"),
        ("en", "43", "years", "43_years"),
        ("kk", "43", "жас", "43_жас"),
        ("ru", "75", "%", "75_%"),
        ("en", "75", "%", "75%"),
        ("kk", "75", "%", "75%"),
        ("ru", "7500", "км", "7_500_км"),
        ("en", "7500", "km", "7,500_km"),
        ("kk", "7500", "км", "7_500_км"),
        ("ru", "2", "в год", "2_в_год"),
        ("en", "2", "per year", "2_per_year"),
        ("kk", "2", "жылына", "жылына_2"),
        ("ru", "3", "письма", "3_письма"),
    ],
)
def test_a_value_is_said_with_its_unit_as_the_language_does(language, value, unit, expected):
    assert said(language, value, unit) == expected


@pytest.mark.parametrize(
    ("language", "million", "fraction"), [("ru", "4_000_000", "0,085"), ("en", "4,000,000", "0.085"), ("kk", "4_000_000", "0,085")]
)
def test_numbers_without_a_unit_are_plain_and_grouped(language, million, fraction):
    assert [said(language, value, "") for value in ("4000000.0000", "0.0850")] == [million, fraction]


@pytest.mark.parametrize("language", ["ru", "en", "kk"])
def test_a_minus_is_no_hyphen(language):
    with override(language):
        assert [figures.signed(value) for value in (-15, 0, 9)] == ["−15", "0", "+9"]
        assert figures.measure(-7, "%").startswith("−7")


@pytest.mark.parametrize(("language", "expected"), [("ru", "12_%"), ("en", "12%"), ("kk", "12%")])
def test_a_share_stands_with_its_sign_as_the_language_does(language, expected):
    with override(language):
        assert figures.per_cent(12).replace("\N{NO-BREAK SPACE}", "_") == expected


@pytest.mark.parametrize(("language", "expected"), [("ru", "0,5"), ("en", "0.5"), ("kk", "0,5")])
def test_templates_write_numbers_the_same_way_by_themselves(language, expected):
    with override(language):
        assert Template("{{ value }}").render(Context({"value": Decimal("0.5")})) == expected


@pytest.mark.parametrize(
    ("value", "qualifier", "expected"), [(Decimal(2), "≥", "≥_2_per_year"), (Decimal(2), "", "2_per_year"), (None, "", "–")]
)
def test_a_qualifier_stays_with_its_value(value, qualifier, expected):
    template = Template('{% measured value "per year" qualifier %}')
    with override("en"):
        assert template.render(Context({"value": value, "qualifier": qualifier})).replace("\N{NO-BREAK SPACE}", "_") == expected

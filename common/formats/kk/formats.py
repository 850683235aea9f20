"""How Kazakh writes numbers, by the CLDR: Django has no formats for it."""

from babel.numbers import get_decimal_symbol, get_group_symbol

DECIMAL_SEPARATOR = get_decimal_symbol("kk")
THOUSAND_SEPARATOR = get_group_symbol("kk")
NUMBER_GROUPING = 3

"""Who counts as one sender."""

import pytest

from common.limits import _network, within_limit


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("", "", True),
        ("nonsense", "nonsense", True),
    ],
)
def test_an_ipv6_customer_is_one_sender_and_not_as_many_as_they_like(one, other, same):
    assert (_network(one) == _network(other)) is same


def test_a_count_that_was_lost_lets_through_and_fails_nobody(rf, settings, monkeypatch):
    from django.core.cache import cache

    settings.FORM_RATE = "1/hour"
    monkeypatch.setattr(cache, "add", lambda *_all, **_more: False)
    assert within_limit(rf.get("/"), "lost")

"""Who counts as one sender."""

import datetime as dt

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


@pytest.mark.parametrize(("rate", "seconds"), [("1/sec", 1), ("1/min", 60), ("1/hour", 3600), ("1/day", 86400)])
def test_each_form_and_each_sender_is_counted_apart_and_anew_in_each_span(rf, settings, now, time_machine, rate, seconds):
    settings.FORM_RATE = rate
    one, other = (rf.get("/", REMOTE_ADDR=address) for address in ("192.0.2.1", "192.0.2.2"))
    for span in range(2):
        time_machine.move_to(now.replace(hour=0) + dt.timedelta(seconds=span * seconds), tick=False)
        asked = [(one, "a"), (one, "b"), (other, "a"), (one, "a"), (one, "b")]
        assert [within_limit(*sent) for sent in asked] == [True, True, True, False, False]
        time_machine.shift(seconds - 0.1)
        assert not within_limit(one, "a")


def test_a_count_that_was_lost_lets_through_and_fails_nobody(rf, settings, monkeypatch):
    from django.core.cache import cache

    settings.FORM_RATE = "1/hour"
    monkeypatch.setattr(cache, "add", lambda *_all, **_more: False)
    assert within_limit(rf.get("/"), "lost")


def test_a_view_that_a_worker_makes_a_file_of_is_limited_and_one_that_goes_out_at_once_is_not(rk2030, client, settings, monkeypatch):
    settings.FORM_RATE = "1/hour"
    assert [client.get("/milestones.xlsx?proposal=SM").status_code for _ in range(2)] == [200, 200]
    monkeypatch.setattr("exports.views.AT_ONCE", 1)
    assert [client.get("/milestones.xlsx?proposal=SM").status_code for _ in range(2)] == [302, 429]

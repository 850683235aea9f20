"""Who counts as one sender."""

import datetime as dt

import pytest

from common.limits import SHARE, neighbourhood, neighbourhoods, region, within_limit


@pytest.mark.parametrize(
    ("address", "sizes", "kept", "around"),
    [
        ("192.0.2.7", ["192.0.2.7/32"], "192.0.2.7", "192.0.2.0/24"),
        ("::ffff:192.0.2.7", ["192.0.2.7/32"], "192.0.2.7", "192.0.2.0/24"),
        ("2001:db8:1:2::1", ["2001:db8:1:2::/64", "2001:db8:1::/48"], "2001:db8:1:2::", "2001:db8:1::/48"),
        ("2001:db8:1:2:ffff::9", ["2001:db8:1:2::/64", "2001:db8:1::/48"], "2001:db8:1:2::", "2001:db8:1::/48"),
        ("fe80::1%eth0", ["fe80::/64", "fe80::/48"], "fe80::", "fe80::/48"),
        ("nonsense", ["nonsense/0"], None, ""),
        ("", ["/0"], None, ""),
    ],
)
def test_who_counts_as_one_sender(rf, address, sizes, kept, around):
    request = rf.get("/", REMOTE_ADDR=address)
    assert [f"{place.first}/{place.size}" for place in neighbourhoods(request)] == sizes
    assert neighbourhood(request) == kept
    assert region(request) == around


def test_one_customer_alone_does_not_close_a_whole_network_to_the_others(rf, settings):
    settings.FORM_RATE = "1/hour"
    sent = [within_limit(rf.get("/", REMOTE_ADDR="2001:db8:1:1::1"), "form") for _time in range(3 * SHARE)]
    assert sent.count(True) == 1
    assert within_limit(rf.get("/", REMOTE_ADDR="2001:db8:1:2::1"), "form")


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

"""The shared cache while nobody answers at its address; a real Redis that dies is in tests/deployment."""

import subprocess
import time
from contextlib import closing as connected

import pytest
from redis import Redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from common import waking
from common.limits import within_limit
from common.own_cache import Away, Own, is_away
from common.shared_cache import SharedCache
from roadmap.celery import app
from tests.deployment.site import free_port
from tests.machine import needs


@pytest.fixture
def cache(monkeypatch):
    monkeypatch.setattr(Away, "until", 0.0)
    made = SharedCache(f"redis://127.0.0.1:{free_port()}/0", {})
    made.clear()
    return made


def test_all_that_a_cache_can_do_goes_on(cache, caplog):
    assert (cache.add("n", 1), cache.add("n", 5)) == (True, False)
    assert (cache.incr("n"), cache.decr("n", 2), cache.get("n")) == (2, 0, 0)
    cache.set_many({"a": "x", "b": (1, {"y": b"z"})})
    assert cache.get_many(["a", "b", "c"]) == {"a": "x", "b": (1, {"y": b"z"})}
    assert (cache.has_key("a"), "c" in cache, cache.touch("a"), cache.touch("c")) == (True, False, True, False)
    assert (cache.get_or_set("c", lambda: "made"), cache.get("c")) == ("made", "made")
    cache.delete_many(["a", "b"])
    assert (cache.delete("c"), cache.get("a", "gone")) == (True, "gone")
    with pytest.raises(ValueError, match="nothing"):
        cache.incr("nothing")
    assert is_away()
    said = [*caplog.get_records("setup"), *caplog.records]
    assert len([record for record in said if "Redis does not answer" in record.message]) == 1


@pytest.fixture
def redis(monkeypatch, tmp_path):
    """A real one, of this test only."""
    needs("redis")
    monkeypatch.setattr(Away, "until", 0.0)
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        with connected(Redis(port=port, retry=Retry(ConstantBackoff(0.1), 200))) as client:
            assert client.ping()
        yield SharedCache(f"redis://127.0.0.1:{port}/0", {})
        server.terminate()


@pytest.mark.parametrize("kind", ["away", "redis", "own"])
def test_what_begins_alike_is_forgotten_together_and_nothing_else(kind, request):
    cache = Own("forgetting", {}) if kind == "own" else request.getfixturevalue({"away": "cache", "redis": "redis"}[kind])
    cache.set_many({"answer:1": "x", "answer:2": "y", "answers": "kept", "limit:answer:1": 3})
    cache.forget("answer:")
    assert cache.get_many(["answer:1", "answer:2", "answers", "limit:answer:1"]) == {"answers": "kept", "limit:answer:1": 3}
    assert cache.add("answer:1", "again")
    assert kind == "own" or is_away() == (kind == "away")


def test_limits_hold_in_each_process(cache, rf, settings, monkeypatch):
    settings.FORM_RATE = "2/hour"
    monkeypatch.setattr("common.limits.cache", cache)
    assert [within_limit(rf.get("/"), "form") for _turn in range(3)] == [True, True, False]


def test_it_is_asked_again_after_a_pause_and_not_before(cache, monkeypatch):
    asked = []
    monkeypatch.setattr(cache._shared, "get", lambda *_all, **_more: asked.append(1) or "shared")
    cache.set("key", "own")
    assert cache.get("key") == "own"
    monkeypatch.setattr(Away, "until", time.monotonic() - 1)
    assert (cache.get("key"), cache.get("key"), is_away()) == ("shared", "shared", False)
    assert len(asked) == 2


def test_a_broker_that_is_away_fails_nobody_and_is_not_waited_for_again(monkeypatch, db, django_capture_on_commit_callbacks):
    from kombu.exceptions import OperationalError

    tried = []

    def refuse(*_all, **_options):
        tried.append(1)
        raise OperationalError("refused")

    monkeypatch.setattr(waking, "_away_until", 0.0)
    monkeypatch.setattr(app, "send_task", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        waking.wake("notifications.tasks.send_mail", 1)
        waking.wake("notifications.tasks.send_mail", 2)
    assert (len(tried), waking.is_away()) == (1, True)
    assert waking.send("notifications.tasks.send_mail", 3) is False

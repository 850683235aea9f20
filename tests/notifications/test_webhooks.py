"""Webhooks to real receivers: signed, told again, switched off, and never led into our own network."""

import datetime as dt
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler
from itertools import pairwise

import pytest
from django.db import connection
from django.utils import timezone
from standardwebhooks.webhooks import Webhook as Verifier
from standardwebhooks.webhooks import WebhookVerificationError

from common.refusals import Refused
from milestones.models import Milestone
from milestones.services import move_date
from notifications.models import Attempt, Delivery, Mail, Webhook
from notifications.webhooks import sending
from notifications.webhooks.fanning import fan_out
from notifications.webhooks.registering import add_webhook, change_webhook, rotate_secret, send_again, send_test, switch_off
from record.models import Event
from record.services import open_change
from tests.notifications.listening import Listening
from tests.people import person


class Receiver(Listening):
    """A program that keeps what it is sent: headers and body; ``status`` is what it answers, ``seconds`` how long it thinks."""

    def __init__(self, status=200, seconds=0.0):
        self.status, self.seconds, self.got = status, seconds, []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                time.sleep(receiver.seconds)
                receiver.got.append((dict(self.headers), body))
                self.send_response(receiver.status)
                if receiver.status in {301, 302, 307}:
                    self.send_header("Location", "http://127.0.0.1:1/")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_args):
                pass

        self.listen(Handler)

    @property
    def ids(self):
        return Counter(headers["webhook-id"] for headers, _body in self.got)


@pytest.fixture
def receivers(settings):
    settings.FETCH_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    made = []

    def make(**options):
        made.append(Receiver(**options))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def owner(rk2030):
    return person("stakeholder", "owner", email="owner@mail.example")


def hook(owner, receiver, **options):
    return add_webhook(owner=owner, name="Test", address=receiver.address, **options)


def move(code="SM-03", years=1):
    with open_change() as change:
        milestone = Milestone.objects.get(code=code)
        to = milestone.due_date
        move_date(
            change, milestone, field="due", to=type(to)(to.date.replace(year=to.date.year + years), to.precision), category="political"
        )


@pytest.mark.django_db
def test_an_event_arrives_signed_and_once(owner, receivers):
    receiver = receivers()
    webhook = hook(owner, receiver)
    move()
    assert sending.pump() == 1
    ((headers, body),) = receiver.got
    said = Verifier(webhook.secret).verify(body, headers)
    event = Event.objects.head()
    assert (said["type"], said["data"]["cursor"], headers["webhook-id"]) == ("plan.changed", str(event.position), str(event.uid))
    with pytest.raises(WebhookVerificationError):
        Verifier(webhook.secret).verify(body + b" ", headers)
    assert sending.pump() == 0
    delivery = Delivery.objects.get()
    assert (delivery.state, [one.status for one in delivery.attempts.all()]) == ("delivered", [200])


@pytest.mark.django_db
def test_only_chosen_types_are_told_and_nothing_from_before(owner, receivers):
    receiver = receivers()
    move()
    webhook = hook(owner, receiver, events=["assessment.published"])
    move()
    assert sending.pump() == 0
    change_webhook(webhook, {"events": ["plan.changed"]})
    move()
    assert sending.pump() == 1


@pytest.mark.django_db
def test_during_a_day_of_rotation_both_secrets_verify(owner, receivers):
    receiver = receivers()
    webhook = hook(owner, receiver)
    old, new = webhook.secret, rotate_secret(webhook).secret
    move()
    sending.pump()
    ((headers, body),) = receiver.got
    for secret in (old, new):
        Verifier(secret).verify(body, headers)
    Webhook.objects.update(previous_until=timezone.now() - dt.timedelta(seconds=1))
    move()
    sending.pump()
    headers, body = receiver.got[1]
    Verifier(new).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Verifier(old).verify(body, headers)


@pytest.mark.django_db
@pytest.mark.parametrize("status", [301, 302, 400, 404, 500, 503])
def test_what_is_no_success_is_tried_again_with_growing_pauses_under_the_same_id(owner, receivers, status):
    receiver = receivers(status=status)
    hook(owner, receiver)
    move()
    assert sending.pump() == 1
    delivery = Delivery.objects.get()
    pause = delivery.next_attempt_at - timezone.now()
    assert (delivery.state, dt.timedelta(seconds=3) < pause <= sending.PAUSES[0]) == ("pending", True)
    assert Webhook.objects.get().failing_since
    receiver.status = 204
    Delivery.objects.update(next_attempt_at=timezone.now())
    assert sending.pump() == 1
    assert (Delivery.objects.get().state, list(receiver.ids.values())) == ("delivered", [2])
    assert Webhook.objects.get().failing_since is None, "the five days begin anew with the next failure"
    assert [one.status for one in Attempt.objects.order_by("at")] == [status, 204]


def test_the_pauses_grow_and_last_over_a_day():
    assert sorted(set(sending.PAUSES)) == sending.PAUSES
    assert sum(sending.PAUSES, dt.timedelta()) > dt.timedelta(days=1)


@pytest.mark.django_db
def test_after_the_last_attempt_it_stands_as_failed_and_can_be_sent_again(owner, receivers):
    receiver = receivers(status=500)
    hook(owner, receiver)
    move()
    for _attempt in range(len(sending.PAUSES) + 1):
        Delivery.objects.update(next_attempt_at=timezone.now())
        assert sending.pump() == 1
    delivery = Delivery.objects.get()
    assert delivery.state == "failed"
    send_again(delivery)
    assert sending.pump() == 1
    assert Delivery.objects.get().state == "pending", "it has all its attempts again"
    receiver.status = 200
    Delivery.objects.update(next_attempt_at=timezone.now())
    assert sending.pump() == 1
    assert (Delivery.objects.get().state, len(receiver.ids)) == ("delivered", 1)


@pytest.mark.django_db
def test_each_attempt_is_waited_for_longer_than_the_one_before(owner, receivers):
    hook(owner, receivers(status=500))
    move()
    waited = []
    for _attempt in sending.PAUSES:
        assert sending.pump() == 1
        waited.append(Delivery.objects.get().next_attempt_at - Attempt.objects.latest("at").at)
        Delivery.objects.update(next_attempt_at=timezone.now())
    assert all(before < after for before, after in pairwise(waited)), waited
    assert all(pause <= wait for pause, wait in zip(sending.PAUSES, waited, strict=True))


@pytest.mark.django_db
def test_gone_switches_it_off_and_tells_the_owner(owner, receivers):
    receiver = receivers(status=410)
    webhook = hook(owner, receiver)
    move()
    move("AF-04")
    sending.pump()
    webhook.refresh_from_db()
    assert (webhook.active, webhook.off_reason) == (False, "gone")
    mail = Mail.objects.get()
    assert (mail.to, str(webhook.uid) in mail.body) == ("owner@mail.example", True)
    assert set(Delivery.objects.values_list("state", flat=True)) == {"failed"}
    with pytest.raises(Refused):
        send_test(webhook)
    receiver.status = 200
    change_webhook(webhook, {"active": True})
    move()
    assert sending.pump() == 1


@pytest.mark.django_db
def test_five_days_without_a_success_switch_it_off(owner, receivers):
    receiver = receivers(status=500)
    webhook = hook(owner, receiver)
    move()
    sending.pump()
    Webhook.objects.update(failing_since=timezone.now() - dt.timedelta(days=5, seconds=1))
    Delivery.objects.update(next_attempt_at=timezone.now())
    sending.pump()
    webhook.refresh_from_db()
    assert (webhook.active, webhook.off_reason, Mail.objects.count()) == (False, "failing", 1)
    change_webhook(webhook, {"active": True})
    move()
    sending.pump()
    webhook.refresh_from_db()
    assert (webhook.active, Attempt.objects.count()) == (True, 3), "it has five days again"


@pytest.mark.django_db
def test_slow_and_dead_receivers_do_not_delay_the_others(owner, receivers, settings):
    settings.WEBHOOK_SECONDS = 5
    slow, dead, good = [receivers(seconds=30) for _ in range(8)], receivers(), receivers()
    for one in [*slow, dead]:
        hook(owner, one)
    dead.close()
    healthy = hook(owner, good)
    for number in range(10):
        move(years=1 if number % 2 else -1)
    sending.pump(budget=4)
    assert list(good.ids.values()) == [1] * 10

    def ends(attempts):
        return [one.at + dt.timedelta(milliseconds=one.duration_ms) for one in attempts]

    reached = ends(Attempt.objects.filter(delivery__webhook=healthy))
    given_up = ends(Attempt.objects.filter(error="too_slow"))
    assert len(given_up) >= len(slow)
    assert max(reached) < min(given_up), "all that could be delivered was, before anybody had waited for the first slow one"
    assert Attempt.objects.filter(error="no_answer").exists()


@pytest.mark.django_db
def test_what_happened_before_it_was_switched_off_stands_listed(owner, receivers):
    webhook = hook(owner, receivers())
    move()
    change_webhook(webhook, {"active": False})
    assert [one.state for one in webhook.deliveries.all()] == ["failed"]
    move(years=-1)
    assert fan_out(webhook.pk, now=timezone.now()) == 0, "nor for a worker who saw it while it was on"
    change_webhook(webhook, {"active": True})
    assert sending.pump() == 0
    send_again(webhook.deliveries.get())
    assert sending.pump() == 1


@pytest.mark.django_db
def test_a_receiver_has_all_its_time_to_answer(owner, receivers, monkeypatch):
    """Only connecting has a shorter limit."""
    monkeypatch.setattr("common.fetching.CONNECT_SECONDS", 0.2)
    hook(owner, receivers(seconds=1))
    move()
    sending.pump()
    assert Delivery.objects.get().state == "delivered"


@pytest.mark.django_db(transaction=True)
def test_only_one_pump_runs_at_a_time(owner, receivers):
    hook(owner, receivers())
    move()

    def hold(started, end):
        with sending.only_one():
            started.set()
            end.wait(30)
        connection.close()

    started, end = threading.Event(), threading.Event()
    other = threading.Thread(target=hold, args=(started, end))
    other.start()
    started.wait(30)
    assert sending.pump() is None
    end.set()
    other.join()
    assert sending.pump() == 1


@pytest.mark.django_db
def test_an_owner_who_was_switched_off_is_told_nothing_more(owner, receivers):
    receiver = receivers()
    webhook = hook(owner, receiver)
    move()
    fan_out(webhook.pk, now=timezone.now())
    type(owner).objects.update(is_active=False)
    assert (sending.anything_due(timezone.now()), sending.pump()) == (False, 0), "neither what waits"
    move()
    assert (sending.anything_due(timezone.now()), sending.pump(), receiver.got) == (False, 0, []), "nor what happens"


@pytest.mark.django_db
def test_it_is_switched_off_once_and_said_once(owner, receivers):
    """Of several deliveries that find the address gone at the same time."""
    webhook = hook(owner, receivers())
    switched = [switch_off(webhook, reason, now=timezone.now()) for reason in ("gone", "failing")]
    webhook.refresh_from_db()
    assert (switched, webhook.off_reason, webhook.version, Mail.objects.count()) == ([True, False], "gone", 2, 1)


@pytest.mark.django_db
def test_a_failure_that_is_noted_late_takes_no_success_back(owner, receivers, settings):
    """A claim can run out while its worker still waits, and another delivers meanwhile; it lasts longer than sending may."""
    assert sending.claim_time() > dt.timedelta(seconds=settings.WEBHOOK_SECONDS)
    webhook = hook(owner, receivers())
    move()
    fan_out(webhook.pk, now=timezone.now())
    Delivery.objects.update(tried=len(sending.PAUSES))
    parcel = sending.claim(Delivery.objects.get().pk, now=timezone.now())
    for status in (200, 500):
        sending.note(parcel, sending.Outcome(timezone.now(), 1, status=status))
    assert (Delivery.objects.get().state, Attempt.objects.count()) == ("delivered", 2)


@pytest.mark.django_db
def test_an_account_has_so_many_webhooks_and_no_more(owner, receivers, monkeypatch):
    monkeypatch.setattr("notifications.webhooks.registering.MOST", 2)
    receiver = receivers()
    for _number in range(2):
        hook(owner, receiver)
    with pytest.raises(Refused) as refused:
        hook(owner, receiver)
    assert refused.value.problems[0].code == "too_many"
    hook(person("stakeholder", "another"), receiver)


@pytest.mark.django_db
def test_old_deliveries_are_forgotten_and_what_waits_is_not(owner, receivers):
    webhook, old = hook(owner, receivers()), timezone.now() - sending.KEPT
    for state in ("pending", "delivered", "failed"):
        for days in (-1, 1):
            at = old + dt.timedelta(days=days)
            Delivery.objects.create(webhook=webhook, type="webhook.test", state=state, created_at=at, next_attempt_at=at)
    sending.forget(timezone.now())
    assert sorted(Delivery.objects.filter(created_at__lt=old).values_list("state", flat=True)) == ["pending"]
    assert Delivery.objects.filter(created_at__gt=old).count() == 3


@pytest.mark.django_db
def test_what_was_removed_between_look_and_claim_is_passed_over(owner, receivers):
    hook(owner, receivers())
    move()
    for pk in sending.behind():
        sending.fan_out(pk, now=timezone.now())
    pk = Delivery.objects.get().pk
    Webhook.objects.all().delete()
    assert sending.claim(pk, now=timezone.now()) is None


@pytest.mark.django_db
def test_tests_do_not_pile_up(owner, receivers):
    webhook = hook(owner, receivers())
    for _number in range(10):
        send_test(webhook)
    with pytest.raises(Refused):
        send_test(webhook)


@pytest.mark.django_db
def test_of_two_changes_on_one_version_the_second_is_stale(owner, receivers, client, monkeypatch):
    webhook = hook(owner, receivers())
    client.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    monkeypatch.setattr("notifications.api.check_webhook", lambda _values: change_webhook(webhook, {"name": "First"}))
    answer = client.patch(
        f"/api/v1/webhooks/{webhook.uid}/", {"name": "Second"}, content_type="application/json", headers={"If-Match": '"1.x"'}
    )
    webhook.refresh_from_db()
    assert (answer.status_code, webhook.name) == (412, "First")
    assert [one["field"] for one in answer.json()["changed"]] == ["name"]


@pytest.mark.django_db
def test_slow_receivers_of_one_account_leave_room_for_those_of_others(owner, receivers, settings, monkeypatch):
    settings.WEBHOOK_SECONDS = 3
    monkeypatch.setattr(sending, "THREADS", 8)
    monkeypatch.setattr(sending, "MOST_OF_ONE", 6)
    for _number in range(2):
        hook(owner, receivers(seconds=30))
    good = receivers()
    healthy = hook(person("stakeholder", "another"), good)
    for number in range(4):
        move(years=1 if number % 2 else -1)
    sending.pump(budget=2)
    assert list(good.ids.values()) == [1] * 4
    reached = Attempt.objects.filter(delivery__webhook=healthy).latest("at").at
    assert reached < Attempt.objects.filter(error="too_slow").earliest("at").at + dt.timedelta(seconds=3)


@pytest.mark.django_db
def test_a_claim_that_its_worker_did_not_live_to_end_runs_out(owner, receivers):
    receiver = receivers()
    hook(owner, receiver)
    move()
    for pk in sending.behind():
        sending.fan_out(pk, now=timezone.now())
    pk = Delivery.objects.get().pk
    assert sending.claim(pk, now=timezone.now())
    assert sending.claim(pk, now=timezone.now()) is None
    assert sending.pump() == 0
    Delivery.objects.update(claimed_until=timezone.now() - dt.timedelta(seconds=1))
    assert sending.pump() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/", "http://localhost/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://10.0.0.1/", "http://169.254.169.254/",
        "http://0.0.0.0/", "http://[fe80::1]/", "http://2130706433/", "http://0x7f.1/", "http://[64:ff9b::7f00:1]/",
        "ftp://example.org/", "http://user:secret@example.org/", "http://nowhere.invalid/", "javascript:alert(1)", "",
    ],
)  # fmt: skip
def test_an_address_that_leads_home_is_refused_when_it_is_registered(owner, address):
    with pytest.raises(Refused) as refused:
        add_webhook(owner=owner, name="Test", address=address)
    assert refused.value.problems[0].pointer == "address"
    assert not Webhook.objects.exists()


@pytest.mark.django_db
def test_an_address_is_looked_at_again_at_each_sending(owner, receivers, settings):
    receiver = receivers()
    hook(owner, receiver)
    settings.FETCH_ALLOWED_NETWORKS = []
    move()
    sending.pump()
    assert (receiver.got, Attempt.objects.get().error) == ([], "not_public")


@pytest.mark.django_db
def test_what_was_withdrawn_is_not_sent_any_more(owner, receivers):
    receiver = receivers()
    hook(owner, receiver)
    move()
    position = Event.objects.position()
    Event.objects.filter(position=position).update(**Event.emptied(), withheld=position + 1)
    sending.pump()
    assert b"political" not in receiver.got[0][1]


# Pages and API


@pytest.mark.django_db
def test_over_the_api_one_manages_ones_own_and_sees_no_others(owner, receivers, client):
    receiver = receivers()
    client.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")

    def call(method, path, body=None, **headers):
        data = {} if body is None else {"data": body, "content_type": "application/json"}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return getattr(client, method)(f"/api/v1/webhooks/{path}", **data, headers=named)

    made = call("post", "", {"name": "Mine", "address": receiver.address, "events": ["plan.changed"]})
    assert (made.status_code, made.json()["secret"].startswith("whsec_")) == (201, True)
    path = f"{made.json()['id']}/"
    assert "secret" not in call("get", path).json()
    assert call("post", "", {"name": "Mine", "address": receiver.address, "events": ["nonsense"]}).status_code == 400
    assert call("post", f"{path}test/", {}).status_code == 202
    sending.pump()
    (delivery,) = call("get", f"{path}deliveries/?state=delivered").json()["results"]
    assert (delivery["type"], delivery["attempts"][0]["status"]) == ("webhook.test", 200)
    assert call("post", f"{path}deliveries/{delivery['id']}/retry/", {}).json()["state"] == "pending"
    assert call("patch", path, {"active": False}).status_code == 428
    off = call("patch", path, {"active": False}, If_Match=made["ETag"])
    assert (off.json()["active"], off.json()["off_reason"]) == (False, "owner")
    assert call("post", f"{path}rotate/", {}).json()["secret"] != made.json()["secret"]
    client.force_login(person("administrator"), backend="django.contrib.auth.backends.ModelBackend")
    assert (call("get", path).status_code, call("get", "").json()["count"]) == (404, 0)
    client.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    assert call("delete", path, If_Match=call("get", path)["ETag"]).status_code == 204
    assert not Delivery.objects.exists()


@pytest.mark.django_db
def test_on_the_pages_a_secret_is_shown_once_and_a_delivery_is_sent_again(owner, receivers, client):
    receiver = receivers(status=500)
    client.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    page = client.post("/desk/integrations/webhooks/add/", {"name": "Mine", "address": receiver.address})
    webhook = Webhook.objects.get()
    address = f"/desk/integrations/webhooks/{webhook.uid}/"
    assert webhook.secret in page.content.decode()
    assert webhook.secret not in client.get(address).content.decode()
    client.post(address, {"action": "test"})
    sending.pump()
    assert "500" in client.get(address).content.decode()
    receiver.status = 200
    client.post(address, {"action": "again", "delivery": str(Delivery.objects.get().uid)})
    sending.pump()
    assert Delivery.objects.get().state == "delivered"
    for action in ("off", "on", "rotate", "nonsense"):
        client.post(address, {"action": action})
    assert client.post(address, {"action": "change", "name": "", "address": "x"}).status_code == 400
    page = client.post("/desk/integrations/", {"action": "make", "name": "Bot", "scopes": ["read"], "days": "30"}).content.decode()
    token = owner.tokens.get()
    assert "rmt_" in page
    assert "rmt_" not in client.get("/desk/integrations/").content.decode()
    client.post("/desk/integrations/", {"action": "revoke", "token": str(token.uid)})
    token.refresh_from_db()
    assert token.revoked_at
    assert client.post("/desk/integrations/", {"action": "make", "name": "Bot", "scopes": ["admin"]}).status_code == 400
    client.post(address, {"action": "remove"})
    assert not Webhook.objects.exists()

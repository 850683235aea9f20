"""Where readers meet checkpoints without asking for them."""

from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest

from milestones.models import Milestone
from notifications.following import write_digest
from notifications.models import Follower, Mail
from record.models import Event

pytestmark = pytest.mark.django_db
ELEMENT = "{urn:roadmap-tracker:record}checkpoint"
WITHOUT = {"en": "proof (JSON)", "ru": "доказательство (JSON)", "kk": "дәлел (JSON)"}


def in_feed(client, query=""):
    return ElementTree.fromstring(client.get(f"/feed.atom{query}").content).find(ELEMENT)


def test_a_feed_carries_the_newest_checkpoint_of_its_moment(record, sign, go_on, client):
    assert in_feed(client) is None
    first = sign()
    go_on()
    second = sign()
    assert in_feed(client).text == second.note
    assert in_feed(client, f"?at={first.size}").text == first.note


def test_no_entry_of_a_feed_speaks_of_it(record, sign, go_on, client):
    before = client.get("/feed.atom?lang=en").content.count(b"<entry>")
    sign()
    assert client.get("/feed.atom?lang=en&as_of=2026-11-23").content.count(b"<entry>") == before


@pytest.mark.parametrize("signs", [True, False])
def test_a_digest_ends_with_the_checkpoint(record, sign, go_on, settings, now, signs):
    begun = {"frequency": "daily", "language": "en", "created_at": now, "confirmed_at": now, "position": Event.objects.position()}
    follower = Follower.objects.create(email="reader@example.org", told_on="2026-11-22", **begun)
    go_on()
    checkpoint = sign() if signs else None
    assert write_digest(follower.pk, now=now)
    body = Mail.objects.get(key__startswith="digest:").body
    assert ("Checkpoint: " in body) == signs
    if checkpoint:
        root = checkpoint.note.splitlines()[2]
        assert f"\nCheckpoint: {checkpoint.size} events, root {root}, {settings.SITE_URL}/record/checkpoint\n" in body


@pytest.mark.parametrize("language", WITHOUT)
def test_the_page_of_a_milestone_offers_the_proof_of_what_it_shows(record, sign, go_on, client, language):
    go_on()
    address = f"/milestones/PR-01/?lang={language}&at=2"
    assert WITHOUT[language] not in client.get(address).content.decode()
    sign()
    go_on()
    html = client.get(address).content.decode()
    offered = html[: html.index(WITHOUT[language])].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert urlsplit(offered).path == "/api/v1/milestones/PR-01/proof/"
    content = client.get(offered).json()["version"]["content"]
    assert (content["version"], Milestone.objects.get(code="PR-01").version) == (2, 3)


def test_the_page_about_citing_shows_the_checkpoint_and_leads_to_the_keys(record, sign, client):
    before = client.get("/about/cite/?lang=en").content.decode()
    assert "/record/keys" not in before
    note = sign().note
    html = client.get("/about/cite/?lang=en&as_of=2026-11-23").content.decode()
    for part in (note.splitlines()[2], "/record/checkpoint", "/record/keys", "/record/proof/1"):
        assert part in html
    for address in ("/record/checkpoint", "/record/keys", "/record/proof/1"):
        assert client.get(address).status_code == 200

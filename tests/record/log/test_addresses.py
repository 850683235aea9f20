"""The log as programs of others read it."""

import base64

import pytest

from record.guard import lift_guard, put_guard
from record.log import tree
from record.log.models import Checkpoint
from record.log.notes import make_signer, opened, read_verifier
from record.models import Event
from tests.record.log.forging import leaves

pytestmark = pytest.mark.django_db


@pytest.fixture
def read(client):
    def get(path, status=200, **asked):
        answer = client.get(f"/record/{path}", asked, headers={"Accept-Language": "en"})
        assert answer.status_code == status, answer.content
        return answer

    return get


def test_the_checkpoint_is_the_newest_as_it_was_signed(record, sign, go_on, read):
    sign()
    go_on()
    newest = sign()
    answer = read("checkpoint")
    assert answer.content.decode() == newest.note
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["Cache-Control"] == "public, max-age=5"
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert not answer.cookies
    assert "Cookie" not in answer["Vary"]


@pytest.mark.parametrize("path", ["checkpoint", "keys", "proof/1", "consistency?from=1&to=2", "tile/0/000", "tile/entries/000.p/1"])
def test_where_nothing_is_signed_it_says_so(record, read, path):
    answer = read(path, status=404)
    assert answer.content.decode() == "This installation has signed no checkpoint.\n"
    assert answer["Content-Type"] == "text/plain; charset=utf-8"


def test_every_position_has_a_proof(record, sign, read, signer):
    size = sign().size
    for position in range(1, size + 1):
        first, index, *steps = read(f"proof/{position}").content.decode().split("\n\n", 1)[0].split("\n")
        note = read(f"proof/{position}").content.decode().split("\n\n", 1)[1]
        assert (first, index) == ("c2sp.org/tlog-proof@v1", f"index {position - 1}")
        head = opened(note, [signer.verifier])
        leaf = tree.leaf(Event.objects.get(position=position).text.encode())
        assert tree.verify_inclusion(leaf, position - 1, head.size, [base64.b64decode(step) for step in steps], head.root)


def test_a_proof_is_had_under_an_earlier_checkpoint_too(record, sign, go_on, read, signer):
    before = sign()
    go_on()
    sign()
    note = read("proof/1", size=before.size).content.decode().split("\n\n", 1)[1]
    assert opened(note, [signer.verifier]).size == before.size
    assert "No checkpoint was signed at this size" in read("proof/1", status=404, size=99).content.decode()


def test_two_checkpoints_are_shown_to_be_of_one_log(record, sign, go_on, read):
    old = sign()
    go_on()
    new = sign()
    answer = read("consistency", **{"from": old.size, "to": new.size})
    proof = [base64.b64decode(line) for line in answer.content.decode().splitlines()]
    assert tree.verify_consistency(old.size, new.size, bytes(old.root), bytes(new.root), proof)
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert read("consistency", **{"from": old.size})["Cache-Control"] == "public, max-age=5"


def test_every_key_that_signed_is_listed(record, sign, signer, read, settings):
    sign()
    new = make_signer(signer.name)
    settings.CHECKPOINT_KEYS = [str(new), str(signer)]
    sign()
    assert read("keys").content.decode().splitlines() == [str(new.verifier), str(signer.verifier)]
    assert all(read_verifier(line) for line in read("keys").content.decode().splitlines())


def test_tiles_and_bundles_give_the_whole_tree(record, sign, read):
    size = sign().size
    tile, bundle = read(f"tile/0/000.p/{size}").content, read(f"tile/entries/000.p/{size}").content
    assert tile == b"".join(leaves(0, size))
    texts = []
    while bundle:
        length = int.from_bytes(bundle[:2])
        texts.append(bundle[2 : 2 + length].decode())
        bundle = bundle[2 + length :]
    assert texts == list(Event.objects.order_by("position").values_list("text", flat=True))
    assert read(f"tile/0/000.p/{size}")["Content-Type"] == "application/octet-stream"


@pytest.mark.parametrize(
    ("path", "asked", "status", "said"),
    [
        ("proof/0", {}, 404, "Positions from 1 to"),
        ("proof/999999999999999999", {}, 404, "Positions from 1 to"),
        ("proof/1e3", {}, 400, "position is a whole number."),
        ("proof/-1", {}, 400, "position is a whole number."),
        ("proof/01", {}, 400, "position is a whole number."),
        ("proof/" + "9" * 40, {}, 400, "position is a whole number."),
        ("proof/²", {}, 400, "position is a whole number."),
        ("proof/1", {"size": "x"}, 400, "size is a whole number."),
        ("proof/1", {"at": "1"}, 400, "There is no such parameter here: at."),
        ("checkpoint", {"format": "json"}, 400, "There is no such parameter here: format."),
        ("consistency", {}, 400, "from is a whole number."),
        ("consistency", {"from": "2", "to": "1"}, 400, "from is at most to"),
        ("consistency", {"from": "1", "to": "999999"}, 400, "from is at most to"),
        ("tile/0/000", {}, 404, "The newest checkpoint has no such tile."),
        ("tile/0/000.p/0", {}, 404, "The newest checkpoint has no such tile."),
        ("tile/9/000.p/1", {}, 404, "The newest checkpoint has no such tile."),
        ("tile/1/000.p/1", {}, 404, "The newest checkpoint has no such tile."),
        ("tile/0/x999/x999/x999/x999/999.p/1", {}, 404, "The newest checkpoint has no such tile."),
        ("tile/0/0000.p/1", {}, 404, "The number of a tile is written in threes"),
        ("tile/0/001/000.p/1", {}, 404, "The number of a tile is written in threes"),
        ("tile/entries/001.p/1", {}, 404, "The newest checkpoint has no such tile."),
    ],
)
def test_what_is_asked_for_wrongly_is_answered_in_words(record, sign, read, path, asked, status, said):
    sign()
    assert said in read(path, status=status, **asked).content.decode()


def test_nothing_is_written_here(record, sign, client):
    sign()
    assert client.post("/record/checkpoint").status_code == 405


@pytest.mark.expects_errors
def test_no_proof_is_handed_out_that_does_not_hold(record, sign, go_on, read):
    """Of an event that was changed behind the back of the record."""
    sign()
    lift_guard()
    Event.objects.filter(position=1).update(text="forged")
    put_guard()
    assert "does not agree" in read("proof/1", status=404).content.decode()


@pytest.mark.expects_errors
def test_of_a_record_whose_end_was_cut_off_nothing_is_proven(record, sign, go_on, read):
    go_on()
    size = sign().size
    lift_guard()
    Event.objects.filter(position=size).delete()
    put_guard()
    for path in ("proof/1", f"proof/{size}", "consistency?from=1", f"tile/0/000.p/{size}"):
        assert "does not agree" in read(path, status=404).content.decode()


def test_a_checkpoint_is_one_look_up(record, sign, client, django_assert_num_queries):
    sign()
    with django_assert_num_queries(1):
        client.get("/record/checkpoint")
    assert Checkpoint.objects.count() == 1

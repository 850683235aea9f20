"""Checkpoints: signed when there is something new, never over a past that was written anew."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from common.dates import PlannedDate
from milestones.models import Milestone, MilestoneVersion
from milestones.services import move_date
from record.guard import lift_guard, put_guard
from record.log import tree
from record.log.models import Checkpoint, Tile
from record.log.notes import make_signer, opened, read_verifier
from record.log.tiles import Tiles
from record.models import Event
from record.services import open_change
from record.tasks import publish_checkpoint, verify_record
from record.verify import verify_record as faults
from tests.factories import as_file, milestone, roadmap
from tests.record.log.forging import leaves, write_anew
from tests.snapshot import load_once

pytestmark = pytest.mark.django_db


def root_of(size):
    hashes = list(leaves(0, size))
    return tree.root(lambda height, index: tree.complete(hashes[index << height : (index + 1) << height]), size)


def test_a_checkpoint_says_how_many_events_there_are_and_their_root(record, signer, sign):
    head = opened(sign().note, [signer.verifier])
    assert (head.origin, head.size, head.root) == ("testserver/record", Event.objects.position(), root_of(Event.objects.position()))


def test_the_newest_checkpoint_lies_outside_of_the_database_too(record, sign, settings):
    checkpoint = sign()
    assert (settings.CHECKPOINT_DIR / "checkpoint").read_text(encoding="utf-8") == checkpoint.note
    assert [path.name for path in settings.CHECKPOINT_DIR.iterdir()] == ["checkpoint"]


def test_without_anything_new_nothing_is_signed_again(record, sign, go_on):
    sign()
    assert sign() is None
    go_on()
    assert sign().size == Event.objects.position()
    assert Checkpoint.objects.count() == 2


def test_without_a_key_nothing_is_signed(record, sign, settings):
    settings.CHECKPOINT_KEYS = []
    publish_checkpoint()
    assert not Checkpoint.objects.exists()


def test_a_record_without_events_is_not_signed(db, sign):
    assert sign() is None


def test_both_keys_sign_while_one_is_replaced(record, signer, sign, go_on, settings):
    """Readers of the old key and of the new one follow the same log, and nothing stops between the two."""
    sign()
    new = make_signer(signer.name)
    settings.CHECKPOINT_KEYS = [str(signer), str(new)]
    both = sign()
    assert [opened(both.note, [key.verifier]).size for key in (signer, new)] == [both.size] * 2
    settings.CHECKPOINT_KEYS = [str(new)]
    go_on()
    last = sign()
    assert opened(last.note, [new.verifier]).size == last.size > both.size
    assert faults() == []


@pytest.mark.expects_errors
def test_a_new_key_without_the_old_one_goes_on_with_nothing(record, signer, sign, go_on, settings):
    sign()
    settings.CHECKPOINT_KEYS = [str(make_signer(signer.name))]
    go_on()
    assert sign() is None


def test_tiles_hold_what_the_events_say(signer, sign, now, monkeypatch):
    """With tiles of four hashes a small record has full ones of several levels."""
    monkeypatch.setattr("record.log.tiles.HEIGHT", 2)
    monkeypatch.setattr("record.log.tiles.WIDTH", 4)
    monkeypatch.setattr("record.log.verify.WIDTH", 4)
    load_once(as_file(roadmap(milestone("PR-01"), milestone("PR-02"))), now=now)
    for step in range(100):
        with open_change(now=now) as change:
            move_date(
                change, Milestone.objects.get(code="PR-01"), field="due", to=PlannedDate.parse(f"20{27 + step % 50}"), category="external"
            )
        if step % 7 == 0:
            sign()
    size = sign().size
    assert {level: Tile.objects.filter(level=level).count() for level in range(4)} == {0: size // 4, 1: size // 16, 2: size // 64, 3: 0}
    assert tree.root(Tiles(size), size) == root_of(size)
    assert faults() == []
    for part in (1, 5, 17, 64, size):
        assert tree.root(Tiles(part), part) == root_of(part)
        proof = tree.consistency_proof(Tiles(size), part, size)
        assert tree.verify_consistency(part, size, root_of(part), root_of(size), proof)
    for position in range(1, size + 1):
        proof = tree.inclusion_proof(Tiles(size), position - 1, size)
        (hashed,) = leaves(position - 1, position)
        assert tree.verify_inclusion(hashed, position - 1, size, proof, root_of(size))


def test_publishing_pays_nothing_for_the_tree(record, sign, go_on):
    sign()
    with CaptureQueriesContext(
        connection,
    ) as asked:
        go_on()
    assert not [query["sql"] for query in asked.captured_queries if "record_tile" in query["sql"] or "record_checkpoint" in query["sql"]]
    assert Checkpoint.objects.count() == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE record_checkpoint SET note = ''",
        "DELETE FROM record_checkpoint",
        "TRUNCATE record_checkpoint",
        "UPDATE record_checkpoint SET size = 9",
    ],
)
def test_the_database_lets_no_checkpoint_be_changed(record, sign, statement):
    sign()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("statement", ["UPDATE record_tile SET root = hashes", "DELETE FROM record_tile", "TRUNCATE record_tile"])
def test_the_database_lets_no_tile_be_changed(db, statement):
    Tile.objects.create(level=0, index=0, hashes=b"1" * 8192, root=b"1" * 32)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_tile_of_other_events_is_found(record, sign, monkeypatch):
    """And one of events that there are not, and one that is missing."""
    for module in ("tiles", "verify"):
        monkeypatch.setattr(f"record.log.{module}.WIDTH", 2)
    monkeypatch.setattr("record.log.tiles.HEIGHT", 1)
    with open_change() as change:
        for year in ("2028", "2029", "2030"):
            move_date(change, Milestone.objects.get(code="PR-01"), field="due", to=PlannedDate.parse(year), category="external")
    sign()
    assert faults() == []
    lift_guard()
    Tile.objects.filter(level=0, index=0).update(hashes=b"1" * 64)
    Tile.objects.filter(level=0, index=1).delete()
    Tile.objects.create(level=0, index=7, hashes=b"1" * 64, root=b"1" * 32)
    put_guard()
    assert faults() == [
        "tile 0/0: its hashes are not those of the events",
        "tile 0/1 is missing",
        "tile 0/7: the record has no such events",
    ]


# What somebody with the rights of the owner can do


def forge(row):
    if isinstance(row, MilestoneVersion):
        row.status = "achieved"


def forge_today():
    Milestone.objects.update(status="achieved")


@pytest.fixture
def forged(record, sign, go_on):
    go_on()
    sign()
    write_anew(forge)
    connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_chain_written_anew_agrees_with_itself(record, signer, sign, settings):
    """The attack is a real one: without the file nothing is to be seen."""
    sign()
    write_anew(lambda _row: None)
    (settings.CHECKPOINT_DIR / "checkpoint").unlink()
    assert faults() == []


@pytest.mark.expects_errors
def test_a_chain_written_anew_is_found_in_the_night(forged, caplog):
    verify_record()
    assert "the checkpoint kept outside of the database: the record does not begin with" in caplog.text


@pytest.mark.expects_errors
def test_a_chain_written_anew_is_not_signed_and_the_file_stays(forged, sign, settings, caplog):
    before = (settings.CHECKPOINT_DIR / "checkpoint").read_text(encoding="utf-8")
    assert sign() is None
    assert "no checkpoint is signed" in caplog.text
    assert (settings.CHECKPOINT_DIR / "checkpoint").read_text(encoding="utf-8") == before
    assert not Checkpoint.objects.exists()


@pytest.mark.expects_errors
def test_without_the_file_the_newest_checkpoint_of_the_table_must_be_continued(record, sign, settings):
    sign()
    (settings.CHECKPOINT_DIR / "checkpoint").unlink()
    write_anew(lambda _row: None, checkpoints=False)
    assert sign() is None
    assert any("the record does not begin with" in fault for fault in faults())


@pytest.mark.expects_errors
def test_an_end_that_was_cut_off_is_found(record, sign, go_on):
    go_on()
    sign()
    lift_guard()
    newest = Event.objects.position()
    Event.objects.filter(position=newest).delete()
    put_guard()
    assert (
        f"the checkpoint kept outside of the database: a checkpoint of {newest} events was signed, and the record has {newest - 1}"
        in faults()
    )
    assert sign() is None


@pytest.mark.expects_errors
@pytest.mark.parametrize("how", ["another key", "no note", "another tree"])
def test_a_file_that_is_not_ours_is_not_believed(record, sign, go_on, settings, how):
    note = sign().note
    other = make_signer("testserver/record")
    text = note.rpartition("\n\n")[0] + "\n"
    said = {"another key": f"{text}\n{other.line(text)}", "no note": "nothing", "another tree": note.replace("\n\n", "\nmore\n\n")}
    (settings.CHECKPOINT_DIR / "checkpoint").write_text(said[how], encoding="utf-8")
    go_on()
    assert sign() is None
    assert any("cannot be believed" in fault for fault in faults())


def test_who_has_no_key_still_compares_the_roots(forged, settings):
    """``verify_record`` in a web container."""
    settings.CHECKPOINT_KEYS = []
    assert any("the record does not begin with" in fault for fault in faults())


def test_another_name_is_another_log(record, sign, settings):
    """After a restore that lost events the operator begins a new log, and says so."""
    sign()
    write_anew(lambda _row: None, checkpoints=False)
    settings.CHECKPOINT_KEYS = [str(make_signer("testserver/second"))]
    (settings.CHECKPOINT_DIR / "checkpoint").unlink()
    assert read_verifier(sign().keys.strip()).name == "testserver/second"

"""docs/examples/witness.py as a process of its own, and the site that asks it."""

import subprocess
import sys
from pathlib import Path

import pytest
import requests

from record.log import tree
from record.log.models import Checkpoint
from record.log.notes import Head, encoded, joined, line_of, make_signer, opened, parts_of, read_verifier
from record.verify import verify_record
from tests.record.log.forging import write_anew

EXAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "witness.py"
NAME = "witness.example/w1"
LEAVES = [tree.leaf(b"%d" % number) for number in range(20)]


class Running:
    """A witness of some logs; its store outlives it."""

    def __init__(self, store, *logs):
        self.command = [sys.executable, str(EXAMPLE), "--store", str(store), "--name", NAME, "--listen", "127.0.0.1:0"]
        for log in logs:
            self.command += ["--log", str(log)]
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.address = "http://" + self.process.stdout.readline().removeprefix("Listening on ").strip()
        self.key = read_verifier(self.process.stdout.readline().strip())

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    @property
    def setting(self):
        return f"{self.key} {self.address}/"

    def ask(self, old, size, log, *, leaves=None, proof=None, text=None):
        """The status and the body of an answer about the tree of the first ``size`` leaves."""
        hashes = leaves or LEAVES
        head = Head(log.name, size, tree.root(node_of(hashes), size))
        steps = tree.consistency_proof(node_of(hashes), old, size) if proof is None else proof
        note = joined(head.text, [log.line(text or head.text)])
        body = "\n".join([f"old {old}", *map(encoded, steps), "", note])
        answer = requests.post(f"{self.address}/add-checkpoint", data=body.encode(), timeout=10)
        if answer.status_code == 200:
            assert line_of(self.key, head.text, [answer.text])
        return answer.status_code, answer.text


def node_of(hashes):
    return lambda height, index: tree.complete(hashes[index << height : (index + 1) << height])


@pytest.fixture
def log():
    return make_signer("log.example/record")


@pytest.fixture
def witness(tmp_path, log):
    running = Running(tmp_path / "witness.json", log.verifier)
    yield running
    running.stop()


def test_it_cosigns_a_log_that_only_grows(witness, log):
    assert [witness.ask(old, new, log)[0] for old, new in ((0, 3), (3, 3), (3, 4), (4, 16), (16, 20))] == [200] * 5


def test_it_says_what_it_remembers_to_whoever_begins_elsewhere(witness, log):
    witness.ask(0, 7, log)
    assert witness.ask(0, 9, log) == (409, "7\n")
    assert witness.ask(5, 9, log) == (409, "7\n")
    answer = requests.post(f"{witness.address}/add-checkpoint", data=b"old 0\n\n" + note_of(log, 5).encode(), timeout=10)
    assert (answer.status_code, answer.headers["Content-Type"]) == (409, "text/x.tlog.size")


def note_of(log, size):
    head = Head(log.name, size, tree.root(node_of(LEAVES), size))
    return joined(head.text, [log.line(head.text)])


def test_it_cosigns_no_past_that_was_written_anew(witness, log):
    forged = [tree.leaf(b"forged"), *LEAVES[1:]]
    witness.ask(0, 7, log)
    assert witness.ask(7, 9, log, leaves=forged)[0] == 422
    assert witness.ask(7, 9, log, proof=[])[0] == 422
    assert witness.ask(7, 7, log, leaves=forged) == (409, "7\n")
    assert witness.ask(7, 9, log)[0] == 200


def test_it_never_goes_back_even_when_it_is_started_anew(witness, log):
    witness.ask(0, 9, log)
    key = witness.key
    witness.stop()
    witness.start()
    assert witness.key == key
    assert witness.ask(0, 5, log) == (409, "9\n")
    assert witness.ask(9, 12, log)[0] == 200


def test_it_knows_its_logs_and_their_keys(witness, log):
    assert witness.ask(0, 3, make_signer("other.example/record"))[0] == 404
    assert witness.ask(0, 3, make_signer(log.name))[0] == 403
    assert witness.ask(0, 3, log, text="something else\n")[0] == 403


@pytest.mark.parametrize(
    "body",
    [
        "",
        "old 0",
        "old 01\n\n{note}",
        "old -1\n\n{note}",
        "old 5\n\n{note}",
        "old 0\nAAAA\n\n{note}",
        "old 0\n\nno note\n",
        "old 0\n\n\xff",
    ],
)
def test_what_is_no_request_is_refused(witness, log, body):
    body = body.replace("{note}", note_of(log, 3)).encode("latin-1" if "\xff" in body else "utf-8")
    assert requests.post(f"{witness.address}/add-checkpoint", data=body, timeout=10).status_code == 400
    assert witness.ask(0, 3, log)[0] == 200


def test_its_store_is_for_nobody_else(witness, tmp_path):
    assert (tmp_path / "witness.json").stat().st_mode & 0o777 == 0o600


# The site


@pytest.fixture
def watched(signer, settings, tmp_path):
    running = Running(tmp_path / "witness.json", signer.verifier)
    settings.WITNESSES = [running.setting]
    yield running
    running.stop()


def has_cosigned(witness, checkpoint):
    text, lines = parts_of(checkpoint.note)
    return line_of(witness.key, text, lines) is not None


@pytest.mark.django_db
def test_the_witness_signs_below_each_checkpoint(record, watched, sign, go_on, client, signer):
    assert has_cosigned(watched, sign())
    go_on()
    newest = sign()
    assert has_cosigned(watched, newest)
    assert client.get("/record/checkpoint").content.decode() == newest.note
    assert opened(newest.note, [signer.verifier]).size == newest.size
    assert client.get("/record/keys").content.decode().splitlines() == [str(signer.verifier), str(watched.key)]
    assert sign() is None
    assert verify_record() == []


@pytest.mark.django_db
def test_a_witness_that_is_away_hinders_nothing_and_signs_when_it_is_back(record, watched, sign, go_on, settings):
    sign()
    watched.stop()
    go_on()
    alone = sign()
    assert not has_cosigned(watched, alone)
    assert sign() is None
    watched.start()
    settings.WITNESSES = [watched.setting]
    assert has_cosigned(watched, sign())
    assert Checkpoint.objects.filter(size=alone.size).count() == 2


@pytest.mark.django_db
@pytest.mark.expects_errors
def test_a_witness_refuses_a_past_written_anew_though_the_file_is_gone_too(record, watched, sign, go_on, settings, caplog):
    """Whoever has the tables and the disk still has not the witness."""
    sign()
    write_anew(lambda _row: None)
    (settings.CHECKPOINT_DIR / "checkpoint").unlink()
    go_on()
    assert not has_cosigned(watched, sign())
    assert f"the witness {NAME} refuses the checkpoint" in caplog.text


@pytest.mark.django_db
@pytest.mark.expects_errors
def test_a_line_of_another_key_is_not_taken(record, watched, sign, settings, caplog):
    from record.log.notes import COSIGNATURE, Verifier

    settings.WITNESSES = [f"{Verifier(NAME, COSIGNATURE, b'1' * 32)} {watched.address}"]
    _text, lines = parts_of(sign().note)
    assert len(lines) == 1
    assert "no line of its key" in caplog.text

"""Signed notes, held to the example of golang.org/x/mod/sumdb/note."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from record.log.notes import (
    COSIGNATURE,
    Head,
    NotSigned,
    Verifier,
    encoded,
    joined,
    line_of,
    make_signer,
    opened,
    parts_of,
    read_head,
    read_signer,
    read_verifier,
)

PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
LINE = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
HEAD = Head("log.example/record", 7, b"\x07" * 32)


def test_keys_and_signature_are_those_of_the_reference():
    signer = read_signer(PRIVATE)
    assert (str(signer), str(signer.verifier)) == (PRIVATE, PUBLIC)
    assert signer.line(TEXT) == LINE
    assert line_of(read_verifier(PUBLIC), TEXT, [LINE]) == LINE


def test_a_checkpoint_is_three_lines_and_opens_by_any_of_its_keys():
    old, new = make_signer("log.example/record"), make_signer("log.example/record")
    note = joined(HEAD.text, [old.line(HEAD.text), new.line(HEAD.text)])
    assert note.startswith("log.example/record\n7\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n\n— log.example/record ")
    for key in (old, new):
        assert opened(note, [read_verifier(str(key.verifier))]) == HEAD


def test_what_no_known_key_has_signed_is_not_believed():
    note = joined(HEAD.text, [make_signer("log.example/record").line(HEAD.text)])
    with pytest.raises(NotSigned):
        opened(note, [make_signer("log.example/record").verifier])


def test_a_wrong_signature_of_a_known_key_spoils_the_note():
    signer, other = make_signer("a"), make_signer("b")
    forged = joined(HEAD.text, [other.line(HEAD.text), signer.line(TEXT)])
    with pytest.raises(NotSigned):
        opened(forged, [signer.verifier, other.verifier])


def cosigned(moment, *, key=None):
    key = key or Ed25519PrivateKey.generate()
    verifier = Verifier("witness.example/w1", COSIGNATURE, key.public_key().public_bytes_raw())
    signature = key.sign(f"cosignature/v1\ntime {moment}\n{HEAD.text}".encode())
    return verifier, f"— {verifier.name} {encoded(verifier.key_id + moment.to_bytes(8) + signature)}\n"


def test_a_cosignature_covers_its_time():
    verifier, line = cosigned(1_679_315_147)
    assert line_of(read_verifier(str(verifier)), HEAD.text, [line]) == line
    raw = bytearray(__import__("base64").b64decode(line.split(" ")[2]))
    raw[11] ^= 1
    with pytest.raises(NotSigned):
        line_of(verifier, HEAD.text, [f"— {verifier.name} {encoded(bytes(raw))}\n"])


@pytest.mark.parametrize(
    "text",
    ["", "PRIVATE+KEY+", PRIVATE[:-4], PRIVATE.replace("c74f20a3", "c74f20a4"), PRIVATE.replace("Peter", "Poter"), PUBLIC, PRIVATE + "\n"],
)
def test_what_is_no_private_key_is_refused_without_repeating_it(text):
    with pytest.raises(NotSigned) as refused:
        read_signer(text)
    assert "AYEK" not in str(refused.value)


@pytest.mark.parametrize("text", ["", "a+b", PUBLIC[:-4], PUBLIC.replace("c74f20a3", "c74f20a4"), PUBLIC.replace("ARpc", "AhpC")])
def test_what_is_no_public_key_is_refused(text):
    with pytest.raises(NotSigned):
        read_verifier(text)


@pytest.mark.parametrize("name", ["", "two words", "a+b", "a,b", "line\nbreak"])
def test_a_key_has_a_name_that_fits_on_its_line(name):
    with pytest.raises(NotSigned):
        make_signer(name)


@pytest.mark.parametrize(
    "note", ["", "text\n", "text\n\n", "text\n\nno dash\n", "text\n\n— name\n", "text\n\n— name !!!\n", "text\n\n— name AAAA"]
)
def test_what_is_no_note_is_refused(note):
    with pytest.raises(NotSigned):
        parts_of(note)


@pytest.mark.parametrize(
    "text",
    ["log\n07\n" + "A" * 43 + "=\n", "log\n-1\n" + "A" * 43 + "=\n", "log\n7\nAAAA\n", "log\n7\n", "\n7\n" + "A" * 43 + "=\n", TEXT],
)
def test_what_is_no_checkpoint_is_refused(text):
    with pytest.raises(NotSigned):
        read_head(joined(text, [make_signer("log").line(text)]))
